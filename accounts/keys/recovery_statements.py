"""What the directory says of recovery, and the pure rules by which that is believed.

RECOVERY_KEY  a coordinator states a new pair: recovery, number, kem (fingerprint), custodians
              (three names with public signing keys), signatures (theirs over all of the former).
RECOVERY_USED the new lead states what two custodians signed: bundle, recovery, user, member_key,
              agency, role, epochs, items (a digest); custodians (two indexes) and signatures.
              It admits this key to this agency in this role, whoever else is left there.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from accounts.errors import DirectoryForged
from accounts.keys.encoding import LABEL, canonical
from accounts.keys.signing import SignedAs, verify

CUSTODIANS = 3
NEEDED = 2
_KEY_WORDS = ("recovery", "number", "kem", "custodians")
_USE_WORDS = ("bundle", "recovery", "user", "member_key", "agency", "role", "epochs", "items")


@dataclass(frozen=True, slots=True)
class StatedRecovery:
    """A stated recovery key: ids and keys are hex; custodians are names with signing keys."""

    id: str
    number: int
    kem: str
    custodians: tuple[tuple[str, str], ...]


def key_message(fields: dict[str, Any]) -> bytes:
    """What each custodian signs at the founding."""
    return canonical({name: fields[name] for name in _KEY_WORDS})


def use_message(fields: dict[str, Any]) -> bytes:
    """What two custodians sign when the key is used."""
    return canonical({name: fields[name] for name in _USE_WORDS})


def items_digest(items: Iterable[tuple[UUID, int]]) -> str:
    """One word for all items (and versions) whose keys were given on by name."""
    listed = sorted([item.hex, version] for item, version in items)
    return hashlib.sha256(LABEL + b"recovered" + canonical({"items": listed})).hexdigest()


def believe_key(fields: dict[str, Any], before: StatedRecovery | None) -> StatedRecovery:
    """The recovery key that a statement brings, signed by its three custodians.

    Raises DirectoryForged.
    """
    stated = StatedRecovery(
        id=UUID(hex=fields["recovery"]).hex,
        number=fields["number"],
        kem=fields["kem"],
        custodians=tuple((each["name"], each["sign"]) for each in fields["custodians"]),
    )
    follows = before.number + 1 if before else 1
    if type(stated.number) is not int or stated.number != follows:
        raise DirectoryForged("a recovery key does not follow the last one")
    if len({sign for _name, sign in stated.custodians}) != len(stated.custodians):
        raise DirectoryForged("three custodians have three keys")
    _require_signatures(
        stated,
        fields["signatures"],
        range(CUSTODIANS),
        (SignedAs.CUSTODIAN, key_message(fields)),
    )
    return stated


def require_use(fields: dict[str, Any], recovery: StatedRecovery | None) -> None:
    """Refuse a use that two custodians of the newest recovery key have not signed."""
    if recovery is None or fields["recovery"] != recovery.id:
        raise DirectoryForged("not the recovery key that counts")
    chosen = fields["custodians"]
    two = [type(each) for each in chosen] == [int] * NEEDED
    if not two or not 0 <= chosen[0] < chosen[1] < CUSTODIANS:
        raise DirectoryForged("two different custodians sign")
    _require_signatures(
        recovery, fields["signatures"], chosen, (SignedAs.RECOVERY, use_message(fields))
    )


def _require_signatures(
    recovery: StatedRecovery,
    signatures: Sequence[str],
    signers: Sequence[int],
    signed: tuple[SignedAs, bytes],
) -> None:
    if len(recovery.custodians) != CUSTODIANS or len(signatures) != len(signers):
        raise DirectoryForged("a custodian's signature is missing")
    for index, signature in zip(signers, signatures, strict=True):
        _name, public = recovery.custodians[index]
        if not verify(bytes.fromhex(public), bytes.fromhex(signature), *signed):
            raise DirectoryForged("a custodian's signature does not verify")
