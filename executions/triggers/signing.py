"""Whether a delivery was signed with the secret of its hook.

Two ways are known. Standard Webhooks: HMAC-SHA256 over id, time and body, good for five
minutes. GitHub's: HMAC-SHA256 over the body alone, which holds no time.
"""

import base64
import binascii
import hmac
from collections.abc import Mapping
from typing import Final

STANDARD_ID: Final = "webhook-id"
STANDARD_TIME: Final = "webhook-timestamp"
STANDARD_SIGNATURE: Final = "webhook-signature"
GITHUB_SIGNATURE: Final = "x-hub-signature-256"
KEY_PREFIX: Final = "whsec_"

MAX_SKEW_S: Final = 300
_MAX_DIGITS: Final = 12


def is_signed(secret: str, headers: Mapping[str, str], body: bytes, now: float) -> bool:
    """`headers` by their names in lower case; `now` in seconds since 1970."""
    if STANDARD_SIGNATURE in headers:
        return _is_standard(secret, headers, body, now)
    given = headers.get(GITHUB_SIGNATURE, "")
    made = "sha256=" + hmac.new(secret.encode(), body, "sha256").hexdigest()
    return same_secret(given, made)


def signing_key(secret: str) -> bytes:
    """What follows the prefix is base64, as Standard Webhooks has it; a secret without
    the prefix is the key as it stands.

    Raises:
        ValueError: the base64 is none.
    """
    if not secret.startswith(KEY_PREFIX):
        return secret.encode()
    try:
        return base64.b64decode(secret.removeprefix(KEY_PREFIX), validate=True)
    except binascii.Error:
        message = f"After {KEY_PREFIX} there must be base64, as the sender shows it."
        raise ValueError(message) from None


def _is_standard(
    secret: str, headers: Mapping[str, str], body: bytes, now: float
) -> bool:
    id_, time = headers.get(STANDARD_ID, ""), headers.get(STANDARD_TIME, "")
    if not (id_ and id_.isascii() and _is_recent(time, now)):
        return False
    signed = f"{id_}.{time}.".encode() + body
    digest = hmac.digest(signing_key(secret), signed, "sha256")
    made = "v1," + base64.b64encode(digest).decode()
    # A sender that changes its secret signs with both for a while.
    signatures = headers[STANDARD_SIGNATURE].split()
    return any(same_secret(given, made) for given in signatures)


def _is_recent(time: str, now: float) -> bool:
    if not (time.isascii() and time.isdecimal() and len(time) <= _MAX_DIGITS):
        return False
    return abs(now - int(time)) <= MAX_SKEW_S


def same_secret(given: str, secret: str) -> bool:
    """In the same time wherever they differ; a header's text stands for its bytes."""
    return hmac.compare_digest(given.encode("latin-1", "replace"), secret.encode())
