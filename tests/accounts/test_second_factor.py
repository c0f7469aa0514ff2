"""The second factor: added, shown, used up, switched off; what it keeps out."""

import time
from io import StringIO
from typing import Any

import pyotp
import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from pytest_django import Settings
from rest_framework.test import APIClient

from accounts.models import AuditDraft, RecoveryCode, SecondFactor, User
from accounts.sign_in import second_factor
from accounts.sign_in.second_factor import enrol_begin, enrol_confirm, takes
from tests.accounts.mails import arrived
from tests.accounts.test_races import AT_ONCE, together
from tests.conftest import PASSWORD, SignedIn
from tests.factories import make_user

pytestmark = pytest.mark.django_db

MINE = "/api/v1/me/second-factor/"
TOKEN = "/api/v1/auth/token/"
STEP = 30


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> "Clock":
    made = Clock()
    monkeypatch.setattr(second_factor.time, "time", lambda: made.now)
    return made


class Clock:
    """Stands in the middle of a step, unless it is moved."""

    def __init__(self) -> None:
        self.now = time.time() // STEP * STEP + STEP / 2


class App:
    """What somebody has on the phone."""

    def __init__(self, user: User, clock: Clock) -> None:
        self._totp = pyotp.TOTP(enrol_begin(user, PASSWORD).secret)
        self._clock = clock
        self.recovery_codes = enrol_confirm(user, self.code())
        clock.now += STEP

    def code(self, steps: int = 0) -> str:
        return self._totp.at(int(self._clock.now) + steps * STEP)


@pytest.fixture
def app(alice: User, clock: Clock) -> App:
    return App(alice, clock)


def sign_in(client: Any, user: User, **more: str) -> Any:
    return client.post(TOKEN, {"email": user.email, "password": PASSWORD, **more})


# --- Adding it ------------------------------------------------------------------------


def test_it_works(anyone: APIClient, alice: User, signed_in: SignedIn, clock: Clock):
    mine = signed_in(alice)
    assert mine.get(MINE).json() == {
        "enabled": False,
        "since": None,
        "recovery_codes_left": 0,
    }
    begun = mine.post(MINE, {"password": PASSWORD})
    assert begun.status_code == 201
    made = pyotp.parse_uri(begun.json()["uri"])
    assert made.secret == begun.json()["secret"]
    assert made.name == alice.email
    assert begun.json()["qr"].startswith("data:image/svg+xml")
    # It does not count yet.
    assert sign_in(anyone, alice).status_code == 200

    confirmed = mine.post(f"{MINE}confirm/", {"code": made.at(int(clock.now))})
    assert len(set(confirmed.json()["recovery_codes"])) == 10
    assert mine.get(MINE).json()["recovery_codes_left"] == 10

    asked = sign_in(anyone, alice)
    assert asked.status_code == 401
    assert asked.json()["type"] == "urn:problem:second-factor-needed"
    assert "WWW-Authenticate" in asked
    clock.now += STEP
    assert sign_in(anyone, alice, code=made.at(int(clock.now))).status_code == 200


@pytest.mark.parametrize(
    ("body", "status"),
    [
        pytest.param({"password": "wrong-horse-9"}, 400, id="wrong-password"),
        pytest.param({}, 400, id="without"),
    ],
)
def test_a_thief_of_a_session_adds_none(
    alice: User, signed_in: SignedIn, body: Any, status: int
):
    assert signed_in(alice).post(MINE, body).status_code == status
    assert not SecondFactor.objects.exists()


@pytest.mark.parametrize(
    "code", ["000000", "", "abc", "\uff11\uff12\uff13\uff14\uff15\uff16", "1" * 200]
)
def test_it_is_not_on_before_a_code_was_right(
    alice: User, signed_in: SignedIn, code: str
):
    mine = signed_in(alice)
    enrol_begin(alice, PASSWORD)
    assert mine.post(f"{MINE}confirm/", {"code": code}).status_code == 400
    assert not second_factor.is_on(alice)


def test_what_is_on_is_not_replaced(alice: User, signed_in: SignedIn, app: App):
    answer = signed_in(alice).post(MINE, {"password": PASSWORD})
    assert answer.status_code == 409
    assert takes(alice, app.code())


