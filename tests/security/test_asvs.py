"""The sheet of docs/asvs.md: every requirement once, and tests that are there."""

import re
from collections import Counter
from typing import NamedTuple

import pytest

from scripts.commands import ROOT

SHEET = ROOT / "docs" / "asvs.md"
VERDICTS = ("yes", "partly", "no", "site", "—")
# Of levels 1 and 2 in the standard; of V10 what concerns clients.
COUNTS = {
    1: 27, 2: 11, 3: 19, 4: 10, 5: 9, 6: 35, 7: 18, 8: 7, 9: 7, 10: 9, 11: 14, 12: 9,
    13: 13, 14: 9, 15: 13, 16: 16,
}  # fmt: skip


class Line(NamedTuple):
    number: str
    level: str
    verdict: str
    where: str


def lines() -> list[Line]:
    found = re.findall(
        r"^\| (\d+\.\d+\.\d+) \| (\d) \| [^|]+ \| ([^|]+) \|([^|]*)\|$",
        SHEET.read_text(),
        re.MULTILINE,
    )
    return [Line(*map(str.strip, each)) for each in found]


def places_named() -> set[str]:
    parts = (part.strip() for line in lines() for part in line.where.split(","))
    return {part for part in parts if part.partition("::")[0].endswith(".py")}


def test_every_requirement_has_one_line():
    numbers = [line.number for line in lines()]
    assert [number for number, count in Counter(numbers).items() if count > 1] == []
    assert Counter(int(number.partition(".")[0]) for number in numbers) == COUNTS
    assert {line.level for line in lines()} == {"1", "2"}


def test_verdicts_are_of_the_five():
    unknown = [line for line in lines() if not line.verdict.startswith(VERDICTS)]
    assert unknown == []


def test_what_is_not_met_says_what_is_missing():
    bare = [line for line in lines() if line.verdict in ("partly", "no")]
    assert bare == []


@pytest.mark.parametrize("named", sorted(places_named()))
def test_it_is_there(named: str):
    path, _, name = named.partition("::")
    text = (ROOT / "tests" / path).read_text()
    assert not name or re.search(rf"^\s*(?:async )?def {name}\(", text, re.MULTILINE)
