"""Lies on the way of a ceremony: bundles, files and results that somebody changed or made up."""

import json
import os
import uuid
from collections.abc import Callable
from dataclasses import replace
from itertools import product

import pytest

from accounts.errors import AccountsError, RecoveryRefused, UnknownFormat
from accounts.keys import kem, member, recovery
from accounts.keys.ceremony import (
    Bundle,
    Result,
    SealedItem,
    SealedRing,
    check_bundle,
    decode_bundle,
    decode_result,
    encode_bundle,
    encode_result,
    rewrap,
)
from accounts.keys.encoding import canonical
from accounts.keys.recovery import Founded
from accounts.keys.statements import StatementKind, make_statement
from accounts.keys.wrapping import Purpose, commitment, wrap
from accounts.models import (
    DirectoryStatement,
    RecoveryGrant,
    RecoveryWrap,
    RingEpoch,
    RingWrap,
)
from accounts.services.partnerships import member_fields
from accounts.services.recovered import take_recovery
from accounts.services.recovery import import_recovery
from audit.events import Event
from audit.models import AccessEvent
from casework.models import RecoveryShare
from casework.services.recovery import export_for
from tests.ceremonies import (
    CUSTODIANS,
    custodian,
    founded_by,
    founded_everywhere,
    newcomer,
    opened_for,
)
from tests.referrals import ANSWERS, send
from tests.world import PROGRAM, Person, World

pytestmark = pytest.mark.django_db(transaction=True)
SECRET_PLACE = {**ANSWERS, "protected_address": "the house behind the mill"}


@pytest.fixture
def founded(world: World) -> Founded:
    """Recovery keys to which every desk is sealed."""
    return founded_everywhere(world)


# What a lying administrator could hand to the custodians.


def bundle_for(world: World, agency: str = "school") -> tuple[Bundle, Person]:
    vera = newcomer(world, agency)
    return export_for(origin=PROGRAM, membership=vera.membership), vera


def opens(founded: Founded, bundle: Bundle) -> Result:
    one, other = custodian(founded, 0), custodian(founded, 1)
    return rewrap(check_bundle(decoded(bundle), one.about), one, other)


def decoded(bundle: Bundle) -> Bundle:
    """As it comes off the stick."""
    return decode_bundle(canonical(encode_bundle(bundle)))


def sealed_ring(world: World, agency: str) -> SealedRing:
    row = RecoveryWrap.objects.select_related("epoch").get(
        epoch__ring__agency=world.agencies[agency], epoch__ring__kind="DESK"
    )
    return SealedRing(row.epoch_id, bytes(row.blob), bytes(row.epoch.kid32))


def refuses(founded: Founded, bundle: Bundle, reason: str) -> None:
    with pytest.raises(RecoveryRefused) as refused:
        opens(founded, bundle)
    assert refused.value.reason == reason


def test_honest_bundle_opens(world: World, founded: Founded) -> None:
    bundle, vera = bundle_for(world)
    result = opens(founded, bundle)
    assert [each.epoch for each in result.rings] == [sealed_ring(world, "school").epoch]
    assert result.lead.member_key == vera.keys.id


def test_administrators_key_in_the_leads_place_is_refused(world: World, founded: Founded) -> None:
    bundle, _vera = bundle_for(world)
    own = member.generate(world.per.user.pk, world.per.keys.pin)
    refuses(founded, replace(bundle, kem=own.private.public), "other_lead")
    lead = replace(bundle.lead, member_key=own.id)
    refuses(founded, replace(bundle, lead=lead, kem=own.private.public), "other_lead")
    lead = replace(bundle.lead, member_key=world.per.keys.id)
    refuses(founded, replace(bundle, lead=lead, kem=world.per.keys.private.public), "other_lead")


def test_administrator_as_lead_is_seen_by_the_words(world: World, founded: Founded) -> None:
    """A person of their own making passes every proof but one: the voice that says the words."""
    bundle, vera = bundle_for(world)
    lead = replace(bundle.lead, user=world.per.user.pk, member_key=world.per.keys.id)
    swapped = replace(bundle, lead=lead, kem=world.per.keys.private.public)
    about = founded.about
    assert vera.name == bundle.names.person
    assert check_bundle(swapped, about).words != check_bundle(bundle, about).words


def test_directory_of_ones_own_making_is_refused(world: World, founded: Founded) -> None:
    bundle, _vera = bundle_for(world)
    keys = member.generate(uuid.uuid4(), world.per.keys.pin)
    fields = {**member_fields(keys), "partnership": "0" * 32, "agency": "1" * 32}
    own = make_statement(
        StatementKind.FOUNDING,
        fields,
        seq=1,
        previous=bytes(32),
        signer=keys.id.hex,
        sign_seed=keys.sign_seed,
    )
    refuses(founded, replace(bundle, directory=(own,)), "forged_directory")
    refuses(founded, replace(bundle, directory=()), "forged_directory")
    refuses(founded, replace(bundle, directory=bundle.directory[:3]), "forged_directory")
    changed = list(bundle.directory)
    changed[4] = replace(changed[4], signature=bytes(64))
    refuses(founded, replace(bundle, directory=tuple(changed)), "forged_directory")


