"""Somebody goes, is suspended or loses a phrase: what opens afterwards, and who may act."""

from datetime import date, timedelta
from uuid import UUID

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from accounts.actor import Actor
from accounts.errors import NotAllowed
from accounts.keys.sessions import lock_everywhere
from accounts.models import KeyNotice, KeySession, Leave, Membership, Ring, RingWrap, User
from accounts.models.people import NoticeKind
from accounts.models.rings import RingKind
from accounts.queries import desk_holders, live_key, live_memberships
from accounts.roles import Role
from accounts.services.factors import reset_factor
from accounts.services.inviting import NewPerson, invite_person
from accounts.services.notices import home_notices
from accounts.services.people import NewHat, create_member, invite, join
from accounts.services.planning import plan_leave, remove_leave, set_last_day
from accounts.services.tending import tend_keys
from audit.events import Event, Outcome
from audit.models import AccessEvent
from casework import access
from casework.choices import Compartment, DraftKind
from casework.errors import AccessDenied
from casework.models import CaseRole, Draft, Share
from casework.services import leaving
from casework.services.keep_draft import begin_draft
from casework.services.open_item import open_part
from casework.services.people import admit
from casework.services.send_again import send_again, waiting_for_key
from casework.services.show_people import show_people
from casework.services.take_in import acknowledge
from tests.pages.asking import get
from tests.referrals import ask_sofia, case_of, send
from tests.signing_in import signed_in_client
from tests.world import PHRASE, PROGRAM, Person, World

pytestmark = pytest.mark.django_db(transaction=True)
SECOND = "another four words for tests"


def in_screening(world: World) -> UUID:
    """A referral at which Sofia screens with the desk."""
    referral_id = send(world)
    acknowledge(actor=world.anke.actor, referral_id=referral_id)
    ask_sofia(world, referral_id)
    return referral_id


def joined(world: World, email: str, agency: str, role: Role) -> Person:
    hat = NewHat(world.agencies[agency], role, timezone.localdate())
    membership = create_member(origin=PROGRAM, email=email, name=email, hat=hat)
    keys = join(origin=PROGRAM, token=invite(origin=PROGRAM, user=membership.user), phrase=PHRASE)
    return Person(email, email, membership, keys)


def rejoin(person: Person, token: str) -> Person:
    keys = join(origin=PROGRAM, token=token, phrase=SECOND)
    membership = Membership.objects.select_related("user", "agency").get(pk=person.membership.pk)
    return Person(person.name, person.email, membership, keys, SECOND)


def sees_again(client: Client) -> int:
    status: int = get(client, "home").status_code
    return status


def refusals(event: Event) -> int:
    return AccessEvent.objects.filter(action=event, outcome=Outcome.REFUSED).count()


def test_the_next_request_of_an_open_session_is_refused(world: World) -> None:
    in_screening(world)
    sofia = signed_in_client(world.sofia)
    assert sees_again(sofia) == 200
    kept = {name: morsel.value for name, morsel in sofia.cookies.items()}
    leaving.end_hat(actor=world.anke.actor, membership_id=world.sofia.membership.pk)
    assert sees_again(sofia) == 302
    thief = Client()
    thief.cookies.load(kept)
    assert sees_again(thief) == 302
    assert not KeySession.objects.filter(user=world.sofia.user).exists()


def test_nothing_is_left_that_opens_for_a_leaver(world: World) -> None:
    referral_id = in_screening(world)
    sofia = world.sofia
    before = access.readable(sofia.actor).count()
    leaving.end_hat(actor=world.anke.actor, membership_id=sofia.membership.pk)
    assert before > 0
    assert not Share.objects.filter(member_key__user=sofia.user).exists()
    assert not RingWrap.objects.filter(member_key__user=sofia.user).exists()
    assert not CaseRole.every.filter(user=sofia.user).exists()
    assert access.readable(sofia.actor).count() == 0
    with pytest.raises(AccessDenied):
        open_part(actor=sofia.actor, case_id=case_of(referral_id), compartment=Compartment.C2)


def test_a_stale_ring_gets_a_new_key_from_whoever_stays(world: World) -> None:
    leaving.end_hat(actor=world.anke.actor, membership_id=world.deputy_hat.pk)
    desk = Ring.objects.filter(agency=world.agencies["office"], kind=RingKind.DESK)
    assert desk.get().stale_since is not None
    tend_keys(actor=world.anke.actor)
    assert desk.get().stale_since is None
    assert desk.get().epochs.count() == 2


