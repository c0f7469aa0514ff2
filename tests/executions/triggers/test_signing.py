"""Signatures of deliveries: the known schemes, and all that is wrong with others."""

import base64
import hashlib
import hmac

import pytest

from executions.triggers.signing import is_signed, same_secret, signing_key

KEY = b"0123456789abcdef0123456789abcdef"
SECRET = "whsec_" + base64.b64encode(KEY).decode()
PLAIN = "a secret of a sender"
NOW = 1_700_000_000
BODY = b'{"a": 1}'


def standard(
    key: bytes = KEY, id: str = "msg_1", at: str | int = NOW, body: bytes = BODY
) -> dict[str, str]:
    signed = f"{id}.{at}.".encode() + body
    mac = base64.b64encode(hmac.digest(key, signed, "sha256")).decode()
    return {
        "webhook-id": id,
        "webhook-timestamp": str(at),
        "webhook-signature": f"v1,{mac}",
    }


def github(secret: str = SECRET, body: bytes = BODY) -> dict[str, str]:
    mac = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return {"x-hub-signature-256": f"sha256={mac}"}


def without(headers: dict[str, str], name: str) -> dict[str, str]:
    return {key: value for key, value in headers.items() if key != name}


def changed(headers: dict[str, str], name: str, value: str) -> dict[str, str]:
    return headers | {name: value}


def test_the_published_example_of_standard_webhooks():
    """From the specification's own test vectors."""
    headers = {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    assert is_signed(secret, headers, b'{"test": 2432232314}', 1614265330)


def test_the_published_example_of_github():
    mac = "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    headers = {"x-hub-signature-256": f"sha256={mac}"}
    assert is_signed("It's a Secret to Everybody", headers, b"Hello, World!", NOW)


@pytest.mark.parametrize(
    ("headers", "is_good"),
    [
        pytest.param(standard(), True, id="standard"),
        pytest.param(github(), True, id="GitHub"),
        pytest.param(standard(at=NOW - 300), True, id="five minutes old"),
        pytest.param(standard(at=NOW + 300), True, id="five minutes ahead"),
        pytest.param(
            changed(
                standard(), "webhook-signature",
                "v1,AAAA v2,x " + standard()["webhook-signature"],
            ), True, id="one of several",
        ),
        pytest.param({}, False, id="none"),
        pytest.param(standard(at=NOW - 301), False, id="too old"),
        pytest.param(standard(at=NOW + 301), False, id="too far ahead"),
        pytest.param(standard(key=b"x" * 32), False, id="another key"),
        pytest.param(standard(body=b'{"a": 2}'), False, id="another body"),
        pytest.param(standard(at="NaN"), False, id="no time"),
        pytest.param(standard(at="-5"), False, id="a negative time"),
        pytest.param(standard(at="٣" * 10), False, id="other digits"),
        pytest.param(standard(at="9" * 400), False, id="a huge time"),
        pytest.param(without(standard(), "webhook-id"), False, id="no id"),
        pytest.param(without(standard(), "webhook-timestamp"), False, id="no stamp"),
        pytest.param(changed(standard(), "webhook-id", "msg_2"), False, id="other id"),
        pytest.param(
            changed(standard(), "webhook-timestamp", str(NOW + 1)), False,
            id="another time",
        ),
        pytest.param(
            changed(standard(), "webhook-signature", ""), False, id="empty",
        ),
        pytest.param(
            changed(standard(), "webhook-signature", "v1,é"), False, id="not ASCII",
        ),
        pytest.param(
            standard(key=b"x") | github(), False, id="a bad one beside a good one"
        ),
        pytest.param(github("another"), False, id="GitHub, another secret"),
        pytest.param(github(body=b""), False, id="GitHub, another body"),
        pytest.param({"x-hub-signature-256": "sha256="}, False, id="GitHub, empty"),
        pytest.param({"x-hub-signature": "sha1=x"}, False, id="GitHub's old way"),
    ],
)  # fmt: skip
def test_signatures(headers, is_good):
    assert is_signed(SECRET, headers, BODY, NOW) is is_good


def test_a_secret_without_the_prefix_is_the_key_itself():
    assert is_signed(PLAIN, standard(key=PLAIN.encode()), BODY, NOW)


def test_a_key_that_is_no_base64_is_refused():
    with pytest.raises(ValueError, match="base64"):
        signing_key("whsec_%%%")


@pytest.mark.parametrize(
    ("given", "is_same"),
    [("abc", True), ("abd", False), ("", False), ("abcd", False), ("äbc", False)],
)
def test_secrets_are_compared_as_a_whole(given, is_same):
    assert same_secret(given, "abc") is is_same
