"""Agents: graphs of blocks, their drafts, versions and edit history."""
