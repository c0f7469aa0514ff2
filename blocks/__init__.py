"""What a block is, and the library of them. Knows nothing of Django or of runs."""
