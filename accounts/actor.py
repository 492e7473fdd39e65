"""The only builder of an Actor: who acts, in which hat, with which opened keys."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest

from accounts.errors import FactorMissing, KeysLocked, NoHat, NotSignedIn
from accounts.factors import has_factor, must_have_factor
from accounts.keys.member import MemberKeys
from accounts.keys.sessions import find_open
from accounts.models import Membership, User
from accounts.queries import hats_of
from accounts.roles import Role
from audit.record import Origin

SESSION_REF = "ref"
SESSION_HAT = "hat"


@dataclass(frozen=True, slots=True)
class Hat:
    """One person's role for one agency."""

    membership_id: UUID
    agency_id: UUID
    agency_name: str
    agency_kind: str
    partnership_id: UUID
    role: Role

    @classmethod
    def of(cls, row: Membership) -> "Hat":
        """The hat that a membership row gives."""
        return cls(
            membership_id=row.id,
            agency_id=row.agency_id,
            agency_name=row.agency.name,
            agency_kind=row.agency.kind,
            partnership_id=row.agency.partnership_id,
            role=Role(row.role),
        )


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does an act. The keys are open; a request without open keys has no actor.

    `proved_at` is when the person of this session last showed who they are; programs have none.
    """

    user_id: UUID
    log_ref: UUID
    name: str
    hat: Hat
    origin: Origin
    keys: MemberKeys = field(repr=False)
    proved_at: datetime | None = None


def actor_for(request: HttpRequest) -> Actor:
    """The actor of a request. Raises NotSignedIn, NoHat, KeysLocked or FactorMissing."""
    known: Actor | None = getattr(request, "confer_actor", None)
    if known is None:
        known = actor_before_factor(request)
        if factor_is_due(request) and not has_factor(known.user_id):
            raise FactorMissing
        request.confer_actor = known  # type: ignore[attr-defined]
    return known


def actor_before_factor(request: HttpRequest) -> Actor:
    """The actor of the pages on which a second factor is set up, and of no other page."""
    user, hat = hat_for(request)
    session_ref = session_ref_of(request)
    cookie = request.COOKIES.get(settings.KEY_COOKIE_NAME)
    if session_ref is None or not cookie:
        raise KeysLocked
    opened = find_open(cookie, user, session_ref)
    request.confer_locks_at = opened.locks_at  # type: ignore[attr-defined]
    origin = origin_of(request, user=user, hat=hat)
    return Actor(user.id, user.log_ref, user.name, hat, origin, opened.keys, opened.row.proved_at)


def factor_is_due(request: HttpRequest) -> bool:
    """Whether any hat of the person of a request asks for a second factor."""
    user = request.user
    if not isinstance(user, User):
        return False
    return must_have_factor(row.role for row in hats_for(request, user))


def hat_for(request: HttpRequest) -> tuple[User, Hat]:
    """The person and the hat of a request, keys open or not. Raises NotSignedIn or NoHat."""
    user = request.user
    if not isinstance(user, User):
        raise NotSignedIn
    return user, _hat(request, user)


def hats_for(request: HttpRequest, user: User) -> list[Membership]:
    """The hats that the person of a request may put on, read once for each request."""
    known: tuple[UUID, list[Membership]] | None = getattr(request, "confer_hats", None)
    if known is None or known[0] != user.pk:
        known = (user.pk, hats_of(user))
        request.confer_hats = known  # type: ignore[attr-defined]
    return known[1]


def session_ref_of(request: HttpRequest) -> UUID | None:
    """The pseudonym of this session in the log."""
    value = request.session.get(SESSION_REF)
    return UUID(value) if value else None


def locks_at(request: HttpRequest) -> datetime | None:
    """When the keys that this request opened lock by themselves; None if it opened none."""
    found: datetime | None = getattr(request, "confer_locks_at", None)
    return found


def origin_of(request: HttpRequest, *, user: User | None = None, hat: Hat | None = None) -> Origin:
    """Where an act comes from, for the log; nobody signed in gives an origin without a person."""
    return Origin(
        actor=user.log_ref if user else None,
        hat_agency=hat.agency_id if hat else None,
        hat_role=hat.role.value if hat else "",
        session_ref=session_ref_of(request),
        request_ref=getattr(request, "confer_request_ref", None),
        client_class=_client_class(request),
    )


def make_actor(user: User, membership: Membership, keys: MemberKeys, origin: Origin) -> Actor:
    """An actor for a program that holds a person's opened keys (joining, the demo's seed)."""
    return Actor(user.id, user.log_ref, user.name, Hat.of(membership), origin, keys)


def _hat(request: HttpRequest, user: User) -> Hat:
    rows = hats_for(request, user)
    if not rows:
        raise NoHat
    chosen = request.session.get(SESSION_HAT)
    row = next((each for each in rows if str(each.id) == chosen), rows[0])
    return Hat.of(row)


def _client_class(request: HttpRequest) -> str:
    if request.path.startswith("/api/"):
        return "api"
    return "phone" if "Mobi" in request.headers.get("User-Agent", "") else "browser"
