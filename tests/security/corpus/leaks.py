"""The canary: put where secrets are, looked for where they must not be."""

import re
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from autogpt_site import urls
from core.redaction import redactor
from tests.factories import document, node
from tests.security.canary import AUTHENTICATED, forms, places
from tests.security.corpus.calls import request_once
from tests.security.corpus.facts import CANARY, Facts
from tests.security.corpus.rows import Row
from tests.security.corpus.stage import JSON, Stage, canary_credential
from tests.security.corpus.tools import (
    Target,
    Tools,
    both,
    of_kind,
    starting,
    with_part,
)

LISTINGS: Final = (
    "import os\nrepr(dict(os.environ))",
    "import os\nrepr([os.getenv(name) for name in ('SECRET_CANARY', 'PATH')])",
    "open('/proc/self/environ').read()",
    "import os\nrepr([open(f'/proc/{p}/cmdline').read() for p in os.listdir('/proc')])",
    "import subprocess\nsubprocess.run(['ps', 'axe'], capture_output=True).stdout",
    "import sys\nrepr([sys.argv, sys.path, list(sys.modules)])",
)
"""Each may be refused; what is not must not hold it."""


def found_in(told: dict[str, str], secret: str = CANARY) -> list[str]:
    """The places where one of its forms stands."""
    return sorted(
        {
            where
            for where, text in told.items()
            for f in forms(secret).values()
            if f in text
        }
    )


def everywhere(row: Row, tools: Tools) -> Facts:
    """A run on a real server, whose peer sends back the credential it was given."""
    told = places(tools.folder, tools.fixture("echo"), str(row.given["credential"]))
    names = {name.partition(":")[0] for name in told}
    return {
        "pin": {"ok"} if "[secret]" in told["node output:/"] else {"error"},
        "canary_in": found_in(told, str(row.given["credential"])),
        "places": names,
    }


def exported(row: Row, tools: Tools) -> Facts:
    """A graph whose node uses a credential."""
    stage = Stage()
    credential = canary_credential(stage)
    client = stage.client(row.given["as"])
    graph = stage.path("/api/graphs/<A>/")
    asks = node("ask", AUTHENTICATED, url="https://a.example/")
    asks["input_default"]["credentials"] = {"id": str(credential.id)}
    saved = client.put(graph, document([asks]), JSON)
    assert saved.status_code == 200, saved.content
    method, _, rest = row.target.partition(" ")
    answer = client.generic(method, stage.path(rest))
    text = answer.content.decode()
    return {
        "status": answer.status_code,
        "text": text,
        "canary_in": found_in({"answer": text}),
        "credential_ids": text.count(str(credential.id)),
    }


# --- An address that breaks -----------------------------------------------------------

_thrown: list[Exception] = []


class _Boom(APIView):
    permission_classes = (AllowAny,)
    authentication_classes = ()

    def get(self, request: Request) -> Response:
        raise _thrown[-1]


def _boom(request: HttpRequest) -> HttpResponse:
    raise _thrown[-1]


urlpatterns = [
    path("api/v1/boom/", _Boom.as_view()),
    path("boom/", _boom),
    *urls.urlpatterns,
]
handler400, handler403 = urls.handler400, urls.handler403
handler404, handler500 = urls.handler404, urls.handler500


def breaks(row: Row, tools: Tools) -> Facts:
    """An error of ours holds a secret in use: the caller is told nothing of it, and the
    log keeps it to itself."""
    tools.log_everything()
    text = row.given["raises"]
    _thrown.append(Exception(text.partition('"')[2].partition('"')[0]))
    redactor.learn("corpus", [CANARY])
    tools.settings.ROOT_URLCONF = __name__
    stage = Stage()
    try:
        address = stage.path(row.target.partition(" ")[2])
        answer = Client(raise_request_exception=False).get(address)
        told = {"answer": answer.content.decode(), "log": tools.logged}
    finally:
        redactor.forget("corpus")
    return {
        "status": answer.status_code,
        "body": _is_generic(answer, told["log"]),
        "text": told["answer"],
        "canary_in": found_in(told),
    }


def _is_generic(answer: Any, log: str) -> bool:
    """It names the entry of the log, and nothing else that is not always the same."""
    said = answer.json()
    number = said["detail"].rpartition(" ")[2].rstrip(".")
    return len(number) >= 8 and number in log


# --- Others ---------------------------------------------------------------------------


def listed_by_code(row: Row, tools: Tools) -> Facts:
    """What foreign code sees of the server's processes and of its environment."""
    from tests.security.corpus.block_targets import Play

    tools.monkeypatch.setenv("SECRET_CANARY", CANARY)
    told = {
        code: Play("ExecuteCode", {"code": code, "timeout": 30}).run().text
        for code in LISTINGS
    }
    return {"pin": {"ok"}, "canary_in": found_in(told)}


def in_an_answer(row: Row, tools: Tools) -> Facts:
    """Any other request: its answer, and what was logged meanwhile."""
    tools.log_everything()
    facts = request_once(row, tools)
    told = {"answer": str(facts["text"]), "log": tools.logged}
    return facts | {"canary_in": found_in(told)}


def in_the_admin(row: Row, tools: Tools) -> Facts:
    """Every list and every form of the admin, for credentials have none."""
    stage = Stage()
    canary_credential(stage)
    browser = stage.client(row.given["as"])
    told: dict[str, str] = {}
    root = f"/{settings.ADMIN_PATH}"
    index = browser.get(root)
    for place in _links(index, root):
        page = browser.get(place)
        told[place] = page.content.decode()
        for inner in _links(page, place)[:3]:
            told[inner] = browser.get(inner).content.decode()
    assert len(told) > 10, "the admin shows nothing"
    return {"status": index.status_code, "canary_in": found_in(told)}


def _links(page: Any, below: str) -> list[str]:
    found = re.findall(r'href="(/[^"?#]+)"', page.content.decode())
    return [link for link in dict.fromkeys(found) if link.startswith(below)]


LEAK = of_kind("leak")
TARGETS = [
    Target(
        both(LEAK, with_part("credential"), starting("block:")), everywhere, "nothing"
    ),
    Target(both(LEAK, with_part("raises")), breaks),
    Target(both(LEAK, starting("process listing")), listed_by_code, "nothing"),
    Target(both(LEAK, starting("GET /api/graphs/<A>/export/")), exported),
    Target(both(LEAK, starting("GET ", "POST ", "PUT ", "PATCH ")), in_an_answer),
    Target(starting("GET /admin/credentials/"), in_the_admin),
]
