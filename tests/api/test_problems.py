"""Problems: every exception has one, and the log's guard holds for the API as for the pages."""

import json
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import connection
from django.http import Http404, HttpResponse
from django.test import RequestFactory
from rest_framework import exceptions

from accounts import errors as accounts_errors
from accounts.errors import KeysLocked, MissingKey, TooBusy, WrongKey
from api import problems
from api.errors import problem_handler
from api.faults import faults_of_form, faults_of_serializer
from api.middleware import ProblemMiddleware
from api.problems import BY_STATUS, MEDIA_TYPE, Problem
from audit.exposure import EXPOSURES, Exposure
from audit.forms import LogFilterForm
from audit.middleware import Tally, counts
from audit.models import AccessEvent
from casework import errors as casework_errors
from casework.errors import AccessDenied, DraftGone, InvalidTransition
from casework.models import Referral
from tests.api.calls import Caller, problem, referral
from tests.api.unrecorded import CONTENT

EVERY_PROBLEM = [each for each in vars(problems).values() if isinstance(each, Problem)]
# Faults of the program or of what is stored, and of acts that the API does not have: they stay
# errors, nobody is told details.
LEFT_AS_FAULTS = {
    "AccountsError", "KeyFault", "WrongKey", "UnknownFormat", "KeeperRefused",
    "KeeperBusy", "FileErased", "WrongPassphrase", "LinkInvalid", "CaseworkError", "SealError",
    "SealBroken", "SealUnknown", "SealForged", "ScreenersDisagree", "WrongFactor", "NoKeyInPasskey",
    "RecoveryRefused", "AccountClosed", "HatExists", "NotKept", "OtherTextSent",
}  # fmt: skip


def told(error: Exception) -> Any:
    """The handler's answer to an exception."""
    return problem_handler(error, {"request": RequestFactory().get("/api/v1/referrals/")})


def test_codes_are_different_and_statuses_are_errors() -> None:
    codes = [each.code for each in EVERY_PROBLEM]
    assert len(codes) == len(set(codes))
    assert all(400 <= each.status <= 599 for each in EVERY_PROBLEM)
    assert all(status == each.status for status, each in BY_STATUS.items())


def test_every_problem_is_a_document_of_plain_words() -> None:
    for each in EVERY_PROBLEM:
        document = problems.document(RequestFactory().get("/"), each)
        assert json.loads(json.dumps(document)) == document
        assert document["title"]


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (KeysLocked(), problems.KEYS_LOCKED),
        (AccessDenied("barred"), problems.NOT_FOUND),
        (Http404("Teo"), problems.NOT_FOUND),
        (exceptions.NotFound("Teo"), problems.NOT_FOUND),
        (PermissionDenied("Teo"), problems.REFUSED),
        (exceptions.AuthenticationFailed("Teo"), problems.NOT_SIGNED_IN),
        (exceptions.ParseError("Teo"), problems.MALFORMED),
        (SuspiciousOperation("Teo"), problems.MALFORMED),
        (MissingKey("Teo"), problems.MISSING_KEY),
        (DraftGone(), problems.KEY_USED),
        (InvalidTransition("Teo"), problems.CONFLICT),
        (TooBusy(), problems.BUSY),
        (exceptions.Throttled(wait=12.2), problems.TOO_MANY),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else value.code,
)
def test_exception_has_its_problem_and_no_words_of_its_own(
    error: Exception, expected: Problem
) -> None:
    answer = told(error)
    assert answer.status_code == expected.status
    assert answer.data["code"] == expected.code
    assert "Teo" not in str(answer.data)
    assert "barred" not in str(answer.data)


def test_waiting_is_told_in_whole_seconds() -> None:
    assert told(exceptions.Throttled(wait=12.2)).headers["Retry-After"] == "13"
    assert "Retry-After" not in told(exceptions.Throttled()).headers
    assert int(told(TooBusy()).headers["Retry-After"]) > 0


def test_fault_of_the_program_stays_one() -> None:
    for error in (ValueError("x"), WrongKey("x"), exceptions.APIException("x")):
        assert told(error) is None


def test_every_error_of_ours_is_a_problem_or_a_known_fault() -> None:
    ours = {
        name
        for module in (accounts_errors, casework_errors)
        for name, each in vars(module).items()
        if isinstance(each, type) and issubclass(each, Exception)
    }
    classes = {**vars(accounts_errors), **vars(casework_errors)}
    unhandled = {name for name in ours if told(classes[name].__new__(classes[name])) is None}
    assert unhandled <= LEFT_AS_FAULTS
    assert unhandled == LEFT_AS_FAULTS & ours


