"""The world of `rungraph` and `runblock`: no server, no database, all in memory."""

from core.egress import EgressClient
from core.limits import Limits
from executions.engine.egress_http import EgressHttp
from executions.engine.world import World
from executions.world.code import SandboxedCode
from executions.world.environment import environment_credentials
from executions.world.network import with_network
from executions.world.passing_files import passing_files
from executions.world.passing_memory import passing_memory


def local_world(client: EgressClient, limits: Limits) -> World:
    accounts = environment_credentials()
    http, code = EgressHttp(client), SandboxedCode()
    world = World(
        http=http,
        credentials=lambda caller: accounts,
        files=passing_files(http, limits),
        memory=passing_memory(limits),
        code=lambda caller: code,
    )
    return with_network(world, client.connector)
