"""Executions: the engine that runs agents and the record of what they did."""
