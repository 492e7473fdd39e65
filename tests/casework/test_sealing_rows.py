"""What somebody who writes the database can do to sealed items: break them, and be found out."""

import hashlib
import hmac
import os
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone

from accounts.errors import DirectoryForged, FileErased
from accounts.keys import signing
from accounts.models import RingWrap
from accounts.models.rings import RingKind
from audit.events import Event
from audit.models import AccessEvent
from casework import sealing
from casework.choices import Compartment, DisclosurePurpose, ItemKind, Mark, ReferralState
from casework.errors import AccessDenied, SealForged
from casework.models import CaseRole, Disclosure, Item, ItemVersion, Referral, Share
from casework.services.follow_up import add_since, write_message
from casework.services.open_item import open_item, open_part
from casework.services.storing import item_address
from casework.services.take_in import acknowledge
from casework.services.unsealing import OpenedItem, Vouched
from tests.decrypting import file_keys, opened_items
from tests.referrals import ask_sofia, case_of, send
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


def item(kind: ItemKind) -> Item:
    return Item.objects.get(kind=kind)


def version(kind: ItemKind) -> ItemVersion:
    return ItemVersion.objects.get(item__kind=kind)


def by_anke(world: World, kind: ItemKind) -> OpenedItem:
    """The item as the desk opens it."""
    return open_item(actor=world.anke.actor, item_id=item(kind).pk, purpose="safety")


def exchange(model: type[Any], first: Any, second: Any, *names: str) -> None:
    """Put the columns of one row into the other and back."""
    values = [{name: getattr(each, name) for name in names} for each in (second, first)]
    for row, taken in zip((first, second), values, strict=True):
        model.objects.filter(pk=row.pk).update(**taken)


def test_genuine_items_open_and_say_by_whom(world: World) -> None:
    referral_id = send(world)
    assert by_anke(world, ItemKind.CONCERN).vouched is Vouched.NOT_YET
    assert by_anke(world, ItemKind.SOURCE).vouched is Vouched.AUTHOR
    acknowledge(actor=world.anke.actor, referral_id=referral_id)
    assert by_anke(world, ItemKind.CONCERN).vouched is Vouched.DESK
    assert by_anke(world, ItemKind.CONCERN).body["what_happened"]


def swap_texts(_world: World) -> None:
    first, second = version(ItemKind.CONCERN), version(ItemKind.STRENGTHS)
    exchange(ItemVersion, first, second, "blob")


def swap_texts_and_keys(_world: World) -> None:
    first, second = version(ItemKind.CONCERN), version(ItemKind.STRENGTHS)
    exchange(ItemVersion, first, second, "blob", "kid32")
    rows = zip(
        Share.objects.filter(item=first.item).order_by("member_key_id"),
        Share.objects.filter(item=second.item).order_by("member_key_id"),
        strict=True,
    )
    for one, other in rows:
        exchange(Share, one, other, "blob")


def change_kind(_world: World) -> None:
    Item.objects.filter(kind=ItemKind.CONCERN).update(kind=ItemKind.BACKGROUND)


def change_mark(_world: World) -> None:
    """What somebody thinks would stand there as what somebody saw."""
    Item.objects.filter(kind=ItemKind.OPINION).update(mark=Mark.FACT)


def change_part(_world: World) -> None:
    Item.objects.filter(kind=ItemKind.IDENTITY).update(compartment=Compartment.C2)


def change_number(_world: World) -> None:
    ItemVersion.objects.filter(item__kind=ItemKind.CONCERN).update(number=2)
    Share.objects.filter(item__kind=ItemKind.CONCERN).update(version=2)
    Item.objects.filter(kind=ItemKind.CONCERN).update(current=2)


def cut_text(_world: World) -> None:
    row = version(ItemKind.CONCERN)
    ItemVersion.objects.filter(pk=row.pk).update(blob=bytes(row.blob)[:-1])


def empty_text(_world: World) -> None:
    ItemVersion.objects.filter(item__kind=ItemKind.CONCERN).update(blob=b"")


def other_commitment(_world: World) -> None:
    ItemVersion.objects.filter(item__kind=ItemKind.CONCERN).update(kid32=os.urandom(32))


def broken_wraps(_world: World) -> None:
    Share.objects.filter(item__kind=ItemKind.CONCERN).update(blob=b"W")


