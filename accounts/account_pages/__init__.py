"""Pages of one's account and workspace: what the API does, by hand."""
