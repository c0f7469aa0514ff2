"""The blocks themselves, one module for each family."""
