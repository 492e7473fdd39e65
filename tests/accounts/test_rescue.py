"""The rescue sheet: opens once, for its person, by the door's own limits; its code lies nowhere."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.http import HttpRequest

from accounts.errors import DirectoryForged, WrongPassphrase
from accounts.keys import directory
from accounts.keys.rescue_code import new_code
from accounts.keys.slots import make_rescue_slot, open_password_slot, open_rescue_slot, slot_of
from accounts.models import DirectoryStatement, KeyNotice, KeySession, KeySlot, MemberKey, User
from accounts.models.member_keys import SlotKind
from accounts.models.people import NoticeKind
from accounts.services.leaving import deactivate_person, end_membership, retire_key
from accounts.services.people import admit_member
from accounts.services.rescue import make_sheet, use_sheet
from accounts.services.sessions import change_passphrase
from audit.events import Event, Outcome
from tests.canary import captured_log, find_marker, here, new_marker
from tests.rescuing import NEW_PHRASE, asking, counted_runs, opens, recorded, use
from tests.signing_in import signed_in_client
from tests.world import PHRASE, PROGRAM, World

pytestmark = pytest.mark.django_db(transaction=True)


def test_sheet_opens_the_same_keys(world: World) -> None:
    code = make_sheet(actor=world.maud.actor)
    slot = slot_of(world.maud.user, SlotKind.RESCUE)
    assert slot is not None
    assert open_rescue_slot(slot, code).keys == world.maud.keys
    assert recorded(Event.RESCUE_MADE) == [(Outcome.DONE, "")]
    assert opens(world.maud, PHRASE), "the phrase goes on opening"


def test_used_sheet_sets_the_new_phrase_and_is_spent(world: World) -> None:
    code = make_sheet(actor=world.maud.actor)
    use(world.maud, code)
    assert opens(world.maud, NEW_PHRASE)
    assert not opens(world.maud, PHRASE)
    assert slot_of(world.maud.user, SlotKind.RESCUE) is None
    assert recorded(Event.RESCUE_USED) == [(Outcome.DONE, "")]
    with pytest.raises(WrongPassphrase):
        use(world.maud, code, phrase="another four good words")
    assert opens(world.maud, NEW_PHRASE)


def test_code_is_read_as_people_type_it(world: World) -> None:
    code = make_sheet(actor=world.maud.actor)
    use(world.maud, f" {code.lower().replace('-', ' ')} ", email=world.maud.email.upper())
    assert opens(world.maud, NEW_PHRASE)


def test_use_ends_every_session_and_is_shown_to_all_agencies(world: World) -> None:
    code = make_sheet(actor=world.noor.actor)
    signed_in_client(world.noor)
    epoch = User.objects.get(pk=world.noor.user.pk).session_epoch
    use(world.noor, code)
    assert User.objects.get(pk=world.noor.user.pk).session_epoch == epoch + 1
    assert not KeySession.objects.filter(user=world.noor.user).exists()
    notices = KeyNotice.objects.filter(about=world.noor.user, kind=NoticeKind.RESCUE_USED)
    assert {notice.agency_id for notice in notices} == {
        world.agencies["family"].pk,
        world.agencies["office"].pk,
    }


def test_other_slots_stay(world: World) -> None:
    make_sheet(actor=world.rolf.actor)
    before = set(KeySlot.objects.exclude(user=world.maud.user).values_list("pk", flat=True))
    use(world.maud, make_sheet(actor=world.maud.actor))
    after = set(KeySlot.objects.exclude(user=world.maud.user).values_list("pk", flat=True))
    assert before == after


def test_new_sheet_replaces_the_old_one(world: World) -> None:
    old = make_sheet(actor=world.maud.actor)
    new = make_sheet(actor=world.maud.actor)
    with pytest.raises(WrongPassphrase):
        use(world.maud, old)
    assert opens(world.maud, PHRASE)
    use(world.maud, new)
    assert opens(world.maud, NEW_PHRASE)


def test_sheet_of_another_person_opens_nothing(world: World) -> None:
    code = make_sheet(actor=world.rolf.actor)
    make_sheet(actor=world.maud.actor)
    with pytest.raises(WrongPassphrase):
        use(world.maud, code)
    assert opens(world.maud, PHRASE)
    assert opens(world.rolf, PHRASE)


def test_refusals_are_alike_and_cost_one_run(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Unknown address, nobody's sheet, suspended, another's code: one error, one derivation."""
    code = make_sheet(actor=world.rolf.actor)
    make_sheet(actor=world.maud.actor)
    make_sheet(actor=world.kai.actor)
    deactivate_person(origin=PROGRAM, user=world.kai.user)
    emails = [world.maud.email, world.henri.email, world.kai.email, "nobody@test.example"]
    for email in emails:
        with counted_runs(monkeypatch) as runs, pytest.raises(WrongPassphrase):
            use(world.maud, code, email=email)
        assert runs == [False], email
    reasons = recorded(Event.SIGNIN_FAILED)
    assert reasons == [(Outcome.REFUSED, "rescue_mismatch")] * len(emails)


