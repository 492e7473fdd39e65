"""Who sends a request to the API: somebody who signed in on the page, with open keys."""

from typing import Any

from rest_framework import authentication, exceptions
from rest_framework.request import Request

from accounts.actor import Actor, actor_for, hat_for
from accounts.models import User
from api import problems
from api.errors import CHALLENGE, Refusal


class SessionAuthentication(authentication.SessionAuthentication):
    """The session of the pages and nothing else; what writes must carry its CSRF token.

    `request.user` is the person, `request.auth` the Actor.
    """

    def authenticate(self, request: Request) -> tuple[User, Actor]:
        """Person and actor. Raises NotSignedIn, NoHat, KeysLocked or the refusal of a forgery."""
        asked = request._request  # noqa: SLF001 - DRF gives Django's request no public name
        user, _hat = hat_for(asked)
        # With DRF's own request the check would parse the body of a request that may be forged.
        self.enforce_csrf(asked)
        return user, actor_for(asked)

    def enforce_csrf(self, request: Any) -> None:
        """Refuse a forged request, in the words of a problem."""
        try:
            super().enforce_csrf(request)
        except exceptions.PermissionDenied as error:
            raise Refusal(problems.FORGED) from error

    def authenticate_header(self, request: Request) -> str:
        """What a 401 asks for."""
        return CHALLENGE


def actor_of(request: Request) -> Actor:
    """The actor whom the authentication has found."""
    found: Any = request.auth
    actor: Actor = found
    return actor
