"""Rules of an execution: pure functions and values, no I/O, no clock."""
