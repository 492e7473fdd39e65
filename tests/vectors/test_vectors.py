"""What was sealed in version 1 opens for ever: fixed bytes of every format."""

import hashlib
import json
import sqlite3
import uuid
from base64 import urlsafe_b64encode
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone

from accounts.errors import WrongKey
from accounts.keys import derivation, keeper, kem, member, sessions, slots
from accounts.keys.box import open_box
from accounts.keys.encoding import canonical, expand, padme_length
from accounts.keys.keeper import EmbeddedKeeper
from accounts.keys.signing import SignedAs, verify
from accounts.keys.statements import Statement, StatementKind, VerifiedDirectory
from accounts.keys.wrapping import Purpose, commitment, unwrap
from accounts.models import KeySession, KeySlot, User
from accounts.roles import Role
from casework import sealing

_FILE = Path(__file__).with_name("sealing_v1.json")
VECTORS: dict[str, Any] = json.loads(_FILE.read_text(encoding="utf-8"))
# Changed bytes would mean that what people stored does not open any more: never update this.
DIGEST = "7741b2ef6c317e7f96b0dd648263f8589feb9b499834b43e7aafa5de06e0c56c"


def raw(value: str) -> bytes:
    return bytes.fromhex(value)


def the_keys() -> member.MemberKeys:
    """The member keys that lie in layout, slot and session."""
    stated = VECTORS["member"]
    return member.MemberKeys(
        id=UUID(stated["id"]),
        user_id=UUID(stated["user"]),
        kem_seed=raw(stated["kem_seed"]),
        sign_seed=raw(stated["sign_seed"]),
        pin=member.Pin(raw(stated["founding"]), stated["seq"], raw(stated["head"])),
    )


def test_vectors_are_the_first_ones() -> None:
    assert hashlib.sha256(_FILE.read_bytes()).hexdigest() == DIGEST


def test_padded_lengths() -> None:
    assert all(padme_length(length) == padded for length, padded in VECTORS["lengths"])


def test_expanded_keys() -> None:
    vector = dict(VECTORS["expand"])
    secret = raw(vector.pop("secret"))
    assert {name: expand(secret, name).hex() for name in vector} == vector
    assert commitment(secret).hex() == vector["commit"]


def test_kem_pair_and_hpke() -> None:
    vector = VECTORS["kem"]
    private = kem.private_from_seed(raw(vector["seed"]))
    assert private.public.hex() == vector["public"]
    assert kem.fingerprint(private.public).hex() == vector["fingerprint"]
    sealed = raw(vector["sealed"])
    opened = kem.hpke_open(sealed, private=private, info=raw(vector["info"]))
    assert opened.hex() == vector["plaintext"]


def test_key_box() -> None:
    vector = VECTORS["box"]
    blob, key, context = (raw(vector[name]) for name in ("blob", "key", "context"))
    assert open_box(blob, key=key, context=context).hex() == vector["text"]
    with pytest.raises(WrongKey):
        open_box(blob, key=key, context=context + b"\0")


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


def test_every_purpose_has_a_wrap() -> None:
    """Those of recovery stand in a file of their own."""
    named = {each["purpose"] for each in VECTORS["wraps"]}
    assert named == {each for each in Purpose if not each.name.startswith("RECOVERY")}


@pytest.mark.parametrize("vector", VECTORS["texts"], ids=lambda each: each["field"])
def test_sealed_text(vector: dict[str, Any]) -> None:
    address = sealing.Address(
        sealing.Place(vector["place"]), vector["field"], UUID(vector["row"]), vector["number"]
    )
    opened = sealing.unseal(
        raw(vector["blob"]),
        address=address,
        root=raw(vector["root"]),
        kid32=raw(vector["kid32"]),
        share=raw(vector["share"]),
    )
    assert opened.body == vector["body"]
    assert opened.at == datetime.fromisoformat(vector["at"])
    assert opened.digest.hex() == vector["digest"]
    if vector["author"]:
        assert opened.author_key == UUID(vector["author"])
        assert sealing.signed_by(opened, address, raw(vector["author_public"]))
    else:
        assert opened.author_key is None


