"""The only authentication backend: it opens a key slot, and that is the whole check."""

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest

from accounts.errors import UnknownFormat, WrongKey, WrongPassphrase
from accounts.keys.slots import (
    open_password_slot,
    open_rescue_slot,
    slot_of,
    spend_as_much_time,
)
from accounts.models import User
from accounts.models.member_keys import SlotKind

# The name under which a sheet's code travels; Django stars out such names in its signals.
RESCUE_CREDENTIAL = "rescue_secret"
_SLOTS = {
    "password": (SlotKind.PASSWORD, open_password_slot),
    RESCUE_CREDENTIAL: (SlotKind.RESCUE, open_rescue_slot),
}


class PassphraseBackend(AuthenticationBackend):  # type: ignore[misc]
    """E-mail and pass phrase, or the code of a rescue sheet. The opened keys travel on the user.

    allauth's own check and its dummy hash are not used: an unknown address, and a person without
    a slot, cost the same single derivation. A code signs nobody in: only a form that asks for a
    new phrase sends one (accounts.services.rescue).
    """

    def authenticate(
        self, request: HttpRequest | None, **credentials: Any
    ) -> AbstractBaseUser | None:
        """The person whose slot the phrase or code opens, or None."""
        given = next((name for name in _SLOTS if credentials.get(name)), None)
        email = credentials.get("email")
        if given is None or not email:
            return None
        kind, open_slot = _SLOTS[given]
        user = User.objects.filter(email__iexact=email, is_active=True).first()
        slot = slot_of(user, kind) if user else None
        if user is None or slot is None:
            spend_as_much_time(credentials[given])
            return None
        try:
            user.opened = open_slot(slot, credentials[given])
        except (WrongPassphrase, WrongKey, UnknownFormat):
            return None  # also a row that somebody moved or altered
        return user
