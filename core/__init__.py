"""Infrastructure every app may use; it knows none of them."""
