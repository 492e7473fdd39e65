"""The directory in the database: whoever rewrites a row there cannot get anything sealed to it."""

import os
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.db import transaction

from accounts.errors import DirectoryForged, KeyFault, NotAllowed
from accounts.keys import directory, kem, member
from accounts.keys.statements import StatementKind, make_statement
from accounts.models import (
    DirectoryStatement,
    MemberKey,
    Membership,
    Ring,
    RingEpoch,
    RingWrap,
)
from accounts.models.rings import RingKind
from accounts.roles import Role
from accounts.services.leaving import end_membership
from accounts.services.partnerships import member_fields
from accounts.services.people import admit_member
from accounts.services.tending import tend_keys
from audit.models import AccessEvent
from casework.models import Case, Draft
from tests.canary import find_marker, here, new_marker
from tests.referrals import send
from tests.world import PROGRAM, World

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world(world: World) -> World:
    """The partnership, before a process that has verified nothing of it yet."""
    directory._verified.clear()
    return world


def strangers_key() -> bytes:
    """The public key of somebody who writes the database."""
    return kem.private_from_seed(os.urandom(32)).public


def desk_epoch(world: World) -> RingEpoch:
    return RingEpoch.objects.get(ring__agency=world.agencies["office"], retired_at=None)


def act_stops(world: World, *, barred: tuple[str, ...] = ()) -> None:
    """Sending stops with DirectoryForged; of the case nothing is stored, the draft stays sealed."""
    marker = new_marker()
    with pytest.raises(DirectoryForged):
        send(world, barred=barred, answers={"given_names": marker, "what_happened": marker})
    for model in apps.get_app_config("casework").get_models():
        assert model is Draft or not model._default_manager.exists(), model
    assert Draft.objects.count() == 1
    assert find_marker(marker, here()) == []


def test_sealing_to_a_substituted_desk_key_stops(world: World) -> None:
    RingEpoch.objects.filter(pk=desk_epoch(world).pk).update(kem_public=strangers_key())
    act_stops(world)


def test_sealing_to_a_substituted_person_stops(world: World) -> None:
    """Noor is barred, so the desk's others are named one by one: Anke by her own key only."""
    MemberKey.objects.filter(user=world.anke.user).update(kem_public=strangers_key())
    act_stops(world, barred=("noor",))


def test_key_that_changed_its_owner_stops(world: World) -> None:
    """Rolf's key is stated and verified, but as Rolf's: it must not pass for Anke's."""
    rolf, anke = world.rolf.user, world.anke.user
    MemberKey.objects.filter(user=anke).update(retired_at=world.maud.user.created_at)
    MemberKey.objects.filter(user=rolf).update(user=anke)
    act_stops(world, barred=("noor",))


def test_second_key_that_a_stranger_stated_for_a_person_stops(world: World) -> None:
    """A consistent statement, signed by the key it is about: anybody could write one."""
    forged = member.generate(world.anke.user.pk, directory.newest_pin())
    last = DirectoryStatement.objects.order_by("-seq").first()
    assert last is not None
    fields = member_fields(forged)
    with pytest.raises(DirectoryForged), transaction.atomic():
        directory.append(StatementKind.MEMBER_KEY, forged.id, fields, by=forged, origin=PROGRAM)
    statement = make_statement(
        StatementKind.MEMBER_KEY,
        fields,
        seq=last.seq + 1,
        previous=bytes(last.digest),
        signer=forged.id.hex,
        sign_seed=forged.sign_seed,
    )
    DirectoryStatement.objects.create(
        seq=last.seq + 1,
        kind=StatementKind.MEMBER_KEY.value,
        subject_id=forged.id,
        body=statement.body,
        signature=statement.signature,
        digest=statement.digest,
    )
    with pytest.raises(DirectoryForged):
        send(world, barred=("noor",))
    assert not Case.objects.exists()


@pytest.mark.parametrize("stated", ["key", "ring", "owner"])
def test_ring_or_key_that_nobody_stated_stops(world: World, stated: str) -> None:
    """A whole new ring, with everything but a statement."""
    epoch = desk_epoch(world)
    if stated == "key":
        RingEpoch.objects.filter(pk=epoch.pk).update(
            kem_public=RingEpoch.objects.exclude(pk=epoch.pk).values("kem_public")[:1]
        )
    elif stated == "ring":
        RingWrap.objects.filter(epoch=epoch).update(
            epoch=_copy_of(epoch, id=uuid.uuid4(), number=2, kem_public=strangers_key())
        )
    else:
        other = RingEpoch.objects.filter(ring__agency=world.agencies["police"]).get()
        Ring.objects.filter(pk=epoch.ring_id).update(kind="TEAM", case_id=uuid.uuid4())
        Ring.objects.filter(pk=other.ring_id).update(agency=world.agencies["office"])
        RingWrap.objects.filter(epoch=other).delete()
        RingWrap.objects.filter(epoch=epoch).update(epoch=other)
    act_stops(world)