def test_directory_from_before_the_founding_is_refused(world: World, founded: Founded) -> None:
    bundle, _vera = bundle_for(world)
    seq = founded.about.pin.seq
    refuses(founded, replace(bundle, directory=bundle.directory[:seq]), "other_recovery")


@pytest.mark.parametrize("agency", ["office", "police"])
def test_ring_of_another_agency_is_not_opened(world: World, founded: Founded, agency: str) -> None:
    bundle, _vera = bundle_for(world)
    stranger = sealed_ring(world, agency)
    refuses(founded, replace(bundle, rings=(*bundle.rings, stranger)), "other_ring")
    disguised = replace(stranger, epoch=bundle.rings[0].epoch)
    refuses(founded, replace(bundle, rings=(disguised,)), "does_not_open")
    claimed = replace(bundle.lead, agency=world.agencies["police"].pk)
    refuses(founded, replace(bundle, lead=claimed), "other_ring")


def test_item_of_another_agency_is_not_opened(world: World, founded: Founded) -> None:
    """Also not by a list of agencies that was changed: it is bound to the wrap."""
    world.partnership.protected_place_custodians.add(world.rolf.membership)
    send(world, answers=SECRET_PLACE)
    row = RecoveryShare.objects.get()
    kid32 = bytes(row.item.versions.get().kid32)
    bundle, _vera = bundle_for(world)
    assert bundle.items == ()
    item = SealedItem(row.item_id, row.version, bytes(row.blob), kid32)
    refuses(founded, replace(bundle, items=(item,)), "other_item")
    listed = bytes([1]) + world.agencies["school"].pk.bytes
    widened = replace(item, blob=listed + item.blob[17:])
    refuses(founded, replace(bundle, items=(widened,)), "does_not_open")
    ours, _rolf = bundle_for(world, "police")
    assert [each.item for each in ours.items] == [row.item_id]


@pytest.mark.parametrize("blob", [b"", b"\xff", bytes(1204)], ids=["none", "one", "zeros"])
def test_wraps_that_are_none_are_refused(world: World, founded: Founded, blob: bytes) -> None:
    bundle, _vera = bundle_for(world)
    ring = replace(bundle.rings[0], blob=blob)
    refuses(founded, replace(bundle, rings=(ring,)), "does_not_open")
    item = SealedItem(uuid.uuid4(), 1, blob, bytes(32))
    refuses(founded, replace(bundle, items=(item,)), "does_not_open")


def test_files_of_two_foundings_open_no_bundle(world: World, founded: Founded) -> None:
    bundle, _vera = bundle_for(world)
    newer = founded_by(world)
    for one, other in product((founded, newer), repeat=2):
        if one is not other:
            with pytest.raises(RecoveryRefused):
                rewrap(check_bundle(bundle, founded.about), custodian(one, 0), custodian(other, 1))
    later, _other = bundle_for(world, "office")
    refuses(founded, later, "other_recovery")


# What could be brought back, or be done to it on the way.


def brought(result: Result) -> Result:
    return decode_result(canonical(encode_result(result)))


CHANGED: dict[str, Callable[[Result], Result]] = {
    "lead": lambda found: replace(found, lead=replace(found.lead, user=uuid.uuid4())),
    "key": lambda found: replace(found, lead=replace(found.lead, member_key=uuid.uuid4())),
    "agency": lambda found: replace(found, lead=replace(found.lead, agency=uuid.uuid4())),
    "role": lambda found: replace(found, lead=replace(found.lead, role="COORDINATOR")),
    "bundle": lambda found: replace(found, bundle=uuid.uuid4()),
    "recovery": lambda found: replace(found, recovery=uuid.uuid4()),
    "no rings": lambda found: replace(found, rings=()),
    "more items": lambda found: replace(found, items=(SealedItem(uuid.uuid4(), 1, b"x"),)),
    "one signature": lambda found: replace(found, signatures=found.signatures[:1]),
    "same signature": lambda found: replace(found, signatures=found.signatures[:1] * 2),
    "other custodians": lambda found: replace(found, custodians=(1, 2)),
    "one custodian": lambda found: replace(found, custodians=(0, 0)),
}


@pytest.mark.parametrize("name", sorted(CHANGED))
def test_result_that_was_changed_is_not_kept(world: World, founded: Founded, name: str) -> None:
    result = opened_for(founded, newcomer(world, "school"))
    with pytest.raises(RecoveryRefused):
        import_recovery(origin=PROGRAM, result=brought(CHANGED[name](result)))
    assert not RecoveryGrant.objects.exists()


