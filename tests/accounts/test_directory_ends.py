"""Ends in the database: what they stop, what stays genuine, and who states them."""

import hashlib
import hmac
import os
from datetime import datetime, timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.errors import DirectoryForged, NotAllowed
from accounts.keys import directory, kem, rings
from accounts.keys.member import MemberKeys
from accounts.keys.statements import StatementKind
from accounts.models import DirectoryStatement, KeySlot, MemberKey, Membership, RingEpoch
from accounts.roles import Role
from accounts.services.leaving import deactivate_person, retire_key
from accounts.services.people import NewHat, admit_member, create_member
from accounts.services.tending import tend_keys
from audit.events import Event, Outcome
from audit.models import AccessEvent
from casework import sealing
from casework.choices import DraftKind, ItemKind, Mark, ReferralState
from casework.errors import DraftGone, NotKept
from casework.models import Item, ItemVersion, KeptStep, KeptText, Referral
from casework.services.follow_up import add_since
from casework.services.form_tokens import FormClaim
from casework.services.keep_draft import begin_draft, keep_step
from casework.services.keep_text import keep_text
from casework.services.open_item import open_item
from casework.services.recipients import person_reader
from casework.services.storing import item_address
from casework.services.take_in import acknowledge
from casework.services.unsealing import Vouched
from tests.decrypting import file_keys
from tests.leaving import come_back, leave, lose
from tests.referrals import send
from tests.world import PROGRAM, World

pytestmark = pytest.mark.django_db(transaction=True)
ENDED, RETIRED = StatementKind.ADMISSION_ENDED, StatementKind.KEY_RETIRED


@pytest.fixture
def world(world: World) -> World:
    """The partnership, before a process that has verified nothing of it yet."""
    directory._verified.clear()
    return world


def said(kind: StatementKind) -> list[DirectoryStatement]:
    return list(DirectoryStatement.objects.filter(kind=kind.value).order_by("seq"))


def second_lead(world: World, agency: str) -> Membership:
    hat = NewHat(world.agencies[agency], Role.AGENCY_LEAD, timezone.localdate())
    return create_member(origin=PROGRAM, email=world.rolf.email, name=world.rolf.name, hat=hat)


def test_leaver_is_stated_by_the_next_holder_once(world: World) -> None:
    leave(world.deputy_hat, by=world.anke.actor)
    assert said(ENDED) == [], "an end needs nobody's key"
    tend_keys(actor=world.anke.actor)
    tend_keys(actor=world.anke.actor)
    (row,) = said(ENDED)
    assert row.subject_id == world.noor.keys.id
    logged = AccessEvent.objects.filter(action=Event.STATEMENT_ADDED.value)
    assert bytes(row.digest) in {bytes(each.detail_digest or b"") for each in logged}
    held = directory.verified(directory.newest_pin()).admissions[world.noor.keys.id.hex]
    assert held == {(world.agencies["family"].id.hex, Role.AGENCY_LEAD.value)}


def test_everybody_who_is_there_stays_admitted(world: World) -> None:
    before = DirectoryStatement.objects.count()
    for name in ("anke", "idris", "sofia", "rolf", "noor"):
        tend_keys(actor=world.people[name].actor)
    assert DirectoryStatement.objects.count() == before


def test_row_that_brings_a_leaver_back_gets_nothing(world: World) -> None:
    """The database says that Noor is there still; the directory says that she went."""
    epoch = RingEpoch.objects.get(ring__agency=world.agencies["office"], retired_at=None)
    blobs = list(epoch.wraps.values_list("member_key_id", "blob"))
    leave(world.deputy_hat, by=world.anke.actor, then=world.anke.actor)
    hat = world.deputy_hat
    Membership.objects.filter(pk=hat.pk).update(ended_at=None, admitted_at=timezone.now())
    with pytest.raises(DirectoryForged):
        person_reader(Membership.objects.get(pk=hat.pk), by=world.maud.actor)
    key = MemberKey.objects.get(pk=world.noor.keys.id)
    newest = RingEpoch.objects.get(ring=epoch.ring, retired_at=None)
    with pytest.raises(DirectoryForged), transaction.atomic():
        rings.admit_holder(newest, key, by=world.anke.keys, origin=PROGRAM)
    newest.wraps.filter(member_key=key).delete()
    newest.wraps.create(member_key=key, blob=dict(blobs)[key.pk])
    RingEpoch.objects.filter(pk=newest.pk).update(number=9)
    with pytest.raises(DirectoryForged):
        send(world)


def test_retired_key_that_a_row_brings_back_gets_nothing(world: World) -> None:
    old = world.noor.keys
    slots = list(KeySlot.objects.filter(user=world.noor.user))
    lose(world.noor, by=world.anke.actor)
    MemberKey.objects.filter(pk=old.id).update(retired_at=None)
    KeySlot.objects.bulk_create(slots)
    key = MemberKey.objects.get(pk=old.id)
    actor = world.anke.actor
    with pytest.raises(DirectoryForged, match="retired"):
        rings.member_recipient(key, by=actor.keys)
    with pytest.raises(DirectoryForged):
        person_reader(world.deputy_hat, by=actor)
    hat = Membership.objects.get(pk=world.deputy_hat.pk)
    with pytest.raises(DirectoryForged):
        admit_member(actor=actor, membership=hat)
    assert Membership.objects.filter(user=world.noor.user, admitted_at=None).count() == 2


