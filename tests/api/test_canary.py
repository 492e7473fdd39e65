"""Nothing that was written stands anywhere in the clear after it was sent through the API."""

import json
import logging
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connection

from api.json_fields import TextField
from api.referral_body import AnswersSerializer
from config.logs import NoContentFilter
from tests.api.calls import Caller, referral
from tests.world import World

CANARY = "zebrafinch"


@pytest.fixture
def log() -> Iterator[StringIO]:
    """What the product's own handler writes, everything down to DEBUG."""
    written = StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(logging.Formatter("{levelname} {name} {message}", style="{"))
    handler.addFilter(NoContentFilter())
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    logging.getLogger("api").warning("shows that something is written: %s", CANARY)
    yield written
    root.removeHandler(handler)
    root.setLevel(level)


def whole() -> dict[str, Any]:
    """Every answer in words holds the canary."""
    texts = {
        name: f"{CANARY} {name}"
        for name, field in AnswersSerializer().fields.items()
        if isinstance(field, TextField)
    }
    return referral(
        {"read_back": True}, **{**texts, "has_protected_address": "yes", "none_seen": False}
    )


def table_rows() -> Iterator[tuple[str, str]]:
    """Every row of every table, as text."""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            for row in cursor.fetchall():
                yield table, repr([bytes(v) if isinstance(v, memoryview) else v for v in row])


def files() -> Iterator[tuple[str, bytes]]:
    """Every file of the installation: database, keeper, journals."""
    for path in Path(settings.DATA_DIR).rglob("*"):
        if path.is_file():
            yield path.name, path.read_bytes()
    if connection.vendor == "sqlite":
        database = Path(connection.settings_dict["NAME"])
        for path in database.parent.glob(f"{database.name}*"):
            yield path.name, path.read_bytes()


def test_canary_is_nowhere_after_sending(world: World, log: StringIO) -> None:
    world.partnership.protected_place_custodians.add(world.sofia.membership)
    anke, key = Caller.of(world.anke), uuid4()
    answers = [
        anke.send(whole(), key=key),
        anke.send(whole(), key=key),
        anke.get("api_referrals"),
        Caller.of(world.nora).get("api_access_events"),
    ]
    assert [answer.status_code for answer in answers] == [201, 201, 200, 200]
    assert_nowhere(answers, log)


def test_canary_is_nowhere_after_refusals(world: World, maud: Caller, log: StringIO) -> None:
    body = whole()
    data = json.dumps(body).encode()
    longer = {**body, "answers": {**body["answers"], "given_names": CANARY * 30}}
    answers = [
        maud.send(body),
        maud.send(longer),
        maud.send({CANARY: CANARY, **body}),
        maud.send(data[:-1]),
        maud.send(data.decode().encode("utf-16")),
        maud.send(data, content_type=f"text/{CANARY}"),
        maud.send(data, content_type="multipart/form-data; boundary=x"),
        maud.send(data, headers={"Idempotency-Key": CANARY}),
        maud.send(data, headers={"X-CSRFToken": CANARY}),
        maud.send(data + b" " * (settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0)),
        Caller.of(world.nora).send(body),
        Caller.of(world.nora).get("api_access_events", person=CANARY, act=CANARY, before=CANARY),
        maud.client.get(f"/api/v1/{CANARY}/?{CANARY}={CANARY}"),
        maud.client.post(f"/api/v1/{CANARY}/", data, content_type="application/json"),
    ]
    assert all(answer.status_code >= 400 for answer in answers)
    assert_nowhere(answers, log)


def assert_nowhere(answers: list[Any], log: StringIO) -> None:
    """Search answers, log, tables, cache and files; the search itself is proved first."""
    assert CANARY in repr([f"a {CANARY}".encode()])
    for answer in answers:
        assert CANARY not in answer.content.decode()
        assert CANARY not in str(answer.headers)
    assert log.getvalue()
    assert CANARY not in log.getvalue()
    assert [table for table, row in table_rows() if CANARY in row] == []
    assert [name for name, content in files() if CANARY.encode() in content] == []
    assert CANARY not in repr(getattr(cache, "_cache", {}))
