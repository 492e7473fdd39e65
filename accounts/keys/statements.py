"""What a directory statement says, and the pure rules by which a chain of them is believed.

A statement's body is canonical JSON with kind, seq, previous digest, signer and its own fields.
digest = SHA-256(label ‖ lp(body, signature)), so the chain binds signatures too.
"""

import hashlib
import json
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from accounts.errors import DirectoryForged
from accounts.keys.encoding import LABEL, canonical, lp
from accounts.keys.recovery_statements import StatedRecovery, believe_key, require_use
from accounts.keys.signing import SignedAs, sign, verify
from accounts.roles import DESK_ROLES, Role

NO_DIGEST = bytes(32)


class StatementKind(StrEnum):
    """The words of the directory."""

    FOUNDING = "FOUNDING"
    MEMBER_KEY = "MEMBER_KEY"
    KEY_RETIRED = "KEY_RETIRED"
    ADMISSION = "ADMISSION"
    ADMISSION_ENDED = "ADMISSION_ENDED"
    RING_EPOCH = "RING_EPOCH"
    RECOVERY_KEY = "RECOVERY_KEY"
    RECOVERY_USED = "RECOVERY_USED"


@dataclass(frozen=True, slots=True)
class Statement:
    """One stored statement; ids are hex, keys are base16 text inside the body."""

    body: bytes
    signature: bytes

    @property
    def fields(self) -> dict[str, Any]:
        """The parsed body."""
        parsed: dict[str, Any] = json.loads(self.body)
        return parsed

    @property
    def digest(self) -> bytes:
        """32 bytes that name this statement and, through `previous`, all before it."""
        return hashlib.sha256(LABEL + b"statement" + lp(self.body, self.signature)).digest()


def make_statement(
    kind: StatementKind,
    fields: dict[str, Any],
    *,
    seq: int,
    previous: bytes,
    signer: str,
    sign_seed: bytes,
) -> Statement:
    """Sign a new statement that follows `previous`."""
    body = canonical(
        {**fields, "kind": kind.value, "seq": seq, "previous": previous.hex(), "signer": signer}
    )
    return Statement(body, sign(sign_seed, SignedAs.STATEMENT, body))


@dataclass(frozen=True, slots=True)
class StatedEpoch:
    """What a statement says of one epoch of a ring; ids and the KEM fingerprint are hex."""

    ring: str
    ring_kind: str
    case: str
    agency: str
    number: int
    kem: str


