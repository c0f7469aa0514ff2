"""The one guarded way out: what blocks and apps send to other hosts."""

from core.egress.client import DEFAULT_MAX_BYTES, EgressClient
from core.egress.connect import Connector, Peer
from core.egress.errors import EgressError
from core.egress.messages import Response, StreamedResponse
from core.egress.urls import DEFAULT_PORTS, parse_allow

__all__ = [
    "DEFAULT_MAX_BYTES",
    "DEFAULT_PORTS",
    "Connector",
    "EgressClient",
    "EgressError",
    "Peer",
    "Response",
    "StreamedResponse",
    "parse_allow",
]
