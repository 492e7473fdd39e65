"""The pages of a referral: what must be filled, what fits the people, and answers for a draft."""

import json
from typing import Any

import pytest
from django.http import QueryDict

from casework.answers import CONSULTATION_ITEMS, REFERRAL_ITEMS
from casework.forms.consultation import QuestionForm
from casework.forms.journey import CHECK, QUESTION, STEPS, Page, page_of
from casework.forms.referral import (
    BeforeForm,
    CheckForm,
    ContactForm,
    FactsForm,
    OthersForm,
    ProtectedForm,
    StrengthsForm,
    WhoForm,
)
from casework.forms.steps import StepForm, as_typed
from casework.queries.draft_setting import DraftSetting
from tests.forms.people import ANKE, AUTHOR_ID, IDRIS, NOOR, SETTING

ALL_PAGES = (*STEPS, page_of(CHECK), page_of(QUESTION))
# Decided on the page, or made by the service: no item holds them.
NOT_IN_ITEMS = {"barred", "through_lead", "urgent", "declaration"}
MADE_BY_SERVICE = {"author_name", "author_agency"}


def typed(**fields: Any) -> QueryDict:
    data = QueryDict(mutable=True)
    for name, value in fields.items():
        data.setlist(name, value if isinstance(value, list) else [value])
    return data


def errors_of(form: StepForm) -> dict[str, list[str]]:
    return {name: [str(each) for each in messages] for name, messages in form.errors.items()}


def test_every_answer_of_an_item_is_asked_and_nothing_else() -> None:
    asked = {name for page in ALL_PAGES for name in page.form.base_fields}
    plans = (*REFERRAL_ITEMS, *CONSULTATION_ITEMS)
    in_items = {name for plan in plans for name in plan.fields} - MADE_BY_SERVICE
    assert asked - NOT_IN_ITEMS == in_items


def test_every_field_has_its_place_on_its_page() -> None:
    for page in ALL_PAGES:
        shown = {name for section in page.form.sections for name in section.fields}
        assert set(page.form.base_fields) - shown <= {"declaration"}, page.name


def test_question_has_no_field_that_names_anybody() -> None:
    assert set(QuestionForm.base_fields) == {
        "what_happened",
        "concern_types",
        "question",
        "district",
    }


@pytest.mark.parametrize("page", ALL_PAGES, ids=lambda page: page.name)
def test_answers_can_be_kept_as_json_and_shown_again(page: Page) -> None:
    answers = {
        "caller_name": "A nurse", "given_names": "Teo", "birth_date": "2010-02-03",
        "estimated_age": "0", "concern_types": ["hate", "other"], "what_happened": "a\nb",
        "none_seen": True, "has_protected_address": "yes", "protected_address": "Lane 4",
        "question": "What now?", "barred": [str(NOOR.user_id)], "withhold_identity": True,
        "read_back": True,
    }  # fmt: skip
    setting = DraftSetting(
        **{name: getattr(SETTING, name) for name in ("author_id", "desk", "leads")},
        custodian_ids=SETTING.custodian_ids,
        writes_for_callers=True,
    )
    empty = page.form(answers=answers, setting=setting)
    form = page.form(as_typed(empty, answers), answers=answers, setting=setting)
    kept = json.loads(json.dumps(form.kept_answers()))
    assert errors_of(form).keys() <= {"declaration"}
    assert {name: answers[name] for name in kept if name in answers} == {
        name: value for name, value in kept.items() if name in answers
    }


def test_facts_need_what_happened() -> None:
    form = FactsForm(typed(when_where="here"), setting=SETTING)
    assert errors_of(form) == {"what_happened": ["Write what you saw or heard, in your own words"]}
    assert form.kept_answers()["when_where"] == "here"


@pytest.mark.parametrize("ideology", ["ideology", "religion", ""])
def test_facts_know_no_other_kinds_of_concern(ideology: str) -> None:
    form = FactsForm(typed(what_happened="x", concern_types=[ideology]), setting=SETTING)
    assert "concern_types" in form.errors


