"""That the migrations are complete, named, and lead back as well as forth."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from django.core.management import call_command
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation

from tests.rules.sources import APPS, ROOT

# Downwards in the order of the layers, so that each app leaves before those it stands on.
BACK = ("casework", "accounts", "audit")


def own_operations() -> Iterator[tuple[str, str, Operation]]:
    loader = MigrationLoader(None, ignore_no_migrations=True)
    for (app, name), migration in sorted(loader.disk_migrations.items()):
        if app in APPS:
            yield from ((app, name, operation) for operation in migration.operations)


@pytest.mark.django_db
def test_no_migration_is_missing() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_migrations_are_named() -> None:
    names = {name for _app, name, _operation in own_operations()}
    assert names
    assert [name for name in names if not re.fullmatch(r"\d{4}_[a-z][a-z0-9_]+", name)] == []
    assert [name for name in names if re.search(r"_auto_|_alter_.*_and_more", name)] == []


def test_migrations_are_reversible() -> None:
    found = [
        f"{app} {name}: {operation.describe()}"
        for app, name, operation in own_operations()
        if not operation.reversible
    ]
    assert found == []


@pytest.fixture
def scratch_database(tmp_path: Path) -> Iterator[str]:
    """The address of an empty database of this test's own, of the kind that the run tests on."""
    server = os.environ.get("CONFER_TEST_DATABASE_URL")
    if server is None:
        yield f"sqlite:///{tmp_path / 'scratch.sqlite3'}"
        return
    name = f"test_confer_scratch_{os.getpid()}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
        yield urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def test_migrations_lead_back_and_forth_again(scratch_database: str) -> None:
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "CONFER_TEST_DATABASE_URL": scratch_database,
    }
    for target in ([], *([app, "zero"] for app in BACK), []):
        command = [sys.executable, "manage.py", "migrate", "--verbosity", "0", *target]
        done = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"migrate {target}: {done.stderr[-2000:]}"
