"""The embedded keeper: file keys and the pepper, in a SQLite file apart from the database.

The keeper is the second lock. Content opens with a wrap *and* the keeper's share of its file:
share = HMAC-SHA-512(file key, kid32)[:32]. Erasing a file key makes wraps in old backups useless.
A share for reading is given only for an access record that is committed: `shares` reads that
record itself and asks that it was made by the same person, in the last minute.
"""

import hashlib
import hmac
import os
import sqlite3
import threading
from collections.abc import Sequence
from contextlib import closing
from datetime import timedelta
from functools import cache
from pathlib import Path
from uuid import UUID, uuid4

from django.conf import settings
from django.db import connection
from django.utils import timezone

from accounts.errors import FileErased, KeeperBusy, KeeperRefused
from audit.queries import committed_event

_SCHEMA = """
CREATE TABLE IF NOT EXISTS file_key (
    file_id BLOB PRIMARY KEY, format INTEGER NOT NULL, key BLOB NOT NULL, created_at TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS erased (file_id BLOB PRIMARY KEY, erased_at TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS pepper (number INTEGER PRIMARY KEY, key BLOB NOT NULL);
"""
_FORMAT = 1
_EVENT_LIFETIME = timedelta(seconds=60)
_opening = threading.Lock()


class EmbeddedKeeper:
    """One keeper file and, if configured, a synchronous second copy."""

    def __init__(self, path: Path, copy_path: Path | None) -> None:
        self._paths = [path, *([copy_path] if copy_path else [])]
        self._local = threading.local()
        for each in self._paths:
            each.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not path.exists():
            self._found()

    def create(self, file_id: UUID, kids: Sequence[bytes]) -> list[bytes]:
        """Make and store a new file key (durable in every copy) and give the shares of `kids`.

        Raises FileErased for a file that was erased: it must not come back under its old name.
        """
        if self._row("SELECT 1 FROM erased WHERE file_id = ?", file_id.bytes):
            raise FileErased
        key = os.urandom(32)
        row = (file_id.bytes, _FORMAT, key, timezone.now().isoformat())
        for db in reversed(self._connections()):
            db.execute("INSERT INTO file_key VALUES (?, ?, ?, ?)", row)
        return [_share(key, kid) for kid in kids]

    def shares(
        self, file_id: UUID, kids: Sequence[bytes], *, event_id: UUID, person: UUID | None
    ) -> list[bytes]:
        """The shares of `kids` for one committed access record of `person`, at most a minute old.

        Raises KeeperRefused when the record is missing, not committed, old or another person's,
        and FileErased when the file has no key.
        """
        _require_record(event_id, person)
        row = self._row("SELECT key FROM file_key WHERE file_id = ?", file_id.bytes)
        if row is None:
            raise FileErased
        return [_share(row[0], kid) for kid in kids]

    def erase(self, file_id: UUID) -> None:
        """Forget a file key in every copy, with its bytes on disk.

        Raises KeeperBusy when another reader keeps the journal, and the key in it, from being cut:
        the key opens nothing any more, but the erasure must be repeated.
        """
        for db in self._connections():
            db.execute("DELETE FROM file_key WHERE file_id = ?", (file_id.bytes,))
            db.execute(
                "INSERT OR IGNORE INTO erased VALUES (?, ?)",
                (file_id.bytes, timezone.now().isoformat()),
            )
        cut = [db.execute("PRAGMA wal_checkpoint(TRUNCATE)") for db in self._connections()]
        if any(busy for busy, _pages, _moved in (each.fetchone() for each in cut)):
            raise KeeperBusy("bytes of an erased key may still lie in the journal")

    def pepper(self, data: bytes) -> bytes:
        """HMAC-SHA-512 of `data` under the pepper, 64 bytes."""
        row = self._row("SELECT key FROM pepper WHERE number = ?", 1)
        if row is None:
            raise KeeperRefused("the keeper has no pepper")
        return hmac.digest(row[0], data, hashlib.sha512)

    def _found(self) -> None:
        """Make the files whole and closed to others before they get their names, the first last.

        A copy that is there already belongs to a keeper that was lost: FileExistsError, and it
        must be brought back.
        """
        pepper = os.urandom(64)
        for each in reversed(self._paths):
            made = each.with_name(f"{uuid4()}.new")
            os.close(os.open(made, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
            try:
                with closing(_connect(made)) as db:
                    db.executescript(_SCHEMA)
                    db.execute("INSERT INTO pepper VALUES (1, ?)", (pepper,))
                os.link(made, each)
            finally:
                made.unlink()

    def _row(self, query: str, value: bytes | int) -> tuple[bytes] | None:
        """One row of the working file."""
        row: tuple[bytes] | None = self._connections()[0].execute(query, (value,)).fetchone()
        return row

    def _connections(self) -> list[sqlite3.Connection]:
        """One connection for each copy and thread, the working file first."""
        if not hasattr(self._local, "connections"):
            self._local.connections = [_connect(each) for each in self._paths]
        connections: list[sqlite3.Connection] = self._local.connections
        return connections


@cache
def _keeper_at(path: str, copy_path: str) -> EmbeddedKeeper:
    return EmbeddedKeeper(Path(path), Path(copy_path) if copy_path else None)


def keeper() -> EmbeddedKeeper:
    """The keeper that the settings name."""
    with _opening:
        return _keeper_at(str(settings.KEEPER_PATH), str(settings.KEEPER_COPY_PATH))


def _connect(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path, timeout=20, isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON"):
        db.execute(f"PRAGMA {pragma}")
    return db


def _share(file_key: bytes, kid32: bytes) -> bytes:
    return hmac.digest(file_key, kid32, hashlib.sha512)[:32]


def _require_record(event_id: UUID, person: UUID | None) -> None:
    if connection.in_atomic_block:
        raise KeeperRefused("a share is given only after the access record is committed")
    event = committed_event(event_id)
    if event is None or event.actor != person:
        raise KeeperRefused("no such access record of this person")
    if abs(timezone.now() - event.at) > _EVENT_LIFETIME:
        raise KeeperRefused("the access record is too old, or from the future")
