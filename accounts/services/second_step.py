"""The second step of a sign-in: the slot's key waits for the factor, then the session begins."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from accounts.errors import KeysLocked
from accounts.factors.stages import FactorStage
from accounts.keys.pending import drop_pending, hold_pending, open_pending
from accounts.keys.slots import OpenedSlot
from accounts.models import User
from accounts.services.factors import give_code, give_key
from accounts.services.sessions import begin_session


def wait_for_factor(*, opened: OpenedSlot) -> str:
    """Let the slot's key wait for the factor; the provisional cookie's value."""
    return hold_pending(opened)


def still_waits(request: HttpRequest, step: FactorStage) -> bool:
    """Whether the slot's key still waits in this browser; time and ended sessions close it."""
    try:
        _waiting(request, step)
    except KeysLocked:
        return False
    return True


def finish_sign_in(
    *, request: HttpRequest, step: FactorStage, code: str = "", credential: str = ""
) -> tuple[HttpResponse, str]:
    """Take the factor and begin the session; the answer that leads on and the key cookie's value.

    Raises KeysLocked when the sign-in waits no more, and what give_code and give_key raise.
    """
    user, opened = _waiting(request, step)
    if credential:
        give_key(request=request, user=user, credential=credential)
    else:
        give_code(request=request, user=user, code=code)
    drop_pending(request.COOKIES[settings.PENDING_COOKIE_NAME])
    response: HttpResponse = step.exit()
    return response, begin_session(request=request, user=user, opened=opened)


def _waiting(request: HttpRequest, step: FactorStage) -> tuple[User, OpenedSlot]:
    user = step.login.user
    if not isinstance(user, User) or not user.is_active:
        raise KeysLocked
    return user, open_pending(request.COOKIES.get(settings.PENDING_COOKIE_NAME, ""), user)
