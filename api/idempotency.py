"""Reads the header that makes a repeated request harmless: one key, one referral."""

import re
from uuid import UUID

from django.utils.translation import gettext as _
from rest_framework.request import Request

from api import problems
from api.errors import Refusal

HEADER = "Idempotency-Key"
# Bare, or in the quotes of a structured header's string (RFC 9651).
_KEY = re.compile(r'"?([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})"?')


def key_of(request: Request) -> UUID:
    """The client's key for this act. Raises Refusal when it is missing or no UUID."""
    match = _KEY.fullmatch(request.headers.get(HEADER, ""))
    if match is None:
        fault = {"detail": _("Give a UUID here, a new one for each referral."), "header": HEADER}
        raise Refusal(problems.KEY_UNUSABLE, fault)
    return UUID(match[1])
