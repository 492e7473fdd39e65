"""Who may end what; what is recorded; what happens at midnight, twice, and at the same moment."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.errors import LinkInvalid, NotAllowed
from accounts.keys import directory
from accounts.models import DirectoryStatement, JoinLink, Membership, Ring, RingEpoch, RingWrap
from accounts.models.rings import RingKind
from accounts.queries import live_key
from accounts.roles import Role
from accounts.services.factors import reset_factor
from accounts.services.leaving import deactivate_person, end_membership, retire_key
from accounts.services.notices import home_notices
from accounts.services.people import NewHat, admit_member, create_member, invite, join
from accounts.services.planning import set_last_day
from accounts.services.tending import renew, tend_keys
from audit.events import Event, Outcome
from audit.models import AccessEvent
from casework.choices import Compartment, DraftKind
from casework.errors import AccessDenied, NoCustodian
from casework.models import Draft, Item, Share
from casework.services.check_referral import send_past_lead
from casework.services.follow_up import withdraw
from casework.services.keep_draft import begin_draft
from casework.services.leaving import (
    _drop_keys_by_name as drop_keys_by_name,
)
from casework.services.leaving import (
    end_hat,
    end_lapsed_hats,
    end_suspension,
    replace_lost_key,
    suspend,
)
from casework.services.people import admit
from casework.services.send_again import send_again, waiting_for_key
from casework.services.show_agency import show_agency
from casework.services.show_people import show_managed, show_people
from casework.services.take_in import acknowledge
from tests.decrypting import file_keys
from tests.leaving import lose, rejoin, waiting_hats
from tests.old_keys import with_keys
from tests.referrals import ANSWERS, ask_sofia, send
from tests.together import Meanwhile, at_once
from tests.world import PHRASE, PROGRAM, Person, World

pytestmark = pytest.mark.django_db(transaction=True)


def refusals(event: Event) -> list[UUID | None]:
    rows = AccessEvent.objects.filter(action=event.value, outcome=Outcome.REFUSED)
    return list(rows.values_list("object_ref", flat=True))


def office(world: World) -> Ring:
    return Ring.objects.get(agency=world.agencies["office"], kind=RingKind.DESK)


def yesterday(hat: Membership) -> None:
    """The hat's last day was yesterday; nobody has done anything about it yet."""
    day = timezone.localdate() - timedelta(days=1)
    Membership.objects.filter(pk=hat.pk).update(starts_on=day, ends_on=day)


def opens(person: Person) -> set[UUID]:
    return with_keys(person.keys).opens()


@pytest.mark.parametrize("who", ["idris", "maud", "nora", "rolf", "henri", "sofia"])
def test_ending_a_hat_without_the_right_is_refused_and_recorded(world: World, who: str) -> None:
    """A lead of another agency, a colleague, an auditor, oneself."""
    for hat in (world.sofia.membership, world.deputy_hat):
        with pytest.raises(AccessDenied):
            end_hat(actor=world.people[who].actor, membership_id=hat.pk)
    assert refusals(Event.MEMBERSHIP_ENDED) == [world.sofia.membership.pk, world.deputy_hat.pk]
    assert not Membership.objects.exclude(ended_at=None).exists()


@pytest.mark.parametrize("who", ["idris", "maud", "nora", "sofia"])
def test_suspending_without_the_right_is_refused_and_recorded(world: World, who: str) -> None:
    """Noor leads the family service and is a deputy: a lead of one of them does not suffice."""
    actor = world.people[who].actor
    for act in (suspend, end_suspension):
        for person in (world.noor, world.sofia):
            with pytest.raises(AccessDenied):
                act(actor=actor, user_id=person.user.pk)
    assert len(refusals(Event.MEMBER_DEACTIVATED)) == len(refusals(Event.MEMBER_REACTIVATED)) == 2
    world.sofia.user.refresh_from_db()
    assert world.sofia.user.is_active


