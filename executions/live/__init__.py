"""How runs are watched: hints from the engine, events from the database."""
