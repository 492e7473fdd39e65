"""What every page's frame shows: city, person, hats, emergency numbers, the demo's cast."""

from dataclasses import dataclass, field
from math import floor
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from accounts.actor import Hat, hat_for, hats_for, locks_at, session_ref_of
from accounts.demo_cast import CAST, DEMO_PHRASE
from accounts.errors import NoHat, NotSignedIn
from accounts.models import Membership, Partnership, User
from accounts.services.browser_sessions import SHARED


@dataclass(frozen=True)
class Shell:
    """The frame of a page; nothing of a case belongs here."""

    city: str
    partnership: str
    demo: bool
    person: str = ""
    hat: Hat | None = None
    hats: list[Hat] = field(default_factory=list)
    emergency_numbers: list[tuple[str, str]] = field(default_factory=list)
    demo_cast: list[dict[str, Any]] = field(default_factory=list)
    session_ref: UUID | None = None
    locks_in: int = 0
    shared: bool = False


def shell(request: HttpRequest) -> dict[str, Shell]:
    """The context variable `shell`."""
    person, hat, rows = _person(request)
    partnership = rows[0].agency.partnership if rows else Partnership.objects.first()
    return {
        "shell": Shell(
            city=partnership.city if partnership else settings.CITY_NAME,
            partnership=partnership.name if partnership else "Confer",
            demo=settings.DEMO,
            person=person,
            hat=hat,
            hats=[Hat.of(row) for row in rows],
            emergency_numbers=[(str(a), str(b)) for a, b in partnership.emergency_numbers]
            if partnership
            else [],
            demo_cast=_cast() if settings.DEMO else [],
            session_ref=session_ref_of(request) if person else None,
            locks_in=_locks_in(request),
            shared=bool(person and request.session.get(SHARED)),
        )
    }


def _person(request: HttpRequest) -> tuple[str, Hat | None, list[Membership]]:
    try:
        user, hat = hat_for(request)
    except NotSignedIn:
        return "", None, []
    except NoHat:
        return request.user.name if isinstance(request.user, User) else "", None, []
    return user.name, hat, hats_for(request, user)


def _locks_in(request: HttpRequest) -> int:
    """Seconds until the keys that this page was made with lock; 0 for a page that opened none."""
    at = locks_at(request)
    return max(floor((at - timezone.now()).total_seconds()), 1) if at else 0


def _cast() -> list[dict[str, Any]]:
    return [
        {
            "name": each.name,
            "email": each.email,
            "sentence": each.sentence,
            "passphrase": DEMO_PHRASE,
        }
        for each in CAST
    ]
