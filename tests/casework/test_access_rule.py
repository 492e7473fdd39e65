"""The rule of reading, one condition at a time; and that guardian never answers wider."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import Membership, RingWrap
from accounts.roles import Role
from accounts.services.leaving import deactivate_person, end_membership
from audit.events import Event, Outcome
from audit.models import AccessEvent
from casework import access
from casework.access_matrix import (
    ACTS,
    CASE_ROLE_HATS,
    Act,
)
from casework.choices import BarSource, CaseRoleKind, Compartment, RoleEnd
from casework.errors import AccessDenied
from casework.models import Case, CaseRole, EndedCaseRole, Exclusion, Item, Share
from casework.services.open_item import open_item
from casework.services.take_in import acknowledge
from tests.casework.stages import STAGES, Hatted, everybody, guardians_cases, name_custodian
from tests.decrypting import opened_items
from tests.referrals import ask_sofia, send
from tests.world import PROGRAM, World

pytestmark = pytest.mark.django_db(transaction=True)
ALL_ROLES = list(CaseRoleKind)


def items_for(hatted: Hatted) -> QuerySet[Item]:
    return access.readable(hatted.actor)


def anke(world: World) -> Hatted:
    return Hatted("anke", world.anke, world.anke.membership)


def deputy(world: World) -> Hatted:
    return Hatted("deputy", world.noor, world.deputy_hat)


def reads(hatted: Hatted) -> bool:
    """Whether somebody reads anything; both sides of the rule must say the same."""
    mine = items_for(hatted).exists()
    rows = access.readers_of(Item.objects.all())
    assert mine == (hatted.hat.pk in {row.hat_id for row in rows})
    return mine


def role_of(hatted: Hatted) -> QuerySet[CaseRole]:
    return CaseRole.every.filter(user=hatted.person.user, hat=hatted.hat)


def reason(hatted: Hatted, act: Act = Act.ACKNOWLEDGE) -> tuple[bool, str]:
    decision = access.decide(hatted.actor, act, Case.objects.get().pk)
    return decision.allowed, str(decision.reason)


def test_role_that_runs_reads(world: World) -> None:
    send(world)
    assert reads(anke(world))
    assert reason(anke(world)) == (True, "role")


@pytest.mark.parametrize(
    ("since", "until", "expected"),
    [
        (timedelta(hours=-1), None, "role"),
        (timedelta(hours=-1), timedelta(hours=1), "role"),
        (timedelta(hours=1), None, "role_not_yet"),
        (timedelta(hours=1), timedelta(hours=2), "role_not_yet"),
        (timedelta(hours=-2), timedelta(hours=-1), "role_ended"),
        (timedelta(hours=-2), timedelta(0), "role_ended"),
    ],
)
def test_role_reads_from_its_beginning_to_its_end(
    world: World, since: timedelta, until: timedelta | None, expected: str
) -> None:
    send(world)
    now = timezone.now()
    role_of(anke(world)).update(since=now + since, until=None if until is None else now + until)
    assert reads(anke(world)) is (expected == "role")
    assert reason(anke(world)) == (expected == "role", expected)


def later(monkeypatch: pytest.MonkeyPatch, moment: datetime) -> None:
    monkeypatch.setattr(timezone, "now", lambda: moment)


def test_agency_check_opens_at_the_desk_by_itself(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(world, through_lead=True)
    opens_at = Case.objects.get().referrals.get().opens_at
    assert opens_at > timezone.now() + timedelta(days=1)
    desk = anke(world)
    actor = desk.actor
    assert not reads(desk)
    later(monkeypatch, opens_at - timedelta(seconds=1))
    assert not access.readable(actor).exists()
    later(monkeypatch, opens_at)
    assert access.readable(actor).exists()
    assert access.decide(actor, Act.ACKNOWLEDGE, Case.objects.get().pk).allowed


def test_deputy_stands_in_when_nobody_answers(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(world)
    role = role_of(deputy(world)).get()
    actor = deputy(world).actor
    assert role.since > timezone.now()
    assert not reads(deputy(world))
    later(monkeypatch, role.since)
    assert access.readable(actor).exists()


def test_deputy_reads_at_once_where_the_coordinator_is_barred(world: World) -> None:
    send(world, barred=("anke",))
    assert reads(deputy(world))
    assert not reads(anke(world))


@pytest.mark.parametrize("days", [-1, 1])
def test_hat_that_does_not_run_reads_nothing(world: World, days: int) -> None:
    """Ended yesterday or beginning tomorrow: nobody is told that this person can read."""
    send(world)
    day = timezone.localdate() + timedelta(days=days)
    Membership.objects.filter(pk=world.anke.membership.pk).update(
        starts_on=day, ends_on=day if days < 0 else None
    )
    rows = access.readers_of(Item.objects.all())
    assert world.anke.user.pk not in {row.user_id for row in rows}


@pytest.mark.parametrize("how", ["ended", "suspended", "agency left"])
def test_whoever_left_is_no_reader(world: World, how: str) -> None:
    send(world)
    if how == "ended":
        end_membership(origin=PROGRAM, membership=world.anke.membership, reason="left")
    elif how == "suspended":
        deactivate_person(origin=PROGRAM, user=world.anke.user)
    else:
        world.agencies["office"].left_at = timezone.now()
        world.agencies["office"].save()
    rows = access.readers_of(Item.objects.all())
    assert world.anke.user.pk not in {row.user_id for row in rows}
    if how != "agency left":
        assert not reads(anke(world)), "the desk's key is gone too"


def test_another_hat_of_the_same_person_reads_nothing(world: World) -> None:
    """Noor is the deputy; as the family service's lead she has no part in this."""
    send(world, barred=("anke",))
    assert reads(deputy(world))
    other = Hatted("noor", world.noor, world.noor.membership)
    assert not reads(other)
    assert reason(other) == (False, "no_role")
    with pytest.raises(AccessDenied):
        open_item(actor=other.actor, item_id=Item.objects.all()[0].pk)


