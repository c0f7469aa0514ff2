"""Signing in by a provider, over real HTTP: out, back, and all that must not pass."""

import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.test import Client
from django.utils import timezone
from joserfc import jwk
from pytest_django import Settings

from accounts.models import Identity, User
from accounts.sign_in import oidc
from accounts.sign_in.checks import oidc_check
from accounts.sign_in.second_factor import enrol_begin, enrol_confirm
from accounts.sign_in.steps import Step, step_of
from tests.accounts.mails import arrived
from tests.accounts.oidc_issuer import Issuer, issuer_running
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db

OUT = "/sign-in/with/corp/"
BACK = "/sign-in/with/corp/back/"


@pytest.fixture
def issuer(settings: Settings) -> Iterator[Issuer]:
    with issuer_running() as running:
        settings.EGRESS_ALLOW = [running.address]
        settings.SITE_URL = "https://agents.example.org"
        configure(settings, running)
        yield running


def configure(settings: Settings, issuer: Issuer, **more: Any) -> None:
    corp = {
        "name": "corp",
        "title": "Corp",
        "issuer": issuer.url,
        "client_id": "us",
        "client_secret": "client-secret",
        "auto_create": True,
    }
    settings.OIDC_PROVIDERS = [corp | more]


def go(client: Client, issuer: Issuer, target: str = "", **changed: str) -> Any:
    """Out, agree, and back, with what the browser brings changed."""
    out = client.get(OUT, {"next": target} if target else {})
    assert out.status_code == 302, out.content
    if not out["Location"].startswith(issuer.url):
        return out
    return client.get(BACK, issuer.agree(out["Location"]) | changed)


def is_in(client: Client) -> bool:
    return client.get("/agents/").status_code == 200


def said(client: Client) -> str:
    return client.get("/sign-in/").text


def test_it_works(client: Client, issuer: Issuer):
    assert 'href="/sign-in/with/corp/"' in client.get("/sign-in/").text
    assert go(client, issuer, "/runs/")["Location"] == "/runs/"
    assert is_in(client)
    user = User.objects.get()
    assert user.email == "alice@example.org"
    assert user.email_verified_at is not None
    assert not user.has_usable_password()
    identity = Identity.objects.get()
    assert (identity.issuer, identity.subject) == (issuer.url, "person-1")
    assert identity.last_used_at is not None


def test_what_is_sent_out_and_traded_in(client: Client, issuer: Issuer):
    out = client.get(OUT)
    sent = dict(parse_qsl(urlsplit(out["Location"]).query))
    assert sent["redirect_uri"] == f"https://agents.example.org{BACK}"
    assert sent["scope"] == "openid email profile"
    assert sent["code_challenge_method"] == "S256"
    assert len(sent["state"]) > 40
    assert len(sent["nonce"]) > 40
    client.get(BACK, issuer.agree(out["Location"]))
    (asked,) = issuer.asked
    assert asked["redirect_uri"] == sent["redirect_uri"]
    assert len(asked["code_verifier"]) >= 43
    # The secret went in a header.
    assert "client_secret" not in asked


def test_a_provider_may_want_the_secret_in_the_body(client: Client, issuer: Issuer):
    issuer.metadata["token_endpoint_auth_methods_supported"] = ["client_secret_post"]
    go(client, issuer)
    assert issuer.asked[0]["client_secret"] == "client-secret"
    assert is_in(client)


def test_the_second_time_the_identity_counts(client: Client, issuer: Issuer):
    go(client, issuer)
    # The address at the provider is another one now; the person is the same.
    issuer.person["email"] = "other@example.org"
    again = Client()
    go(again, issuer)
    assert is_in(again)
    assert User.objects.count() == Identity.objects.count() == 1
    assert len([m for m in arrived() if "Corp" in str(m.body)]) == 1


def test_what_providers_say_of_themselves_is_kept_a_while(
    client: Client, issuer: Issuer
):
    for _ in range(3):
        go(Client(), issuer)
    assert issuer.seen.count("/.well-known/openid-configuration") == 1
    assert issuer.seen.count("/keys") == 1


def test_a_new_key_is_looked_for(client: Client, issuer: Issuer):
    go(Client(), issuer)
    issuer.key = jwk.RSAKey.generate_key(2048, {"kid": "two"})
    go(client, issuer)
    assert is_in(client)


def test_the_address_may_be_told_apart(client: Client, issuer: Issuer):
    issuer.userinfo = dict(issuer.person)
    issuer.person = {"sub": "person-1"}
    go(client, issuer)
    assert is_in(client)


def test_others_are_not_told_of_apart(client: Client, issuer: Issuer):
    issuer.userinfo = issuer.person | {"sub": "person-2"}
    issuer.person = {"sub": "person-1"}
    go(client, issuer)
    assert not is_in(client)


