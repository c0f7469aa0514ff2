from django.urls import path

from executions import api

urlpatterns = [
    path(
        "graphs/<uuid:id>/executions/",
        api.StartExecution.as_view(),
        name="start-execution",
    ),
    path("executions/", api.ExecutionList.as_view(), name="executions"),
    path("executions/<uuid:id>/", api.ExecutionDetail.as_view(), name="execution"),
    path(
        "executions/<uuid:id>/nodes/",
        api.ExecutionNodes.as_view(),
        name="execution-nodes",
    ),
    path(
        "executions/<uuid:id>/graph/",
        api.ExecutionGraph.as_view(),
        name="execution-graph",
    ),
    path(
        "executions/<uuid:id>/events/",
        api.ExecutionEvents.as_view(),
        name="execution-events",
    ),
    path(
        "executions/<uuid:id>/cancel/",
        api.CancelExecution.as_view(),
        name="cancel-execution",
    ),
]
