"""Refuses an unsafe start: the checks of production's settings, and the asking of all checks.

config.wsgi asks before it serves. No deploy flag is needed, and nothing can be silenced.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register, run_checks
from django.core.exceptions import ImproperlyConfigured

TAG = "start"
SECRET_MIN_LENGTH = 50
SECRET_MIN_DIFFERENT = 12
LOG_FILTER = "config.logs.NoContentFilter"


@register(TAG)
def production_start(**_context: Any) -> list[CheckMessage]:
    """Everything that keeps this installation from starting in production, at once."""
    if settings.MODE != "production":
        return []
    return [*_transport(), *_secrets(), *_keeper(), *_cache(), *_mail(), *_logs()]


def refuse_unsafe_start() -> None:
    """Stop the server's start on any error of any system check, those of the database included."""
    messages = run_checks(databases=list(settings.DATABASES))
    errors = [message for message in messages if message.is_serious()]
    if errors:
        lines = [f"{message.id}: {message.msg} {message.hint or ''}".rstrip() for message in errors]
        raise ImproperlyConfigured("Confer does not start:\n" + "\n".join(lines))


def _transport() -> Iterable[Error]:
    if not settings.BASE_URL.startswith("https://"):
        yield Error(
            "Pages would travel in the clear.",
            hint="Set CONFER_BASE_URL to an https address.",
            id="confer.E001",
        )
    if not settings.ALLOWED_HOSTS or "*" in settings.ALLOWED_HOSTS:
        yield Error(
            "Any host name would be answered, or none.",
            hint="Set CONFER_ALLOWED_HOSTS to the names of this installation.",
            id="confer.E002",
        )
    if settings.DEBUG:
        yield Error("DEBUG shows local values to everybody.", id="confer.E003")


def _secrets() -> Iterable[Error]:
    secret = settings.SECRET_KEY
    too_simple = len(set(secret)) < SECRET_MIN_DIFFERENT or secret.startswith("django-insecure-")
    if len(secret) < SECRET_MIN_LENGTH or too_simple:
        yield Error(
            "The secret key can be guessed.",
            hint=f"Set CONFER_SECRET_KEY_FILE to {SECRET_MIN_LENGTH} or more random characters.",
            id="confer.E004",
        )
    if getattr(settings, "ALLOW_WEAK_DERIVATION", False):
        yield Error("The cheap key derivation is for tests only.", id="confer.E005")
    if not settings.RECOVERY_REQUIRED:
        yield Error("Only the demo may begin without recovery keys.", id="confer.E012")


def _keeper() -> Iterable[Error]:
    keeper = _place(settings.KEEPER_PATH)
    databases = {
        _place(database["NAME"])
        for database in settings.DATABASES.values()
        if "sqlite" in database["ENGINE"]
    }
    if keeper in databases or keeper.parent in {path.parent for path in databases}:
        yield Error(
            "The keeper lies with the database, so one theft takes both locks.",
            hint="Set CONFER_KEEPER_PATH to a folder of its own.",
            id="confer.E006",
        )
    if not settings.KEEPER_COPY_PATH:
        yield Error(
            "The keeper has no second copy: its loss would make every item unreadable.",
            hint="Set CONFER_KEEPER_COPY_PATH to a file on another disk.",
            id="confer.E007",
        )
    elif _place(settings.KEEPER_COPY_PATH).parent == keeper.parent:
        yield Error(
            "The keeper's second copy lies beside the first.",
            hint="Set CONFER_KEEPER_COPY_PATH to a file on another disk.",
            id="confer.E008",
        )


def _place(path: str | Path) -> Path:
    return Path(path).resolve()


def _cache() -> Iterable[Error]:
    if any("locmem" in cache["BACKEND"] for cache in settings.CACHES.values()):
        yield Error(
            "Each process would count sign-in attempts for itself.",
            hint="Set CONFER_CACHE_URL to redis://host:port/number.",
            id="confer.E009",
        )


def _mail() -> Iterable[Error]:
    """Without a mail server an installation starts: invitations are then handed over by people."""
    if settings.MAIL_BY == "server" and "@" not in settings.DEFAULT_FROM_EMAIL:
        yield Error(
            "Mail would have no sender.",
            hint="Set CONFER_EMAIL_FROM to an address of this installation.",
            id="confer.E013",
        )


def _logs() -> Iterable[Error]:
    """Error mail carries whole requests; a handler without the filter writes what was typed."""
    if settings.ADMINS:
        yield Error("Error mail would carry content: leave ADMINS empty.", id="confer.E010")
    logging: dict[str, Any] = settings.LOGGING
    filters = logging.get("filters", {})
    safe = {name for name, entry in filters.items() if entry.get("()") == LOG_FILTER}
    handlers = logging.get("handlers", {}).values()
    if not handlers or any(safe.isdisjoint(handler.get("filters", ())) for handler in handlers):
        yield Error(f"A log handler lacks {LOG_FILTER}.", id="confer.E011")
