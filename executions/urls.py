from django.urls import include, path

from executions import api, limits_api, sharing_api
from executions.reviews import api as reviews

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
        "executions/<uuid:id>/values/<uuid:value_id>/",
        api.ExecutionValue.as_view(),
        name="execution-value",
    ),
    path(
        "executions/<uuid:id>/cancel/",
        api.CancelExecution.as_view(),
        name="cancel-execution",
    ),
    path(
        "executions/<uuid:id>/pause/",
        api.PauseExecution.as_view(),
        name="pause-execution",
    ),
    path(
        "executions/<uuid:id>/resume/",
        api.ResumeExecution.as_view(),
        name="resume-execution",
    ),
    path(
        "executions/<uuid:id>/rerun/",
        api.RerunExecution.as_view(),
        name="rerun-execution",
    ),
    path("", include("executions.triggers.urls")),
    path("", include("executions.files.urls")),
    path(
        "concurrency-limits/",
        limits_api.LimitList.as_view(),
        name="concurrency-limits",
    ),
    path(
        "concurrency-limits/<uuid:id>/",
        limits_api.LimitDetail.as_view(),
        name="concurrency-limit",
    ),
    path(
        "executions/<uuid:id>/shares/",
        sharing_api.ExecutionShares.as_view(),
        name="execution-shares",
    ),
    path(
        "executions/<uuid:id>/shares/<uuid:share_id>/",
        sharing_api.ExecutionShareDetail.as_view(),
        name="execution-share",
    ),
    path("reviews/", reviews.ReviewList.as_view(), name="api-reviews"),
    path("reviews/<uuid:id>/", reviews.ReviewDetail.as_view(), name="api-review"),
    path("review-rules/", reviews.RuleList.as_view(), name="review-rules"),
    path("review-rules/<uuid:id>/", reviews.RuleDetail.as_view(), name="review-rule"),
]