def test_key_without_a_role_reads_nothing(world: World) -> None:
    send(world)
    role_of(anke(world)).delete()
    assert opened_items(world.anke.keys)
    assert not reads(anke(world))


def test_role_without_a_key_reads_nothing(world: World) -> None:
    send(world)
    RingWrap.objects.filter(member_key_id=world.anke.keys.id).delete()
    assert role_of(anke(world)).exists()
    assert not reads(anke(world))
    assert opened_items(world.anke.keys) == {}


def test_role_on_one_case_is_none_on_another(world: World) -> None:
    first, second = send(world), send(world)
    case = Case.objects.get(referrals__pk=second)
    role_of(anke(world)).filter(content_object=case).delete()
    found = {item.case_id for item in items_for(anke(world))}
    assert found == {Case.objects.get(referrals__pk=first).pk}


def test_conditions_hold_for_one_role_and_not_for_two_together(world: World) -> None:
    """Sofia screens one case and checked another: neither lends the other its parts."""
    first = send(world)
    acknowledge(actor=world.anke.actor, referral_id=first)
    ask_sofia(world, first)
    second = send(world)
    access.grant(
        case=Case.objects.get(referrals__pk=second),
        hat=world.sofia.membership,
        kind=CaseRoleKind.CHECKER,
        since=timezone.now(),
        reason="referral",
        granted_by=world.anke.user.log_ref,
    )
    sofia = Hatted("sofia", world.sofia, world.sofia.membership)
    found = items_for(sofia)
    assert {item.compartment for item in found} == {Compartment.C2}
    assert {item.case.referrals.get().pk for item in found} == {first}


def test_ended_role_does_not_lend_its_parts_to_a_running_one(world: World) -> None:
    """Two roles on one case: a wide one that ended and a narrow one that runs."""
    referral_id = send(world, through_lead=True)
    idris = Hatted("idris", world.idris, world.idris.membership)
    case = Case.objects.get(referrals__pk=referral_id)
    role_of(idris).update(until=timezone.now())
    access.grant(
        case=case,
        hat=world.idris.membership,
        kind=CaseRoleKind.SCREENER,
        since=timezone.now(),
        reason="referral",
        granted_by=world.anke.user.log_ref,
    )
    assert {item.compartment for item in items_for(idris)} == {Compartment.C2}
    rows = access.readers_of(Item.objects.all())
    mine = {row.item_id for row in rows if row.hat_id == idris.hat.pk}
    assert mine == set(items_for(idris).values_list("pk", flat=True))


def test_protected_place_is_read_by_name_only(world: World) -> None:
    """A desk that had the key by its ring would still not be a reader."""
    name_custodian(world)
    STAGES["sent without check"](world)
    place = Item.objects.get(compartment=Compartment.C10)
    desk = Share.objects.filter(ring__agency=world.agencies["office"])[0]
    Share.objects.create(
        item=place,
        disclosure=desk.disclosure,
        version=1,
        ring=desk.ring,
        ring_epoch=desk.ring_epoch,
        blob=b"W",
    )
    for each in (anke(world), deputy(world)):
        assert place not in items_for(each)
    rows = access.readers_of([place])
    assert {row.user_id for row in rows} == {world.lena.user.pk, world.maud.user.pk}
    assert all(row.by_name for row in rows)