@pytest.mark.parametrize("path", ["confirm/", "recovery-codes/"])
def test_what_is_off_has_no_codes(alice: User, signed_in: SignedIn, path: str):
    answer = signed_in(alice).post(f"{MINE}{path}", {"code": "123456"})
    assert answer.status_code == 409


def test_secrets_are_sealed_and_codes_digested(alice: User, app: App):
    row = SecondFactor.objects.values().get()
    secret = SecondFactor.objects.get().secret
    assert secret.encode() not in bytes(row["secret"])
    kept = repr(list(RecoveryCode.objects.values()))
    assert not any(code in kept for code in app.recovery_codes)
    bodies = [bytes(draft.body).decode() for draft in AuditDraft.objects.all()]
    assert any("second_factor.enabled" in body for body in bodies)
    assert not any(secret in body for body in bodies)
    told = " ".join(str(message.body) for message in arrived())
    assert "second factor was added" in told


# --- Showing it -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("steps", "is_good"),
    [
        pytest.param(-2, False, id="long-over"),
        pytest.param(-1, False, id="used-to-enrol"),
        pytest.param(0, True, id="now"),
        pytest.param(1, True, id="a-clock-that-is-fast"),
        pytest.param(2, False, id="to-come"),
    ],
)
def test_clocks_may_differ_by_one_step(
    alice: User, app: App, steps: int, is_good: bool
):
    assert takes(alice, app.code(steps)) is is_good


def test_a_code_is_good_once(alice: User, app: App):
    code = app.code()
    assert takes(alice, code)
    assert not takes(alice, code)
    # Nor is one of before it, which somebody may have seen.
    assert not takes(alice, app.code(-1))


def test_codes_may_be_typed_in_groups(alice: User, app: App):
    code = app.code()
    assert takes(alice, f" {code[:3]} {code[3:]} ")


def test_a_recovery_code_is_good_once(anyone: APIClient, alice: User, app: App):
    code = app.recovery_codes[3].upper().replace("-", " ")
    assert sign_in(anyone, alice, code=code).status_code == 200
    answer = sign_in(anyone, alice, code=code)
    assert answer.status_code == 401
    assert answer.json()["type"] == "urn:problem:wrong-code"
    assert RecoveryCode.objects.count() == 9
    assert "recovery codes was used" in str(arrived()[-1].body)


def test_codes_of_others_are_not_ones_own(
    alice: User, charlie: User, app: App, clock: Clock
):
    other = App(charlie, clock)
    assert not takes(alice, other.code())
    assert not takes(alice, other.recovery_codes[0])


def test_codes_are_not_guessed(anyone: APIClient, alice: User, app: App):
    wrong = f"{(int(app.code()) + 1) % 10**6:06}"
    answers = [sign_in(anyone, alice, code=wrong).status_code for _ in range(6)]
    assert answers == [401] * 5 + [429]
    assert sign_in(anyone, alice, code=app.code()).status_code == 429


def test_the_code_alone_does_not_do(anyone: APIClient, alice: User, app: App):
    body = {"email": alice.email, "password": "wrong-horse-9", "code": app.code()}
    wrong = anyone.post(TOKEN, body)
    assert (wrong.status_code, "second" in wrong.text) == (401, False)
    assert takes(alice, app.code())


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("which", ["app", "recovery"])
def test_one_of_many_uses_a_code(clock: Clock, which: str):
    user = make_user()
    app = App(user, clock)
    code = app.code() if which == "app" else app.recovery_codes[0]
    assert together(lambda: takes(user, code)) == {True: 1, False: AT_ONCE - 1}


# --- Without it -----------------------------------------------------------------------


def test_new_recovery_codes_end_the_old(alice: User, signed_in: SignedIn, app: App):
    answer = signed_in(alice).post(f"{MINE}recovery-codes/", {"code": app.code()})
    assert answer.status_code == 200
    assert not takes(alice, app.recovery_codes[0])
    assert takes(alice, answer.json()["recovery_codes"][0])