@pytest.mark.parametrize("name", ["idris", "rolf", "maud", "kai", "nora", "claire", "lena"])
def test_nobody_else_ends_or_suspends(world: World, name: str) -> None:
    """A lead of another agency, with the membership's id in hand, changes nothing."""
    actor: Actor = world.people[name].actor
    sofia = world.sofia
    with pytest.raises(AccessDenied):
        leaving.end_hat(actor=actor, membership_id=sofia.membership.pk)
    for act in (leaving.suspend, leaving.end_suspension, leaving.replace_lost_key):
        with pytest.raises(AccessDenied):
            act(actor=actor, user_id=sofia.user.pk)
    with pytest.raises(AccessDenied):
        leaving.agency_leaves(actor=actor, agency_id=world.agencies["youth"].pk)
    for event in (Event.MEMBERSHIP_ENDED, Event.MEMBER_DEACTIVATED, Event.AGENCY_LEFT):
        assert refusals(event) == 1
    assert live_memberships().filter(pk=sofia.membership.pk).exists()
    assert desk_holders(world.agencies["youth"].pk) == [sofia.membership]


@pytest.mark.parametrize("name", ["idris", "anke", "per"])
def test_nobody_manages_themselves(world: World, name: str) -> None:
    person = world.people[name]
    with pytest.raises(AccessDenied):
        leaving.end_hat(actor=person.actor, membership_id=person.membership.pk)
    with pytest.raises(AccessDenied):
        leaving.suspend(actor=person.actor, user_id=person.user.pk)
    with pytest.raises(AccessDenied):
        leaving.replace_lost_key(actor=person.actor, user_id=person.user.pk)
    with pytest.raises(NotAllowed):
        set_last_day(actor=person.actor, membership_id=person.membership.pk, last_day=None)


def test_an_administrator_ends_hats_but_lets_nobody_in(world: World) -> None:
    waiting = joined(world, "new@test.example", "school", Role.AGENCY_LEAD)
    with pytest.raises(NotAllowed):
        admit(actor=world.per.actor, membership_id=waiting.membership.pk)
    with pytest.raises(AccessDenied):
        leaving.replace_lost_key(actor=world.per.actor, user_id=world.sofia.user.pk)
    assert show_people(actor=world.per.actor).waiting == []
    leaving.end_hat(actor=world.per.actor, membership_id=waiting.membership.pk)
    waiting.membership.refresh_from_db()
    assert waiting.membership.ended_at is not None


def test_a_lead_does_not_suspend_somebody_with_another_agencys_hat(world: World) -> None:
    hat = NewHat(world.agencies["youth"], Role.FRONTLINE, timezone.localdate())
    create_member(origin=PROGRAM, email=world.maud.email, name="Maud", hat=hat)
    with pytest.raises(AccessDenied):
        leaving.suspend(actor=world.idris.actor, user_id=world.maud.user.pk)
    leaving.suspend(actor=world.anke.actor, user_id=world.maud.user.pk)
    assert not User.objects.get(pk=world.maud.user.pk).is_active


def test_a_hat_given_to_somebody_elsewhere_gives_no_hold_on_their_key(world: World) -> None:
    """A lead invites the police's lead to the school, and then wants to end his key or factor."""
    person = NewPerson(
        name="Rolf",
        email=world.rolf.email,
        agency_id=world.agencies["school"].pk,
        role=Role.FRONTLINE,
        starts_on=timezone.localdate(),
    )
    assert invite_person(actor=world.idris.actor, person=person).link == ""
    for act, error in ((leaving.replace_lost_key, AccessDenied), (reset_factor, NotAllowed)):
        with pytest.raises(error):
            act(actor=world.idris.actor, user_id=world.rolf.user.pk)
    with pytest.raises(AccessDenied):
        leaving.suspend(actor=world.idris.actor, user_id=world.rolf.user.pk)
    assert live_key(world.rolf.user.pk) is not None


def test_a_suspended_person_comes_back_as_a_newcomer_does(world: World) -> None:
    referral_id = in_screening(world)
    sofia = world.sofia
    leaving.suspend(actor=world.per.actor, user_id=sofia.user.pk)
    assert not Share.objects.filter(member_key__user=sofia.user).exists()
    leaving.end_suspension(actor=world.per.actor, user_id=sofia.user.pk)
    client = signed_in_client(sofia)
    assert "Nobody has let you in yet" in get(client, "home").content.decode()
    with pytest.raises(AccessDenied):
        send_again(actor=world.anke.actor, user_id=sofia.user.pk)
    admit(actor=world.anke.actor, membership_id=sofia.membership.pk)
    assert send_again(actor=world.anke.actor, user_id=sofia.user.pk) > 0
    opened = open_part(actor=sofia.actor, case_id=case_of(referral_id), compartment=Compartment.C2)
    assert opened


