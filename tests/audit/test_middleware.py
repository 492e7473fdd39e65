"""No answer without a record: what leaves, what is withheld, what is counted."""

import logging
from collections.abc import Mapping
from uuid import UUID

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.test.client import RequestFactory
from pytest_django import Settings

from audit import context
from audit.events import Outcome
from audit.exposure import EXPOSURES, Exposure, declare, page
from audit.middleware import RecordMiddleware, Tally, counts
from audit.models import AccessEvent
from tests.audit.acts import written
from tests.audit.pages import CONTENT, forgetful

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.urls("tests.audit.pages")]


@pytest.fixture(autouse=True)
def only_this_middleware(settings: Settings) -> None:
    """The one under test, with another inside it that answers by redirect."""
    settings.MIDDLEWARE = [
        "audit.middleware.RecordMiddleware",
        "tests.audit.pages.RedirectMiddleware",
    ]


def _since(before: Mapping[Tally, int]) -> dict[Tally, int]:
    return {tally: n - before[tally] for tally, n in counts().items() if n != before[tally]}


@pytest.mark.parametrize("address", ["recording", "streaming", "api_recording", "form", "public"])
def test_recorded_or_harmless_answer_leaves(client: Client, address: str) -> None:
    before = counts()
    answer = client.get(f"/{address}/")
    assert answer.status_code == 200
    assert CONTENT in b"".join(answer).decode()
    assert _since(before) == {}


@pytest.mark.parametrize(
    "address",
    [
        "forgetful",
        "late",
        "rolled_back",
        "redirecting",
        "streaming_first",
        "api_forgetful",
        "foreign",
    ],
)
def test_unrecorded_answer_is_withheld(
    client: Client, address: str, caplog: pytest.LogCaptureFixture
) -> None:
    before = counts()
    with caplog.at_level(logging.CRITICAL, logger="audit.middleware"):
        answer = client.get(f"/{address}/")
    assert answer.status_code == 500
    assert answer.content == b"sorry"
    assert _since(before) == {Tally.ANSWER_WITHHELD: 1}
    assert f"test_{address}" in caplog.text
    assert CONTENT not in caplog.text


def test_redirect_after_unrecorded_act_is_withheld(client: Client) -> None:
    assert client.post("/redirecting/").status_code == 500


@pytest.mark.parametrize("address", ["raising/", "forgetful/?early", "foreign/?early"])
def test_redirect_made_outside_the_view_leaves(client: Client, address: str) -> None:
    before = counts()
    answer = client.get(f"/{address}")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/door/")
    assert _since(before) == {}


@pytest.mark.parametrize("address", ["missing", "api_missing"])
def test_unrecorded_refusal_is_counted(client: Client, address: str) -> None:
    before = counts()
    assert client.get(f"/{address}/").status_code == 404
    assert _since(before) == {Tally.REFUSAL_UNRECORDED: 1}


def test_recorded_refusal_is_not_counted(client: Client) -> None:
    before = counts()
    assert client.get("/refusing/").status_code == 404
    assert _since(before) == {}
    assert AccessEvent.objects.get().outcome == Outcome.REFUSED


def test_unknown_address_is_no_refusal_of_a_view(client: Client) -> None:
    before = counts()
    assert client.get("/nowhere/").status_code == 404
    assert _since(before) == {}


@pytest.mark.parametrize("address", ["undeclared", "unnamed"])
def test_undeclared_address_fails_before_its_view(client: Client, address: str) -> None:
    before = counts()
    assert client.get(f"/{address}/").status_code == 500
    assert _since(before) == {Tally.PAGE_UNDECLARED: 1}
    assert not AccessEvent.objects.exists()


def test_records_of_one_request_do_not_serve_the_next(client: Client) -> None:
    assert client.get("/recording/").status_code == 200
    assert client.get("/forgetful/").status_code == 500


def test_request_has_a_reference_of_its_own() -> None:
    seen: list[UUID] = []

    def answer(request: HttpRequest) -> HttpResponse:
        seen.append(request.confer_request_ref)  # type: ignore[attr-defined]  # set by middleware
        assert context.correlation_id() == str(seen[-1])
        return HttpResponse()

    middleware = RecordMiddleware(answer)
    for _ in range(2):
        middleware(RequestFactory().get("/"))
    assert len(set(seen)) == 2
    assert context.correlation_id() is None


def test_mark_is_set_only_by_the_commit() -> None:
    with context.begin():
        assert context.committed() == 0
        written()
        assert context.committed() == 1
        written()
        assert context.committed() == 2
    assert context.committed() == 0


def test_page_declared_twice_differently_is_refused() -> None:
    with pytest.raises(ValueError, match="declared twice"):
        declare(Exposure.PUBLIC, "test_foreign")
    assert EXPOSURES["test_foreign"] is Exposure.RECORDS
    declare(Exposure.RECORDS, "test_foreign")


def test_page_without_a_name_is_refused() -> None:
    with pytest.raises(ValueError, match="needs a URL name"):
        page(Exposure.PUBLIC, "nameless/", forgetful, "")


def test_asynchronous_page_is_refused() -> None:
    async def view(_request: HttpRequest) -> HttpResponse:
        return HttpResponse()

    with pytest.raises(TypeError):
        page(Exposure.RECORDS, "async/", view, "test_async")  # type: ignore[arg-type]
    assert "test_async" not in EXPOSURES


def test_page_keeps_the_name_of_its_view() -> None:
    pattern = page(Exposure.FORM, "form/", forgetful, "test_form")
    assert pattern.callback.__name__ == "forgetful"
