"""Files of workspaces: stored, looked up, given out."""
