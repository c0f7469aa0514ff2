"""The engine: claims executions, runs them on one loop and journals what they did."""
