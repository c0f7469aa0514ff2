"""Secret headers go to the hosts of their credential and to no other."""

import pytest

from blocks.credentials import Credential, CredentialKind
from blocks.errors import BlockError
from blocks.library.http_authenticated import require_host
from blocks.secret import Secret
from blocks.testing import FakeContext, FakeHttp
from blocks.testing.fakes import FakeCredentials
from tests.blocks.calls import called

URL = "https://api.example/me"


def credential(*hosts: str) -> Credential:
    return Credential(
        id="key",
        provider="http",
        kind=CredentialKind.HOST_SCOPED,
        secrets={"Authorization": Secret("Bearer hush"), "X-Key": Secret("k")},
        hosts=hosts,
    )


FITTING = [
    pytest.param("https://api.example/x", "api.example", id="same"),
    pytest.param("https://API.Example./x", "api.example", id="written-otherwise"),
    pytest.param("https://api.example:443/", "api.example", id="usual-port-told"),
    pytest.param("https://api.example:8443/", "api.example:8443", id="port"),
    pytest.param("https://a.b.example/", "*.example", id="below"),
]
OTHERS = [
    pytest.param("https://api.example.evil/", "api.example", id="longer-name"),
    pytest.param("https://evilapi.example/", "api.example", id="other-name"),
    pytest.param("https://example/", "*.example", id="not-below"),
    pytest.param("https://evilexample/", "*.example", id="below-without-a-dot"),
    pytest.param("https://api.example:8443/", "api.example", id="other-port"),
    pytest.param("https://api.example/", "api.example:8443", id="usual-port"),
    pytest.param("https://api.example@evil.example/", "api.example", id="user-part"),
    pytest.param("https://api.example:x/", "api.example", id="port-that-is-none"),
    pytest.param("//", "", id="nothing"),
    pytest.param("https://api.example/", "", id="pattern-that-is-empty"),
]


@pytest.mark.parametrize(("url", "host"), FITTING)
def test_host_of_the_credential_fits(url, host):
    require_host(url, credential("other.example", host))


@pytest.mark.parametrize(("url", "host"), OTHERS)
def test_other_hosts_do_not(url, host):
    with pytest.raises(BlockError, match="is not for") as caught:
        require_host(url, credential(host))
    assert caught.value.code == "credential_refused"
    assert "hush" not in str(caught.value)


async def sent(inputs, *hosts):
    http = FakeHttp([("POST", URL, 200, {}, b"")])
    ctx = FakeContext(http, credentials=FakeCredentials([credential(*hosts)]))
    result = await called("SendAuthenticatedWebRequest", {"url": URL, **inputs}, ctx)
    return result, http.sent


async def test_secret_headers_replace_those_of_the_graph():
    headers = {"authorization": "Bearer mine", "X-Other": "1"}
    result, requests = await sent({"headers": headers}, "api.example")
    assert result.error is None
    got = {k: v for k, v in requests[0].headers.items() if k != "Idempotency-Key"}
    assert got == {"Authorization": "Bearer hush", "X-Key": "k", "X-Other": "1"}


async def test_nothing_is_sent_to_another_host():
    result, requests = await sent({}, "other.example")
    assert result.error.code == "credential_refused"
    assert requests == []


async def test_without_a_credential_nothing_is_sent():
    ctx = FakeContext()
    result = await called("SendAuthenticatedWebRequest", {"url": URL}, ctx)
    assert result.error.code == "credential_missing"