def test_switching_off_takes_password_and_code(
    anyone: APIClient, alice: User, signed_in: SignedIn, app: App
):
    mine, off = signed_in(alice), f"{MINE}disable/"
    wrong = mine.post(off, {"password": "wrong-horse-9", "code": app.code()})
    assert [error["field"] for error in wrong.json()["errors"]] == ["password"]
    wrong = mine.post(off, {"password": PASSWORD, "code": "000000"})
    assert [error["field"] for error in wrong.json()["errors"]] == ["code"]
    assert second_factor.is_on(alice)
    answer = mine.post(off, {"password": PASSWORD, "code": app.code()})
    assert answer.status_code == 204
    assert sign_in(anyone, alice).status_code == 200
    assert not RecoveryCode.objects.exists()
    assert mine.post(off, {"password": PASSWORD, "code": "1"}).status_code == 409


def test_whoever_runs_the_site_removes_it(alice: User, app: App):
    call_command("removesecondfactor", " Alice@example.org", stdout=StringIO())
    assert not second_factor.is_on(alice)
    assert "was removed" in str(arrived()[-1].body)
    for email in ("alice@example.org", "no@example.org"):
        with pytest.raises(CommandError):
            call_command("removesecondfactor", email)


def test_staff_removes_it(client: Client, alice: User, charlie: User, app: App):
    root = User.objects.create_superuser("root@example.org", PASSWORD)
    client.force_login(root)
    ids = [str(alice.pk), str(charlie.pk)]
    form = {"action": "remove_second_factor", "_selected_action": ids}
    answer = client.post("/admin/accounts/user/", form, follow=True)
    assert "Removed from 1 of" in answer.text
    assert not second_factor.is_on(alice)
    bodies = [bytes(draft.body).decode() for draft in AuditDraft.objects.all()]
    (deed,) = [body for body in bodies if "second_factor.disabled" in body]
    assert f'"actor":"{root.pk}"' in deed


def test_a_new_password_does_not_get_round_it(anyone: APIClient, alice: User, app: App):
    from accounts.sign_in.passwords import password_set

    password_set(alice, "another-horse-9", by="reset")
    body = {"email": alice.email, "password": "another-horse-9"}
    assert anyone.post(TOKEN, body).status_code == 401


# --- The pages ------------------------------------------------------------------------


def test_signing_in_takes_two_steps(client: Client, alice: User, app: App):
    form = {"username": alice.email, "password": PASSWORD, "next": "/runs/"}
    assert client.post("/sign-in/", form)["Location"] == "/sign-in/code/"
    assert client.get("/runs/").status_code == 302
    assert client.get("/api/v1/me/").status_code == 401
    assert "One more step" in client.get("/sign-in/code/").text
    assert "not good" in client.post("/sign-in/code/", {"code": "000000"}).text
    done = client.post("/sign-in/code/", {"code": app.code()})
    assert done["Location"] == "/runs/"
    assert client.get("/runs/").status_code == 200


def test_half_the_way_lasts_minutes(
    client: Client, alice: User, app: App, monkeypatch: pytest.MonkeyPatch
):
    form = {"username": alice.email, "password": PASSWORD}
    client.post("/sign-in/", form)
    monkeypatch.setattr("accounts.sign_in.steps.HALF_WAY_S", -1)
    answer = client.post("/sign-in/code/", {"code": app.code()})
    assert answer["Location"] == "/sign-in/"
    assert "took too long" in client.get("/sign-in/").text


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"is_active": False}, id="shut-out"),
        pytest.param({"password": "!"}, id="another-password"),
    ],
)
def test_half_the_way_ends_with_what_began_it(
    client: Client, alice: User, app: App, change: Any
):
    client.post("/sign-in/", {"username": alice.email, "password": PASSWORD})
    User.objects.update(**change)
    answer = client.post("/sign-in/code/", {"code": app.code()})
    assert answer["Location"] == "/sign-in/"


