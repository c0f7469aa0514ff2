"""Users, workspaces and who may do what."""
