"""The credentials of a workspace, for its blocks."""

import asyncio
import logging
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import Executor
from typing import Final
from uuid import UUID

from django.utils import timezone

from accounts import audit
from accounts.credentials.fresh import (
    HELD,
    LOOK_EVERY_S,
    Opened,
    Unusable,
    credential_if_fresh,
    not_in_time,
)
from accounts.models import Credential as CredentialRow
from blocks.context import Caller
from blocks.credentials import Credential, CredentialKind, CredentialRef
from blocks.errors import BlockError
from blocks.secret import Secret
from blocks.world import Credentials
from core.redaction import redactor
from executions.engine.database_asking import ask

logger = logging.getLogger(__name__)

_NOT_SECRET: Final = frozenset({"username", "token_type"})


class StoredCredentials:
    """Implements `blocks.world.Credentials` for one caller.

    Where a node names none, `fallback` says what the environment gives.
    """

    def __init__(
        self, caller: Caller, executor: Executor, fallback: Credentials | None = None
    ) -> None:
        self._caller = caller
        self._executor = executor
        self._fallback = fallback

    async def get(self, ref: CredentialRef | None, *providers: str) -> Credential:
        if ref is None:
            found = await self._default(*providers)
        else:
            id_, workspace = _id_in(ref), UUID(self._caller.workspace_id)
            opened = await self._opened(workspace, id_)
            found = _checked(opened, providers)
            accesses.note(self._caller, opened[0])
        redactor.learn(self._caller.execution_id, _texts(found))
        return found

    async def _opened(self, workspace_id: UUID, id: UUID) -> Opened:
        """Who waits for another to renew it waits on the loop and holds no thread."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + HELD.total_seconds()
        while True:
            found = await ask(self._executor, lambda: _looked_up(workspace_id, id))
            if found is not None:
                return found
            if loop.time() > deadline:
                raise _failure(not_in_time())
            await asyncio.sleep(LOOK_EVERY_S)

    async def _default(self, *providers: str) -> Credential:
        if self._fallback is not None:
            return await self._fallback.get(None, *providers)
        names = " or ".join(providers) or "this"
        raise BlockError(
            f"this node needs a credential for {names}: choose one",
            code="credential_missing",
        )


def _id_in(ref: CredentialRef) -> UUID:
    try:
        return UUID(ref.id)
    except ValueError:
        raise BlockError(
            "the node names a credential that is none: choose another one",
            code="credential_missing",
        ) from None


def _looked_up(workspace_id: UUID, id: UUID) -> Opened | None:
    try:
        return credential_if_fresh(workspace_id, id)
    except Unusable as error:
        raise _failure(error) from None


def _failure(error: Unusable) -> BlockError:
    return BlockError(str(error), code=error.code)


def _checked(opened: Opened, providers: Iterable[str]) -> Credential:
    row, secrets = opened
    wanted = set(providers)
    if wanted and row.provider not in wanted:
        raise BlockError(
            f"the credential {row} is of {row.provider}, but this node needs one of "
            f"{' or '.join(sorted(wanted))}",
            code="credential_refused",
        )
    return Credential(
        id=str(row.id),
        provider=row.provider,
        kind=CredentialKind(row.kind),
        title=row.title,
        secrets={name: Secret(text) for name, text in secrets.items()},
        hosts=tuple(row.hosts),
        settings=row.settings,
    )


def _texts(credential: Credential) -> Iterator[str]:
    for name, secret in credential.secrets.items():
        if name in _NOT_SECRET:
            continue
        yield secret.reveal()
        if credential.kind is CredentialKind.HOST_SCOPED:
            # Of a header such as `Bearer <key>` the key alone is to be found, too.
            yield from secret.reveal().split()


# --- Who used what --------------------------------------------------------------------


class Accesses:
    """Notes uses of credentials in the audit log: a while later and many at once, so
    that no node waits for it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._noted: list[tuple[audit.Deed, UUID]] = []

    def note(self, caller: Caller, credential: CredentialRow) -> None:
        place = {
            "execution": caller.execution_id,
            "graph": caller.graph_id,
            "node": caller.node_id,
            "number": caller.number,
            "attempt": caller.attempt,
            "provider": credential.provider,
        }
        deed = audit.Deed(
            action="credential.used",
            user_id=UUID(caller.user_id),
            workspace_id=credential.workspace_id,
            subject=f"credential:{credential.id}",
            detail=place,
        )
        with self._lock:
            self._noted.append((deed, credential.id))

    def write_last(self) -> None:
        """The same when the process ends, even if the database is away."""
        try:
            self.write()
        except Exception:
            logger.exception("credentials: %d uses are not noted", len(self._noted))

    def write(self) -> int:
        """Write down what was noted; answers how much. What the database refuses is
        noted again."""
        with self._lock:
            noted, self._noted = self._noted, []
        if not noted:
            return 0
        try:
            audit.record_all(deed for deed, _ in noted)
        except BaseException:
            with self._lock:
                self._noted[:0] = noted
            raise
        used = {id_ for _, id_ in noted}
        CredentialRow.objects.filter(id__in=used).update(last_used_at=timezone.now())
        return len(noted)


accesses: Final = Accesses()
