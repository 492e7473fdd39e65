"""Addresses for the tests of the middleware: pages that record, forget, refuse and stream."""

from collections.abc import Callable, Iterator, Mapping

from django.db import transaction
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
    StreamingHttpResponse,
)
from django.template.response import SimpleTemplateResponse
from django.urls import path
from rest_framework.decorators import (
    api_view,
    authentication_classes,
    permission_classes,
)
from rest_framework.exceptions import NotFound
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.errors import AccountsError
from audit.events import Event, Outcome
from audit.exposure import Exposure, View, declare, page
from audit.record import record
from tests.audit.acts import NOBODY

CONTENT = "text of a case"


class Away(AccountsError):
    """Stands for an exception that a middleware answers with a redirect."""


def _recorded(outcome: Outcome = Outcome.DONE) -> None:
    with transaction.atomic():
        record(NOBODY, Event.ITEM_READ, outcome=outcome)


def recording(_request: HttpRequest) -> HttpResponse:
    _recorded()
    return HttpResponse(CONTENT)


def forgetful(_request: HttpRequest) -> HttpResponse:
    return HttpResponse(CONTENT)


def late(_request: HttpRequest) -> HttpResponse:
    return SimpleTemplateResponse("audit/recorded.html", {"event_id": CONTENT})


def rolled_back(_request: HttpRequest) -> HttpResponse:
    with transaction.atomic():
        _recorded()
        transaction.set_rollback(True)
    return HttpResponse(CONTENT)


def redirecting(_request: HttpRequest) -> HttpResponse:
    return HttpResponseRedirect("/recording/")


def raising(_request: HttpRequest) -> HttpResponse:
    raise Away


def missing(_request: HttpRequest) -> HttpResponse:
    raise Http404


def refusing(_request: HttpRequest) -> HttpResponse:
    _recorded(Outcome.REFUSED)
    raise Http404


def streaming(_request: HttpRequest) -> StreamingHttpResponse:
    _recorded()
    return StreamingHttpResponse(iter([CONTENT]))


def streaming_first(_request: HttpRequest) -> StreamingHttpResponse:
    def chunks() -> Iterator[str]:
        yield CONTENT
        _recorded()

    return StreamingHttpResponse(chunks())


@api_view(["GET"])
@authentication_classes([])
@permission_classes([AllowAny])
def api_forgetful(_request: Request) -> Response:
    return Response({"text": CONTENT})


@api_view(["GET"])
@authentication_classes([])
@permission_classes([AllowAny])
def api_recording(_request: Request) -> Response:
    _recorded()
    return Response({"text": CONTENT})


@api_view(["GET"])
@authentication_classes([])
@permission_classes([AllowAny])
def api_missing(_request: Request) -> Response:
    raise NotFound


class RedirectMiddleware:
    """Answers Away with a redirect and /early/ before any view, as a door does."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_view: object) -> HttpResponse | None:
        return HttpResponseRedirect("/door/") if "early" in request.GET else None

    def process_exception(self, _request: HttpRequest, error: Exception) -> HttpResponse | None:
        return HttpResponseRedirect("/door/") if isinstance(error, Away) else None


def server_error(_request: HttpRequest) -> HttpResponse:
    return HttpResponse("sorry", status=500)


def not_found(_request: HttpRequest, exception: Exception) -> HttpResponse:
    return HttpResponse(type(exception).__name__, status=404)


handler404 = not_found
handler500 = server_error

_RECORDS: Mapping[str, View] = {
    "recording": recording,
    "forgetful": forgetful,
    "late": late,
    "rolled_back": rolled_back,
    "redirecting": redirecting,
    "raising": raising,
    "missing": missing,
    "refusing": refusing,
    "streaming": streaming,
    "streaming_first": streaming_first,
    "api_forgetful": api_forgetful,
    "api_recording": api_recording,
    "api_missing": api_missing,
}
urlpatterns = [
    *(page(Exposure.RECORDS, f"{name}/", view, f"test_{name}") for name, view in _RECORDS.items()),
    page(Exposure.FORM, "form/", forgetful, "test_form"),
    page(Exposure.PUBLIC, "public/", forgetful, "test_public"),
    path("undeclared/", recording, name="test_undeclared"),
    path("unnamed/", recording),
    path("foreign/", forgetful, name="test_foreign"),
]
declare(Exposure.RECORDS, "test_foreign")
