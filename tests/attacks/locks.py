"""The formats of sealing.md as a thief knows them, written a second time, with their places."""

import hashlib
import hmac
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ed25519, mlkem, x25519
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, MLKEM768X25519PrivateKey, Suite

from tests.attacks.loot import Row, Tables

LABEL = b"confer/1/"
_SUITE = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA512, AEAD.AES_256_GCM)
_HEADER_OF_WRAP = 36


def lp(*parts: bytes) -> bytes:
    """Each part after its length."""
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)


def expand(secret: bytes, purpose: str) -> bytes:
    """The first block of HKDF-Expand with SHA-512."""
    return hmac.digest(secret, LABEL + purpose.encode() + b"\x01", hashlib.sha512)[:32]


def number(value: object, size: int = 4) -> bytes:
    """An integer column, big-endian."""
    return int(str(value)).to_bytes(size, "big")


def ident(value: object) -> bytes:
    """An id column: 32 hex digits or with hyphens."""
    return UUID(str(value)).bytes


@dataclass(frozen=True)
class Pair:
    """A KEM seed with its private and public key."""

    seed: bytes
    private: MLKEM768X25519PrivateKey
    public: bytes


def pair_of(seed: bytes) -> Pair:
    """The key pair of 32 bytes."""
    wide = hashlib.shake_256(seed).digest(96)
    lattice = mlkem.MLKEM768PrivateKey.from_seed_bytes(wide[:64])
    curve = x25519.X25519PrivateKey.from_private_bytes(wide[64:])
    public = lattice.public_key().public_bytes_raw() + curve.public_key().public_bytes_raw()
    return Pair(seed, MLKEM768X25519PrivateKey(lattice, curve), public)


def signing_public(seed: bytes) -> bytes:
    """The Ed25519 public key of 32 bytes."""
    return ed25519.Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()


@dataclass(frozen=True)
class Box:
    """Layout K in its place."""

    name: str
    blob: bytes
    context: bytes

    def open(self, key: bytes) -> bytes | None:
        """The member keys inside, if this is the key."""
        bound = LABEL + b"box" + lp(self.blob[:3], self.context)
        return _decrypt(key, self.blob[3:15], self.blob[15:], bound)


@dataclass(frozen=True)
class Wrap:
    """Layout W in its place, with the commitment that stands beside it."""

    name: str
    blob: bytes
    context: bytes
    kid32: bytes

    def open(self, pair: Pair) -> bytes | None:
        """The secret inside, if this is the recipient."""
        finger = hashlib.sha256(LABEL + lp(b"kem", b"\x12", pair.public)).digest()
        header = self.blob[:_HEADER_OF_WRAP]
        info = LABEL + b"wrap" + lp(header, self.kid32, finger, self.context)
        try:
            return _SUITE.decrypt(self.blob[_HEADER_OF_WRAP:], pair.private, info)
        except (InvalidTag, ValueError):
            return None


@dataclass(frozen=True)
class Text:
    """Layout S in its place."""

    name: str
    blob: bytes
    kid32: bytes
    file_id: bytes
    place: tuple[bytes, ...]

    def open(self, content_key: bytes) -> bytes | None:
        """The plaintext, if this is the content key."""
        bound = lp(LABEL + b"field", self.blob[:32], *self.place, self.kid32)
        return _decrypt(content_key, self.blob[20:32], self.blob[32:], bound)


def _decrypt(key: bytes, nonce: bytes, sealed: bytes, bound: bytes) -> bytes | None:
    try:
        return AESGCM(key).decrypt(nonce, sealed, bound)
    except (InvalidTag, ValueError):
        return None


def boxes(tables: Tables) -> Iterator[Box]:
    """Slots and sessions."""
    epochs = {row["id"]: row["session_epoch"] for row in tables.get("accounts_user", [])}
    for row in tables.get("accounts_keyslot", []):
        cost = b"".join(number(row[name]) for name in ("time_cost", "memory_kib", "lanes"))
        place = (ident(row["id"]), ident(row["user_id"]), row["kind"].encode(), row["salt"], cost)
        yield Box(f"slot {row['id']}", row["blob"], b"slot" + lp(*place))
    for row in tables.get("accounts_keysession", []):
        epoch = number(epochs[row["user_id"]])
        ids = (ident(row["user_id"]), ident(row["session_ref"]))
        context = b"session" + lp(row["lookup"], *ids, epoch)
        yield Box(f"session {row['id']}", row["blob"], context)


