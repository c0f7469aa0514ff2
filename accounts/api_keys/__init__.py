"""API keys: how programs come in for good."""