def test_every_place_has_a_text() -> None:
    assert {each["place"] for each in VECTORS["texts"]} == {each.value for each in sealing.Place}


def test_member_keys() -> None:
    vector = VECTORS["member"]
    assert member.decode(raw(vector["layout"])) == the_keys()
    assert member.encode(the_keys()).hex() == vector["layout"]
    assert the_keys().sign_public.hex() == vector["sign_public"]


def test_slot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Phrase, salt, cost and the keeper's pepper give verifier and keys."""
    vector = VECTORS["slot"]
    path = tmp_path / "keeper" / "keeper.sqlite3"
    old_keeper = EmbeddedKeeper(path, None)
    with closing(sqlite3.connect(path)) as db:
        db.execute("UPDATE pepper SET key = ?", (raw(vector["pepper"]),))
        db.commit()
    monkeypatch.setattr(derivation, "keeper", lambda: old_keeper)
    time_cost, memory_kib, lanes = vector["cost"]
    slot = KeySlot(
        id=UUID(vector["id"]),
        user_id=the_keys().user_id,
        member_key_id=the_keys().id,
        kind=vector["kind"],
        salt=raw(vector["salt"]),
        time_cost=time_cost,
        memory_kib=memory_kib,
        lanes=lanes,
        verifier=raw(vector["verifier"]),
        blob=raw(vector["blob"]),
    )
    opened = slots.open_password_slot(slot, vector["phrase"])
    assert opened.keys == the_keys()
    assert bytes(slot.verifier).hex() == vector["verifier"]


@pytest.mark.django_db
def test_session() -> None:
    vector, now = VECTORS["session"], timezone.now()
    user = User.objects.create(
        id=the_keys().user_id,
        email="vector@test.example",
        name="Vector",
        session_epoch=vector["epoch"],
    )
    ref = UUID(vector["ref"])
    KeySession.objects.create(
        lookup=raw(vector["lookup"]),
        user=user,
        session_ref=ref,
        blob=raw(vector["blob"]),
        used_at=now,
        expires_at=now + timedelta(hours=1),
    )
    cookie = urlsafe_b64encode(raw(vector["secret"])).decode()
    assert sessions.find_open(cookie, user, ref).keys == the_keys()


def test_directory() -> None:
    directory = VerifiedDirectory()
    kinds = set()
    for each in VECTORS["directory"]:
        statement = Statement(each["body"].encode(), raw(each["signature"]))
        assert statement.digest.hex() == each["digest"]
        directory.add(statement)
        kinds.add(statement.fields["kind"])
    assert directory.seq == len(VECTORS["directory"])
    assert kinds == {"FOUNDING", "MEMBER_KEY", "ADMISSION", "RING_EPOCH"}
    assert kinds < {each.value for each in StatementKind}, "the others: test_recovery_vectors.py"
    roles = {role for held in directory.admissions.values() for _agency, role in held}
    assert roles == {Role.COORDINATOR, Role.AGENCY_LEAD, Role.FRONTLINE}
    assert {each.number for each in directory.epochs.values()} == {1, 2}


def test_statements_are_signed_as_written() -> None:
    """Label, purpose and length prefix around the body, by the founder's own key."""
    founding = VECTORS["directory"][0]
    body = founding["body"].encode()
    public = raw(json.loads(body)["sign_public"])
    assert verify(public, raw(founding["signature"]), SignedAs.STATEMENT, body)
    assert canonical(json.loads(body)) == body


def test_keepers_share() -> None:
    vector = VECTORS["keeper"]
    share = keeper._share(raw(vector["file_key"]), raw(vector["kid32"]))
    assert share.hex() == vector["share"]
    assert uuid.UUID(VECTORS["slot"]["id"]).version == 4
