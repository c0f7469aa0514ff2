"""Links the files that the front-end build made, by the names of their sources."""

import logging
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, TypeAlias

import orjson
from django import template
from django.conf import settings
from django.template import Context
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

logger = logging.getLogger(__name__)
register = template.Library()

FOLDER: Final = "dist"

Manifest: TypeAlias = dict[str, dict[str, Any]]


@register.simple_tag(takes_context=True)
def vite(context: Context, entry: str) -> SafeString:
    """The tags that load `entry`; nothing if the front end is not built or lacks it."""
    manifest = _read_manifest(
        Path(settings.STATICFILES_DIRS[0], FOLDER, "manifest.json")
    )
    if entry not in manifest:
        _tell_once(entry)
        return SafeString("")
    chunks = list(_with_imports(manifest, entry))
    styles = [name for chunk in chunks for name in chunk.get("css", ())]
    scripts = [chunk["file"] for chunk in chunks]
    if scripts[0].endswith(".css"):
        return _stylesheets(scripts[:1])
    nonce = getattr(context.get("request"), "csp_nonce", "")
    preloads = _preloads(scripts[1:], nonce)
    return _stylesheets(styles) + preloads + _script(scripts[0], nonce)


def _read_manifest(path: Path) -> Manifest:
    try:
        return _parsed(path, path.stat().st_mtime_ns)
    except FileNotFoundError:
        return {}


@lru_cache(maxsize=2)
def _parsed(path: Path, changed_at: int) -> Manifest:
    """Read once for each build: `changed_at` tells the builds apart."""
    manifest: Manifest = orjson.loads(path.read_bytes())
    return manifest


@lru_cache
def _tell_once(entry: str) -> None:
    logger.warning(
        "The front end has no built %s: pages that need it stay empty. "
        "Build it with `make setup`.",
        entry,
    )


def _with_imports(manifest: Manifest, entry: str) -> Iterator[dict[str, Any]]:
    """The chunk of `entry` first, then every chunk it imports, each once."""
    seen = {entry}
    waiting = [entry]
    while waiting:
        chunk = manifest[waiting.pop(0)]
        yield chunk
        new = [name for name in chunk.get("imports", ()) if name not in seen]
        seen.update(new)
        waiting += new


def _url(name: str) -> str:
    return static(f"{FOLDER}/{name}")


def _stylesheets(names: list[str]) -> SafeString:
    rows = ((_url(name),) for name in dict.fromkeys(names))
    return format_html_join("", '<link rel="stylesheet" href="{}">', rows)


def _preloads(names: list[str], nonce: object) -> SafeString:
    rows = ((nonce, _url(name)) for name in names)
    return format_html_join("", '<link rel="modulepreload" nonce="{}" href="{}">', rows)


def _script(name: str, nonce: object) -> SafeString:
    tag = '<script type="module" nonce="{}" src="{}"></script>'
    return format_html(tag, nonce, _url(name))
