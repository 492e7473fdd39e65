"""The ceremony: a bundle goes to two custodians on a machine without network, a result comes back.

A bundle is canonical JSON: format; bundle (id); names (partnership, agency, person), for people to
read; lead (user, member_key, kem, agency, role); recovery; directory (every statement, body and
signature); rings (epoch, kid32, blob: the newest epoch of each ring that the recovery key can
open); items (item, version, kid32, blob: what goes by name only). A result: format, bundle,
recovery, lead (without kem), custodians, signatures, rings (epoch, blob), items (item, version,
blob), now wrapped to the new lead's own key.
The bundle is believed in nothing: the directory in it must continue the one that the custodians'
own files pin, and say that this recovery key counts, that this is the person's key, and that these
rings are this agency's. What it cannot prove, the person's voice, the custodians prove themselves.
"""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from accounts.errors import DirectoryForged, RecoveryRefused, UnknownFormat, WrongKey
from accounts.keys.kem import KemPrivate, fingerprint, private_from_seed
from accounts.keys.member import Pin
from accounts.keys.recovery import About, OpenedFile, open_seed, read_exactly
from accounts.keys.recovery_statements import items_digest, use_message
from accounts.keys.recovery_wraps import RingPlace, unwrap_item, unwrap_ring
from accounts.keys.signing import SignedAs, sign
from accounts.keys.statements import StatedEpoch, Statement, VerifiedDirectory
from accounts.keys.words import fingerprint_words, member_fingerprint
from accounts.keys.wrapping import Purpose, Recipient, wrap
from accounts.roles import Role

BUNDLE = "confer/1/recovery-bundle"
RESULT = "confer/1/recovery-result"
_MOST = 2**31


@dataclass(frozen=True, slots=True)
class Lead:
    """Who becomes the new lead: person, key, agency, role."""

    user: UUID
    member_key: UUID
    agency: UUID
    role: str

    def fields(self) -> dict[str, str]:
        """As files and statements say it."""
        return {
            "user": self.user.hex,
            "member_key": self.member_key.hex,
            "agency": self.agency.hex,
            "role": self.role,
        }


@dataclass(frozen=True, slots=True)
class Names:
    """What people call them; for the custodians' eyes, proved by nothing."""

    partnership: str
    agency: str
    person: str


@dataclass(frozen=True, slots=True)
class SealedRing:
    """An epoch's seed, wrapped; in a result `kid32` is empty."""

    epoch: UUID
    blob: bytes = field(repr=False)
    kid32: bytes = b""


@dataclass(frozen=True, slots=True)
class SealedItem:
    """An item's data key, wrapped; in a result `kid32` is empty."""

    item: UUID
    version: int
    blob: bytes = field(repr=False)
    kid32: bytes = b""