def wraps(tables: Tables) -> Iterator[Wrap]:
    """Rings, epochs, shares, what is sealed to recovery, drafts and kept steps."""
    epochs = {row["id"]: row for row in tables.get("accounts_ringepoch", [])}
    for row in tables.get("accounts_ringwrap", []):
        yield _ring_wrap(f"ring wrap {row['id']}", row["blob"], epochs[row["epoch_id"]])
    for row in epochs.values():
        if row["previous_blob"] is not None:
            before = next(
                each
                for each in epochs.values()
                if each["ring_id"] == row["ring_id"]
                and int(each["number"]) == int(row["number"]) - 1
            )
            yield _ring_wrap(f"predecessor {before['id']}", row["previous_blob"], before)
    versions = {
        (row["item_id"], int(row["number"])): row for row in tables.get("casework_itemversion", [])
    }
    yield from _recovery_wraps(tables, epochs, versions)
    for row in tables.get("casework_share", []):
        kid32 = versions[(row["item_id"], int(row["version"]))]["kid32"]
        yield Wrap(f"share {row['id']}", row["blob"], ident(row["item_id"]), kid32)
    for table in ("casework_draft", "casework_keptstep"):
        for row in tables.get(table, []):
            yield Wrap(f"{table} {row['id']}", row["wrap"], ident(row["id"]), row["kid32"])


def _recovery_wraps(
    tables: Tables, epochs: dict[Any, Row], versions: dict[tuple[Any, int], Row]
) -> Iterator[Wrap]:
    """Ring seeds, and data keys of items that go by name, sealed to the recovery key."""
    agencies = {row["id"]: row["agency_id"] for row in tables.get("accounts_ring", [])}
    for row in tables.get("accounts_recoverywrap", []):
        epoch = epochs[row["epoch_id"]]
        place = (ident(epoch["ring_id"]), number(epoch["number"]))
        context = b"ring" + lp(*place, ident(agencies[epoch["ring_id"]]))
        yield Wrap(f"recovery wrap {row['id']}", row["blob"], context, epoch["kid32"])
    for row in tables.get("casework_recoveryshare", []):
        kid32 = versions[(row["item_id"], int(row["version"]))]["kid32"]
        listed = row["blob"][: 1 + 16 * row["blob"][0]]
        context = b"item" + lp(ident(row["item_id"]), number(row["version"]), listed)
        yield Wrap(f"recovery share {row['id']}", row["blob"][len(listed) :], context, kid32)


def _ring_wrap(name: str, blob: bytes, epoch: Row) -> Wrap:
    context = ident(epoch["ring_id"]) + number(epoch["number"])
    return Wrap(name, blob, context, epoch["kid32"])


def texts(tables: Tables) -> Iterator[Text]:
    """Items in all their versions, drafts and kept steps."""
    items = {row["id"]: row for row in tables.get("casework_item", [])}
    for row in tables.get("casework_itemversion", []):
        item = items[row["item_id"]]
        field = f"{item['kind']}/{item['compartment']}/{item['mark']}".encode()
        place = (b"item", field, ident(item["id"]), number(row["number"]))
        name = f"item {UUID(str(item['id']))}"
        yield Text(name, row["blob"], row["kid32"], ident(item["file_id"]), place)
    for row in tables.get("casework_draft", []):
        place = (b"draft", b"answers", ident(row["id"]), number(row["saves"]))
        name = f"draft {UUID(str(row['id']))}"
        yield Text(name, row["blob"], row["kid32"], ident(row["id"]), place)
    for row in tables.get("casework_keptstep", []):
        place = (b"kept", row["step"].encode(), ident(row["id"]), number(1))
        name = f"kept step {UUID(str(row['id']))}"
        yield Text(name, row["blob"], row["kid32"], ident(row["draft_id"]), place)


def phrase_base(phrase: str, slot: Row) -> bytes:
    """What Argon2id makes of a phrase, before the pepper."""
    return hash_secret_raw(
        phrase.encode(),
        slot["salt"],
        time_cost=int(slot["time_cost"]),
        memory_cost=int(slot["memory_kib"]),
        parallelism=int(slot["lanes"]),
        hash_len=32,
        type=Type.ID,
    )


def peppered(pepper: bytes, slot: Row, base: bytes) -> bytes:
    """What the keeper makes of it."""
    data = LABEL + b"pepper" + lp(ident(slot["id"]), base)
    return hmac.digest(pepper, data, hashlib.sha512)
