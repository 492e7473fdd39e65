"""The partnership that the tests of people and keys act in."""

import pytest

from tests.world import World, build_world


@pytest.fixture
def world(request: pytest.FixtureRequest) -> World:
    """RivePrev, newly founded, in a database that really commits."""
    request.getfixturevalue("transactional_db")
    return build_world()
