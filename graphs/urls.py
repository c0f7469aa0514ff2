from django.urls import path

from graphs import api, blocks_api

urlpatterns = [
    path("blocks/", blocks_api.BlockList.as_view(), name="blocks"),
    path("blocks/<str:id>/", blocks_api.BlockDetail.as_view(), name="block"),
    path("graphs/", api.GraphList.as_view(), name="graphs"),
    path("graphs/import/", api.ImportGraph.as_view(), name="import-graph"),
    path("graphs/validate/", api.ValidateGraph.as_view(), name="validate-graph"),
    path("graphs/<uuid:id>/", api.GraphDetail.as_view(), name="graph"),
    path("graphs/<uuid:id>/publish/", api.PublishGraph.as_view(), name="publish-graph"),
    path("graphs/<uuid:id>/export/", api.ExportGraph.as_view(), name="export-graph"),
    path(
        "graphs/<uuid:id>/findings/", api.GraphFindings.as_view(), name="graph-findings"
    ),
    path(
        "graphs/<uuid:id>/versions/", api.GraphVersions.as_view(), name="graph-versions"
    ),
]
