"""Which starts are refused: each unsafe setting alone is enough, and a demo is left in peace."""

from pathlib import Path
from typing import Any

import pytest
from django.core.checks import Critical
from django.core.exceptions import ImproperlyConfigured
from django.test import override_settings

from config import checks

SAFE: dict[str, Any] = {
    "MODE": "production",
    "DEBUG": False,
    "BASE_URL": "https://confer.example",
    "ALLOWED_HOSTS": ["confer.example"],
    "SECRET_KEY": "0123456789abcdefghijklmnopqrstuvwxyz-0123456789abcdef",
    "ALLOW_WEAK_DERIVATION": False,
    "RECOVERY_REQUIRED": True,
    "KEEPER_PATH": Path("/srv/keeper/keeper.sqlite3"),
    "KEEPER_COPY_PATH": "/mnt/second/keeper.sqlite3",
    "DATABASES": {
        "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "/srv/confer/confer.sqlite3"}
    },
    "CACHES": {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache"}},
    "ADMINS": [],
}
# CACHES and DATABASES are only read here; what Django says about overriding them is no concern.
pytestmark = pytest.mark.filterwarnings("ignore:Overriding setting DATABASES")


def ids(**changes: object) -> set[str | None]:
    with override_settings(**{**SAFE, **changes}):
        return {message.id for message in checks.production_start()}


def test_safe_production_starts() -> None:
    assert ids() == set()


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("BASE_URL", "http://confer.example", "confer.E001"),
        ("ALLOWED_HOSTS", [], "confer.E002"),
        ("ALLOWED_HOSTS", ["*"], "confer.E002"),
        ("DEBUG", True, "confer.E003"),
        ("SECRET_KEY", "short-but-mixed-0123456789", "confer.E004"),
        ("SECRET_KEY", "abc" * 30, "confer.E004"),
        ("SECRET_KEY", "django-insecure-" + SAFE["SECRET_KEY"], "confer.E004"),
        ("ALLOW_WEAK_DERIVATION", True, "confer.E005"),
        ("RECOVERY_REQUIRED", False, "confer.E012"),
        ("KEEPER_PATH", Path("/srv/confer/confer.sqlite3"), "confer.E006"),
        ("KEEPER_PATH", Path("/srv/confer/keeper.sqlite3"), "confer.E006"),
        ("KEEPER_PATH", Path("/srv/keeper/../confer/keeper.sqlite3"), "confer.E006"),
        ("KEEPER_COPY_PATH", "", "confer.E007"),
        ("KEEPER_COPY_PATH", "/srv/keeper/copy.sqlite3", "confer.E008"),
        (
            "CACHES",
            {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}},
            "confer.E009",
        ),
        ("MAIL_BY", "server", "confer.E013"),
        ("ADMINS", [("Somebody", "somebody@confer.example")], "confer.E010"),
        ("LOGGING", {"handlers": {"bare": {"class": "logging.StreamHandler"}}}, "confer.E011"),
        ("LOGGING", {}, "confer.E011"),
    ],
    ids=str,
)
def test_unsafe_production_is_refused(name: str, value: object, expected: str) -> None:
    assert ids(**{name: value}) == {expected}


def test_postgresql_lies_apart_from_the_keeper() -> None:
    database = {"ENGINE": "django.db.backends.postgresql", "NAME": "/srv/keeper/keeper.sqlite3"}
    assert ids(DATABASES={"default": database}) == set()


def test_demo_is_not_checked() -> None:
    assert ids(MODE="demo", BASE_URL="http://localhost:8000", KEEPER_COPY_PATH="") == set()


def test_start_is_refused_with_every_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [Critical("One.", id="a.E1"), Critical("Two.", hint="Mend it.", id="b.E2")]
    monkeypatch.setattr(checks, "run_checks", lambda **_databases: found)
    with pytest.raises(ImproperlyConfigured, match=r"(?s)a\.E1: One\..*b\.E2: Two\. Mend it\."):
        checks.refuse_unsafe_start()


def test_start_without_errors_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "run_checks", lambda **_databases: [])
    checks.refuse_unsafe_start()
