"""The JSON of a referral against the pages' forms: every field, every limit, every type."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from django import forms

from accounts.queries import Colleague
from accounts.roles import Role
from api.errors import Refusal
from api.json_fields import json_field
from api.referral_body import AnswersSerializer, SendingSerializer, checked_referral
from casework.answers import REFERRAL_ITEMS
from casework.forms.fields import WordsField
from casework.forms.journey import CHECK, STEPS, page_of
from casework.queries.draft_setting import DraftSetting
from tests.api.calls import referral


def colleague(name: str, role: Role) -> Colleague:
    return Colleague(uuid4(), uuid4(), name, "Office", role, is_deputy=False)


COLLEAGUES = [colleague(name, Role.COORDINATOR) for name in "AB"]
SETTING = DraftSetting(
    author_id=uuid4(),
    desk=tuple(COLLEAGUES),
    leads=(colleague("C", Role.AGENCY_LEAD),),
    custodian_ids=frozenset({uuid4()}),
    writes_for_callers=True,
)
ASKED = {name: each for page in STEPS for name, each in page.form.base_fields.items()}
WORDS = {name: each for name, each in ASKED.items() if isinstance(each, WordsField)}
MADE_BY_CONFER = {"author_name", "author_agency"}


def sent(sending: dict[str, Any] | None = None, /, **answers: Any) -> dict[str, Any]:
    """A referral by telephone with a protected address, so that every page is on the way."""
    telephone = {"caller_name": "X", "has_protected_address": "yes"}
    return referral({"read_back": True, **(sending or {})}, **{**telephone, **answers})


def faults(body: Any) -> dict[str, str]:
    """Place and words of each error."""
    with pytest.raises(Refusal) as refused:
        checked_referral(body, SETTING)
    assert refused.value.problem.code == "invalid"
    return {each["pointer"]: each["detail"] for each in refused.value.faults}


def test_api_takes_every_answer_that_is_stored() -> None:
    stored = {name for plan in REFERRAL_ITEMS for name in plan.fields} - MADE_BY_CONFER
    taken = AnswersSerializer().fields.keys() | SendingSerializer().fields.keys()
    assert stored <= taken


def test_api_takes_every_field_of_the_pages_and_no_other() -> None:
    on_pages = ASKED.keys() | page_of(CHECK).form.base_fields.keys()
    assert AnswersSerializer().fields.keys() | SendingSerializer().fields.keys() == on_pages


def test_field_of_an_unknown_kind_is_an_error() -> None:
    with pytest.raises(TypeError):
        json_field(forms.FileField())


def test_smallest_referral_fits() -> None:
    checked = checked_referral(referral(), SETTING)
    assert checked.answers["what_happened"] == "He showed a knife."
    assert not checked.sending.through_lead
    assert checked.sending.barred == frozenset()


def test_decisions_are_no_answers() -> None:
    chosen = {"barred": [str(COLLEAGUES[0].user_id)], "through_lead": True, "urgent": True}
    checked = checked_referral(referral(chosen), SETTING)
    assert checked.sending.barred == {COLLEAGUES[0].user_id}
    assert checked.sending.through_lead
    assert checked.sending.urgent
    assert not {"barred", "through_lead", "urgent", "declaration"} & checked.answers.keys()


def test_repr_hides_the_answers() -> None:
    assert "knife" not in repr(checked_referral(referral(), SETTING))


@pytest.mark.parametrize("name", sorted(WORDS))
def test_words_fit_up_to_the_limit_of_the_page(name: str) -> None:
    limit = WORDS[name].limit
    assert checked_referral(sent(**{name: "é" * limit}), SETTING).answers[name] == "é" * limit
    told = faults(sent(**{name: "é" * (limit + 1)}))
    assert told.keys() == {f"#/answers/{name}"}
    assert str(limit) in told[f"#/answers/{name}"]


def test_limit_counts_what_is_stored_not_what_is_sent() -> None:
    line = "x" * 99 + "\r\n"
    text = "  " + line * 100 + "  "
    stored = checked_referral(referral(what_happened=text), SETTING).answers["what_happened"]
    assert stored == (line * 100).replace("\r\n", "\n").strip()


@pytest.mark.parametrize("name", ["what_happened", "given_names", "protected_address"])
def test_character_that_no_page_shows_is_refused(name: str) -> None:
    for odd in ("\x00", "\x07", "\x1b[31m", "\ud800", "\udfff", "\ufffd", "\uffff"):
        told = faults(sent(**{name: f"first\nsec{odd}ond"}))
        assert told.keys() == {f"#/answers/{name}"}
        assert odd not in str(told)


@pytest.mark.parametrize("name", sorted(AnswersSerializer().fields))
@pytest.mark.parametrize("value", [None, {"a": "secret"}, [["secret"]], 1.5, -1, 10**30], ids=str)
def test_wrong_type_is_refused_and_not_repeated(name: str, value: Any) -> None:
    told = faults(sent(**{name: value}))
    assert all(place.startswith(f"#/answers/{name}") for place in told)
    assert "secret" not in str(told)
    assert "1000000" not in str(told)


@pytest.mark.parametrize("name", sorted(AnswersSerializer().fields))
def test_text_where_none_belongs_is_not_repeated(name: str) -> None:
    if name in WORDS:
        assert checked_referral(sent(**{name: "secret"}), SETTING).answers[name] == "secret"
    else:
        assert "secret" not in str(faults(sent(**{name: "secret"})))


@pytest.mark.parametrize("name", sorted(SendingSerializer().fields))
@pytest.mark.parametrize("value", [None, "yes", "secret", 1, 0, {}, ["secret"], [None]], ids=str)
def test_decision_of_a_wrong_type_is_refused(name: str, value: Any) -> None:
    told = faults(sent({name: value}))
    assert all(place.startswith(f"#/sending/{name}") for place in told)
    assert "secret" not in str(told)


@pytest.mark.parametrize(
    ("answers", "place"),
    [
        ({"sex": "Male"}, "#/answers/sex"),
        ({"how_known": ["saw", "SAW"]}, "#/answers/how_known/1"),
        ({"how_known": ["saw"] * 5}, "#/answers/how_known"),
        ({"birth_date": "27.3.2009"}, "#/answers/birth_date"),
        ({"birth_date": "2009-02-29"}, "#/answers/birth_date"),
        ({"birth_date": "2999-01-01"}, "#/answers/birth_date"),
        ({"birth_date": "0001-01-01"}, "#/answers/birth_date"),
        ({"birth_date": "1899-12-31"}, "#/answers/birth_date"),
        ({"estimated_age": 121}, "#/answers/estimated_age"),
        ({"estimated_age": True}, "#/answers/estimated_age"),
        ({"estimated_age": "15"}, "#/answers/estimated_age"),
        ({"what_happened": " \n\t "}, "#/answers/what_happened"),
        ({"none_seen": False}, "#/answers/strengths"),
        ({"none_seen": "true"}, "#/answers/none_seen"),
        ({"author_name": "Somebody else"}, "#/answers"),
        ({"barred": []}, "#/answers"),
        ({"ideology": "x"}, "#/answers"),
    ],
)
def test_answer_that_does_not_fit_is_refused(answers: dict[str, Any], place: str) -> None:
    told = faults(sent(**answers))
    assert place in told
    assert all(str(value) not in str(told) for value in answers.values() if len(str(value)) > 4)


@pytest.mark.parametrize(
    ("sending", "place"),
    [
        ({"declaration": False}, "#/sending/declaration"),
        ({"read_back": False}, "#/sending/read_back"),
        ({"barred": ["1"]}, "#/sending/barred/0"),
        ({"barred": ["00000000-0000-4000-8000-000000000001"]}, "#/sending/barred"),
        ({"barred": [str(each.user_id) for each in COLLEAGUES]}, "#/sending/barred"),
        ({"barred": [str(uuid4())] * 101}, "#/sending/barred"),
        ({"draft_id": str(uuid4())}, "#/sending"),
    ],
)
def test_decision_that_does_not_fit_is_refused(sending: dict[str, Any], place: str) -> None:
    assert place in faults(sent(sending))


@pytest.mark.parametrize("body", [None, [], "secret", 1, True, {}, {"answers": {}}], ids=str)
def test_body_of_another_shape_is_refused(body: Any) -> None:
    assert "secret" not in str(faults(body))


@pytest.mark.parametrize("part", ["answers", "sending"])
@pytest.mark.parametrize("value", [None, [], "secret", 1], ids=str)
def test_part_of_another_shape_is_refused(part: str, value: Any) -> None:
    told = faults({**referral(), part: value})
    assert f"#/{part}" in told
    assert "secret" not in str(told)


def test_missing_answer_is_told_in_the_words_of_the_page() -> None:
    body = referral()
    del body["answers"]["what_happened"]
    assert faults(body) == {
        "#/answers/what_happened": "Write what you saw or heard, in your own words"
    }


def test_unknown_name_is_refused_and_not_repeated() -> None:
    told = faults({**referral(), "Teo Lenoir \ud800": 1})
    assert told.keys() == {"#"}
    assert "Lenoir" not in str(told)


def test_every_error_is_told_at_once() -> None:
    told = faults(sent({"declaration": False}, given_names="x" * 201, strengths="x" * 10_001))
    assert told.keys() == {
        "#/answers/given_names", "#/answers/strengths", "#/sending/declaration",
    }  # fmt: skip


def without_custodians() -> Iterator[DraftSetting]:
    yield DraftSetting(desk=SETTING.desk)
    yield DraftSetting(desk=SETTING.desk, writes_for_callers=True)


@pytest.mark.parametrize("setting", list(without_custodians()), ids=["teacher", "desk"])
def test_what_no_page_asks_is_refused(setting: DraftSetting) -> None:
    secret = {"has_protected_address": "yes", "protected_address": "the blue house"}
    with pytest.raises(Refusal) as refused:
        checked_referral(referral({"through_lead": True}, **secret), setting)
    assert {each["pointer"] for each in refused.value.faults} == {
        "#/answers/protected_address", "#/sending/through_lead",
    }  # fmt: skip
