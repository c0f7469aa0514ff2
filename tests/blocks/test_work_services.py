"""GitHub, Gmail, Google Calendar and Sheets: addresses, messages, times."""

import base64
from email import message_from_bytes
from email.policy import default

import orjson
import pytest

from blocks.context import NodeIdentity
from blocks.credentials import Credential, CredentialKind, CredentialRef
from blocks.errors import BlockInputError
from blocks.github import numbered_path, repository_path
from blocks.gmail import BASE as GMAIL
from blocks.gmail import told
from blocks.secret import Secret
from blocks.testing import FakeContext, FakeHttp
from blocks.testing.fakes import FakeCredentials
from tests.blocks.calls import called

CALENDAR = "https://www.googleapis.com/calendar/v3/calendars/primary/events"


def context(*calls, id="key", settings=None, timezone="UTC") -> FakeContext:
    answers = [(m, u, s, {}, orjson.dumps(body)) for m, u, s, body in calls]
    kinds = {"github": CredentialKind.API_KEY, "google": CredentialKind.OAUTH2}
    secrets = {"api_key": Secret("hush"), "access_token": Secret("hush")}
    given = [
        Credential(
            id=id, provider=name, kind=kind, secrets=secrets, settings=settings or {}
        )
        for name, kind in kinds.items()
    ]
    identity = NodeIdentity(execution_id="e", node_id="n", timezone=timezone)
    return FakeContext(FakeHttp(answers), identity, credentials=FakeCredentials(given))


def sent_body(ctx: FakeContext, index: int = -1):
    return orjson.loads([each for each in ctx.http.sent if each.body][index].body)


# --- GitHub ---------------------------------------------------------------------------

REPOSITORIES = [
    pytest.param("https://github.com/ada/tea", id="address"),
    pytest.param("https://github.com/ada/tea.git", id="address-for-git"),
    pytest.param("http://git.house.example/ada/tea/", id="own-server"),
    pytest.param("ada/tea", id="short"),
    pytest.param(" ada/tea ", id="spaces"),
]


@pytest.mark.parametrize("address", REPOSITORIES)
def test_repository_is_read_from_its_address(address):
    assert repository_path("repo_url", address) == "/repos/ada/tea"


@pytest.mark.parametrize(
    "address",
    ["", "tea", "../..", "ada/..", "a/b/c", "https://github.com/ada", "a b/c", "a/b?x"],
)
def test_other_addresses_are_no_repository(address):
    with pytest.raises(BlockInputError, match="'repo_url'"):
        repository_path("repo_url", address)


ISSUES = [
    pytest.param("https://github.com/ada/tea/issues/5", id="issue"),
    pytest.param("https://github.com/ada/tea/pull/5#discussion_r1", id="pull"),
    pytest.param("ada/tea/pulls/5", id="short"),
    pytest.param("https://github.com/ada/tea/pull/5/files?w=1", id="page-of-it"),
]


@pytest.mark.parametrize("address", ISSUES)
@pytest.mark.parametrize("kind", ["issues", "pulls"])
def test_issue_is_read_from_its_address(address, kind):
    assert numbered_path("issue_url", address, kind) == f"/repos/ada/tea/{kind}/5"


@pytest.mark.parametrize(
    "address",
    ["", "ada/tea", "ada/tea/issues/x", "ada/tea/commit/5", "../tea/issues/5"],
)
def test_other_addresses_are_no_issue(address):
    with pytest.raises(BlockInputError, match="'issue_url'"):
        numbered_path("issue_url", address, "issues")


async def test_enterprise_server_is_asked_where_the_account_names_one():
    url = "https://git.house.example/api/v3/repos/ada/tea/issues/5/labels"
    ctx = context(
        ("POST", url, 200, []),
        settings={"base_url": "https://git.house.example/api/v3"},
    )
    asked = {"issue_url": "ada/tea/issues/5", "label": "hot"}
    assert (await called("GithubAddLabel", asked, ctx)).error is None
    assert ctx.http.sent[0].headers["Authorization"] == "Bearer hush"


