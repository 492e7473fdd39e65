"""The only writer: inside the act's transaction, codes and ids only, all or nothing."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction

from audit.events import Event, Outcome
from audit.evidence.encoding import encode, event_hash
from audit.models import AccessEvent, AppendOnlyError
from audit.record import RecordOutsideTransaction, RecordRefused, record
from tests.audit.acts import CASE, NOBODY, TEACHER, written

pytestmark = pytest.mark.django_db(transaction=True)


def test_event_holds_what_was_recorded() -> None:
    reader, shown = uuid4(), uuid4()
    before = datetime.now(UTC)
    event = written(
        Event.SHARE_MADE,
        outcome=Outcome.REFUSED,
        reason="no_key",
        purpose="INTAKE",
        case_ref=CASE,
        object_ref=CASE,
        compartment="C12",
        recipients=[reader],
        refs=[shown, shown],
    )
    assert (event.actor, event.hat_agency) == (TEACHER.actor, TEACHER.hat_agency)
    assert (event.action, event.outcome, event.reason) == ("share.made", "refused", "no_key")
    assert (event.recipients, event.refs) == ([str(reader)], [str(shown)] * 2)
    assert before <= event.at <= datetime.now(UTC)
    assert (event.writer, event.wseq, event.tag) == (None, None, None)


@pytest.mark.parametrize("digest", [None, bytes(32)], ids=["no digest", "digest"])
def test_stored_hash_is_the_hash_of_the_stored_row(digest: bytes | None) -> None:
    for origin in (TEACHER, NOBODY):
        event = written(origin=origin, case_ref=CASE, refs=[uuid4()], detail_digest=digest)
        assert bytes(event.event_hash) == event_hash(encode(event.fields()))


def test_changed_row_does_not_match_its_hash() -> None:
    event = written(case_ref=CASE)
    event.at += timedelta(microseconds=1)
    assert bytes(event.event_hash) != event_hash(encode(event.fields()))


def test_detail_is_bound_by_its_digest() -> None:
    event = written(detail=b"sealed bytes")
    assert event.detail is not None
    assert event.detail_digest is not None
    assert bytes(event.detail) == b"sealed bytes"
    assert bytes(event.detail_digest) == hashlib.sha256(b"sealed bytes").digest()


def test_record_outside_transaction_is_refused() -> None:
    with pytest.raises(RecordOutsideTransaction):
        record(TEACHER, Event.ITEM_READ)
    assert not AccessEvent.objects.exists()


@pytest.mark.parametrize(
    "what",
    [
        {"reason": "he was seen at the station"},
        {"reason": "x" * 41},
        {"reason": "line\n"},
        {"purpose": "é"},
        {"compartment": "C1;C2"},
        {"case_ref": str(CASE)},
        {"object_ref": 7},
        {"refs": ["Teo L."]},
        {"refs": "Teo L."},
        {"recipients": [None]},
        {"detail_digest": b"short"},
        {"detail": b"sealed", "detail_digest": bytes(32)},
    ],
    ids=str,
)
def test_what_could_carry_content_is_refused(what: dict[str, Any]) -> None:
    with pytest.raises(RecordRefused):
        written(**what)
    assert not AccessEvent.objects.exists()


@pytest.mark.parametrize(
    "change", [{"hat_role": "head teacher"}, {"client_class": "fax"}, {"actor": "Maud"}], ids=str
)
def test_origin_with_words_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(RecordRefused):
        written(origin=replace(TEACHER, **change))


class _Purpose(str, Enum):  # noqa: UP042 - its str() is not its value, which is the trap
    INTAKE = "INTAKE"


def test_member_of_an_enum_is_stored_as_its_value() -> None:
    assert written(purpose=_Purpose.INTAKE).purpose == "INTAKE"


def test_unknown_event_is_refused() -> None:
    with pytest.raises(ValueError, match="not a valid Event"):
        written("item.glanced_at")  # type: ignore[arg-type]  # the mistake under test


def test_rolled_back_act_leaves_no_event() -> None:
    def act() -> None:
        with transaction.atomic():
            record(TEACHER, Event.ITEM_READ)
            raise InterruptedError

    with pytest.raises(InterruptedError):
        act()
    assert not AccessEvent.objects.exists()


def test_failing_log_stops_the_act() -> None:
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE audit_accessevent RENAME TO away")
        with pytest.raises(DatabaseError), transaction.atomic():
            record(TEACHER, Event.ITEM_READ)
        transaction.set_rollback(True)


def test_orm_cannot_write_events() -> None:
    event = written()
    for attempt in (
        event.save,
        event.delete,
        AccessEvent.objects.all().delete,
        lambda: AccessEvent.objects.update(reason="other"),
        lambda: AccessEvent.objects.create(id=uuid4()),
        lambda: AccessEvent.objects.bulk_create([event]),
        lambda: AccessEvent.objects.bulk_update([event], ["reason"]),
        lambda: AccessEvent.objects.get_or_create(id=uuid4()),
        lambda: AccessEvent.objects.update_or_create(id=uuid4()),
    ):
        with pytest.raises(AppendOnlyError):
            attempt()


def test_row_says_no_more_than_its_id() -> None:
    event = written(case_ref=CASE)
    assert str(event) == str(event.id)
