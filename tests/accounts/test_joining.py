"""Inviting and joining: who may give which hat, the one link that counts, mail that may fail."""

import smtplib
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.mail.backends.base import BaseEmailBackend
from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.actor import Actor
from accounts.errors import AccountClosed, HatExists, LinkInvalid, NotAllowed
from accounts.keys.words import WORDS
from accounts.models import Agency, JoinLink, Membership, RingWrap, User
from accounts.models.partnership import AgencyKind
from accounts.roles import Role
from accounts.services.inviting import (
    Invitation,
    NewPerson,
    choices_for,
    invite_person,
    send_new_link,
)
from accounts.services.leaving import deactivate_person, end_membership
from accounts.services.people import find_link, join, roles_to_give
from accounts.suggesting import WORDS_SUGGESTED, suggest_phrase
from audit.events import Event, Outcome
from audit.models import AccessEvent
from tests.leaving import lose
from tests.world import PHRASE, PROGRAM, World

pytestmark = pytest.mark.django_db(transaction=True)
FAILING = "tests.accounts.test_joining.DownedServer"


class DownedServer(BaseEmailBackend):
    """A mail server that does not answer."""

    def send_messages(self, email_messages: Sequence[Any]) -> int:
        raise smtplib.SMTPServerDisconnected("gone")


def newcomer(world: World, **more: Any) -> NewPerson:
    given: dict[str, Any] = {
        "name": "New Person",
        "email": "new@test.example",
        "agency_id": world.agencies["school"].pk,
        "role": Role.FRONTLINE,
        "starts_on": timezone.localdate(),
    }
    return NewPerson(**{**given, **more})


def token_of(invited: Invitation) -> str:
    return invited.link.rstrip("/").rpartition("/")[2]


def refused(event: Event) -> int:
    return AccessEvent.objects.filter(action=event, outcome=Outcome.REFUSED).count()


@pytest.mark.parametrize("name", ["idris", "anke", "per"])
def test_whoever_looks_after_an_agency_invites(world: World, name: str) -> None:
    invited = invite_person(actor=world.people[name].actor, person=newcomer(world))
    assert find_link(token_of(invited)).user.email == "new@test.example"
    assert Membership.objects.get(pk=invited.membership_id).admitted_at is None


@pytest.mark.parametrize("name", ["sofia", "rolf", "maud", "kai", "nora", "claire", "lena"])
def test_nobody_else_invites_and_the_try_is_kept(world: World, name: str) -> None:
    with pytest.raises(NotAllowed):
        invite_person(actor=world.people[name].actor, person=newcomer(world))
    assert not User.objects.filter(email="new@test.example").exists()
    assert refused(Event.MEMBER_INVITED) == 1


def test_an_invitation_opens_nothing_to_whoever_made_it(world: World) -> None:
    """An administrator who opens the link of an invited lead holds no ring by it."""
    invited = invite_person(actor=world.per.actor, person=newcomer(world, role=Role.AGENCY_LEAD))
    keys = join(origin=PROGRAM, token=token_of(invited), phrase=PHRASE)
    assert not RingWrap.objects.filter(member_key_id=keys.id).exists()


@pytest.mark.parametrize("role", [Role.COORDINATOR, Role.PADMIN, Role.AUDITOR, Role.DPO])
def test_a_lead_makes_nobody_who_looks_after_or_watches_others(world: World, role: Role) -> None:
    with pytest.raises(NotAllowed):
        invite_person(actor=world.idris.actor, person=newcomer(world, role=role))
    assert refused(Event.MEMBER_INVITED) == 1


@pytest.mark.parametrize("name", ["anke", "per"])
def test_coordinators_are_at_the_coordination_office_only(world: World, name: str) -> None:
    actor = world.people[name].actor
    assert Role.COORDINATOR in roles_to_give(actor, world.agencies["office"])
    with pytest.raises(NotAllowed):
        invite_person(actor=actor, person=newcomer(world, role=Role.COORDINATOR))


def test_a_lead_whom_nobody_let_in_invites_nobody(world: World) -> None:
    Membership.objects.filter(pk=world.idris.membership.pk).update(admitted_at=None)
    with pytest.raises(NotAllowed):
        invite_person(actor=world.idris.actor, person=newcomer(world))
    with pytest.raises(NotAllowed):
        choices_for(actor=world.idris.actor)


def test_nobody_gives_themselves_a_hat(world: World) -> None:
    person = newcomer(world, email=world.per.email.upper(), role=Role.AGENCY_LEAD)
    with pytest.raises(NotAllowed):
        invite_person(actor=world.per.actor, person=person)


def test_whoever_has_a_key_gets_the_hat_and_no_link(world: World) -> None:
    invited = invite_person(actor=world.anke.actor, person=newcomer(world, email=world.kai.email))
    assert (invited.link, invited.name) == ("", "Kai Brandt")
    assert mail.outbox == []


def test_the_same_hat_twice_and_a_closed_account_are_said(world: World) -> None:
    with pytest.raises(HatExists):
        invite_person(actor=world.idris.actor, person=newcomer(world, email=world.maud.email))
    deactivate_person(origin=PROGRAM, user=world.kai.user)
    with pytest.raises(AccountClosed):
        invite_person(actor=world.anke.actor, person=newcomer(world, email=world.kai.email))
    assert refused(Event.MEMBER_INVITED) == 1


def test_choices_ask_as_often_for_many_agencies_as_for_few(world: World) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            choices_for(actor=world.per.actor)
        return len(queries)

    few = asked()
    for number in range(30):
        Agency.objects.create(
            partnership=world.partnership, name=f"School {number}", kind=AgencyKind.SCHOOL
        )
    assert asked() == few


