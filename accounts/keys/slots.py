"""Slots: what opens the member keys. A pass phrase, a rescue sheet's code, or a passkey.

A phrase and a code go through the one derivation of accounts.keys.derivation. A passkey gives 32
uniform bytes (its PRF, expanded in the browser), so verifier and slot key are expanded from them,
under the keeper's pepper as well.
"""

import hashlib
import hmac
import os
import uuid
from dataclasses import dataclass, field
from uuid import UUID

from accounts.errors import WrongPassphrase
from accounts.keys import member
from accounts.keys.box import close_box, open_box
from accounts.keys.derivation import Cost, Derived, derive, derive_uniform, standard_cost
from accounts.keys.encoding import lp
from accounts.keys.rescue_code import new_code, read_code
from accounts.models import KeySlot, User
from accounts.models.member_keys import SlotKind

_SALT_BYTES = 16
_NO_COST = Cost(0, 0, 0)
# A stranger's attempt runs the same derivation on this slot, so time tells nothing.
_NOBODY = uuid.UUID(int=0)
_NO_SALT = bytes(_SALT_BYTES)


@dataclass(frozen=True, slots=True)
class OpenedSlot:
    """A slot, the keys that were in it and what sealed them, for the request that opened it."""

    slot: KeySlot = field(repr=False)
    keys: member.MemberKeys = field(repr=False)
    slot_key: bytes = field(repr=False)


def make_password_slot(keys: member.MemberKeys, phrase: str) -> KeySlot:
    """A new, unsaved slot that `phrase` opens (one derivation; do it before BEGIN)."""
    slot = _new_slot(keys, SlotKind.PASSWORD, standard_cost())
    return _close(slot, keys, _derive(slot, phrase))


def make_rescue_slot(keys: member.MemberKeys) -> tuple[KeySlot, str]:
    """A new, unsaved slot and the code for its sheet, which is kept nowhere (one derivation)."""
    code = new_code()
    slot = _new_slot(keys, SlotKind.RESCUE, standard_cost())
    return _close(slot, keys, _derive(slot, read_code(code))), code


def make_passkey_slot(keys: member.MemberKeys, secret: bytes, credential_id: bytes) -> KeySlot:
    """A new, unsaved slot that a passkey's 32-byte secret opens."""
    slot = _new_slot(keys, SlotKind.PASSKEY, _NO_COST)
    slot.credential = credential_digest(credential_id)
    return _close(slot, keys, derive_uniform(secret, slot_id=slot.id))


def credential_digest(credential_id: bytes) -> bytes:
    """What a passkey's slot is found by: SHA-256 of the credential id, 32 bytes."""
    return hashlib.sha256(credential_id).digest()


def slot_of(user: User, kind: SlotKind) -> KeySlot | None:
    """The slot that a person's pass phrase or rescue sheet opens."""
    return KeySlot.objects.filter(user=user, kind=kind).first()


def passkey_slot_of(user: User, credential_id: bytes) -> KeySlot | None:
    """The slot that this passkey of this person opens."""
    return KeySlot.objects.filter(user=user, credential=credential_digest(credential_id)).first()


def open_password_slot(slot: KeySlot, phrase: str) -> OpenedSlot:
    """Check the phrase and open the keys with one derivation. Raises WrongPassphrase."""
    return _open(slot, _derive(slot, phrase))


def open_rescue_slot(slot: KeySlot, typed: str) -> OpenedSlot:
    """Check a rescue sheet's code and open the keys. Raises WrongPassphrase."""
    return _open(slot, _derive(slot, read_code(typed)))


def open_passkey_slot(slot: KeySlot, secret: bytes) -> OpenedSlot:
    """Open the keys with a passkey's 32-byte secret. Raises WrongPassphrase."""
    return _open(slot, derive_uniform(secret, slot_id=slot.id))


def open_with_slot_key(slot: KeySlot, slot_key: bytes) -> OpenedSlot:
    """Open the keys again with a key that a check gave a moment ago (a second factor waited)."""
    plaintext = open_box(bytes(slot.blob), key=slot_key, context=_context(slot))
    return OpenedSlot(slot, member.decode(plaintext), slot_key)


def reseal_slot(opened: OpenedSlot, keys: member.MemberKeys) -> None:
    """Put the same keys with newer pins into an opened slot."""
    slot = opened.slot
    slot.blob = close_box(member.encode(keys), key=opened.slot_key, context=_context(slot))
    slot.save(update_fields=["blob"])


def spend_as_much_time(phrase: str) -> None:
    """The derivation that an unknown address costs too."""
    derive(phrase, salt=_NO_SALT, cost=standard_cost(), slot_id=_NOBODY)


def _new_slot(keys: member.MemberKeys, kind: SlotKind, cost: Cost) -> KeySlot:
    return KeySlot(
        id=uuid.UUID(bytes=os.urandom(16), version=4),
        user_id=keys.user_id,
        member_key_id=keys.id,
        kind=kind,
        salt=os.urandom(_SALT_BYTES),
        time_cost=cost.time_cost,
        memory_kib=cost.memory_kib,
        lanes=cost.lanes,
    )


def _close(slot: KeySlot, keys: member.MemberKeys, derived: Derived) -> KeySlot:
    slot.verifier = derived.verifier
    slot.blob = close_box(member.encode(keys), key=derived.slot_key, context=_context(slot))
    return slot


def _open(slot: KeySlot, derived: Derived) -> OpenedSlot:
    if not hmac.compare_digest(derived.verifier, bytes(slot.verifier)):
        raise WrongPassphrase
    return open_with_slot_key(slot, derived.slot_key)


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
