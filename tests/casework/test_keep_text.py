"""What is typed on forms outside drafts: kept after a lapse, sent once, found by its author."""

import threading
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from django.core import signing
from django.db import connection
from django.utils import timezone

from accounts.errors import FileErased
from accounts.keys.keeper import keeper
from audit.events import Event
from casework import access
from casework.choices import BarSource, ItemKind, Mark, ReturnReason
from casework.errors import InvalidTransition, NotKept, OtherTextSent
from casework.models import Case, Item, KeptText
from casework.services.ask_advice import end_consultation, write_advice_message
from casework.services.follow_up import add_since, resubmit, write_message
from casework.services.form_tokens import FormClaim, make_token, read_token
from casework.services.keep_text import MOST_KEPT, drop_expired_texts
from casework.services.leaving import replace_lost_key
from casework.services.open_kept import Kept
from casework.services.take_in import acknowledge, return_referral
from tests.casework.keeping import claim_for, keep, kept, messages, question_of, words, written
from tests.referrals import case_of, send
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def referral(world: World) -> UUID:
    return send(world)


@pytest.fixture
def question(world: World) -> UUID:
    return question_of(world)


# The services


def test_text_is_kept_and_opened_by_its_author_only(world: World, referral: UUID) -> None:
    claim = claim_for(world.maud, "addition_new", referral)
    keep(claim, "What I saw since", mark="hearsay")
    found = kept(world.maud, "addition_new", referral)
    assert found.answers == {"text": "What I saw since", "mark": "hearsay"}
    assert found.kept_at is not None
    for person in (world.anke, world.henri, world.idris):
        assert kept(person, "addition_new", referral) == Kept()
    assert kept(world.maud, "referral_detail", referral) == Kept()
    assert kept(world.maud, "addition_new", uuid.uuid4()) == Kept()


def test_row_given_to_somebody_else_opens_nothing(world: World, referral: UUID) -> None:
    """Somebody who writes the database moves Maud's text to Anke, or to another form."""
    keep(claim_for(world.maud, "referral_detail", referral), "secret")
    KeptText.objects.update(author=world.anke.user, form="message_send")
    assert words(kept(world.anke, "message_send", referral)) == ""
    KeptText.objects.update(author=world.maud.user, form="addition_new")
    assert words(kept(world.maud, "addition_new", referral)) == ""
    KeptText.objects.update(form="referral_detail")
    assert words(kept(world.maud, "referral_detail", referral)) == "secret"


def test_keeping_and_reading_are_recorded(world: World, referral: UUID) -> None:
    keep(claim_for(world.maud, "referral_detail", referral), "a")
    assert not written(Event.TEXT_READ)
    found = kept(world.maud, "referral_detail", referral)
    (was_kept,), (was_read,) = written(Event.TEXT_KEPT), written(Event.TEXT_READ)
    case = Case.objects.get(pk=case_of(referral))
    assert (was_kept.actor, was_kept.outcome, was_kept.object_ref) == (None, "done", referral)
    assert was_kept.case_ref == case.log_ref
    assert was_kept.recipients == [str(world.maud.user.log_ref)]
    assert (was_read.actor, was_read.object_ref) == (world.maud.user.log_ref, referral)
    assert was_read.refs == [str(each) for each in found.ids]
    assert kept(world.maud, "addition_new", referral) == Kept()
    assert len(written(Event.TEXT_READ)) == 1, "where nothing is kept nothing is read"


Refused = Callable[[World, UUID], FormClaim]
NO_RIGHT: dict[str, Refused] = {
    "stranger": lambda world, referral: claim_for(world.henri, "referral_detail", referral),
    "author as desk": lambda world, referral: claim_for(world.maud, "message_send", referral),
    "desk as author": lambda world, referral: claim_for(world.anke, "referral_detail", referral),
    "unknown object": lambda world, _ref: claim_for(world.maud, "referral_detail", uuid.uuid4()),
    "other kind": lambda world, referral: claim_for(world.maud, "consultation_detail", referral),
    "unknown form": lambda world, referral: claim_for(world.maud, "home", referral),
    "nobody": lambda _world, referral: FormClaim(uuid.uuid4(), "referral_detail", referral),
}


@pytest.mark.parametrize("who", NO_RIGHT)
def test_nothing_is_kept_for_who_has_no_right(world: World, referral: UUID, who: str) -> None:
    with pytest.raises(NotKept):
        keep(NO_RIGHT[who](world, referral), "a")
    assert not KeptText.objects.exists()
    (event,) = written(Event.TEXT_KEPT)
    assert (event.outcome, event.reason, event.case_ref) == ("refused", "no_right", None)


