"""The world of a worker: what belongs to the workspace is in the database."""

from concurrent.futures import Executor

from core.egress import EgressClient
from core.limits import Limits
from executions.engine.egress_http import EgressHttp
from executions.engine.world import World
from executions.live.glimpses import Glimpses
from executions.world.code import SandboxedCode
from executions.world.credentials import StoredCredentials
from executions.world.environment import environment_credentials
from executions.world.files import WorkspaceFiles
from executions.world.library import StoredLibrary
from executions.world.memory import StoredMemory
from executions.world.network import with_network


def stored_world(client: EgressClient, lookers: Executor, limits: Limits) -> World:
    """Its questions to the database run in threads of `lookers`."""
    accounts = environment_credentials()
    http, code = EgressHttp(client), SandboxedCode()
    world = World(
        http=http,
        credentials=lambda caller: StoredCredentials(caller, lookers, accounts),
        files=lambda caller: WorkspaceFiles(
            caller=caller, http=http, limits=limits, executor=lookers
        ),
        memory=lambda caller: StoredMemory(caller, limits, lookers),
        code=lambda caller: code,
        library=lambda caller: StoredLibrary(caller, lookers),
        live=Glimpses().of,
    )
    return with_network(world, client.connector)
