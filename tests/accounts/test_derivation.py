"""One derivation for check and key: how often it runs, what it accepts, what it needs."""

import hashlib
import os
import sqlite3
import threading
import unicodedata
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from argon2.low_level import hash_secret_raw
from django.test import override_settings

from accounts.backends import PassphraseBackend
from accounts.errors import KeeperRefused, TooBusy, UnknownFormat, WrongKey, WrongPassphrase
from accounts.keys import derivation, slots
from accounts.keys.box import open_box
from accounts.keys.derivation import Cost, derive
from accounts.keys.keeper import EmbeddedKeeper, keeper
from accounts.models import KeySlot, User
from accounts.services.people import NewHat, create_member
from accounts.services.sessions import change_passphrase
from tests.world import PHRASE, PROGRAM, World

CHEAP = Cost(1, 1024, 1)
STANDARD = {"time_cost": 3, "memory_kib": 65_536, "lanes": 4}
SALT = b"0123456789abcdef"
SLOT = uuid.uuid4()


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The parameters of each run of Argon2id while a test runs; the runs are real."""
    seen: list[dict[str, Any]] = []
    real = hash_secret_raw

    def counted(secret: bytes, salt: bytes, **how: Any) -> bytes:
        seen.append({"secret": secret, "salt": salt, **how})
        return real(secret, salt, **how)

    monkeypatch.setattr(derivation, "hash_secret_raw", counted)
    return seen


def authenticate(email: str, phrase: str) -> Any:
    return PassphraseBackend().authenticate(None, email=email, password=phrase)


def test_right_phrase_costs_one_run(world: World, runs: list[dict[str, Any]]) -> None:
    person = authenticate(world.maud.email, PHRASE)
    assert person == world.maud.user
    assert person.opened.keys == world.maud.keys
    assert len(runs) == 1


def test_wrong_phrase_costs_one_run(world: World, runs: list[dict[str, Any]]) -> None:
    assert authenticate(world.maud.email, PHRASE + "!") is None
    assert len(runs) == 1


@pytest.mark.parametrize("email", ["nobody@test.example", "invited@test.example"])
def test_unknown_address_and_person_without_a_slot_cost_the_same_run(
    world: World, runs: list[dict[str, Any]], email: str
) -> None:
    agency = world.agencies["school"]
    hat = NewHat(agency, world.maud.actor.hat.role, world.maud.membership.starts_on)
    create_member(origin=PROGRAM, email="invited@test.example", name="Not yet", hat=hat)
    assert authenticate(email, PHRASE) is None
    assert authenticate(world.maud.email, PHRASE + "!") is None
    stranger, known = runs
    same = ("time_cost", "memory_cost", "parallelism", "hash_len", "type")
    assert [stranger[name] for name in same] == [known[name] for name in same]
    assert len(stranger["salt"]) == len(known["salt"])


def test_suspended_person_costs_one_run_and_gets_nothing(
    world: World, runs: list[dict[str, Any]]
) -> None:
    User.objects.filter(pk=world.maud.user.pk).update(is_active=False)
    assert authenticate(world.maud.email, PHRASE) is None
    assert len(runs) == 1


def test_an_empty_phrase_or_address_is_not_even_tried(
    world: World, runs: list[dict[str, Any]]
) -> None:
    assert authenticate(world.maud.email, "") is None
    assert authenticate("", PHRASE) is None
    assert runs == []


def changed_phrase(world: World, new_phrase: str) -> None:
    opened = slots.open_password_slot(KeySlot.objects.get(user=world.maud.user), PHRASE)
    change_passphrase(actor=world.maud.actor, opened=opened, new_phrase=new_phrase)


def test_change_of_phrase_costs_two_runs(world: World, runs: list[dict[str, Any]]) -> None:
    """One opens the old slot, one closes the new; none to check."""
    changed_phrase(world, "another four good words")
    assert len(runs) == 2


def test_change_of_phrase_leaves_one_slot_for_the_same_keys(world: World) -> None:
    before = world.maud.keys.id
    changed_phrase(world, "another four good words")
    slot = KeySlot.objects.get(user=world.maud.user)
    with pytest.raises(WrongPassphrase):
        slots.open_password_slot(slot, PHRASE)
    assert slots.open_password_slot(slot, "another four good words").keys.id == before


def test_standard_parameters_are_rfc_9106(runs: list[dict[str, Any]]) -> None:
    with override_settings(KEY_DERIVATION=STANDARD, ALLOW_WEAK_DERIVATION=False):
        derived = derive(PHRASE, salt=SALT, cost=derivation.standard_cost(), slot_id=SLOT)
    assert len(derived.verifier) == len(derived.slot_key) == 32
    (run,) = runs
    assert (run["time_cost"], run["memory_cost"], run["parallelism"]) == (3, 65_536, 4)


@pytest.mark.parametrize(
    "cost",
    [
        Cost(2, 65_536, 4),
        Cost(3, 65_535, 4),
        Cost(3, 65_536, 3),
        Cost(17, 65_536, 4),
        Cost(3, 1_048_577, 4),
        Cost(3, 65_536, 17),
        CHEAP,
    ],
)
def test_parameters_outside_floor_and_ceiling_are_refused_before_a_run(
    cost: Cost, runs: list[dict[str, Any]]
) -> None:
    with override_settings(ALLOW_WEAK_DERIVATION=False), pytest.raises(UnknownFormat):
        derive(PHRASE, salt=SALT, cost=cost, slot_id=SLOT)
    assert runs == []


def test_the_tests_own_floor_has_a_ceiling_too() -> None:
    with pytest.raises(UnknownFormat):
        derive(PHRASE, salt=SALT, cost=Cost(17, 1024, 1), slot_id=SLOT)


@pytest.mark.parametrize("column", ["time_cost", "memory_kib", "lanes"])
def test_parameters_in_the_row_are_bound_to_the_slot(world: World, column: str) -> None:
    """Whoever writes the row cannot make the derivation another one, dearer or cheaper."""
    slot = KeySlot.objects.get(user=world.maud.user)
    setattr(slot, column, getattr(slot, column) * 8 if column == "memory_kib" else 2)
    if column == "lanes":
        slot.memory_kib = 2048
    with pytest.raises(WrongPassphrase):
        slots.open_password_slot(slot, PHRASE)


def test_parameters_are_bound_even_where_the_verifier_was_rewritten(world: World) -> None:
    slot = KeySlot.objects.get(user=world.maud.user)
    slot.time_cost = 2
    slot.verifier = derive(
        PHRASE, salt=bytes(slot.salt), cost=Cost(2, 1024, 1), slot_id=slot.id
    ).verifier
    with pytest.raises(WrongKey):
        slots.open_password_slot(slot, PHRASE)


def test_slot_of_one_person_is_none_of_another(world: World) -> None:
    """Everybody has the same phrase in these tests; a slot still opens in its own row only."""
    maud, rolf = (KeySlot.objects.get(user=each.user) for each in (world.maud, world.rolf))
    maud.blob, maud.verifier, maud.salt = rolf.blob, rolf.verifier, rolf.salt
    with pytest.raises(WrongPassphrase):
        slots.open_password_slot(maud, PHRASE)
    moved = KeySlot.objects.get(user=world.rolf.user)
    moved.user_id = world.maud.user.pk
    with pytest.raises(WrongKey):
        slots.open_password_slot(moved, PHRASE)


def test_verifier_is_not_the_key_of_the_slot(world: World) -> None:
    """The verifier is stored; it opens nothing."""
    slot = KeySlot.objects.get(user=world.maud.user)
    opened = slots.open_password_slot(slot, PHRASE)
    assert bytes(slot.verifier) != opened.slot_key
    with pytest.raises(WrongKey):
        open_box(bytes(slot.blob), key=bytes(slot.verifier), context=slots._context(slot))


def test_derived_keys_are_never_printed() -> None:
    derived = derive(PHRASE, salt=SALT, cost=CHEAP, slot_id=SLOT)
    assert repr(derived) == "Derived()"


@pytest.mark.parametrize(
    "typed",
    [
        unicodedata.normalize(form, "Ångström café ﬁnale Ⅳ")
        for form in ("NFC", "NFD", "NFKC", "NFKD")
    ],
)
def test_phrase_is_the_same_however_a_keyboard_composes_it(typed: str) -> None:
    expected = derive("Ångström café ﬁnale Ⅳ", salt=SALT, cost=CHEAP, slot_id=SLOT)
    assert derive(typed, salt=SALT, cost=CHEAP, slot_id=SLOT) == expected


@pytest.mark.parametrize("other", ["Four words for every test", "four words for every test "])
def test_case_and_spaces_of_a_phrase_count(other: str) -> None:
    first = derive(PHRASE, salt=SALT, cost=CHEAP, slot_id=SLOT)
    assert derive(other, salt=SALT, cost=CHEAP, slot_id=SLOT) != first


def test_salt_and_slot_make_every_derivation_another() -> None:
    first = derive(PHRASE, salt=SALT, cost=CHEAP, slot_id=SLOT)
    assert derive(PHRASE, salt=SALT[::-1], cost=CHEAP, slot_id=SLOT) != first
    assert derive(PHRASE, salt=SALT, cost=CHEAP, slot_id=uuid.uuid4()) != first


def test_without_the_pepper_no_phrase_opens(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stolen database with the right phrase and somebody else's keeper."""
    slot = KeySlot.objects.get(user=world.maud.user)
    other = EmbeddedKeeper(tmp_path / "other" / "keeper.sqlite3", None)
    monkeypatch.setattr(derivation, "keeper", lambda: other)
    with pytest.raises(WrongPassphrase):
        slots.open_password_slot(slot, PHRASE)
    monkeypatch.undo()
    assert slots.open_password_slot(slot, PHRASE).keys.id == world.maud.keys.id


