"""Every row of a corpus of hostile inputs, each a test by its id.

`BAD_INPUTS=<file>` names another file of the same form. A row that nothing tests fails,
and so does one of which a part is not understood, unless pending.txt says what it waits
for.
"""

from collections.abc import Iterator

import pytest

from tests.security.corpus.facts import judge
from tests.security.corpus.rows import Row, read_rows, reason_to_wait
from tests.security.corpus.targets import target_of
from tests.security.corpus.tools import Tools

ROWS = read_rows()


def _marks(row: Row) -> list[pytest.MarkDecorator]:
    """Most need a database; what has threads of its own needs it without the
    transaction that is rolled back afterwards."""
    target = target_of(row)
    if target is None or target.needs == "nothing":
        return []
    return [pytest.mark.django_db(transaction=target.needs == "transactions")]


def rows() -> Iterator[object]:
    for row in ROWS:
        marks = [] if reason_to_wait(row) else _marks(row)
        yield pytest.param(row, id=row.id, marks=marks)


@pytest.mark.parametrize("row", list(rows()))
def test_row(row: Row, tools: Tools):
    reason = reason_to_wait(row)
    if reason is not None:
        pytest.skip(reason)
    row = row.anew()
    target = target_of(row)
    assert target is not None, f"nothing tests {row.target!r}: map it, or list it"
    judge(row, target.handle(row, tools))
