"""Doors of the casework rooms: no upload is parsed, and a refusal looks like a missing page."""

from collections.abc import Callable

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from accounts.actor import Hat, hat_for, origin_of
from accounts.errors import NoHat, NotSignedIn
from accounts.models import User
from audit.events import Event, Outcome
from audit.record import record
from casework.errors import AccessDenied, InvalidTransition

_Handler = Callable[[HttpRequest], HttpResponse]
_UPLOAD = "multipart/"


class RefuseUploadsMiddleware:
    """Refuses every multipart body before anything reads it; Confer takes no files yet.

    It stands behind the person's middleware, so that the refusal is recorded with who it was, and
    in front of everything that asks for `request.POST`.
    """

    def __init__(self, get_response: _Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not (request.content_type or "").lower().startswith(_UPLOAD):
            return self.get_response(request)
        user, hat = _who(request)
        with transaction.atomic(durable=True):
            record(
                origin_of(request, user=user, hat=hat),
                Event.UPLOAD_REFUSED,
                outcome=Outcome.REFUSED,
                reason="multipart",
            )
        return HttpResponse(render_to_string("400.html"), status=415)


class RefusalMiddleware:
    """Answers what services refuse: the same page as for what does not exist, or "moved on"."""

    def __init__(self, get_response: _Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """The refusal itself stands in the log already; services store it before they raise."""
        if request.path.startswith("/api/"):
            return None
        if isinstance(error, AccessDenied):
            return HttpResponse(render_to_string("404.html"), status=404)
        if isinstance(error, InvalidTransition):
            return HttpResponse(render_to_string("casework/moved_on.html"), status=409)
        return None


def _who(request: HttpRequest) -> tuple[User | None, Hat | None]:
    try:
        return hat_for(request)
    except NotSignedIn:
        return None, None
    except NoHat:
        return (request.user if isinstance(request.user, User) else None), None
