"""Turns every exception of the API into its problem; nothing that was sent stands in an answer."""

from collections.abc import Mapping
from math import ceil
from types import MappingProxyType
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.http import Http404, UnreadablePostError
from rest_framework import exceptions
from rest_framework.response import Response

from accounts.errors import (
    DirectoryForged,
    FactorMissing,
    KeysLocked,
    MissingKey,
    NoHat,
    NotAllowed,
    NotSignedIn,
    ProofNeeded,
    TooBusy,
)
from api import problems
from api.problems import MEDIA_TYPE, Fault, Problem
from audit.lookups import LogClosed
from casework.errors import (
    AccessDenied,
    DraftGone,
    InvalidTransition,
    NobodyCanRead,
    NoCustodian,
    RecoveryNotReady,
)

# The scheme is ours: browsers ask nobody for a password because of it.
CHALLENGE = 'Session realm="confer"'
_BUSY_SECONDS = 2


class Refusal(Exception):
    """The adapter itself refuses: a problem, and where it lies in the request."""

    def __init__(self, problem: Problem, *faults: Fault) -> None:
        super().__init__(problem.code)
        self.problem = problem
        self.faults = faults


# Subclasses before their bases; what stands nowhere is a fault of the program and stays one.
_PROBLEMS: Mapping[type[Exception], Problem] = MappingProxyType(
    {
        NotSignedIn: problems.NOT_SIGNED_IN,
        exceptions.NotAuthenticated: problems.NOT_SIGNED_IN,
        exceptions.AuthenticationFailed: problems.NOT_SIGNED_IN,
        KeysLocked: problems.KEYS_LOCKED,
        NoHat: problems.NO_HAT,
        FactorMissing: problems.FACTOR_MISSING,
        ProofNeeded: problems.PROOF_NEEDED,
        NotAllowed: problems.NOT_FOUND,
        AccessDenied: problems.NOT_FOUND,
        LogClosed: problems.NOT_FOUND,
        Http404: problems.NOT_FOUND,
        exceptions.NotFound: problems.NOT_FOUND,
        PermissionDenied: problems.REFUSED,
        exceptions.PermissionDenied: problems.REFUSED,
        exceptions.MethodNotAllowed: problems.METHOD,
        exceptions.NotAcceptable: problems.NOT_ACCEPTABLE,
        exceptions.UnsupportedMediaType: problems.UNSUPPORTED,
        exceptions.ParseError: problems.MALFORMED,
        exceptions.Throttled: problems.TOO_MANY,
        RequestDataTooBig: problems.TOO_LARGE,
        SuspiciousOperation: problems.MALFORMED,
        UnreadablePostError: problems.MALFORMED,
        DraftGone: problems.KEY_USED,
        InvalidTransition: problems.CONFLICT,
        NobodyCanRead: problems.NOBODY_CAN_READ,
        NoCustodian: problems.NO_CUSTODIAN,
        RecoveryNotReady: problems.NOT_READY,
        MissingKey: problems.MISSING_KEY,
        DirectoryForged: problems.KEYS_UNPROVED,
        TooBusy: problems.BUSY,
    }
)


def problem_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """The answer to an exception in a view of the API; None leaves it to be a 500."""
    faults: tuple[Fault, ...] = ()
    if isinstance(error, Refusal):
        problem, faults = error.problem, error.faults
    else:
        found = next((each for kind, each in _PROBLEMS.items() if isinstance(error, kind)), None)
        if found is None:
            return None
        problem = found
    return Response(
        problems.document(context["request"], problem, faults),
        status=problem.status,
        headers=_headers(error, problem),
        content_type=MEDIA_TYPE,
    )


def _headers(error: Exception, problem: Problem) -> dict[str, str]:
    if problem is problems.NOT_SIGNED_IN:
        return {"WWW-Authenticate": CHALLENGE}
    # DRF gives a throttled request the seconds to wait.
    seconds = _BUSY_SECONDS if problem is problems.BUSY else getattr(error, "wait", None)
    return {} if seconds is None else {"Retry-After": str(ceil(seconds))}
