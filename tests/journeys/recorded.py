"""The access log of a served store, read by a connection of the test's own."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from tests.serving import Store

_COLUMNS = (
    "id", "actor", "hat_role", "action", "outcome", "reason", "purpose", "compartment", "case_ref",
    "object_ref", "recipients", "refs", "client_class",
)  # fmt: skip
_SHOWING = frozenset(
    {"worklist.shown", "list.shown", "referral.status_read", "consultation.read", "draft.read"}
)
NOBODY = "nobody"


@dataclass(frozen=True)
class Happened:
    """One event, with the name of whoever the pseudonym stands for."""

    who: str
    role: str
    action: str
    outcome: str
    reason: str
    purpose: str
    part: str
    case_ref: UUID | None
    object_ref: UUID | None
    recipients: frozenset[str]
    refs: tuple[UUID, ...]
    client: str

    @property
    def line(self) -> str:
        """The event in one line: who in which role, what, why, about which part."""
        words = [self.who, self.role, self.action, self.reason, self.purpose, self.part]
        return " ".join(each for each in [*words, "REFUSED" if self.refused else ""] if each)

    @property
    def refused(self) -> bool:
        """Whether it was tried and not allowed."""
        return self.outcome == "refused"


class Log:
    """Reads on from where it was read last."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.known: set[UUID] = set()
        self.new()

    def new(self, *, case_ref: UUID | None = None) -> list[Happened]:
        """What was recorded since the last look, in order; of one case if it is named."""
        rows = self.store.rows(f"SELECT {', '.join(_COLUMNS)} FROM audit_accessevent ORDER BY at")
        fresh = [row for row in rows if as_uuid(row[0]) not in self.known]
        self.known |= {as_uuid(row[0]) for row in fresh}
        names = self._names()
        events = [_event(row, names) for row in fresh]
        return [each for each in events if case_ref in {None, each.case_ref}]

    def _names(self) -> dict[UUID, str]:
        rows = self.store.rows("SELECT log_ref, email FROM accounts_user")
        return {as_uuid(ref): str(email).partition("@")[0] for ref, email in rows}


def lines(events: Iterable[Happened]) -> list[str]:
    """Events as lines, without the pages that were merely shown; refusals are never left out."""
    return [each.line for each in events if each.refused or each.action not in _SHOWING]


def as_uuid(value: Any) -> UUID:
    """An id, as either database gives it."""
    return value if isinstance(value, UUID) else UUID(hex=str(value))


def _optional(value: Any) -> UUID | None:
    return None if value is None else as_uuid(value)


def _many(value: Any) -> tuple[UUID, ...]:
    return tuple(UUID(each) for each in (json.loads(value) if isinstance(value, str) else value))


def _event(row: tuple[Any, ...], names: dict[UUID, str]) -> Happened:
    found = dict(zip(_COLUMNS, row, strict=True))
    actor = _optional(found["actor"])
    return Happened(
        who=names.get(actor, "unknown") if actor else NOBODY,
        role=found["hat_role"],
        action=found["action"],
        outcome=found["outcome"],
        reason=found["reason"],
        purpose=found["purpose"],
        part=found["compartment"],
        case_ref=_optional(found["case_ref"]),
        object_ref=_optional(found["object_ref"]),
        recipients=frozenset(names.get(each, str(each)) for each in _many(found["recipients"])),
        refs=_many(found["refs"]),
        client=found["client_class"],
    )
