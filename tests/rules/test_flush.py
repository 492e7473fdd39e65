"""That tests can clear the log and nobody else can: the triggers are on before and after."""

import pytest
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from audit import triggers
from audit.events import Event
from audit.models import AccessEvent
from audit.record import Origin, record
from tests import flush

pytestmark = pytest.mark.django_db(transaction=True)
PROGRAM = Origin(
    actor=None,
    hat_agency=None,
    hat_role="",
    session_ref=None,
    request_ref=None,
    client_class="command",
)


def record_something() -> None:
    with transaction.atomic():
        record(PROGRAM, next(iter(Event)))


def rows_of_log() -> int:
    return AccessEvent.objects.count()


@pytest.mark.parametrize("again", [1, 2])
def test_each_test_begins_with_an_empty_log(again: int) -> None:
    assert rows_of_log() == 0, again
    record_something()
    assert rows_of_log() == 1


def refused(sql: str) -> None:
    """Try to change the log by `sql`, and see the trigger refuse it."""
    record_something()
    with (
        pytest.raises(DatabaseError, match=triggers.REFUSAL),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql)
    assert rows_of_log() == 1


def test_deleting_is_refused() -> None:
    refused("DELETE FROM audit_accessevent")


def test_updating_is_refused() -> None:
    refused("UPDATE audit_accessevent SET version = 2")


@pytest.mark.postgres
def test_truncating_is_refused() -> None:
    refused("TRUNCATE audit_accessevent")


def test_flush_empties_and_leaves_triggers_on() -> None:
    record_something()
    Session.objects.create(session_key="x", session_data="", expire_date=timezone.now())
    kinds = ContentType.objects.count()
    flush.empty_database()
    assert rows_of_log() == 0
    assert Session.objects.count() == 0
    assert ContentType.objects.count() == kinds > 0
    assert triggers.missing(connection) == []
    refused("DELETE FROM audit_accessevent")


def test_flush_that_fails_leaves_rows_and_triggers(monkeypatch: pytest.MonkeyPatch) -> None:
    record_something()
    monkeypatch.setattr(flush, "filled_tables", lambda *_: ['"audit_accessevent"', '"no_table"'])
    with pytest.raises(DatabaseError):
        flush.empty_database()
    assert rows_of_log() == 1
    assert triggers.missing(connection) == []


def test_flush_refuses_another_database(monkeypatch: pytest.MonkeyPatch) -> None:
    record_something()
    monkeypatch.setitem(connection.settings_dict["TEST"], "NAME", "test_of_somebody_else")
    with pytest.raises(flush.NotATestDatabaseError):
        flush.empty_database()
    assert rows_of_log() == 1