def test_a_lost_phrase_ends_the_key_and_what_was_sent_is_sent_again(world: World) -> None:
    referral_id = in_screening(world)
    sofia = world.sofia
    begin_draft(actor=sofia.actor, kind=DraftKind.REFERRAL)
    token = leaving.replace_lost_key(actor=world.anke.actor, user_id=sofia.user.pk)
    assert not Draft.objects.filter(author=sofia.user).exists()
    assert KeyNotice.objects.get(about=sofia.user).kind == NoticeKind.KEY_REPLACED
    again = rejoin(sofia, token)
    assert waiting_for_key(actor=world.anke.actor, user_id=sofia.user.pk) > 0
    admit(actor=world.anke.actor, membership_id=sofia.membership.pk)
    send_again(actor=world.anke.actor, user_id=sofia.user.pk)
    assert waiting_for_key(actor=world.anke.actor, user_id=sofia.user.pk) == 0
    assert open_part(actor=again.actor, case_id=case_of(referral_id), compartment=Compartment.C2)


def test_the_old_link_does_not_take_the_place_of_a_lost_key(world: World) -> None:
    old = invite(origin=PROGRAM, user=world.maud.user)
    leaving.replace_lost_key(actor=world.idris.actor, user_id=world.maud.user.pk)
    newest = invite(origin=PROGRAM, user=world.maud.user)
    assert old != newest
    assert rejoin(world.maud, newest).keys.id != world.maud.keys.id
    assert world.maud.user.member_keys.count() == 2


def test_a_hat_with_a_last_day_today_runs_till_midnight(world: World) -> None:
    today = timezone.localdate()
    sofia = world.sofia
    set_last_day(actor=world.anke.actor, membership_id=sofia.membership.pk, last_day=today)
    client = signed_in_client(sofia)
    assert leaving.end_lapsed_hats(origin=PROGRAM) == 0
    assert sees_again(client) == 200
    assert RingWrap.objects.filter(member_key__user=sofia.user).exists()
    with pytest.raises(NotAllowed):
        set_last_day(
            actor=world.anke.actor,
            membership_id=sofia.membership.pk,
            last_day=today - timedelta(days=1),
        )


def lapse(world: World) -> None:
    """Sofia's last day was yesterday."""
    Membership.objects.filter(pk=world.sofia.membership.pk).update(
        starts_on=timezone.localdate() - timedelta(days=9),
        ends_on=timezone.localdate() - timedelta(days=1),
    )


def test_the_command_of_midnight_ends_what_has_lapsed(world: World) -> None:
    in_screening(world)
    lapse(world)
    call_command("end_lapsed_hats", stdout=None)
    assert not RingWrap.objects.filter(member_key__user=world.sofia.user).exists()
    assert not Share.objects.filter(member_key__user=world.sofia.user).exists()
    event = AccessEvent.objects.get(action=Event.MEMBERSHIP_ENDED)
    assert (event.actor, event.reason) == (None, "end_date")


@pytest.mark.parametrize(("name", "ends"), [("idris", True), ("anke", True), ("maud", False)])
def test_the_home_of_whoever_looks_after_people_ends_it_too(
    world: World, name: str, *, ends: bool
) -> None:
    lapse(world)
    assert sees_again(signed_in_client(world.people[name])) == 200
    assert AccessEvent.objects.filter(action=Event.MEMBERSHIP_ENDED).exists() is ends


def test_an_agency_leaves_with_all_its_people(world: World) -> None:
    in_screening(world)
    clients = [signed_in_client(world.people[name]) for name in ("sofia", "kai")]
    leaving.agency_leaves(actor=world.per.actor, agency_id=world.agencies["youth"].pk)
    assert [sees_again(each) for each in clients] == [302, 302]
    assert not live_memberships().filter(agency=world.agencies["youth"]).exists()
    assert not CaseRole.every.filter(hat__agency=world.agencies["youth"]).exists()
    assert not RingWrap.objects.filter(epoch__ring__agency=world.agencies["youth"]).exists()
    assert not Share.objects.filter(member_key__user=world.sofia.user).exists()


def test_neither_the_office_nor_the_own_agency_leaves(world: World) -> None:
    for name, agency in (("per", "office"), ("per", "city"), ("anke", "office")):
        with pytest.raises(AccessDenied):
            leaving.agency_leaves(
                actor=world.people[name].actor, agency_id=world.agencies[agency].pk
            )
    assert refusals(Event.AGENCY_LEFT) == 3


def test_a_coordinator_whom_nobody_let_in_manages_nobody(world: World) -> None:
    Membership.objects.filter(pk=world.anke.membership.pk).update(admitted_at=None)
    with pytest.raises(AccessDenied):
        leaving.end_hat(actor=world.anke.actor, membership_id=world.sofia.membership.pk)


