"""The fast way of rows into a scratch database: COPY on PostgreSQL, executemany on SQLite."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Any

from django.db import connection, models, transaction

Row = Sequence[Any]
_CHUNK = 20_000


def load(model: type[models.Model], fields: Sequence[str], rows: Iterable[Row]) -> None:
    """Insert rows whose values both databases take as they are: text, numbers, bytes, None."""
    options = model._meta
    columns = [str(options.get_field(name).column) for name in fields]  # type: ignore[union-attr]
    if connection.vendor == "postgresql":
        _copy(options.db_table, columns, rows)
    else:
        _execute_many(options.db_table, columns, rows)


@contextmanager
def loading() -> Iterator[None]:
    """One transaction without the checks and flushes that only live data needs."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            for pragma in ("synchronous=OFF", "foreign_keys=OFF", "cache_size=-400000"):
                cursor.execute(f"PRAGMA {pragma}")
        else:
            # Foreign keys are kept by construction; checking two million of them takes minutes.
            cursor.execute("SET session_replication_role = replica")
            cursor.execute("SET synchronous_commit = off")
    with transaction.atomic():
        yield


def settle() -> None:
    """What a database does to itself in quiet hours: statistics, vacuum, checkpoint."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("ANALYZE")
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        else:
            cursor.execute("VACUUM ANALYZE")
            cursor.execute("CHECKPOINT")


def _copy(table: str, columns: Sequence[str], rows: Iterable[Row]) -> None:
    names = ", ".join(columns)
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def _execute_many(table: str, columns: Sequence[str], rows: Iterable[Row]) -> None:
    marks = ", ".join(["%s"] * len(columns))
    insert = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})"  # noqa: S608
    waiting = iter(rows)
    with connection.cursor() as cursor:
        while chunk := list(islice(waiting, _CHUNK)):
            cursor.executemany(insert, chunk)
