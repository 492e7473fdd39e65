"""Acts of one browser: sign in, lock, unlock, change hat, sign out, change the pass phrase."""

import uuid
from uuid import UUID

from allauth.account.adapter import get_adapter
from django.db import transaction
from django.http import HttpRequest

from accounts.actor import (
    SESSION_HAT,
    SESSION_REF,
    Actor,
    Hat,
    hat_for,
    make_actor,
    origin_of,
    session_ref_of,
)
from accounts.errors import NoHat, NotAllowed, WrongPassphrase
from accounts.keys import directory
from accounts.keys.sessions import hold_open, lock
from accounts.keys.slots import (
    OpenedSlot,
    make_password_slot,
    reseal_slot,
)
from accounts.models import KeySlot, Membership, User
from accounts.models.member_keys import SlotKind
from accounts.queries import hats_of
from accounts.services import browser_sessions
from accounts.services.leaving import end_sessions
from accounts.services.tending import tend_keys
from audit.events import Event, Outcome
from audit.record import record


def begin_session(*, request: HttpRequest, user: User, opened: OpenedSlot) -> str:
    """After allauth signed the person in: hold the keys open and return the key cookie's value."""
    request.session[SESSION_REF] = str(uuid.uuid4())
    hats = hats_of(user)
    if hats:
        request.session[SESSION_HAT] = str(hats[0].id)
    browser_sessions.begin(request=request, user=user)
    return _open(request, user, opened, Event.SIGNIN_SUCCEEDED)


def check_phrase(*, request: HttpRequest, user: User, phrase: str) -> OpenedSlot:
    """Open the slot of somebody who is known, by the same door as sign-in: limits and record too.

    Raises WrongPassphrase, and ValidationError with plain words after too many attempts.
    """
    found = get_adapter(request).authenticate(request, email=user.email, password=phrase)
    opened = found.opened if isinstance(found, User) and found.pk == user.pk else None
    if not isinstance(opened, OpenedSlot):
        raise WrongPassphrase
    return opened


def unlock(*, request: HttpRequest, user: User, phrase: str) -> str:
    """Open the keys again in a session that was locked; the key cookie's new value.

    Raises what check_phrase raises.
    """
    opened = check_phrase(request=request, user=user, phrase=phrase)
    return unlock_with(request=request, user=user, opened=opened)


def unlock_with(*, request: HttpRequest, user: User, opened: OpenedSlot) -> str:
    """Hold the keys open again that a slot has just given; the key cookie's new value."""
    session_ref = session_ref_of(request)
    if session_ref is not None:
        lock(session_ref)
    return _open(request, user, opened, Event.SESSION_UNLOCKED)


def lock_session(*, request: HttpRequest) -> None:
    """Forget the opened keys of this browser; the person stays known."""
    user, hat = hat_for(request)
    session_ref = session_ref_of(request)
    with transaction.atomic(durable=True):
        if session_ref is not None:
            lock(session_ref)
        record(origin_of(request, user=user, hat=hat), Event.SESSION_LOCKED)


def end_session(*, request: HttpRequest, user: User) -> None:
    """Record a sign-out and forget the keys; the view ends the identity session."""
    session_ref = session_ref_of(request)
    with transaction.atomic(durable=True):
        if session_ref is not None:
            lock(session_ref)
            browser_sessions.forget(session_ref)
        record(origin_of(request, user=user), Event.SIGNOUT_DONE)


def choose_hat(*, request: HttpRequest, membership_id: UUID) -> None:
    """Act for another agency or in another role from now on. Raises NotAllowed for others' hats."""
    user, _hat = hat_for(request)
    row = next((each for each in hats_of(user) if each.id == membership_id), None)
    with transaction.atomic(durable=True):
        record(
            origin_of(request, user=user, hat=Hat.of(row) if row else None),
            Event.HAT_CHOSEN,
            outcome=Outcome.DONE if row else Outcome.REFUSED,
            reason="" if row else "not_own_hat",
        )
    if row is None:
        raise NotAllowed("not_own_hat")
    request.session[SESSION_HAT] = str(row.id)


def change_passphrase(*, actor: Actor, opened: OpenedSlot, new_phrase: str) -> None:
    """Replace the slot that the old phrase has just opened; all sessions of the person end."""
    user = User.objects.get(pk=actor.user_id)
    new_slot = make_password_slot(opened.keys, new_phrase)
    with transaction.atomic():
        KeySlot.objects.filter(user=user, kind=SlotKind.PASSWORD).delete()
        new_slot.save(force_insert=True)
        end_sessions(origin=actor.origin, user=user)
        record(actor.origin, Event.PASSPHRASE_CHANGED)


def _open(request: HttpRequest, user: User, opened: OpenedSlot, event: Event) -> str:
    keys = directory.advance(opened.keys)
    hat = _hat_or_none(request)
    with transaction.atomic():
        if keys.pin != opened.keys.pin:
            reseal_slot(opened, keys)
        session_ref = UUID(request.session[SESSION_REF])
        cookie = hold_open(user, keys, session_ref)
        origin = origin_of(request, user=user, hat=hat)
        record(origin, event)
    if hat is not None:
        row = Membership.objects.select_related("agency").get(pk=hat.membership_id)
        tend_keys(actor=make_actor(user, row, keys, origin))
    return cookie


def _hat_or_none(request: HttpRequest) -> Hat | None:
    try:
        return hat_for(request)[1]
    except NoHat:
        return None