def test_a_second_lead_let_in_by_the_coordinator_gets_the_desks_key_from_the_first(
    world: World,
) -> None:
    second = joined(world, "second@test.example", "school", Role.AGENCY_LEAD)
    waiting = joined(world, "waiting@test.example", "school", Role.AGENCY_LEAD)
    admit(actor=world.anke.actor, membership_id=second.membership.pk)
    tend_keys(actor=world.idris.actor)
    school = world.agencies["school"].pk
    assert {row.user_id for row in desk_holders(school)} == {
        world.idris.user.pk,
        second.user.pk,
    }
    assert not RingWrap.objects.filter(member_key__user=waiting.user).exists()


def test_a_row_alone_gives_nobody_the_desks_key(world: World) -> None:
    """Somebody who writes to the database cannot make a lead of a newcomer."""
    thief = joined(world, "thief@test.example", "school", Role.AGENCY_LEAD)
    Membership.objects.filter(pk=thief.membership.pk).update(admitted_at=timezone.now())
    tend_keys(actor=world.idris.actor)
    assert not RingWrap.objects.filter(member_key__user=thief.user).exists()


def test_leave_warns_of_days_without_a_holder(world: World) -> None:
    today = timezone.localdate()
    first, last = today + timedelta(days=5), today + timedelta(days=9)
    sofia = world.sofia
    leave = plan_leave(actor=sofia.actor, membership_id=sofia.membership.pk, first=first, last=last)
    for name in ("sofia", "anke", "per"):
        (gap,) = home_notices(actor=world.people[name].actor).gaps
        assert (gap.agency_name, gap.days.first, gap.days.last) == (
            "Rivenne youth service",
            first,
            last,
        )
    assert home_notices(actor=world.rolf.actor).gaps == []
    cover(world, last)
    assert home_notices(actor=sofia.actor).gaps == []
    remove_leave(actor=sofia.actor, membership_id=sofia.membership.pk, leave_id=leave)
    assert not Leave.objects.exists()


def cover(world: World, last: date) -> None:
    """A deputy from today until the leave ends, let in by the lead."""
    deputy = NewPerson(
        name="Cover",
        email=world.kai.email,
        agency_id=world.agencies["youth"].pk,
        role=Role.AGENCY_LEAD,
        starts_on=timezone.localdate(),
        ends_on=last,
        deputy_of=world.sofia.membership.pk,
    )
    invited = invite_person(actor=world.sofia.actor, person=deputy)
    admit(actor=world.sofia.actor, membership_id=invited.membership_id)


@pytest.mark.parametrize("name", ["rolf", "maud", "kai"])
def test_nobody_plans_the_leave_of_others(world: World, name: str) -> None:
    today = timezone.localdate()
    actor = world.people[name].actor
    with pytest.raises(NotAllowed):
        plan_leave(actor=actor, membership_id=world.sofia.membership.pk, first=today, last=today)
    leave = plan_leave(
        actor=world.sofia.actor,
        membership_id=world.sofia.membership.pk,
        first=today,
        last=today,
    )
    with pytest.raises(NotAllowed):
        remove_leave(actor=actor, membership_id=world.sofia.membership.pk, leave_id=leave)
    assert (refusals(Event.LEAVE_PLANNED), refusals(Event.LEAVE_REMOVED)) == (1, 1)


@pytest.mark.parametrize(("days", "stage"), [(14, 14), (15, 30), (31, 60), (61, None)])
def test_an_end_is_told_in_time(world: World, days: int, stage: int | None) -> None:
    last_day = timezone.localdate() + timedelta(days=days)
    set_last_day(actor=world.anke.actor, membership_id=world.sofia.membership.pk, last_day=last_day)
    for name in ("sofia", "anke", "per"):
        found = home_notices(actor=world.people[name].actor).endings
        assert [each.stage for each in found] == ([stage] if stage else [])


def test_few_holders_are_told_to_those_who_can_change_it(world: World) -> None:
    every = [
        "Family support Rivenne", "Lycée Gandon", "Rivenne police", "Rivenne youth service",
    ]  # fmt: skip
    assert home_notices(actor=world.anke.actor).few_holders == every
    assert home_notices(actor=world.per.actor).few_holders == every
    assert home_notices(actor=world.idris.actor).few_holders == ["Lycée Gandon"]
    assert home_notices(actor=world.maud.actor).few_holders == []


def test_locking_everywhere_is_not_needed_to_be_locked_out(world: World) -> None:
    """The session epoch alone ends a session whose key row was put back."""
    sofia = signed_in_client(world.sofia)
    rows = list(KeySession.objects.filter(user=world.sofia.user))
    leaving.suspend(actor=world.anke.actor, user_id=world.sofia.user.pk)
    KeySession.objects.bulk_create(rows)
    assert sees_again(sofia) == 302
    lock_everywhere(world.sofia.user)
