"""Workspaces, who belongs to them, and who is asked to."""
