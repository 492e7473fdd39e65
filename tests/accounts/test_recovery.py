"""Recovery among people and keys: files, rings, the session that takes a ceremony's result in."""

import os
import uuid
from datetime import timedelta
from itertools import permutations

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.errors import (
    DirectoryForged,
    MissingKey,
    NotAllowed,
    RecoveryRefused,
    UnknownFormat,
    WrongPassphrase,
)
from accounts.keys import kem, recovery, rings
from accounts.keys.member import Pin
from accounts.keys.recovery import Founded, open_file, open_seed
from accounts.keys.recovery_wraps import RingPlace, unwrap_ring
from accounts.models import (
    KeyNotice,
    RecoveryGrant,
    RecoveryKey,
    RecoveryWrap,
    Ring,
    RingEpoch,
    RingWrap,
)
from accounts.models.people import NoticeKind
from accounts.models.rings import RingKind
from accounts.queries.recovery import RecoveryDue, recovery_due, recovery_notice
from accounts.roles import Role
from accounts.services.recovered import seal_missing_to_recovery, take_recovery
from accounts.services.recovery import import_recovery, rehearse_recovery
from accounts.services.tending import tend_keys
from audit.events import Event, Outcome
from audit.models import AccessEvent
from tests.ceremonies import (
    CUSTODIANS,
    custodian,
    founded_by,
    lose_desk,
    newcomer,
    opened_for,
    recover,
)
from tests.world import PROGRAM, World

PIN = Pin(os.urandom(32), 3, os.urandom(32))


@pytest.fixture(scope="module")
def founded() -> Founded:
    """Keys that no directory knows."""
    return recovery.found(CUSTODIANS, recovery=uuid.uuid4(), number=1, pin=PIN)


def desk(world: World, agency: str) -> Ring:
    return Ring.objects.get(agency=world.agencies[agency], kind=RingKind.DESK)


def live(ring: Ring) -> RingEpoch:
    return RingEpoch.objects.get(ring=ring, retired_at=None)


@pytest.mark.parametrize("pair", list(permutations(range(3), 2)))
def test_any_two_files_in_any_order_open_the_seed(founded: Founded, pair: tuple[int, int]) -> None:
    one, other = (custodian(founded, index) for index in pair)
    assert open_seed(one, other).public == founded.about.kem


@pytest.mark.parametrize("index", range(3))
def test_one_custodian_twice_opens_nothing(founded: Founded, index: int) -> None:
    with pytest.raises(RecoveryRefused, match="same_custodian"):
        open_seed(custodian(founded, index), custodian(founded, index))


def test_files_of_two_foundings_open_nothing(founded: Founded) -> None:
    other = recovery.found(CUSTODIANS, recovery=founded.about.recovery, number=1, pin=PIN)
    with pytest.raises(RecoveryRefused, match="other_recovery"):
        open_seed(custodian(founded, 0), custodian(other, 1))


@pytest.mark.parametrize("index", range(3))
def test_file_opens_with_its_own_phrase_only(founded: Founded, index: int) -> None:
    for other, (_name, phrase) in enumerate(CUSTODIANS):
        if other != index:
            with pytest.raises(WrongPassphrase):
                open_file(founded.files[index], phrase)
    with pytest.raises(WrongPassphrase):
        open_file(founded.files[index], "")


def test_founding_leaves_no_seed_behind(founded: Founded) -> None:
    """What the process hands on holds public keys, wraps and boxes; the seed is in none of it."""
    seed = open_seed(custodian(founded, 0), custodian(founded, 1)).seed
    assert all(seed not in data and seed.hex().encode() not in data for data in founded.files)
    assert seed.hex() not in repr(founded)


