"""Every word of the log is written by some act, and every act writes one."""

from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.factors import factors_of
from accounts.keys.recovery import open_seed
from accounts.models import KeySession, Membership
from accounts.roles import Role
from accounts.services.factors import reset_factor
from accounts.services.leaving import deactivate_person, end_membership
from accounts.services.people import NewHat, create_member, join
from accounts.services.planning import plan_leave, remove_leave, set_last_day
from accounts.services.recovery import rehearse_recovery
from accounts.services.rescue import make_sheet
from audit.events import Event
from audit.models import AccessEvent
from casework.choices import (
    Compartment,
    DraftKind,
    FeedbackAnswer,
    Mark,
    NotPursuedReason,
    ReturnReason,
)
from casework.errors import AccessDenied
from casework.models import ItemVersion
from casework.services.ask_advice import ask_advice, convert, end_consultation, write_advice_message
from casework.services.check_referral import not_pursue, pass_check, send_past_lead
from casework.services.follow_up import add_since, resubmit, withdraw, write_message
from casework.services.form_tokens import FormClaim
from casework.services.keep_draft import begin_draft, delete_draft, keep_step, save_step
from casework.services.keep_text import keep_text
from casework.services.leaving import agency_leaves, end_suspension, replace_lost_key
from casework.services.open_item import open_item, open_part
from casework.services.open_kept import open_kept
from casework.services.people import admit
from casework.services.screen import decide, give_view
from casework.services.send_again import send_again
from casework.services.show_lists import (
    show_advice,
    show_home,
    show_inbox,
    show_own_referral,
    show_referral,
)
from casework.services.take_in import acknowledge, return_referral, route_urgent
from tests.ceremonies import custodian, founded_by, newcomer, recover
from tests.factors import SoftKey, add_key, give_phrase, make_card, options_of, post
from tests.referrals import VIEW, ask_sofia, case_of, send
from tests.signing_in import FORM, signed_in_client
from tests.world import PHRASE, PROGRAM, World, build_world


@pytest.mark.django_db(transaction=True)
def test_every_word_of_the_log_is_written_by_an_act() -> None:
    world = build_world()
    _drafts(world)
    _advice(world)
    _referral_to_the_end(world)
    _side_ways(world)
    _doors(world)
    _rescue(world)
    _factors(world)
    _recovery(world)
    _people_go(world)
    _people_come_back(world)
    written = set(AccessEvent.objects.values_list("action", flat=True))
    assert set(Event.values) - written == set()


def _drafts(world: World) -> None:
    maud = world.maud.actor
    draft = begin_draft(actor=maud, kind=DraftKind.REFERRAL)
    save_step(actor=maud, draft_id=draft, step="facts", answers={"what_happened": "a"})
    claim = FormClaim(world.maud.user.pk, "facts", draft)
    keep_step(origin=maud.origin, claim=claim, answers={"what_happened": "b"})
    delete_draft(actor=maud, draft_id=draft)


def _advice(world: World) -> None:
    maud, anke = world.maud.actor, world.anke.actor
    answers = {"what_happened": "a", "question": "b"}
    draft = begin_draft(actor=maud, kind=DraftKind.CONSULTATION, answers=answers)
    question = ask_advice(actor=maud, draft_id=draft)
    show_advice(actor=anke, consultation_id=question)
    write_advice_message(actor=anke, consultation_id=question, text="c")
    convert(actor=maud, consultation_id=question)
    end_consultation(actor=anke, consultation_id=question)


def _referral_to_the_end(world: World) -> None:
    maud, anke, sofia = world.maud.actor, world.anke.actor, world.sofia.actor
    referral = send(world, through_lead=True)
    show_home(actor=maud)
    pass_check(actor=world.idris.actor, referral_id=referral)
    show_inbox(actor=anke)
    acknowledge(actor=anke, referral_id=referral)
    add_since(actor=maud, referral_id=referral, text="d", mark=Mark.HEARSAY)
    write_message(actor=anke, referral_id=referral, text="e")
    ask_sofia(world, referral)
    (item,) = show_referral(actor=sofia, referral_id=referral).item_ids[:1]
    open_item(actor=sofia, item_id=item)
    for actor in (sofia, anke):
        give_view(actor=actor, referral_id=referral, view=VIEW)
    decide(actor=anke, referral_id=referral, answer=FeedbackAnswer.NOTHING_MORE)
    show_own_referral(actor=maud, referral_id=referral)
    _kept(world, send(world))
    _forge(world, referral_case=str(case_of(referral)))


def _kept(world: World, referral: UUID) -> None:
    """A message that came while the session was locked, and its author later."""
    claim = FormClaim(world.maud.user.pk, "referral_detail", referral)
    keep_text(origin=PROGRAM, claim=claim, answers={"text": "g"})
    open_kept(actor=world.maud.actor, form="referral_detail", object_id=referral)


