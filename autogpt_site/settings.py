"""All settings. Embedded mode and services mode differ in the three marked places."""

import logging
import os
import re
from datetime import timedelta
from pathlib import Path
from tempfile import gettempdir
from typing import Any
from urllib.parse import unquote, urlsplit

from autogpt_site.embedded import transport
from autogpt_site.env import BASE_DIR, load_env
from autogpt_site.own_address import mail_server, site_url
from blocks.secret import Secret
from core.limits import LIMITS_BY_NAME
from core.ratelimit.rates import RATES_BY_NAME

ENV = load_env()
SERVICES_MODE = ENV.services_mode

DEBUG = ENV.debug
SECRET_KEY = ENV.secret_key
ENCRYPTION_MASTER_KEY = ENV.encryption_master_key
ENCRYPTION_MASTER_KEYS_OLD = list(ENV.encryption_master_keys_old)
ALLOWED_HOSTS = list(ENV.allowed_hosts)
CSRF_TRUSTED_ORIGINS = list(ENV.csrf_trusted_origins)
ADMIN_PATH = ENV.admin_path
DATA_DIR = ENV.data_dir

INSTALLED_APPS = [
    "accounts.sign_in.admin_app.AdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "rest_framework_simplejwt.token_blacklist",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "channels",
    "core",
    "blocks",
    "accounts",
    "graphs",
    "executions",
    "autogpt_site.apps.SiteConfig",
]

MIDDLEWARE = [
    "autogpt_site.middleware.SecurityHeadersMiddleware",
    "autogpt_site.middleware_clients.ClientMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    # Around the session, which notes where it is used.
    "accounts.audit.origin.OriginMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "autogpt_site.middleware_signals.SignalsMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "autogpt_site.urls"
ASGI_APPLICATION = "autogpt_site.asgi.application"
WSGI_APPLICATION = "autogpt_site.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]


# --- The three places where the modes differ: database, broker, live hints -----------


def _postgresql(url: str) -> dict[str, Any]:
    """Pool, prepared statements, timeouts and keepalives for one PostgreSQL URL."""
    parts = urlsplit(url)
    return {
        "ENGINE": "core.postgresql",
        "NAME": unquote(parts.path.lstrip("/")) or "postgres",
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or ""),
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            "pool": {"min_size": 5, "max_size": 20, "timeout": 10},
            "server_side_binding": True,
            "prepare_threshold": 5,
            "application_name": "autogpt_site",
            "connect_timeout": 5,
            "keepalives_idle": 600,
            "keepalives_interval": 30,
            "keepalives_count": 3,
            # A process that is stopped, or cut off, in a transaction keeps its locks:
            # one in a claim would keep all workers waiting for as long as it lasts.
            "options": "-c statement_timeout=30000 -c timezone=UTC "
            "-c idle_in_transaction_session_timeout=5000",
        },
    }


_SQLITE = {
    "ENGINE": "django.db.backends.sqlite3",
    "NAME": DATA_DIR / "db.sqlite3",
    "CONN_MAX_AGE": None,
    "OPTIONS": {
        "init_command": (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; "
            "PRAGMA cache_size=-16000; PRAGMA temp_store=MEMORY"
        ),
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
    },
    # A file, since several threads of one process share it; each test run has its own.
    "TEST": {"NAME": Path(gettempdir()) / f"agents-test-{os.getpid()}.sqlite3"},
}

DATABASES = {
    "default": _postgresql(ENV.database_url) if SERVICES_MODE else _SQLITE,
}

CELERY_BROKER_URL = ENV.redis_url if SERVICES_MODE else "doorbell://localhost//"
if not SERVICES_MODE:
    transport.install()

CHANNEL_LAYERS: dict[str, Any] = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {"hosts": [{"address": ENV.redis_url, "socket_timeout": 30}]},
    }
    if SERVICES_MODE
    else {"BACKEND": "autogpt_site.embedded.channel_layer.LoopSafeChannelLayer"},
}

CACHES: dict[str, Any] = {
    "default": {
        "BACKEND": "django_redis.cache.RedisCache",
        "LOCATION": ENV.redis_url,
        "OPTIONS": {
            "SERIALIZER": "django_redis.serializers.json.JSONSerializer",
            "SOCKET_CONNECT_TIMEOUT": 5,
            "SOCKET_TIMEOUT": 5,
        },
    }
    if SERVICES_MODE
    else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
}

# --- Celery ---------------------------------------------------------------------------

CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_ROUTES = {"executions.bell": {"queue": "bell"}}
CELERY_TASK_IGNORE_RESULT = True
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_SERIALIZER = "json"
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_SEND_TASK_EVENTS = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = (
    {"socket_timeout": 30, "socket_connect_timeout": 5, "retry_on_timeout": True}
    if SERVICES_MODE
    else {}
)
CELERY_BEAT_SCHEDULE = {
    # The worker also looks by itself; beat rings for those that lost their broker.
    "ring": {"task": "executions.bell", "schedule": 2.0, "options": {"expires": 2}},
}

# --- Accounts -------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["accounts.sign_in_limits.LimitedBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {
        "NAME": "django.contrib.auth.password_validation"
        ".UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("email", "name")},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "accounts.password_words.WordsOfTheSite"},
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "agents"
LOGOUT_REDIRECT_URL = "sign-in"

SIMPLE_JWT = {
    "ACCESS_TOKEN_LIFETIME": timedelta(minutes=15),
    "REFRESH_TOKEN_LIFETIME": timedelta(days=14),
    "ROTATE_REFRESH_TOKENS": True,
    "BLACKLIST_AFTER_ROTATION": True,
    "ALGORITHM": "HS256",
    "SIGNING_KEY": ENV.jwt_secret,
    "AUDIENCE": "autogpt-site",
    "ISSUER": "autogpt-site",
    "UPDATE_LAST_LOGIN": False,
    # A new password ends the tokens that were got for the old one.
    "CHECK_REVOKE_TOKEN": True,
}

SESSION_ENGINE = "accounts.sign_in.store"
MAIL_IS_ON = bool(ENV.site_mail_url)
REQUIRE_VERIFIED_EMAIL = (
    SERVICES_MODE and MAIL_IS_ON
    if ENV.require_verified_email is None
    else ENV.require_verified_email
)
ADMIN_REQUIRES_SECOND_FACTOR = (
    SERVICES_MODE
    if ENV.admin_requires_second_factor is None
    else ENV.admin_requires_second_factor
)
OIDC_PROVIDERS = ENV.oidc_providers
OAUTH_CLIENTS = ENV.oauth_clients
OAUTH_PROVIDERS = ENV.oauth_providers

# --- Mails of the site ----------------------------------------------------------------

SITE_URL = site_url(ENV)
# Without a server, mails become files that only whoever runs the site can read.
EMAIL_FILE_PATH = DATA_DIR / "mail"
EMAIL_BACKEND = "core.mail_folder.EmailBackend"
EMAIL_TIMEOUT = 10
if MAIL_IS_ON:
    EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    _server = mail_server(ENV.site_mail_url)
    EMAIL_HOST, EMAIL_PORT = _server.host, _server.port
    EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _server.user, _server.password
    EMAIL_USE_SSL, EMAIL_USE_TLS = _server.tls, _server.starttls
DEFAULT_FROM_EMAIL = ENV.site_mail_from or f"noreply@{urlsplit(SITE_URL).hostname}"

# --- API ------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.authentication.ApiKeyAuthentication",
        "accounts.authentication.BearerAuthentication",
        "accounts.authentication.BrowserSessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["accounts.rights.permissions.HasRight"],
    "DEFAULT_THROTTLE_CLASSES": ["core.ratelimit.throttle.CallerRate"],
    "DEFAULT_PARSER_CLASSES": ["core.http.StrictJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["core.http.FastJSONRenderer"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "core.http.JSONNegotiation",
    "DEFAULT_PAGINATION_CLASS": "core.pagination.NewestFirst",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "core.http.problem_details",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Agents API",
    "VERSION": "1",
    "DESCRIPTION": "Draw agents, run them and read what they did.",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": [
        "rest_framework.permissions.IsAdminUser"
        if SERVICES_MODE
        else "rest_framework.permissions.AllowAny"
    ],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "core.schema.with_problems",
    ],
    "ENUM_NAME_OVERRIDES": {
        "SiteRole": "accounts.models.User.Role",
        "WorkspaceRole": "accounts.models.WorkspaceMember.Role",
        "ExecutionStatus": "executions.serializers.STATUSES",
        "NodeStatus": "executions.serializers.NODE_STATUSES",
        "ReviewStatus": "executions.reviews.serializers.STATUSES",
        "CredentialKind": "accounts.models.Credential.Kind",
        "SessionKind": "accounts.sign_in.serializers.KINDS",
    },
}

# --- Running agents -------------------------------------------------------------------

