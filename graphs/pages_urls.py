"""Addresses of the pages of agents."""

from django.urls import path

from graphs import pages

urlpatterns = [
    path("agents/", pages.agents, name="agents"),
    path("agents/new/", pages.agent_new, name="agent-new"),
    path("agents/import/", pages.agent_import, name="agent-import"),
    path("agents/<uuid:graph_id>/", pages.builder, name="builder"),
    path("agents/<uuid:graph_id>/delete/", pages.agent_delete, name="agent-delete"),
]
