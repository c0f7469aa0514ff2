"""The description of the API is complete and valid."""

from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client
from pytest_django import Settings

from accounts.models import User
from tests.conftest import PASSWORD


def test_it_is_made_without_a_warning(tmp_path: Path):
    call_command(
        "spectacular", fail_on_warn=True, validate=True, file=str(tmp_path / "api.yml")
    )


@pytest.mark.django_db
def test_it_tells_how_to_sign_in(client: Client, settings: Settings):
    client.force_login(User.objects.create_superuser("root@example.org", PASSWORD))
    schema = client.get("/api/schema/?format=json").json()
    assert schema["components"]["securitySchemes"] == {
        "api_key": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
        "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
        "session": {
            "type": "apiKey",
            "in": "cookie",
            "name": settings.SESSION_COOKIE_NAME,
        },
    }
    assert "/api/v1/me/" in schema["paths"]


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/api/schema/", "/api/docs/"])
def test_services_mode_shows_it_to_staff_only(
    client: Client, alice: User, settings: Settings, address: str
):
    client.force_login(alice)
    expected = 403 if settings.SERVICES_MODE else 200
    assert client.get(address).status_code == expected
