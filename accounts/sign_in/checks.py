"""A system check: what is wrong with the providers is said at the start."""

from typing import Any

from django.core.checks import CheckMessage, Error, Tags, register
from pydantic import ValidationError

from accounts.sign_in.oidc_providers import oidc_providers


@register(Tags.security)
def oidc_check(app_configs: object, **kwargs: Any) -> list[CheckMessage]:
    try:
        oidc_providers()
    except ValidationError as error:
        faults = "; ".join(
            f"{'.'.join(map(str, part['loc']))}: {part['msg']}"
            for part in error.errors(include_url=False, include_input=False)
        )
        return [
            Error(
                f"OIDC_PROVIDERS is wrong: {faults}",
                hint="docs/signing-in.md tells its form.",
                id="accounts.E001",
            )
        ]
    return []
