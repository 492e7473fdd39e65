"""All rows of the test database, taken once and put back: for worlds that are built often."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time
from typing import Any

from django.apps import apps
from django.db import connection, models, transaction

from tests.flush import filled_tables


@dataclass(frozen=True)
class Rows:
    """One table's rows as the database gives and takes them, without running numbers."""

    table: str
    columns: Sequence[str]
    values: Sequence[Sequence[Any]]


def database_is_empty() -> bool:
    """Whether no table but those that migrations filled has a row."""
    with connection.cursor() as cursor:
        return not filled_tables(connection, cursor)


def take_rows() -> list[Rows]:
    """Every row of every table that is not kept by the flush."""
    numbered = _numbered_columns()
    with connection.cursor() as cursor:
        tables = filled_tables(connection, cursor)
        return [_rows_of(cursor, table, numbered) for table in tables]


def put_rows(taken: Sequence[Rows]) -> None:
    """Insert what take_rows gave, in one transaction: foreign keys are checked at its end."""
    with transaction.atomic(), connection.cursor() as cursor:
        for rows in taken:
            names = ", ".join(connection.ops.quote_name(name) for name in rows.columns)
            marks = ", ".join(["%s"] * len(rows.columns))
            insert = f"INSERT INTO {rows.table} ({names}) VALUES ({marks})"
            cursor.executemany(insert, rows.values)


def _rows_of(cursor: Any, table: str, numbered: dict[str, str]) -> Rows:
    cursor.execute(f"SELECT * FROM {table}")
    columns = [each[0] for each in cursor.description]
    left_out = numbered.get(table)
    places = [place for place, name in enumerate(columns) if name != left_out]
    values = [tuple(_plain(row[place]) for place in places) for row in cursor.fetchall()]
    return Rows(table, [columns[place] for place in places], values)


def _numbered_columns() -> dict[str, str]:
    """Tables whose rows the database numbers itself: it must go on doing so."""
    found = {}
    for model in apps.get_models(include_auto_created=True):
        key = model._meta.pk
        if isinstance(key, models.AutoField):
            found[connection.ops.quote_name(model._meta.db_table)] = str(key.column)
    return found


def _plain(value: Any) -> Any:
    """As the driver takes it: PostgreSQL reads bytes as views, SQLite reads times as objects."""
    if isinstance(value, memoryview):
        return bytes(value)
    if connection.vendor == "sqlite" and isinstance(value, date | time):
        return str(value)
    return value
