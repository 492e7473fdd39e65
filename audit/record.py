"""The only writer of the access log: one event, inside the transaction of the act it records."""

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from uuid import UUID, uuid4

from django.db import connection, transaction

from audit import context
from audit.events import Event, Outcome
from audit.evidence.encoding import DIGEST_BYTES, VERSION, EventFields, encode, event_hash

CLIENT_CLASSES = frozenset({"browser", "phone", "api", "command"})
_CODE = re.compile(r"[A-Za-z0-9_.-]{0,40}")
_COLUMNS = (
    "id",
    "version",
    "at",
    "actor",
    "hat_agency",
    "hat_role",
    "action",
    "outcome",
    "reason",
    "purpose",
    "case_ref",
    "object_ref",
    "compartment",
    "recipients",
    "refs",
    "session_ref",
    "request_ref",
    "client_class",
    "detail_digest",
    "detail",
    "event_hash",
)
_INSERT = (
    f"INSERT INTO audit_accessevent ({', '.join(_COLUMNS)}) "  # noqa: S608 - constants only
    f"VALUES ({', '.join(['%s'] * len(_COLUMNS))})"
)


class RecordOutsideTransaction(Exception):
    """An event must commit or roll back with its act; there was no transaction to join."""


class RecordRefused(ValueError):
    """A value is not an id, a code or a digest: it could carry content into the log."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Who acts, in which hat, from which session and request; nobody signed in has no actor."""

    actor: UUID | None
    hat_agency: UUID | None
    hat_role: str
    session_ref: UUID | None
    request_ref: UUID | None
    client_class: str


def record(
    origin: Origin,
    event: Event,
    *,
    outcome: Outcome = Outcome.DONE,
    reason: str = "",
    purpose: str = "",
    case_ref: UUID | None = None,
    object_ref: UUID | None = None,
    compartment: str = "",
    recipients: Sequence[UUID] = (),
    refs: Sequence[UUID] = (),
    detail_digest: bytes | None = None,
    detail: bytes | None = None,
) -> UUID:
    """Store one event in the running transaction and return its id.

    `reason`, `purpose` and `compartment` are codes; `recipients` are those who can read from now
    on; `refs` are what a list showed. `detail_digest` is the SHA-256 of what the act stored.
    `detail` is sealed bytes; its digest is then the event's digest, and no other may be given.
    Raises RecordOutsideTransaction, RecordRefused, or the database's error: the act then fails too.
    """
    if not connection.in_atomic_block:
        raise RecordOutsideTransaction(Event(event).value)
    fields = EventFields(
        id=uuid4(),
        at=datetime.now(UTC),
        actor=_id(origin.actor),
        hat_agency=_id(origin.hat_agency),
        hat_role=_code(origin.hat_role),
        action=Event(event).value,
        outcome=Outcome(outcome).value,
        reason=_code(reason),
        purpose=_code(purpose),
        case_ref=_id(case_ref),
        object_ref=_id(object_ref),
        compartment=_code(compartment),
        recipients=_ids(recipients),
        refs=_ids(refs),
        session_ref=_id(origin.session_ref),
        request_ref=_id(origin.request_ref),
        client_class=_client_class(origin.client_class),
        detail_digest=_digest(detail_digest, detail),
    )
    _insert(fields, detail)
    return fields.id


def _insert(fields: EventFields, detail: bytes | None) -> None:
    values = (
        _stored_id(fields.id),
        VERSION,
        connection.ops.adapt_datetimefield_value(fields.at),
        _stored_id(fields.actor),
        _stored_id(fields.hat_agency),
        fields.hat_role,
        fields.action,
        fields.outcome,
        fields.reason,
        fields.purpose,
        _stored_id(fields.case_ref),
        _stored_id(fields.object_ref),
        fields.compartment,
        _stored_list(fields.recipients),
        _stored_list(fields.refs),
        _stored_id(fields.session_ref),
        _stored_id(fields.request_ref),
        fields.client_class,
        fields.detail_digest,
        detail,
        event_hash(encode(fields)),
    )
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, values)
    request_context = context.current()
    if request_context is not None:
        transaction.on_commit(request_context.note_commit)


def _stored_id(value: UUID | None) -> UUID | str | None:
    if value is None or connection.features.has_native_uuid_field:
        return value
    return value.hex


def _stored_list(ids: tuple[UUID, ...]) -> str:
    # PostgreSQL reads the untyped text as jsonb, as it does for a literal.
    return json.dumps([str(value) for value in ids])


def _id(value: object) -> UUID | None:
    if value is None or isinstance(value, UUID):
        return value
    raise RecordRefused("only ids enter the log")


def _ids(values: Sequence[object]) -> tuple[UUID, ...]:
    ids = tuple(value for value in values if isinstance(value, UUID))
    if len(ids) != len(values):
        raise RecordRefused("only ids enter the log")
    return ids


def _code(value: str) -> str:
    # Members of enums are stored and hashed as their plain value, whatever their str() says.
    code = str(value.value if isinstance(value, Enum) else value)
    if _CODE.fullmatch(code) is None:
        raise RecordRefused("a code has at most 40 letters, digits, dots, hyphens or underscores")
    return code


def _client_class(value: str) -> str:
    if value not in CLIENT_CLASSES:
        raise RecordRefused("unknown client class")
    return value


def _digest(given: bytes | None, detail: bytes | None) -> bytes | None:
    if detail is not None:
        if given is not None:
            raise RecordRefused("a detail brings its own digest")
        return hashlib.sha256(detail).digest()
    if given is not None and len(given) != DIGEST_BYTES:
        raise RecordRefused("a digest is 32 bytes of SHA-256")
    return given
