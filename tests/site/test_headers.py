"""The headers that every answer carries."""

import asyncio
import re

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import AsyncClient, Client, RequestFactory
from django.urls import reverse
from pytest_django import Settings

from accounts.models import User
from autogpt_site.middleware import SecurityHeadersMiddleware
from tests.conftest import PASSWORD

EXPECTED = {
    "Content-Security-Policy": (
        "default-src 'self'; script-src 'self'; style-src 'self'; "
        "img-src 'self' data:; font-src 'self'; connect-src 'self'; "
        "object-src 'none'; base-uri 'none'; form-action 'self'; "
        "frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-XSS-Protection": "1; mode=block",
}


@pytest.mark.django_db
@pytest.mark.parametrize(
    "address",
    ["/livez", "/readyz", "/api/v1/me/", "/api/nowhere/", "/nowhere/", "/api/docs/"],
)
def test_every_answer_has_them(client: Client, address: str):
    answer = client.get(address)
    expected = EXPECTED
    if nonces := nonces_in(answer.text):
        own = f"script-src 'self' 'nonce-{nonces[0]}' 'strict-dynamic'"
        policy = EXPECTED["Content-Security-Policy"]
        expected = {
            **EXPECTED,
            "Content-Security-Policy": policy.replace("script-src 'self'", own)
            + (
                ""
                if address == "/api/docs/"
                else "; require-trusted-types-for 'script'"
            ),
        }
    headers = answer.headers
    assert {name: headers.get(name) for name in expected} == expected
    assert "camera=()" in headers["Permissions-Policy"]


def nonces_in(page: str) -> list[str]:
    return re.findall(r'nonce="([^"]*)"', page)


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/sign-in/", "/sign-up/", "/nowhere/"])
def test_a_page_marks_each_of_its_scripts_anew(client: Client, address: str):
    first, second = (client.get(address) for _ in range(2))
    marks = nonces_in(first.text)
    assert len(marks) == first.text.count("<script") + first.text.count("modulepreload")
    assert len(set(marks)) == 1
    assert len(marks[0]) == 22  # 16 bytes
    assert set(marks).isdisjoint(nonces_in(second.text))
    assert "no-store" in first.headers["Cache-Control"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "address", ["/api/v1/me/", "/sign-up/", "/agents/", "/nowhere/"]
)
def test_answers_are_not_kept(client: Client, address: str):
    assert client.get(address).headers["Cache-Control"] == "no-store"


@pytest.mark.django_db
def test_no_other_origin_is_let_in(client: Client):
    answer = client.options(
        "/api/v1/me/",
        headers={
            "Origin": "https://evil.example",
            "Access-Control-Request-Method": "PATCH",
        },
    )
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_behind_tls_browsers_are_told_to_stay_there(client: Client, settings: Settings):
    settings.SECURE_HSTS_SECONDS = 31_536_000
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    answer = client.get("/livez", headers={"X-Forwarded-Proto": "https"})
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=31536000")


@pytest.mark.django_db
async def test_the_async_side_has_them_too():
    headers = (await AsyncClient().get("/livez")).headers
    assert {name: headers.get(name) for name in EXPECTED} == EXPECTED


async def test_an_async_view_below_is_awaited_on_the_loop():
    seen = []

    async def view(request: HttpRequest) -> HttpResponse:
        seen.append(asyncio.get_running_loop())
        return HttpResponse()

    answer = await SecurityHeadersMiddleware(view)(RequestFactory().get("/"))  # type: ignore[misc]
    assert seen == [asyncio.get_running_loop()]
    assert answer.headers["X-Frame-Options"] == "DENY"


@pytest.mark.django_db
def test_the_docs_run_without_inline_script(client: Client):
    client.force_login(User.objects.create_superuser("root@example.org", PASSWORD))
    page = client.get(reverse("api-docs"))
    script = client.get(reverse("api-docs") + "?script=")
    assert b"<script>" not in page.content
    assert script.headers["Content-Type"] == "application/javascript"
