"""Slots: what opens the member keys. Here the pass phrase; others come beside it."""

import hmac
import os
import uuid
from dataclasses import dataclass, field
from uuid import UUID

from accounts.errors import WrongPassphrase
from accounts.keys import member
from accounts.keys.box import close_box, open_box
from accounts.keys.derivation import Cost, Derived, derive, standard_cost
from accounts.keys.encoding import lp
from accounts.models import KeySlot, User
from accounts.models.member_keys import SlotKind

_SALT_BYTES = 16
# A stranger's attempt runs the same derivation on this slot, so time tells nothing.
_NOBODY = uuid.UUID(int=0)
_NO_SALT = bytes(_SALT_BYTES)


def make_password_slot(keys: member.MemberKeys, phrase: str) -> KeySlot:
    """A new, unsaved slot that `phrase` opens (one derivation; do it before BEGIN)."""
    slot = KeySlot(
        id=uuid.UUID(bytes=os.urandom(16), version=4),
        user_id=keys.user_id,
        member_key_id=keys.id,
        kind=SlotKind.PASSWORD,
        salt=os.urandom(_SALT_BYTES),
        **_cost_columns(standard_cost()),
    )
    derived = _derive(slot, phrase)
    slot.verifier = derived.verifier
    slot.blob = close_box(member.encode(keys), key=derived.slot_key, context=_context(slot))
    return slot


@dataclass(frozen=True, slots=True)
class OpenedSlot:
    """A slot, the keys that were in it and what sealed them, for the request that opened it."""

    slot: KeySlot = field(repr=False)
    keys: member.MemberKeys = field(repr=False)
    derived: Derived = field(repr=False)


def password_slot_of(user: User) -> KeySlot | None:
    """The slot that a person's pass phrase opens."""
    return KeySlot.objects.filter(user=user, kind=SlotKind.PASSWORD).first()


def open_password_slot(slot: KeySlot, phrase: str) -> OpenedSlot:
    """Check the phrase and open the keys with one derivation. Raises WrongPassphrase."""
    derived = _derive(slot, phrase)
    if not hmac.compare_digest(derived.verifier, bytes(slot.verifier)):
        raise WrongPassphrase
    plaintext = open_box(bytes(slot.blob), key=derived.slot_key, context=_context(slot))
    return OpenedSlot(slot, member.decode(plaintext), derived)


def reseal_slot(opened: OpenedSlot, keys: member.MemberKeys) -> None:
    """Put the same keys with newer pins into an opened slot."""
    slot = opened.slot
    slot.blob = close_box(member.encode(keys), key=opened.derived.slot_key, context=_context(slot))
    slot.save(update_fields=["blob"])


def spend_as_much_time(phrase: str) -> None:
    """The derivation that an unknown address costs too."""
    derive(phrase, salt=_NO_SALT, cost=standard_cost(), slot_id=_NOBODY)


def _derive(slot: KeySlot, phrase: str) -> Derived:
    return derive(phrase, salt=bytes(slot.salt), cost=_cost(slot), slot_id=slot.id)


def _context(slot: KeySlot) -> bytes:
    """Binds a slot's blob to its row, person, kind and parameters."""
    person: UUID = slot.user_id
    return b"slot" + lp(
        slot.id.bytes, person.bytes, slot.kind.encode(), bytes(slot.salt), _cost(slot).encoded()
    )


def _cost(slot: KeySlot) -> Cost:
    return Cost(slot.time_cost, slot.memory_kib, slot.lanes)


def _cost_columns(cost: Cost) -> dict[str, int]:
    return {"time_cost": cost.time_cost, "memory_kib": cost.memory_kib, "lanes": cost.lanes}