@dataclass(frozen=True, slots=True)
class Bundle:
    """What the administrator hands to the custodians."""

    id: UUID
    names: Names
    lead: Lead
    kem: bytes = field(repr=False)
    recovery: UUID
    directory: tuple[Statement, ...] = field(repr=False)
    rings: tuple[SealedRing, ...] = field(repr=False)
    items: tuple[SealedItem, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Result:
    """What the custodians hand back: wraps to the new lead, and their two signatures."""

    bundle: UUID
    recovery: UUID
    lead: Lead
    custodians: tuple[int, ...]
    signatures: tuple[bytes, ...]
    rings: tuple[SealedRing, ...] = field(repr=False)
    items: tuple[SealedItem, ...] = field(repr=False)

    def statement(self) -> dict[str, Any]:
        """What the new lead states of it in the directory."""
        return {
            "bundle": self.bundle.hex,
            "recovery": self.recovery.hex,
            **self.lead.fields(),
            "epochs": [each.epoch.hex for each in self.rings],
            "items": items_digest((each.item, each.version) for each in self.items),
            "custodians": list(self.custodians),
            "signatures": [each.hex() for each in self.signatures],
        }


@dataclass(frozen=True, slots=True)
class Checked:
    """A bundle whose every claim was proved against the custodians' own files."""

    bundle: Bundle
    words: list[str]
    rings: dict[UUID, StatedEpoch] = field(repr=False)


def check_bundle(bundle: Bundle, about: About) -> Checked:
    """Prove a bundle by the directory that a custodian's file pins. Raises RecoveryRefused."""
    directory = _directory(bundle, about.pin)
    recovery = directory.recovery
    if recovery is None or (recovery.id, recovery.kem) != (
        about.recovery.hex,
        fingerprint(about.kem).hex(),
    ):
        raise RecoveryRefused("other_recovery")
    if bundle.recovery != about.recovery or bundle.id.hex in directory.bundles:
        raise RecoveryRefused("other_bundle")
    lead, key = bundle.lead, bundle.lead.member_key.hex
    stated = directory.members.get(key)
    if stated is None or directory.owners.get(lead.user.hex) != key:
        raise RecoveryRefused("other_lead")
    if stated[:2] != (lead.user.hex, fingerprint(bundle.kem).hex()):
        raise RecoveryRefused("other_lead")
    leads = Role.COORDINATOR if lead.agency.hex == directory.office else Role.AGENCY_LEAD
    if lead.role != leads:
        raise RecoveryRefused("other_role")
    rings = {}
    for each in bundle.rings:
        epoch = directory.epochs.get(each.epoch.hex)
        if epoch is None or epoch.agency != lead.agency.hex:
            raise RecoveryRefused("other_ring")
        rings[each.epoch] = epoch
    words = fingerprint_words(member_fingerprint(bundle.kem, bytes.fromhex(stated[2])))
    return Checked(bundle, words, rings)


def rewrap(checked: Checked, one: OpenedFile, other: OpenedFile) -> Result:
    """Open what the bundle names with two files, and seal just that to the new lead.

    Raises RecoveryRefused for whatever is not this agency's or does not open.
    """
    bundle = checked.bundle
    private = open_seed(one, other)
    to = Recipient(bundle.lead.member_key, bundle.kem)
    try:
        rings = tuple(_ring(each, checked, private, to) for each in bundle.rings)
        items = tuple(_item(each, bundle, private, to) for each in bundle.items)
    except (WrongKey, UnknownFormat) as error:
        raise RecoveryRefused("does_not_open") from error
    signers = sorted((one, other), key=lambda each: each.index)
    unsigned = Result(bundle.id, bundle.recovery, bundle.lead, (), (), rings, items)
    message = use_message(unsigned.statement())
    return Result(
        bundle.id,
        bundle.recovery,
        bundle.lead,
        tuple(each.index for each in signers),
        tuple(sign(each.sign_seed, SignedAs.RECOVERY, message) for each in signers),
        rings,
        items,
    )


def _directory(bundle: Bundle, pin: Pin) -> VerifiedDirectory:
    directory = VerifiedDirectory()
    try:
        for statement in bundle.directory:
            directory.add(statement)
    except DirectoryForged as error:
        raise RecoveryRefused("forged_directory") from error
    grown = 0 < pin.seq <= directory.seq and directory.digests[pin.seq - 1] == pin.head
    if directory.founding != pin.founding or not grown:
        raise RecoveryRefused("forged_directory")
    return directory


def _ring(each: SealedRing, checked: Checked, private: KemPrivate, to: Recipient) -> SealedRing:
    bundle, stated = checked.bundle, checked.rings[each.epoch]
    place = RingPlace(UUID(stated.ring), stated.number, bundle.lead.agency)
    seed = unwrap_ring(
        each.blob, private=private, recovery=bundle.recovery, place=place, kid32=each.kid32
    )
    if fingerprint(private_from_seed(seed).public).hex() != stated.kem:
        raise RecoveryRefused("other_ring")
    return SealedRing(each.epoch, wrap_to_holder(seed, place, to))


def wrap_to_holder(seed: bytes, place: RingPlace, to: Recipient) -> bytes:
    """A ring's seed for one holder, as accounts.keys.rings wraps it."""
    context = place.ring.bytes + place.number.to_bytes(4, "big")
    return wrap(seed, to=to, purpose=Purpose.RING, context=context)


def _item(each: SealedItem, bundle: Bundle, private: KemPrivate, to: Recipient) -> SealedItem:
    opened = unwrap_item(
        each.blob,
        private=private,
        recovery=bundle.recovery,
        item=each.item,
        version=each.version,
        kid32=each.kid32,
    )
    if bundle.lead.agency not in opened.agencies:
        raise RecoveryRefused("other_item")
    blob = wrap(opened.root, to=to, purpose=Purpose.ITEM, context=each.item.bytes)
    return SealedItem(each.item, each.version, blob)


def encode_bundle(bundle: Bundle) -> dict[str, Any]:
    """The layout above, before it is written."""
    names = bundle.names
    return {
        "format": BUNDLE,
        "bundle": bundle.id.hex,
        "names": [names.partnership, names.agency, names.person],
        "lead": {**bundle.lead.fields(), "kem": bundle.kem.hex()},
        "recovery": bundle.recovery.hex,
        "directory": [[each.body.decode(), each.signature.hex()] for each in bundle.directory],
        "rings": [[each.epoch.hex, each.kid32.hex(), each.blob.hex()] for each in bundle.rings],
        "items": [
            [each.item.hex, each.version, each.kid32.hex(), each.blob.hex()]
            for each in bundle.items
        ],
    }


def decode_bundle(data: bytes) -> Bundle:
    """Read a bundle. Raises UnknownFormat."""
    return read_exactly(data, _bundle, encode_bundle)


def encode_result(result: Result) -> dict[str, Any]:
    """The layout above, before it is written."""
    return {
        "format": RESULT,
        "bundle": result.bundle.hex,
        "recovery": result.recovery.hex,
        "lead": result.lead.fields(),
        "custodians": list(result.custodians),
        "signatures": [each.hex() for each in result.signatures],
        "rings": [[each.epoch.hex, each.blob.hex()] for each in result.rings],
        "items": [[each.item.hex, each.version, each.blob.hex()] for each in result.items],
    }


def decode_result(data: bytes) -> Result:
    """Read a result. Raises UnknownFormat."""
    return read_exactly(data, _result, encode_result)


def _number(value: Any) -> int:
    if type(value) is not int or not 0 <= value < _MOST:
        raise UnknownFormat("a number of a file of recovery is out of range")
    return value


def _lead(value: Any) -> Lead:
    user, member_key, agency = (UUID(hex=value[name]) for name in ("user", "member_key", "agency"))
    return Lead(user, member_key, agency, value["role"])


def _bundle(value: Any) -> Bundle:
    return Bundle(
        id=UUID(hex=value["bundle"]),
        names=Names(*value["names"]),
        lead=_lead(value["lead"]),
        kem=bytes.fromhex(value["lead"]["kem"]),
        recovery=UUID(hex=value["recovery"]),
        directory=tuple(
            Statement(body.encode(), bytes.fromhex(signature))
            for body, signature in value["directory"]
        ),
        rings=tuple(
            SealedRing(UUID(hex=epoch), bytes.fromhex(blob), bytes.fromhex(kid32))
            for epoch, kid32, blob in value["rings"]
        ),
        items=tuple(
            SealedItem(UUID(hex=item), _number(version), bytes.fromhex(blob), bytes.fromhex(kid32))
            for item, version, kid32, blob in value["items"]
        ),
    )


def _result(value: Any) -> Result:
    return Result(
        bundle=UUID(hex=value["bundle"]),
        recovery=UUID(hex=value["recovery"]),
        lead=_lead(value["lead"]),
        custodians=tuple(_number(each) for each in value["custodians"]),
        signatures=tuple(bytes.fromhex(each) for each in value["signatures"]),
        rings=tuple(
            SealedRing(UUID(hex=epoch), bytes.fromhex(blob)) for epoch, blob in value["rings"]
        ),
        items=tuple(
            SealedItem(UUID(hex=item), _number(version), bytes.fromhex(blob))
            for item, version, blob in value["items"]
        ),
    )
