"""Keys are standard UUIDs, version 7, and grow."""

from uuid import UUID

from core.ids import new_id


def test_ids_are_version_7_and_grow():
    ids = [new_id() for _ in range(1000)]
    assert {(type(made), made.version) for made in ids} == {(UUID, 7)}
    assert ids == sorted(set(ids))