def test_the_page_adds_and_removes_it(client: Client, alice: User, clock: Clock):
    client.force_login(alice)
    page = "/account/second-factor/"
    wrong = client.post(page, {"action": "begin", "password": "wrong-horse-9"})
    assert "not your password" in wrong.text
    begun = client.post(page, {"action": "begin", "password": PASSWORD})
    assert 'src="data:image/svg+xml' in begun.text
    assert "not good" in client.post(page, {"action": "confirm", "code": "1"}).text
    totp = pyotp.TOTP(SecondFactor.objects.get().secret)
    done = client.post(page, {"action": "confirm", "code": totp.at(int(clock.now))})
    assert done.text.count("<li>") >= 10
    # They are shown this one time.
    assert "codes__" not in client.get(page).text
    assert "10 recovery codes left" in client.get(page).text
    clock.now += STEP
    renewed = client.post(page, {"action": "renew", "code": totp.at(int(clock.now))})
    assert "Your recovery codes" in renewed.text
    clock.now += STEP
    form = {"action": "disable", "password": PASSWORD, "code": "000000"}
    assert "not good" in client.post(page, form).text
    form["code"] = totp.at(int(clock.now))
    assert client.post(page, form)["Location"] == page
    assert "It is off" in client.get(page).text


def test_two_windows_do_not_stumble(client: Client, alice: User, app: App):
    client.force_login(alice)
    page = "/account/second-factor/"
    answer = client.post(page, {"action": "begin", "password": PASSWORD})
    assert answer["Location"] == page


# --- The admin ------------------------------------------------------------------------


@pytest.fixture
def root(settings: Settings) -> User:
    settings.ADMIN_REQUIRES_SECOND_FACTOR = True
    return User.objects.create_superuser("root@example.org", PASSWORD)


def test_the_admin_takes_no_password(client: Client, root: User):
    form = {"username": root.email, "password": PASSWORD, "next": "/admin/"}
    answer = client.post("/admin/login/", form)
    assert answer.status_code == 302
    assert answer["Location"].startswith("/sign-in/")
    assert client.get("/admin/").status_code == 302
    assert "_auth_user_id" not in client.session


def test_staff_without_a_second_factor_is_sent_to_add_one(
    client: Client, root: User, clock: Clock
):
    form = {"username": root.email, "password": PASSWORD, "next": "/admin/"}
    assert client.post("/sign-in/", form)["Location"] == "/admin/"
    sent = client.get("/admin/", follow=True)
    page = sent.redirect_chain[-1][0]
    assert page.startswith("/account/second-factor/?next=")
    begun = client.post(page, {"action": "begin", "password": PASSWORD})
    assert begun.status_code == 200
    totp = pyotp.TOTP(SecondFactor.objects.get().secret)
    code = totp.at(int(clock.now))
    done = client.post(page, {"action": "confirm", "code": code, "next": "/admin/"})
    assert 'href="/admin/"' in done.text
    assert client.get("/admin/").status_code == 200


def test_staff_comes_in_with_it(client: Client, root: User, clock: Clock):
    app = App(root, clock)
    form = {"username": root.email, "password": PASSWORD, "next": "/admin/"}
    assert client.post("/sign-in/", form)["Location"] == "/sign-in/code/"
    assert client.post("/sign-in/code/", {"code": app.code()})["Location"] == "/admin/"
    assert client.get("/admin/").status_code == 200


def test_a_session_of_before_shows_it_once(client: Client, root: User, clock: Clock):
    client.force_login(root)
    app = App(root, clock)
    page = client.get("/admin/", follow=True).redirect_chain[-1][0]
    assert "Show a code" in client.get(page).text
    form = {"action": "show", "next": "/admin/", "code": "000000"}
    assert "not good" in client.post(page, form).text
    assert client.get("/admin/").status_code == 302
    assert client.post(page, form | {"code": app.code()})["Location"] == "/admin/"
    assert client.get("/admin/").status_code == 200


def test_who_is_no_staff_is_told_so(client: Client, alice: User, root: User):
    client.force_login(alice)
    answer = client.get("/admin/", follow=True)
    assert answer.status_code == 403


def test_it_never_leads_to_another_site(client: Client, root: User, clock: Clock):
    client.force_login(root)
    app = App(root, clock)
    form = {"action": "show", "next": "https://evil.example/", "code": app.code()}
    assert client.post("/account/second-factor/", form)["Location"] == "/agents/"
