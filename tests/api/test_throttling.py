"""How often: each person for themselves, sending apart from looking, and the wait is told."""

from math import ceil
from types import SimpleNamespace
from typing import Any

from rest_framework.views import APIView

from api.throttling import LookingUp, Reading, Sending
from tests.api.calls import Caller, nothing_sent, problem
from tests.world import World


def limit_of(throttle: type[Reading | Sending | LookingUp]) -> int:
    return int(throttle.rate.partition("/")[0])


def test_sending_too_often_is_refused_and_reading_goes_on(world: World, maud: Caller) -> None:
    for _ in range(limit_of(Sending)):
        assert maud.send({}).status_code == 422
    answer = maud.send({})
    problem(answer, 429, "too-many-requests")
    assert 0 < int(answer.headers["Retry-After"]) <= 3600
    assert nothing_sent()
    assert maud.get("api_referrals").status_code == 200
    assert Caller.of(world.henri).send({}).status_code == 422


def test_looking_up_too_often_is_refused(nora: Caller) -> None:
    for _ in range(limit_of(LookingUp)):
        assert nora.get("api_access_events", before="x").status_code == 422
    problem(nora.get("api_access_events"), 429, "too-many-requests")


def test_reading_too_often_is_refused(maud: Caller) -> None:
    request: Any = SimpleNamespace(user=maud.person.user)
    for _ in range(limit_of(Reading) - 1):
        assert Reading().allow_request(request, APIView())
    assert maud.get("api_referrals").status_code == 200
    answer = maud.get("api_referrals")
    problem(answer, 429, "too-many-requests")
    assert ceil(float(answer.headers["Retry-After"])) <= 60
