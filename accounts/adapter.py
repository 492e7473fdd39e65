"""How allauth behaves here: nobody signs up by themselves, failed sign-ins stand in the log."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.actor import origin_of
from accounts.backends import RESCUE_CREDENTIAL
from accounts.models import User
from audit.events import Event, Outcome
from audit.record import record


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """The account rules of a partnership."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": _(
            "This e-mail address and pass phrase do not open an account. Check both and try again."
        ),
        "too_many_login_attempts": _(
            "Too many attempts for this address. Wait five minutes and try again."
        ),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """People are invited by somebody; there is no open sign-up."""
        return False

    def get_login_stages(self) -> list[str]:
        """One step of our own between phrase and session, in place of allauth's."""
        return ["accounts.factors.stages.FactorStage"]

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Store the failed attempt before the form says so."""
        user = User.objects.filter(email__iexact=credentials.get("email", "")).first()
        by_sheet = RESCUE_CREDENTIAL in credentials
        with transaction.atomic(durable=True):
            record(
                origin_of(request, user=user),
                Event.SIGNIN_FAILED,
                outcome=Outcome.REFUSED,
                reason="rescue_mismatch" if by_sheet else "mismatch",
            )
