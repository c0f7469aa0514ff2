"""Breaks a whole installation on purpose and checks that the promise holds."""