def _forge(world: World, referral_case: str) -> None:
    """A database writer alters a text: it is shown as forged, and the log says so."""
    version = ItemVersion.objects.filter(item__case_id=referral_case, item__kind="concern").get()
    version.blob = bytes(version.blob)[:-1] + bytes([bytes(version.blob)[-1] ^ 1])
    version.save()
    open_part(actor=world.anke.actor, case_id=version.item.case_id, compartment=Compartment.C2)


def _side_ways(world: World) -> None:
    maud, anke, idris = world.maud.actor, world.anke.actor, world.idris.actor
    first = send(world, through_lead=True)
    not_pursue(actor=idris, referral_id=first, reason=NotPursuedReason.HANDLED_HERE)
    send_past_lead(actor=maud, referral_id=first)
    return_referral(actor=anke, referral_id=first, reason=ReturnReason.MISSING_FACTS)
    resubmit(actor=maud, referral_id=first, text="f")
    route_urgent(actor=anke, referral_id=first)
    withdraw(actor=maud, referral_id=send(world, barred=("idris",)))
    with pytest.raises(AccessDenied):
        show_referral(actor=world.rolf.actor, referral_id=first)


def _doors(world: World) -> None:
    browser = signed_in_client(world.noor)
    browser.post(reverse("hat_switch", args=[world.deputy_hat.pk]), "", content_type=FORM)
    browser.post(reverse("lock"), "", content_type=FORM)
    browser.post(reverse("unlock"), f"passphrase={PHRASE}", content_type=FORM)
    browser.get(reverse("people_list"))
    browser.get(reverse("access_log"))
    browser.get(reverse("my_record"))
    browser.get(reverse("sessions_list"))
    browser.post(reverse("home"), {"file": "x"})
    new = "another four words for tests"
    typed = f"passphrase={PHRASE}&new_passphrase={new}&repeated={new}"
    browser.post(reverse("passphrase_change"), typed, content_type=FORM)
    auditor = signed_in_client(world.nora)
    auditor.get(reverse("access_log"))
    auditor.post(reverse("sign_out"), "", content_type=FORM)
    wrong = f"login={world.kai.email}&password=not+the+phrase"
    Client().post(reverse("sign_in"), wrong, content_type=FORM)


def _factors(world: World) -> None:
    """Idris adds what there is, shows again who he is, and loses a key; Anke resets the rest."""
    idris, key = give_phrase(world.idris), SoftKey()
    make_card(idris)
    add_key(idris, key)
    post(idris, "prove", credential=key.get(options_of(idris)))
    post(give_phrase(world.idris), "second_step", code="not a code")
    card, passkey = factors_of(world.idris.user.pk)
    for factor in (passkey, card):
        post(idris, "factor_remove", factor.id)
    make_card(idris)
    reset_factor(actor=world.anke.actor, user_id=world.idris.user.pk)


def _rescue(world: World) -> None:
    code = make_sheet(actor=world.henri.actor)
    new = "another four words for tests"
    typed = f"email={world.henri.email}&code={code}&new_passphrase={new}&repeated={new}"
    Client().post(reverse("rescue"), typed, content_type=FORM)


def _recovery(world: World) -> None:
    founded = founded_by(world)
    private = open_seed(custodian(founded, 0), custodian(founded, 1))
    rehearse_recovery(origin=PROGRAM, recovery=founded.about.recovery, private=private)
    recover(founded, newcomer(world, "police"))


def _people_go(world: World) -> None:
    end_membership(origin=PROGRAM, membership=world.deputy_hat, reason="left")
    signed_in_client(world.anke)
    hat = NewHat(world.agencies["youth"], Role.FRONTLINE, timezone.localdate())
    create_member(origin=PROGRAM, email=world.kai.email, name="Kai Brandt", hat=hat)
    deactivate_person(origin=PROGRAM, user=world.kai.user)
    assert not KeySession.objects.filter(user=world.kai.user).exists()
    assert Membership.objects.filter(user=world.kai.user, ended_at=None).count() == 2


def _people_come_back(world: World) -> None:
    """Leave, a last day, an end of a suspension, a lost key, and an agency that leaves."""
    anke, sofia, today = world.anke.actor, world.sofia, timezone.localdate()
    hat = sofia.membership.pk
    leave = plan_leave(actor=anke, membership_id=hat, first=today, last=today)
    remove_leave(actor=anke, membership_id=hat, leave_id=leave)
    set_last_day(actor=anke, membership_id=hat, last_day=today)
    end_suspension(actor=anke, user_id=world.kai.user.pk)
    referral = send(world)
    acknowledge(actor=anke, referral_id=referral)
    ask_sofia(world, referral)
    token = replace_lost_key(actor=anke, user_id=sofia.user.pk)
    join(origin=PROGRAM, token=token, phrase=PHRASE)
    admit(actor=world.anke.actor, membership_id=hat)
    send_again(actor=world.anke.actor, user_id=sofia.user.pk)
    agency_leaves(actor=anke, agency_id=world.agencies["police"].pk)
