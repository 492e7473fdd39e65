"""Builds directories by hand, honest and forged, without a database."""

import os
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from accounts.keys import kem, member
from accounts.keys.statements import (
    NO_DIGEST,
    Statement,
    StatementKind,
    VerifiedDirectory,
    make_statement,
)
from accounts.roles import Role

OFFICE, SCHOOL, POLICE = (uuid.uuid4() for _ in range(3))
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
NO_PIN = member.Pin(NO_DIGEST, 0, NO_DIGEST)


def new_keys() -> member.MemberKeys:
    """Keys of somebody who is nobody yet."""
    return member.generate(uuid.uuid4(), NO_PIN)


@dataclass
class Chain:
    """Statements in a row; each method appends one, signed by whoever is named."""

    statements: list[Statement] = field(default_factory=list)

    def say(
        self,
        kind: StatementKind,
        by: member.MemberKeys,
        fields: dict[str, Any],
        *,
        seq: int | None = None,
        previous: bytes | None = None,
    ) -> Statement:
        """Append any statement whatever, true or false."""
        head = self.statements[-1].digest if self.statements else NO_DIGEST
        statement = make_statement(
            kind,
            fields,
            seq=len(self.statements) + 1 if seq is None else seq,
            previous=head if previous is None else previous,
            signer=by.id.hex,
            sign_seed=by.sign_seed,
        )
        self.statements.append(statement)
        return statement

    def found(self, keys: member.MemberKeys, **changes: Any) -> Statement:
        """The founding statement of a first coordinator."""
        fields = {**about(keys), "partnership": "0" * 32, "agency": OFFICE.hex, **changes}
        return self.say(StatementKind.FOUNDING, keys, fields)

    def join(self, keys: member.MemberKeys, **changes: Any) -> Statement:
        """A newcomer states the own keys."""
        return self.say(StatementKind.MEMBER_KEY, keys, {**about(keys), **changes})

    def admit(
        self,
        keys: member.MemberKeys,
        agency: UUID,
        role: Role,
        *,
        by: member.MemberKeys,
        **changes: Any,
    ) -> Statement:
        """Somebody lets somebody in."""
        fields = {
            "member_key": keys.id.hex,
            "user": keys.user_id.hex,
            "agency": agency.hex,
            "role": role.value,
        }
        return self.say(StatementKind.ADMISSION, by, {**fields, **changes})

    def epoch(
        self, agency: UUID, *, by: member.MemberKeys, ring: UUID, number: int = 1, **changes: Any
    ) -> Statement:
        """Somebody states a ring's key."""
        fields = {
            "ring": ring.hex,
            "epoch": uuid.uuid4().hex,
            "number": number,
            "agency": agency.hex,
            "ring_kind": "DESK",
            "case": "",
            "kem": os.urandom(32).hex(),
        }
        return self.say(StatementKind.RING_EPOCH, by, {**fields, **changes})

    def retire(
        self, keys: member.MemberKeys, *, by: member.MemberKeys, **changes: Any
    ) -> Statement:
        """Somebody says that a key counts no more."""
        fields = {"member_key": keys.id.hex, "user": keys.user_id.hex, "at": NOON.isoformat()}
        return self.say(StatementKind.KEY_RETIRED, by, {**fields, **changes})

    def end(
        self,
        keys: member.MemberKeys,
        agency: UUID,
        role: Role,
        *,
        by: member.MemberKeys,
        **changes: Any,
    ) -> Statement:
        """Somebody says that an admission ended."""
        fields = {
            "member_key": keys.id.hex,
            "user": keys.user_id.hex,
            "agency": agency.hex,
            "role": role.value,
            "at": NOON.isoformat(),
        }
        return self.say(StatementKind.ADMISSION_ENDED, by, {**fields, **changes})

    def verified(self) -> VerifiedDirectory:
        """What a reader makes of it. Raises DirectoryForged."""
        directory = VerifiedDirectory()
        for statement in self.statements:
            directory.add(statement)
        return directory


def about(keys: member.MemberKeys) -> dict[str, str]:
    """What a statement says about a member key."""
    return {
        "member_key": keys.id.hex,
        "user": keys.user_id.hex,
        "kem": kem.fingerprint(keys.private.public).hex(),
        "sign_public": keys.sign_public.hex(),
    }


@dataclass
class Partnership:
    """An honest directory: Anke founds, Idris leads the school, Maud works there, Rolf's police."""

    chain: Chain = field(default_factory=Chain)
    anke: member.MemberKeys = field(default_factory=new_keys)
    idris: member.MemberKeys = field(default_factory=new_keys)
    maud: member.MemberKeys = field(default_factory=new_keys)
    rolf: member.MemberKeys = field(default_factory=new_keys)
    eve: member.MemberKeys = field(default_factory=new_keys)
    desk: UUID = field(default_factory=uuid.uuid4)

    def __post_init__(self) -> None:
        self.chain.found(self.anke)
        for each in (self.idris, self.maud, self.rolf):
            self.chain.join(each)
        self.chain.admit(self.idris, SCHOOL, Role.AGENCY_LEAD, by=self.anke)
        self.chain.admit(self.rolf, POLICE, Role.AGENCY_LEAD, by=self.anke)
        self.chain.admit(self.maud, SCHOOL, Role.FRONTLINE, by=self.idris)
        self.chain.epoch(SCHOOL, by=self.idris, ring=self.desk)
