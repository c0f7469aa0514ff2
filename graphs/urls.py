from django.urls import path

from graphs import api, blocks_api, sharing_api, snippets_api, suggestions_api
from graphs.credential_uses import CredentialUses

urlpatterns = [
    path(
        "credentials/<uuid:id>/uses/",
        CredentialUses.as_view(),
        name="credential-uses",
    ),
    path("blocks/", blocks_api.BlockList.as_view(), name="blocks"),
    path("blocks/<str:id>/", blocks_api.BlockDetail.as_view(), name="block"),
    path("snippets/", snippets_api.SnippetList.as_view(), name="snippets"),
    path("graphs/", api.GraphList.as_view(), name="graphs"),
    path("graphs/import/", api.ImportGraph.as_view(), name="import-graph"),
    path("graphs/validate/", api.ValidateGraph.as_view(), name="validate-graph"),
    path("graphs/<uuid:id>/", api.GraphDetail.as_view(), name="graph"),
    path("graphs/<uuid:id>/publish/", api.PublishGraph.as_view(), name="publish-graph"),
    path("graphs/<uuid:id>/export/", api.ExportGraph.as_view(), name="export-graph"),
    path(
        "graphs/<uuid:id>/snippets/",
        snippets_api.InsertSnippet.as_view(),
        name="insert-snippet",
    ),
    path(
        "graphs/<uuid:id>/findings/", api.GraphFindings.as_view(), name="graph-findings"
    ),
    path(
        "graphs/<uuid:id>/suggestions/",
        suggestions_api.GraphSuggestions.as_view(),
        name="graph-suggestions",
    ),
    path(
        "graphs/<uuid:id>/fixes/",
        suggestions_api.GraphFixes.as_view(),
        name="graph-fixes",
    ),
    path(
        "graphs/<uuid:id>/shares/",
        sharing_api.GraphShares.as_view(),
        name="graph-shares",
    ),
    path(
        "graphs/<uuid:id>/shares/<uuid:share_id>/",
        sharing_api.GraphShareDetail.as_view(),
        name="graph-share",
    ),
    path(
        "graphs/<uuid:id>/versions/", api.GraphVersions.as_view(), name="graph-versions"
    ),
]
