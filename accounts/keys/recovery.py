"""Recovery keys: one KEM pair whose seed any two of three custodians can open, offline.

At the founding each custodian gets a KEM pair and a signing pair. The seed is nested for each
pair of custodians: wrapped to the second, and that wrap wrapped to the first. A custodian's file
is canonical JSON:
    about   format, version, suite; recovery (id), number, kem (public key), kid32 of its seed;
            custodians (name, kem, sign: public keys); nested (for 0+1, 0+2, 1+2: outer wrap and
            the commitment to the inner one); pin (founding, seq, head of the directory)
    index   whose file it is: 0, 1 or 2
    salt, cost   of Argon2id over the pass phrase; without the keeper's pepper, to open offline
    blob    layout K over the custodian's KEM seed 32 and signing seed 32
Everything but the blob is bound to it as the box's context. Each file holds all three nested
wraps, so two files are enough, and one file with its phrase opens nothing.
"""

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any, TypeVar
from uuid import UUID

from accounts.errors import RecoveryRefused, UnknownFormat, WrongKey, WrongPassphrase
from accounts.keys import signing
from accounts.keys.box import close_box, open_box
from accounts.keys.derivation import Cost, standard_cost, stretch
from accounts.keys.encoding import VERSION, canonical, expand, lp
from accounts.keys.kem import SEED_BYTES, SUITE_CODE, KemPrivate, fingerprint, private_from_seed
from accounts.keys.member import Pin
from accounts.keys.recovery_statements import CUSTODIANS, key_message
from accounts.keys.signing import SignedAs, sign
from accounts.keys.wrapping import Purpose, Recipient, commitment, unwrap, wrap

FORMAT = "confer/1/custodian"
PAIRS = tuple(combinations(range(CUSTODIANS), 2))
_SALT_BYTES = 16
_Parsed = TypeVar("_Parsed")


@dataclass(frozen=True, slots=True)
class Custodian:
    """One custodian's name and public keys."""

    name: str
    kem: bytes = field(repr=False)
    sign: bytes = field(repr=False)

    @property
    def recipient(self) -> Recipient:
        """The custodian as the recipient of a nested wrap."""
        return Recipient(UUID(bytes=fingerprint(self.kem)[:16]), self.kem)


@dataclass(frozen=True, slots=True)
class Nested:
    """The seed for one pair: the outer wrap, and what commits to the inner one."""

    outer: bytes = field(repr=False)
    kid32: bytes


@dataclass(frozen=True, slots=True)
class About:
    """What all three files say alike; nothing of it is secret."""

    recovery: UUID
    number: int
    kem: bytes = field(repr=False)
    kid32: bytes
    custodians: tuple[Custodian, ...]
    nested: tuple[Nested, ...] = field(repr=False)
    pin: Pin

    def statement(self) -> dict[str, Any]:
        """What the directory says of this key, without the signatures."""
        named = [{"name": each.name, "sign": each.sign.hex()} for each in self.custodians]
        return {
            "recovery": self.recovery.hex,
            "number": self.number,
            "kem": fingerprint(self.kem).hex(),
            "custodians": named,
        }


