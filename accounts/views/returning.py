"""Who stands at a door, where it leads back to, and the cookies that doors give and take."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from accounts.errors import NotSignedIn
from accounts.models import User


def known(request: HttpRequest) -> User:
    """The person of a request, keys open or not. Raises NotSignedIn."""
    if not isinstance(request.user, User):
        raise NotSignedIn
    return request.user


def next_of(request: HttpRequest) -> str:
    """The page that somebody came from, if it is one of ours; else home."""
    target = request.POST.get("next") or request.GET.get("next") or ""
    safe = url_has_allowed_host_and_scheme(target, {request.get_host()}, request.is_secure())
    return target if safe else reverse("home")


def give_key(response: HttpResponse, cookie: str) -> None:
    """The cookie that opens the keys, in place of the one of a sign-in that waited."""
    _give(response, settings.KEY_COOKIE_NAME, cookie)
    response.delete_cookie(settings.PENDING_COOKIE_NAME, samesite="Strict")


def give_pending(response: HttpResponse, cookie: str) -> None:
    """The provisional cookie of a sign-in that waits for its second factor."""
    _give(response, settings.PENDING_COOKIE_NAME, cookie)


def _give(response: HttpResponse, name: str, value: str) -> None:
    response.set_cookie(
        name,
        value,
        secure=settings.SECURE_TRANSPORT,
        httponly=True,
        samesite="Strict",
        path="/",
    )
