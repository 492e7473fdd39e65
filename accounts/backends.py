"""The only authentication backend: it opens a key slot, and that is the whole check."""

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest

from accounts.errors import WrongPassphrase
from accounts.keys.slots import open_password_slot, slot_of, spend_as_much_time
from accounts.models import User
from accounts.models.member_keys import SlotKind


class PassphraseBackend(AuthenticationBackend):  # type: ignore[misc]
    """E-mail and pass phrase. The opened keys travel on the user object to the sign-in form.

    allauth's own check and its dummy hash are not used: an unknown address, and a person without
    a slot, cost the same single derivation.
    """

    def authenticate(
        self, request: HttpRequest | None, **credentials: Any
    ) -> AbstractBaseUser | None:
        """The person whose slot the phrase opens, or None."""
        phrase = credentials.get("password")
        email = credentials.get("email")
        if not phrase or not email:
            return None
        user = User.objects.filter(email__iexact=email, is_active=True).first()
        slot = slot_of(user, SlotKind.PASSWORD) if user else None
        if user is None or slot is None:
            spend_as_much_time(phrase)
            return None
        try:
            user.opened = open_password_slot(slot, phrase)
        except WrongPassphrase:
            return None
        return user
