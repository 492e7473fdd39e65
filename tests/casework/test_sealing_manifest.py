"""The author's signed list of texts: nothing is added, taken away, moved or hidden unnoticed."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from casework.choices import Compartment, ItemKind, ReferralState
from casework.errors import SealForged
from casework.models import Item, ItemVersion, Referral
from casework.services import take_in
from casework.services.open_item import open_item
from casework.services.send_referral import sign_manifest
from casework.services.take_in import acknowledge
from casework.services.unsealing import OpenedItem
from tests.referrals import send
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


def item(kind: ItemKind) -> Item:
    return Item.objects.get(kind=kind)


def version(kind: ItemKind) -> ItemVersion:
    return ItemVersion.objects.get(item__kind=kind)


def by_anke(world: World, kind: ItemKind) -> OpenedItem:
    """The item as the desk opens it."""
    return open_item(actor=world.anke.actor, item_id=item(kind).pk, purpose="safety")


REMOVED = [
    ItemKind.STRENGTHS,
    ItemKind.IDENTITY,
    ItemKind.CONSENT,
    ItemKind.OPINION,
    ItemKind.SOURCE,
]


@pytest.mark.parametrize("kind", REMOVED)
def test_text_that_was_taken_away_stops_the_acknowledgement(world: World, kind: ItemKind) -> None:
    """The author signed a list of everything; strengths that vanish change the picture."""
    referral_id = send(world)
    Item.objects.filter(kind=kind).delete()
    with pytest.raises(SealForged):
        acknowledge(actor=world.anke.actor, referral_id=referral_id)


def test_text_that_was_hidden_as_a_protected_place_stops_it_too(world: World) -> None:
    referral_id = send(world)
    Item.objects.filter(kind=ItemKind.STRENGTHS).update(
        compartment=Compartment.C10, kind=ItemKind.PROTECTED_PLACE
    )
    with pytest.raises(SealForged):
        acknowledge(actor=world.anke.actor, referral_id=referral_id)


def test_protected_place_does_not_stop_it(world: World) -> None:
    """The desk has no key for it and knows from the author's list that this is so."""
    world.partnership.protected_place_custodians.add(world.rolf.membership)
    referral_id = send(
        world, answers={"what_happened": "x", "given_names": "T", "protected_address": "7 Rue X"}
    )
    acknowledge(actor=world.anke.actor, referral_id=referral_id)
    assert Referral.objects.get().state == ReferralState.SCREENING


def test_text_of_another_referral_stops_the_acknowledgement(world: World) -> None:
    """Moved with its row id, versions and keys: genuine, but not what this author signed."""
    first = send(world)
    kept = item(ItemKind.OPINION).pk
    second = send(world, answers={"what_happened": "something else", "given_names": "Ana"})
    target = Referral.objects.get(pk=second)
    Item.objects.filter(pk=kept).update(case=target.case, file=target.file)
    for referral_id in (first, second):
        with pytest.raises(SealForged):
            acknowledge(actor=world.anke.actor, referral_id=referral_id)


LIES: dict[str, Callable[[World], dict[str, Any]]] = {
    "unsigned": lambda _world: {"manifest_signature": bytes(64).hex()},
    "one text more": lambda _world: {"manifest": {"0" * 32: "C10 " + "0" * 64}},
    "another author": lambda world: {"manifest_key": world.rolf.keys.id.hex},
    "signed by another": lambda world: sign_manifest(
        world.rolf.actor, Referral.objects.get().file_id, {}
    ),
    "for another file": lambda world: sign_manifest(world.maud.actor, UUID(int=7), {}),
}


@pytest.mark.parametrize("lie", LIES)
def test_list_that_the_author_did_not_sign_for_this_file_is_refused(world: World, lie: str) -> None:
    """Whatever a source says, when it is well sealed but its list is not well signed."""
    send(world, answers={"how_known": "her teacher"})
    source = by_anke(world, ItemKind.SOURCE)
    forged = replace(source, body={**source.body, **LIES[lie](world)})
    anke = world.anke.actor
    assert take_in._verified_manifest(anke, Referral.objects.get(), [source]) == {}
    with pytest.raises(SealForged):
        take_in._verified_manifest(anke, Referral.objects.get(), [forged])


def test_whole_referral_under_another_file_stops_the_acknowledgement(world: World) -> None:
    """The author's list is signed for its file."""
    first, second = send(world), send(world)
    rows = [Referral.objects.get(pk=each) for each in (first, second)]
    pairs = [list(Item.objects.filter(file=row.file).values_list("pk", flat=True)) for row in rows]
    for moved, row in zip(pairs, reversed(rows), strict=True):
        Item.objects.filter(pk__in=moved).update(file=row.file, case=row.case)
    for referral_id in (first, second):
        with pytest.raises(SealForged):
            acknowledge(actor=world.anke.actor, referral_id=referral_id)


def test_protected_place_that_was_taken_away_stops_it(world: World) -> None:
    """The desk cannot read it, and still it must be there: its custodians rely on it."""
    world.partnership.protected_place_custodians.add(world.rolf.membership)
    answers = {"what_happened": "x", "given_names": "T", "protected_address": "7 Rue X"}
    referral_id = send(world, answers=answers)
    item(ItemKind.PROTECTED_PLACE).delete()
    with pytest.raises(SealForged):
        acknowledge(actor=world.anke.actor, referral_id=referral_id)


def test_opened_texts_are_compared_with_the_authors_list(world: World) -> None:
    """One more, one less, another text, another part: the list is what the author signed."""
    send(world, answers={"what_happened": "x", "given_names": "T"})
    source, concern = by_anke(world, ItemKind.SOURCE), by_anke(world, ItemKind.CONCERN)
    identity = by_anke(world, ItemKind.IDENTITY)
    manifest, referral = source.body["manifest"], Referral.objects.get()
    whole = [source, concern, identity]
    assert take_in._complete(referral, whole, manifest)
    for opened in (
        [source, concern],
        [*whole, replace(concern, id=UUID(int=7))],
        [source, identity, replace(concern, digest=bytes(32))],
        [source, identity, replace(concern, compartment=Compartment.C12)],
    ):
        assert not take_in._complete(referral, opened, manifest)
