"""People: joining once, being let in, leaving; and a superuser who may do nothing."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.test import RequestFactory
from django.utils import timezone

from accounts.actor import SESSION_HAT, SESSION_REF, actor_for, hat_for
from accounts.errors import KeysLocked, LinkInvalid, MissingKey, NoHat, NotAllowed
from accounts.models import (
    DirectoryStatement,
    JoinLink,
    KeySlot,
    MemberKey,
    Membership,
    Ring,
    RingWrap,
    User,
)
from accounts.queries import desk_holders, hats_of, live_memberships
from accounts.roles import DESK_ROLES, Role
from accounts.services.leaving import deactivate_person, end_membership
from accounts.services.people import NewHat, admit_member, create_member, find_link, invite, join
from accounts.services.sessions import choose_hat
from accounts.services.tending import tend_keys
from audit.events import Event, Outcome
from audit.models import AccessEvent
from tests.world import PHRASE, PROGRAM, Person, World

pytestmark = pytest.mark.django_db(transaction=True)


def newcomer(world: World, role: Role = Role.FRONTLINE, agency: str = "school") -> Membership:
    hat = NewHat(world.agencies[agency], role, timezone.localdate())
    return create_member(origin=PROGRAM, email="new@test.example", name="New", hat=hat)


def refusals(event: Event) -> list[str]:
    rows = AccessEvent.objects.filter(action=event.value, outcome=Outcome.REFUSED)
    return list(rows.values_list("reason", flat=True))


def test_superuser_has_no_permission_anywhere(world: World) -> None:
    sam = User.objects.get(pk=world.sam.user.pk)
    assert sam.is_superuser
    every = [
        f"{each.content_type.app_label}.{each.codename}"
        for each in Permission.objects.select_related("content_type")
    ]
    assert every, "there is something that could be given"
    assert [name for name in every if sam.has_perm(name)] == []
    assert not any(sam.has_module_perms(name.split(".")[0]) for name in every)
    assert not sam.has_perms(every[:1])
    assert not sam.has_perms([])
    assert sam.get_all_permissions() == set()
    assert sam.get_user_permissions() == set()
    assert sam.get_group_permissions() == set()


def test_administrator_holds_no_key_but_the_own(world: World) -> None:
    for person in (world.sam, world.per):
        assert not RingWrap.objects.filter(member_key__user=person.user).exists()


def test_link_is_used_once(world: World) -> None:
    membership = newcomer(world)
    token = invite(origin=PROGRAM, user=membership.user)
    join(origin=PROGRAM, token=token, phrase=PHRASE)
    with pytest.raises(LinkInvalid):
        join(origin=PROGRAM, token=token, phrase=PHRASE)
    assert MemberKey.objects.filter(user=membership.user).count() == 1


def test_second_link_of_somebody_who_joined_opens_nothing(world: World) -> None:
    """An administrator's new link must not replace anybody's keys."""
    token = invite(origin=PROGRAM, user=world.maud.user)
    with pytest.raises(LinkInvalid):
        find_link(token)
    with pytest.raises(LinkInvalid):
        join(origin=PROGRAM, token=token, phrase="another four good words")


def test_link_is_stored_as_a_digest_only(world: World) -> None:
    token = invite(origin=PROGRAM, user=newcomer(world).user)
    row = JoinLink.objects.latest("expires_at")
    assert token.encode() not in bytes(row.token_digest)
    assert len(bytes(row.token_digest)) == 32


@pytest.mark.parametrize("change", ["old", "suspended", "altered"])
def test_link_that_is_not_good_any_more_opens_nothing(world: World, change: str) -> None:
    membership = newcomer(world)
    token = invite(origin=PROGRAM, user=membership.user)
    if change == "old":
        JoinLink.objects.filter(user=membership.user).update(expires_at=timezone.now())
    elif change == "suspended":
        deactivate_person(origin=PROGRAM, user=membership.user)
    else:
        token = token[:-1] + ("A" if token[-1] != "A" else "B")
    with pytest.raises(LinkInvalid):
        find_link(token)


@pytest.mark.parametrize("name", ["maud", "kai", "nora", "per", "claire", "lena", "sam"])
def test_whoever_holds_no_desk_admits_nobody(world: World, name: str) -> None:
    membership = newcomer(world)
    join(origin=PROGRAM, token=invite(origin=PROGRAM, user=membership.user), phrase=PHRASE)
    before = DirectoryStatement.objects.count()
    with pytest.raises(NotAllowed):
        admit_member(actor=world.people[name].actor, membership=membership)
    assert DirectoryStatement.objects.count() == before
    assert refusals(Event.MEMBER_ADMITTED) == ["not_a_holder"]


@pytest.mark.parametrize("name", ["sofia", "rolf", "noor"])
def test_lead_admits_nobody_to_another_agency(world: World, name: str) -> None:
    membership = newcomer(world)
    join(origin=PROGRAM, token=invite(origin=PROGRAM, user=membership.user), phrase=PHRASE)
    with pytest.raises(NotAllowed):
        admit_member(actor=world.people[name].actor, membership=membership)
    membership.refresh_from_db()
    assert membership.admitted_at is None


def test_nobody_admits_themselves(world: World) -> None:
    hat = NewHat(world.agencies["school"], Role.COORDINATOR, timezone.localdate())
    idris = world.idris
    membership = create_member(origin=PROGRAM, email=idris.email, name=idris.name, hat=hat)
    with pytest.raises(NotAllowed):
        admit_member(actor=idris.actor, membership=membership)


def test_person_without_keys_is_not_admitted(world: World) -> None:
    membership = newcomer(world)
    with pytest.raises(MissingKey):
        admit_member(actor=world.idris.actor, membership=membership)
    membership.refresh_from_db()
    assert membership.admitted_at is None


def test_first_lead_who_was_not_admitted_makes_no_desk(world: World) -> None:
    membership = newcomer(world, Role.AGENCY_LEAD, "city")
    keys = join(origin=PROGRAM, token=invite(origin=PROGRAM, user=membership.user), phrase=PHRASE)
    person = Person("New", "new@test.example", membership, keys)
    tend_keys(actor=person.actor)
    assert not Ring.objects.filter(agency=world.agencies["city"]).exists()
    admit_member(actor=world.anke.actor, membership=membership)
    tend_keys(actor=person.actor)
    assert Ring.objects.filter(agency=world.agencies["city"]).count() == 1


def test_only_desk_roles_make_a_desk(world: World) -> None:
    for name in ("nora", "per", "claire", "lena", "sam"):
        tend_keys(actor=world.people[name].actor)
    assert not Ring.objects.filter(agency=world.agencies["city"]).exists()


def test_ended_hat_is_gone_at_once(world: World) -> None:
    end_membership(origin=PROGRAM, membership=world.deputy_hat, reason="left")
    assert [row.role for row in hats_of(world.noor.user)] == [Role.AGENCY_LEAD]
    office = world.agencies["office"].pk
    assert {row.user for row in desk_holders(office)} == {world.anke.user}
    assert AccessEvent.objects.filter(action=Event.MEMBERSHIP_ENDED.value).count() == 1
    assert AccessEvent.objects.filter(action=Event.SESSION_ENDED.value).count() == 1


def test_one_of_two_desk_hats_ended_keeps_the_key(world: World) -> None:
    """Who holds the desk in two roles loses it with the second."""
    hat = NewHat(world.agencies["office"], Role.AGENCY_LEAD, timezone.localdate())
    noor = world.noor
    second = create_member(origin=PROGRAM, email=noor.email, name=noor.name, hat=hat)
    admit_member(actor=world.anke.actor, membership=second)
    wraps = RingWrap.objects.filter(
        member_key__user=noor.user, epoch__ring__agency=world.agencies["office"]
    )
    end_membership(origin=PROGRAM, membership=world.deputy_hat, reason="left")
    assert wraps.exists()
    end_membership(origin=PROGRAM, membership=second, reason="left")
    assert not wraps.exists()


def test_suspension_drops_every_desk_key_and_hat(world: World) -> None:
    deactivate_person(origin=PROGRAM, user=world.noor.user)
    assert not RingWrap.objects.filter(member_key__user=world.noor.user).exists()
    assert not live_memberships().filter(user=world.noor.user).exists()
    stale = Ring.objects.filter(stale_since__isnull=False)
    assert {ring.agency for ring in stale} == {world.agencies["office"], world.agencies["family"]}


@pytest.mark.parametrize(
    ("starts", "ends", "runs"),
    [(0, None, True), (0, 0, True), (-9, 0, True), (-9, -1, False), (1, None, False)],
)
def test_hat_runs_from_its_first_to_its_last_day(
    world: World, starts: int, ends: int | None, *, runs: bool
) -> None:
    today = timezone.localdate()
    Membership.objects.filter(pk=world.maud.membership.pk).update(
        starts_on=today + timedelta(days=starts),
        ends_on=None if ends is None else today + timedelta(days=ends),
    )
    assert bool(hats_of(world.maud.user)) is runs


def test_agency_that_left_gives_no_hat(world: World) -> None:
    school = world.agencies["school"]
    school.left_at = timezone.now()
    school.save()
    assert hats_of(world.maud.user) == []


def request_of(person: Person, **session: str) -> HttpRequest:
    """A request with this identity session, and no cookie of keys."""
    request = RequestFactory().get("/")
    request.user = person.user
    request.session = session  # type: ignore[assignment]
    return request


def test_person_without_a_hat_acts_as_nothing(world: World) -> None:
    assert hat_for(request_of(world.maud))[1].role is Role.FRONTLINE
    end_membership(origin=PROGRAM, membership=world.maud.membership, reason="left")
    with pytest.raises(NoHat):
        hat_for(request_of(world.maud))


def test_hat_in_the_session_is_only_a_wish(world: World) -> None:
    """A hat that ended, or another's, is not put on because a session names it."""
    family, office = world.agencies["family"].pk, world.agencies["office"].pk
    others = request_of(world.noor, **{SESSION_HAT: str(world.rolf.membership.pk)})
    assert hat_for(others)[1].agency_id == family
    wish = {SESSION_HAT: str(world.deputy_hat.pk)}
    assert hat_for(request_of(world.noor, **wish))[1].agency_id == office
    end_membership(origin=PROGRAM, membership=world.deputy_hat, reason="left")
    assert hat_for(request_of(world.noor, **wish))[1].agency_id == family


