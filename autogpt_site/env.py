"""What the environment says, typed; what is wrong with it is said at the start."""

import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured
from pydantic import Field, NonNegativeInt, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from autogpt_site.master_key import master_key_from

BASE_DIR = Path(__file__).resolve().parent.parent

SECRETS = {"SECRET_KEY": 48, "JWT_SECRET": 48, "ENCRYPTION_MASTER_KEY": 32}
"""Their lengths in bytes, before base64."""

CommaSeparated = Annotated[tuple[str, ...], NoDecode]


class Env(BaseSettings):
    """Names are those of the environment, in lower case. Times are in seconds."""

    model_config = SettingsConfigDict(extra="ignore", env_ignore_empty=True)

    database_url: str = ""
    redis_url: str = ""
    secret_key: str = ""
    jwt_secret: str = ""
    encryption_master_key: str = ""
    encryption_master_key_file: Path | None = None
    encryption_master_key_command: str = ""
    """Prints the key: for one that is kept by a key service."""
    encryption_master_keys_old: CommaSeparated = ()
    """Only open, until `rotatekeys` has wrapped everything anew."""
    allowed_hosts: CommaSeparated = ("localhost", "127.0.0.1")
    csrf_trusted_origins: CommaSeparated = ()
    egress_allow: CommaSeparated = ()
    admin_path: str = "admin/"
    data_dir: Path = BASE_DIR / "var"
    debug: bool = False
    files_bucket: str = ""
    """Of an S3-compatible service, for the files of workspaces; else they are in a
    folder of DATA_DIR, which all processes must share."""
    files_endpoint: str = ""
    """Its address, unless it is that of AWS."""
    files_region: str = ""
    files_access_key: str = ""
    files_secret_key: str = ""
    limits: Literal["default", "relaxed"] | None = None
    retain_days: NonNegativeInt | None = None
    """Runs that ended earlier are deleted, unless their agent says otherwise; 0: none
    are."""
    retain_runs: NonNegativeInt | None = None
    """Of each agent no more runs that ended than these stay; 0: all do."""
    oauth_clients: dict[str, dict[str, str]] = {}
    """As JSON: {provider: {"id", "secret"}}, as the providers know this site."""
    oauth_providers: dict[str, dict[str, Any]] = {}
    """As JSON: providers beside those that are known, in the form of
    accounts/credentials/providers.json."""
    site_url: str = ""
    """How people reach this site, as https://agents.example.org; for links in mails."""
    site_mail_url: str = ""
    """Of the server that sends mails of this site, as smtp://name:password@host:587."""
    site_mail_from: str = ""
    require_verified_email: bool | None = None
    admin_requires_second_factor: bool | None = None
    oidc_providers: list[dict[str, Any]] = []
    """As JSON: who signs people in; docs/signing-in.md tells the form."""
    openai_api_key: str = ""
    openai_base_url: str = ""
    anthropic_api_key: str = ""
    anthropic_base_url: str = ""
    """Default accounts of embedded mode and of commands that need no database."""
    llm_models_file: Path | None = None
    """Models beside those that are known, in the form of blocks/llm/models.json."""
    blocks_path: Path | None = None
    """The folder with blocks of one's own; by default `blocks` in the data folder."""
    trusted_proxy_count: NonNegativeInt = 0
    """So many proxies of ours stand before each web process; each says in
    X-Forwarded-For who called it."""
    security_contact: str = Field("", pattern=r"^(|mailto:[^\s@]+@\S+|https://\S+)$")
    """Where to tell of a fault in security, as mailto:… or https://…; it is shown."""
    log_level: str = "INFO"
    stand_alone: bool = False
    """For commands that need neither database nor settings: nothing is read or kept."""

    @field_validator(
        "allowed_hosts",
        "csrf_trusted_origins",
        "egress_allow",
        "encryption_master_keys_old",
        mode="before",
    )
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("admin_path")
    @classmethod
    def _as_path(cls, value: str) -> str:
        return value.strip("/") + "/"

    @field_validator("site_url")
    @classmethod
    def _is_an_address(cls, value: str) -> str:
        parts = urlsplit(value)
        if value and (parts.scheme not in ("http", "https") or not parts.netloc):
            raise ValueError("must be as https://agents.example.org")
        return value.rstrip("/")

    @field_validator("encryption_master_key")
    @classmethod
    def _is_a_key(cls, value: str) -> str:
        if value and len(_decoded(value)) != 32:
            raise ValueError("must be 32 bytes in urlsafe base64")
        return value

    @field_validator("encryption_master_keys_old")
    @classmethod
    def _are_keys(cls, values: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(map(cls._is_a_key, values))

    @cached_property
    def services_mode(self) -> bool:
        """Separate processes on PostgreSQL and Redis, rather than one on SQLite."""
        return bool(self.database_url) and not self.stand_alone


def _decoded(value: str) -> bytes:
    try:
        return urlsafe_b64decode(value.encode())
    except ValueError:
        return b""


def load_env() -> Env:
    """Read and check the environment; make the secrets of embedded mode on first use.

    Raises:
        ImproperlyConfigured: naming every variable that is wrong or missing.
    """
    try:
        env = Env()
    except ValidationError as error:
        faults = "; ".join(
            f"{'.'.join(map(str, part['loc'])).upper()}: {part['msg']}"
            for part in error.errors(include_url=False, include_input=False)
        )
        raise ImproperlyConfigured(f"The environment is wrong: {faults}") from None
    if env.stand_alone:
        return _with_secrets(env, _made_secrets())
    if bool(env.database_url) != bool(env.redis_url):
        raise ImproperlyConfigured(
            "Services mode needs DATABASE_URL and REDIS_URL, embedded mode neither."
        )
    env = _with_kept_key(env)
    return _with_required_secrets(env) if env.services_mode else _with_own_secrets(env)


def _with_kept_key(env: Env) -> Env:
    if env.encryption_master_key:
        return env
    kept = master_key_from(
        env.encryption_master_key_file, env.encryption_master_key_command
    )
    if kept and len(_decoded(kept)) != 32:
        raise ImproperlyConfigured(
            "The kept ENCRYPTION_MASTER_KEY must be 32 bytes in urlsafe base64."
        )
    return env.model_copy(update={"encryption_master_key": kept})


def _with_required_secrets(env: Env) -> Env:
    missing = [name for name in SECRETS if not getattr(env, name.lower())]
    if missing:
        raise ImproperlyConfigured(
            f"Services mode needs {', '.join(missing)}. Make one with: openssl rand "
            "-base64 32 | tr '+/' '-_'"
        )
    return env


def _with_own_secrets(env: Env) -> Env:
    """Fill what is not given from a file that is made, private, on the first start."""
    return _with_secrets(env, _read_secrets(env.data_dir / "secrets.env"))


def _with_secrets(env: Env, kept: Mapping[str, str]) -> Env:
    return env.model_copy(
        update={
            name.lower(): getattr(env, name.lower()) or kept[name] for name in SECRETS
        }
    )


def _made_secrets() -> dict[str, str]:
    return {
        name: urlsafe_b64encode(secrets.token_bytes(size)).decode()
        for name, size in SECRETS.items()
    }


def _read_secrets(path: Path) -> dict[str, str]:
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        made = "".join(f"{name}={text}\n" for name, text in _made_secrets().items())
        _write_new_private(path, made)
    pairs = (
        line.split("=", 1) for line in path.read_text().splitlines() if "=" in line
    )
    found = {name: value.strip() for name, value in pairs}
    lacking = [name for name in SECRETS if not found.get(name)]
    if lacking:
        raise ImproperlyConfigured(
            f"{path} lacks {', '.join(lacking)}: restore it, for without the same keys "
            "what was stored encrypted cannot be read."
        )
    return found


def _write_new_private(path: Path, text: str) -> None:
    """Write so that of several first starts at once one wins and nobody reads half."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    draft.touch(mode=0o600)
    draft.write_text(text)
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        pass  # another process was first; its secrets are the ones to read
    finally:
        draft.unlink()
