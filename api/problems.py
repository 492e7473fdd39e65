"""What the API answers instead of a result: every problem as data, and its document (RFC 9457)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

MEDIA_TYPE = "application/problem+json"
_TYPE = "urn:problem:confer:"

Document = dict[str, object]
# What is wrong with one value: "detail" in words and its place, a "pointer" into the body (RFC
# 6901), a "parameter" of the address or a "header". Never the value itself.
Fault = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Problem:
    """One kind of refusal or error: the code is for programs, title and detail are for people."""

    status: int
    code: str
    title: str | Promise
    detail: str | Promise = ""


MALFORMED = Problem(
    400,
    "malformed",
    _("The request could not be read"),
    _("Send one JSON object in UTF-8, each name once."),
)
KEY_UNUSABLE = Problem(
    400,
    "idempotency-key-unusable",
    _("The request has no usable Idempotency-Key"),
    _("Send the header Idempotency-Key with a new random UUID for each referral."),
)
NOT_SIGNED_IN = Problem(
    401,
    "not-signed-in",
    _("You are not signed in"),
    _("Sign in on the sign-in page and send the request again with its cookies."),
)
FORGED = Problem(
    403,
    "csrf-failed",
    _("The request does not prove that it comes from you"),
    _("Send the value of the CSRF cookie in the header X-CSRFToken."),
)
NO_HAT = Problem(
    403, "no-hat", _("You act for no agency at present"), _("Ask your agency's lead to add you.")
)
FACTOR_MISSING = Problem(
    403,
    "factor-missing",
    _("You need a second factor"),
    _("Set one up on the page for it, then send the request again."),
)
PROOF_NEEDED = Problem(
    403,
    "proof-needed",
    _("Show again that it is you"),
    _("Do so on the page for it, then send the request again."),
)
REFUSED = Problem(403, "refused", _("This was refused"))
NOT_FOUND = Problem(
    404,
    "not-found",
    _("There is nothing here for you"),
    _("It does not exist, or your role does not open it."),
)
METHOD = Problem(405, "method-not-allowed", _("This address does not know this method"))
NOT_ACCEPTABLE = Problem(406, "not-acceptable", _("Answers are JSON only"))
CONFLICT = Problem(409, "moved-on", _("It has moved on meanwhile"), _("Look at it again first."))
KEY_USED = Problem(
    409,
    "idempotency-key-used",
    _("This Idempotency-Key was used before"),
    _("Something was sent with it already that you cannot see in the role you act in now."),
)
NOBODY_CAN_READ = Problem(
    409,
    "nobody-can-read",
    _("Nobody could read this referral"),
    _("Nothing was sent. Leave one person who may read it, or telephone instead."),
)
NO_CUSTODIAN = Problem(
    409,
    "no-custodian",
    _("Nobody could keep the protected address"),
    _("Nothing was sent. Leave the address out and say it by telephone only."),
)
NOT_READY = Problem(
    409,
    "recovery-not-ready",
    _("This installation does not take its first referral yet"),
    _("Nothing was sent: its recovery keys were not made and tried. Telephone the intake desk."),
)
MISSING_KEY = Problem(
    409,
    "recipient-without-key",
    _("Somebody who must read this has no key yet"),
    _("Nothing was sent. Telephone the intake desk."),
)
KEYS_UNPROVED = Problem(
    409,
    "keys-unproved",
    _("The keys of the readers could not be proved genuine"),
    _("Nothing was sent. Telephone the intake desk and say so."),
)
TOO_LARGE = Problem(413, "too-large", _("The request is too large"))
UNSUPPORTED = Problem(
    415,
    "unsupported-media-type",
    _("Only JSON is read here"),
    _("Send application/json in UTF-8, not compressed. Files are not taken."),
)
INVALID = Problem(
    422,
    "invalid",
    _("Something in the request does not fit"),
    _("Nothing was done. Each error says where it is and what would fit."),
)
KEYS_LOCKED = Problem(
    423,
    "keys-locked",
    _("Your session is locked"),
    _("Unlock it with your pass phrase, then send the request again."),
)
TOO_MANY = Problem(429, "too-many-requests", _("Too many requests"), _("Wait, then try again."))
FAILED = Problem(
    500,
    "failed",
    _("Something broke here"),
    _("Nothing of it was shown. Name the instance when you report it."),
)
BUSY = Problem(503, "busy", _("Too much is going on at this moment"), _("Try again in a moment."))

# What a refusal is called that was made outside of the API's views and has only its status.
BY_STATUS: Mapping[int, Problem] = MappingProxyType(
    {
        each.status: each
        for each in (
            MALFORMED,
            NOT_SIGNED_IN,
            REFUSED,
            NOT_FOUND,
            METHOD,
            NOT_ACCEPTABLE,
            CONFLICT,
            TOO_LARGE,
            UNSUPPORTED,
            INVALID,
            TOO_MANY,
            FAILED,
            BUSY,
        )
    }
)


def document(request: HttpRequest, problem: Problem, faults: Iterable[Fault] = ()) -> Document:
    """The problem as the client reads it; `instance` is the request's reference in the log."""
    told: Document = {
        "type": f"{_TYPE}{problem.code}",
        "title": str(problem.title),
        "status": problem.status,
        "code": problem.code,
    }
    if problem.detail:
        told["detail"] = str(problem.detail)
    reference = getattr(request, "confer_request_ref", None)
    if reference is not None:
        told["instance"] = f"urn:uuid:{reference}"
    listed = [dict(fault) for fault in faults]
    if listed:
        told["errors"] = listed
    return told
