"""What every page's frame shows: city, person, hats, emergency numbers, the demo's cast."""

from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from accounts.actor import Hat, hat_for, hats_for
from accounts.demo_cast import CAST, DEMO_PHRASE
from accounts.errors import NoHat, NotSignedIn
from accounts.models import Membership, Partnership, User


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
