"""Takes secrets out of what leaves a run: values, errors and lines of the log.

Secrets are known while the run that uses them is under way in this process. They are
looked for as they are and in the forms that programs give them: in base64, as
hexadecimal, quoted for an address, and escaped for JSON.
"""

import logging
import re
from base64 import b64encode
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from typing import Any, Final
from urllib.parse import quote, quote_plus

import orjson

MARK: Final = "[secret]"
SHORTEST: Final = 8
"""A shorter one is found by chance in what is no secret."""
RUNS_AT_MOST: Final = 10_000


class Patterns:
    """The forms of some secrets."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._secrets = frozenset(text for text in secrets if len(text) >= SHORTEST)
        forms = {form for text in self._secrets for form in _forms(text)}
        # The longest first: of one that holds another nothing is to stay.
        ordered = sorted(forms, key=len, reverse=True)
        self._texts = re.compile("|".join(map(re.escape, ordered)) or "(?!)")
        self._raw = tuple(orjson.dumps(form)[1:-1] for form in ordered)

    def __repr__(self) -> str:
        return f"<Patterns of {len(self._secrets)} secrets>"

    def with_more(self, secrets: Iterable[str]) -> "Patterns":
        """Those and these; itself if there are no new ones."""
        new = {text for text in secrets if len(text) >= SHORTEST} - self._secrets
        return Patterns(self._secrets | new) if new else self

    def are_in(self, raw: bytes) -> bool:
        """Whether the JSON holds one."""
        return any(form in raw for form in self._raw)

    def text(self, text: str) -> str:
        return self._texts.sub(MARK, text)

    def value(self, value: Any) -> Any:
        """A JSON value without them."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, list):
            return [self.value(item) for item in value]
        if isinstance(value, dict):
            return {self.text(key): self.value(item) for key, item in value.items()}
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        return MARK if is_number and str(value) in self._secrets else value


def _forms(secret: str) -> Iterator[str]:
    escaped = orjson.dumps(secret).decode()[1:-1]
    yield secret
    yield escaped
    yield orjson.dumps(escaped).decode()[1:-1]
    yield from (quote(secret, safe=""), quote(secret), quote_plus(secret))
    yield from (secret.encode().hex(), secret.encode().hex().upper())
    yield from _in_base64(secret.encode())


def _in_base64(secret: bytes) -> Iterator[str]:
    """By itself, and as it looks in the middle of something longer: base64 writes three
    bytes as four characters, so there are three ways to fall into step."""
    for before in range(3):
        text = b64encode(b"\0" * before + secret).decode()
        start = -(-before * 8 // 6)
        end = (before + len(secret)) * 8 // 6
        inner = text[start:end]
        yield inner
        yield inner.replace("+", "-").replace("/", "_")


class Redactor:
    """The secrets in use in this process, by the run that uses them."""

    def __init__(self) -> None:
        self._runs: OrderedDict[str, Patterns] = OrderedDict()

    def learn(self, run_id: str, secrets: Iterable[str]) -> None:
        """From now on these are taken out of what comes of this run, and of the log."""
        known = self._runs.get(run_id)
        self._runs[run_id] = (known or Patterns()).with_more(secrets)
        while len(self._runs) > RUNS_AT_MOST:
            self._runs.popitem(last=False)

    def forget(self, run_id: str) -> None:
        """The run has ended, or goes on elsewhere."""
        self._runs.pop(run_id, None)

    def of(self, run_id: str) -> Patterns | None:
        """None: the run has used no secret here."""
        return self._runs.get(run_id)

    def line(self, text: str) -> str:
        """A line of the log without the secrets of any run."""
        for patterns in list(self._runs.values()):
            text = patterns.text(text)
        return text


redactor: Final = Redactor()


class RedactingFormatter(logging.Formatter):
    """Formats a record, traceback and all, without the secrets in use."""

    def format(self, record: logging.LogRecord) -> str:
        return redactor.line(super().format(record))