@pytest.mark.parametrize("name", sorted(CHANGED))
def test_result_that_was_changed_in_the_database_is_not_taken(
    world: World, founded: Founded, name: str
) -> None:
    """Past the import, by whoever writes the database: the new lead's session proves it again."""
    vera = newcomer(world, "school")
    result = opened_for(founded, vera)
    import_recovery(origin=PROGRAM, result=result)
    changed = canonical(encode_result(CHANGED[name](result)))
    RecoveryGrant.objects.update(result=changed)
    take_recovery(actor=vera.actor)
    assert not RecoveryGrant.objects.exists()
    assert not RingWrap.objects.filter(member_key_id=vera.keys.id).exists()
    kinds = DirectoryStatement.objects.values_list("kind", flat=True)
    assert StatementKind.RECOVERY_USED.value not in kinds
    vera.membership.refresh_from_db()
    assert vera.membership.admitted_at is None
    assert AccessEvent.objects.get(action=Event.RECOVERY_USED).outcome == "refused"


def test_wraps_of_another_ring_are_not_taken(world: World, founded: Founded) -> None:
    """Signed ids under wraps that were exchanged: the seed is not the one that is stated."""
    vera = newcomer(world, "office")
    result = opened_for(founded, vera)
    import_recovery(origin=PROGRAM, result=result)
    seed = os.urandom(32)
    epoch = RingEpoch.objects.get(pk=result.rings[0].epoch)
    blob = wrap(
        seed,
        to=vera.keys.recipient,
        purpose=Purpose.RING,
        context=epoch.ring_id.bytes + epoch.number.to_bytes(4, "big"),
    )
    forged = replace(result, rings=(replace(result.rings[0], blob=blob),))
    RecoveryGrant.objects.update(result=canonical(encode_result(forged)))
    RingEpoch.objects.filter(pk=epoch.pk).update(
        kid32=commitment(seed), kem_public=kem.private_from_seed(seed).public
    )
    take_recovery(actor=vera.actor)
    assert not RecoveryGrant.objects.exists()
    assert not RingWrap.objects.filter(member_key_id=vera.keys.id).exists()


def test_result_of_one_lead_is_no_use_to_another(world: World, founded: Founded) -> None:
    result = opened_for(founded, newcomer(world, "school"))
    other = newcomer(world, "school", "Otto Weber")
    claimed = replace(result.lead, user=other.user.pk, member_key=other.keys.id)
    with pytest.raises(RecoveryRefused):
        import_recovery(origin=PROGRAM, result=replace(result, lead=claimed))
    import_recovery(origin=PROGRAM, result=result)
    take_recovery(actor=other.actor)
    assert not RingWrap.objects.filter(member_key_id=other.keys.id).exists()


def broken(data: bytes) -> list[bytes]:
    """Cut short, grown, with one letter changed here and there."""
    places = range(0, len(data), max(1, len(data) // 97))
    flipped = [data[:n] + bytes([data[n] ^ 1]) + data[n + 1 :] for n in places]
    return [b"", data[:-1], data[: len(data) // 2], data + b" ", data * 2, *flipped]


@pytest.mark.parametrize("index", range(3))
def test_custodians_file_that_was_touched_does_not_open(founded: Founded, index: int) -> None:
    for data in broken(founded.files[index]):
        with pytest.raises(AccountsError):
            recovery.open_file(data, CUSTODIANS[index][1])


def test_files_with_exchanged_parts_do_not_open(world: World, founded: Founded) -> None:
    """One custodian's box in another's file, or another founding's public part around it."""
    other = founded_by(world)
    first, second = (json.loads(data) for data in founded.files[:2])
    swapped = canonical({**first, "index": 1})
    boxed = canonical({**first, "blob": second["blob"]})
    theirs = founded.files[0].replace(
        founded.about.recovery.hex.encode(), other.about.recovery.hex.encode()
    )
    assert len({swapped, boxed, theirs, founded.files[0]}) == 4
    for data in (swapped, boxed, theirs):
        for _name, phrase in CUSTODIANS:
            with pytest.raises(AccountsError):
                recovery.open_file(data, phrase)


def test_bundle_and_result_that_were_touched_are_refused(world: World, founded: Founded) -> None:
    """Names alone are free: they are for the eye, and no proof stands on them."""
    bundle, _vera = bundle_for(world)
    result = opens(founded, bundle)
    one, other = custodian(founded, 0), custodian(founded, 1)
    for data in broken(canonical(encode_bundle(bundle))):
        try:
            read = decode_bundle(data)
            rewrap(check_bundle(read, one.about), one, other)
        except (RecoveryRefused, UnknownFormat):
            continue
        # Other words for people to read, or another name for the ceremony: nothing more.
        assert replace(read, names=bundle.names, id=bundle.id) == bundle
    for data in broken(canonical(encode_result(result))):
        try:
            read_result = decode_result(data)
            import_recovery(origin=PROGRAM, result=read_result)
        except (RecoveryRefused, UnknownFormat):
            continue
        wrapped = replace(read_result, rings=result.rings, items=result.items)
        assert wrapped == result
        RecoveryGrant.objects.all().delete()
