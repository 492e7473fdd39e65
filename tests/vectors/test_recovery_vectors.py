"""What custodians keep opens for ever: fixed bytes of every format of recovery."""

import hashlib
import json
from itertools import permutations
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from accounts.keys import kem, recovery
from accounts.keys.ceremony import check_bundle, decode_bundle, decode_result, rewrap
from accounts.keys.recovery import OpenedFile
from accounts.keys.recovery_statements import require_use
from accounts.keys.recovery_wraps import RingPlace, unwrap_item, unwrap_ring
from accounts.keys.statements import Statement, StatementKind, VerifiedDirectory
from accounts.keys.words import WORDS, fingerprint_words
from accounts.keys.wrapping import Purpose, commitment, unwrap

_FILE = Path(__file__).with_name("recovery_v1.json")
VECTORS: dict[str, Any] = json.loads(_FILE.read_text(encoding="utf-8"))
# Changed bytes would mean that custodians' files do not open any more: never update this.
DIGEST = "2d70d8e6c3ae447567f4a7fe9bdda308d9bbd153ba9bc2a9d8eb9f30eaad254e"
# So that nobody ever finds other words for a key that was compared by telephone.
WORDS_DIGEST = "a38c1bf20c9e5837416b3b91cba7b814706a1b573747a057a78f5756a3d730d3"


def raw(value: str) -> bytes:
    return bytes.fromhex(value)


def opened(index: int) -> OpenedFile:
    vector = VECTORS["files"][index]
    return recovery.open_file(vector["text"].encode(), vector["phrase"])


def secrets_of(private: kem.KemPrivate, recipient: UUID, purpose: Purpose) -> dict[str, str]:
    """What the wraps of the result hold for whoever has this key."""
    result, bundle = (decode_result(text("result")), decode_bundle(text("bundle")))
    number = VECTORS["ring"]["number"]
    context = raw(VECTORS["ring"]["ring"]) + number.to_bytes(4, "big")
    (ring,), (item,) = result.rings, result.items
    blob, place, kid32 = (
        (ring.blob, context, bundle.rings[0].kid32)
        if purpose is Purpose.RING
        else (item.blob, item.item.bytes, bundle.items[0].kid32)
    )
    secret = unwrap(
        blob, private=private, recipient_id=recipient, purpose=purpose, context=place, kid32=kid32
    )
    return {"secret": secret.hex()}


def text(name: str) -> bytes:
    value: str = VECTORS[name]
    return value.encode()


def test_vectors_are_the_first_ones() -> None:
    assert hashlib.sha256(_FILE.read_bytes()).hexdigest() == DIGEST


def test_words_are_the_first_ones() -> None:
    assert len(set(WORDS)) == len(WORDS) == 256
    assert hashlib.sha256(" ".join(WORDS).encode()).hexdigest() == WORDS_DIGEST
    assert fingerprint_words(raw(VECTORS["lead"]["fingerprint"])) == VECTORS["words"]


@pytest.mark.parametrize("pair", list(permutations(range(3), 2)))
def test_custodians_files_and_nested_wraps(pair: tuple[int, int]) -> None:
    private = recovery.open_seed(*(opened(index) for index in pair))
    assert private.seed.hex() == VECTORS["recovery_seed"]


@pytest.mark.parametrize("vector", VECTORS["wraps"], ids=lambda each: Purpose(each["purpose"]).name)
def test_wrap(vector: dict[str, Any]) -> None:
    secret = unwrap(
        raw(vector["blob"]),
        private=kem.private_from_seed(raw(vector["seed"])),
        recipient_id=UUID(vector["recipient"]),
        purpose=Purpose(vector["purpose"]),
        context=raw(vector["context"]),
        kid32=raw(vector["kid32"]),
    )
    assert secret.hex() == vector["secret"]


def test_what_is_sealed_to_the_recovery_key() -> None:
    bundle = decode_bundle(text("bundle"))
    private = kem.private_from_seed(raw(VECTORS["recovery_seed"]))
    ring, (sealed,), (item,) = VECTORS["ring"], bundle.rings, bundle.items
    place = RingPlace(UUID(ring["ring"]), ring["number"], bundle.lead.agency)
    seed = unwrap_ring(
        sealed.blob, private=private, recovery=bundle.recovery, place=place, kid32=sealed.kid32
    )
    assert (seed.hex(), commitment(seed)) == (ring["seed"], sealed.kid32)
    found = unwrap_item(
        item.blob,
        private=private,
        recovery=bundle.recovery,
        item=item.item,
        version=item.version,
        kid32=item.kid32,
    )
    assert found.root.hex() == VECTORS["item"]["root"]
    assert sorted(each.hex for each in found.agencies) == VECTORS["item"]["agencies"]


def test_bundle_is_proved_and_opened() -> None:
    checked = check_bundle(decode_bundle(text("bundle")), opened(0).about)
    assert checked.words == VECTORS["words"]
    again, first = rewrap(checked, opened(1), opened(2)), decode_result(text("result"))
    assert (again.bundle, again.lead, again.custodians) == (
        first.bundle,
        first.lead,
        first.custodians,
    )
    assert again.signatures == first.signatures, "Ed25519 signs the same bytes the same way"


def test_result_opens_for_the_new_lead() -> None:
    lead = decode_result(text("result")).lead
    private = kem.private_from_seed(raw(VECTORS["lead"]["kem_seed"]))
    ring = secrets_of(private, lead.member_key, Purpose.RING)
    item = secrets_of(private, lead.member_key, Purpose.ITEM)
    assert ring["secret"] == VECTORS["ring"]["seed"]
    assert item["secret"] == VECTORS["item"]["root"]


def test_directory() -> None:
    directory = VerifiedDirectory()
    kinds = set()
    for each in VECTORS["directory"]:
        statement = Statement(each["body"].encode(), raw(each["signature"]))
        assert statement.digest.hex() == each["digest"]
        directory.add(statement)
        kinds.add(statement.fields["kind"])
    assert kinds == {each.value for each in StatementKind}
    result = decode_result(text("result"))
    require_use(result.statement(), directory.recovery)
    assert directory.bundles == {result.bundle.hex}
