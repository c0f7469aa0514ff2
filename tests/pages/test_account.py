"""The pages of one's account and workspace: what each shows, does and refuses."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts.api_keys.services import key_create
from accounts.credentials.services import credential_create
from accounts.models import (
    ApiKey,
    Credential,
    Invitation,
    User,
    Workspace,
    WorkspaceMember,
)
from accounts.selectors import default_workspace
from accounts.sharing import share_create
from accounts.workspaces.services import invitation_create, workspace_create
from executions.models import ExecutionShare
from graphs.models import Graph, GraphShare
from tests.accounts.conftest import provider  # noqa: F401 (a fixture)
from tests.accounts.provider import Provider
from tests.factories import make_user
from tests.pages.world import Markup, browser_of, make_agent, make_run

pytestmark = pytest.mark.django_db

Page = Any


@pytest.fixture
def browser(alice: User) -> Client:
    return browser_of(alice)


@pytest.fixture
def home(alice: User) -> Workspace:
    return default_workspace(alice)


def make_key(user: User, **terms: Any) -> ApiKey:
    terms = {"name": "Nightly", "permissions": ["graph:read"]} | terms
    return key_create(user=user, workspace=default_workspace(user), **terms).row


def make_credential(user: User, **facts: Any) -> Credential:
    facts = {
        "provider": "openai", "kind": "api_key", "title": "Ours",
        "secrets": {"api_key": "sk-secret"},
    } | facts  # fmt: skip
    return credential_create(owner=user, workspace=default_workspace(user), **facts)


def make_member(user: User, role: str = "reader") -> User:
    member = make_user()
    WorkspaceMember.objects.create(
        workspace=default_workspace(user), user=member, role=role
    )
    return member


def at(user: User, path: str) -> str:
    return f"/account/workspaces/{default_workspace(user).pk}/{path}"


PAGES = [
    pytest.param(lambda user: "/account/", id="profile"),
    pytest.param(lambda user: "/account/keys/", id="keys"),
    pytest.param(lambda user: "/account/keys/new/", id="new key"),
    pytest.param(lambda user: f"/account/keys/{make_key(user).pk}/", id="key"),
    pytest.param(
        lambda user: f"/account/keys/{make_key(user).pk}/rotate/", id="rotate"
    ),
    pytest.param(
        lambda user: f"/account/keys/{make_key(user).pk}/revoke/", id="revoke"
    ),
    pytest.param(lambda user: "/account/credentials/", id="credentials"),
    pytest.param(lambda user: "/account/credentials/new/", id="choose"),
    pytest.param(
        lambda user: "/account/credentials/new/?provider=http&kind=host_scoped",
        id="new credential",
    ),
    pytest.param(
        lambda user: f"/account/credentials/{make_credential(user).pk}/",
        id="credential",
    ),
    pytest.param(
        lambda user: f"/account/credentials/{make_credential(user).pk}/delete/",
        id="delete credential",
    ),
    pytest.param(lambda user: "/account/workspace/", id="workspace"),
    pytest.param(lambda user: "/account/workspace/new/", id="new workspace"),
    pytest.param(lambda user: at(user, "leave/"), id="leave"),
    pytest.param(lambda user: at(user, "delete/"), id="delete"),
    pytest.param(
        lambda user: at(user, f"members/{make_member(user).pk}/remove/"), id="remove"
    ),
    pytest.param(lambda user: "/account/audit/", id="audit"),
    pytest.param(lambda user: "/shared/", id="shared"),
    pytest.param(
        lambda user: f"/agents/{make_agent(user).id}/shares/", id="agent shares"
    ),
    pytest.param(
        lambda user: f"/runs/{make_run(make_agent(user)).id}/shares/", id="run shares"
    ),
]


@pytest.mark.parametrize("address", PAGES)
def test_a_page_is_there_and_stands_without_inline_code(
    alice: User, browser: Client, address: Page
) -> None:
    alice.name = "<b>Bold</b>"
    alice.save()
    workspace_create(user=alice, name="<b>Bold</b>")
    make_key(alice, name="<b>Bold</b>")
    make_credential(alice, title="<b>Bold</b>")
    make_member(alice)
    answer = browser.get(address(alice))
    assert answer.status_code == 200
    page = Markup(answer.text)
    assert page.inline == []
    assert page.headings == 1
    assert len(page.ids) == len(set(page.ids))
    assert set(page.labels) <= set(page.ids)
    assert "<b>Bold" not in answer.text
    assert "sk-secret" not in answer.text


@pytest.mark.parametrize("address", PAGES)
def test_who_is_not_signed_in_is_sent_to_sign_in(
    client: Client, alice: User, address: Page
) -> None:
    answer = client.get(address(alice))
    assert answer.status_code == 302
    assert answer["Location"].startswith("/sign-in/?next=")


# --- The profile ----------------------------------------------------------------------


def test_the_profile_changes(alice: User, browser: Client) -> None:
    sent = {"name": "Alice", "timezone": "Europe/Berlin", "phone": "+49 30 901820"}
    assert browser.post("/account/", sent).status_code == 302
    alice.refresh_from_db()
    assert (alice.name, alice.timezone, alice.phone) == (
        "Alice", "Europe/Berlin", "+4930901820",
    )  # fmt: skip


def test_a_wrong_profile_is_said_beside_the_field(alice: User, browser: Client) -> None:
    sent = {"name": "Alice", "timezone": "Mars/Olympus", "phone": "x"}
    answer = browser.post("/account/", sent)
    assert answer.status_code == 400
    assert "Not a time zone" in answer.text
    assert "Not a phone number" in answer.text
    alice.refresh_from_db()
    assert alice.name == ""


# --- Keys -----------------------------------------------------------------------------


def test_a_key_is_made_and_shown_once(
    alice: User, browser: Client, home: Workspace
) -> None:
    User.objects.update(timezone="Asia/Tokyo")
    sent = {
        "name": "CI",
        "permissions": ["graph:read", "execution:*"],
        "allowed_addresses": "192.0.2.7\n\n198.51.100.0/24",
        "expires_on": "2099-01-31",
    }
    made = browser.post("/account/keys/new/", sent)
    found = re.search(r'data-copies="(agpt_[\w-]+)"', made.text)
    assert found, made.text
    assert "no-store" in made["Cache-Control"]
    key = ApiKey.objects.get()
    assert key.permissions == ["execution:*", "graph:read"]
    assert key.allowed_addresses == ["192.0.2.7/32", "198.51.100.0/24"]
    assert key.expires_at == datetime(2099, 1, 31, 15, tzinfo=UTC)  # midnight there
    assert key.workspace == home
    listed = browser.get("/account/keys/")
    assert key.prefix in listed.text
    assert found[1] not in listed.text


@pytest.mark.parametrize(
    ("change", "words"),
    [
        pytest.param({"permissions": []}, "Choose what the key may do", id="nothing"),
        pytest.param({"permissions": ["x"]}, "Select a valid choice", id="no scope"),
        pytest.param({"allowed_addresses": "x"}, "is no address", id="no network"),
        pytest.param({"name": ""}, "required", id="no name"),
    ],
)
def test_wrong_terms_are_refused_and_kept(
    browser: Client, change: dict[str, Any], words: str
) -> None:
    sent = {"name": "CI of the shop", "permissions": ["graph:read"]} | change
    answer = browser.post("/account/keys/new/", sent)
    assert answer.status_code == 400
    assert words in answer.text
    assert not ApiKey.objects.exists()
    is_ticked = 'value="graph:read" checked' in answer.text
    assert is_ticked == (sent["permissions"] == ["graph:read"])


def test_terms_change(alice: User, browser: Client) -> None:
    end = timezone.now() + timedelta(days=3)
    key = make_key(alice, expires_at=end, allowed_addresses=["192.0.2.7/32"])
    where = f"/account/keys/{key.pk}/"
    page = browser.get(where).text
    assert 'value="graph:read" checked' in page
    assert "192.0.2.7/32" in page
    assert f'value="{end.date()}"' in page
    browser.post(where, {"name": "Daily", "permissions": ["*"]})
    key.refresh_from_db()
    assert (key.name, key.permissions, key.expires_at) == ("Daily", ["*"], None)


def test_a_key_is_suspended_resumed_rotated_and_revoked(
    alice: User, browser: Client
) -> None:
    key = make_key(alice)
    where, before = f"/account/keys/{key.pk}/", bytes(key.digest)
    browser.post(f"{where}suspend/")
    assert "Suspended" in browser.get("/account/keys/").text
    browser.post(f"{where}suspend/")
    key.refresh_from_db()
    assert key.suspended_at is None
    rotated = browser.post(f"{where}rotate/")
    assert 'data-copies="agpt_' in rotated.text
    key.refresh_from_db()
    assert bytes(key.digest) != before
    browser.post(f"{where}revoke/")
    assert "Revoked" in browser.get("/account/keys/").text
    refused = browser.post(f"{where}suspend/", follow=True)
    assert "The key is revoked" in refused.text


def test_the_key_of_a_member_is_stopped_and_no_more(
    alice: User, browser: Client, home: Workspace
) -> None:
    member = make_member(alice, "editor")
    made = key_create(user=member, workspace=home, name="His", permissions=["*"])
    where = f"/account/keys/{made.row.pk}/"
    assert "<form class=" not in browser.get(where).text
    refused = browser.post(where, {"name": "Mine", "permissions": ["*"]})
    assert refused.status_code == 400
    assert browser.post(f"{where}rotate/").status_code == 403
    browser.post(f"{where}suspend/")
    made.row.refresh_from_db()
    assert made.row.suspended_at is not None
    assert made.row.name == "His"


# --- Credentials ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "sent", "secrets", "facts"),
    [
        pytest.param(
            "api_key",
            {"api_key": " sk 1", "base_url": "http://10.0.0.1:8000/v1"},
            {"api_key": " sk 1"},
            {"settings": {"base_url": "http://10.0.0.1:8000/v1"}},
            id="key with a server",
        ),
        pytest.param(
            "user_password",
            {"username": "u", "password": "p:w"},
            {"username": "u", "password": "p:w"},
            {},
            id="user",
        ),
        pytest.param(
            "host_scoped",
            {"hosts": "a.example\nb.example", "headers": "X-Key: a:b\nX-Two: c"},
            {"X-Key": "a:b", "X-Two": "c"},
            {"hosts": ["a.example", "b.example"]},
            id="headers",
        ),
    ],
)
def test_a_credential_is_stored_by_kind(
    browser: Client, kind: str, sent: Any, secrets: Any, facts: Any
) -> None:
    where = f"/account/credentials/new/?provider=acme&kind={kind}"
    answer = browser.post(where, {"title": "Acme", **sent})
    made = Credential.objects.get()
    assert answer["Location"] == f"/account/credentials/{made.pk}/"
    assert (made.provider, made.kind, made.secrets) == ("acme", kind, secrets)
    for name, value in facts.items():
        assert getattr(made, name) == value


@pytest.mark.parametrize(
    ("query", "sent", "words"),
    [
        pytest.param(
            "provider=a&kind=api_key", {}, "This kind needs api_key", id="key"
        ),
        pytest.param(
            "provider=a&kind=user_password",
            {"username": "u"},
            "needs password",
            id="user",
        ),
        pytest.param(
            "provider=a&kind=host_scoped",
            {"headers": "X: y"},
            "Name the hosts",
            id="hosts",
        ),
        pytest.param(
            "provider=a b&kind=api_key", {"api_key": "k"}, "valid", id="provider"
        ),
    ],
)
def test_wrong_credentials_are_refused(
    browser: Client, query: str, sent: Any, words: str
) -> None:
    answer = browser.post(f"/account/credentials/new/?{query}", sent)
    assert answer.status_code == 400
    assert words in answer.text
    assert not Credential.objects.exists()


@pytest.mark.parametrize("kind", ["oauth2", "x"])
def test_what_cannot_be_typed_in_has_no_form(browser: Client, kind: str) -> None:
    where = f"/account/credentials/new/?provider=github&kind={kind}"
    assert browser.get(where).status_code == 404


def test_secrets_stay_unless_others_are_given(alice: User, browser: Client) -> None:
    made = make_credential(alice)
    where = f"/account/credentials/{made.pk}/"
    browser.post(where, {"title": "Renamed"})
    made.refresh_from_db()
    assert (made.title, made.secrets) == ("Renamed", {"api_key": "sk-secret"})
    browser.post(where, {"title": "Renamed", "api_key": "sk-2"})
    made.refresh_from_db()
    assert made.secrets == {"api_key": "sk-2"}


def test_the_page_says_who_uses_it(alice: User, browser: Client) -> None:
    made = make_credential(alice)
    node = {"id": "llm", "input_default": {"credentials": {"id": str(made.pk)}}}
    agent = make_agent(alice, "Newsroom")
    Graph.objects.get(pk=agent.pk)
    agent.draft = {"nodes": [node], "links": []}
    agent.save()
    page = browser.get(f"/account/credentials/{made.pk}/").text
    assert "Newsroom" in page
    assert f"/agents/{agent.pk}/" in page


def test_an_operator_sees_it_and_changes_nothing(alice: User) -> None:
    made = make_credential(alice)
    operator = browser_of(make_member(alice, "operator"))
    where = f"/account/credentials/{made.pk}/"
    page = operator.get(where)
    assert page.status_code == 200
    assert "Save credential" not in page.text
    assert "Delete credential" not in page.text
    assert operator.post(where, {"title": "x"}).status_code == 403


def test_a_test_says_what_the_provider_says(alice: User, browser: Client) -> None:
    made = make_credential(alice, provider="smtp", kind="user_password",
                           secrets={"username": "u", "password": "p"})  # fmt: skip
    where = f"/account/credentials/{made.pk}/"
    answer = browser.post(f"{where}test/", follow=True)
    assert "nobody can be asked" in answer.text
    browser.post(f"{where}delete/")
    assert not Credential.objects.exists()


def test_connecting_begins_here_and_leads_there(
    browser: Client,
    provider: Provider,  # noqa: F811
) -> None:
    assert "connect/?provider=loopback" in browser.get("/account/credentials/new/").text
    page = browser.get("/account/credentials/connect/?provider=loopback").text
    found = re.search(r'href="([^"]+/authorize[^"]*)"', page)
    assert found, page
    assert "state=" in found[1]
    unknown = browser.get("/account/credentials/connect/?provider=acme", follow=True)
    assert "not registered there" in unknown.text


# --- Workspaces -----------------------------------------------------------------------


def test_a_workspace_is_made_renamed_and_worked_in(
    alice: User, browser: Client
) -> None:
    make_agent(alice, "At home")
    browser.post("/account/workspace/new/", {"name": "Lab"})
    lab = Workspace.objects.get(name="Lab")
    assert "At home" not in browser.get("/agents/").text
    assert browser.get("/api/v1/me/").json()["workspace"]["name"] == "Lab"
    where = f"/account/workspaces/{lab.pk}/"
    browser.post(where, {"name": "Labs", "strict_input": "on"})
    lab.refresh_from_db()
    assert (lab.name, lab.strict_input) == ("Labs", True)
    browser.post(where, {"name": "Labs"})
    lab.refresh_from_db()
    assert lab.strict_input is False
    other = Workspace.objects.exclude(pk=lab.pk).get()
    browser.post("/account/workspace/choose/", {"workspace": str(other.pk)})
    assert "At home" in browser.get("/agents/").text


def test_the_menu_offers_ones_workspaces(
    alice: User, charlie: User, browser: Client
) -> None:
    choose = 'action="/account/workspace/choose/"'
    assert choose not in browser.get("/agents/").text
    workspace_create(user=alice, name="Lab")
    workspace_create(user=charlie, name="Secret lab")
    page = browser.get("/agents/").text
    assert choose in page
    assert "Lab" in page
    assert "Secret lab" not in page


@pytest.mark.parametrize("whose", ["charlie's", "nobody's", "no id"])
def test_only_ones_own_are_chosen(
    alice: User, charlie: User, browser: Client, whose: str
) -> None:
    ids = {
        "charlie's": str(default_workspace(charlie).pk),
        "nobody's": "00000000-0000-7000-8000-000000000000",
        "no id": "x",
    }
    answer = browser.post("/account/workspace/choose/", {"workspace": ids[whose]})
    assert answer.status_code == 404
    assert "workspace" not in browser.session


def test_members_are_given_roles_and_removed(
    alice: User, browser: Client, home: Workspace
) -> None:
    member = make_member(alice)
    browser.post(at(alice, f"members/{member.pk}/role/"), {"role": "editor"})
    seat = WorkspaceMember.objects.get(user=member, workspace=home)
    assert seat.role == "editor"
    browser.post(at(alice, f"members/{member.pk}/remove/"))
    assert not WorkspaceMember.objects.filter(user=member, workspace=home).exists()


def test_the_last_owner_is_told_why_he_stays(alice: User, browser: Client) -> None:
    lowered = browser.post(
        at(alice, f"members/{alice.pk}/role/"), {"role": "reader"}, follow=True
    )
    assert "A workspace needs an owner" in lowered.text
    left = browser.post(at(alice, "leave/"), follow=True)
    assert "A workspace needs an owner" in left.text


def test_members_see_the_others_and_rule_nobody(alice: User) -> None:
    member = make_member(alice)
    browser = browser_of(member)
    home = default_workspace(alice)
    browser.post("/account/workspace/choose/", {"workspace": str(home.pk)})
    page = browser.get("/account/workspace/").text
    assert "alice@example.org" in page
    assert "Invite" not in page
    assert "Delete workspace" not in page
    assert browser.get(at(alice, "delete/")).status_code == 403
    browser.post(at(alice, "leave/"))
    assert browser.get(at(alice, "leave/")).status_code == 404


def test_an_invitation_is_shown_once_and_opens(
    alice: User, charlie: User, browser: Client, home: Workspace
) -> None:
    sent = {"email": "charlie@example.org", "role": "editor"}
    page = browser.post(at(alice, "invite/"), sent)
    found = re.search(r'data-copies="https?://[^/]+(/invitations/[\w-]+/)"', page.text)
    assert found, page.text
    assert "no-store" in page["Cache-Control"]
    assert found[1] not in browser.get("/account/workspace/").text
    guest = browser_of(charlie)
    assert home.name in guest.get(found[1]).text
    assert not WorkspaceMember.objects.filter(user=charlie, workspace=home).exists()
    guest.post(found[1])
    seat = WorkspaceMember.objects.get(user=charlie, workspace=home)
    assert seat.role == "editor"
    assert guest.get("/api/v1/me/").json()["workspace"]["id"] == str(home.pk)
    assert guest.get(found[1]).status_code == 410
    assert guest.post(found[1]).status_code == 410


def test_where_mails_are_sent_no_link_is_shown(
    alice: User, browser: Client, settings: Settings
) -> None:
    settings.MAIL_IS_ON = True
    sent = {"email": "charlie@example.org", "role": "editor"}
    page = browser.post(at(alice, "invite/"), sent, follow=True).text
    assert "An invitation is mailed to charlie@example.org" in page
    assert "data-copies" not in page


def test_a_wrong_invitation_is_said_beside_the_field(
    alice: User, browser: Client
) -> None:
    sent = {"email": "alice@example.org", "role": "editor"}
    answer = browser.post(at(alice, "invite/"), sent)
    assert answer.status_code == 400
    assert "belongs to the workspace already" in answer.text
    assert not Invitation.objects.exists()


def test_an_invitation_is_withdrawn(
    alice: User, browser: Client, home: Workspace
) -> None:
    asked = {"email": "new@example.org", "role": "reader"}
    row = invitation_create(user=alice, workspace=home, **asked).row
    browser.post(at(alice, f"invitations/{row.pk}/withdraw/"))
    assert not Invitation.objects.exists()


def test_the_name_is_typed_to_delete(alice: User, browser: Client) -> None:
    lab = workspace_create(user=alice, name="Lab")
    where = f"/account/workspaces/{lab.pk}/delete/"
    refused = browser.post(where, {"name": "lab"})
    assert refused.status_code == 400
    assert "This is not its name" in refused.text
    lab.refresh_from_db()
    assert lab.deleted_at is None
    assert browser.post(where, {"name": "Lab"}).status_code == 302
    lab.refresh_from_db()
    assert lab.deleted_at is not None
    only = at(alice, "delete/")
    told = browser.post(only, {"name": "My workspace"})
    assert "This is your only workspace" in told.text


# --- Shares ---------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["agents", "runs"])
def test_a_share_is_given_and_ended(
    alice: User, charlie: User, browser: Client, kind: str
) -> None:
    thing: Any = make_agent(alice) if kind == "agents" else make_run(make_agent(alice))
    shares: Any = GraphShare if kind == "agents" else ExecutionShare
    where = f"/{kind}/{thing.id}/shares/"
    sent = {"email": "charlie@example.org", "level": "run", "expires_on": "2099-01-31"}
    assert browser.post(where, sent).status_code == 302
    share = shares.objects.get()
    assert (share.user, share.level) == (charlie, "run")
    assert share.expires_at == datetime(2099, 2, 1, tzinfo=UTC)
    assert "charlie@example.org" in browser.get(where).text
    assert browser_of(charlie).get(f"/{kind}/{thing.id}/").status_code == 200
    browser.post(f"{where}{share.pk}/end/")
    assert not shares.objects.exists()
    assert browser_of(charlie).get(f"/{kind}/{thing.id}/").status_code == 404


@pytest.mark.parametrize(
    ("change", "words"),
    [
        pytest.param({"email": "x@example.org"}, "Nobody here has", id="nobody"),
        pytest.param({"email": "alice@example.org"}, "belongs to", id="a member"),
        pytest.param({"level": "own"}, "Select a valid choice", id="no level"),
        pytest.param({"expires_on": "2020-01-01"}, "This time is over", id="past"),
    ],
)
def test_wrong_shares_are_said_beside_the_field(
    alice: User, charlie: User, browser: Client, change: Any, words: str
) -> None:
    sent = {"email": "charlie@example.org", "level": "read"} | change
    answer = browser.post(f"/agents/{make_agent(alice).id}/shares/", sent)
    assert answer.status_code == 400
    assert words in answer.text
    assert not GraphShare.objects.exists()


def test_a_run_is_nothing_to_edit(alice: User, charlie: User, browser: Client) -> None:
    where = f"/runs/{make_run(make_agent(alice)).id}/shares/"
    sent = {"email": "charlie@example.org", "level": "edit"}
    assert browser.post(where, sent).status_code == 400


def test_a_share_that_is_over_says_so(
    alice: User, charlie: User, browser: Client
) -> None:
    agent = make_agent(alice)
    share_create(
        GraphShare, user=alice, of=agent, email="charlie@example.org", level="read"
    )
    GraphShare.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert "Ended" in browser.get(f"/agents/{agent.id}/shares/").text


def test_what_others_share_is_listed_apart(
    alice: User, charlie: User, browser: Client
) -> None:
    agent = make_agent(alice, "Secret plans")
    run = make_run(make_agent(alice, "Old news"))
    guest = browser_of(charlie)
    assert "Nothing is shared with you" in guest.get("/shared/").text
    to = {"email": "charlie@example.org", "level": "run"}
    share_create(GraphShare, user=alice, of=agent, **to)
    share_create(ExecutionShare, user=alice, of=run, **to)
    page = Markup(guest.get("/shared/").text)
    assert {f"/agents/{agent.pk}/", f"/runs/{run.pk}/"} <= set(page.links)
    assert "Secret plans" not in guest.get("/agents/").text
    assert "Nothing is shared with you" in browser.get("/shared/").text
    past = timezone.now() - timedelta(seconds=1)
    GraphShare.objects.update(expires_at=past)
    ExecutionShare.objects.update(expires_at=past)
    assert "Nothing is shared with you" in guest.get("/shared/").text


# --- The audit log --------------------------------------------------------------------


def rows_of(page: str) -> list[str]:
    return re.findall(r'<span class="deed">([^<]+)</span>', page)


def test_the_log_is_sieved(alice: User, browser: Client, home: Workspace) -> None:
    member = make_member(alice, "editor")
    mine = make_key(alice)
    key_create(user=member, workspace=home, name="His", permissions=["graph:read"])
    make_credential(alice)
    where = "/account/audit/"
    assert set(rows_of(browser.get(where).text)) >= {
        "key.created",
        "credential.created",
    }
    by_action = browser.get(where, {"action": "key.created"}).text
    assert rows_of(by_action) == ["key.created"] * 2
    assert "permissions: graph:read" in by_action
    by_person = browser.get(where, {"action": "key.created", "user": str(member.pk)})
    assert rows_of(by_person.text) == ["key.created"]
    by_subject = browser.get(where, {"subject": f"key:{mine.pk}"})
    assert rows_of(by_subject.text) == ["key.created"]
    assert f"subject=key%3A{mine.pk}" in by_subject.text
    past = browser.get(where, {"last": "2020-01-01"})
    assert rows_of(past.text) == []
    assert "Nothing fits these filters" in past.text
    today = timezone.now().date().isoformat()
    assert rows_of(browser.get(where, {"first": today, "last": today}).text)


def test_the_export_has_the_same_filters(alice: User, browser: Client) -> None:
    make_key(alice)
    make_credential(alice)
    page = browser.get("/account/audit/", {"action": "key.created"}).text
    found = re.search(r'href="(/api/v1/audit/export/[^"]*)"', page)
    assert found, page
    lines = browser.get(found[1]).getvalue().splitlines()
    assert len(lines) == 1


def test_the_log_of_others_is_not_there(
    alice: User, charlie: User, browser: Client
) -> None:
    make_key(alice)
    assert rows_of(browser_of(charlie).get("/account/audit/").text) == [
        "user.signed_in"
    ]
    wrong = browser.get("/account/audit/", {"user": str(charlie.pk)})
    assert wrong.status_code == 400
    assert browser.get("/account/audit/?before=x").status_code == 404


def test_the_log_goes_on_page_by_page(
    alice: User, browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("accounts.account_pages.audit.PAGE_SIZE", 2)
    for _ in range(3):
        make_key(alice)
    page = browser.get("/account/audit/", {"action": "key.created"}).text
    assert rows_of(page) == ["key.created"] * 2
    found = re.search(r'href="([^"]+)" data-more', page)
    assert found, page
    rest = browser.get(found[1].replace("&amp;", "&")).text
    assert rows_of(rest) == ["key.created"]