@pytest.mark.parametrize("who", ["rolf", "maud", "per", "nora", "idris", "sofia"])
def test_replacing_a_key_without_the_right_is_refused_and_recorded(world: World, who: str) -> None:
    """An administrator neither: whoever takes keys back must be able to let in again."""
    for person in (world.sofia, world.noor):
        with pytest.raises(AccessDenied):
            replace_lost_key(actor=world.people[who].actor, user_id=person.user.pk)
        assert live_key(person.user.pk) is not None
    assert refusals(Event.KEY_MEMBER_RETIRED) == [world.sofia.user.pk, world.noor.user.pk]
    assert not JoinLink.objects.filter(used_at=None).exists()


def test_lead_does_not_retire_a_key_that_another_agency_let_in(world: World) -> None:
    """Henri works for the youth service too, which let him in; the school never did.

    Who works for two agencies needs the coordinator: a lead could give anybody a second hat.
    """
    hat = NewHat(world.agencies["youth"], Role.PANEL_MEMBER, timezone.localdate())
    made = create_member(origin=PROGRAM, email=world.henri.email, name=world.henri.name, hat=hat)
    admit_member(actor=world.sofia.actor, membership=made)
    for lead in (world.idris, world.sofia):
        with pytest.raises(AccessDenied):
            replace_lost_key(actor=lead.actor, user_id=world.henri.user.pk)
    assert refusals(Event.KEY_MEMBER_RETIRED) == [world.henri.user.pk] * 2
    replace_lost_key(actor=world.anke.actor, user_id=world.henri.user.pk)
    assert live_key(world.henri.user.pk) is None


@pytest.mark.parametrize("role", [Role.DPO, Role.AUDITOR, Role.PADMIN])
def test_lead_has_no_hold_on_who_watches_or_administers(world: World, role: Role) -> None:
    """Who is watched at the own agency sends nobody away and takes nobody's place."""
    idris = world.idris.actor
    waiting = home_notices(actor=idris).to_let_in
    hat = NewHat(world.agencies["school"], role, timezone.localdate())
    made = create_member(origin=PROGRAM, email="watch@test.example", name="Wil Watch", hat=hat)
    join(origin=PROGRAM, token=invite(origin=PROGRAM, user=made.user), phrase=PHRASE)
    assert len(show_people(actor=idris).waiting) == home_notices(actor=idris).to_let_in == waiting
    with pytest.raises(NotAllowed):
        admit(actor=idris, membership_id=made.pk)
    admit(actor=world.anke.actor, membership_id=made.pk)
    with pytest.raises(AccessDenied):
        end_hat(actor=idris, membership_id=made.pk)
    for act in (suspend, replace_lost_key):
        with pytest.raises(AccessDenied):
            act(actor=idris, user_id=made.user_id)
    with pytest.raises(NotAllowed):
        reset_factor(actor=idris, user_id=made.user_id)
    with pytest.raises(NotAllowed):
        set_last_day(actor=idris, membership_id=made.pk, last_day=timezone.localdate())
    assert live_key(made.user_id) is not None
    replace_lost_key(actor=world.anke.actor, user_id=made.user_id)


def test_unknown_ids_are_refused_like_forbidden_ones(world: World) -> None:
    unknown, anke = uuid4(), world.anke.actor
    with pytest.raises(AccessDenied):
        end_hat(actor=anke, membership_id=unknown)
    for act in (suspend, end_suspension, replace_lost_key, send_again):
        with pytest.raises(AccessDenied):
            act(actor=anke, user_id=unknown)
    with pytest.raises(AccessDenied):
        admit(actor=anke, membership_id=unknown)
    assert AccessEvent.objects.filter(outcome=Outcome.REFUSED).count() == 6


