"""Rings: who is let in, what a new epoch opens and closes, bars, and recipients without a key."""

import os
from uuid import UUID

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.errors import DirectoryForged, KeyFault, MissingKey, WrongKey
from accounts.keys import rings
from accounts.keys.kem import private_from_seed
from accounts.keys.wrapping import Purpose, unwrap
from accounts.models import MemberKey, Membership, Ring, RingEpoch, RingWrap
from accounts.models.rings import RingKind
from accounts.roles import Role
from accounts.services.leaving import end_membership
from accounts.services.people import NewHat, admit_member, create_member
from accounts.services.tending import tend_keys
from casework.models import Item, Share
from tests.decrypting import opened_items
from tests.referrals import case_of, send
from tests.world import PROGRAM, Person, World

pytestmark = pytest.mark.django_db(transaction=True)


def desk(world: World, agency: str = "office") -> Ring:
    return Ring.objects.get(agency=world.agencies[agency], kind=RingKind.DESK)


def live(ring: Ring) -> RingEpoch:
    return RingEpoch.objects.get(ring=ring, retired_at=None)


def items_of(referral_id: UUID) -> set[UUID]:
    return set(Item.objects.filter(case_id=case_of(referral_id)).values_list("pk", flat=True))


def opens(person: Person, referral_id: UUID) -> set[UUID]:
    """The items of a referral that this person's keys open."""
    return set(opened_items(person.keys)) & items_of(referral_id)


def leave(world: World) -> None:
    """Noor is no longer Anke's deputy."""
    end_membership(origin=PROGRAM, membership=world.deputy_hat, reason="left")


def second_hat(world: World, person: Person, agency: str, role: Role) -> Membership:
    hat = NewHat(world.agencies[agency], role, timezone.localdate())
    return create_member(origin=PROGRAM, email=person.email, name=person.name, hat=hat)


def test_holders_open_the_ring_and_nobody_else(world: World) -> None:
    epoch = live(desk(world))
    seeds = {rings.open_ring(epoch, getattr(world, name).keys).seed for name in ("anke", "noor")}
    assert len(seeds) == 1
    for name in set(world.people) - {"anke", "noor"}:
        with pytest.raises(MissingKey):
            rings.open_ring(epoch, getattr(world, name).keys)


def test_desks_do_not_open_one_another(world: World) -> None:
    with pytest.raises(MissingKey):
        rings.open_ring(live(desk(world, "school")), world.sofia.keys)
    with pytest.raises(MissingKey):
        rings.open_ring(live(desk(world, "youth")), world.anke.keys)


def test_wrap_of_one_holder_is_no_use_to_another(world: World) -> None:
    epoch = live(desk(world))
    row = RingWrap.objects.get(epoch=epoch, member_key_id=world.anke.keys.id)
    with pytest.raises(WrongKey):
        rings.open_wrapped_ring(epoch, bytes(row.blob), world.rolf.keys)
    RingWrap.objects.filter(pk=row.pk).update(member_key_id=world.rolf.keys.id)
    with pytest.raises(WrongKey):
        rings.open_ring(epoch, world.rolf.keys)


def test_wrap_of_one_epoch_is_none_of_another(world: World) -> None:
    first = live(desk(world))
    blob = bytes(RingWrap.objects.get(epoch=first, member_key_id=world.anke.keys.id).blob)
    leave(world)
    tend_keys(actor=world.anke.actor)
    second = live(desk(world))
    with pytest.raises(WrongKey):
        rings.open_wrapped_ring(second, blob, world.anke.keys)
    second.kid32 = first.kid32
    with pytest.raises(WrongKey):
        rings.open_wrapped_ring(second, blob, world.anke.keys)


def test_seed_that_is_not_the_stated_keys_is_noticed(world: World) -> None:
    epoch = live(desk(world))
    epoch.kem_public = private_from_seed(os.urandom(32)).public
    with pytest.raises(DirectoryForged):
        rings.open_ring(epoch, world.anke.keys)


def test_somebody_whom_nobody_admitted_gets_no_wrap(world: World) -> None:
    key = MemberKey.objects.get(user=world.henri.user)
    with pytest.raises(DirectoryForged), transaction.atomic():
        rings.admit_holder(live(desk(world)), key, by=world.anke.keys, origin=PROGRAM)
    assert not RingWrap.objects.filter(member_key=key).exists()


