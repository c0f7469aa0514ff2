"""Keys of rows."""

from uuid import UUID

from uuid_utils import compat


def new_id() -> UUID:
    """A new UUIDv7: made before the insert, near its neighbours in an index.

    It names a row and nothing else: it is no clock, no event order and no secret.
    """
    return compat.uuid7()
