"""Empties the test database after a transactional test, past the triggers that guard the log.

The log's tables refuse UPDATE, DELETE and TRUNCATE by trigger, on purpose and for everybody, so
Django's `flush` cannot clear them. Here, and only in a test database, the guard is stepped around:

- PostgreSQL: `session_replication_role = replica` silences ordinary triggers and foreign keys for
  one transaction of one session; the triggers themselves are never touched.
- SQLite: it has no such switch, so each trigger is dropped and made again from its own SQL, which
  is word for word what the migration ran. All of it is one transaction: a crash leaves them on.

Unlike `flush` this keeps content types and permissions, which migrations wrote and no test changes,
and deletes only where there are rows: 2 ms instead of some 200.
"""

from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper

KEPT = frozenset({"django_migrations", "django_content_type", "auth_permission"})
TEST_NAME = "test"


class NotATestDatabaseError(Exception):
    """The connection does not lead to a database that the tests have made."""


def empty_database(alias: str = DEFAULT_DB_ALIAS) -> None:
    """Delete every row of every table but KEPT; the log's triggers are on again afterwards."""
    connection = connections[alias]
    require_test_database(connection)
    empty = {"postgresql": _empty_postgresql, "sqlite": _empty_sqlite}[connection.vendor]
    with transaction.atomic(using=alias), connection.cursor() as cursor:
        empty(cursor, filled_tables(connection, cursor))


def require_test_database(connection: BaseDatabaseWrapper) -> None:
    """Refuse a connection whose database is not the one that the test run created."""
    name = str(connection.settings_dict["NAME"])
    made = str(connection.settings_dict["TEST"]["NAME"])
    if TEST_NAME not in made or name != made:
        raise NotATestDatabaseError(connection.alias)


def filled_tables(connection: BaseDatabaseWrapper, cursor: CursorWrapper) -> list[str]:
    """The quoted names of all tables that hold a row, found with one query."""
    tables = connection.introspection.table_names(cursor, include_views=False)
    quoted = [connection.ops.quote_name(name) for name in sorted(set(tables) - KEPT)]
    parts = [f"SELECT {i} WHERE EXISTS (SELECT 1 FROM {name})" for i, name in enumerate(quoted)]
    cursor.execute(" UNION ALL ".join(parts))
    return [quoted[i] for (i,) in cursor.fetchall()]


def _empty_postgresql(cursor: CursorWrapper, tables: list[str]) -> None:
    # A connection that a test forgot to close must not hang the whole run.
    cursor.execute("SET LOCAL lock_timeout = '20s'")
    cursor.execute("SET LOCAL session_replication_role = replica")
    for table in tables:
        cursor.execute(f"DELETE FROM {table}")


def _empty_sqlite(cursor: CursorWrapper, tables: list[str]) -> None:
    cursor.execute("PRAGMA defer_foreign_keys = ON")
    cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
    triggers = cursor.fetchall()
    for name, _sql in triggers:
        cursor.execute(f'DROP TRIGGER "{name}"')
    for table in tables:
        cursor.execute(f"DELETE FROM {table}")
    for _name, sql in triggers:
        cursor.execute(sql)
