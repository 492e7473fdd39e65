"""The OpenAPI document: valid, complete, the same for all, and true to what the API answers."""

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from jsonschema import Draft4Validator  # type: ignore[import-untyped]  # it has no types

from api.problems import MEDIA_TYPE
from api.referral_body import AnswersSerializer, SendingSerializer
from tests.api.calls import Caller, problem, referral
from tests.world import World


@pytest.fixture
def schema(maud: Caller) -> dict[str, Any]:
    """The document as Maud's program reads it."""
    answer = maud.get("api_schema")
    assert answer.status_code == 200
    document: dict[str, Any] = json.loads(answer.content)
    return document


def conforms(schema: dict[str, Any], name: str, value: Any) -> bool:
    """Whether a value is what the document says of a component (OpenAPI 3.0 is draft 4 JSON)."""
    wanted = {**schema, "$ref": f"#/components/schemas/{name}"}
    return bool(Draft4Validator(_nullable(wanted)).is_valid(value))


def _nullable(node: Any) -> Any:
    """OpenAPI's `nullable` in JSON Schema's own words."""
    if isinstance(node, list):
        return [_nullable(each) for each in node]
    if not isinstance(node, dict):
        return node
    plain = {key: _nullable(each) for key, each in node.items() if key != "nullable"}
    return {"anyOf": [plain, {"type": "null"}]} if node.get("nullable") is True else plain


def test_schema_is_valid_and_without_warnings() -> None:
    out = StringIO()
    call_command("spectacular", validate=True, fail_on_warn=True, stdout=out)
    assert "openapi: 3" in out.getvalue()


def test_schema_names_every_address_and_its_problems(schema: dict[str, Any]) -> None:
    assert {
        (path, method): set(operation["responses"])
        for path, methods in schema["paths"].items()
        for method, operation in methods.items()
    } == {
        ("/api/v1/referrals/", "get"): {"200", "401", "403", "406", "423", "429", "500"},
        ("/api/v1/referrals/", "post"): {
            "201", "400", "401", "403", "404", "406", "409", "413", "415", "422", "423", "429",
            "500",
        },
        ("/api/v1/access-events/", "get"): {
            "200", "401", "403", "404", "406", "422", "423", "429", "500",
        },
    }  # fmt: skip


def test_every_problem_is_told_as_one(schema: dict[str, Any]) -> None:
    for methods in schema["paths"].values():
        for operation in methods.values():
            for status, response in operation["responses"].items():
                if not status.startswith("2"):
                    assert response["content"].keys() == {MEDIA_TYPE}


def test_everything_needs_both_cookies(schema: dict[str, Any]) -> None:
    cookies = {each["name"] for each in schema["components"]["securitySchemes"].values()}
    assert cookies == {"confer_session", "confer_key"}
    for methods in schema["paths"].values():
        for operation in methods.values():
            assert operation["security"] == [{"session": [], "keys": []}]


def test_body_is_described_field_by_field(schema: dict[str, Any]) -> None:
    parts = schema["components"]["schemas"]
    assert parts["Answers"]["properties"].keys() == AnswersSerializer().fields.keys()
    assert parts["Sending"]["properties"].keys() == SendingSerializer().fields.keys()
    assert parts["Answers"]["required"] == ["what_happened"]
    assert parts["Answers"]["properties"]["what_happened"]["maxLength"] == 10_000


def test_answers_are_what_the_schema_says(
    world: World, maud: Caller, schema: dict[str, Any]
) -> None:
    assert conforms(schema, "Referral", referral())
    assert not conforms(schema, "Referral", {"answers": {}})
    sent = maud.send(referral({"through_lead": True}))
    assert conforms(schema, "OwnReferral", sent.json())
    assert conforms(schema, "OwnList", maud.get("api_referrals").json())
    assert conforms(schema, "EventPage", Caller.of(world.nora).get("api_access_events").json())
    told = problem(maud.send({}), 422, "invalid")
    assert conforms(schema, "Problem", told)
    assert not conforms(schema, "Problem", {**told, "errors": [{}]})


def test_schema_is_the_same_for_everybody(world: World, schema: dict[str, Any]) -> None:
    assert Caller.of(world.sam).get("api_schema").json() == schema


def test_schema_names_nobody_and_loads_nothing(world: World, maud: Caller) -> None:
    answer = maud.get("api_schema", lang="fr", format="yaml", version="2")
    assert answer.headers["Content-Type"].startswith("application/")
    text = answer.content.decode()
    assert "http" not in text
    assert world.anke.name not in text
    assert str(world.anke.user.pk) not in text
