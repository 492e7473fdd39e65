"""A server with a world of its own for each journey, and the cast that walks there."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.journeys.looking import Key, Looker
from tests.journeys.people import People
from tests.serving import Server, Store, copied, drop, make_seed, serving


@pytest.fixture(scope="session")
def seed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """The world in a database of the kind that this run tests."""
    url = os.environ.get("CONFER_TEST_DATABASE_URL", "")
    store = make_seed(
        tmp_path_factory.mktemp("seed") / "var", url if url.startswith("postgres") else None
    )
    yield store
    drop(store)


@pytest.fixture
def server(seed: Store, tmp_path: Path) -> Iterator[Server]:
    """A server process on a fresh copy of the world."""
    with copied(seed, tmp_path / "var") as store, serving(store) as running:
        yield running


@pytest.fixture(scope="module")
def shared_server(seed: Store, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for all tests of a module whose drafts do not touch each other."""
    folder = tmp_path_factory.mktemp("shared") / "var"
    with copied(seed, folder) as store, serving(store) as running:
        yield running


@pytest.fixture(scope="session")
def looked_at() -> set[Key]:
    """The pages that were looked at in this run; each is looked at once."""
    return set()


@pytest.fixture
def look(looked_at: set[Key]) -> Iterator[Callable[[Page], None]]:
    """Fails the journey in the end if a page of it has barriers or is wider than the screen."""
    looker = Looker(looked_at)
    yield looker
    assert looker.found == []


@pytest.fixture
def people(server: Server, visitor: Callable[..., Page], look: Callable[[Page], None]) -> People:
    """The cast before the journey's own server."""
    return People(server.url, visitor, look)


@pytest.fixture
def guests(
    shared_server: Server, visitor: Callable[..., Page], look: Callable[[Page], None]
) -> People:
    """The cast before the module's shared server."""
    return People(shared_server.url, visitor, look)
