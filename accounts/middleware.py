"""Doors of the house: sends people to sign-in or unlock, and keeps answers out of caches."""

from collections.abc import Callable
from urllib.parse import urlencode, urlsplit

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from accounts.errors import (
    FactorMissing,
    KeysLocked,
    NoHat,
    NotAllowed,
    NotSignedIn,
    ProofNeeded,
)

_DOORS = {NotSignedIn: "sign_in", KeysLocked: "unlock", FactorMissing: "second_factor"}
_Handler = Callable[[HttpRequest], HttpResponse]
_POLICY = "camera=(), display-capture=(), geolocation=(), microphone=(), interest-cohort=()"


class PrivacyHeadersMiddleware:
    """No answer stays in a cache, an index or a browser's features that could leak it."""

    def __init__(self, get_response: _Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers["Cache-Control"] = "no-store, private"
        response.headers["Permissions-Policy"] = _POLICY
        response.headers["X-Robots-Tag"] = "noindex, nofollow"
        return response


class DoorMiddleware:
    """Turns a missing person, hat, key, factor or proof into the page that helps."""

    def __init__(self, get_response: _Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Answer the accounts' own errors; everything else goes its usual way."""
        door = next((_DOORS[kind] for kind in _DOORS if isinstance(error, kind)), None)
        if door is not None:
            return _to(door, request)
        if isinstance(error, ProofNeeded):
            return _to_proof(request)
        if isinstance(error, NoHat):
            return render(request, "accounts/no_hat.html", status=403)
        if isinstance(error, NotAllowed):
            return render(request, "404.html", status=404)
        return None


def _to(name: str, request: HttpRequest) -> HttpResponse:
    """Come back to a page that was asked for; a form's address is not one to come back to."""
    target = request.path if request.method == "GET" else reverse("home")
    return HttpResponseRedirect(f"{reverse(name)}?{urlencode({'next': target})}")


def _to_proof(request: HttpRequest) -> HttpResponse:
    """Come back to the page of the form: what it sent is not kept and must be sent again."""
    target = request.path
    if request.method != "GET":
        target = urlsplit(request.headers.get("Referer", "")).path or reverse("home")
    query = {"next": target, **({} if request.method == "GET" else {"again": "1"})}
    return HttpResponseRedirect(f"{reverse('prove')}?{urlencode(query)}")
