"""Where one is signed in: the list, ending one, ending the others."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient
from rest_framework_simplejwt.token_blacklist.models import OutstandingToken

from accounts.models import BrowserSession, MailedToken, ProgramSession, User
from accounts.services import Tokens
from accounts.sign_in import mailed
from accounts.sign_in.agents import device_name
from accounts.sign_in.expiry import expire
from accounts.sign_in.store import SessionStore
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db

MINE = "/api/v1/me/sessions/"
TOKEN = "/api/v1/auth/token/"
REFRESH = "/api/v1/auth/token/refresh/"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def browser_of(user: User, agent: str = FIREFOX, **extra: Any) -> Client:
    client = Client(headers={"user-agent": agent}, **extra)
    form = {"username": user.email, "password": PASSWORD}
    assert client.post("/sign-in/", form).status_code == 302
    return client


def program_of(user: User) -> tuple[APIClient, Tokens]:
    client = APIClient(headers={"user-agent": "robot/1"})
    body = {"email": user.email, "password": PASSWORD}
    tokens = Tokens(**client.post(TOKEN, body).json())
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {tokens.access}")
    return client, tokens


def refreshed(refresh: str) -> Any:
    return APIClient().post(REFRESH, {"refresh": refresh})


def test_it_works(alice: User):
    browser = browser_of(alice, REMOTE_ADDR="192.0.2.7")
    program, _ = program_of(alice)
    by_program, by_browser = program.get(MINE).json()
    assert by_program["kind"] == "program"
    assert by_program["user_agent"] == "robot/1"
    assert by_program["is_current"] is True
    assert by_browser["kind"] == "browser"
    assert by_browser["address"] == "192.0.2.7"
    assert by_browser["user_agent"] == FIREFOX
    assert by_browser["is_current"] is False
    current = {each["id"]: each["is_current"] for each in browser.get(MINE).json()}
    assert current == {by_program["id"]: False, by_browser["id"]: True}


def test_one_is_ended(alice: User):
    browser, (program, tokens) = browser_of(alice), program_of(alice)
    places = sorted(program.get(MINE).json(), key=lambda place: place["is_current"])
    for place in places:
        assert program.delete(f"{MINE}{place['id']}/").status_code == 204
    assert browser.get("/agents/").status_code == 302
    assert refreshed(tokens.refresh).status_code == 401
    assert program.get(MINE).status_code == 401  # at once


def test_all_others_are_ended_by_a_program(alice: User):
    browsers = [browser_of(alice), browser_of(alice)]
    (program, tokens), (_, others) = program_of(alice), program_of(alice)
    assert program.delete(MINE).json() == {"ended": 3}
    assert [browser.get("/agents/").status_code for browser in browsers] == [302, 302]
    assert refreshed(others.refresh).status_code == 401
    again = refreshed(tokens.refresh)
    assert again.status_code == 200
    # What follows from it is the same place.
    program.credentials(HTTP_AUTHORIZATION=f"Bearer {again.json()['access']}")
    assert [place["is_current"] for place in program.get(MINE).json()] == [True]


def test_all_others_are_ended_by_a_browser(alice: User):
    here, there, (_, tokens) = browser_of(alice), browser_of(alice), program_of(alice)
    page = "/account/sessions/"
    assert "Sign out everywhere else" in here.get(page).text
    assert here.post(page, {"action": "others"})["Location"] == page
    assert here.get(page).status_code == 200
    assert there.get(page).status_code == 302
    assert refreshed(tokens.refresh).status_code == 401


def test_the_page_ends_one(alice: User):
    here, there = browser_of(alice), browser_of(alice, "robot/1")
    page = "/account/sessions/"
    shown = here.get(page).text
    assert "Firefox on Linux" in shown
    other = BrowserSession.objects.get(user_agent="robot/1")
    assert str(other.handle) in shown
    here.post(page, {"id": str(other.handle)})
    assert there.get(page).status_code == 302
    assert here.post(page, {"id": "nonsense"}).status_code == 404


@pytest.mark.parametrize("made", ["browser", "program", "nothing"])
def test_places_of_others_are_not_there(alice: User, charlie: User, made: str):
    browser, (_, tokens) = browser_of(alice), program_of(alice)
    ids = {
        "browser": BrowserSession.objects.get(user=alice).handle,
        "program": ProgramSession.objects.get(user=alice).id,
        "nothing": uuid4(),
    }
    program, _ = program_of(charlie)
    assert program.delete(f"{MINE}{ids[made]}/").status_code == 404
    assert str(ids[made]) not in program.get(MINE).content.decode()
    assert browser.get("/agents/").status_code == 200
    assert refreshed(tokens.refresh).status_code == 200


def test_who_ends_a_place_is_not_overtaken_by_its_program(alice: User):
    """A token that is traded in at the same moment makes no new one."""
    _, tokens = program_of(alice)
    ProgramSession.objects.all().delete()
    assert refreshed(tokens.refresh).status_code == 401
    assert OutstandingToken.objects.count() == 1


def test_signing_out_ends_the_row(alice: User):
    browser, (program, tokens) = browser_of(alice), program_of(alice)
    browser.post("/sign-out/")
    program.post("/api/v1/auth/logout/", {"refresh": tokens.refresh})
    assert not BrowserSession.objects.filter(user=alice).exists()
    assert not ProgramSession.objects.exists()


def test_what_is_over_is_not_listed(alice: User):
    _browser, (program, _) = browser_of(alice), program_of(alice)
    past = timezone.now() - timedelta(seconds=1)
    BrowserSession.objects.update(expire_date=past)
    ProgramSession.objects.update(expires_at=past)
    assert program.get(MINE).json() == []


def test_what_is_over_is_deleted(alice: User, charlie: User):
    browser_of(alice), program_of(alice)
    mailed.token_issue(alice, mailed.VERIFY)
    past = timezone.now() - timedelta(seconds=1)
    BrowserSession.objects.update(expire_date=past)
    for table in (ProgramSession, OutstandingToken, MailedToken):
        table.objects.update(expires_at=past)
    browser, (_, tokens) = browser_of(charlie), program_of(charlie)
    expire()
    for each in (BrowserSession, ProgramSession, OutstandingToken, MailedToken):
        assert not each.objects.filter(user=alice).exists()
    assert browser.get("/agents/").status_code == 200
    assert refreshed(tokens.refresh).status_code == 200


@pytest.mark.parametrize(
    ("since", "stays"),
    [
        pytest.param({"last_seen_at": timedelta(days=2.9)}, True, id="seen lately"),
        pytest.param({"last_seen_at": timedelta(days=3.1)}, False, id="not used"),
        pytest.param({"created_at": timedelta(days=29)}, True, id="not so old"),
        pytest.param({"created_at": timedelta(days=31)}, False, id="too old"),
    ],
)
def test_a_browser_stays_for_a_while(
    alice: User, since: dict[str, timedelta], stays: bool
):
    browser = browser_of(alice)
    times = {name: timezone.now() - ago for name, ago in since.items()}
    BrowserSession.objects.filter(user=alice).update(**times)
    assert (browser.get(MINE).status_code == 200) == stays
    assert BrowserSession.objects.filter(user=alice).exists() == stays


@pytest.mark.parametrize(("days", "status"), [(89, 200), (91, 401)])
def test_a_program_renews_its_tokens_for_a_while(alice: User, days: int, status: int):
    _, tokens = program_of(alice)
    began = timezone.now() - timedelta(days=days)
    ProgramSession.objects.filter(user=alice).update(created_at=began)
    assert refreshed(tokens.refresh).status_code == status


def test_a_second_use_of_a_token_ends_the_place(alice: User):
    _, tokens = program_of(alice)
    refreshed(tokens.refresh)
    assert refreshed(tokens.refresh).status_code == 401
    assert not ProgramSession.objects.exists()


def test_who_is_shut_out_in_the_admin_is_signed_out(alice: User):
    browser, (program, _) = browser_of(alice), program_of(alice)
    root = Client()
    root.force_login(User.objects.create_superuser("root@example.org", PASSWORD))
    form = {"address": alice.email, "timezone": "UTC", "role": "user"}
    answer = root.post(f"/admin/accounts/user/{alice.pk}/change/", form)
    assert answer.status_code == 302
    assert browser.get("/agents/").status_code == 302
    assert program.get(MINE).status_code == 401
    assert not BrowserSession.objects.filter(user=alice).exists()
    assert not ProgramSession.objects.filter(user=alice).exists()


# --- How they are kept ----------------------------------------------------------------


def test_the_table_does_not_hold_the_key(alice: User):
    browser = browser_of(alice)
    key = browser.session.session_key
    row = BrowserSession.objects.get(user=alice)
    assert key not in repr(BrowserSession.objects.values().get())
    stolen = Client()
    stolen.cookies["sessionid"] = str(row.session_key)
    stolen.cookies["__Host-sessionid"] = str(row.session_key)
    assert stolen.get("/agents/").status_code == 302
    assert SessionStore(key).exists(key)
    assert not SessionStore(key).exists(str(row.session_key))


def test_its_use_is_noted_every_few_minutes(alice: User):
    browser = browser_of(alice, REMOTE_ADDR="192.0.2.7")
    first = BrowserSession.objects.get()
    browser.get("/agents/", REMOTE_ADDR="192.0.2.8")
    assert BrowserSession.objects.get().address == "192.0.2.7"
    old = timezone.now() - timedelta(minutes=6)
    BrowserSession.objects.update(last_seen_at=old)
    browser.get("/agents/", REMOTE_ADDR="192.0.2.8")
    row = BrowserSession.objects.get()
    assert row.last_seen_at > old
    assert row.address == "192.0.2.8"
    assert (row.handle, row.created_at) == (first.handle, first.created_at)


def test_signing_in_begins_a_new_session(alice: User):
    client = Client()
    client.session.save()
    store = client.session
    store["x"] = 1
    store.save()
    client.cookies["sessionid"] = client.cookies["__Host-sessionid"] = str(
        store.session_key
    )
    client.post("/sign-in/", {"username": alice.email, "password": PASSWORD})
    assert client.session.session_key != store.session_key
    assert BrowserSession.objects.filter(user=alice).count() == 1


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        pytest.param(FIREFOX, "Firefox on Linux", id="firefox"),
        pytest.param(
            "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537 Chrome/130 Safari/537"
            " Edg/130",
            "Edge on Windows",
            id="edge",
        ),
        pytest.param(
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Safari/604.1",
            "Safari on iPhone",
            id="phone",
        ),
        pytest.param("", "A browser", id="none"),
        pytest.param("curl/8", "A browser", id="another"),
    ],
)
def test_what_browsers_are_called(agent: str, name: str):
    assert device_name(agent) == name
