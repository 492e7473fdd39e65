"""What every test stands on: an emptied database, no network, no leftovers, a browser where due."""

import ipaddress
import os
import shutil
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.cache import cache
from django.test import TransactionTestCase
from hypothesis import settings as hypothesis_settings

from tests.flush import empty_database
from tests.visitors import chromium, visitor  # noqa: F401 - fixtures of every test in a browser

hypothesis_settings.register_profile("confer", deadline=None, print_blob=True)
hypothesis_settings.load_profile("confer")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip visibly what cannot run here; where a browser is required, its absence is an error."""
    if item.get_closest_marker("browser") and _chromium() is None:
        if os.environ.get("REQUIRE_BROWSER") == "1":
            pytest.fail("no Chromium was found, and REQUIRE_BROWSER=1 requires it", pytrace=False)
        pytest.skip("no Chromium was found")
    engine = django_settings.DATABASES["default"]["ENGINE"]
    if item.get_closest_marker("postgres") and "postgresql" not in engine:
        pytest.skip("this run is on SQLite")


def _chromium() -> str | None:
    return shutil.which(os.environ.get("CHROMIUM", "chromium"))


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """The program of the browser journeys; `run` has found or installed it."""
    path = _chromium()
    assert path is not None
    return path


@pytest.fixture(scope="session", autouse=True)
def replaced_flush() -> Iterator[None]:
    """Let transactional tests end with our flush: the log's triggers refuse Django's."""

    def teardown(_case: TransactionTestCase) -> None:
        empty_database()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", teardown)
        yield


@pytest.fixture(scope="session", autouse=True)
def no_network() -> Iterator[None]:
    """Refuse every connection that would leave this machine."""
    connect = socket.socket.connect

    def connect_here(self: socket.socket, address: Any) -> None:
        if self.family != socket.AF_UNIX and not _is_loopback(str(address[0])):
            raise OSError(f"a test may not reach {address[0]}")
        connect(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", connect_here)
        yield


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@pytest.fixture(autouse=True)
def empty_cache() -> Iterator[None]:
    """Forget counted attempts, else the order of the tests would decide who is throttled."""
    yield
    cache.clear()
