"""Databases of users, reached from blocks: never the platform's own."""

from executions.world.databases.databases import UserDatabases
from executions.world.databases.postgresql import idle_connections

__all__ = ["UserDatabases", "idle_connections"]
