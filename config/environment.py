"""Reads settings from the environment and fails loudly when one is missing or malformed."""

import os
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured


def text(name: str, default: str | None = None) -> str:
    """The value of `name`, or the content of the file that `name`_FILE names."""
    file_name = os.environ.get(f"{name}_FILE")
    if file_name:
        try:
            return Path(file_name).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise ImproperlyConfigured(f"{name}_FILE cannot be read: {error.strerror}") from error
    value = os.environ.get(name, default)
    if value is None:
        raise ImproperlyConfigured(f"Set {name} or {name}_FILE.")
    return value


def choice(name: str, allowed: tuple[str, ...], default: str) -> str:
    """One of `allowed`; anything else stops the start."""
    value = text(name, default)
    if value not in allowed:
        raise ImproperlyConfigured(f"{name} must be one of {', '.join(allowed)}.")
    return value


def listing(name: str, default: str = "") -> list[str]:
    """A comma separated list without empty parts."""
    return [part.strip() for part in text(name, default).split(",") if part.strip()]


def database(name: str, default: str) -> dict[str, Any]:
    """A Django database from an address: sqlite:///path or postgresql://user:pass@host:port/name.

    SQLite begins writing transactions at once (IMMEDIATE): a read that later writes would fail
    with "database is locked" whatever the timeout. FULL keeps what was committed when power fails.
    """
    parts = urlsplit(text(name, default))
    if parts.scheme == "sqlite":
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": unquote(parts.path),
            "ATOMIC_REQUESTS": False,
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": (
                    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; "
                    "PRAGMA secure_delete=ON; PRAGMA cache_size=-32768; PRAGMA foreign_keys=ON;"
                ),
            },
        }
    if parts.scheme in {"postgresql", "postgres"}:
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(parts.path.lstrip("/")),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": parts.hostname or "",
            "PORT": str(parts.port or ""),
            "ATOMIC_REQUESTS": False,
            "CONN_MAX_AGE": 60,
            "CONN_HEALTH_CHECKS": True,
            "OPTIONS": dict(parse_qsl(parts.query)),
        }
    raise ImproperlyConfigured(f"{name} must begin with sqlite:// or postgresql://.")


def cache(name: str, default: str) -> dict[str, Any]:
    """A Django cache from an address: locmem:// or redis://host:port/number."""
    address = text(name, default)
    if address.startswith("locmem://"):
        return {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "confer"}
    if address.startswith(("redis://", "rediss://")):
        return {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": address}
    raise ImproperlyConfigured(f"{name} must begin with locmem:// or redis://.")


def mail(name: str, default: str) -> dict[str, Any]:
    """A mail server from an address: smtp+tls://user:password@host:port (STARTTLS) or smtps://.

    Empty stays empty. A connection without TLS would carry joining links in the clear.
    """
    address = text(name, default)
    if not address:
        return {}
    parts = urlsplit(address)
    ports = {"smtp+tls": 587, "smtps": 465}
    if parts.scheme not in ports or not parts.hostname:
        raise ImproperlyConfigured(f"{name} must begin with smtp+tls:// or smtps:// and a host.")
    return {
        "host": parts.hostname,
        "port": parts.port or ports[parts.scheme],
        "user": unquote(parts.username or ""),
        "password": unquote(parts.password or ""),
        "starttls": parts.scheme == "smtp+tls",
        "tls": parts.scheme == "smtps",
    }
