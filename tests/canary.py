"""Finds a marker wherever this installation could have written it, in whatever spelling.

A canary is a random word that is typed into a form. `find_marker` then looks for it in every row
of the database and, on SQLite, in the raw files (deleted rows, journals), in sessions, cache, mail,
log and files. It reads through connections of its own, so it sees what is stored, nothing else.
"""

import base64
import logging
import os
import secrets
import sqlite3
import tempfile
import time
import zlib
from binascii import Error as Base64Error
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
from django.conf import settings
from django.core import mail
from django.core.cache.backends import locmem
from django.db import connection

from config.logs import NoContentFilter

CHUNK = 1 << 20
JOURNALS = ("", "-wal", "-shm", "-journal")
# Files that are older than this run cannot hold what a test of it typed.
STARTED = time.time() - 60


@dataclass(frozen=True, slots=True)
class Find:
    """Where a marker lies: the kind of place and its name."""

    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class Search:
    """What is searched. A journey against another process names that process's places."""

    sqlite: Path | None = None
    postgres: str = ""
    log: str = ""
    folders: tuple[Path, ...] = ()
    changed_after: float = 0.0
    this_process: bool = False


def new_marker() -> str:
    """A word that nothing contains by chance; letters and digits, so no escaping hides it."""
    return f"zq{secrets.token_hex(9)}"


def here(*, log: str = "", changed_after: float = STARTED) -> Search:
    """Every place of the running tests: database, var folder, temporary files, cache and mail."""
    target = connection.settings_dict
    on_file = connection.vendor == "sqlite"
    return Search(
        sqlite=Path(str(target["NAME"])) if on_file else None,
        postgres="" if on_file else _conninfo(target),
        log=log,
        folders=(settings.VAR_DIR, Path(tempfile.gettempdir())),
        changed_after=changed_after,
        this_process=True,
    )


def find_marker(marker: str, where: Search) -> list[Find]:
    """Every place that holds the marker, sorted; an empty list is what a test hopes for."""
    return find_markers([marker], where).get(marker, [])


def find_markers(markers: Iterable[str], where: Search) -> dict[str, list[Find]]:
    """The same for many markers in one search; those that lie nowhere are not in the answer."""
    needles = [_Needle(marker) for marker in sorted(set(markers))]
    found: dict[str, set[Find]] = {}
    for find, content in _contents(where, max(each.longest for each in needles)):
        folded = content.lower()
        for needle in needles:
            if needle.lies_in(content, folded):
                found.setdefault(needle.marker, set()).add(find)
    return {
        marker: sorted(places, key=lambda each: (each.kind, each.name))
        for marker, places in found.items()
    }


def _contents(where: Search, overlap: int) -> Iterator[tuple[Find, bytes]]:
    """Everything that is searched, in pieces that overlap, each with the place it lies in."""
    for table, column, value in rows_of(where):
        kind = "session" if table == "django_session" else "row"
        for spelling in _spellings(value):
            yield Find(kind, f"{table}.{column}"), spelling
    yield from _file_contents(where, overlap)
    yield Find("log", "log"), where.log.encode()
    if where.this_process:
        yield from _process_contents()


def rows_of(where: Search) -> Iterator[tuple[str, str, Any]]:
    """Table, column and value of every cell of the database."""
    if where.sqlite is not None:
        yield from _sqlite_cells(where.sqlite)
    if where.postgres:
        yield from _postgres_cells(where.postgres)


@contextmanager
def captured_log() -> Iterator[StringIO]:
    """What the installation's own log handlers write meanwhile, after their filter."""
    text = StringIO()
    handlers = [
        each
        for each in logging.getLogger().handlers
        if isinstance(each, logging.StreamHandler)
        and any(isinstance(kept, NoContentFilter) for kept in each.filters)
    ]
    if not handlers:
        raise LookupError("no handler of the settings is installed")
    before = [handler.setStream(text) for handler in handlers]
    try:
        yield text
    finally:
        for handler, stream in zip(handlers, before, strict=True):
            handler.setStream(stream)


