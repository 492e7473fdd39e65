"""The canary search of the journeys finds a marker that was planted in each kind of place."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.core.cache.backends.filebased import FileBasedCache
from django.core.mail import EmailMessage
from django.core.mail.backends.filebased import EmailBackend

from tests.canary import find_marker, new_marker
from tests.journeys.searching import places_of
from tests.serving import Store, copied

LONG = "words before and after " * 40


def in_row(store: Store, text: str) -> None:
    store.rows("UPDATE accounts_user SET name = %s WHERE email = 'maud@test.example'", text[:120])


def in_session(store: Store, text: str) -> None:
    packed = SessionStore().encode({"typed": LONG + text})
    store.rows("INSERT INTO django_session VALUES ('a', %s, '2040-01-01 00:00:00+00:00')", packed)


def in_cache(store: Store, text: str) -> None:
    FileBasedCache(str(store.folder / "cache"), {}).set("typed", LONG + text)


def in_mail(store: Store, text: str) -> None:
    mail = EmailMessage("Confer", text, to=["maud@test.example"])
    EmailBackend(file_path=str(store.folder / "mail")).send_messages([mail])


def in_file(store: Store, text: str) -> None:
    place = store.folder / "tmp"
    place.mkdir()
    (place / "upload").write_text(text)


def in_log(store: Store, text: str) -> None:
    (store.folder / "server.log").write_text(text)


PLACES: Mapping[str, tuple[Callable[[Store, str], None], str]] = {
    "row": (in_row, "accounts_user.name"),
    "session": (in_session, "django_session.session_data"),
    "cache": (in_cache, ".value"),
    "mail": (in_mail, "/mail/"),
    "file": (in_file, "upload"),
    "log": (in_log, "server.log"),
}


@pytest.mark.parametrize("place", PLACES)
def test_a_planted_marker_is_found(seed: Store, tmp_path: Path, place: str) -> None:
    marker = new_marker()
    plant, name = PLACES[place]
    with copied(seed, tmp_path / "var") as store:
        assert find_marker(marker, places_of(store)) == []
        plant(store, marker)
        assert any(name in each.name for each in find_marker(marker, places_of(store)))
