"""Language models: which there are, how they are spoken to, and what they cost."""