def test_faults_of_a_form_do_not_repeat_a_choice() -> None:
    form = LogFilterForm({"outcome": "Canary", "act": "Canary"}, agencies={})
    faults = list(faults_of_form(form, lambda name: {"parameter": name}))
    assert {fault["parameter"] for fault in faults} == {"outcome", "act"}
    assert "Canary" not in str(faults)


def test_faults_of_a_serializer_have_pointers() -> None:
    errors = {"a": {"b": ["one"], "non_field_errors": ["two"]}, "c": {0: ["three"]}}
    assert list(faults_of_serializer(errors)) == [
        {"detail": "one", "pointer": "#/a/b"},
        {"detail": "two", "pointer": "#/a"},
        {"detail": "three", "pointer": "#/c/0"},
    ]


def through_the_middleware(page: HttpResponse, path: str) -> HttpResponse:
    return ProblemMiddleware(lambda _request: page)(RequestFactory().get(path))


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (301, 404),
        (302, 404),
        (400, 400),
        (403, 403),
        (415, 415),
        (418, 400),
        (500, 500),
        (502, 500),
    ],
)
def test_refusal_made_around_the_views_becomes_a_problem(status: int, expected: int) -> None:
    page = HttpResponse("<html>Teo", status=status, headers={"Location": "/elsewhere/"})
    page.set_cookie("confer_session", "kept")
    answer = through_the_middleware(page, "/api/v1/x/")
    assert (answer.status_code, answer.headers["Content-Type"]) == (expected, MEDIA_TYPE)
    assert b"Teo" not in answer.content
    assert "Location" not in answer.headers
    assert answer.cookies["confer_session"].value == "kept"


def test_pages_and_results_are_left_alone() -> None:
    for path, status in (("/sign-in/", 404), ("/", 302), ("/api/v1/referrals/", 200)):
        page = HttpResponse("as it was", status=status)
        assert through_the_middleware(page, path) is page


def test_every_address_of_the_api_is_declared() -> None:
    assert EXPOSURES["api_referrals"] is Exposure.RECORDS
    assert EXPOSURES["api_access_events"] is Exposure.RECORDS
    assert EXPOSURES["api_schema"] is Exposure.FORM


def since(before: Mapping[Tally, int]) -> dict[Tally, int]:
    return {tally: n - before[tally] for tally, n in counts().items() if n != before[tally]}


@pytest.mark.urls("tests.api.unrecorded")
@pytest.mark.parametrize(
    ("name", "status", "tally"),
    [
        ("forgetful", 500, {Tally.ANSWER_WITHHELD: 1}),
        ("undeclared", 500, {Tally.PAGE_UNDECLARED: 1}),
        ("refusing", 404, {Tally.REFUSAL_UNRECORDED: 1}),
    ],
)
def test_view_that_records_nothing_is_found_out(
    maud: Caller, name: str, status: int, tally: dict[Tally, int]
) -> None:
    before = counts()
    answer = maud.client.get(f"/api/test/{name}/")
    problem(answer, status, "failed" if status == 500 else "not-found")
    assert CONTENT not in answer.content.decode()
    assert since(before) == tally


@pytest.mark.urls("tests.api.unrecorded")
def test_broken_view_tells_nothing(maud: Caller, caplog: pytest.LogCaptureFixture) -> None:
    maud.client.raise_request_exception = False
    with caplog.at_level(logging.INFO):
        answer = maud.client.get("/api/test/broken/")
    problem(answer, 500, "failed")
    assert CONTENT not in answer.content.decode()


@contextmanager
def failing_log() -> Iterator[None]:
    """A log that cannot take another event, as with a full disk."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE audit_accessevent RENAME TO audit_accessevent_away")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE audit_accessevent_away RENAME TO audit_accessevent")


def test_failing_log_stops_every_answer_and_every_act(maud: Caller, nora: Caller) -> None:
    first = maud.send(referral()).json()
    events = AccessEvent.objects.count()
    for caller in (maud, nora):
        caller.client.raise_request_exception = False
    with failing_log():
        answers = [
            maud.get("api_referrals"),
            maud.send(referral()),
            nora.get("api_access_events"),
            maud.get("api_access_events"),
        ]
    for answer in answers:
        problem(answer, 500, "failed")
        assert first["reference"] not in answer.content.decode()
    assert Referral.objects.count() == 1
    assert AccessEvent.objects.count() == events