async def test_refusal_of_github_is_told():
    url = "https://api.github.com/repos/ada/tea/issues"
    ctx = context(("POST", url, 410, {"message": "Issues are disabled"}))
    asked = {"repo_url": "ada/tea", "title": "t", "body": "b"}
    result = await called("GithubMakeIssue", asked, ctx)
    assert str(result.error) == "GitHub: 410 Issues are disabled"


async def test_pull_requests_are_no_issues():
    url = "https://api.github.com/repos/ada/tea/issues?per_page=100"
    ctx = context(
        ("GET", url, 200, [{"title": "p", "html_url": "u", "pull_request": 1}])
    )
    result = await called("GithubListIssues", {"repo_url": "ada/tea"}, ctx)
    assert result.outputs == [("issues", [])]


COMMENTS = [
    pytest.param({"comment_url": "ada/tea/pull/5#issuecomment-7"}, id="by-address"),
    pytest.param({"issue_url": "ada/tea/issues/5", "comment_id": "7"}, id="by-id"),
]


@pytest.mark.parametrize("where", COMMENTS)
async def test_comment_is_found(where):
    url = "https://api.github.com/repos/ada/tea/issues/comments/7"
    ctx = context(("PATCH", url, 200, {"id": 7, "html_url": "u"}))
    result = await called("GithubUpdateComment", {"comment": "x", **where}, ctx)
    assert result.outputs == [("id", 7), ("url", "u")]


@pytest.mark.parametrize(
    "where", [{}, {"comment_id": "7"}, {"issue_url": "a/b/issues/5"}]
)
async def test_comment_that_is_not_named_is_refused(where):
    result = await called("GithubUpdateComment", {"comment": "x", **where}, context())
    assert result.error.code == "bad_input"


# --- Gmail ----------------------------------------------------------------------------


def sent_mail(ctx: FakeContext):
    raw = base64.urlsafe_b64decode(sent_body(ctx)["raw"])
    return message_from_bytes(raw, policy=default)


def text(data: str) -> dict[str, str]:
    return {"data": base64.urlsafe_b64encode(data.encode()).decode().rstrip("=")}


PARENT = {
    "id": "m1",
    "threadId": "t1",
    "payload": {
        "mimeType": "multipart/mixed",
        "headers": [
            {"name": "subject", "value": "Re: Tea"},
            {"name": "From", "value": '"Doe, Ada" <ada@x.example>'},
            {"name": "To", "value": "bo@x.example, Cy <cy@x.example>"},
            {"name": "Message-Id", "value": "<1@x.example>"},
        ],
        "parts": [
            {
                "mimeType": "multipart/alternative",
                "parts": [
                    {"mimeType": "text/html", "body": text("<p>Hél&lt;o</p>")},
                    {"mimeType": "text/plain", "body": text("Hélo")},
                ],
            },
            {
                "mimeType": "text/csv",
                "filename": "a.csv",
                "body": {"attachmentId": "a1", "size": 3},
            },
        ],
    },
}
SEND = ("POST", f"{GMAIL}/messages/send", 200, {"id": "m2", "threadId": "t1"})
GET = ("GET", f"{GMAIL}/messages/m1?format=full", 200, PARENT)
AGAIN = ("GET", f"{GMAIL}/messages/m2?format=full", 200, PARENT)


def test_message_is_told_with_its_plain_text_and_attachments():
    email = told(PARENT)
    assert email.body == "Hélo"
    assert email.to == ["bo@x.example", "cy@x.example"]
    assert email.attachments[0].model_dump() == {
        "filename": "a.csv",
        "content_type": "text/csv",
        "size": 3,
        "attachment_id": "a1",
    }


def test_message_of_html_alone_is_told_without_tags():
    payload = {"mimeType": "text/html", "body": text("<p>a &lt; b</p>")}
    assert told({"id": "m", "payload": payload}).body == "a < b"


async def test_answer_stays_in_its_conversation():
    ctx = context(GET, SEND, AGAIN)
    asked = {"threadId": "t1", "parentMessageId": "m1", "body": "Coming"}
    result = await called("GmailReply", asked, ctx)
    assert result.error is None
    mail = sent_mail(ctx)
    assert (mail["To"], mail["Subject"]) == ("ada@x.example", "Re: Tea")
    assert mail["In-Reply-To"] == mail["References"] == "<1@x.example>"
    assert mail["Cc"] is None
    assert sent_body(ctx)["threadId"] == "t1"


