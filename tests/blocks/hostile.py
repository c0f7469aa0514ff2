"""A world for what strangers give to blocks: its network goes nowhere."""

from base64 import b64encode
from collections.abc import Mapping
from typing import Any

from tests.security.corpus.block_targets import Outcome, Play


def played(name: str, inputs: Mapping[str, Any], **world: Any) -> Outcome:
    """What came of it; nothing foreign was started and no file written."""
    outcome = Play(name, inputs, **world).run()
    programs = [each for each in outcome.spy.programs if each != "subprocess.Popen"]
    assert (programs, outcome.spy.written) == ([], [])
    return outcome


def refusal(name: str, inputs: Mapping[str, Any], **world: Any) -> str:
    """The code of the failure; nobody was called."""
    outcome = played(name, inputs, **world)
    assert outcome.error is not None, outcome.outputs
    assert outcome.connects == []
    return outcome.error.code


def inline(content: bytes) -> str:
    return f"data:;base64,{b64encode(content).decode()}"