def test_nothing_is_kept_for_the_barred_and_the_suspended(world: World, referral: UUID) -> None:
    claim = claim_for(world.anke, "message_send", referral)
    keep(claim, "first")
    access.bar(
        case=Case.objects.get(pk=case_of(referral)),
        user_id=world.anke.user.pk,
        source=BarSource.REFERRER,
    )
    with pytest.raises(NotKept):
        keep(claim, "second")
    world.maud.user.is_active = False
    world.maud.user.save()
    with pytest.raises(NotKept):
        keep(claim_for(world.maud, "referral_detail", referral), "third")


def test_nothing_is_kept_of_an_empty_box_or_beyond_the_limit(world: World, referral: UUID) -> None:
    with pytest.raises(NotKept):
        keep(claim_for(world.maud, "referral_detail", referral), "")
    claim = claim_for(world.maud, "referral_detail", referral)
    for number in range(MOST_KEPT):
        keep(claim, f"text {number}")
    with pytest.raises(NotKept):
        keep(claim, "one too many")
    assert words(kept(world.maud, "referral_detail", referral)) == f"text {MOST_KEPT - 1}"


def test_newest_of_one_form_counts_and_two_tabs_come_together(world: World, referral: UUID) -> None:
    first, second = (claim_for(world.maud, "referral_detail", referral) for _ in range(2))
    keep(first, "half")
    keep(first, "half and more")
    keep(second, "other tab")
    found = kept(world.maud, "referral_detail", referral)
    assert words(found) == "half and more\n\nother tab"
    # The page that shows both goes on, and what it keeps takes their place.
    keep(claim_for(world.maud, "referral_detail", referral, *found.ids), "both, better")
    assert KeptText.objects.count() == 1
    assert words(kept(world.maud, "referral_detail", referral)) == "both, better"
    for gone in found.ids:
        with pytest.raises(FileErased):
            keeper().create(gone, [])


def test_sending_deletes_the_row_and_the_keepers_key(world: World, referral: UUID) -> None:
    keep(claim_for(world.maud, "referral_detail", referral), "kept")
    ids = kept(world.maud, "referral_detail", referral).ids
    claim = claim_for(world.maud, "referral_detail", referral, *ids)
    write_message(actor=world.maud.actor, referral_id=referral, text="kept", claim=claim)
    assert not KeptText.objects.exists()
    with pytest.raises(FileErased):
        keeper().create(ids[0], [])
    assert messages(case_of(referral)) == [str(claim.item_id)]


def test_text_that_another_tab_sent_after_all_is_dropped(world: World, referral: UUID) -> None:
    claim = claim_for(world.maud, "referral_detail", referral)
    keep(claim, "kept")
    write_message(actor=world.maud.actor, referral_id=referral, text="kept", claim=claim)
    assert words(kept(world.maud, "referral_detail", referral)) == ""
    assert not KeptText.objects.exists()
    (event,) = written(Event.DRAFT_DELETED)[-1:]
    assert event.reason == "already_sent"


def test_token_replayed_after_sending_keeps_nothing(world: World, referral: UUID) -> None:
    claim = claim_for(world.maud, "referral_detail", referral)
    write_message(actor=world.maud.actor, referral_id=referral, text="sent", claim=claim)
    with pytest.raises(NotKept):
        keep(claim, "what somebody else typed at Maud's computer")
    assert not KeptText.objects.exists()


def test_kept_text_expires_like_a_draft(world: World, referral: UUID) -> None:
    keep(claim_for(world.maud, "referral_detail", referral), "old")
    (row_id,) = KeptText.objects.values_list("pk", flat=True)
    KeptText.objects.update(kept_at=timezone.now() - timedelta(days=30))
    assert kept(world.maud, "referral_detail", referral) == Kept()
    drop_expired_texts(actor=world.anke.actor)
    assert KeptText.objects.exists(), "only the own ones"
    drop_expired_texts(actor=world.maud.actor)
    assert not KeptText.objects.exists()
    with pytest.raises(FileErased):
        keeper().create(row_id, [])


def test_text_goes_with_the_key_that_it_was_sealed_to(world: World, referral: UUID) -> None:
    keep(claim_for(world.maud, "referral_detail", referral), "sealed to the lost key")
    (row_id,) = KeptText.objects.values_list("pk", flat=True)
    replace_lost_key(actor=world.idris.actor, user_id=world.maud.user.pk)
    assert not KeptText.objects.exists()
    with pytest.raises(FileErased):
        keeper().create(row_id, [])


# Once


