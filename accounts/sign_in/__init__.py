"""Ways in: mailed proofs, passwords, the second factor, providers, and sessions."""
