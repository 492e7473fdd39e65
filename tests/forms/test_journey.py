"""The order of the pages, what stands in the way of sending, and answers in words."""

import pytest

from casework.forms.closed_lists import ConcernType
from casework.forms.journey import STEP_NAMES, after, before, page_of, unfinished
from casework.forms.summary import rows_of_body, rows_of_page
from tests.forms.people import ANKE, NOOR, SETTING

ENOUGH = {"what_happened": "He said so.", "none_seen": True}


@pytest.mark.parametrize("secret", ["yes", "no", ""])
def test_every_page_leads_to_the_next_and_back(secret: str) -> None:
    answers = {"has_protected_address": secret}
    way = ["before"]
    while way[-1] != "check":
        way.append(after(page_of(way[-1]), answers))
    expected = [name for name in STEP_NAMES if name != "protected" or secret == "yes"]
    assert way == [*expected, "check"]
    assert [before(page_of(name), answers) for name in way] == ["", *way[:-1]]


def test_the_page_of_a_secret_place_leads_on_although_there_is_none() -> None:
    assert after(page_of("protected"), {}) == "contact"
    assert before(page_of("protected"), {}) == "others"


def test_there_are_eight_numbers_in_order() -> None:
    numbers = [page_of(name).number for name in (*STEP_NAMES, "check")]
    assert sorted(set(numbers)) == list(range(1, 9))
    assert numbers == sorted(numbers)


def test_enough_can_be_sent() -> None:
    assert list(unfinished(ENOUGH, SETTING)) == []


def test_what_is_missing_is_named_with_its_page() -> None:
    assert [page.name for page, _text in unfinished({}, SETTING)] == ["facts", "strengths"]


def test_what_was_kept_although_it_does_not_fit_stands_in_the_way() -> None:
    missing = list(unfinished({**ENOUGH, "what_happened": "x" * 10_001}, SETTING))
    assert [(page.name, "10001" in text) for page, text in missing] == [("facts", True)]


def test_barring_the_whole_desk_stands_in_the_way() -> None:
    everybody = [str(ANKE.user_id), str(NOOR.user_id)]
    missing = list(unfinished({**ENOUGH, "barred": everybody}, SETTING))
    assert [page.name for page, _text in missing] == ["contact"]


def test_rows_show_answers_in_words() -> None:
    answers = {"birth_date": "2010-02-03", "sex": "female", "estimated_age": "0"}
    rows = {str(row.label): row for row in rows_of_page(page_of("who"), answers, SETTING)}
    assert rows["Birth date"].value == "3 February 2010"
    assert rows["Sex"].many == ("Female",)
    assert rows["Or the age, as a guess"].value == "0"
    assert not rows["Given names"].is_filled


def test_rows_of_an_item_show_what_is_filled_and_no_signature() -> None:
    body = {
        "author_name": "Maud Terrel",
        "how_known": ["saw"],
        "withhold_identity": True,
        "manifest": {"a": "b"},
        "manifest_key": "00",
    }
    rows = [(str(row.label), row.value, row.many) for row in rows_of_body(body)]
    assert rows == [
        ("Written by", "Maud Terrel", ()),
        ("How do you know it?", "", ("I saw or heard it myself",)),
        ("Do not tell the person that it was me", "Yes", ()),
    ]


def test_codes_of_a_later_release_are_shown_as_they_are() -> None:
    (row,) = rows_of_body({"concern_types": [ConcernType.HATE, "later"]})
    assert row.many == ("Hate of a group of people", "later")