def test_same_form_makes_one_message(world: World, referral: UUID, question: UUID) -> None:
    maud, anke = world.maud.actor, world.anke.actor
    acknowledge(actor=anke, referral_id=referral)
    for actor, form in ((maud, "referral_detail"), (anke, "message_send")):
        claim = FormClaim(actor.user_id, form, referral)
        for _each in range(3):
            write_message(actor=actor, referral_id=referral, text="a", claim=claim)
        assert str(claim.item_id) in messages(case_of(referral))
    assert len(messages(case_of(referral))) == 2
    claim = FormClaim(anke.user_id, "advice_desk", question)
    for _each in range(3):
        write_advice_message(actor=anke, consultation_id=question, text="b", claim=claim)
    assert Item.objects.filter(pk=claim.item_id).count() == 1
    claim = FormClaim(maud.user_id, "addition_new", referral)
    for _each in range(2):
        add_since(actor=maud, referral_id=referral, text="c", mark=Mark.FACT, claim=claim)
    assert Item.objects.filter(kind=ItemKind.ADDITION).count() == 1


def test_same_resubmission_comes_once_though_the_state_moved(world: World, referral: UUID) -> None:
    maud = world.maud.actor
    reason = ReturnReason.MISSING_FACTS
    return_referral(actor=world.anke.actor, referral_id=referral, reason=reason)
    claim = claim_for(world.maud, "referral_resubmit", referral)
    for _each in range(2):
        resubmit(actor=maud, referral_id=referral, text="more", claim=claim)
    assert Item.objects.filter(kind=ItemKind.ADDITION).count() == 1
    with pytest.raises(InvalidTransition):
        resubmit(actor=maud, referral_id=referral, text="more")


def test_same_form_with_another_text_is_neither_sent_nor_lost(
    world: World, referral: UUID, question: UUID
) -> None:
    maud = world.maud.actor
    claim = claim_for(world.maud, "addition_new", referral)
    add_since(actor=maud, referral_id=referral, text="a", mark=Mark.FACT, claim=claim)
    for text, mark in (("b", Mark.FACT), ("a", Mark.OPINION)):
        with pytest.raises(OtherTextSent):
            add_since(actor=maud, referral_id=referral, text=text, mark=mark, claim=claim)
    claim = claim_for(world.maud, "consultation_detail", question)
    write_advice_message(actor=maud, consultation_id=question, text="a", claim=claim)
    with pytest.raises(OtherTextSent):
        write_advice_message(actor=maud, consultation_id=question, text="b", claim=claim)
    end_consultation(actor=world.anke.actor, consultation_id=question)
    write_advice_message(actor=maud, consultation_id=question, text="a", claim=claim)


def test_two_at_the_same_moment_make_one(world: World, referral: UUID, question: UUID) -> None:
    maud = world.maud.actor
    message = claim_for(world.maud, "referral_detail", referral)
    advice = claim_for(world.maud, "consultation_detail", question)

    def write() -> None:
        write_message(actor=maud, referral_id=referral, text="a", claim=message)

    def advise() -> None:
        write_advice_message(actor=maud, consultation_id=question, text="a", claim=advice)

    for act, claim in ((write, message), (advise, advice)):
        assert at_once(act, 3) == []
        assert Item.objects.filter(pk=claim.item_id).count() == 1
    assert messages(case_of(referral)) == [str(message.item_id)]


def at_once(act: Callable[[], None], count: int) -> list[Exception]:
    """Run the act in threads that begin together; what went wrong in any of them."""
    gate, wrong = threading.Barrier(count), list[Exception]()

    def run() -> None:
        try:
            gate.wait()
            act()
        except Exception as error:  # noqa: BLE001 - the test asks that there is none
            wrong.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _each in range(count)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    return wrong


# The token


def test_token_gives_its_claim_back_and_holds_ids_only(world: World, referral: UUID) -> None:
    claim = claim_for(world.maud, "referral_detail", referral, uuid.uuid4())
    assert read_token(make_token(claim)) == claim


def test_forged_altered_and_old_tokens_are_none(world: World, referral: UUID) -> None:
    token = make_token(claim_for(world.maud, "referral_detail", referral))
    old = signing.TimestampSigner(salt="confer.form")
    assert read_token("") is None
    assert read_token("x:y:z") is None
    assert read_token(token[:-1] + ("a" if token[-1] != "a" else "b")) is None
    assert read_token(signing.dumps(["form", "no-id"], salt="confer.form")) is None
    assert read_token(signing.dumps([], salt="confer.form")) is None
    assert read_token(signing.dumps(["form", *["0" * 32] * 3], salt="another")) is None
    assert old.unsign(token, max_age=60)


def test_claims_that_differ_have_ids_of_their_own(world: World, referral: UUID) -> None:
    first = claim_for(world.maud, "referral_detail", referral)
    assert first != claim_for(world.maud, "referral_detail", referral)
    assert replace(first) == first
