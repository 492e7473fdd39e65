"""One world for each test of the API, and callers in it."""

import pytest

from tests.api.calls import Caller
from tests.world import World, build_world


@pytest.fixture
def world(transactional_db: None) -> World:  # noqa: ARG001 - a database that commits
    """The partnership with its cast."""
    return build_world()


@pytest.fixture
def maud(world: World) -> Caller:
    """The teacher, who sends."""
    return Caller.of(world.maud)


@pytest.fixture
def nora(world: World) -> Caller:
    """The auditor."""
    return Caller.of(world.nora)
