"""Who can decrypt what before and after somebody goes: by raw keys on raw rows, not by the rule."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.utils import timezone

from accounts.models import KeySession, KeySlot, Membership, Ring, RingWrap
from accounts.roles import Role
from accounts.services.people import NewHat, admit_member, create_member
from accounts.services.tending import tend_keys
from audit.events import Event, Outcome
from audit.models import AccessEvent
from casework.choices import Compartment, FeedbackAnswer, Mark
from casework.errors import AccessDenied
from casework.models import CaseRole, Disclosure, Item
from casework.services.follow_up import add_since
from casework.services.leaving import end_hat, end_suspension, suspend
from casework.services.people import admit
from casework.services.screen import decide, give_view
from casework.services.send_again import send_again, waiting_for_key
from casework.services.take_in import acknowledge
from tests.leaving import come_back, lose, rejoin, waiting_hats
from tests.old_keys import Memory, with_keys
from tests.referrals import VIEW, ask_sofia, case_of, send
from tests.world import PROGRAM, Person, World

pytestmark = pytest.mark.django_db(transaction=True)


def items_of(referral_id: UUID) -> set[UUID]:
    return set(Item.objects.filter(case_id=case_of(referral_id)).values_list("pk", flat=True))


def part(compartment: Compartment) -> set[UUID]:
    return set(Item.objects.filter(compartment=compartment).values_list("pk", flat=True))


def opens(person: Person) -> set[UUID]:
    """What the person's keys of today open in the database of today."""
    return with_keys(person.keys).opens()


def remembering(person: Person) -> Memory:
    """Somebody who writes down every seed that their keys open now."""
    return with_keys(person.keys)


def refusals(event: Event) -> list[str]:
    rows = AccessEvent.objects.filter(action=event.value, outcome=Outcome.REFUSED)
    return list(rows.values_list("reason", flat=True))


def taken_in(world: World, *, second: bool = False) -> UUID:
    referral_id = send(world)
    acknowledge(actor=world.anke.actor, referral_id=referral_id)
    if second:
        ask_sofia(world, referral_id)
    return referral_id


def yesterday(hat: Membership) -> None:
    """The hat's last day was yesterday; nobody has done anything about it yet."""
    day = timezone.localdate() - timedelta(days=1)
    Membership.objects.filter(pk=hat.pk).update(starts_on=day, ends_on=day)


def third_coordinator(world: World) -> Membership:
    hat = NewHat(world.agencies["office"], Role.COORDINATOR, timezone.localdate())
    membership = create_member(
        origin=PROGRAM, email=world.lena.email, name=world.lena.name, hat=hat
    )
    admit_member(actor=world.anke.actor, membership=membership)
    return membership


def test_ended_hat_opens_nothing_at_once(world: World) -> None:
    """Ring by ring and name by name, before anybody's session makes a new epoch."""
    one, two = taken_in(world), send(world)
    everything = items_of(one) | items_of(two)
    assert opens(world.noor) == everything == opens(world.anke)
    end_hat(actor=world.anke.actor, membership_id=world.deputy_hat.pk)
    assert opens(world.noor) == set()
    assert opens(world.anke) == everything
    assert not KeySession.objects.filter(user=world.noor.user).exists()
    assert not CaseRole.every.filter(hat=world.deputy_hat).exists()
    open_lines = Disclosure.objects.filter(to_user=world.noor.user, ended_at=None)
    assert not open_lines.exists(), "nothing may be sent again to somebody who went"
    tend_keys(actor=world.anke.actor)
    assert opens(world.noor) == set()
    assert opens(world.anke) == everything


def test_leaver_who_kept_every_seed_opens_what_was_there_and_nothing_new(world: World) -> None:
    one = taken_in(world)
    before = items_of(one)
    noor = remembering(world.noor)
    assert noor.opens() == before
    end_hat(actor=world.anke.actor, membership_id=world.deputy_hat.pk)
    kept = noor.opens()
    by_name = part(Compartment.C11)
    assert kept == before - by_name, "a key by name is gone even for who remembers all"
    for tended in (False, True):
        if tended:
            tend_keys(actor=world.anke.actor)
        add_since(actor=world.maud.actor, referral_id=one, text=f"since {tended}", mark=Mark.FACT)
        acknowledge(actor=world.anke.actor, referral_id=send(world))
        noor.learn(world.noor.keys)
        assert noor.opens() == kept
    assert opens(world.anke) == set(Item.objects.values_list("pk", flat=True))