# --- Whose account it is --------------------------------------------------------------


def test_an_account_with_a_confirmed_address_is_linked(
    client: Client, issuer: Issuer, alice: User
):
    alice.email_verified_at = timezone.now()
    alice.save()
    go(client, issuer)
    assert is_in(client)
    assert Identity.objects.get().user == alice
    alice.refresh_from_db()
    assert alice.check_password(PASSWORD)


def test_an_account_that_nobody_confirmed_is_not_given_away(
    client: Client, issuer: Issuer, alice: User
):
    """Whoever registered with the address of somebody else knows its password."""
    go(client, issuer)
    assert not is_in(client)
    assert not Identity.objects.exists()
    assert "Ask for a new password" in said(client)


@pytest.mark.parametrize(
    ("person", "settings_of", "words"),
    [
        # The provider has not checked the address, or tells none.
        pytest.param({"email_verified": False}, {}, "checked", id="unchecked"),
        pytest.param({"email_verified": "false"}, {}, "checked", id="false-as-text"),
        pytest.param({"email_verified": 1}, {}, "checked", id="one"),
        pytest.param({"email_verified": None}, {}, "checked", id="not-said"),
        pytest.param({"email": None}, {}, "checked", id="no-address"),
        pytest.param({"email": ["a@b.c"]}, {}, "checked", id="a-list"),
        pytest.param({"email": "nonsense"}, {}, "checked", id="no-real-address"),
        # The site takes some only.
        pytest.param({}, {"domains": ["corp.example"]}, "not sign in", id="domain"),
        pytest.param(
            {"email": "a@evil.corp.example.net"},
            {"domains": ["corp.example"]},
            "not sign in",
            id="domain-in-another",
        ),
        pytest.param({}, {"auto_create": False}, "no account", id="no-account"),
    ],
)
def test_people_who_are_not_let_in(
    client: Client,
    issuer: Issuer,
    settings: Settings,
    person: Any,
    settings_of: Any,
    words: str,
):
    issuer.person |= person
    configure(settings, issuer, **settings_of)
    assert go(client, issuer)["Location"] == "/sign-in/"
    assert not is_in(client)
    assert words in said(client)
    assert not User.objects.exists()


def test_those_of_a_domain_are_let_in(
    client: Client, issuer: Issuer, settings: Settings
):
    configure(settings, issuer, domains=["Example.org"])
    go(client, issuer)
    assert is_in(client)


def test_who_left_the_domain_does_not_come_back(
    client: Client, issuer: Issuer, settings: Settings
):
    go(Client(), issuer)
    configure(settings, issuer, domains=["corp.example"])
    go(client, issuer)
    assert not is_in(client)


def test_the_shut_out_stay_out(client: Client, issuer: Issuer):
    go(Client(), issuer)
    User.objects.update(is_active=False)
    go(client, issuer)
    assert not is_in(client)
    assert "switched off" in said(client)


def test_a_second_factor_is_still_wanted(client: Client, issuer: Issuer, alice: User):
    import pyotp

    secret = enrol_begin(alice, PASSWORD).secret
    enrol_confirm(alice, pyotp.TOTP(secret).now())
    alice.email_verified_at = timezone.now()
    alice.save()
    assert go(client, issuer)["Location"] == "/sign-in/code/"
    assert not is_in(client)
    assert step_of(alice, wants_proof=False) == Step.SECOND_FACTOR


# --- What must not pass ---------------------------------------------------------------


def other_key(issuer: Issuer) -> None:
    published = issuer.key
    issuer.key = jwk.RSAKey.generate_key(2048, {"kid": published.kid})
    shown = {"keys": [published.as_dict(private=False)]}
    plain = issuer.answer
    issuer.answer = lambda method, path, body: (  # type: ignore[method-assign]
        (200, shown) if path == "/keys" else plain(method, path, body)
    )