@dataclass(slots=True)
class VerifiedDirectory:
    """What a verified chain proves so far; grows by `add`, which refuses any false link."""

    seq: int = 0
    head: bytes = NO_DIGEST
    founding: bytes = NO_DIGEST
    office: str = ""
    digests: list[bytes] = field(default_factory=list)
    # member key id -> (user id, KEM fingerprint, public signing key), all hex
    members: dict[str, tuple[str, str, str]] = field(default_factory=dict)
    # member key id -> {(agency id, role)}
    admissions: dict[str, set[tuple[str, str]]] = field(default_factory=dict)
    # (member key id, agency id, role) -> when this admission last ended
    ended: dict[tuple[str, str, str], datetime] = field(default_factory=dict)
    # user id -> the member key that counts now
    owners: dict[str, str] = field(default_factory=dict)
    # member key id -> when it was retired; nothing that it says later is believed
    retired: dict[str, datetime] = field(default_factory=dict)
    # ring epoch id -> what is stated of it; ring id -> its newest epoch's id
    epochs: dict[str, StatedEpoch] = field(default_factory=dict)
    newest: dict[str, str] = field(default_factory=dict)
    # the recovery key that counts, and the bundles that were used with any
    recovery: StatedRecovery | None = None
    bundles: set[str] = field(default_factory=set)

    def add(self, statement: Statement) -> None:
        """Check order, chain, signature and authority; then learn what the statement says."""
        try:
            self._add(statement, statement.fields)
        except (KeyError, TypeError, ValueError) as error:
            raise DirectoryForged("a statement cannot be read") from error

    def signing_key(self, member_key_id: UUID, *, at: datetime) -> bytes:
        """The public key that could sign `at` a time for a member key, 32 bytes.

        Raises DirectoryForged for a key that was never stated or was retired before.
        """
        stated = self.members.get(member_key_id.hex)
        if stated is None:
            raise DirectoryForged("the signer has no statement")
        ended_at = self.retired.get(member_key_id.hex)
        if ended_at is not None and at >= ended_at:
            raise DirectoryForged("the signer's key was retired before")
        return bytes.fromhex(stated[2])

    def counts(self, member_key_id: UUID) -> bool:
        """Whether this is the key of its person now: stated, and not retired."""
        return member_key_id.hex in self.members and member_key_id.hex not in self.retired

    def coordinated(self, member_key_id: UUID, *, at: datetime) -> bool:
        """Whether this key was a coordinator's of the office then, as far as statements tell."""
        return self._held(member_key_id, self.office, Role.COORDINATOR, at)

    def acted_for(self, member_key_id: UUID, agency_id: UUID, *, at: datetime) -> bool:
        """Whether this key held a desk of the agency then, as far as statements tell."""
        return any(self._held(member_key_id, agency_id.hex, role, at) for role in DESK_ROLES)

    def _held(self, member_key_id: UUID, agency: str, role: Role, at: datetime) -> bool:
        if (agency, role.value) in self.admissions.get(member_key_id.hex, set()):
            return True
        ended_at = self.ended.get((member_key_id.hex, agency, role.value))
        return ended_at is not None and at < ended_at

    def may_retire(self, signer: str, key: str) -> bool:
        """The key's owner, a coordinator, or a lead of an agency to which the key was let in.

        A key that nobody let in opens nothing of others: any lead may retire it.
        """
        held = self.admissions.get(signer, set())
        led = {
            agency for agency, role in held if role == Role.AGENCY_LEAD and agency != self.office
        }
        agencies = {agency for agency, _role in self.admissions.get(key, set())}
        coordinates = (self.office, Role.COORDINATOR.value) in held
        return bool(signer == key or coordinates or (led and not agencies) or led & agencies)

    def may_admit(self, signer: str, agency: str) -> bool:
        """A coordinator admits anybody; an agency's lead admits the people of that agency.

        Whoever may let in may also state that it ended.
        """
        held = self.admissions.get(signer, set())
        leads = (agency, Role.AGENCY_LEAD.value) in held and agency != self.office
        return leads or (self.office, Role.COORDINATOR.value) in held

    def _add(self, statement: Statement, fields: dict[str, Any]) -> None:
        if fields["seq"] != self.seq + 1 or fields["previous"] != self.head.hex():
            raise DirectoryForged("a statement is out of order")
        kind = StatementKind(fields["kind"])
        if (kind is StatementKind.FOUNDING) != (self.seq == 0):
            raise DirectoryForged("the directory has one founding statement, its first")
        if not verify(
            self._signer_key(kind, fields), statement.signature, SignedAs.STATEMENT, statement.body
        ):
            raise DirectoryForged("a signature does not verify")
        self._learn(kind, fields, statement)
        self.seq += 1
        self.head = statement.digest
        self.digests.append(self.head)

    def _signer_key(self, kind: StatementKind, fields: dict[str, Any]) -> bytes:
        if kind in {StatementKind.FOUNDING, StatementKind.MEMBER_KEY}:
            return bytes.fromhex(fields["sign_public"])
        signer = self.members.get(fields["signer"])
        if signer is None or fields["signer"] in self.retired:
            raise DirectoryForged("the signer is unknown or was retired")
        return bytes.fromhex(signer[2])

    def _learn(self, kind: StatementKind, fields: dict[str, Any], statement: Statement) -> None:
        if kind is StatementKind.FOUNDING:
            self.founding = statement.digest
            self.office = fields["agency"]
            self._learn_member(fields)
            self._learn_admission(fields["member_key"], fields["agency"], Role.COORDINATOR)
        elif kind is StatementKind.MEMBER_KEY:
            self._learn_member(fields)
        elif kind is StatementKind.KEY_RETIRED:
            self._require_right_to_retire(fields)
            self._learn_retirement(fields)
        elif kind is StatementKind.ADMISSION:
            self._require_authority(fields)
            self._learn_admission(fields["member_key"], fields["agency"], fields["role"])
        elif kind is StatementKind.ADMISSION_ENDED:
            self._require_authority(fields)
            self._learn_end(fields["member_key"], fields["agency"], fields["role"], _time(fields))
        elif kind is StatementKind.RECOVERY_KEY:
            self._require_coordinator(fields)
            self.recovery = believe_key(fields, self.recovery)
        elif kind is StatementKind.RECOVERY_USED:
            self._require_recovered(fields)
            self.bundles.add(fields["bundle"])
            self._learn_admission(fields["member_key"], fields["agency"], fields["role"])
        else:
            self._require_holder(fields)
            self._learn_epoch(fields)

    def _learn_member(self, fields: dict[str, Any]) -> None:
        stated = (fields["user"], fields["kem"], fields["sign_public"])
        if fields["member_key"] in self.members:
            raise DirectoryForged("a member key is stated twice")
        # A member key signs its own statement, so nothing else could tell a second one from a
        # forged one: the first must have been retired by somebody who may.
        if fields["user"] in self.owners:
            raise DirectoryForged("a person has one member key")
        self.members[fields["member_key"]] = stated
        self.owners[fields["user"]] = fields["member_key"]

    def _learn_retirement(self, fields: dict[str, Any]) -> None:
        key = fields["member_key"]
        self.retired[key] = _time(fields)
        for agency, role in self.admissions.pop(key, set()):
            self.ended[(key, agency, role)] = self.retired[key]
        del self.owners[fields["user"]]

    def _learn_end(self, member_key: str, agency: str, role: str, at: datetime) -> None:
        held = self.admissions.get(member_key, set())
        if (agency, role) not in held:
            raise DirectoryForged("only what began can end")
        held.remove((agency, role))
        self.ended[(member_key, agency, role)] = at

    def _learn_epoch(self, fields: dict[str, Any]) -> None:
        names = ("ring", "ring_kind", "case", "agency", "number", "kem")
        stated = StatedEpoch(**{name: fields[name] for name in names})
        last = self.epochs[self.newest[stated.ring]] if stated.ring in self.newest else None
        follows = replace(last or stated, number=last.number + 1 if last else 1, kem=stated.kem)
        if fields["epoch"] in self.epochs or type(stated.number) is not int or stated != follows:
            raise DirectoryForged("an epoch does not follow the last one of its ring")
        self.epochs[fields["epoch"]] = stated
        self.newest[stated.ring] = fields["epoch"]

    def _learn_admission(self, member_key: str, agency: str, role: str) -> None:
        self.admissions.setdefault(member_key, set()).add((agency, Role(role).value))

    def _require_right_to_retire(self, fields: dict[str, Any]) -> None:
        key = fields["member_key"]
        if self.owners.get(fields["user"]) != key:
            raise DirectoryForged("only a key that counts can be retired")
        if not self.may_retire(fields["signer"], key):
            raise DirectoryForged("the signer may not retire this key")

    def _require_authority(self, fields: dict[str, Any]) -> None:
        if self.owners.get(fields["user"]) != fields["member_key"]:
            raise DirectoryForged("nobody with this key can be admitted")
        if not self.may_admit(fields["signer"], fields["agency"]):
            raise DirectoryForged("the signer may not admit to this agency")

    def _require_coordinator(self, fields: dict[str, Any]) -> None:
        office = (self.office, Role.COORDINATOR.value)
        if office not in self.admissions.get(fields["signer"], set()):
            raise DirectoryForged("only a coordinator states a recovery key")

    def _require_recovered(self, fields: dict[str, Any]) -> None:
        """Two custodians let in a key that counts, which says so itself, to open its own desk."""
        require_use(fields, self.recovery)
        key, agency = fields["member_key"], fields["agency"]
        if fields["signer"] != key or self.owners.get(fields["user"]) != key:
            raise DirectoryForged("not the key of the person who was let in")
        leads = Role.COORDINATOR if agency == self.office else Role.AGENCY_LEAD
        if fields["role"] != leads or fields["bundle"] in self.bundles:
            raise DirectoryForged("another role, or a bundle that was used before")
        if any(self.epochs[epoch].agency != agency for epoch in fields["epochs"]):
            raise DirectoryForged("a ring of another agency")

    def _require_holder(self, fields: dict[str, Any]) -> None:
        held = self.admissions.get(fields["signer"], set())
        if not any((fields["agency"], role.value) in held for role in DESK_ROLES):
            raise DirectoryForged("the signer holds no desk of this agency")


def _time(fields: dict[str, Any]) -> datetime:
    at = datetime.fromisoformat(fields["at"])
    if at.tzinfo is None:
        raise DirectoryForged("a time without its zone")
    return at