def broken_ring(world: World) -> None:
    RingWrap.objects.filter(epoch__ring__agency=world.agencies["office"]).update(blob=b"W")


def other_holders_ring(world: World) -> None:
    RingWrap.objects.filter(epoch__ring__agency=world.agencies["office"]).update(
        blob=bytes(RingWrap.objects.get(member_key_id=world.rolf.keys.id).blob)
    )


CHANGES: list[Callable[[World], None]] = [
    swap_texts,
    swap_texts_and_keys,
    change_kind,
    change_mark,
    change_part,
    change_number,
    cut_text,
    empty_text,
    other_commitment,
    broken_wraps,
    broken_ring,
    other_holders_ring,
]


@pytest.mark.parametrize("change", CHANGES, ids=lambda each: each.__name__)
def test_changed_row_is_forged_and_has_no_text(
    world: World, change: Callable[[World], None]
) -> None:
    """Never a crash, never another's text: no body, a line in the log, and the desk stops."""
    referral_id = send(world)
    change(world)
    case_id = case_of(referral_id)
    opened = [
        each
        for part in sorted(set(Item.objects.values_list("compartment", flat=True)))
        for each in open_part(
            actor=world.anke.actor, case_id=case_id, compartment=Compartment(part), purpose="safety"
        )
    ]
    forged = [each for each in opened if each.vouched is Vouched.FORGED]
    assert forged
    assert {(len(each.body), each.root) for each in forged} == {(0, b"")}
    logged = AccessEvent.objects.filter(action=Event.ITEM_FORGED.value)
    assert {UUID(str(ref)) for event in logged for ref in event.refs} == {
        each.id for each in forged
    }
    with pytest.raises(SealForged):
        acknowledge(actor=world.anke.actor, referral_id=referral_id)
    assert Referral.objects.get().state == ReferralState.SUBMITTED
    assert not Share.objects.filter(ring__kind=RingKind.TEAM).exists()


def test_name_that_was_moved_to_the_concern_does_not_reach_the_second_screener(
    world: World,
) -> None:
    """Need to know is held by keys: a changed column must not widen who gets one."""
    referral_id = send(world)
    acknowledge(actor=world.anke.actor, referral_id=referral_id)
    change_part(world)
    ask_sofia(world, referral_id)
    identity = item(ItemKind.IDENTITY).pk
    assert identity not in opened_items(world.sofia.keys)
    assert not Share.objects.filter(item_id=identity, member_key_id=world.sofia.keys.id).exists()
    assert opened_items(world.sofia.keys), "she did get the concern"


def test_only_the_desk_makes_a_text_verified_by_the_desk(world: World) -> None:
    """Rolf writes the database and signs as the one who stored it: that makes it nothing."""
    send(world)
    row = version(ItemKind.CONCERN)
    signature = sealing.stored_signature(
        world.rolf.keys, bytes(row.blob), bytes(row.kid32), item_address(row.item, 1)
    )
    ItemVersion.objects.filter(pk=row.pk).update(
        stored_by=world.rolf.keys.id, stored_signature=signature
    )
    assert by_anke(world, ItemKind.CONCERN).vouched is Vouched.FORGED


@pytest.mark.parametrize("who", ["anke", "stranger"])
def test_stored_signature_that_does_not_verify_is_forged(world: World, who: str) -> None:
    send(world)
    key_id = world.anke.keys.id if who == "anke" else UUID(int=7)
    ItemVersion.objects.filter(item__kind=ItemKind.CONCERN).update(
        stored_by=key_id, stored_signature=signing.sign(b"s" * 32, signing.SignedAs.STORED)
    )
    assert by_anke(world, ItemKind.CONCERN).vouched is Vouched.FORGED


def test_countersigned_text_that_is_changed_is_forged(world: World) -> None:
    referral_id = send(world)
    acknowledge(actor=world.anke.actor, referral_id=referral_id)
    swap_texts(world)
    assert by_anke(world, ItemKind.CONCERN).vouched is Vouched.FORGED
    assert by_anke(world, ItemKind.RISK).vouched is Vouched.DESK


