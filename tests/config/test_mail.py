"""The address of a mail server: TLS or nothing, and loud about what cannot be understood."""

from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from config import environment


def read(monkeypatch: pytest.MonkeyPatch, address: str) -> dict[str, Any]:
    monkeypatch.setenv("CONFER_TEST_MAIL", address)
    return environment.mail("CONFER_TEST_MAIL", "")


def test_nothing_is_no_server(monkeypatch: pytest.MonkeyPatch) -> None:
    assert read(monkeypatch, "") == {}


@pytest.mark.parametrize(
    ("address", "port", "starttls"),
    [
        ("smtp+tls://u%40x:p%2Fw@mail.example:2525", 2525, True),
        ("smtp+tls://u%40x:p%2Fw@mail.example", 587, True),
        ("smtps://u%40x:p%2Fw@mail.example", 465, False),
    ],
)
def test_a_server_is_read_from_its_address(
    monkeypatch: pytest.MonkeyPatch, address: str, port: int, *, starttls: bool
) -> None:
    assert read(monkeypatch, address) == {
        "host": "mail.example",
        "port": port,
        "user": "u@x",
        "password": "p/w",
        "starttls": starttls,
        "tls": not starttls,
    }


@pytest.mark.parametrize("address", ["smtp://mail.example", "mail.example:25", "smtps://"])
def test_without_tls_or_host_nothing_starts(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    with pytest.raises(ImproperlyConfigured) as refused:
        read(monkeypatch, address)
    assert "mail.example" not in str(refused.value)
