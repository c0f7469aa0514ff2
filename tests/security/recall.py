"""`python -m tests.security.recall`: of each class of the corpus of bad inputs, how
many rows the validator notices. Nothing depends on it: what protects are the sinks."""

from collections import Counter

from core.validator import inspect
from tests.security.corpus.rows import read_rows


def main() -> None:
    rows = read_rows()
    noticed = Counter(row.kind for row in rows if inspect(row.value))
    for kind, total in sorted(Counter(row.kind for row in rows).items()):
        print(f"{kind:18} {noticed[kind]:3} of {total:3}")


if __name__ == "__main__":
    main()