def test_admitted_to_one_agency_is_not_admitted_to_another(world: World) -> None:
    key = MemberKey.objects.get(user=world.rolf.user)
    with pytest.raises(DirectoryForged), transaction.atomic():
        rings.admit_holder(live(desk(world)), key, by=world.anke.keys, origin=PROGRAM)


def test_somebody_who_does_not_hold_the_ring_lets_nobody_in(world: World) -> None:
    key = MemberKey.objects.get(user=world.noor.user)
    with pytest.raises(MissingKey), transaction.atomic():
        rings.admit_holder(live(desk(world)), key, by=world.rolf.keys, origin=PROGRAM)


def test_newly_admitted_deputy_opens_what_came_before(world: World) -> None:
    referral_id = send(world)
    hat = second_hat(world, world.lena, "office", Role.COORDINATOR)
    assert opens(world.lena, referral_id) == set()
    admit_member(actor=world.anke.actor, membership=hat)
    assert opens(world.lena, referral_id) == items_of(referral_id)


def test_new_epoch_opens_old_things_for_those_who_stay(world: World) -> None:
    referral_id = send(world)
    before = opens(world.anke, referral_id)
    assert before == items_of(referral_id) == opens(world.noor, referral_id)
    first = live(desk(world))
    leave(world)
    tend_keys(actor=world.anke.actor)
    second = live(desk(world))
    assert (second.number, desk(world).stale_since) == (2, None)
    RingWrap.objects.filter(epoch=first).delete()
    assert rings.open_ring(first, world.anke.keys).public == bytes(first.kem_public)
    assert opens(world.anke, referral_id) == before


def test_leaver_loses_every_wrap_at_once(world: World) -> None:
    referral_id = send(world)
    leave(world)
    assert not RingWrap.objects.filter(
        member_key_id=world.noor.keys.id, epoch__ring=desk(world)
    ).exists()
    assert desk(world).stale_since is not None
    assert opens(world.noor, referral_id) == set()


def test_leaver_who_kept_the_old_seed_opens_nothing_new(world: World) -> None:
    """One direction only: the new key opens the old one, never the other way round."""
    first = live(desk(world))
    kept = rings.open_ring(first, world.noor.keys)
    leave(world)
    tend_keys(actor=world.anke.actor)
    second = live(desk(world))
    referral_id = send(world)
    shares = Share.objects.filter(item__case_id=case_of(referral_id), ring_epoch=second)
    assert shares.exists()
    for share in shares:
        version = share.item.versions.get()
        for recipient_id in (first.pk, second.pk):
            with pytest.raises(KeyFault):
                unwrap(
                    bytes(share.blob),
                    private=kept,
                    recipient_id=recipient_id,
                    purpose=Purpose.ITEM,
                    context=share.item_id.bytes,
                    kid32=bytes(version.kid32),
                )


def test_several_epochs_open_in_a_row(world: World) -> None:
    oldest = live(desk(world))
    for _ in range(3):
        Ring.objects.filter(pk=desk(world).pk).update(stale_since=timezone.now())
        tend_keys(actor=world.anke.actor)
    assert live(desk(world)).number == 4
    RingWrap.objects.filter(epoch__number__lt=4).delete()
    assert rings.open_ring(oldest, world.anke.keys).public == bytes(oldest.kem_public)
    assert rings.open_ring(oldest, world.noor.keys).public == bytes(oldest.kem_public)


def test_predecessor_of_another_ring_does_not_open(world: World) -> None:
    first = live(desk(world))
    leave(world)
    tend_keys(actor=world.anke.actor)
    second = live(desk(world))
    school = live(desk(world, "school"))
    RingWrap.objects.filter(epoch=first).delete()
    RingEpoch.objects.filter(pk=first.pk).update(kid32=bytes(school.kid32))
    first.refresh_from_db()
    with pytest.raises(WrongKey):
        rings.open_ring(first, world.anke.keys)
    RingEpoch.objects.filter(pk=second.pk).update(previous_blob=os.urandom(1204))
    with pytest.raises(KeyFault):
        rings.open_ring(first, world.anke.keys)