def test_phrases_are_stretched_without_the_keeper(
    founded: Founded, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("accounts.keys.derivation.keeper", None)
    assert custodian(founded, 2).index == 2


def test_cost_below_the_floor_is_refused(founded: Founded) -> None:
    cheap = founded.files[0].replace(b'"cost":[1,1024,1]', b'"cost":[1,8,1]')
    assert cheap != founded.files[0]
    with pytest.raises(UnknownFormat):
        open_file(cheap, CUSTODIANS[0][1])


@pytest.mark.django_db(transaction=True)
def test_founding_seals_what_the_coordinator_holds(world: World) -> None:
    founded = founded_by(world)
    assert RecoveryKey.objects.get().custodian_names == [name for name, _phrase in CUSTODIANS]
    wraps = RecoveryWrap.objects.select_related("epoch__ring")
    assert [wrap.epoch.ring_id for wrap in wraps] == [desk(world, "office").pk]
    epoch = live(desk(world, "office"))
    private = open_seed(custodian(founded, 0), custodian(founded, 2))
    seed = unwrap_ring(
        bytes(wraps[0].blob),
        private=private,
        recovery=founded.about.recovery,
        place=RingPlace(epoch.ring_id, epoch.number, world.agencies["office"].pk),
        kid32=bytes(epoch.kid32),
    )
    assert kem.private_from_seed(seed).public == bytes(epoch.kem_public)


@pytest.mark.django_db(transaction=True)
def test_each_holders_next_session_seals_the_rest(world: World) -> None:
    founded_by(world)
    for name in ("idris", "sofia", "noor", "rolf"):
        tend_keys(actor=world.people[name].actor)
    assert not RingEpoch.objects.filter(retired_at=None, recovery_wraps=None).exists()
    before = RecoveryWrap.objects.count()
    tend_keys(actor=world.idris.actor)
    assert RecoveryWrap.objects.count() == before


@pytest.mark.django_db(transaction=True)
def test_new_epochs_are_sealed_at_once(world: World) -> None:
    founded_by(world)
    ring = desk(world, "office")
    Ring.objects.filter(pk=ring.pk).update(stale_since=timezone.now())
    tend_keys(actor=world.anke.actor)
    assert live(ring).number == 2
    assert live(ring).recovery_wraps.exists()


@pytest.mark.django_db(transaction=True)
def test_next_pair_takes_the_place_of_the_last(world: World) -> None:
    first, second = founded_by(world), founded_by(world)
    wraps = RecoveryWrap.objects.filter(epoch__ring=desk(world, "office"))
    assert [wrap.recovery_key_id for wrap in wraps] == [second.about.recovery]
    assert RecoveryKey.objects.get(retired_at=None).pk == second.about.recovery
    with pytest.raises(RecoveryRefused, match="other_recovery"):
        opened_for(first, newcomer(world, "office"))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", ["idris", "maud", "per", "nora"])
def test_only_a_coordinator_founds(world: World, name: str) -> None:
    with pytest.raises(NotAllowed):
        founded_by(world, world.people[name])
    assert not RecoveryKey.objects.exists()
    refused = AccessEvent.objects.get(action=Event.RECOVERY_FOUNDED)
    assert refused.outcome == Outcome.REFUSED


@pytest.mark.django_db(transaction=True)
def test_substituted_recovery_key_is_refused(world: World) -> None:
    """A database writer's own key in its place: nothing is sealed to it, neither new nor old."""
    founded_by(world)
    stranger = kem.private_from_seed(os.urandom(32)).public
    RecoveryKey.objects.update(kem_public=stranger)
    ring = desk(world, "school")
    before = RecoveryWrap.objects.count()
    with pytest.raises(DirectoryForged), transaction.atomic():
        rings.renew_ring(ring, [], by=world.idris.keys, origin=PROGRAM)
    seal_missing_to_recovery(actor=world.idris.actor)
    assert RecoveryWrap.objects.count() == before


@pytest.mark.django_db(transaction=True)
def test_missing_recovery_key_stops_sealing_too(world: World) -> None:
    founded_by(world)
    RecoveryWrap.objects.all().delete()
    RecoveryKey.objects.all().delete()
    with pytest.raises(DirectoryForged), transaction.atomic():
        rings.renew_ring(desk(world, "school"), [], by=world.idris.keys, origin=PROGRAM)


@pytest.mark.django_db(transaction=True)
def test_key_that_nobody_stated_is_no_recipient(world: World) -> None:
    stranger = kem.private_from_seed(os.urandom(32)).public
    RecoveryKey.objects.create(number=1, kem_public=stranger, custodian_names=["a", "b", "c"])
    tend_keys(actor=world.idris.actor)
    assert not RecoveryWrap.objects.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("agency", ["school", "office"])
def test_new_lead_opens_the_lost_desk(world: World, agency: str) -> None:
    """The office too: nobody is left there who could admit anybody."""
    founded = founded_by(world)
    for name in ("idris", "noor"):
        tend_keys(actor=world.people[name].actor)
    lose_desk(world, agency)
    vera = newcomer(world, agency)
    old = live(desk(world, agency))
    with pytest.raises(MissingKey):
        rings.open_ring(old, vera.keys)
    recover(founded, vera, pair=(1, 2))
    new = live(desk(world, agency))
    assert new.number == old.number + 1
    assert rings.open_ring(old, vera.actor.keys).public == bytes(old.kem_public)
    holders = RingWrap.objects.filter(epoch=new).values_list("member_key_id", flat=True)
    assert list(holders) == [vera.keys.id]
    assert new.recovery_wraps.exists()
    vera.membership.refresh_from_db()
    assert vera.membership.admitted_at is not None


@pytest.mark.django_db(transaction=True)
def test_use_is_shown_to_the_agency_and_stands_in_the_log(world: World) -> None:
    founded = founded_by(world)
    tend_keys(actor=world.idris.actor)
    lose_desk(world, "school")
    vera = newcomer(world, "school")
    recover(founded, vera)
    notice = KeyNotice.objects.get(kind=NoticeKind.RECOVERY_USED)
    assert (notice.agency_id, notice.about_id) == (world.agencies["school"].pk, vera.user.pk)
    for event in (Event.RECOVERY_EXPORTED, Event.RECOVERY_IMPORTED, Event.RECOVERY_USED):
        assert AccessEvent.objects.filter(action=event, outcome=Outcome.DONE).count() == 1
    assert recovery_due() is RecoveryDue.RENEW


@pytest.mark.django_db(transaction=True)
def test_result_is_taken_in_once(world: World) -> None:
    founded = founded_by(world)
    tend_keys(actor=world.idris.actor)
    vera = newcomer(world, "school")
    result = recover(founded, vera)
    with pytest.raises(RecoveryRefused, match="other_bundle"):
        import_recovery(origin=PROGRAM, result=result)
    RecoveryGrant.objects.update(taken_at=None)
    take_recovery(actor=vera.actor)
    assert AccessEvent.objects.filter(action=Event.RECOVERY_USED, outcome="done").count() == 1


@pytest.mark.django_db(transaction=True)
def test_other_persons_session_does_not_take_it_in(world: World) -> None:
    founded = founded_by(world)
    tend_keys(actor=world.idris.actor)
    vera = newcomer(world, "school")
    import_recovery(origin=PROGRAM, result=opened_for(founded, vera))
    for name in ("idris", "maud", "anke", "per"):
        tend_keys(actor=world.people[name].actor)
    assert RecoveryGrant.objects.get().taken_at is None
    RecoveryGrant.objects.update(member_key_id=world.henri.keys.id)
    take_recovery(actor=world.henri.actor)
    assert not RecoveryGrant.objects.exists()
    assert not RingWrap.objects.filter(member_key_id=world.henri.keys.id).exists()
    refused = AccessEvent.objects.get(action=Event.RECOVERY_USED)
    assert refused.outcome == Outcome.REFUSED


@pytest.mark.django_db(transaction=True)
def test_grant_waits_for_a_hat_that_begins_later(world: World) -> None:
    founded = founded_by(world)
    tend_keys(actor=world.idris.actor)
    vera = newcomer(world, "school")
    import_recovery(origin=PROGRAM, result=opened_for(founded, vera))
    type(vera.user).objects.filter(pk=vera.user.pk).update(is_active=False)
    take_recovery(actor=vera.actor)
    assert RecoveryGrant.objects.get().taken_at is None
    type(vera.user).objects.filter(pk=vera.user.pk).update(is_active=True)
    take_recovery(actor=vera.actor)
    assert RecoveryGrant.objects.get().taken_at is not None


@pytest.mark.django_db(transaction=True)
def test_desk_that_no_wrap_opens_begins_anew(world: World) -> None:
    """Its holders never came back after the founding: admission is recovered, old things not."""
    founded = founded_by(world)
    lose_desk(world, "police")
    vera = newcomer(world, "police")
    old = live(desk(world, "police"))
    result = recover(founded, vera)
    assert result.rings == ()
    new = live(desk(world, "police"))
    assert rings.open_ring(new, vera.actor.keys).public == bytes(new.kem_public)
    with pytest.raises(MissingKey):
        rings.open_ring(old, vera.actor.keys)


@pytest.mark.django_db(transaction=True)
def test_rehearsal_notes_the_day_and_touches_nothing_else(world: World) -> None:
    founded = founded_by(world)
    before = [list(model.objects.values()) for model in (RecoveryWrap, RecoveryGrant, RingWrap)]
    private = open_seed(custodian(founded, 1), custodian(founded, 2))
    rehearse_recovery(origin=PROGRAM, recovery=founded.about.recovery, private=private)
    assert RecoveryKey.objects.get().rehearsed_at is not None
    after = [list(model.objects.values()) for model in (RecoveryWrap, RecoveryGrant, RingWrap)]
    assert before == after


@pytest.mark.django_db(transaction=True)
def test_rehearsal_of_other_keys_is_refused(world: World, founded: Founded) -> None:
    """Files of another founding, of a retired one, and a row whose key was exchanged."""
    retired, current = founded_by(world), founded_by(world)
    for each in (founded, retired):
        private = open_seed(custodian(each, 0), custodian(each, 1))
        with pytest.raises(RecoveryRefused):
            rehearse_recovery(origin=PROGRAM, recovery=each.about.recovery, private=private)
    RecoveryKey.objects.update(kem_public=founded.about.kem)
    private = open_seed(custodian(current, 0), custodian(current, 1))
    with pytest.raises(RecoveryRefused):
        rehearse_recovery(origin=PROGRAM, recovery=current.about.recovery, private=private)
    assert not RecoveryKey.objects.exclude(rehearsed_at=None).exists()


@pytest.mark.django_db(transaction=True)
def test_reminders_come_to_those_who_can_act(world: World) -> None:
    assert recovery_due() is RecoveryDue.FOUND
    founded_by(world)
    assert recovery_due() is RecoveryDue.REHEARSE_FIRST
    now = timezone.now()
    RecoveryKey.objects.update(rehearsed_at=now)
    assert recovery_due() is None
    RecoveryKey.objects.update(rehearsed_at=now - timedelta(days=184))
    assert recovery_due() is RecoveryDue.REHEARSE
    for role in Role:
        notice = recovery_notice(role)
        assert (notice.due is not None) is (role in {Role.COORDINATOR, Role.PADMIN})
        assert bool(notice.custodians) is (role in {Role.COORDINATOR, Role.AGENCY_LEAD})
