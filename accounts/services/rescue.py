"""Acts with the printed rescue sheet: make one, and use it when the pass phrase is lost.

The sheet's code opens a slot of its own. It is shown once, by the answer that makes it, and stored
nowhere. Using it gives no session: the person chooses a new phrase and signs in by the usual door,
second factor included.
"""

from allauth.account.adapter import get_adapter
from django.db import transaction
from django.http import HttpRequest

from accounts.actor import Actor, origin_of
from accounts.backends import RESCUE_CREDENTIAL
from accounts.errors import WrongPassphrase
from accounts.keys import directory
from accounts.keys.rescue_code import read_code
from accounts.keys.slots import OpenedSlot, make_password_slot, make_rescue_slot
from accounts.models import KeySlot, User
from accounts.models.member_keys import SlotKind
from accounts.models.people import NoticeKind
from accounts.services.leaving import end_sessions, tell_agencies
from audit.events import Event, Outcome
from audit.record import record


def make_sheet(*, actor: Actor) -> str:
    """Make a sheet and return its code; an older sheet opens nothing from then on."""
    slot, code = make_rescue_slot(directory.advance(actor.keys))
    with transaction.atomic(durable=True):
        user = User.objects.select_for_update().get(pk=actor.user_id)
        KeySlot.objects.filter(user=user, kind=SlotKind.RESCUE).delete()
        slot.save(force_insert=True)
        record(actor.origin, Event.RESCUE_MADE, object_ref=slot.id)
    return code


def use_sheet(*, request: HttpRequest, email: str, code: str, new_phrase: str) -> None:
    """Open the keys with a sheet's code and close them again under a new phrase.

    The sheet is spent, every session ends, and everybody at the person's agencies sees it.
    Raises WrongPassphrase for an unknown address, a wrong code or a spent sheet alike,
    ValidationError with plain words after too many attempts, and DirectoryForged.
    """
    opened = _check_code(request, email, code)
    user = opened.slot.user
    slot = make_password_slot(directory.advance(opened.keys), new_phrase)
    origin = origin_of(request, user=user)
    with transaction.atomic(durable=True):
        spent = _spend(opened)
        if spent:
            KeySlot.objects.filter(user=user, kind=SlotKind.PASSWORD).delete()
            slot.save(force_insert=True)
            end_sessions(origin=origin, user=user)
            tell_agencies(user, NoticeKind.RESCUE_USED)
            record(origin, Event.RESCUE_USED, object_ref=opened.slot.id)
        else:
            record(origin, Event.RESCUE_USED, outcome=Outcome.REFUSED, reason="sheet_gone")
    if not spent:
        raise WrongPassphrase


def _check_code(request: HttpRequest, email: str, code: str) -> OpenedSlot:
    """Open the sheet's slot by the same door as sign-in: its limits, its record, one derivation."""
    credentials = {"email": email, RESCUE_CREDENTIAL: read_code(code)}
    found = get_adapter(request).authenticate(request, **credentials)
    opened = found.opened if isinstance(found, User) else None
    if not isinstance(opened, OpenedSlot):
        raise WrongPassphrase
    return opened


def _spend(opened: OpenedSlot) -> bool:
    """Take the sheet's slot away, once, from somebody who may still sign in with these keys."""
    rows = KeySlot.objects.select_for_update().filter(
        pk=opened.slot.pk,
        user_id=opened.keys.user_id,
        user__is_active=True,
        member_key_id=opened.keys.id,
        member_key__retired_at=None,
    )
    slot = rows.first()
    if slot is None:
        return False
    slot.delete()
    return True
