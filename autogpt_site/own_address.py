"""Where this site is, and the server that sends its mails."""

from typing import NamedTuple
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

from autogpt_site.env import Env

_PORTS = {"smtp": 587, "smtps": 465}


class MailServer(NamedTuple):
    host: str
    port: int
    user: str
    password: str
    tls: bool
    starttls: bool


def site_url(env: Env) -> str:
    """SITE_URL, else the first host that is named in ALLOWED_HOSTS. What a request says
    of the host is nothing to make links in mails of."""
    if env.site_url:
        return env.site_url
    host = next((host for host in env.allowed_hosts if host != "*"), "localhost")
    host = host.removeprefix(".")
    return f"https://{host}" if env.services_mode else f"http://{host}:8000"


def mail_server(url: str) -> MailServer:
    """`smtp://` begins TLS once it is connected, `smtps://` at once. Only `?tls=none`
    goes without, for a server on the same machine.

    Raises:
        ImproperlyConfigured: it is no such address.
    """
    try:
        parts = urlsplit(url)
        port, options = parts.port, dict(parse_qsl(parts.query, strict_parsing=False))
    except ValueError:
        raise _wrong() from None
    unknown = set(options) - {"tls"} or options.get("tls", "none") != "none"
    if parts.scheme not in _PORTS or not parts.hostname or unknown:
        raise _wrong()
    is_plain, tls = options.get("tls") == "none", parts.scheme == "smtps"
    return MailServer(
        host=parts.hostname,
        port=port or _PORTS[parts.scheme],
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        tls=tls,
        starttls=not tls and not is_plain,
    )


def _wrong() -> ImproperlyConfigured:
    """Without the address, which may hold a password."""
    return ImproperlyConfigured(
        "SITE_MAIL_URL must be as smtp://name:password@host:587 or smtps://…:465; "
        "?tls=none at its end goes without TLS."
    )