@dataclass
class _Needle:
    """A marker in all its spellings."""

    marker: str
    plain: list[bytes] = field(init=False)
    exact: list[bytes] = field(init=False)

    def __post_init__(self) -> None:
        text = self.marker
        encodings = ("utf-8", "utf-16-le", "utf-16-be", "utf-32-le")
        raw = [text.encode(name) for name in encodings]
        escaped = [quote(text).encode(), text.encode("unicode_escape")]
        hexed = [each.hex().encode() for each in raw]
        self.plain = [each.lower() for each in [*raw, *escaped, *hexed]]
        self.exact = sorted({form for each in raw for form in _base64_forms(each)})

    def lies_in(self, content: bytes, folded: bytes) -> bool:
        """Whether any spelling lies in the content; `folded` is the same in small letters."""
        return any(each in folded for each in self.plain) or any(
            each in content for each in self.exact
        )

    @property
    def longest(self) -> int:
        """How much two pieces of a file must overlap."""
        return max(len(each) for each in [*self.plain, *self.exact])


def _base64_forms(raw: bytes) -> Iterator[bytes]:
    """The part of a text's base64 that is the same whatever stands before and after it."""
    for shift in range(3):
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            whole = encode(b"\0" * shift + raw)
            first = (shift * 8 + 5) // 6
            last = (shift + len(raw)) * 8 // 6
            yield whole[first:last]


def _spellings(value: Any) -> Iterator[bytes]:
    """A cell as bytes, and what a signed and perhaps compressed text (a session) holds."""
    if value is None:
        return
    if isinstance(value, bytes | bytearray | memoryview):
        yield bytes(value)
        return
    text = value if isinstance(value, str) else str(value)
    yield text.encode()
    payload, colon, _rest = text.partition(":")
    if not colon:
        return
    try:
        packed = base64.urlsafe_b64decode(payload.lstrip(".") + "=" * (-len(payload) % 4 + 1))
        yield zlib.decompress(packed) if payload.startswith(".") else packed
    except (Base64Error, ValueError, zlib.error):
        return  # an ordinary text with a colon in it


def _sqlite_cells(path: Path) -> Iterator[tuple[str, str, Any]]:
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=20)) as db:
        names = "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"
        for (table,) in db.execute(names).fetchall():
            rows = db.execute(f'SELECT * FROM "{table}"')
            columns = [each[0] for each in rows.description]
            for row in rows:
                yield from ((table, *cell) for cell in zip(columns, row, strict=True))


def _postgres_cells(conninfo: str) -> Iterator[tuple[str, str, Any]]:
    with psycopg.connect(conninfo) as db:
        names = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
        for (table,) in db.execute(names).fetchall():
            rows = db.execute(f'SELECT * FROM "{table}"'.encode())
            columns = [each.name for each in rows.description or ()]
            for row in rows:
                yield from ((table, *cell) for cell in zip(columns, row, strict=True))


def _conninfo(target: dict[str, Any]) -> str:
    names = ("user", "password", "host", "port")
    known = {name: target[name.upper()] for name in names if target.get(name.upper())}
    return psycopg.conninfo.make_conninfo("", dbname=target["NAME"], **known)


def _file_contents(where: Search, overlap: int) -> Iterator[tuple[Find, bytes]]:
    database = [Path(f"{where.sqlite}{end}") for end in JOURNALS] if where.sqlite else []
    for path in database:
        for piece in _pieces(path, overlap):
            yield Find("database file", path.name), piece
    for path in _changed_files(where.folders, where.changed_after):
        if path not in database:
            for piece in _pieces(path, overlap):
                yield Find("file", str(path)), piece


def _changed_files(folders: Sequence[Path], after: float) -> Iterator[Path]:
    """Files of these folders that were written since; one below the other counts once."""
    seen: set[Path] = set()
    for folder in folders:
        for parent, _folders, names in os.walk(folder):
            for path in (Path(parent, name) for name in names):
                if path not in seen and _is_changed_file(path, after):
                    seen.add(path)
                    yield path


def _is_changed_file(path: Path, after: float) -> bool:
    try:
        return path.is_file() and path.stat().st_mtime >= after
    except FileNotFoundError:
        return False  # somebody else's temporary file, gone meanwhile


def _pieces(path: Path, overlap: int) -> Iterator[bytes]:
    last = b""
    try:
        with path.open("rb") as file:
            while chunk := file.read(CHUNK):
                yield last + chunk
                last = chunk[-overlap:]
    except FileNotFoundError:
        return  # a journal that is not there, or as above


def _process_contents() -> Iterator[tuple[Find, bytes]]:
    for name, entries in vars(locmem)["_caches"].items():
        for key, packed in entries.items():
            yield Find("cache", f"{name}/{key}"), key.encode() + b"\0" + packed
    for number, message in enumerate(getattr(mail, "outbox", [])):
        parts = (message.subject, str(message.body), *message.to, message.message().as_string())
        yield Find("mail", str(number)), "\0".join(parts).encode()
