"""Fields: limits said and never cut, what cannot be shown refused, dates and ages that can be."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from casework.forms.fields import AgeField, BirthDateField, WordsField, without_unshowable

LINE = WordsField(limit=10)
LINES = WordsField(limit=10, rows=3)


def message_of(field: WordsField | BirthDateField | AgeField, value: object) -> str:
    with pytest.raises(ValidationError) as refused:
        field.clean(value)
    return " ".join(refused.value.messages)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("", ""),
        ("  Teo  ", "Teo"),
        ("a\r\nb\rc", "a\nb\nc"),
        ("<b>&amp;", "<b>&amp;"),
        ("Zoë 😀 تيو", "Zoë 😀 تيو"),
        ("a\tb", "a\tb"),
    ],
)
def test_words_are_kept_as_typed(typed: str, kept: str) -> None:
    assert LINES.clean(typed) == kept


def test_words_of_one_line_have_no_line_ends() -> None:
    assert LINE.clean("a\r\nb") == "a b"


@pytest.mark.parametrize("code", [0x00, 0x0B, 0x7F, 0x9B, 0xD800, 0xDFFF, 0xFFFD, 0xFFFF])
def test_words_that_cannot_be_shown_are_refused_with_their_line(code: int) -> None:
    assert "line 2" in message_of(LINES, f"a\nb{chr(code)}c")


def test_words_at_the_limit_are_accepted_and_one_more_is_told() -> None:
    assert LINES.clean("x" * 10) == "x" * 10
    assert "At most 10 characters fit here, and this has 11" in message_of(LINES, "x" * 11)


def test_line_ends_count_once() -> None:
    assert LINES.clean("a\r\n" * 4 + "bc") == "a\n" * 4 + "bc"


def test_no_limit_is_set_in_the_browser() -> None:
    assert "maxlength" not in LINE.widget.attrs | LINES.widget.attrs


@given(st.text(st.characters(), max_size=200))
def test_what_is_left_of_refused_words_is_accepted(typed: str) -> None:
    field = WordsField(limit=1000, rows=2)
    assert field.clean(without_unshowable(typed)) is not None


@pytest.mark.parametrize(("typed", "years"), [("0", 0), (" 15 ", 15), ("120", 120), ("", None)])
def test_age_is_a_number_of_years(typed: str, years: int | None) -> None:
    assert AgeField().clean(typed) == years


@pytest.mark.parametrize("typed", ["-1", "121", "abc", "12.5", "9" * 5000, "1\x00"])
def test_age_that_nobody_has_is_refused(typed: str) -> None:
    assert "from 0 to 120" in message_of(AgeField(), typed)


@pytest.mark.parametrize(
    ("parts", "day"), [(["3", "2", "2010"], date(2010, 2, 3)), (["", "", ""], None)]
)
def test_birth_date_comes_from_three_boxes(parts: list[str], day: date | None) -> None:
    assert BirthDateField(required=False).clean(parts) == day


@pytest.mark.parametrize(
    "parts", [["31", "2", "2010"], ["5", "", ""], ["a", "1", "2000"], ["1", "1", "1899"]]
)
def test_birth_date_that_is_no_day_is_refused(parts: list[str]) -> None:
    assert message_of(BirthDateField(required=False), parts) == (
        "Enter a real date, for example 27 3 2009"
    )


def test_birth_date_lies_in_the_life_of_somebody() -> None:
    tomorrow = timezone.localdate() + timedelta(days=1)
    parts = [str(tomorrow.day), str(tomorrow.month), str(tomorrow.year)]
    assert "still to come" in message_of(BirthDateField(required=False), parts)
    assert "120 years" in message_of(BirthDateField(required=False), ["1", "1", "1900"])