async def test_answer_to_all_goes_to_the_others_as_well():
    ctx = context(GET, SEND, AGAIN)
    asked = {"threadId": "t1", "parentMessageId": "m1", "body": "B", "replyAll": True}
    await called("GmailReply", asked, ctx)
    assert sent_mail(ctx)["Cc"] == "bo@x.example, cy@x.example"


async def test_forwarded_message_takes_its_attachments_along():
    url = f"{GMAIL}/messages/m1/attachments/a1"
    ctx = context(GET, ("GET", url, 200, text("1,2")), SEND)
    asked = {"messageId": "m1", "to": ["d@x.example"], "forwardMessage": "See"}
    result = await called("GmailForward", asked, ctx)
    assert result.error is None
    mail = sent_mail(ctx)
    assert mail["Subject"] == "Fwd: Re: Tea"
    lines = mail.get_body().get_content().splitlines()
    assert lines[:3] == ["See", "", "---------- Forwarded message ---------"]
    (attached,) = mail.iter_attachments()
    assert (attached.get_filename(), attached.get_content()) == ("a.csv", "1,2")


CONTENT = [
    pytest.param({"body": "plain < text"}, "text/plain", id="plain"),
    pytest.param({"body": "<p>hi</p>"}, "text/html", id="looks-like-html"),
    pytest.param({"body": "<p>", "content_type": "plain"}, "text/plain", id="told"),
]


@pytest.mark.parametrize(("inputs", "kind"), CONTENT)
async def test_kind_of_text_is_found_unless_told(inputs, kind):
    ctx = context(SEND)
    await called("GmailSend", {"to": ["a@x.example"], "subject": "s", **inputs}, ctx)
    assert sent_mail(ctx).get_content_type() == kind


@pytest.mark.parametrize(
    "change",
    [
        {"to": ["a@x.example\r\nBcc: b@x.example"]},
        {"to": []},
        {"subject": "a\nBcc: b@x.example"},
        {"cc": ["no address"]},
    ],
)
async def test_gmail_sends_nothing_that_would_break_a_header(change):
    asked = {"to": ["a@x.example"], "subject": "s", "body": "b", **change}
    ctx = context()
    assert (await called("GmailSend", asked, ctx)).error.code == "bad_input"
    assert ctx.http.sent == []


# --- Calendar -------------------------------------------------------------------------

