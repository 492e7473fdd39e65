"""Views, decisions and shares are codes in the clear: whoever changes a row is found out."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from django.db.models import F
from django.test import Client
from django.utils import timezone

from accounts.keys import directory
from accounts.keys.statements import VerifiedDirectory
from accounts.services.tending import tend_keys
from audit.events import Event
from audit.models import AccessEvent
from casework.choices import CaseState, DisclosurePurpose, FeedbackAnswer, ScreeningReason
from casework.errors import SealForged
from casework.models import Disclosure, Referral, Screening, ScreeningView
from casework.queries.case_page import screening_of
from casework.services.leaving import end_hat
from casework.services.open_item import open_item
from casework.services.screen import View, decide, give_view
from casework.services.show_lists import show_own_referral, show_referral
from casework.services.take_in import acknowledge
from casework.services.unsealing import Vouched
from casework.signed_codes import genuine_decision, genuine_share, genuine_view
from tests.referrals import VIEW, ask_sofia, case_of, send
from tests.signing_in import signed_in_client
from tests.world import Person, World, build_world

pytestmark = pytest.mark.django_db(transaction=True)
ANOTHER = View(CaseState.SIGNPOSTED, ScreeningReason.ONE_SERVICE_SUFFICES)


def _screened(world: World) -> UUID:
    """A referral with both views."""
    referral = send(world)
    acknowledge(actor=world.anke.actor, referral_id=referral)
    ask_sofia(world, referral)
    for actor in (world.sofia.actor, world.anke.actor):
        give_view(actor=actor, referral_id=referral, view=VIEW)
    return referral


def _decided(world: World) -> UUID:
    referral = _screened(world)
    decide(actor=world.anke.actor, referral_id=referral, answer=FeedbackAnswer.NOTHING_MORE)
    return referral


def _stated(person: Person) -> VerifiedDirectory:
    return directory.verified(person.actor.keys.pin)


def test_honest_view_decision_and_shares_verify() -> None:
    world = build_world()
    referral = Referral.objects.get(pk=_decided(world))
    screening = Screening.objects.get(case_id=referral.case_id)
    stated = _stated(world.maud)
    assert all(genuine_view(view, screening, stated) for view in screening.views.all())
    assert genuine_decision(screening, referral, stated)
    lines = Disclosure.objects.filter(case_id=referral.case_id)
    signed = [line for line in lines if line.signed_by is not None]
    assert {line.purpose for line in signed} >= {
        DisclosurePurpose.SCREENING,
        DisclosurePurpose.INTAKE,
    }
    assert all(genuine_share(line, stated) for line in signed)


def test_no_line_that_an_author_sent_says_who_sent_it() -> None:
    world = build_world()
    send(world)
    assert not Disclosure.objects.filter(signed_by__isnull=False).exists()


@pytest.mark.parametrize(
    "change",
    [
        {"outcome": CaseState.SIGNPOSTED},
        {"reason": ScreeningReason.ONE_SERVICE_SUFFICES},
        {"signature": b"0" * 64},
        {"signature": None, "signed_by": None},
    ],
    ids=["outcome", "reason", "signature", "no signature"],
)
def test_changed_view_stops_the_decision_and_is_in_the_log(change: dict[str, object]) -> None:
    world = build_world()
    referral = _screened(world)
    view = ScreeningView.objects.get(agency=world.agencies["youth"])
    before = {name: getattr(view, name) for name in change}
    assert before != change
    ScreeningView.objects.filter(pk=view.pk).update(**change)
    with pytest.raises(SealForged):
        decide(actor=world.anke.actor, referral_id=referral, answer=FeedbackAnswer.TAKEN_OVER)
    assert Referral.objects.get(pk=referral).feedback == ""
    refused = AccessEvent.objects.filter(action=Event.SCREENING_DECIDED, outcome="refused")
    assert [event.reason for event in refused] == ["seal_or_signature"]
    page = screening_of(world.anke.actor, case_of(referral))
    assert page is not None
    assert page.forged
    assert page.agreed == ""


def test_view_signed_for_another_agency_or_case_is_none() -> None:
    world = build_world()
    referral = _screened(world)
    screening = Screening.objects.get(case_id=case_of(referral))
    stated = _stated(world.anke)
    mine = ScreeningView.objects.get(agency=world.agencies["office"])
    mine.agency = world.agencies["youth"]
    assert not genuine_view(mine, screening, stated)
    theirs = ScreeningView.objects.get(agency=world.agencies["youth"])
    screening.case_id = case_of(send(world))
    assert not genuine_view(theirs, screening, stated)


def test_view_by_somebody_without_the_desk_is_none() -> None:
    """Kai works at the youth service and has keys, but nobody let him in to its desk."""
    world = build_world()
    referral = _screened(world)
    screening = Screening.objects.get(case_id=case_of(referral))
    view = ScreeningView.objects.get(agency=world.agencies["youth"])
    from_kai = world.kai.actor.keys
    view.signed_by = from_kai.id
    assert not genuine_view(view, screening, _stated(world.anke))


@pytest.mark.parametrize("name", ["feedback", "outcome", "reason", "decided_at", "signature"])
def test_changed_answer_is_never_shown_as_genuine(name: str) -> None:
    world = build_world()
    referral = _decided(world)
    screening = Screening.objects.filter(case_id=case_of(referral))
    changes: dict[str, Callable[[], object]] = {
        "feedback": lambda: Referral.objects.filter(pk=referral).update(
            feedback=FeedbackAnswer.TAKEN_OVER
        ),
        "outcome": lambda: screening.update(outcome=CaseState.TRANSFERRED),
        "reason": lambda: screening.update(reason=ScreeningReason.ONE_SERVICE_SUFFICES),
        "decided_at": lambda: screening.update(decided_at=F("decided_at") - timedelta(days=1)),
        "signature": lambda: screening.update(signature=None, signed_by=None),
    }
    row = show_own_referral(actor=world.maud.actor, referral_id=referral).row
    assert row.feedback is FeedbackAnswer.NOTHING_MORE
    changes[name]()
    row = show_own_referral(actor=world.maud.actor, referral_id=referral).row
    assert row.feedback is None
    assert row.answer_is_forged
    reported = AccessEvent.objects.filter(action=Event.ITEM_FORGED).last()
    assert reported is not None
    assert str(referral) in reported.refs
    browser: Client = signed_in_client(world.maud)
    page = browser.get(f"/referrals/{referral}/").content.decode()
    assert "nobody at the desk signed it" in page


def test_changed_line_of_the_ledger_closes_the_text_as_forged() -> None:
    world = build_world()
    referral = send(world)
    acknowledge(actor=world.anke.actor, referral_id=referral)
    ask_sofia(world, referral)
    (item, *_others) = show_referral(actor=world.sofia.actor, referral_id=referral).item_ids
    assert open_item(actor=world.sofia.actor, item_id=item).vouched is Vouched.DESK
    lines = Disclosure.objects.filter(item=item, purpose=DisclosurePurpose.SCREENING)
    lines.update(purpose=DisclosurePurpose.INTAKE)
    opened = open_item(actor=world.sofia.actor, item_id=item)
    assert opened.vouched is Vouched.FORGED
    assert opened.body == {}


def test_decision_of_a_coordinator_who_left_later_still_verifies() -> None:
    world = build_world()
    referral = Referral.objects.get(pk=_decided(world))
    screening = Screening.objects.get(case_id=referral.case_id)
    stated = _stated(world.maud)
    signer = screening.signed_by
    assert signer is not None
    end_hat(actor=world.noor.acting(world.deputy_hat), membership_id=world.anke.membership.pk)
    tend_keys(actor=world.noor.acting(world.deputy_hat))
    stated = _stated(world.maud)
    assert not stated.coordinated(signer, at=timezone.now())
    assert genuine_decision(screening, referral, stated)


def test_nothing_is_agreed_where_views_differ() -> None:
    world = build_world()
    referral = _screened(world)
    give_view(actor=world.anke.actor, referral_id=referral, view=ANOTHER)
    page = screening_of(world.anke.actor, case_of(referral))
    assert page is not None
    assert (page.agreed, page.forged) == ("", False)
