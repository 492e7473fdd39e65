"""Ends and other doors of version 1 for ever: fixed statements, a rescue sheet, a passkey."""

import hashlib
import json
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from accounts.errors import DirectoryForged, WrongPassphrase
from accounts.keys import derivation, member, slots
from accounts.keys.box import open_box
from accounts.keys.encoding import canonical, expand, lp
from accounts.keys.keeper import EmbeddedKeeper
from accounts.keys.statements import Statement, StatementKind, VerifiedDirectory
from accounts.models import KeySlot
from tests.accounts.chains import NOON

_FILE = Path(__file__).with_name("ends_v1.json")
VECTORS: dict[str, Any] = json.loads(_FILE.read_text(encoding="utf-8"))
# Changed bytes would mean that what people stored does not open any more: never update this.
DIGEST = "a71c04b6e76f7c25b13a1f156e69dd6c3b96e6a200a2d6736d4acb9ff101b7d5"
DOORS = {"rescue": slots.open_rescue_slot, "passkey": slots.open_passkey_slot}


def raw(value: str) -> bytes:
    return bytes.fromhex(value)


def the_keys() -> member.MemberKeys:
    """The member keys that lie in both slots."""
    return member.decode(raw(VECTORS["keys"]))


@pytest.fixture
def old_keeper(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The keeper of that time, with its pepper."""
    path = tmp_path / "keeper" / "keeper.sqlite3"
    keeper = EmbeddedKeeper(path, None)
    with closing(sqlite3.connect(path)) as db:
        db.execute("UPDATE pepper SET key = ?", (raw(VECTORS["pepper"]),))
        db.commit()
    monkeypatch.setattr(derivation, "keeper", lambda: keeper)


def slot_of(name: str) -> KeySlot:
    """The stored row of a slot."""
    vector = VECTORS[name]
    time_cost, memory_kib, lanes = vector["cost"]
    return KeySlot(
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


def test_vectors_are_the_first_ones() -> None:
    assert hashlib.sha256(_FILE.read_bytes()).hexdigest() == DIGEST


@pytest.mark.usefixtures("old_keeper")
def test_rescue_sheet_opens() -> None:
    """The code as it was printed, and as people type it."""
    code = VECTORS["rescue"]["code"]
    slot = slot_of("rescue")
    for typed in (code, code.lower(), code.replace("-", " ")):
        assert slots.open_rescue_slot(slot, typed).keys == the_keys()
    last = "Q" if code[-1] != "Q" else "R"
    with pytest.raises(WrongPassphrase):
        slots.open_rescue_slot(slot, code[:-1] + last)


@pytest.mark.usefixtures("old_keeper")
def test_passkey_opens() -> None:
    vector = VECTORS["passkey"]
    secret = raw(vector["secret"])
    assert slots.open_passkey_slot(slot_of("passkey"), secret).keys == the_keys()
    assert slots.credential_digest(raw(vector["credential_id"])).hex() == vector["credential"]
    with pytest.raises(WrongPassphrase):
        slots.open_passkey_slot(slot_of("passkey"), bytes(32))


def test_pending_sign_in_opens() -> None:
    vector = VECTORS["pending"]
    secret, lookup = raw(vector["secret"]), raw(vector["lookup"])
    assert expand(secret, "pending-lookup") == lookup
    ids = (UUID(VECTORS["passkey"]["id"]).bytes, the_keys().user_id.bytes)
    context = b"pending" + lp(lookup, *ids, vector["epoch"].to_bytes(4, "big"))
    opened = open_box(raw(vector["blob"]), key=expand(secret, "pending-key"), context=context)
    assert opened.hex() == vector["slot_key"]


def test_directory_with_ends() -> None:
    directory, kinds = VerifiedDirectory(), []
    for each in VECTORS["directory"]:
        statement = Statement(each["body"].encode(), raw(each["signature"]))
        assert statement.digest.hex() == each["digest"]
        assert canonical(statement.fields) == statement.body
        directory.add(statement)
        kinds.append(statement.fields["kind"])
    assert {StatementKind.KEY_RETIRED, StatementKind.ADMISSION_ENDED} <= set(kinds)
    ((maud, at),) = directory.retired.items()
    assert at == NOON
    before, key = NOON - timedelta(seconds=1), UUID(maud)
    assert len(directory.signing_key(key, at=before)) == 32
    with pytest.raises(DirectoryForged):
        directory.signing_key(key, at=NOON)
    anke = UUID(next(key for key, _agency, role in directory.ended if role == "COORDINATOR"))
    assert directory.coordinated(anke, at=before)
    assert not directory.coordinated(anke, at=NOON)
