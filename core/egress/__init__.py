"""The one guarded way out: what blocks and apps send to other hosts."""

from core.egress.client import DEFAULT_MAX_BYTES, EgressClient
from core.egress.errors import EgressError
from core.egress.messages import Response
from core.egress.urls import DEFAULT_PORTS, parse_allow

__all__ = [
    "DEFAULT_MAX_BYTES",
    "DEFAULT_PORTS",
    "EgressClient",
    "EgressError",
    "Response",
    "parse_allow",
]
