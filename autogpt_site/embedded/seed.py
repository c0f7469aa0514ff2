"""The demo account of embedded mode and the example agents it starts with."""

import secrets
from pathlib import Path
from typing import Final, NamedTuple

from django.conf import settings

from accounts.models import User
from accounts.services import user_register
from autogpt_site.env import BASE_DIR
from core import jsonio
from graphs.models import Graph
from graphs.services import graph_import

EMAIL: Final = "demo@example.com"
EXAMPLES: Final = BASE_DIR / "examples"


class DemoAccount(NamedTuple):
    email: str
    password: str


def demo_account() -> DemoAccount:
    """The account, made with its examples on the first start.

    Its password is random and kept in a private file, so that no two installations
    share one.
    """
    account = DemoAccount(EMAIL, _password(settings.DATA_DIR / "demo-password"))
    try:
        user = User.objects.get_by_natural_key(EMAIL)
    except User.DoesNotExist:
        user = user_register(email=account.email, password=account.password)
        User.objects.filter(id=user.id).update(
            is_staff=True, is_superuser=True, role=User.Role.ADMIN, name="Demo"
        )
        import_examples(user)
    return account


def import_examples(user: User) -> list[Graph]:
    """Every agent in `examples/`, owned by the user."""
    return [
        graph_import(user=user, document=jsonio.loads(path.read_bytes())).graph
        for path in sorted(EXAMPLES.glob("*.json"), reverse=True)
    ]


def _password(path: Path) -> str:
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(9))
    return path.read_text().strip()
