"""The limits of guessing at second factors, the same as for pass phrases, and of challenges."""

from allauth.core.internal import ratelimit
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.models import User


def asks_too_often(request: HttpRequest) -> bool:
    """Whether this address asks for passkey challenges, each of which is kept, again and again."""
    usage = ratelimit.consume(
        request, app="allauth.account", action="passkey_options", limit_get=True
    )
    return usage is None


def count_attempt(request: HttpRequest, user: User) -> ratelimit.RateLimitUsage:
    """Count an attempt of this address and person; what fits is taken back by its `rollback`.

    Raises ValidationError with plain words after too many.
    """
    usage = ratelimit.consume(
        request, app="allauth.account", action="login_failed", key=f"factor-{user.pk}"
    )
    if usage is None:
        raise ValidationError(_("Too many attempts. Wait five minutes and try again."))
    return usage
