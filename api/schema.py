"""Describes the API for its OpenAPI document: sign-in, headers, parameters, problems."""

from typing import Any

from django.conf import settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema

from api import problems
from api.idempotency import HEADER
from api.problems import MEDIA_TYPE, Problem
from api.referral_body import ReferralSerializer
from api.serializers import (
    EventPageSerializer,
    OwnListSerializer,
    OwnReferralSerializer,
    ProblemSerializer,
)
from audit.events import Event, Kind, Outcome

_DOOR = (
    problems.NOT_SIGNED_IN,
    problems.NO_HAT,
    problems.FACTOR_MISSING,
    problems.NOT_ACCEPTABLE,
    problems.KEYS_LOCKED,
    problems.TOO_MANY,
    problems.FAILED,
)
_SENDING = (
    problems.MALFORMED,
    problems.KEY_UNUSABLE,
    problems.FORGED,
    problems.NOT_FOUND,
    problems.KEY_USED,
    problems.NOBODY_CAN_READ,
    problems.NO_CUSTODIAN,
    problems.NOT_READY,
    problems.MISSING_KEY,
    problems.KEYS_UNPROVED,
    problems.TOO_LARGE,
    problems.UNSUPPORTED,
    problems.INVALID,
)


class SessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """The session's cookie and the cookie that opens the keys, both from the sign-in page."""

    target_class = "api.authentication.SessionAuthentication"
    name = ["session", "keys"]

    def get_security_requirement(self, auto_schema: Any) -> dict[str, list[Any]]:
        """Both cookies, always together."""
        return {"session": [], "keys": []}

    def get_security_definition(self, auto_schema: Any) -> list[dict[str, Any]]:
        """Where the two are sent."""
        cookies = {
            settings.SESSION_COOKIE_NAME: "Who it is; from the sign-in page.",
            settings.KEY_COOKIE_NAME: "Opens this person's keys; from the sign-in page too.",
        }
        return [
            {"type": "apiKey", "in": "cookie", "name": name, "description": what}
            for name, what in cookies.items()
        ]


def _told(*kinds: Problem) -> dict[Any, Any]:
    """The problems of an operation by status, with the codes that tell them apart."""
    codes: dict[int, list[str]] = {}
    for problem in (*_DOOR, *kinds):
        codes.setdefault(problem.status, []).append(problem.code)
    return {
        (status, MEDIA_TYPE): OpenApiResponse(ProblemSerializer, ", ".join(each))
        for status, each in codes.items()
    }


def _filter(name: str, description: str, **more: Any) -> OpenApiParameter:
    return OpenApiParameter(name, description=description, **more)


_CSRF = OpenApiParameter(
    "X-CSRFToken",
    location=OpenApiParameter.HEADER,
    required=True,
    description=f"The value of the cookie {settings.CSRF_COOKIE_NAME}.",
)
_KEY = OpenApiParameter(
    HEADER,
    type=OpenApiTypes.UUID,
    location=OpenApiParameter.HEADER,
    required=True,
    description=(
        "A new random UUID for each referral. A repeated request with the same key answers with "
        "the referral that the first one made; its body is checked but not sent again."
    ),
)
_FILTERS = [
    _filter("case", "A case by its pseudonym, for example 7K4Q-M2XW."),
    _filter("person", "Who acted, by pseudonym."),
    _filter("agency", "For which agency they acted.", type=OpenApiTypes.UUID),
    _filter("act", "One act, or a kind of acts.", enum=[*Kind.values, *Event.values]),
    _filter("outcome", "Done or refused.", enum=Outcome.values),
    _filter("since", "The first day.", type=OpenApiTypes.DATE),
    _filter("until", "The last day.", type=OpenApiTypes.DATE),
    _filter("before", "Where to go on: `older` of the page before."),
]

described_list = extend_schema(
    operation_id="list_own_referrals", responses={200: OwnListSerializer, **_told()}
)
described_sending = extend_schema(
    operation_id="send_referral",
    request=ReferralSerializer,
    parameters=[_CSRF, _KEY],
    responses={201: OwnReferralSerializer, **_told(*_SENDING)},
)
described_events = extend_schema(
    operation_id="look_up_access_events",
    parameters=_FILTERS,
    responses={200: EventPageSerializer, **_told(problems.NOT_FOUND, problems.INVALID)},
)
undescribed = extend_schema(exclude=True)