@pytest.mark.parametrize(
    ("purpose", "name", "agency"),
    [
        (DisclosurePurpose.AUTHOR, "rolf", "police"),
        (DisclosurePurpose.INTAKE, "henri", "school"),
        (DisclosurePurpose.SCREENING, "kai", "youth"),
        (DisclosurePurpose.INTAKE, "rolf", "office"),
    ],
)
def test_reader_whom_only_the_database_added_gets_nothing_new(
    world: World, purpose: DisclosurePurpose, name: str, agency: str
) -> None:
    """Rows that name somebody as one more reader: the next text would be sealed to them."""
    referral_id = send(world)
    concern = item(ItemKind.CONCERN)
    disclosure = Disclosure.objects.create(
        case=concern.case,
        item=concern,
        to_agency=world.agencies[agency],
        to_user=world.people[name].user,
        purpose=purpose,
        made_at=timezone.now(),
    )
    Share.objects.create(
        item=concern,
        disclosure=disclosure,
        member_key_id=world.people[name].keys.id,
        blob=b"W",
    )
    keys = world.people[name].keys
    try:
        add_since(
            actor=world.maud.actor, referral_id=referral_id, text="since then", mark=Mark.FACT
        )
    except DirectoryForged:
        assert not Item.objects.filter(kind=ItemKind.ADDITION).exists()
    assert opened_items(keys) == {}


def test_texts_written_later_are_signed_by_who_wrote_them(world: World) -> None:
    referral_id = send(world)
    acknowledge(actor=world.anke.actor, referral_id=referral_id)
    add_since(actor=world.maud.actor, referral_id=referral_id, text="since", mark=Mark.HEARSAY)
    write_message(actor=world.anke.actor, referral_id=referral_id, text="thank you")
    added, message = by_anke(world, ItemKind.ADDITION), by_anke(world, ItemKind.MESSAGE)
    assert (added.vouched, added.author_key) == (Vouched.AUTHOR, world.maud.keys.id)
    assert (message.vouched, message.author_key) == (Vouched.AUTHOR, world.anke.keys.id)
    change = ItemVersion.objects.filter(item__kind=ItemKind.ADDITION)
    change.update(blob=bytes(version(ItemKind.MESSAGE).blob))
    assert by_anke(world, ItemKind.ADDITION).vouched is Vouched.FORGED


def test_erased_file_opens_nothing(world: World) -> None:
    """The keeper forgot: every row and every key is still there, and useless."""
    send(world)
    before = opened_items(world.maud.keys)
    assert before
    sealing.erase_file(Referral.objects.get().file_id)
    assert opened_items(world.maud.keys) == {}
    with pytest.raises(FileErased):
        by_anke(world, ItemKind.CONCERN)


def test_restored_old_wraps_open_nothing_after_the_decision(world: World) -> None:
    """A backup brings a screener's key back; her case role, which the rule asks for, is gone."""
    referral_id = send(world)
    acknowledge(actor=world.anke.actor, referral_id=referral_id)
    ask_sofia(world, referral_id)
    rows = list(Share.objects.filter(member_key_id=world.sofia.keys.id))
    Share.objects.filter(pk__in=[row.pk for row in rows]).delete()
    CaseRole.every.filter(user=world.sofia.user).delete()
    Share.objects.bulk_create(rows)
    with pytest.raises(AccessDenied):
        open_item(actor=world.sofia.actor, item_id=item(ItemKind.CONCERN).pk)


def test_reader_who_holds_the_key_cannot_write_in_the_authors_name(world: World) -> None:
    """Noor holds the data key and writes the database: she seals well, but signs as herself."""
    referral_id = send(world)
    acknowledge(actor=world.anke.actor, referral_id=referral_id)
    add_since(actor=world.maud.actor, referral_id=referral_id, text="since", mark=Mark.FACT)
    row, opened = version(ItemKind.ADDITION), by_anke(world, ItemKind.ADDITION)
    kid32 = bytes(row.kid32)
    lock = hmac.digest(file_keys()[row.item.file_id], kid32, hashlib.sha512)[:32]
    key = sealing.DataKey(opened.root, kid32, lock)
    for name, signer in (
        ("as herself", replace(world.noor.keys, id=world.maud.keys.id)),
        ("as nobody stated", replace(world.maud.keys, id=UUID(int=7))),
    ):
        blob, _digest = sealing.seal(
            {"text": "he said more"},
            at=opened.at,
            address=item_address(row.item, 1),
            key=key,
            signer=signer,
        )
        ItemVersion.objects.filter(pk=row.pk).update(blob=blob)
        assert by_anke(world, ItemKind.ADDITION).vouched is Vouched.FORGED, name
