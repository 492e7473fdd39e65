"""To whom things are sealed: bars, departures, stale rings, and recipients without a key."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.apps import apps
from django.utils import timezone

from accounts.errors import MissingKey
from accounts.keys import rings
from accounts.models import MemberKey, Membership, Ring, RingEpoch, RingWrap
from accounts.models.rings import RingKind
from accounts.queries import live_desk_epoch
from accounts.roles import Role
from accounts.services.leaving import deactivate_person, end_membership
from accounts.services.people import NewHat, admit_member, create_member
from accounts.services.tending import tend_keys
from casework.choices import Compartment, Mark
from casework.errors import NobodyCanRead, NoCustodian
from casework.models import Case, Draft, Item, Referral, Share
from casework.services.follow_up import add_since, write_message
from casework.services.take_in import acknowledge
from tests.canary import find_marker, here, new_marker
from tests.decrypting import opened_items
from tests.referrals import ask_sofia, case_of, send
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


def test_stale_ring_gets_nothing_new(world: World) -> None:
    """Between the departure and the next session of who stays, things go to them by name."""
    leave(world)
    assert live_desk_epoch(world.agencies["office"].pk) is None
    referral_id = send(world)
    shares = Share.objects.filter(item__case_id=case_of(referral_id))
    assert {share.ring_id for share in shares} == {None}
    assert opens(world.anke, referral_id) == items_of(referral_id)
    assert opens(world.noor, referral_id) == set()


def test_holder_whose_day_has_come_gets_nothing_new(world: World) -> None:
    """The hat ended at midnight; nobody was awake to take the wrap, so the ring is passed by."""
    hat = world.deputy_hat
    yesterday = timezone.localdate() - timedelta(days=1)
    Membership.objects.filter(pk=hat.pk).update(starts_on=yesterday, ends_on=yesterday)
    assert RingWrap.objects.filter(member_key_id=world.noor.keys.id).exists()
    referral_id = send(world)
    assert opens(world.noor, referral_id) == set()
    assert opens(world.anke, referral_id) == items_of(referral_id)


def test_suspended_holder_gets_nothing_new(world: World) -> None:
    deactivate_person(origin=PROGRAM, user=world.noor.user)
    assert not RingWrap.objects.filter(member_key_id=world.noor.keys.id).exists()
    referral_id = send(world)
    assert opens(world.noor, referral_id) == set()


def test_desk_renews_with_each_person_once(world: World) -> None:
    """Somebody with two desk roles in one agency is one holder."""
    hat = second_hat(world, world.anke, "office", Role.AGENCY_LEAD)
    admit_member(actor=world.noor.acting(world.deputy_hat), membership=hat)
    Ring.objects.filter(pk=desk(world).pk).update(stale_since=timezone.now())
    tend_keys(actor=world.anke.actor)
    assert RingWrap.objects.filter(epoch=live(desk(world))).count() == 2


@pytest.mark.parametrize("name", ["noor", "anke"])
def test_barred_holder_has_no_key_from_the_first_sealing(world: World, name: str) -> None:
    other = {"noor": "anke", "anke": "noor"}[name]
    referral_id = send(world, barred=(name,))
    shares = Share.objects.filter(item__case_id=case_of(referral_id))
    assert {share.ring_id for share in shares} == {None}
    assert opens(world.people[name], referral_id) == set()
    assert opens(world.people[other], referral_id) == items_of(referral_id)


def test_barred_holder_whose_hat_has_ended_has_no_key_either(world: World) -> None:
    """The bar looks at who holds the ring, not only at whose hat still runs."""
    yesterday = timezone.localdate() - timedelta(days=1)
    hat = Membership.objects.filter(pk=world.deputy_hat.pk)
    hat.update(starts_on=yesterday, ends_on=yesterday)
    referral_id = send(world, barred=("noor",))
    assert opens(world.noor, referral_id) == set()


def test_barred_lead_does_not_get_the_check(world: World) -> None:
    with pytest.raises(NobodyCanRead):
        send(world, through_lead=True, barred=("idris",))
    referral_id = send(world, barred=("idris",))
    assert opens(world.idris, referral_id) == set()


def test_bar_outlives_the_acknowledgement(world: World) -> None:
    referral_id = send(world, barred=("noor",))
    acknowledge(actor=world.anke.actor, referral_id=referral_id)
    write_message(actor=world.maud.actor, referral_id=referral_id, text="more")
    assert opens(world.noor, referral_id) == set()
    assert opens(world.anke, referral_id) == items_of(referral_id)


def nothing_stored(marker: str) -> None:
    """No row of a case, and the word nowhere: only the sealed draft is left."""
    for model in apps.get_app_config("casework").get_models():
        assert model is Draft or not model._default_manager.exists(), model
    assert Draft.objects.count() == 1
    assert find_marker(marker, here()) == []


def test_everybody_barred_stops_the_act(world: World) -> None:
    marker = new_marker()
    with pytest.raises(NobodyCanRead):
        send(world, barred=("anke", "noor"), answers={"what_happened": marker})
    nothing_stored(marker)


def test_recipient_without_a_key_stops_the_act(world: World) -> None:
    """Noor is barred and Anke's key is retired: there is nobody to seal to."""
    marker = new_marker()
    MemberKey.objects.filter(user=world.anke.user).update(retired_at=timezone.now())
    with pytest.raises(MissingKey) as caught:
        send(world, barred=("noor",), answers={"what_happened": marker})
    assert caught.value.recipient == "Anke Vos"
    nothing_stored(marker)