def test_a_deputy_stands_in_for_somebody_of_the_same_desk(world: World) -> None:
    def deputy(email: str, covered: Membership) -> Membership | None:
        person = newcomer(world, email=email, role=Role.AGENCY_LEAD, deputy_of=covered.pk)
        invited = invite_person(actor=world.idris.actor, person=person)
        return Membership.objects.get(pk=invited.membership_id).deputy_of

    assert deputy("one@test.example", world.idris.membership) == world.idris.membership
    assert deputy("two@test.example", world.sofia.membership) is None


def test_the_mail_names_nobody_and_no_key(world: World) -> None:
    invited = invite_person(actor=world.idris.actor, person=newcomer(world))
    (message,) = mail.outbox
    assert invited.mailed
    assert message.subject == "You are invited to Confer in Rivenne"
    assert message.to == ["new@test.example"]
    assert invited.link in message.body
    for word in ("Idris", "Gandon", "New Person", "referr", "case"):
        assert word not in message.subject + str(message.body)


def test_an_apostrophe_is_one_in_a_mail(world: World) -> None:
    world.partnership.city = "L'Aquila"
    world.partnership.save()
    invite_person(actor=world.idris.actor, person=newcomer(world))
    assert "L'Aquila" in mail.outbox[0].subject


@override_settings(EMAIL_BACKEND=FAILING, MAIL_BY="server")
def test_a_mail_server_that_fails_loses_no_invitation(world: World) -> None:
    invited = invite_person(actor=world.idris.actor, person=newcomer(world))
    assert not invited.mailed
    assert find_link(token_of(invited)).user.name == "New Person"


@override_settings(MAIL_BY="nobody")
def test_without_a_mail_server_nothing_is_sent(world: World) -> None:
    invited = invite_person(actor=world.idris.actor, person=newcomer(world))
    assert (invited.mailed, mail.outbox) == (False, [])


def test_a_new_link_ends_the_one_before(world: World) -> None:
    first = invite_person(actor=world.idris.actor, person=newcomer(world))
    second = send_new_link(actor=world.idris.actor, membership_id=first.membership_id)
    with pytest.raises(LinkInvalid):
        find_link(token_of(first))
    join(origin=PROGRAM, token=token_of(second), phrase=PHRASE)
    assert not JoinLink.objects.filter(used_at__isnull=True, expires_at__gt=timezone.now()).exists()


def test_the_old_link_makes_no_second_key_when_the_first_is_lost(world: World) -> None:
    """Who kept an unused link cannot join in the place of somebody whose key has just ended."""
    first = invite_person(actor=world.idris.actor, person=newcomer(world))
    second = send_new_link(actor=world.idris.actor, membership_id=first.membership_id)
    keys = join(origin=PROGRAM, token=token_of(second), phrase=PHRASE)
    User.objects.get(pk=keys.user_id).member_keys.update(retired_at=timezone.now())
    for each in (first, second):
        with pytest.raises(LinkInvalid):
            join(origin=PROGRAM, token=token_of(each), phrase=PHRASE)


def test_the_link_of_a_hat_that_ended_opens_nothing(world: World) -> None:
    invited = invite_person(actor=world.idris.actor, person=newcomer(world))
    hat = Membership.objects.get(pk=invited.membership_id)
    end_membership(origin=PROGRAM, membership=hat, reason="left")
    with pytest.raises(LinkInvalid):
        find_link(token_of(invited))


def test_a_hat_that_begins_later_can_be_joined_before(world: World) -> None:
    later = timezone.localdate() + timedelta(days=20)
    invited = invite_person(actor=world.idris.actor, person=newcomer(world, starts_on=later))
    assert find_link(token_of(invited)).user.name == "New Person"


@pytest.mark.parametrize("name", ["sofia", "maud", "nora"])
def test_nobody_else_sends_a_link(world: World, name: str) -> None:
    actor: Actor = world.people[name].actor
    invited = invite_person(actor=world.idris.actor, person=newcomer(world))
    with pytest.raises(NotAllowed):
        send_new_link(actor=actor, membership_id=invited.membership_id)
    assert refused(Event.MEMBER_INVITED) == 1


def test_no_link_for_somebody_who_has_a_key(world: World) -> None:
    with pytest.raises(NotAllowed):
        send_new_link(actor=world.per.actor, membership_id=world.maud.membership.pk)


def test_no_mail_carries_a_link_to_somebody_who_had_a_key(world: World) -> None:
    """The hat was let in long ago: whoever reads the mailbox must not make the new key."""
    assert lose(world.kai, by=world.sofia.actor)
    again = send_new_link(actor=world.sofia.actor, membership_id=world.kai.membership.pk)
    hat = newcomer(world, email=world.kai.email)
    elsewhere = invite_person(actor=world.anke.actor, person=hat)
    assert again.by_hand
    assert elsewhere.by_hand
    assert find_link(token_of(elsewhere)).user == world.kai.user
    assert mail.outbox == []


def test_a_suggestion_is_six_words_of_the_list() -> None:
    found = {suggest_phrase() for _each in range(20)}
    assert len(found) == 20
    assert all(set(each.split()) <= set(WORDS) for each in found)
    assert {len(each.split()) for each in found} == {WORDS_SUGGESTED}


def test_the_join_page_suggests_another_phrase_each_time(world: World) -> None:
    invited = invite_person(actor=world.idris.actor, person=newcomer(world))
    path = reverse("join", args=[token_of(invited)])
    shown = [Client().get(path).context["suggestion"] for _each in range(2)]
    assert shown[0] != shown[1]
    assert all(len(each) >= 14 for each in shown)
