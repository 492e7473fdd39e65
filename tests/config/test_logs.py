"""That no road leads from what a person typed into a line of the log."""

import enum
import io
import logging
from collections.abc import Iterator
from uuid import UUID

import pytest
from django.http import HttpRequest
from django.test import RequestFactory
from django.urls import ResolverMatch

from config.logs import NoContentFilter, reduced

CANARY = "Zwetschgenkuchen"
SOME_ID = UUID("3c1f2b5e-0c43-4a55-9f0e-6f3ad9b1c9a7")


class Colour(enum.StrEnum):
    GREEN = "green"


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """What a handler with the filter writes, from every logger."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.addFilter(NoContentFilter())
    handler.setFormatter(logging.Formatter("{name} {message}", style="{"))
    root = logging.getLogger()
    root.addHandler(handler)
    yield written
    root.removeHandler(handler)


def test_ids_and_numbers_are_kept(lines: io.StringIO) -> None:
    logging.getLogger("casework.retain").warning("Item %s: %d of %s", SOME_ID, 3, Colour.GREEN)
    assert lines.getvalue() == f"casework.retain Item {SOME_ID}: 3 of green\n"


def test_text_in_arguments_is_left_out(lines: io.StringIO) -> None:
    log = logging.getLogger("casework.items")
    log.warning("Item %s %r", CANARY, {"text": CANARY})
    log.warning("Item %(what)s", {"what": CANARY})
    assert CANARY not in lines.getvalue()
    assert "Item <str> '<dict>'" in lines.getvalue()
    assert "Item <str>\n" in lines.getvalue()


def fail_twice() -> None:
    try:
        int(CANARY)
    except ValueError as error:
        raise ValueError(f"bad: {CANARY}") from error


def test_exception_keeps_type_and_place(lines: io.StringIO) -> None:
    try:
        fail_twice()
    except ValueError:
        logging.getLogger("casework.items").exception("Sealing failed.")
    text = lines.getvalue()
    assert CANARY not in text
    assert text.count("builtins.ValueError at tests/config/test_logs.py:") == 2


def test_exception_group_keeps_each_type(lines: io.StringIO) -> None:
    group = ExceptionGroup(CANARY, [ValueError(CANARY), OSError(CANARY)])
    logging.getLogger("api").error("Failed.", exc_info=group)
    text = lines.getvalue()
    assert CANARY not in text
    assert "builtins.ValueError at (no frames)" in text
    assert "builtins.OSError at (no frames)" in text


def test_exception_that_is_its_own_cause_ends(lines: io.StringIO) -> None:
    first, second = ValueError(CANARY), ValueError(CANARY)
    first.__cause__, second.__cause__ = second, first
    logging.getLogger("api").error("Failed.", exc_info=first)
    assert lines.getvalue().count("ValueError") == 2


def test_exception_text_that_another_handler_cached_is_replaced(lines: io.StringIO) -> None:
    raised = (ValueError, ValueError(CANARY), None)
    for exc_info in (raised, None):
        record = logging.LogRecord("api", logging.ERROR, __file__, 1, "Failed.", (), exc_info)
        record.exc_text = CANARY
        logging.getLogger("api").handle(record)
    assert CANARY not in lines.getvalue()


def test_finished_message_of_a_library_is_withheld(lines: io.StringIO) -> None:
    logging.getLogger("django.security.DisallowedHost").error(f"Invalid host {CANARY}")  # noqa: G004
    logging.getLogger("some.library").error(ValueError(CANARY))
    text = lines.getvalue()
    assert CANARY not in text
    assert text.count("(withheld) tests/config/test_logs.py:") == 2


def request_for(path: str) -> HttpRequest:
    return RequestFactory().get(path)


def test_request_is_written_as_its_route(lines: io.StringIO) -> None:
    request = request_for(f"/referrals/{SOME_ID}/?q={CANARY}")
    request.resolver_match = ResolverMatch(
        lambda _request: None, (), {}, route="referrals/<uuid:referral_id>/"
    )
    log = logging.getLogger("django.request")
    log.warning("%s: %s", "Not Found", request.path, extra={"status_code": 404, "request": request})
    assert lines.getvalue() == "django.request 404 GET referrals/<uuid:referral_id>/\n"


def test_unknown_path_is_left_out(lines: io.StringIO) -> None:
    request = request_for(f"/{CANARY}/")
    extra = {"status_code": 404, "request": request}
    logging.getLogger("django.request").warning("%s: %s", "Not Found", request.path, extra=extra)
    assert lines.getvalue() == "django.request 404 GET (no route)\n"


def test_record_marked_by_somebody_else_is_reduced(lines: io.StringIO) -> None:
    logging.getLogger("api").warning("Item %s", CANARY, extra={"reduced_by": True})
    assert CANARY not in lines.getvalue()


def test_sql_and_its_values_are_left_out(lines: io.StringIO) -> None:
    log = logging.getLogger("django.db.backends")
    extra = {"sql": CANARY, "params": (CANARY,), "duration": 0.1, "alias": "default"}
    log.warning("(%.3f) %s; args=%s; alias=%s", 0.1, CANARY, (CANARY,), "default", extra=extra)
    assert CANARY not in lines.getvalue()
    assert "(0.100) <str>" in lines.getvalue()


def test_attributes_are_reduced_for_every_formatter() -> None:
    record = logging.makeLogRecord({"name": "api", "msg": "x", "typed": CANARY, "item": SOME_ID})
    NoContentFilter().filter(record)
    assert CANARY not in str(vars(record))
    assert vars(record)["item"] == SOME_ID


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        (True, True),
        (str(SOME_ID), str(SOME_ID)),
        (str(SOME_ID).upper(), "<str>"),
        ([SOME_ID, CANARY], [SOME_ID, "<str>"]),
        (ValueError, "<ValueError>"),
        (ValueError(CANARY), "<ValueError>"),
        (CANARY.encode(), "<bytes>"),
    ],
    ids=str,
)
def test_reduced(value: object, expected: object) -> None:
    assert reduced(value) == expected