def test_hat_that_ends_while_another_stays_keeps_what_the_other_brings(world: World) -> None:
    """Idris checks for his school; he is its referrer too, and wrote one himself."""
    checked = send(world, through_lead=True)
    hat = NewHat(world.agencies["school"], Role.FRONTLINE, timezone.localdate())
    frontline = create_member(
        origin=PROGRAM, email=world.idris.email, name=world.idris.name, hat=hat
    )
    written = send(world, author=world.idris, hat=frontline)
    RingWrap.objects.filter(epoch__ring__agency=world.agencies["school"]).exclude(
        member_key_id=world.idris.keys.id
    ).delete()
    end_hat(actor=world.anke.actor, membership_id=world.idris.membership.pk)
    assert opens(world.idris) & items_of(checked) == set()
    assert opens(world.idris) & items_of(written) == items_of(written)


def test_hat_that_nobody_let_in_keeps_no_key_of_the_desk(world: World) -> None:
    """An administrator gives a leaver another hat of the desk: it opens nothing by itself."""
    hat = NewHat(world.agencies["youth"], Role.COORDINATOR, timezone.localdate())
    create_member(origin=PROGRAM, email=world.sofia.email, name=world.sofia.name, hat=hat)
    end_hat(actor=world.anke.actor, membership_id=world.sofia.membership.pk)
    assert not RingWrap.objects.filter(member_key_id=world.sofia.keys.id).exists()


def test_names_of_an_ended_role_go_though_another_hat_stays(world: World) -> None:
    """The desk waited, so the check went to Idris by name; as a referrer he has no part in it."""
    Ring.objects.filter(agency=world.agencies["school"]).update(stale_since=timezone.now())
    checked = send(world, through_lead=True)
    assert opens(world.idris) & items_of(checked)
    hat = NewHat(world.agencies["school"], Role.FRONTLINE, timezone.localdate())
    create_member(origin=PROGRAM, email=world.idris.email, name=world.idris.name, hat=hat)
    end_hat(actor=world.anke.actor, membership_id=world.idris.membership.pk)
    assert opens(world.idris) == set()


def test_lapsed_lead_who_stays_as_a_referrer_is_not_in_the_next_epoch(world: World) -> None:
    """The lead's hat ended at midnight; the ring waits because of somebody else."""
    school = world.agencies["school"]
    for person, role in ((world.henri, Role.AGENCY_LEAD), (world.idris, Role.FRONTLINE)):
        hat = NewHat(school, role, timezone.localdate())
        made = create_member(origin=PROGRAM, email=person.email, name=person.name, hat=hat)
        by = world.idris if person is world.henri else world.anke
        admit(actor=by.actor, membership_id=made.pk)
    henri = world.henri.acting(Membership.objects.get(user=world.henri.user, role="AGENCY_LEAD"))
    yesterday(world.idris.membership)
    Ring.objects.filter(agency=school).update(stale_since=timezone.now())
    tend_keys(actor=henri)
    send(world, through_lead=True)
    assert opens(world.idris) == set()
    assert opens(world.henri)


def test_suspended_person_opens_nothing_and_the_lines_wait(world: World) -> None:
    referral_id = taken_in(world, second=True)
    assert opens(world.sofia) == part(Compartment.C2)
    lines = Disclosure.objects.filter(to_user=world.sofia.user, ended_at=None).count()
    suspend(actor=world.anke.actor, user_id=world.sofia.user.pk)
    assert opens(world.sofia) == set()
    assert not RingWrap.objects.filter(member_key_id=world.sofia.keys.id).exists()
    assert Disclosure.objects.filter(to_user=world.sofia.user, ended_at=None).count() == lines > 0
    add_since(actor=world.maud.actor, referral_id=referral_id, text="since", mark=Mark.FACT)
    assert opens(world.sofia) == set()
    assert items_of(referral_id) <= opens(world.anke)


def test_suspension_that_ends_gives_nothing_back_by_itself(world: World) -> None:
    taken_in(world, second=True)
    before = opens(world.sofia)
    suspend(actor=world.anke.actor, user_id=world.sofia.user.pk)
    end_suspension(actor=world.anke.actor, user_id=world.sofia.user.pk)
    assert opens(world.sofia) == set()
    with pytest.raises(AccessDenied):
        send_again(actor=world.anke.actor, user_id=world.sofia.user.pk)
    assert refusals(Event.SHARE_RENEWED) == ["nothing_to_send"]
    (hat,) = waiting_hats(world.sofia)
    admit(actor=world.anke.actor, membership_id=hat.pk)
    assert opens(world.sofia) == set()
    assert send_again(actor=world.anke.actor, user_id=world.sofia.user.pk) == len(before)
    assert opens(world.sofia) == before
    assert waiting_for_key(actor=world.anke.actor, user_id=world.sofia.user.pk) == 0


def test_lost_key_opens_nothing_and_the_new_one_what_is_sent_again(world: World) -> None:
    taken_in(world, second=True)
    before, memory = opens(world.sofia), remembering(world.sofia)
    token = lose(world.sofia, by=world.anke.actor)
    assert memory.opens() == set(), "nothing in the database is sealed to the lost key"
    assert not KeySlot.objects.filter(user=world.sofia.user).exists()
    rejoin(world.sofia, token)
    assert opens(world.sofia) == set()
    (hat,) = waiting_hats(world.sofia)
    admit(actor=world.anke.actor, membership_id=hat.pk)
    send_again(actor=world.anke.actor, user_id=world.sofia.user.pk)
    assert opens(world.sofia) == before
    assert memory.opens() == set()