def test_a_keeper_that_lost_its_pepper_opens_no_slot(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "other" / "keeper.sqlite3"
    other = EmbeddedKeeper(path, None)
    with sqlite3.connect(path) as db:
        db.execute("DELETE FROM pepper")
    db.close()
    monkeypatch.setattr(derivation, "keeper", lambda: other)
    slot = KeySlot.objects.get(user=world.maud.user)
    with pytest.raises(KeeperRefused):
        slots.open_password_slot(slot, PHRASE)


def test_pepper_is_an_hmac_under_a_key_of_64_bytes() -> None:
    path = next(iter(keeper()._paths))
    db = sqlite3.connect(path)
    ((key,),) = db.execute("SELECT key FROM pepper").fetchall()
    db.close()
    assert len(key) == 64
    assert keeper().pepper(b"data") == hmac_sha512(key, b"data")


def hmac_sha512(key: bytes, data: bytes) -> bytes:
    """RFC 2104, written out, since the keeper's own call is what is tested."""
    padded = key.ljust(128, b"\0")
    inner = hashlib.sha512(bytes(each ^ 0x36 for each in padded) + data).digest()
    return hashlib.sha512(bytes(each ^ 0x5C for each in padded) + inner).digest()


def test_too_many_runs_at_once_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """More people than runs: the bound holds, nobody waits for ever, and it frees itself again."""
    monkeypatch.setattr(derivation, "_WAIT_SECONDS", 0.05)
    release, running = threading.Event(), threading.Semaphore(0)
    real = hash_secret_raw

    def held(secret: bytes, salt: bytes, **how: Any) -> bytes:
        running.release()
        release.wait(10)
        return real(secret, salt, **how)

    monkeypatch.setattr(derivation, "hash_secret_raw", held)
    most = derivation._PARALLEL_RUNS
    with ThreadPoolExecutor(most) as pool:
        waiting = [
            pool.submit(derive, PHRASE, salt=os.urandom(16), cost=CHEAP, slot_id=SLOT)
            for _ in range(most)
        ]
        assert all(running.acquire(timeout=10) for _ in range(most))
        with pytest.raises(TooBusy):
            derive(PHRASE, salt=SALT, cost=CHEAP, slot_id=SLOT)
        release.set()
        assert len({each.result(10).slot_key for each in waiting}) == most
    derive(PHRASE, salt=SALT, cost=CHEAP, slot_id=SLOT)


def test_a_failed_run_gives_its_place_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(derivation, "_WAIT_SECONDS", 0.05)

    def broken(*_args: Any, **_how: Any) -> bytes:
        raise MemoryError

    with monkeypatch.context() as patch:
        patch.setattr(derivation, "hash_secret_raw", broken)
        for _ in range(derivation._PARALLEL_RUNS + 1):
            with pytest.raises(MemoryError):
                derive(PHRASE, salt=SALT, cost=CHEAP, slot_id=SLOT)
    derive(PHRASE, salt=SALT, cost=CHEAP, slot_id=SLOT)


def test_several_lanes_in_several_threads_do_not_deadlock() -> None:
    """The reason for argon2-cffi: another library hangs here."""
    cost = Cost(1, 1024, 4)
    with ThreadPoolExecutor(4) as pool:
        found = [pool.submit(derive, PHRASE, salt=SALT, cost=cost, slot_id=SLOT) for _ in range(12)]
        assert len({each.result(30).slot_key for each in found}) == 1
