"""Addresses of the pages of runs."""

from django.urls import include, path

from executions import pages, sharing_pages
from executions.reviews import pages as reviews

urlpatterns = [
    path("runs/", pages.runs, name="runs"),
    path("runs/<uuid:execution_id>/", pages.run, name="run"),
    path(
        "runs/<uuid:execution_id>/shares/", sharing_pages.run_shares, name="run-shares"
    ),
    path(
        "runs/<uuid:execution_id>/shares/<uuid:share_id>/end/",
        sharing_pages.run_unshare,
        name="run-unshare",
    ),
    path("shared/", sharing_pages.shared, name="shared"),
    path("", include("executions.triggers.pages_urls")),
    path("reviews/", reviews.reviews, name="reviews"),
    path("reviews/<uuid:review_id>/", reviews.review, name="review"),
    path("reviews/<uuid:review_id>/assign/", reviews.assign, name="review-assign"),
]