def test_text_that_comes_without_a_session_is_not_sealed_to_a_substituted_key(
    world: World,
) -> None:
    """Nobody signed in has a pin: what the directory says now is asked all the same."""
    referral_id = send(world)
    draft_id = begin_draft(actor=world.maud.actor, kind=DraftKind.REFERRAL)
    stranger = kem.private_from_seed(os.urandom(32)).public
    MemberKey.objects.filter(user=world.maud.user).update(kem_public=stranger)
    user_id = world.maud.user.pk
    claim = FormClaim(user_id, "facts", draft_id)
    with pytest.raises(DraftGone):
        keep_step(origin=PROGRAM, claim=claim, answers={"what_happened": "kept"})
    claim = FormClaim(user_id, "referral_detail", referral_id)
    with pytest.raises(NotKept):
        keep_text(origin=PROGRAM, claim=claim, answers={"text": "kept"})
    assert not KeptStep.objects.exists()
    assert not KeptText.objects.exists()
    for event in (Event.DRAFT_KEPT, Event.TEXT_KEPT):
        (row,) = AccessEvent.objects.filter(action=event.value)
        assert row.outcome == Outcome.REFUSED


def test_retired_key_states_nothing_more(world: World) -> None:
    """A thief who has Noor's old keys and the database writes no statement that counts."""
    old = world.noor.keys
    lose(world.noor, by=world.anke.actor)
    before = DirectoryStatement.objects.count()
    fields = {"member_key": world.maud.keys.id.hex, "user": world.maud.user.pk.hex}
    for kind, more in (
        (RETIRED, {"at": timezone.now().isoformat()}),
        (StatementKind.ADMISSION, {"agency": world.agencies["office"].pk.hex, "role": "CHAIR"}),
    ):
        with pytest.raises(DirectoryForged), transaction.atomic():
            directory.append(kind, old.id, fields | more, by=old, origin=PROGRAM)
    assert DirectoryStatement.objects.count() == before
    assert directory.newest_pin().seq == before


def test_refused_retirement_leaves_no_trace_in_the_rows(world: World) -> None:
    """Rolf leads the police: even the service that ends keys cannot state it for him."""
    with pytest.raises(DirectoryForged), transaction.atomic():
        retire_key(actor=world.rolf.actor, user=world.idris.user)
    assert MemberKey.objects.filter(pk=world.idris.keys.id, retired_at=None).exists()
    assert said(RETIRED) == []


def test_lead_at_the_office_signs_in_after_somebody_left(world: World) -> None:
    """Only coordinators speak for the office; a lead there leaves it to them and is not stopped."""
    hat = second_lead(world, "office")
    admit_member(actor=world.anke.actor, membership=hat)
    leave(world.deputy_hat, by=world.anke.actor)
    tend_keys(actor=world.rolf.acting(hat))
    assert said(ENDED) == []
    with pytest.raises(NotAllowed):
        admit_member(actor=world.rolf.acting(hat), membership=world.lena.membership)
    tend_keys(actor=world.anke.actor)
    assert len(said(ENDED)) == 1


def test_coordinators_end_does_not_touch_other_agencies(world: World) -> None:
    """A lead of the youth service went; only a lead there, or nobody, states it."""
    deactivate_person(origin=PROGRAM, user=world.sofia.user)
    tend_keys(actor=world.anke.actor)
    assert said(ENDED) == []


def taken_in_by_noor(world: World) -> None:
    referral_id = send(world, urgent=True)
    acknowledge(actor=world.noor.acting(world.deputy_hat), referral_id=referral_id)


def vouched(world: World, kind: ItemKind) -> Vouched:
    """What Anke's page says of the newest item of a kind."""
    row = Item.objects.filter(kind=kind).latest("created_at")
    return open_item(actor=world.anke.actor, item_id=row.pk, purpose="safety").vouched


def sign_as_stored(item: Item, keys: MemberKeys) -> None:
    """Somebody writes the database and signs with keys that they have."""
    row = ItemVersion.objects.get(item=item)
    signature = sealing.stored_signature(
        keys, bytes(row.blob), bytes(row.kid32), item_address(item, 1)
    )
    ItemVersion.objects.filter(pk=row.pk).update(stored_by=keys.id, stored_signature=signature)


def test_item_by_a_coordinator_who_left_stays_verified(world: World) -> None:
    taken_in_by_noor(world)
    assert vouched(world, ItemKind.CONCERN) is Vouched.DESK
    leave(world.deputy_hat, by=world.anke.actor, then=world.anke.actor)
    assert len(said(ENDED)) == 1
    assert vouched(world, ItemKind.CONCERN) is Vouched.DESK


