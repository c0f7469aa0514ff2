"""What surrounds runs and accounts in the admin: to be read, with no secret in it."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import AuditEvent, Identity, User
from executions.models import Hook, Review, Schedule, StoredFile
from tests.pages.world import Markup, browser_of, make_agent, make_run

pytestmark = pytest.mark.django_db

TOKEN, SECRET, DIGEST = "token-of-the-hook", "secret-of-the-hook", "digest-of-it"
UNKNOWN = "00000000-0000-7000-8000-000000000000"


@pytest.fixture
def root(alice: User) -> Client:
    alice.is_staff, alice.role = True, User.Role.ADMIN
    alice.save()
    return browser_of(alice)


def _trigger(user: User, name: str) -> dict[str, Any]:
    agent = make_agent(user, f"Agent of {name}")
    return {
        "workspace": agent.workspace, "graph": agent, "user": user, "name": name,
    }  # fmt: skip


def _schedule(user: User, name: str) -> Schedule:
    return Schedule.objects.create(
        **_trigger(user, name), cron="0 9 * * *", inputs={"who": "<script>x"}
    )


def _hook(user: User, name: str) -> Hook:
    digest = f"{DIGEST}-{name}"
    return Hook.objects.create(
        **_trigger(user, name), token=TOKEN, token_hash=digest, secret=SECRET
    )


def _review(user: User, name: str) -> Review:
    run = make_run(make_agent(user))
    return Review.objects.create(
        workspace=run.workspace, execution=run, node_id="ask", number=1, title=name,
        data={"text": "<script>x"},
    )  # fmt: skip


def _file(user: User, name: str) -> StoredFile:
    agent = make_agent(user)
    return StoredFile.objects.create(
        workspace=agent.workspace, owner=user, name=name, media_type="text/plain",
        size=3, key=name,
    )  # fmt: skip


def _identity(user: User, name: str) -> Identity:
    return Identity.objects.create(user=user, issuer="https://id.test", subject=name)


def _event(user: User, name: str) -> AuditEvent:
    last = AuditEvent.objects.first()
    return AuditEvent.objects.create(
        seq=last.seq + 1 if last else 1, at=timezone.now(), action="tested",
        subject=name, actor_id=user.id, digest=b"x",
    )  # fmt: skip


Maker = Callable[[User, str], Any]
KINDS = [
    pytest.param("executions/schedule", _schedule, id="schedule"),
    pytest.param("executions/hook", _hook, id="hook"),
    pytest.param("executions/review", _review, id="review"),
    pytest.param("executions/storedfile", _file, id="file"),
    pytest.param("accounts/identity", _identity, id="identity"),
    pytest.param("accounts/auditevent", _event, id="audit event"),
]


@pytest.mark.parametrize(("place", "make"), KINDS)
def test_lists_and_rows_are_read_and_never_changed(
    root: Client, alice: User, place: str, make: Maker
) -> None:
    row = make(alice, "Morning")
    page = f"/admin/{place}/{row.pk}"

    shown = root.get(f"{page}/change/")

    assert "Morning" in root.get(f"/admin/{place}/").text
    assert shown.status_code == 200
    assert Markup(shown.text).inline == []
    assert "<script>x" not in shown.text
    assert root.get(f"/admin/{place}/add/").status_code == 403
    assert root.post(f"{page}/change/").status_code == 403
    assert root.post(f"{page}/delete/").status_code == 403


@pytest.mark.parametrize(("place", "make"), KINDS)
def test_a_row_is_found_by_its_words(
    root: Client, alice: User, place: str, make: Maker
) -> None:
    row = f"/{place}/{make(alice, 'Morning').pk}/change/"

    assert row in root.get(f"/admin/{place}/", {"q": "ornin"}).text
    assert row not in root.get(f"/admin/{place}/", {"q": "evening"}).text
    assert row not in root.get(f"/admin/{place}/", {"q": UNKNOWN}).text


@pytest.mark.parametrize(("place", "make"), KINDS)
def test_a_longer_list_asks_no_more_of_the_database(
    root: Client, alice: User, place: str, make: Maker
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as asked:
            root.get(f"/admin/{place}/")
        return len(asked)

    make(alice, "first")
    queries()  # what is kept from the first request on is there now
    before = queries()
    for number in range(4):
        make(alice, f"other {number}")

    assert queries() == before


@pytest.mark.parametrize("address", ["", "{}/change/"], ids=["list", "row"])
def test_a_hook_shows_neither_address_nor_secret(
    root: Client, alice: User, address: str
) -> None:
    hook = _hook(alice, "Morning")

    text = root.get("/admin/executions/hook/" + address.format(hook.pk)).text

    assert "Morning" in text
    assert not any(word in text for word in (TOKEN, SECRET, DIGEST))


def test_events_are_found_by_the_id_of_who_did_it(root: Client, alice: User) -> None:
    event = _event(alice, "Morning")
    page = "/admin/accounts/auditevent/"

    assert isinstance(event.actor_id, UUID)
    assert "Morning" in root.get(page, {"q": str(alice.id)}).text


def test_the_admin_is_called_by_the_name_of_the_site(root: Client) -> None:
    text = root.get("/admin/").text

    assert "Agent Studio</title>" in text
    assert "Site administration" not in text
