"""Acts and looks that tests of the rescue sheet share."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from argon2.low_level import hash_secret_raw
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection
from django.http import HttpRequest
from django.test import RequestFactory

from accounts.errors import WrongPassphrase
from accounts.keys import derivation
from accounts.keys.slots import open_password_slot, slot_of
from accounts.models.member_keys import SlotKind
from accounts.services.rescue import use_sheet
from audit.events import Event
from audit.models import AccessEvent
from tests.world import Person

NEW_PHRASE = "seven quiet boats by the harbour"


def asking() -> HttpRequest:
    """A request of a browser in which nobody is signed in."""
    request = RequestFactory().post("/rescue/")
    request.session = SessionStore()
    return request


def use(person: Person, code: str, *, email: str = "", phrase: str = NEW_PHRASE) -> None:
    use_sheet(request=asking(), email=email or person.email, code=code, new_phrase=phrase)


def opens(person: Person, phrase: str) -> bool:
    """Whether a phrase opens this person's keys, and no other keys."""
    slot = slot_of(person.user, SlotKind.PASSWORD)
    assert slot is not None
    try:
        return open_password_slot(slot, phrase).keys.id == person.keys.id
    except WrongPassphrase:
        return False


def recorded(event: Event) -> list[tuple[str, str]]:
    rows = AccessEvent.objects.filter(action=event.value).order_by("at")
    return [(row.outcome, row.reason) for row in rows]


@contextmanager
def counted_runs(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[bool]]:
    """Each run of Argon2id meanwhile: whether it held a transaction open."""
    runs: list[bool] = []
    real = hash_secret_raw

    def counted(secret: bytes, salt: bytes, **how: Any) -> bytes:
        runs.append(connection.in_atomic_block)
        return real(secret, salt, **how)

    with monkeypatch.context() as patch:
        patch.setattr(derivation, "hash_secret_raw", counted)
        yield runs