def test_choosing_anothers_hat_is_refused_and_logged(world: World) -> None:
    request = request_of(world.maud)
    with pytest.raises(NotAllowed):
        choose_hat(request=request, membership_id=world.rolf.membership.pk)
    assert SESSION_HAT not in request.session
    assert refusals(Event.HAT_CHOSEN) == ["not_own_hat"]


def test_no_cookie_no_keys(world: World) -> None:
    with pytest.raises(KeysLocked):
        actor_for(request_of(world.maud, **{SESSION_REF: str(world.maud.user.pk)}))


def test_no_second_check_of_a_phrase_exists(world: World) -> None:
    """Django's own password stays unusable, whatever anybody sets."""
    maud = world.maud.user
    maud.set_password(PHRASE)
    maud.save()
    maud.refresh_from_db()
    assert maud.password.startswith("!")
    assert not maud.check_password(PHRASE)
    assert maud.has_usable_password(), "the slot is the usable phrase"
    KeySlot.objects.filter(user=maud).delete()
    assert not maud.has_usable_password()


def test_person_has_one_live_key(world: World) -> None:
    key = MemberKey.objects.get(user=world.maud.user)
    with pytest.raises(IntegrityError), transaction.atomic():
        MemberKey.objects.create(
            user=world.maud.user, kem_public=bytes(key.kem_public), sign_public=bytes(32)
        )


def test_desk_roles_are_the_two_that_open_arrivals() -> None:
    assert {Role.AGENCY_LEAD, Role.COORDINATOR} == DESK_ROLES
