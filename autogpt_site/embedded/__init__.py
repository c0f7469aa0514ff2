"""Everything in one process: broker, worker and live hints without other services."""