MADE = ("POST", f"{CALENDAR}?sendUpdates=all", 200, {"id": "e1", "htmlLink": "u"})
START = "2026-02-01T16:00:00"
TIMINGS = [
    pytest.param(
        {"discriminator": "exact_timing", "start_datetime": START,
         "end_datetime": "2026-02-01T17:30:00"},
        "Europe/Oslo", "2026-02-01T16:00:00+01:00", "2026-02-01T17:30:00+01:00",
        id="until-when",
    ),
    pytest.param(
        {"discriminator": "duration_timing", "start_datetime": START + "+09:00"},
        "UTC", "2026-02-01T16:00:00+09:00", "2026-02-01T17:00:00+09:00",
        id="how-long-with-an-offset",
    ),
    pytest.param(
        {"discriminator": "duration_timing", "start_datetime": START,
         "duration_minutes": 15},
        "No/Where", "2026-02-01T16:00:00+00:00", "2026-02-01T16:15:00+00:00",
        id="unknown-zone",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("timing", "zone", "start", "end"), TIMINGS)
async def test_event_is_when_it_was_meant(timing, zone, start, end):
    ctx = context(MADE, timezone=zone)
    asked = {"event_title": "Tea", "timing": timing}
    result = await called("GoogleCalendarCreateEvent", asked, ctx)
    assert result.error is None
    body = sent_body(ctx)
    assert (body["start"]["dateTime"], body["end"]["dateTime"]) == (start, end)


EXACT = {"discriminator": "exact_timing", "start_datetime": START}


@pytest.mark.parametrize(
    "timing",
    [EXACT | {"end_datetime": START}, EXACT | {"end_datetime": "soon"}, {"a": 1}],
)
async def test_event_without_a_length_is_refused(timing):
    asked = {"event_title": "Tea", "timing": timing}
    result = await called("GoogleCalendarCreateEvent", asked, context())
    assert result.error.code == "bad_input"


async def test_event_that_comes_again_says_so():
    ctx = context(MADE)
    asked = {
        "event_title": "Tea",
        "timing": EXACT | {"end_datetime": "2026-02-01T17:00:00"},
        "recurrence": {"discriminator": "recurring", "frequency": "WEEKLY", "count": 3},
        "guest_emails": ["a@x.example"],
        "reminder_minutes": [10],
    }
    await called("GoogleCalendarCreateEvent", asked, ctx)
    body = sent_body(ctx)
    assert body["recurrence"] == ["RRULE:FREQ=WEEKLY;COUNT=3"]
    assert body["attendees"] == [{"email": "a@x.example"}]
    assert body["reminders"]["overrides"] == [{"method": "popup", "minutes": 10}]


async def test_declined_events_are_left_out():
    people = [{"self": True, "responseStatus": "declined", "email": "a@x.example"}]
    items = [{"id": "e", "start": {"date": "2026-02-01"}, "attendees": people}]
    url = (
        f"{CALENDAR}?maxResults=10&timeMin=2026-02-01T00%3A00%3A00%2B00%3A00"
        "&timeMax=2026-03-03T00%3A00%3A00%2B00%3A00&singleEvents=true&orderBy=startTime"
    )
    ctx = context(("GET", url, 200, {"items": items}))
    asked = {"start_time": "2026-02-01T00:00:00"}
    result = await called("GoogleCalendarReadEvents", asked, ctx)
    assert result.outputs == [("events", [])]


# --- Sheets ---------------------------------------------------------------------------

SHEETS = "https://sheets.googleapis.com/v4/spreadsheets"
VALUES = ("GET", f"{SHEETS}/s1/values/A1", 200, {"values": [["x"]]})
SPREADSHEETS = [
    pytest.param("s1", id="id"),
    pytest.param("https://docs.google.com/spreadsheets/d/s1/edit#gid=0", id="address"),
    pytest.param({"id": "s1", "name": "Tea"}, id="picked"),
]


@pytest.mark.parametrize("spreadsheet", SPREADSHEETS)
async def test_spreadsheet_is_found(spreadsheet):
    asked = {"spreadsheet": spreadsheet, "range": "A1"}
    result = await called("GoogleSheetsRead", asked, context(VALUES))
    assert result.outputs == [("result", [["x"]]), ("spreadsheet", spreadsheet)]


async def test_picked_file_brings_its_account():
    ctx = context(VALUES, id="picked")
    spreadsheet = {"id": "s1", "_credentials_id": "picked"}
    asked = {"spreadsheet": spreadsheet, "range": "A1"}
    assert (await called("GoogleSheetsRead", asked, ctx)).error is None
    other = CredentialRef(id="another").model_dump()
    asked = {"spreadsheet": spreadsheet, "range": "A1", "credentials": other}
    result = await called("GoogleSheetsRead", asked, ctx)
    assert result.error.code == "credential_missing"


@pytest.mark.parametrize("spreadsheet", ["", "../s1", {"name": "Tea"}, 7, None])
async def test_what_is_no_spreadsheet_is_refused(spreadsheet):
    asked = {"spreadsheet": spreadsheet, "range": "A1"}
    result = await called("GoogleSheetsRead", asked, context())
    assert "spreadsheet" in str(result.error)


async def test_row_goes_to_the_sheet_that_is_named():
    url = (
        f"{SHEETS}/s1/values/%27Ada%27%27s%27:append"
        "?valueInputOption=USER_ENTERED&insertDataOption=INSERT_ROWS"
    )
    ctx = context(("POST", url, 200, {}))
    asked = {"spreadsheet": "s1", "row": [1, None, "x"], "sheet_name": "Ada's"}
    assert (await called("GoogleSheetsAppendRow", asked, ctx)).error is None
    assert sent_body(ctx) == {"values": [[1, None, "x"]]}
