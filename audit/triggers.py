"""The SQL that keeps the log append-only: its only place, for migrations, checks and tests."""

from collections.abc import Sequence

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

TABLES = ("audit_accessevent", "audit_historyentry")
REFUSAL = "the log is append-only"


def put_on(schema_editor: BaseDatabaseSchemaEditor, table: str) -> None:
    """For migrations. SQLite drops triggers when it remakes a table: put them on again then."""
    for statement in create_sql(schema_editor.connection.vendor, table):
        schema_editor.execute(statement, params=None)


def take_off(schema_editor: BaseDatabaseSchemaEditor, table: str) -> None:
    """For reverse migrations."""
    for statement in drop_sql(schema_editor.connection.vendor, table):
        schema_editor.execute(statement, params=None)


def create_sql(vendor: str, table: str) -> tuple[str, ...]:
    """Statements that put the triggers of one table on."""
    if vendor == "sqlite":
        return _sqlite_create(table)
    if vendor == "postgresql":
        return _postgresql_create(table)
    raise NotImplementedError(f"no append-only triggers for {vendor}")


def drop_sql(vendor: str, table: str) -> tuple[str, ...]:
    """Statements that take the triggers of one table off: reverse migrations and test flushes."""
    if vendor == "sqlite":
        return tuple(f"DROP TRIGGER {name}" for name in trigger_names(vendor, table))
    if vendor == "postgresql":
        (name,) = trigger_names(vendor, table)
        return (f"DROP TRIGGER {name} ON {table}", f"DROP FUNCTION {name}()")
    raise NotImplementedError(f"no append-only triggers for {vendor}")


def trigger_names(vendor: str, table: str) -> tuple[str, ...]:
    """The triggers that must exist on one table."""
    if vendor == "sqlite":
        return tuple(f"{table}_no_{change}" for change in ("update", "delete", "replace"))
    return (f"{table}_append_only",)


def missing(connection: BaseDatabaseWrapper, tables: Sequence[str] = TABLES) -> list[str]:
    """Triggers that should be on and are not, of those tables that exist."""
    present_tables = set(connection.introspection.table_names())
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger'"
            if connection.vendor == "sqlite"
            # 'O' is "on" outside replication; a trigger switched off says 'D'.
            else "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled IN ('O', 'A')"
        )
        present = {row[0] for row in cursor.fetchall()}
    return [
        name
        for table in tables
        if table in present_tables
        for name in trigger_names(connection.vendor, table)
        if name not in present
    ]


def _sqlite_create(table: str) -> tuple[str, ...]:
    # INSERT OR REPLACE removes the old row without firing the trigger on DELETE.
    known = f"WHEN EXISTS (SELECT 1 FROM {table} WHERE id = NEW.id)"  # noqa: S608 - constants only
    changes = (f"UPDATE ON {table}", f"DELETE ON {table}", f"INSERT ON {table} {known}")
    refuse = f"SELECT RAISE(ABORT, '{REFUSAL}');"
    return tuple(
        f"CREATE TRIGGER {name} BEFORE {change} BEGIN {refuse} END"
        for name, change in zip(trigger_names("sqlite", table), changes, strict=True)
    )


def _postgresql_create(table: str) -> tuple[str, ...]:
    (name,) = trigger_names("postgresql", table)
    refuse = f"BEGIN RAISE EXCEPTION '{REFUSAL}' USING ERRCODE = 'restrict_violation'; END"
    function = f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ {refuse} $$"
    # For each statement: TRUNCATE has no rows, and an UPDATE of no row is an attempt too.
    changes = f"BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} FOR EACH STATEMENT"
    return (function, f"CREATE TRIGGER {name} {changes} EXECUTE FUNCTION {name}()")