def test_item_by_a_coordinator_whose_key_was_retired_stays_verified(world: World) -> None:
    taken_in_by_noor(world)
    lose(world.noor, by=world.anke.actor)
    assert len(said(RETIRED)) == 1
    assert vouched(world, ItemKind.CONCERN) is Vouched.DESK


@pytest.mark.parametrize("how", ["left", "retired", "left, lost and back"])
def test_new_item_signed_by_a_coordinator_who_went_is_forged(world: World, how: str) -> None:
    old = world.noor.keys
    if how != "retired":
        leave(world.deputy_hat, by=world.anke.actor, then=world.anke.actor)
    token = lose(world.noor, by=world.anke.actor) if how != "left" else ""
    if how == "left, lost and back":
        come_back(world.noor, token, by=world.anke.actor)
    send(world)
    concern = Item.objects.get(kind=ItemKind.CONCERN)
    assert vouched(world, ItemKind.CONCERN) is Vouched.NOT_YET
    sign_as_stored(concern, old)
    assert vouched(world, ItemKind.CONCERN) is Vouched.FORGED


def added_by_maud(world: World) -> ItemVersion:
    referral_id = send(world)
    acknowledge(actor=world.anke.actor, referral_id=referral_id)
    add_since(actor=world.maud.actor, referral_id=referral_id, text="since", mark=Mark.FACT)
    return ItemVersion.objects.get(item__kind=ItemKind.ADDITION)


def seal_anew(world: World, row: ItemVersion, signer: MemberKeys, at: datetime) -> None:
    """A thief holds the data key, the keeper's share and somebody's old keys."""
    opened = open_item(actor=world.anke.actor, item_id=row.item_id)
    kid32, address = bytes(row.kid32), item_address(row.item, 1)
    lock = hmac.digest(file_keys()[row.item.file_id], kid32, hashlib.sha512)[:32]
    key = sealing.DataKey(opened.root, kid32, lock)
    blob, _digest = sealing.seal({"text": "more"}, at=at, address=address, key=key, signer=signer)
    stored = sealing.stored_signature(signer, blob, kid32, address)
    ItemVersion.objects.filter(pk=row.pk).update(
        blob=blob, stored_by=signer.id, stored_signature=stored
    )


def test_text_of_an_author_whose_key_was_retired_stays_genuine(world: World) -> None:
    added_by_maud(world)
    assert vouched(world, ItemKind.ADDITION) is Vouched.AUTHOR
    lose(world.maud, by=world.anke.actor)
    assert vouched(world, ItemKind.ADDITION) is Vouched.AUTHOR
    assert vouched(world, ItemKind.SOURCE) is Vouched.DESK, "signed inside by Maud, too"


def test_text_that_a_retired_key_signs_later_is_forged(world: World) -> None:
    row, old = added_by_maud(world), world.maud.keys
    lose(world.maud, by=world.anke.actor)
    seal_anew(world, row, old, timezone.now() + timedelta(seconds=1))
    assert vouched(world, ItemKind.ADDITION) is Vouched.FORGED


def test_text_that_a_retired_key_dates_back_is_forged_by_its_row(world: World) -> None:
    """The seal says yesterday, and the row came after the end: the later time counts."""
    row, old = added_by_maud(world), world.maud.keys
    lose(world.maud, by=world.anke.actor)
    seal_anew(world, row, old, timezone.now() - timedelta(days=1))
    assert vouched(world, ItemKind.ADDITION) is Vouched.AUTHOR, "the row is as old as it says"
    ItemVersion.objects.filter(pk=row.pk).update(created_at=timezone.now())
    assert vouched(world, ItemKind.ADDITION) is Vouched.FORGED


def test_referral_whose_author_lost_the_key_meanwhile_is_taken_in(world: World) -> None:
    referral_id = send(world)
    lose(world.maud, by=world.anke.actor)
    acknowledge(actor=world.anke.actor, referral_id=referral_id)
    assert Referral.objects.get().state == ReferralState.SCREENING
    assert vouched(world, ItemKind.CONCERN) is Vouched.DESK


def test_pin_holds_through_a_retirement(world: World) -> None:
    """Whoever saw the directory before sees that it only grew."""
    pin = world.maud.actor.keys.pin
    token = lose(world.noor, by=world.anke.actor)
    come_back(world.noor, token, by=world.anke.actor)
    directory._verified.clear()
    assert directory.verified(pin).seq > pin.seq
    DirectoryStatement.objects.filter(kind=RETIRED.value).delete()
    directory._verified.clear()
    with pytest.raises(DirectoryForged):
        directory.verified(pin)


def test_whoever_rejoins_has_keys_of_which_the_old_ones_know_nothing(world: World) -> None:
    token = lose(world.noor, by=world.anke.actor)
    old = come_back(world.noor, token, by=world.anke.actor)
    new = world.noor.keys
    assert (new.user_id, old.user_id) == (world.noor.user.pk, world.noor.user.pk)
    assert new.id != old.id
    assert {new.kem_seed, new.sign_seed}.isdisjoint({old.kem_seed, old.sign_seed})