def _copy_of(epoch: RingEpoch, **changes: Any) -> RingEpoch:
    RingEpoch.objects.filter(pk=epoch.pk).update(retired_at=epoch.created_at)
    fields = {"ring": epoch.ring, "kid32": bytes(32), "retired_at": None, **changes}
    return RingEpoch.objects.create(**fields)


def test_epoch_that_was_replaced_is_not_sealed_to_again(world: World) -> None:
    """Noor left and keeps what she had; a database turned back must not bring her new things."""
    first = desk_epoch(world)
    end_membership(origin=PROGRAM, membership=world.deputy_hat, reason="left")
    tend_keys(actor=world.anke.actor)
    second = desk_epoch(world)
    assert second.pk != first.pk
    RingWrap.objects.filter(epoch=second).delete()
    RingEpoch.objects.filter(pk=second.pk).update(retired_at=second.created_at)
    RingEpoch.objects.filter(pk=first.pk).update(retired_at=None)
    act_stops(world)


def test_team_ring_does_not_pass_for_the_desk(world: World) -> None:
    """Every ring of an agency is stated with what it is for."""
    epoch = desk_epoch(world)
    Ring.objects.filter(pk=epoch.ring_id).update(kind=RingKind.TEAM, case_id=uuid.uuid4())
    epoch.refresh_from_db()
    with pytest.raises(DirectoryForged):
        directory.require_epoch(epoch, world.agencies["office"].pk, pin=world.maud.keys.pin)


def rewrite_body(world: World, place: int) -> None:
    """Another word in a statement that is already there."""
    row = DirectoryStatement.objects.get(seq=place)
    body = bytes(row.body).replace(world.agencies["school"].id.hex.encode(), b"0" * 32)
    changed = body if body != bytes(row.body) else bytes(row.body).replace(b'"seq"', b'"sEq"')
    DirectoryStatement.objects.filter(seq=place).update(body=changed)


