"""The sessions of one person in all their browsers: begun, seen and ended by that person."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from accounts.actor import SESSION_REF, Actor
from accounts.errors import KeysLocked, NotAllowed
from accounts.keys.sessions import idle_limit, lock, stay_open
from accounts.models import BrowserSession, KeySession, User
from audit.events import Event, Outcome
from audit.record import record

# Set on the sign-in page, before there is a session: this computer is used by others too.
SHARED = "shared"
UNKNOWN = "Unknown browser"
# The first mark that a browser's own description holds tells which it is; Chrome's stands in many.
_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Mac OS X", "Mac"),
    ("Linux", "Linux"),
)


@dataclass(frozen=True, slots=True)
class OwnSession:
    """One session as its person sees it."""

    ref: UUID
    device: str
    shared: bool
    began_at: datetime
    used_at: datetime
    is_open: bool
    is_here: bool


def remember_shared(*, request: HttpRequest, shared: bool) -> None:
    """Note between phrase and session whether others use this computer too."""
    if shared:
        request.session[SHARED] = True
    else:
        request.session.pop(SHARED, None)


def begin(*, request: HttpRequest, user: User) -> None:
    """Note a sign-in that has just been recorded; part of beginning a session."""
    _drop_lapsed(user.pk)
    key = request.session.session_key or ""
    BrowserSession.objects.filter(session_key=key).delete()
    BrowserSession.objects.create(
        ref=UUID(request.session[SESSION_REF]),
        user=user,
        session_key=key,
        device=device_in_words(request.headers.get("User-Agent", "")),
        shared=bool(request.session.get(SHARED)),
        used_at=timezone.now(),
    )


def show_sessions(*, actor: Actor) -> list[OwnSession]:
    """The own sessions, this one first, then the last used; that they were seen is recorded."""
    _drop_lapsed(actor.user_id)
    with transaction.atomic(durable=True):
        rows = list(BrowserSession.objects.filter(user_id=actor.user_id).order_by("-used_at"))
        opened = _open_refs(actor.user_id, rows)
        record(actor.origin, Event.SESSION_SHOWN, refs=[row.pk for row in rows])
    shown = [
        OwnSession(
            ref=row.pk,
            device=row.device,
            shared=row.shared,
            began_at=row.began_at,
            used_at=row.used_at,
            is_open=row.pk in opened,
            is_here=row.pk == actor.origin.session_ref,
        )
        for row in rows
    ]
    return sorted(shown, key=lambda each: not each.is_here)


def stay(*, actor: Actor, ref: str) -> datetime | None:
    """The person is still there: when it locks now; None for a page of another session."""
    own = actor.origin.session_ref
    if own is None:
        raise KeysLocked
    return stay_open(own) if ref == str(own) else None


def end_one(*, actor: Actor, ref: UUID) -> None:
    """End one of the own sessions at once. Raises NotAllowed for another's and unknown ones."""
    with transaction.atomic(durable=True):
        found = _end(BrowserSession.objects.filter(pk=ref, user_id=actor.user_id))
        record(
            actor.origin,
            Event.SESSION_ENDED,
            outcome=Outcome.DONE if found else Outcome.REFUSED,
            reason="by_person" if found else "not_own_session",
            object_ref=ref,
            recipients=[actor.log_ref] if found else [],
        )
    if not found:
        raise NotAllowed("not_own_session")


def end_others(*, actor: Actor) -> None:
    """End every own session but this one."""
    with transaction.atomic(durable=True):
        rows = BrowserSession.objects.filter(user_id=actor.user_id)
        ended = _end(rows.exclude(pk__in=[actor.origin.session_ref]))
        record(
            actor.origin,
            Event.SESSION_ENDED,
            reason="by_person",
            recipients=[actor.log_ref],
            refs=ended,
        )


def forget(session_ref: UUID) -> None:
    """Drop the row of a session that was signed out; part of that act."""
    BrowserSession.objects.filter(pk=session_ref).delete()


def device_in_words(user_agent: str) -> str:
    """Browser and system, coarse on purpose: enough to know the own device again."""
    browser = next((name for mark, name in _BROWSERS if mark in user_agent), "")
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), "")
    if not browser:
        return UNKNOWN
    return f"{browser} on {system}" if system else browser


def _end(rows: QuerySet[BrowserSession]) -> list[UUID]:
    found = list(rows.values_list("pk", "session_key"))
    for ref, _key in found:
        lock(ref)
    Session.objects.filter(session_key__in=[key for _ref, key in found]).delete()
    refs = [ref for ref, _key in found]
    BrowserSession.objects.filter(pk__in=refs).delete()
    return refs


def _open_refs(user_id: UUID, rows: list[BrowserSession]) -> set[UUID]:
    """Which of these hold their keys open now."""
    now = timezone.now()
    shared = {row.pk: row.shared for row in rows}
    held = KeySession.objects.filter(user_id=user_id, session_ref__in=shared, expires_at__gt=now)
    return {
        ref
        for ref, used_at in held.values_list("session_ref", "used_at")
        if now - used_at <= idle_limit(shared=shared[ref])
    }


def _drop_lapsed(user_id: UUID) -> None:
    """Rows of sessions that ran out by themselves; nothing opens by them any more."""
    live = Session.objects.filter(expire_date__gt=timezone.now()).values("session_key")
    rows = BrowserSession.objects.filter(user_id=user_id)
    rows.exclude(session_key__in=live).delete()
