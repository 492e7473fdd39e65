"""No answer without a record: withholds what a view shows of records if nothing was committed."""

import logging
from collections import Counter
from collections.abc import Callable, Mapping
from enum import StrEnum
from threading import Lock
from typing import Any, cast
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import get_resolver, get_urlconf

from audit import context
from audit.context import RequestContext
from audit.exposure import EXPOSURES, Exposure

logger = logging.getLogger(__name__)

_REFUSALS = frozenset({401, 403, 404, 410})
_REDIRECTS = range(300, 400)
_FIRST_ERROR = 400


class Tally(StrEnum):
    """What this process counts since its start; all three should stay at zero."""

    ANSWER_WITHHELD = "answer_withheld"
    PAGE_UNDECLARED = "page_undeclared"
    REFUSAL_UNRECORDED = "refusal_unrecorded"


_counts: Counter[Tally] = Counter()
_counts_lock = Lock()


class ReferencedRequest(HttpRequest):
    """A request with the reference under which its events are recorded."""

    confer_request_ref: UUID


def counts() -> Mapping[Tally, int]:
    """A copy of the counts of this process."""
    with _counts_lock:
        return {tally: _counts[tally] for tally in Tally}


def _count(tally: Tally) -> None:
    with _counts_lock:
        _counts[tally] += 1


class RecordMiddleware:
    """Opens the context of a request and judges its answer before the first byte leaves.

    A streamed answer is judged at the same moment: its record must have committed before the
    stream starts.
    """

    sync_capable = True
    async_capable = False

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        with context.begin() as request_context:
            cast(ReferencedRequest, request).confer_request_ref = request_context.request_ref
            response = self.get_response(request)
            return self._judged(request, response, request_context)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], _args: object, _kwargs: object
    ) -> HttpResponseBase | None:
        """Refuse an address that is not in the table before its view can show anything."""
        name = _page_name(request)
        if name in EXPOSURES:
            return None
        _count(Tally.PAGE_UNDECLARED)
        logger.critical(_line("page not declared", name), _reference())
        return _server_error(request)

    def _judged(
        self, request: HttpRequest, response: HttpResponseBase, request_context: RequestContext
    ) -> HttpResponseBase:
        name = _page_name(request)
        if EXPOSURES.get(name) is not Exposure.RECORDS or request_context.committed:
            return response
        if _shows_records(response.status_code, request_context):
            _count(Tally.ANSWER_WITHHELD)
            logger.critical(_line("answer withheld, no record", name), _reference())
            return _server_error(request)
        if response.status_code in _REFUSALS and request_context.view_entered:
            _count(Tally.REFUSAL_UNRECORDED)
            logger.error(_line("refusal not recorded", name), _reference())
        return response


def _shows_records(status: int, request_context: RequestContext) -> bool:
    if status >= _FIRST_ERROR:
        return False
    if request_context.view_returned:
        return True
    # A redirect made outside the view sends a person to sign in or unlock; it holds no data.
    return status not in _REDIRECTS


def _page_name(request: HttpRequest) -> str:
    match = request.resolver_match
    return "" if match is None else match.view_name or ""


def _line(what: str, page_name: str) -> str:
    # The log's filter lets no text through as an argument; a URL name is ours, never typed.
    return f"{what}: {page_name or 'page without a name'}, request %s"


def _reference() -> UUID | None:
    request_context = context.current()
    return None if request_context is None else request_context.request_ref


def _server_error(request: HttpRequest) -> HttpResponse:
    handler = get_resolver(get_urlconf()).resolve_error_handler(500)
    return handler(request)
