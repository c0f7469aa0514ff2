"""Rules of a graph: pure functions and values, no I/O."""
