"""Real server processes for journeys: a seed database made once, a copy and a server for each.

The journey's assertions look into the copy by a connection of their own, so they see only what the
server committed.
"""

import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from urllib.request import urlopen

import psycopg

ROOT = Path(__file__).resolve().parent.parent
_SEED = "from tests.world import build_world; build_world()"
_START_SECONDS = 30.0
_SECRET = "only-for-journeys-" + "0123456789abcdef" * 4


@dataclass(frozen=True)
class Store:
    """One installation's data: its folder (keeper, files) and its database."""

    folder: Path
    database_url: str

    def environment(self, **more: str) -> dict[str, str]:
        """What a process needs to work on this store; nothing of the caller's settings."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith("CONFER_")}
        return {
            **kept,
            "CONFER_MODE": "demo",
            "CONFER_VAR_DIR": str(self.folder),
            "CONFER_SECRET_KEY": _SECRET,
            "CONFER_DATABASE_URL": self.database_url,
            "DJANGO_SETTINGS_MODULE": "tests.served",
            **more,
        }

    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """Rows by a connection of the test's own; `%s` marks values on both databases."""
        with closing(self.connect()) as db:
            if self.database_url.startswith("sqlite"):
                sql = sql.replace("%s", "?")
            cursor = db.execute(sql, values)
            rows = [tuple(row) for row in cursor.fetchall()] if cursor.description else []
            db.commit()
            return rows

    def connect(self) -> Any:
        """A new connection to the store's database."""
        if self.database_url.startswith("sqlite"):
            return sqlite_connection(self.sqlite_path)
        return psycopg.connect(self.database_url)

    @property
    def sqlite_path(self) -> Path:
        """The database file of a SQLite store."""
        return Path(urlsplit(self.database_url).path)


@dataclass(frozen=True)
class Server:
    """A running server and what lies under it."""

    url: str
    store: Store
    log: Path


def sqlite_connection(path: Path) -> Any:
    """A connection that waits like the server's own."""
    return sqlite3.connect(path, timeout=20)


def make_seed(folder: Path, base_url: str | None) -> Store:
    """A store with the whole world in it; `base_url` names a PostgreSQL server, None is SQLite."""
    store = _new_store(folder, base_url, template=None)
    for command in (["migrate", "--verbosity=0"], ["shell", "--verbosity=0", "-c", _SEED]):
        subprocess.run(
            [sys.executable, "manage.py", *command],
            cwd=ROOT,
            env=store.environment(),
            check=True,
            timeout=120,
        )
    return store


@contextmanager
def copied(seed: Store, folder: Path) -> Iterator[Store]:
    """A copy of a seed that a journey may change; its database goes afterwards."""
    shutil.copytree(seed.folder, folder)
    if seed.database_url.startswith("sqlite"):
        yield Store(folder, f"sqlite://{folder / 'demo' / 'confer.sqlite3'}")
        return
    copy = _new_store(folder, seed.database_url, template=_database(seed.database_url))
    try:
        yield copy
    finally:
        drop(copy)


@contextmanager
def serving(store: Store) -> Iterator[Server]:
    """A server process on a store, stopped in the end; its log lies beside the data."""
    port = _free_port()
    log = store.folder / "server.log"
    command = [
        sys.executable,
        "-m",
        "granian",
        "--interface",
        "wsgi",
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
        "--workers",
        "1",
        "--blocking-threads",
        "4",
        "config.wsgi:application",
    ]
    temporary = store.folder / "tmp"
    temporary.mkdir(exist_ok=True)
    env = store.environment(
        CONFER_BASE_URL=f"http://localhost:{port}", TMPDIR=str(temporary.resolve())
    )
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=output, stderr=output)
        try:
            url = f"http://localhost:{port}"
            _wait_for(url, process, log)
            yield Server(url, store, log)
        finally:
            process.terminate()
            process.wait(timeout=20)


def drop(store: Store) -> None:
    """Remove a PostgreSQL database that was made here."""
    if not store.database_url.startswith("sqlite"):
        _on_server(store.database_url, f'DROP DATABASE "{_database(store.database_url)}" (FORCE)')


def _new_store(folder: Path, base_url: str | None, template: str | None) -> Store:
    (folder / "demo").mkdir(parents=True, exist_ok=True)
    if base_url is None:
        return Store(folder, f"sqlite://{folder / 'demo' / 'confer.sqlite3'}")
    name = f"confer_journey_{uuid.uuid4().hex[:12]}"
    clause = f' TEMPLATE "{template}"' if template else ""
    _on_server(base_url, f'CREATE DATABASE "{name}"{clause}')
    parts = urlsplit(base_url)
    return Store(folder, urlunsplit(parts._replace(path=f"/{name}")))


def _on_server(url: str, statement: str) -> None:
    """Run a statement that concerns whole databases, from the server's own one."""
    address = urlunsplit(urlsplit(url)._replace(path="/postgres"))
    with psycopg.connect(address, autocommit=True) as db:
        db.execute(statement.encode())


def _database(url: str) -> str:
    return urlsplit(url).path.lstrip("/")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + _START_SECONDS
    while time.monotonic() < end:
        if process.poll() is not None:
            raise RuntimeError(f"the server ended: {log.read_text()[-2000:]}")
        try:
            with urlopen(f"{url}/sign-in/", timeout=5):  # noqa: S310 - our own http address
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"the server did not answer: {log.read_text()[-2000:]}")