EGRESS_ALLOW = ENV.egress_allow
LLM_MODELS_FILE = ENV.llm_models_file
BLOCKS_PATH = ENV.blocks_path or DATA_DIR / "blocks"
# Key and address by provider, for nodes that name no credential. Among strangers they
# would all spend the money of one.
DEFAULT_ACCOUNTS = (
    {}
    if SERVICES_MODE
    else {
        "openai": (Secret(ENV.openai_api_key), ENV.openai_base_url),
        "anthropic": (Secret(ENV.anthropic_api_key), ENV.anthropic_base_url),
    }
)
_LIMITS = ENV.limits or ("default" if SERVICES_MODE else "relaxed")
LIMITS = LIMITS_BY_NAME[_LIMITS]
RATES = RATES_BY_NAME[_LIMITS]
RATE_LIMITS_REDIS = ENV.redis_url if SERVICES_MODE else ""
TRUSTED_PROXY_COUNT = ENV.trusted_proxy_count
SECURITY_CONTACT = ENV.security_contact
ADDRESS_RULES = not ENV.stand_alone


def _kept(wanted: int | None, by_default: int) -> int | None:
    """None: all. At home nothing is deleted unless it is wanted."""
    if wanted is None:
        return by_default if SERVICES_MODE else None
    return wanted or None


RETAIN_DAYS = _kept(ENV.retain_days, 30)
RETAIN_RUNS = _kept(ENV.retain_runs, 10_000)

# --- Security -------------------------------------------------------------------------

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SERVICES_MODE
SESSION_COOKIE_NAME = "__Host-sessionid" if SERVICES_MODE else "sessionid"
CSRF_COOKIE_NAME = "__Host-csrftoken" if SERVICES_MODE else "csrftoken"
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SECURE_HSTS_SECONDS = 31_536_000 if SERVICES_MODE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = SERVICES_MODE
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if SERVICES_MODE else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "accounts.pages.csrf_failure"
# TLS and the redirect to it belong to the proxy in front of every web process.
SILENCED_SYSTEM_CHECKS = ["security.W008"]
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024

# --- Files, language, logs ------------------------------------------------------------

FILES_IN_FOLDER: dict[str, Any] = {
    "BACKEND": "executions.files.storage.LocalFiles",
    "OPTIONS": {
        "location": DATA_DIR / "files",
        "file_permissions_mode": 0o600,
        "directory_permissions_mode": 0o700,
    },
}
FILES_IN_BUCKET: dict[str, Any] = {
    "BACKEND": "storages.backends.s3.S3Storage",
    "OPTIONS": {
        "bucket_name": ENV.files_bucket,
        "endpoint_url": ENV.files_endpoint or None,
        "region_name": ENV.files_region or None,
        "access_key": ENV.files_access_key or None,
        "secret_key": ENV.files_secret_key or None,
        "signature_version": "s3v4",
        # What a bucket is asked for must not grow in memory.
        "max_memory_size": 4 * 1024 * 1024,
    },
}
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    "files": FILES_IN_BUCKET if ENV.files_bucket else FILES_IN_FOLDER,
}
SCRATCH_DIR = DATA_DIR / "scratch"

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = True
WHITENOISE_ALLOW_ALL_ORIGINS = False
WHITENOISE_AUTOREFRESH = DEBUG
_HASHED_NAME = re.compile(r"^/static/dist/assets/.+-[\w-]{8}\.\w+$")


def _is_immutable(path: str, url: str) -> bool:
    return bool(_HASHED_NAME.match(url))


WHITENOISE_IMMUTABLE_FILE_TEST = _is_immutable

LANGUAGE_CODE = "en"
USE_TZ = True
TIME_ZONE = "UTC"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"


def _brief(record: logging.LogRecord) -> bool:
    """What strangers send on purpose takes one line of the log, not a page."""
    if record.name.startswith("django.security."):
        record.exc_info = None
    return True


LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {
        "brief": {
            "()": "django.utils.log.CallbackFilter",
            "callback": _brief,
        },
    },
    "formatters": {
        "line": {
            "()": "core.redaction.RedactingFormatter",
            "format": "%(asctime)s %(levelname)s %(name)s: %(message)s",
        },
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": "line",
            "filters": ["brief"],
        },
    },
    "root": {"handlers": ["console"], "level": ENV.log_level},
    "loggers": {
        "celery": {"level": "WARNING"},
        "httpx": {"level": "WARNING"},
        "django.request": {"level": "ERROR"},
    },
}