@pytest.mark.parametrize(
    ("fields", "is_enough"),
    [({}, False), ({"none_seen": "on"}, True), ({"strengths": "reads a lot"}, True)],
)
def test_strengths_need_one_or_none_seen(fields: dict[str, str], *, is_enough: bool) -> None:
    assert StrengthsForm(typed(**fields), setting=SETTING).is_valid() is is_enough


def test_an_empty_page_is_enough_elsewhere() -> None:
    for page in STEPS:
        if page.name not in {"facts", "strengths"}:
            assert page.form(typed(), setting=SETTING).is_valid(), page.name


def test_an_age_of_zero_is_an_answer() -> None:
    assert WhoForm(typed(estimated_age="0"), setting=SETTING).kept_answers()["estimated_age"] == "0"


def test_an_emptied_field_empties_the_answer() -> None:
    answers = WhoForm(typed(), answers={"given_names": "Teo"}, setting=SETTING).kept_answers()
    assert answers["given_names"] == ""
    assert answers["birth_date"] == ""


def test_what_does_not_fit_is_kept_as_typed() -> None:
    form = FactsForm(typed(what_happened="x" * 10_001 + "\x00"), setting=SETTING)
    assert form.kept_answers()["what_happened"] == "x" * 10_001


def test_no_secret_place_takes_the_address_back() -> None:
    form = OthersForm(typed(has_protected_address="no"), setting=SETTING)
    assert form.kept_answers()["protected_address"] == ""
    form = OthersForm(typed(has_protected_address="yes"), setting=SETTING)
    assert "protected_address" not in form.kept_answers()


def test_without_a_custodian_there_is_nothing_to_type_an_address_into() -> None:
    assert "protected_address" in ProtectedForm(setting=SETTING).fields
    assert not ProtectedForm(typed(protected_address="x"), setting=DraftSetting()).kept_answers()


def test_only_those_who_answer_for_others_write_for_a_caller() -> None:
    assert not BeforeForm(setting=SETTING).fields
    assert set(BeforeForm(setting=DraftSetting(writes_for_callers=True)).fields) == {
        "caller_name",
        "caller_agency",
    }


def test_people_who_could_read_it_can_be_barred_by_name() -> None:
    form = ContactForm(typed(barred=[str(ANKE.user_id), str(IDRIS.user_id)]), setting=SETTING)
    assert form.is_valid()
    assert form.to_answers()["barred"] == [str(ANKE.user_id), str(IDRIS.user_id)]


def test_somebody_at_the_desk_is_left_to_read_it() -> None:
    form = ContactForm(typed(barred=[str(ANKE.user_id), str(NOOR.user_id)]), setting=SETTING)
    assert "nobody at the intake desk" in errors_of(form)["barred"][0]


def test_a_barred_person_who_left_is_asked_about_again() -> None:
    form = ContactForm(typed(barred=[str(AUTHOR_ID)]), setting=SETTING)
    assert "have changed" in errors_of(form)["barred"][0]


def test_sending_needs_the_declaration_which_no_draft_keeps() -> None:
    assert "declaration" in CheckForm(typed(), setting=SETTING).errors
    form = CheckForm(typed(declaration="on", urgent="on"), setting=SETTING)
    assert form.is_valid()
    assert form.to_answers() == {"through_lead": False, "urgent": True}


@pytest.mark.parametrize(
    ("barred", "author", "is_offered"),
    [([], AUTHOR_ID, True), ([str(IDRIS.user_id)], AUTHOR_ID, False), ([], IDRIS.user_id, False)],
)
def test_a_check_is_offered_where_another_lead_may_read(
    barred: list[str], author: Any, *, is_offered: bool
) -> None:
    setting = DraftSetting(author_id=author, desk=(ANKE,), leads=(IDRIS,))
    form = CheckForm(answers={"barred": barred}, setting=setting)
    assert ("through_lead" in form.fields) is is_offered


def test_a_caller_must_have_heard_it_read_back() -> None:
    form = CheckForm(typed(declaration="on"), answers={"caller_name": "Joy"}, setting=SETTING)
    assert errors_of(form).keys() == {"read_back"}
