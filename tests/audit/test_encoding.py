"""The bytes that proofs rest on: fixed vectors, and no two events with the same bytes."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.evidence.encoding import EventFields, encode, event_hash

VECTORS = json.loads((Path(__file__).parent.parent / "vectors" / "event_v1.json").read_text())
IDS = ("id", "actor", "hat_agency", "case_ref", "object_ref", "session_ref", "request_ref")

CODES = ("hat_role", "action", "outcome", "reason", "purpose", "compartment", "client_class")


def _fields(given_fields: dict[str, Any]) -> EventFields:
    values = dict(given_fields)
    values["at"] = datetime.fromisoformat(values["at"])
    for name in IDS:
        values[name] = UUID(values[name]) if values[name] else None
    for name in ("recipients", "refs"):
        values[name] = tuple(map(UUID, values[name]))
    digest = values["detail_digest"]
    values["detail_digest"] = bytes.fromhex(digest) if digest else None
    return EventFields(**values)


EVENT = _fields(VECTORS["vectors"][1]["fields"])


@pytest.mark.parametrize("vector", VECTORS["vectors"], ids=lambda vector: str(vector["name"]))
def test_encoding_matches_vector(vector: dict[str, Any]) -> None:
    encoding = encode(_fields(vector["fields"]))
    assert encoding.hex() == vector["encoding"]
    assert event_hash(encoding).hex() == vector["event_hash"]


def test_time_zone_does_not_change_the_bytes() -> None:
    elsewhere = EVENT.at.astimezone(tz=None)
    assert encode(replace(EVENT, at=elsewhere)) == encode(EVENT)


def test_absent_id_differs_from_zero_id() -> None:
    assert encode(replace(EVENT, actor=None)) != encode(replace(EVENT, actor=UUID(int=0)))


def test_absent_digest_differs_from_zero_digest() -> None:
    zero = replace(EVENT, detail_digest=bytes(32))
    assert encode(replace(EVENT, detail_digest=None)) != encode(zero)


def test_list_border_is_part_of_the_bytes() -> None:
    one, two = EVENT.recipients
    moved = replace(EVENT, recipients=(one,), refs=(two, *EVENT.refs))
    assert encode(moved) != encode(EVENT)


@pytest.mark.parametrize(
    "change",
    [
        {"reason": "a" * 41},
        {"reason": "é"},
        {"detail_digest": b"short"},
        {"at": datetime(2026, 11, 20)},  # noqa: DTZ001 - a time without a zone is what is refused
    ],
    ids=["long code", "not ascii", "short digest", "no zone"],
)
def test_what_the_layout_cannot_hold_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - codec errors have no common words
        encode(replace(EVENT, **change))


_CODES = st.text("ABCdef019_.-", max_size=6)
_IDS = st.none() | st.uuids()
_EVENTS = st.builds(
    EventFields,
    id=st.uuids(),
    at=st.integers(0, 10**6).map(lambda us: EVENT.at + timedelta(microseconds=us)),
    actor=_IDS,
    hat_agency=_IDS,
    hat_role=_CODES,
    action=_CODES,
    outcome=_CODES,
    reason=_CODES,
    purpose=_CODES,
    case_ref=_IDS,
    object_ref=_IDS,
    compartment=_CODES,
    recipients=st.lists(st.uuids(), max_size=3).map(tuple),
    refs=st.lists(st.uuids(), max_size=3).map(tuple),
    session_ref=_IDS,
    request_ref=_IDS,
    client_class=_CODES,
    detail_digest=st.none() | st.binary(min_size=32, max_size=32),
)


@given(_EVENTS)
def test_encoding_can_be_read_back(event: EventFields) -> None:
    assert _decoded(encode(event)) == event


def _decoded(raw: bytes) -> EventFields:
    """A reader written from the layout, so that the layout alone is enough to read an event."""
    assert raw[0] == 1
    values: dict[str, Any] = {"id": UUID(bytes=raw[2:18])}
    since_epoch = timedelta(microseconds=int.from_bytes(raw[18:26]))
    values["at"] = datetime(1970, 1, 1, tzinfo=UTC) + since_epoch
    for bit, name in enumerate(IDS[1:]):
        start = 26 + 16 * bit
        values[name] = UUID(bytes=raw[start : start + 16]) if raw[1] >> bit & 1 else None
    values["detail_digest"] = raw[122:154] if raw[1] >> 6 & 1 else None
    place = 154
    for name in CODES:
        length = raw[place]
        values[name] = raw[place + 1 : place + 1 + length].decode("ascii")
        place += 1 + length
    for name in ("recipients", "refs"):
        count = int.from_bytes(raw[place : place + 4])
        body = raw[place + 4 : place + 4 + 16 * count]
        values[name] = tuple(UUID(bytes=body[i : i + 16]) for i in range(0, len(body), 16))
        place += 4 + 16 * count
    assert place == len(raw)
    return EventFields(**values)