def test_nobody_ends_suspends_or_replaces_themselves(world: World) -> None:
    anke = world.anke.actor
    with pytest.raises(AccessDenied):
        end_hat(actor=anke, membership_id=world.anke.membership.pk)
    for act in (suspend, replace_lost_key, send_again):
        with pytest.raises(AccessDenied):
            act(actor=anke, user_id=world.anke.user.pk)
    assert live_key(world.anke.user.pk) is not None


def test_page_of_ending_does_not_tell_who_wrote(world: World) -> None:
    """Maud went past her lead, who must not learn it from a count on the page about her."""
    send(world)
    page = show_managed(actor=world.idris.actor, membership_id=world.maud.membership.pk)
    assert page.open_tasks == 0


def test_page_of_ending_counts_no_case_from_which_its_reader_is_barred(world: World) -> None:
    referral_id = send(world, barred=("noor",))
    acknowledge(actor=world.anke.actor, referral_id=referral_id)
    ask_sofia(world, referral_id)
    noor, sofia = world.noor.acting(world.deputy_hat), world.sofia.membership.pk
    assert show_managed(actor=noor, membership_id=sofia).open_tasks == 0
    assert show_agency(actor=noor, agency_id=world.agencies["youth"].pk).open_tasks == 0
    assert show_managed(actor=world.anke.actor, membership_id=sofia).open_tasks == 1


def test_end_that_comes_twice_is_refused_the_second_time(world: World) -> None:
    end_hat(actor=world.anke.actor, membership_id=world.deputy_hat.pk)
    with pytest.raises(AccessDenied):
        end_hat(actor=world.anke.actor, membership_id=world.deputy_hat.pk)
    assert refusals(Event.MEMBERSHIP_ENDED) == [world.deputy_hat.pk]


def test_lost_key_takes_drafts_and_their_file_keys_with_it(world: World) -> None:
    draft_id = begin_draft(actor=world.maud.actor, kind=DraftKind.REFERRAL, answers=dict(ANSWERS))
    assert draft_id in file_keys()
    lose(world.maud, by=world.anke.actor)
    assert not Draft.objects.exists()
    assert draft_id not in file_keys()


def test_lost_key_ends_older_links(world: World) -> None:
    """Somebody found the first invitation, which was never used: it must not make the new keys."""
    hat = NewHat(world.agencies["school"], Role.FRONTLINE, timezone.localdate())
    made = create_member(origin=PROGRAM, email="new@test.example", name="New", hat=hat)
    older = invite(origin=PROGRAM, user=made.user)
    JoinLink.objects.filter(user=made.user).update(expires_at=timezone.now() + timedelta(days=9))
    join(origin=PROGRAM, token=invite(origin=PROGRAM, user=made.user), phrase=PHRASE)
    replace_lost_key(actor=world.anke.actor, user_id=made.user.pk)
    with pytest.raises(LinkInvalid):
        join(origin=PROGRAM, token=older, phrase=PHRASE)


def test_sending_again_waits_until_somebody_is_let_in(world: World) -> None:
    referral_id = send(world)
    acknowledge(actor=world.anke.actor, referral_id=referral_id)
    ask_sofia(world, referral_id)
    token = lose(world.sofia, by=world.anke.actor)
    user_id = world.sofia.user.pk
    for step in ("without a key", "without being let in"):
        with pytest.raises(AccessDenied):
            send_again(actor=world.anke.actor, user_id=user_id)
        if step == "without a key":
            rejoin(world.sofia, token)
    for hat in waiting_hats(world.sofia):
        admit(actor=world.anke.actor, membership_id=hat.pk)
    for name in ("rolf", "idris", "henri", "sofia"):
        assert waiting_for_key(actor=world.people[name].actor, user_id=user_id) == 0
        with pytest.raises(AccessDenied):
            send_again(actor=world.people[name].actor, user_id=user_id)
    assert opens(world.sofia) == set()
    send_again(actor=world.anke.actor, user_id=user_id)
    event = AccessEvent.objects.get(action=Event.SHARE_RENEWED.value, outcome=Outcome.DONE)
    assert {UUID(str(ref)) for ref in event.refs} == opens(world.sofia)