def test_key_of_another_version_is_no_key(world: World) -> None:
    send(world)
    Item.objects.update(current=2)
    for each in everybody(world):
        assert not reads(each)


def test_bar_ends_everything_at_once(world: World) -> None:
    """Set later: every role on the case and every key by name goes, and the rule says no."""
    referral_id = send(world)
    acknowledge(actor=world.anke.actor, referral_id=referral_id)
    case = Case.objects.get()
    access.bar(case=case, user_id=world.noor.user.pk, source=BarSource.REFERRER)
    assert not reads(deputy(world))
    assert reason(deputy(world)) == (False, "barred")
    assert not Share.objects.filter(member_key_id=world.noor.keys.id).exists()
    assert not role_of(deputy(world)).exists()
    assert {row.end_reason for row in EndedCaseRole.objects.all()} == {RoleEnd.BARRED}
    with pytest.raises(AccessDenied):
        access.grant(
            case=case,
            hat=world.deputy_hat,
            kind=CaseRoleKind.INTAKE,
            since=timezone.now(),
            reason="referral",
            granted_by=world.anke.user.log_ref,
        )


def test_bar_counts_even_beside_a_role_that_still_stands(world: World) -> None:
    """Somebody restored the role, or made it past the one function that gives roles."""
    send(world)
    Exclusion.objects.create(
        case=Case.objects.get(), user=world.anke.user, source=BarSource.REFERRER
    )
    assert role_of(anke(world)).exists()
    assert not reads(anke(world))
    assert reason(anke(world)) == (False, "barred")


def test_barred_person_is_told_nothing_but_that_there_is_nothing(world: World) -> None:
    send(world, barred=("rolf",))
    rolf = Hatted("rolf", world.rolf, world.rolf.membership)
    assert not reads(rolf)
    with pytest.raises(AccessDenied):
        open_item(actor=rolf.actor, item_id=Item.objects.all()[0].pk)
    events = AccessEvent.objects.filter(action=Event.ITEM_READ.value, actor=world.rolf.user.log_ref)
    assert {(event.outcome, event.reason) for event in events} == {
        (Outcome.REFUSED.value, "not_readable")
    }


def test_case_role_is_given_to_fitting_hats_only(world: World) -> None:
    send(world)
    case, hat = Case.objects.get(), world.kai.membership
    how: dict[str, Any] = {"since": timezone.now(), "reason": "r", "granted_by": hat.pk}
    for role in Role:
        for kind in CaseRoleKind:
            hat.role = role
            if role in CASE_ROLE_HATS[kind]:
                assert access.grant(case=case, hat=hat, kind=kind, **how).pk
                CaseRole.every.filter(user=world.kai.user).delete()
            else:
                with pytest.raises(AccessDenied):
                    access.grant(case=case, hat=hat, kind=kind, **how)
                assert not CaseRole.every.filter(user=world.kai.user).exists()


def test_act_is_done_by_its_roles_only(world: World) -> None:
    """Each act, asked by everybody at the widest stage: allowed exactly where the table says."""
    name_custodian(world)
    STAGES["with second screener"](world)
    for each in everybody(world):
        rows = role_of(each).values_list("permission__codename", "since")
        held = {CaseRoleKind(code) for code, since in rows if since <= timezone.now()}
        for act in Act:
            allowed, why = reason(each, act)
            assert allowed is bool(held & ACTS[act]), (each.name, act)
            assert (why == "role") is allowed


def test_unknown_act_refuses_loudly(world: World) -> None:
    send(world)
    with pytest.raises(KeyError):
        access.decide(world.anke.actor, "acknowledge_all", Case.objects.get().pk)  # type: ignore[arg-type]


def test_guardian_keeps_who_works_on_a_case(world: World) -> None:
    """It does answer, and for those whose role runs: else its silence would prove nothing."""
    send(world)
    case_id = Case.objects.get().pk
    maud = Hatted("maud", world.maud, world.maud.membership)
    assert guardians_cases(maud) == guardians_cases(anke(world)) == {case_id}
    assert guardians_cases(maud, [CaseRoleKind.INTAKE]) == set()
    assert guardians_cases(deputy(world)) == set(), "her role has not begun"


def test_guardian_gives_a_superuser_and_holders_of_global_permissions_nothing(
    world: World,
) -> None:
    send(world)
    permissions = Permission.objects.filter(codename__in=[kind.value for kind in ALL_ROLES])
    assert permissions.count() == len(ALL_ROLES)
    world.kai.user.user_permissions.set(permissions)
    for name in ("sam", "kai"):
        hatted = Hatted(name, world.people[name], world.people[name].membership)
        assert guardians_cases(hatted) == set()
        assert not reads(hatted)
