"""Scratch databases: made for one run under names of the bench's own, and dropped after it."""

import hashlib
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

ROOT = Path(__file__).resolve().parent.parent
# One name per checkout: two working copies may measure on one server at the same time.
_PREFIX = f"confer_bench_{hashlib.sha256(str(ROOT).encode()).hexdigest()[:8]}"
SQLITE = "SQLite"
POSTGRESQL = "PostgreSQL"


@dataclass(frozen=True, slots=True)
class Scratch:
    """One database and the folder that belongs to it (Confer's keeper lies there)."""

    url: str
    folder: Path


class Server:
    """Where the databases of one kind are made: a folder, or a PostgreSQL server with one."""

    def __init__(self, name: str, folder: Path, address: str = "") -> None:
        self.name = name
        self.folder = folder
        self.address = address

    def make(self, name: str) -> Scratch:
        """A new, empty database."""
        folder = self.folder / f"{self.name}-{name}"
        folder.mkdir(mode=0o700)
        if not self.address:
            return Scratch(f"sqlite:///{folder / 'database' / 'bench.sqlite3'}", _with_room(folder))
        database = f"{_PREFIX}_{name}"
        self._drop(database)
        self._do("CREATE DATABASE {}", database)
        parts = urlsplit(self.address)
        return Scratch(urlunsplit(parts._replace(path=f"/{database}")), folder)

    def drop(self, name: str) -> None:
        """Remove a database with everything that belongs to it."""
        shutil.rmtree(self.folder / f"{self.name}-{name}")
        if self.address:
            self._drop(f"{_PREFIX}_{name}")

    def _drop(self, database: str) -> None:
        self._do("DROP DATABASE IF EXISTS {} WITH (FORCE)", database)

    def _do(self, statement: str, database: str) -> None:
        with psycopg.connect(self.address, autocommit=True, connect_timeout=10) as connection:
            connection.execute(sql.SQL(statement).format(sql.Identifier(database)))


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """A folder on the disk of the checkout: a folder in memory would make storing cost nothing."""
    parent = ROOT / "var" / "bench"
    parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.TemporaryDirectory(prefix="run-", dir=parent) as name:
        yield Path(name)


def _with_room(folder: Path) -> Path:
    (folder / "database").mkdir()
    return folder