@pytest.mark.parametrize("how", ["withdrawn", "past the lead"])
def test_lines_end_for_people_without_keys_too(world: World, how: str) -> None:
    """Idris lost his key during the check; then his part ended; nothing comes back to him."""
    Ring.objects.filter(agency=world.agencies["school"]).update(stale_since=timezone.now())
    referral_id = send(world, through_lead=True)
    token = lose(world.idris, by=world.anke.actor)
    act = withdraw if how == "withdrawn" else send_past_lead
    act(actor=world.maud.actor, referral_id=referral_id)
    rejoin(world.idris, token)
    for hat in waiting_hats(world.idris):
        admit(actor=world.anke.actor, membership_id=hat.pk)
    with pytest.raises(AccessDenied):
        send_again(actor=world.maud.actor, user_id=world.idris.user.pk)
    assert opens(world.idris) == set()


def test_midnight_ends_hats_roles_and_names(world: World) -> None:
    referral_id = send(world)
    acknowledge(actor=world.anke.actor, referral_id=referral_id)
    ask_sofia(world, referral_id)
    for hat in (world.sofia.membership, world.deputy_hat):
        yesterday(hat)
    assert opens(world.sofia), "until somebody looks, only the rule holds her off"
    assert end_lapsed_hats(origin=PROGRAM) == 2
    assert end_lapsed_hats(origin=PROGRAM) == 0
    assert opens(world.sofia) == opens(world.noor) == set()
    assert not Share.objects.filter(member_key_id=world.noor.keys.id).exists()
    assert opens(world.anke) == set(Item.objects.values_list("pk", flat=True))
    ended = AccessEvent.objects.filter(action=Event.MEMBERSHIP_ENDED.value)
    assert set(ended.values_list("reason", "actor")) == {("end_date", None)}


def test_what_an_end_left_behind_goes_the_next_time(world: World) -> None:
    """The hat ended and the program was killed before the keys by name went."""
    acknowledge(actor=world.anke.actor, referral_id=send(world))
    world.deputy_hat.ended_at = timezone.now()
    with transaction.atomic():
        end_membership(origin=PROGRAM, membership=world.deputy_hat, reason="left")
    assert opens(world.noor)
    end_hat(actor=world.anke.actor, membership_id=world.deputy_hat.pk)
    assert opens(world.noor) == set()
    acknowledge(actor=world.anke.actor, referral_id=send(world))
    ask_sofia(world, send_taken_in(world))
    with transaction.atomic():
        end_membership(origin=PROGRAM, membership=world.sofia.membership, reason="left")
    assert opens(world.sofia)
    assert end_lapsed_hats(origin=PROGRAM) == 0
    assert opens(world.sofia) == set()


def send_taken_in(world: World) -> UUID:
    referral_id = send(world)
    acknowledge(actor=world.anke.actor, referral_id=referral_id)
    return referral_id


def test_custodian_who_went_gets_no_new_place(world: World) -> None:
    custodians = world.partnership.protected_place_custodians
    custodians.add(world.rolf.membership, world.idris.membership)
    end_hat(actor=world.anke.actor, membership_id=world.rolf.membership.pk)
    answers = {**ANSWERS, "protected_address": "7 Rue X"}
    send(world, answers=answers)
    place = Item.objects.get(compartment=Compartment.C10).pk
    assert place in opens(world.idris)
    assert place not in opens(world.rolf)
    yesterday(world.idris.membership)
    with pytest.raises(NoCustodian):
        send(world, answers=answers)