def test_lost_key_of_a_deputy_gives_the_rings_of_her_cases_back(world: World) -> None:
    """Also where her days have not begun; and the desk, which waited for its next epoch."""
    taken, waiting, barred = taken_in(world), send(world), send(world, barred=("noor",))
    acknowledge(actor=world.anke.actor, referral_id=barred)
    before, memory = opens(world.noor), remembering(world.noor)
    assert before == items_of(taken) | items_of(waiting)
    token = lose(world.noor, by=world.anke.actor)
    come_back(world.noor, token, by=world.anke.actor)
    mine = opens(world.noor)
    assert mine == before - part(Compartment.C11) | (part(Compartment.C11) & items_of(waiting))
    sent = send_again(actor=world.anke.actor, user_id=world.noor.user.pk)
    assert sent == 1, "the source of what was taken in is sealed by name"
    assert opens(world.noor) == before
    assert opens(world.noor) & items_of(barred) == set()
    new = send(world)
    assert items_of(new) <= opens(world.noor)
    memory.learn()
    assert memory.opens() & items_of(new) == set()


def test_admitting_while_the_ring_waits_gives_the_ring_too(world: World) -> None:
    """Anke's session is open all the time; nobody signs in between suspension and return."""
    referral_id = send(world)
    suspend(actor=world.anke.actor, user_id=world.noor.user.pk)
    assert set(Ring.objects.exclude(stale_since=None).values_list("kind", flat=True))
    end_suspension(actor=world.anke.actor, user_id=world.noor.user.pk)
    for hat in waiting_hats(world.noor):
        admit(actor=world.anke.actor, membership_id=hat.pk)
    assert opens(world.noor) == items_of(referral_id)
    assert not Ring.objects.filter(agency=world.agencies["office"]).exclude(stale_since=None)


def test_newcomer_to_the_desk_gets_no_ring_of_a_case_on_which_they_have_no_part(
    world: World,
) -> None:
    taken, waiting = taken_in(world), send(world)
    third_coordinator(world)
    assert opens(world.lena) == items_of(waiting)
    assert opens(world.lena) & items_of(taken) == set()


def test_author_at_the_office_gets_no_ring_of_the_desk(world: World) -> None:
    """Lena's hat has a part in the case, as its author; the desk's people hold its ring."""
    hat = NewHat(world.agencies["office"], Role.FRONTLINE, timezone.localdate())
    lena = create_member(origin=PROGRAM, email=world.lena.email, name=world.lena.name, hat=hat)
    referral_id = send(world, author=world.lena, hat=lena)
    acknowledge(actor=world.anke.actor, referral_id=referral_id)
    admit(actor=world.anke.actor, membership_id=lena.pk)
    assert not RingWrap.objects.filter(member_key_id=world.lena.keys.id).exists()


def test_people_who_wait_do_not_stop_the_desk(world: World) -> None:
    """Noor lost her phrase: what was sent before is taken in without her, and waits for her."""
    referral_id = send(world)
    token = lose(world.noor, by=world.anke.actor)
    acknowledge(actor=world.anke.actor, referral_id=referral_id)
    assert opens(world.anke) == items_of(referral_id)
    come_back(world.noor, token, by=world.anke.actor)
    assert opens(world.noor) == items_of(referral_id) - part(Compartment.C11)


@pytest.mark.parametrize("how", ["suspended", "lost"])
def test_nothing_is_sent_again_after_the_decision(world: World, how: str) -> None:
    """The screening ended while Sofia and Maud had no keys: their lines end with it."""
    referral_id = taken_in(world, second=True)
    tokens = {}
    for person in (world.sofia, world.anke):
        give_view(actor=person.actor, referral_id=referral_id, view=VIEW)
    for person in (world.sofia, world.maud):
        if how == "lost":
            tokens[person.name] = lose(person, by=world.anke.actor)
        else:
            suspend(actor=world.anke.actor, user_id=person.user.pk)
    decide(actor=world.anke.actor, referral_id=referral_id, answer=FeedbackAnswer.NOTHING_MORE)
    for person in (world.sofia, world.maud):
        if how == "lost":
            rejoin(person, tokens[person.name])
        else:
            end_suspension(actor=world.anke.actor, user_id=person.user.pk)
        for hat in waiting_hats(person):
            admit(actor=world.anke.actor, membership_id=hat.pk)
        assert waiting_for_key(actor=world.anke.actor, user_id=person.user.pk) == 0
        with pytest.raises(AccessDenied):
            send_again(actor=world.anke.actor, user_id=person.user.pk)
        assert opens(person) == set()