@dataclass(frozen=True, slots=True)
class Founded:
    """A new recovery key: the files of its custodians and what they signed. No seed is in it."""

    about: About
    files: tuple[bytes, ...] = field(repr=False)
    signatures: tuple[bytes, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class OpenedFile:
    """One custodian's file with its keys, for the process that opened it."""

    about: About
    index: int
    private: KemPrivate = field(repr=False)
    sign_seed: bytes = field(repr=False)


def found(people: Sequence[tuple[str, str]], *, recovery: UUID, number: int, pin: Pin) -> Founded:
    """Make a recovery key for three custodians, each a name and a pass phrase."""
    seed = os.urandom(SEED_BYTES)
    seeds = [(os.urandom(SEED_BYTES), os.urandom(signing.SEED_BYTES)) for _person in people]
    custodians = tuple(
        Custodian(name, private_from_seed(kem_seed).public, signing.sign_public(sign_seed))
        for (name, _phrase), (kem_seed, sign_seed) in zip(people, seeds, strict=True)
    )
    about = About(
        recovery=recovery,
        number=number,
        kem=private_from_seed(seed).public,
        kid32=commitment(seed),
        custodians=custodians,
        nested=tuple(_nest(seed, recovery, pair, custodians) for pair in PAIRS),
        pin=pin,
    )
    message = key_message(about.statement())
    return Founded(
        about,
        tuple(
            _close_file(about, index, phrase, kem_seed + sign_seed)
            for index, ((_name, phrase), (kem_seed, sign_seed)) in enumerate(
                zip(people, seeds, strict=True)
            )
        ),
        tuple(sign(sign_seed, SignedAs.CUSTODIAN, message) for _kem_seed, sign_seed in seeds),
    )


def read_about(data: bytes) -> About:
    """What a custodian's file says without its phrase. Raises UnknownFormat."""
    about, _index, _closed = _parse(data)
    return about


def whose_file(data: bytes) -> str:
    """The name of the custodian whose file this says it is. Raises UnknownFormat."""
    about, index, _closed = _parse(data)
    return about.custodians[index].name


def open_file(data: bytes, phrase: str) -> OpenedFile:
    """Open one custodian's file. Raises UnknownFormat or WrongPassphrase."""
    about, index, closed = _parse(data)
    key = expand(stretch(phrase, salt=closed.salt, cost=closed.cost), "custodian")
    context = _context(about, index, closed.salt, closed.cost)
    try:
        seeds = open_box(closed.blob, key=key, context=context)
    except WrongKey as error:
        raise WrongPassphrase from error
    private, sign_seed = private_from_seed(seeds[:SEED_BYTES]), seeds[SEED_BYTES:]
    custodian = about.custodians[index]
    if (private.public, signing.sign_public(sign_seed)) != (custodian.kem, custodian.sign):
        raise UnknownFormat("the keys are not those of this custodian")
    return OpenedFile(about, index, private, sign_seed)


def open_seed(one: OpenedFile, other: OpenedFile) -> KemPrivate:
    """The recovery key's private half, from the files of two custodians in any order.

    Raises RecoveryRefused for files that do not belong together.
    """
    if one.about != other.about:
        raise RecoveryRefused("other_recovery")
    if one.index == other.index:
        raise RecoveryRefused("same_custodian")
    first, second = sorted((one, other), key=lambda each: each.index)
    about, pair = one.about, (first.index, second.index)
    nested, context = about.nested[PAIRS.index(pair)], _pair_context(about.recovery, pair)
    inner = unwrap(
        nested.outer,
        private=first.private,
        recipient_id=about.custodians[pair[0]].recipient.id,
        purpose=Purpose.RECOVERY_OUTER,
        context=context,
        kid32=nested.kid32,
    )
    seed = unwrap(
        inner,
        private=second.private,
        recipient_id=about.custodians[pair[1]].recipient.id,
        purpose=Purpose.RECOVERY_INNER,
        context=context,
        kid32=about.kid32,
    )
    private = private_from_seed(seed)
    if private.public != about.kem:
        raise RecoveryRefused("other_recovery")
    return private


@dataclass(frozen=True, slots=True)
class _Closed:
    salt: bytes
    cost: Cost
    blob: bytes


def _nest(
    seed: bytes, recovery: UUID, pair: tuple[int, ...], custodians: Sequence[Custodian]
) -> Nested:
    first, second = (custodians[index].recipient for index in pair)
    context = _pair_context(recovery, pair)
    inner = wrap(seed, to=second, purpose=Purpose.RECOVERY_INNER, context=context)
    outer = wrap(inner, to=first, purpose=Purpose.RECOVERY_OUTER, context=context)
    return Nested(outer, commitment(inner))


def _pair_context(recovery: UUID, pair: Sequence[int]) -> bytes:
    return recovery.bytes + bytes(pair)


def _close_file(about: About, index: int, phrase: str, seeds: bytes) -> bytes:
    salt, cost = os.urandom(_SALT_BYTES), standard_cost()
    key = expand(stretch(phrase, salt=salt, cost=cost), "custodian")
    blob = close_box(seeds, key=key, context=_context(about, index, salt, cost))
    return canonical(_written((about, index, _Closed(salt, cost, blob))))


def _context(about: About, index: int, salt: bytes, cost: Cost) -> bytes:
    return b"custodian" + lp(canonical(_about_fields(about)), bytes([index]), salt, cost.encoded())


def _about_fields(about: About) -> dict[str, Any]:
    custodians = [
        {"name": each.name, "kem": each.kem.hex(), "sign": each.sign.hex()}
        for each in about.custodians
    ]
    return {
        "format": FORMAT,
        "version": VERSION,
        "suite": SUITE_CODE,
        "recovery": about.recovery.hex,
        "number": about.number,
        "kem": about.kem.hex(),
        "kid32": about.kid32.hex(),
        "custodians": custodians,
        "nested": [[each.outer.hex(), each.kid32.hex()] for each in about.nested],
        "pin": [about.pin.founding.hex(), about.pin.seq, about.pin.head.hex()],
    }


def _parse(data: bytes) -> tuple[About, int, _Closed]:
    return read_exactly(data, _read, _written)


def _read(value: Any) -> tuple[About, int, _Closed]:
    said, cost = value["about"], value["cost"]
    founding, seq, head = said["pin"]
    about = About(
        recovery=UUID(hex=said["recovery"]),
        number=said["number"],
        kem=bytes.fromhex(said["kem"]),
        kid32=bytes.fromhex(said["kid32"]),
        custodians=tuple(
            Custodian(each["name"], bytes.fromhex(each["kem"]), bytes.fromhex(each["sign"]))
            for each in said["custodians"]
        ),
        nested=tuple(
            Nested(bytes.fromhex(outer), bytes.fromhex(kid32)) for outer, kid32 in said["nested"]
        ),
        pin=Pin(bytes.fromhex(founding), seq, bytes.fromhex(head)),
    )
    if len(about.custodians) != CUSTODIANS or len(about.nested) != len(PAIRS):
        raise UnknownFormat("not the file of one of three custodians")
    if type(value["index"]) is not int or value["index"] not in range(CUSTODIANS):
        raise UnknownFormat("not the file of one of three custodians")
    if [type(each) for each in cost] != [int, int, int]:
        raise UnknownFormat("not a cost of Argon2id")
    salt, blob = bytes.fromhex(value["salt"]), bytes.fromhex(value["blob"])
    return about, value["index"], _Closed(salt, Cost(*cost), blob)


def _written(parsed: tuple[About, int, _Closed]) -> dict[str, Any]:
    about, index, closed = parsed
    cost = [closed.cost.time_cost, closed.cost.memory_kib, closed.cost.lanes]
    return {
        "about": _about_fields(about),
        "index": index,
        "salt": closed.salt.hex(),
        "cost": cost,
        "blob": closed.blob.hex(),
    }


def read_exactly(
    data: bytes, read: Callable[[Any], _Parsed], written: Callable[[_Parsed], dict[str, Any]]
) -> _Parsed:
    """Parse canonical JSON that says exactly what was understood of it, and nothing more.

    Raises UnknownFormat.
    """
    try:
        parsed = read(json.loads(data))
        same = canonical(written(parsed)) == data
    except (AttributeError, KeyError, RecursionError, TypeError, ValueError) as error:
        raise UnknownFormat("a file of recovery cannot be read") from error
    if not same:
        raise UnknownFormat("a file of recovery of an unknown kind or version")
    return parsed