def signed_with_the_client_secret(issuer: Issuer) -> None:
    """As if the shared secret could vouch for people."""
    issuer.key = jwk.OctKey.import_key("client-secret" * 4, {"kid": "one"})
    issuer.algorithm = "HS256"


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"aud": "another-site"}, id="for-another"),
        pytest.param({"aud": None}, id="for-nobody"),
        pytest.param({"aud": ["us", "them"]}, id="for-several-without-azp"),
        pytest.param({"azp": "them"}, id="asked-by-another"),
        pytest.param({"iss": "https://evil.example"}, id="by-another"),
        pytest.param({"iss": None}, id="by-nobody"),
        pytest.param({"exp": int(time.time()) - 600}, id="over"),
        pytest.param({"exp": None}, id="without-end"),
        pytest.param({"iat": int(time.time()) + 3600}, id="of-tomorrow"),
        pytest.param({"nonce": "guess"}, id="of-another-sign-in"),
        pytest.param({"nonce": None}, id="of-no-sign-in"),
        pytest.param({"sub": None}, id="of-nobody"),
        pytest.param({"sub": ""}, id="of-an-empty-name"),
        pytest.param({"sub": "x" * 256}, id="of-a-long-name"),
        pytest.param({"at_hash": "AAAA"}, id="with-another-token"),
        pytest.param(other_key, id="signed-with-another-key"),
        pytest.param(signed_with_the_client_secret, id="signed-with-our-secret"),
    ],
)
def test_statements_that_are_refused(client: Client, issuer: Issuer, change: Any):
    if callable(change):
        change(issuer)
    else:
        issuer.claims = change
    go(client, issuer)
    assert not is_in(client)
    assert "could not sign you in" in said(client)
    assert not User.objects.exists()


def test_nothing_unsigned_passes(client: Client, issuer: Issuer):
    from base64 import urlsafe_b64encode

    import orjson

    def part(value: Any) -> str:
        return urlsafe_b64encode(orjson.dumps(value)).decode().rstrip("=")

    claims = issuer.person | {"iss": issuer.url, "aud": "us", "exp": 4 * 10**9}
    issuer.id_token = lambda begun: (  # type: ignore[method-assign]
        f"{part({'alg': 'none'})}.{part(claims | {'nonce': begun['nonce']})}."
    )
    go(client, issuer)
    assert not is_in(client)


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"state": "guess"}, id="another-state"),
        pytest.param({"code": "guess"}, id="another-code"),
        # The answer of another provider, brought to this address.
        pytest.param({"iss": "https://evil.example"}, id="of-another-provider"),
        pytest.param({"error": "access_denied"}, id="refused"),
    ],
)
def test_answers_that_are_refused(
    client: Client, issuer: Issuer, changed: dict[str, str]
):
    assert go(client, issuer, **changed)["Location"] == "/sign-in/"
    assert not is_in(client)


def test_a_state_is_good_once_soon_and_in_its_own_browser(
    client: Client, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
):
    answer = issuer.agree(client.get(OUT)["Location"])
    other = Client()
    other.get(BACK, answer)
    assert not is_in(other)
    monkeypatch.setattr(oidc, "LIFETIME_S", -1)
    client.get(BACK, answer)
    assert not is_in(client)
    monkeypatch.setattr(oidc, "LIFETIME_S", 600)
    client.get(BACK, answer)  # it was used up by the late one
    assert not is_in(client)
    assert issuer.asked == []


@pytest.mark.parametrize(
    "metadata",
    [
        pytest.param({"issuer": "https://evil.example"}, id="of-another"),
        pytest.param({"token_endpoint": None}, id="incomplete"),
        # Not opened by whoever runs the site, and not https.
        pytest.param({"authorization_endpoint": "http://192.0.2.1/"}, id="plain"),
        pytest.param({"jwks_uri": "file:///etc/passwd"}, id="no-http"),
    ],
)
def test_what_providers_must_not_say_of_themselves(
    client: Client, issuer: Issuer, metadata: Any
):
    issuer.metadata |= metadata
    assert client.get(OUT)["Location"] == "/sign-in/"
    assert "could not sign you in" in said(client)


def test_the_inside_network_is_not_asked(
    client: Client, issuer: Issuer, settings: Settings
):
    settings.EGRESS_ALLOW = []
    assert client.get(OUT)["Location"] == "/sign-in/"
    assert issuer.seen == []


@pytest.mark.parametrize(
    "path", ["/sign-in/with/nobody/", "/sign-in/with/nobody/back/"]
)
def test_providers_that_nobody_named_are_not_there(client: Client, path: str):
    assert client.get(path).status_code == 404


def test_it_never_leads_to_another_site(client: Client, issuer: Issuer):
    answer = go(client, issuer, "https://evil.example/")
    assert answer["Location"] == "/agents/"


def test_a_provider_that_is_away(client: Client, issuer: Issuer):
    issuer.token_status = 503
    go(client, issuer)
    assert "client-secret" not in said(client)
    assert not is_in(client)


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"name": "Corp!"}, id="name"),
        pytest.param({"client_id": None}, id="no-client"),
        pytest.param({"secret": "client-secret"}, id="another-key"),
    ],
)
def test_wrong_settings_are_told_at_the_start(
    issuer: Issuer, settings: Settings, changed: Any
):
    assert oidc_check(None) == []
    configure(settings, issuer, **changed)
    (fault,) = oidc_check(None)
    assert fault.id == "accounts.E001"
    assert "client-secret" not in fault.msg
