"""Append-only by the database itself: whoever holds a connection is refused."""

import pytest
from django.core.checks import run_checks
from django.db import DatabaseError, connection, transaction

from accounts.models import Agency, Partnership
from audit import triggers
from audit.models import HistoryEntry
from tests.audit.acts import written

pytestmark = pytest.mark.django_db(transaction=True)

ON_POSTGRESQL = pytest.mark.postgres


@pytest.fixture(params=triggers.TABLES)
def table(request: pytest.FixtureRequest) -> str:
    """A table of the log that holds a row."""
    written()
    partnership = Partnership.objects.create(name="RivePrev", city="Rivenne", country="FR")
    Agency.objects.create(partnership=partnership, name="Lycée Gandon", kind="SCHOOL")
    assert HistoryEntry.objects.exists()
    return str(request.param)


def _refused(sql: str) -> None:
    with (
        pytest.raises(DatabaseError, match=triggers.REFUSAL),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql)


def _rows(table: str) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {table}")
        return list(cursor.fetchall())


@pytest.mark.parametrize("change", ["UPDATE {} SET action = action", "DELETE FROM {}"])
def test_change_is_refused(table: str, change: str) -> None:
    before = _rows(table)
    _refused(change.format(table))
    assert _rows(table) == before


@ON_POSTGRESQL
def test_truncate_is_refused(table: str) -> None:
    _refused(f"TRUNCATE {table} CASCADE")
    assert _rows(table)


@ON_POSTGRESQL
def test_change_of_no_row_is_refused(table: str) -> None:
    _refused(f"UPDATE {table} SET action = action WHERE false")


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="REPLACE is a word of SQLite")
def test_replace_is_refused(table: str) -> None:
    before = _rows(table)
    _refused(f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}")
    assert _rows(table) == before


@ON_POSTGRESQL
def test_conflict_update_is_refused() -> None:
    event = written()
    _refused(
        "INSERT INTO audit_accessevent SELECT * FROM audit_accessevent "
        f"WHERE id = '{event.id}' ON CONFLICT (id) DO UPDATE SET reason = 'other'"
    )


def test_no_trigger_is_missing() -> None:
    assert triggers.missing(connection) == []
    assert run_checks(tags=["database"], databases=["default"]) == []


def test_missing_trigger_is_named_by_the_check() -> None:
    with transaction.atomic():
        with connection.cursor() as cursor:
            for statement in triggers.drop_sql(connection.vendor, "audit_accessevent"):
                cursor.execute(statement)
        found = run_checks(tags=["database"], databases=["default"])
        transaction.set_rollback(True)
    names = triggers.trigger_names(connection.vendor, "audit_accessevent")
    assert [message.id for message in found] == ["audit.E001"] * len(names)
    assert triggers.missing(connection) == []


@ON_POSTGRESQL
def test_disabled_trigger_counts_as_missing() -> None:
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE audit_accessevent DISABLE TRIGGER USER")
        assert triggers.missing(connection) == ["audit_accessevent_append_only"]
        transaction.set_rollback(True)


def test_unknown_database_is_refused() -> None:
    for statements in (triggers.create_sql, triggers.drop_sql):
        with pytest.raises(NotImplementedError):
            statements("oracle", "audit_accessevent")