@pytest.mark.parametrize("place", ["first", "middle", "last"])
def test_rewritten_statement_is_noticed_by_a_new_process(world: World, place: str) -> None:
    last = DirectoryStatement.objects.count()
    rewrite_body(world, {"first": 1, "middle": last // 2, "last": last}[place])
    with pytest.raises(DirectoryForged):
        directory.verified(world.maud.keys.pin)


@pytest.mark.usefixtures("world")
def test_truncated_directory_is_noticed_by_whoever_saw_more() -> None:
    pin = directory.newest_pin()
    DirectoryStatement.objects.filter(seq__gt=pin.seq - 1).delete()
    directory._verified.clear()
    assert directory.newest_pin().seq == pin.seq - 1, "to a newcomer it looks whole"
    with pytest.raises(DirectoryForged):
        directory.verified(pin)


def another_directory() -> None:
    """The tables hold another partnership's directory, whole and well signed, and longer."""
    mine = list(DirectoryStatement.objects.values_list("pk", flat=True))
    rows = _rows_of_another_world()
    DirectoryStatement.objects.filter(pk__in=mine).delete()
    DirectoryStatement.objects.bulk_create(rows)


def _rows_of_another_world() -> list[DirectoryStatement]:
    """A second founder's statements, built in a transaction that leaves nothing behind."""
    with transaction.atomic():
        for model in (RingWrap, RingEpoch, Ring, DirectoryStatement):
            model._default_manager.all().delete()
        keys = member.generate(uuid.uuid4(), directory.newest_pin())
        fields = {**member_fields(keys), "partnership": "0" * 32, "agency": "0" * 32}
        directory.append(StatementKind.FOUNDING, keys.id, fields, by=keys, origin=PROGRAM)
        for _ in range(40):
            eve = member.generate(uuid.uuid4(), keys.pin)
            directory.append(
                StatementKind.MEMBER_KEY, eve.id, member_fields(eve), by=eve, origin=PROGRAM
            )
        rows = list(DirectoryStatement.objects.order_by("seq"))
        transaction.set_rollback(True)
    return rows


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize("process", ["new", "running"])
def test_a_directory_of_ones_own_does_not_pass(process: str) -> None:
    pin = directory.newest_pin()
    another_directory()
    if process == "new":
        directory._verified.clear()
    with pytest.raises(DirectoryForged):
        directory.verified(pin)


@pytest.mark.usefixtures("world")
def test_what_a_process_knows_does_not_hide_a_rewrite() -> None:
    """This process verified a shorter directory; the person saw a longer one elsewhere."""
    newer = directory.newest_pin()
    rows = list(DirectoryStatement.objects.filter(seq=newer.seq))
    DirectoryStatement.objects.filter(seq=newer.seq).delete()
    directory._verified.clear()
    shorter = directory.newest_pin()
    assert directory.verified(shorter).seq == shorter.seq
    with pytest.raises(DirectoryForged):
        directory.verified(newer)
    DirectoryStatement.objects.bulk_create(rows)
    assert directory.verified(newer).seq == newer.seq


@pytest.mark.usefixtures("world")
def test_pin_between_two_ends_is_compared_too() -> None:
    """Same founding, same length, but not what this person saw at their place."""
    pin = directory.newest_pin()
    directory.verified(pin)
    wrong = member.Pin(pin.founding, pin.seq - 3, pin.head)
    with pytest.raises(DirectoryForged):
        directory.verified(wrong)


@pytest.mark.usefixtures("world")
def test_pin_of_another_founding_is_refused_whatever_else_it_says() -> None:
    pin = directory.newest_pin()
    with pytest.raises(DirectoryForged):
        directory.verified(member.Pin(bytes(32), pin.seq, pin.head))


@pytest.mark.usefixtures("world")
def test_pin_of_nothing_is_not_proof_of_anything() -> None:
    with pytest.raises(DirectoryForged):
        directory.verified(member.Pin(bytes(32), 0, bytes(32)))


@pytest.mark.usefixtures("world")
def test_rolled_back_statement_is_not_believed() -> None:
    """A process that saw a statement which never came to be must unlearn it."""
    eve = member.generate(uuid.uuid4(), directory.newest_pin())
    seq = directory.newest_pin().seq
    with transaction.atomic():
        fields = member_fields(eve)
        directory.append(StatementKind.MEMBER_KEY, eve.id, fields, by=eve, origin=PROGRAM)
        assert eve.id.hex in directory._verified["now"].members
        transaction.set_rollback(True)
    assert directory.newest_pin().seq == seq
    assert eve.id.hex not in directory.verified(directory.newest_pin()).members


def test_statement_nobody_would_believe_is_not_stored(world: World) -> None:
    """A lead whom nobody let in yet lets somebody in: stored, it would lock everybody out."""
    before = DirectoryStatement.objects.count()
    hat = Membership.objects.create(
        user=world.henri.user,
        agency=world.agencies["school"],
        role=Role.AGENCY_LEAD,
        starts_on=world.henri.membership.starts_on,
    )
    with pytest.raises(NotAllowed):
        admit_member(actor=world.henri.acting(hat), membership=world.maud.membership)
    assert DirectoryStatement.objects.count() == before
    assert directory.newest_pin().seq == before


def test_lead_who_is_let_in_by_the_database_alone_states_nothing(world: World) -> None:
    """The column says admitted, no statement does: what this lead signs nobody would believe."""
    before = DirectoryStatement.objects.count()
    hat = Membership.objects.create(
        user=world.henri.user,
        agency=world.agencies["school"],
        role=Role.AGENCY_LEAD,
        starts_on=world.henri.membership.starts_on,
        admitted_at=world.henri.user.created_at,
    )
    with pytest.raises(DirectoryForged):
        admit_member(actor=world.henri.acting(hat), membership=world.maud.membership)
    assert DirectoryStatement.objects.count() == before
    assert directory.newest_pin().seq == before


@pytest.mark.usefixtures("world")
def test_statement_goes_into_the_log_with_its_digest() -> None:
    rows = DirectoryStatement.objects.order_by("seq")
    logged = AccessEvent.objects.filter(action="statement.added").order_by("at")
    assert [bytes(row.digest) for row in rows] == [
        bytes(event.detail_digest or b"") for event in logged
    ]


def test_admitting_a_substituted_key_is_refused(world: World) -> None:
    """Else the coordinator's own signature would say that the stranger's key is Maud's."""
    before = DirectoryStatement.objects.count()
    MemberKey.objects.filter(user=world.henri.user).update(kem_public=strangers_key())
    with pytest.raises(KeyFault):
        admit_member(actor=world.anke.actor, membership=world.henri.membership)
    assert DirectoryStatement.objects.count() == before
    assert not Membership.objects.filter(
        pk=world.henri.membership.pk, admitted_at__isnull=False
    ).exists()


CHANGES: list[Callable[[World], object]] = [
    lambda world: RingEpoch.objects.filter(pk=desk_epoch(world).pk).update(kem_public=b""),
    lambda world: RingEpoch.objects.filter(pk=desk_epoch(world).pk).update(
        kem_public=strangers_key()[:-1]
    ),
    lambda _world: DirectoryStatement.objects.all().delete(),
    lambda _world: DirectoryStatement.objects.filter(seq=1).delete(),
    lambda _world: DirectoryStatement.objects.update(signature=bytes(64)),
    lambda _world: DirectoryStatement.objects.update(body=b"{}"),
]


@pytest.mark.parametrize("number", range(len(CHANGES)))
def test_broken_rows_stop_the_act(world: World, number: int) -> None:
    actor_pin = world.maud.actor  # pinned while all was well
    assert actor_pin.keys.pin.seq
    CHANGES[number](world)
    directory._verified.clear()
    with pytest.raises(DirectoryForged):
        send(world)
    assert not Case.objects.exists()


def test_everybody_has_keys_of_their_own(world: World) -> None:
    """The cast's keys are real and distinct: a key sealed to the wrong one is noticed."""
    publics = [bytes(row.kem_public) for row in MemberKey.objects.all()]
    assert len(set(publics)) == len(publics) == len(world.people)
