"""Mail and databases: ways out that are the same with and without a server."""

from dataclasses import replace

from core.egress import Connector
from executions.engine.world import World
from executions.world.databases import UserDatabases, idle_connections
from executions.world.mail import SmtpMail


def with_network(world: World, connector: Connector) -> World:
    """The world with mail and databases, which find files as blocks do."""
    mail = SmtpMail(connector)
    idle = idle_connections()
    connector.before_closing(idle.aclose)
    return replace(
        world,
        mail=lambda caller: mail,
        databases=lambda caller: UserDatabases(
            connector, lambda: world.files(caller), idle
        ),
    )