def test_two_holders_who_come_at_once_make_one_epoch(world: World) -> None:
    send(world)
    Ring.objects.filter(pk=office(world).pk).update(stale_since=timezone.now())
    anke, noor = world.anke.actor, world.noor.acting(world.deputy_hat)
    wrong = at_once(lambda: tend_keys(actor=anke), lambda: tend_keys(actor=noor))
    assert wrong == [None, None]
    ring = office(world)
    assert (ring.epochs.count(), ring.stale_since) == (2, None)
    assert RingWrap.objects.filter(epoch__ring=ring, epoch__retired_at=None).count() == 2
    assert opens(world.anke) == opens(world.noor) != set()


def test_two_holders_state_one_end(world: World) -> None:
    hat = NewHat(world.agencies["office"], Role.COORDINATOR, timezone.localdate())
    lena = create_member(origin=PROGRAM, email=world.lena.email, name=world.lena.name, hat=hat)
    admit(actor=world.anke.actor, membership_id=lena.pk)
    end_hat(actor=world.anke.actor, membership_id=lena.pk)
    anke, noor = world.anke.actor, world.noor.acting(world.deputy_hat)
    assert at_once(lambda: tend_keys(actor=anke), lambda: tend_keys(actor=noor)) == [None, None]
    assert DirectoryStatement.objects.filter(kind="ADMISSION_ENDED").count() == 1
    assert opens(world.lena) == set()


def test_leaver_gets_no_wrap_of_an_epoch_that_is_made_at_this_moment(world: World) -> None:
    """Anke's session makes the next epoch for both while Noor's hat ends."""
    ring = office(world)
    Ring.objects.filter(pk=ring.pk).update(stale_since=timezone.now())
    anke, hat = world.anke.actor, world.deputy_hat
    with transaction.atomic():
        renew(actor=anke, ring_id=ring.pk)
        other = Meanwhile(lambda: end_hat(actor=anke, membership_id=hat.pk))
    assert other.result() is None
    assert RingEpoch.objects.get(ring=ring, retired_at=None).number == 2
    assert not RingWrap.objects.filter(epoch__ring=ring, member_key_id=world.noor.keys.id).exists()
    assert office(world).stale_since is not None


@pytest.mark.parametrize("how", ["suspended", "ended"])
def test_somebody_who_goes_while_they_are_let_in_gets_no_wrap(world: World, how: str) -> None:
    """Anke presses the button at the moment in which Lena's account is closed."""
    hat = NewHat(world.agencies["office"], Role.COORDINATOR, timezone.localdate())
    lena = create_member(origin=PROGRAM, email=world.lena.email, name=world.lena.name, hat=hat)
    anke = world.anke.actor
    with transaction.atomic():
        if how == "suspended":
            deactivate_person(origin=PROGRAM, user=world.lena.user)
        else:
            end_membership(origin=PROGRAM, membership=lena, reason="left")
        other = Meanwhile(lambda: admit(actor=anke, membership_id=lena.pk))
    assert isinstance(other.result(), AccessDenied | NotAllowed)
    assert not RingWrap.objects.filter(member_key_id=world.lena.keys.id).exists()
    assert not Membership.objects.filter(user=world.lena.user).exclude(admitted_at=None).exists()
    held = directory.verified(directory.newest_pin()).admissions
    assert not held.get(world.lena.keys.id.hex)


@pytest.mark.parametrize("how", ["suspended", "lost"])
def test_somebody_who_goes_while_things_are_sent_again_gets_no_key(world: World, how: str) -> None:
    referral_id = send_taken_in(world)
    ask_sofia(world, referral_id)
    Share.objects.filter(member_key_id=world.sofia.keys.id).delete()
    anke, sofia = world.anke.actor, world.sofia.user
    with transaction.atomic():
        if how == "suspended":
            deactivate_person(origin=PROGRAM, user=sofia)
            drop_keys_by_name(sofia)
        else:
            retire_key(actor=anke, user=sofia)
            drop_keys_by_name(sofia)
        other = Meanwhile(lambda: send_again(actor=anke, user_id=sofia.pk))
    assert isinstance(other.result(), AccessDenied)
    assert opens(world.sofia) == set()
