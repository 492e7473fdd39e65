"""Every address by everybody of the cast: answers as the table says, refusals kept."""

import re
from collections.abc import Iterator

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from audit.exposure import EXPOSURES, Exposure
from audit.models import AccessEvent
from tests.rules.cast_scene import NOBODY, build_scene
from tests.rules.url_table import STRANGERS, TABLE
from tests.signing_in import FORM

pytestmark = pytest.mark.django_db(transaction=True)
# These end the session of whoever asks, so nobody does it in passing.
_ENDS_SESSION = {"lock", "sign_out", "hat_switch"}


def patterns() -> Iterator[tuple[str, list[str]]]:
    """(URL name, names of its parameters) of the whole URLconf."""

    def walk(entries: list[URLPattern | URLResolver]) -> Iterator[tuple[str, list[str]]]:
        for each in entries:
            if isinstance(each, URLResolver):
                yield from walk(each.url_patterns)
            else:
                assert each.name, f"an address without a name: {each.pattern}"
                yield each.name, re.findall(r"<\w+:(\w+)>", str(each.pattern))

    return walk(get_resolver().url_patterns)


def test_every_address_stands_in_the_table_and_in_the_exposures() -> None:
    names = {name for name, _parameters in patterns()}
    assert names == set(TABLE)
    assert names <= set(EXPOSURES)


def test_get_answers_everybody_as_the_table_says() -> None:
    scene = build_scene()
    clients = scene.clients()
    wrong = []
    for name, parameters in patterns():
        url = reverse(name, kwargs={each: scene.ids[each] for each in parameters})
        for who, client in clients.items():
            status = client.get(url).status_code
            if status != TABLE[name].get_status(who):
                wrong.append((name, who, status))
    assert wrong == []


def test_post_of_a_stranger_changes_nothing_and_is_kept() -> None:
    scene = build_scene()
    clients = {
        who: client for who, client in scene.clients().items() if who in {*STRANGERS, NOBODY}
    }
    wrong = []
    for name, parameters in patterns():
        if name in _ENDS_SESSION:
            continue
        url = reverse(name, kwargs={each: scene.ids[each] for each in parameters})
        for who, client in clients.items():
            if who in TABLE[name].no_strangers:
                continue
            before = AccessEvent.objects.filter(outcome="refused").count()
            status = client.post(url, "", content_type=FORM).status_code
            recorded = AccessEvent.objects.filter(outcome="refused").count() - before
            must_be_kept = status == 404 and who != NOBODY and EXPOSURES[name] is Exposure.RECORDS
            if status != TABLE[name].post_status(who) or (must_be_kept and not recorded):
                wrong.append((name, who, status, recorded))
    assert wrong == []


@pytest.mark.parametrize("who", ["rolf", "henri", "sam"])
def test_forbidden_and_unknown_ids_look_alike(who: str) -> None:
    """The same status, the same page and the same statements for another's id and for no id."""
    scene = build_scene()
    client = scene.clients()[who]
    unknown = "00000000-0000-4000-8000-000000000000"
    for name in ("referral_desk", "referral_detail", "consultation_detail", "part_reason"):
        (parameter,) = next(each for each_name, each in patterns() if each_name == name)
        real = _look(client, reverse(name, kwargs={parameter: scene.ids[parameter]}))
        none = _look(client, reverse(name, kwargs={parameter: unknown}))
        assert real == none, name


def _look(client: Client, url: str) -> tuple[int, list[str], bytes]:
    """Status, statements without their values, and the page."""
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(url)
    value = r"('[^']*'|\d+|NULL|x'[0-9a-f]*')(::\w+)?"  # PostgreSQL casts a value, never a NULL
    shapes = [re.sub(value, "?", each["sql"]) for each in queries]
    return answer.status_code, shapes, re.sub(rb"[0-9a-f]{8}[0-9a-f-]{28}", b"", answer.content)