def test_custodian_who_never_joined_stops_the_act(world: World) -> None:
    marker = new_marker()
    hat = NewHat(world.agencies["city"], Role.CHAIR, timezone.localdate())
    custodian = create_member(origin=PROGRAM, email="new@test.example", name="Not Yet", hat=hat)
    world.partnership.protected_place_custodians.add(custodian)
    answers = {"what_happened": marker, "protected_address": marker}
    with pytest.raises(MissingKey):
        send(world, answers=answers)
    nothing_stored(marker)


def test_protected_place_without_custodians_stops_the_act(world: World) -> None:
    marker = new_marker()
    with pytest.raises(NoCustodian):
        send(world, answers={"what_happened": marker, "protected_address": marker})
    world.partnership.protected_place_custodians.add(world.rolf.membership)
    Draft.objects.all().delete()
    with pytest.raises(NoCustodian):
        send(world, barred=("rolf",), answers={"protected_address": marker, "given_names": "T"})
    nothing_stored(marker)


def test_protected_place_opens_for_custodian_and_author_alone(world: World) -> None:
    world.partnership.protected_place_custodians.add(world.rolf.membership)
    referral_id = send(world, answers={"given_names": "Teo", "protected_address": "7 Rue X"})
    place = {Item.objects.get(compartment=Compartment.C10).pk}
    holders = {name for name, each in world.people.items() if place & opens(each, referral_id)}
    assert holders == {"rolf", "maud"}
    assert opens(world.rolf, referral_id) == place
    acknowledge(actor=world.anke.actor, referral_id=referral_id)
    holders = {name for name, each in world.people.items() if place & opens(each, referral_id)}
    assert holders == {"rolf", "maud"}


def test_acknowledging_drops_the_desks_wraps(world: World) -> None:
    """From then on the team holds the keys; a deputy who comes later has none by the desk."""
    referral_id = send(world)
    acknowledge(actor=world.anke.actor, referral_id=referral_id)
    assert not Share.objects.filter(ring=desk(world)).exists()
    team = Ring.objects.get(kind=RingKind.TEAM)
    assert team.case_id == case_of(referral_id)
    hat = second_hat(world, world.lena, "office", Role.COORDINATOR)
    admit_member(actor=world.anke.actor, membership=hat)
    assert opens(world.lena, referral_id) == set()


def test_source_is_sealed_by_name_once_acknowledged(world: World) -> None:
    referral_id = send(world)
    acknowledge(actor=world.anke.actor, referral_id=referral_id)
    source = Share.objects.filter(item__compartment=Compartment.C11)
    assert {share.ring_id for share in source} == {None}
    assert {share.member_key_id for share in source} == {
        each.keys.id for each in (world.anke, world.noor, world.maud)
    }


def test_somebody_whose_hat_ended_is_not_taken_into_the_team(world: World) -> None:
    """Noor's case role is still in the table; her hat is not, so she gets neither ring nor name."""
    referral_id = send(world)
    leave(world)
    acknowledge(actor=world.anke.actor, referral_id=referral_id)
    assert opens(world.noor, referral_id) == set()
    assert not RingWrap.objects.filter(
        member_key_id=world.noor.keys.id, epoch__ring__agency=world.agencies["office"]
    ).exists()
    assert opens(world.anke, referral_id) == items_of(referral_id)


def test_later_texts_do_not_go_to_whoever_left(world: World) -> None:
    """The team's ring waits for a new epoch, so what comes meanwhile goes to the others by name."""
    referral_id = send(world)
    acknowledge(actor=world.anke.actor, referral_id=referral_id)
    kept = rings.open_ring(live(Ring.objects.get(kind=RingKind.TEAM)), world.noor.keys)
    before = items_of(referral_id)
    leave(world)
    actor = world.maud.actor
    add_since(actor=actor, referral_id=referral_id, text="since then", mark=Mark.FACT)
    write_message(actor=actor, referral_id=referral_id, text="and this")
    new = items_of(referral_id) - before
    assert len(new) == 2
    assert opens(world.noor, referral_id) & new == set()
    assert new <= opens(world.anke, referral_id)
    for share in Share.objects.filter(item__in=new):
        assert share.ring_epoch is None or bytes(share.ring_epoch.kem_public) != kept.public


def test_later_texts_do_not_go_to_a_screener_who_left(world: World) -> None:
    referral_id = send(world)
    acknowledge(actor=world.anke.actor, referral_id=referral_id)
    ask_sofia(world, referral_id)
    before = items_of(referral_id)
    end_membership(origin=PROGRAM, membership=world.sofia.membership, reason="left")
    add_since(actor=world.maud.actor, referral_id=referral_id, text="since then", mark=Mark.FACT)
    assert opens(world.sofia, referral_id) & (items_of(referral_id) - before) == set()


def test_later_text_that_nobody_would_read_is_refused(world: World) -> None:
    """A referral with a name only has no concern whose readers a new text could follow."""
    referral_id = send(world, answers={"given_names": "Teo"})
    with pytest.raises(NobodyCanRead):
        add_since(
            actor=world.maud.actor, referral_id=referral_id, text="since then", mark=Mark.FACT
        )
    assert not Item.objects.filter(kind="addition").exists()


def test_desk_that_typed_a_referral_itself_can_take_it_in(world: World) -> None:
    """Taken by telephone: the author is at the desk, so one person is a reader for two reasons."""
    referral_id = send(world, author=world.anke)
    acknowledge(actor=world.anke.actor, referral_id=referral_id)
    assert opens(world.anke, referral_id) == items_of(referral_id)
    assert opens(world.noor, referral_id) == items_of(referral_id)


def test_ring_is_made_for_a_case_once(world: World) -> None:
    referral_id = send(world)
    acknowledge(actor=world.anke.actor, referral_id=referral_id)
    assert Ring.objects.filter(kind=RingKind.TEAM).count() == 1
    assert Referral.objects.get(pk=referral_id).verified_by == world.anke.keys.id
    assert Case.objects.count() == 1
