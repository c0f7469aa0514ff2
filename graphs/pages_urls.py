"""Addresses of the pages of agents."""

from django.urls import path

from graphs import pages, sharing_pages
from graphs.credential_pages import credential

urlpatterns = [
    path("agents/", pages.agents, name="agents"),
    path("agents/new/", pages.agent_new, name="agent-new"),
    path(
        "agents/examples/<slug:slug>/", pages.agent_from_example, name="agent-example"
    ),
    path("agents/import/", pages.agent_import, name="agent-import"),
    path("agents/<uuid:graph_id>/", pages.builder, name="builder"),
    path("agents/<uuid:graph_id>/report/", pages.agent_report, name="agent-report"),
    path("agents/<uuid:graph_id>/delete/", pages.agent_delete, name="agent-delete"),
    path(
        "agents/<uuid:graph_id>/shares/",
        sharing_pages.agent_shares,
        name="agent-shares",
    ),
    path(
        "agents/<uuid:graph_id>/shares/<uuid:share_id>/end/",
        sharing_pages.agent_unshare,
        name="agent-unshare",
    ),
    path("account/credentials/<uuid:id>/", credential, name="account-credential"),
]
