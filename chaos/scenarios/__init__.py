"""The fault matrix: each scenario breaks one kind of thing."""