def test_slip_of_the_pen_costs_nothing_for_anybody(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = make_sheet(actor=world.maud.actor)
    slip = ("0" if code[0] != "0" else "1") + code[1:]
    for email in (world.maud.email, "nobody@test.example"):
        for typed in (slip, "", "x" * 1000):
            with counted_runs(monkeypatch) as runs, pytest.raises(WrongPassphrase):
                use(world.maud, typed, email=email)
            assert runs == []
    assert recorded(Event.SIGNIN_FAILED) == []


def test_derivations_run_before_the_transaction(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    actor = world.maud.actor
    with counted_runs(monkeypatch) as runs:
        code = make_sheet(actor=actor)
        assert runs == [False]
        use(world.maud, code)
        assert runs == [False] * 3


def test_suspended_person_gets_nothing_by_a_sheet(world: World) -> None:
    code = make_sheet(actor=world.maud.actor)
    deactivate_person(origin=PROGRAM, user=world.maud.user)
    with pytest.raises(WrongPassphrase):
        use(world.maud, code)
    assert opens(world.maud, PHRASE)
    assert slot_of(world.maud.user, SlotKind.RESCUE) is not None


def test_person_without_a_hat_may_still_change_the_phrase(world: World) -> None:
    code = make_sheet(actor=world.maud.actor)
    end_membership(origin=PROGRAM, membership=world.maud.membership, reason="left")
    use(world.maud, code)
    assert opens(world.maud, NEW_PHRASE)
    assert not KeyNotice.objects.exists()


def test_guessing_ends_by_the_limits_of_sign_in(world: World) -> None:
    code = make_sheet(actor=world.maud.actor)
    for _ in range(8):
        with pytest.raises(WrongPassphrase):
            use(world.maud, new_code())
    with pytest.raises(ValidationError, match="Too many attempts"):
        use(world.maud, code)
    use_sheet(
        request=_from_elsewhere(),
        email=world.rolf.email,
        code=make_sheet(actor=world.rolf.actor),
        new_phrase=NEW_PHRASE,
    )
    assert opens(world.maud, PHRASE)


def _from_elsewhere() -> HttpRequest:
    request = asking()
    request.META["REMOTE_ADDR"] = "192.0.2.7"
    return request


Forging = Callable[[KeySlot, World], object]
FORGINGS: dict[str, Forging] = {
    "moved to another person": lambda slot, world: KeySlot.objects.filter(pk=slot.pk).update(
        user=world.henri.user
    ),
    "moved with its key": lambda slot, world: KeySlot.objects.filter(pk=slot.pk).update(
        user=world.henri.user, member_key=MemberKey.objects.get(user=world.henri.user)
    ),
    "another's key named": lambda slot, world: KeySlot.objects.filter(pk=slot.pk).update(
        member_key=MemberKey.objects.get(user=world.henri.user)
    ),
    "another's blob": lambda slot, world: KeySlot.objects.filter(pk=slot.pk).update(
        blob=bytes(KeySlot.objects.get(user=world.rolf.user, kind=SlotKind.RESCUE).blob)
    ),
    "cut blob": lambda slot, _world: KeySlot.objects.filter(pk=slot.pk).update(
        blob=bytes(slot.blob)[:-1]
    ),
    "unknown format": lambda slot, _world: KeySlot.objects.filter(pk=slot.pk).update(
        blob=b"K\x02" + bytes(slot.blob)[2:]
    ),
    "other cost": lambda slot, _world: KeySlot.objects.filter(pk=slot.pk).update(time_cost=2),
    "huge cost": lambda slot, _world: KeySlot.objects.filter(pk=slot.pk).update(
        memory_kib=2_000_000_000
    ),
    "other salt": lambda slot, _world: KeySlot.objects.filter(pk=slot.pk).update(salt=bytes(16)),
    "retired key": lambda slot, _world: MemberKey.objects.filter(pk=slot.member_key_id).update(
        retired_at=slot.created_at
    ),
}


@pytest.mark.parametrize("name", FORGINGS)
def test_forged_row_opens_nothing(world: World, name: str) -> None:
    """Somebody writes the database; whoever has the right code gets the same answer as a guess."""
    make_sheet(actor=world.rolf.actor)
    code = make_sheet(actor=world.maud.actor)
    FORGINGS[name](KeySlot.objects.get(user=world.maud.user, kind=SlotKind.RESCUE), world)
    for person in (world.maud, world.henri):
        with pytest.raises(WrongPassphrase):
            use(person, code)
        assert opens(person, PHRASE)
        assert not opens(person, NEW_PHRASE)
    assert not KeyNotice.objects.exists()


def test_own_sheet_in_anothers_row_gives_no_foreign_keys(world: World) -> None:
    """Rolf puts the slot of his own sheet into Maud's place: his code opens neither."""
    slot, code = make_rescue_slot(world.rolf.keys)
    slot.user = world.maud.user
    slot.member_key = MemberKey.objects.get(user=world.maud.user)
    slot.save(force_insert=True)
    with pytest.raises(WrongPassphrase):
        use(world.maud, code)
    assert opens(world.maud, PHRASE)


def test_old_pin_grows_with_the_use(world: World) -> None:
    code = make_sheet(actor=world.rolf.actor)
    before = world.rolf.keys.pin
    admit_member(actor=world.anke.actor, membership=world.lena.membership)
    use(world.rolf, code)
    slot = slot_of(world.rolf.user, SlotKind.PASSWORD)
    assert slot is not None
    pin = open_password_slot(slot, NEW_PHRASE).keys.pin
    assert pin.seq > before.seq
    assert pin == directory.newest_pin()


def test_rewritten_directory_stops_the_use(world: World) -> None:
    admit_member(actor=world.anke.actor, membership=world.lena.membership)
    code = make_sheet(actor=world.rolf.actor)
    last = DirectoryStatement.objects.order_by("-seq").first()
    assert last is not None
    last.delete()
    with pytest.raises(DirectoryForged):
        use(world.rolf, code)
    assert opens(world.rolf, PHRASE)
    assert slot_of(world.rolf.user, SlotKind.RESCUE) is not None


def test_slot_never_holds_an_older_pin_than_the_session(world: World) -> None:
    keys = world.rolf.keys
    admit_member(actor=world.anke.actor, membership=world.lena.membership)
    code = make_sheet(actor=world.rolf.actor)
    slot = slot_of(world.rolf.user, SlotKind.RESCUE)
    assert slot is not None
    assert open_rescue_slot(slot, code).keys.pin.seq > keys.pin.seq


class Stopped(Exception):
    """The machine stops here."""


@contextmanager
def stops_at(write: int) -> Iterator[None]:
    """Stop at the n-th statement that writes."""
    seen = 0

    def execute(run: Any, sql: str, params: Any, many: Any, context: Any) -> Any:
        nonlocal seen
        if sql.split(maxsplit=1)[0] in {"INSERT", "UPDATE", "DELETE"}:
            seen += 1
            if seen == write:
                raise Stopped
        return run(sql, params, many, context)

    with connection.execute_wrapper(execute):
        yield


def _attempts(act: Callable[[], object], check_old: Callable[[], None]) -> int:
    """Stop at each write in turn until the act comes through; how many it took."""
    for write in range(1, 60):
        try:
            with stops_at(write):
                act()
        except Stopped:
            check_old()
        else:
            return write
    raise AssertionError("it never came through")


def test_stop_while_it_is_used_leaves_the_old_state(world: World) -> None:
    code = make_sheet(actor=world.maud.actor)

    def check_old() -> None:
        assert opens(world.maud, PHRASE)
        slot = slot_of(world.maud.user, SlotKind.RESCUE)
        assert slot is not None
        assert open_rescue_slot(slot, code).keys.id == world.maud.keys.id
        assert not KeyNotice.objects.exists()
        assert recorded(Event.RESCUE_USED) == []

    assert _attempts(lambda: use(world.maud, code), check_old) > 5
    assert opens(world.maud, NEW_PHRASE)
    assert slot_of(world.maud.user, SlotKind.RESCUE) is None
    assert KeyNotice.objects.count() == 1
    assert recorded(Event.RESCUE_USED) == [(Outcome.DONE, "")]


def test_stop_while_it_is_made_leaves_the_old_sheet(world: World) -> None:
    old = make_sheet(actor=world.maud.actor)
    actor = world.maud.actor
    codes: list[str] = []

    def check_old() -> None:
        slot = slot_of(world.maud.user, SlotKind.RESCUE)
        assert slot is not None
        assert open_rescue_slot(slot, old).keys.id == world.maud.keys.id

    assert _attempts(lambda: codes.append(make_sheet(actor=actor)), check_old) > 2
    with pytest.raises(WrongPassphrase):
        use(world.maud, old)
    use(world.maud, codes[0])


def test_code_lies_nowhere(world: World) -> None:
    phrase = f"four words and {new_marker()}"
    with captured_log() as log:
        code = make_sheet(actor=world.maud.actor)
        spellings = [code, code.replace("-", ""), code.replace("-", " ")]
        nowhere = {each: find_marker(each, here(log=log.getvalue())) for each in spellings}
        assert nowhere == {each: [] for each in spellings}
        with pytest.raises(WrongPassphrase):
            use(world.henri, code)
        use(world.maud, code, phrase=phrase)
    for each in (*spellings, phrase):
        assert find_marker(each, here(log=log.getvalue())) == []


def test_changed_phrase_leaves_the_sheet(world: World) -> None:
    code = make_sheet(actor=world.maud.actor)
    old = slot_of(world.maud.user, SlotKind.PASSWORD)
    assert old is not None
    opened = open_password_slot(old, PHRASE)
    change_passphrase(actor=world.maud.actor, opened=opened, new_phrase="another four good words")
    assert opens(world.maud, "another four good words")
    assert KeySlot.objects.filter(user=world.maud.user).count() == 2
    use(world.maud, code)
    assert opens(world.maud, NEW_PHRASE)


def test_retired_key_takes_every_slot_with_it(world: World) -> None:
    code = make_sheet(actor=world.maud.actor)
    with transaction.atomic():
        retire_key(actor=world.idris.actor, user=world.maud.user)
    assert not KeySlot.objects.filter(user=world.maud.user).exists()
    with pytest.raises(WrongPassphrase):
        use(world.maud, code)
