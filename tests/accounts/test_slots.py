"""Slots: a phrase, a rescue sheet's code and a passkey's secret open the same keys."""

import os

import pytest

from accounts.errors import WrongKey, WrongPassphrase
from accounts.keys import member
from accounts.keys.rescue_code import new_code, read_code
from accounts.keys.slots import (
    make_passkey_slot,
    make_password_slot,
    make_rescue_slot,
    open_passkey_slot,
    open_password_slot,
    open_rescue_slot,
    open_with_slot_key,
    passkey_slot_of,
    slot_of,
)
from accounts.models.member_keys import SlotKind
from tests.world import PHRASE, Person, build_world

pytestmark = pytest.mark.django_db(transaction=True)
CREDENTIAL = b"credential"


def _same(opened: member.MemberKeys, person: Person) -> bool:
    return member.encode(opened) == member.encode(person.keys)


def test_each_kind_of_slot_opens_the_same_keys() -> None:
    maud = build_world().maud
    secret = os.urandom(32)
    rescue, code = make_rescue_slot(maud.keys)
    passkey = make_passkey_slot(maud.keys, secret, CREDENTIAL)
    assert _same(open_password_slot(make_password_slot(maud.keys, PHRASE), PHRASE).keys, maud)
    assert _same(open_rescue_slot(rescue, code).keys, maud)
    assert _same(open_passkey_slot(passkey, secret).keys, maud)


def test_a_slot_never_opens_with_the_secret_of_another() -> None:
    maud = build_world().maud
    secret = os.urandom(32)
    rescue, code = make_rescue_slot(maud.keys)
    _other, other_code = make_rescue_slot(maud.keys)
    passkey = make_passkey_slot(maud.keys, secret, CREDENTIAL)
    for wrong in (other_code, PHRASE, ""):
        with pytest.raises(WrongPassphrase):
            open_rescue_slot(rescue, wrong)
    with pytest.raises(WrongPassphrase):
        open_passkey_slot(passkey, os.urandom(32))
    with pytest.raises(WrongPassphrase):
        open_password_slot(rescue, code[:-1])


def test_a_slot_moved_to_another_person_or_kind_does_not_open() -> None:
    world = build_world()
    secret = os.urandom(32)
    slot = make_passkey_slot(world.maud.keys, secret, CREDENTIAL)
    opened = open_passkey_slot(slot, secret)
    slot.user = world.idris.user
    with pytest.raises(WrongKey):
        open_with_slot_key(slot, opened.slot_key)
    slot.user = world.maud.user
    slot.kind = SlotKind.RESCUE
    with pytest.raises(WrongKey):
        open_with_slot_key(slot, opened.slot_key)


def test_slots_are_found_by_person_and_kind() -> None:
    world = build_world()
    maud, idris = world.maud, world.idris
    slot = make_passkey_slot(maud.keys, os.urandom(32), CREDENTIAL)
    slot.save(force_insert=True)
    assert passkey_slot_of(maud.user, CREDENTIAL) == slot
    assert passkey_slot_of(idris.user, CREDENTIAL) is None
    assert slot_of(maud.user, SlotKind.RESCUE) is None
    found = slot_of(maud.user, SlotKind.PASSWORD)
    assert found is not None
    assert found.user_id == maud.user.pk


def test_a_code_is_read_as_people_write_it() -> None:
    code = new_code()
    plain = code.replace("-", "")
    assert len(plain) == 28
    for written in (code, plain, code.lower(), code.replace("-", " "), f"  {code}\n"):
        assert read_code(written) == plain
    assert read_code(plain.replace("0", "O").replace("1", "l")) == plain


def test_a_slip_of_the_pen_is_noticed() -> None:
    missed = 0
    for _ in range(50):
        plain = new_code().replace("-", "")
        swapped = plain[:5] + ("7" if plain[5] != "7" else "8") + plain[6:]
        try:
            missed += read_code(swapped) != plain
        except WrongPassphrase:
            continue
    assert missed <= 2  # one in 1,024 slips passes the check and then fails to open


def test_codes_have_128_bits() -> None:
    assert len({new_code() for _ in range(200)}) == 200
    for strange in ("", "0" * 27, "Z" * 28, "ß" * 28):
        with pytest.raises(WrongPassphrase):
            read_code(strange)
