"""Days without a key holder: the same whether found by runs or asked day by day."""

from datetime import date, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from accounts.gaps import STAGES, Days, Holder, gaps, stage_of

FIRST = date(2026, 11, 2)
LENGTH = 40


def day(number: int) -> date:
    return FIRST + timedelta(days=number)


NUMBERS = st.integers(min_value=-10, max_value=LENGTH + 10)


@st.composite
def runs(draw: st.DrawFn, *, endless: bool = False) -> Days:
    first, second = sorted((draw(NUMBERS), draw(NUMBERS)))
    without_end = endless and draw(st.booleans())
    return Days(day(first), None if without_end else day(second))


HOLDERS = st.lists(
    st.builds(Holder, runs(endless=True), st.lists(runs(), max_size=3).map(tuple)), max_size=4
)


@given(HOLDERS)
def test_a_day_is_in_a_gap_exactly_when_nobody_is_there(holders: list[Holder]) -> None:
    found = gaps(holders, first=FIRST, last=day(LENGTH))
    for number in range(LENGTH + 1):
        alone = not any(each.is_present(day(number)) for each in holders)
        assert any(day(number) in gap for gap in found) is alone


@given(HOLDERS)
def test_gaps_are_as_long_as_they_can_be(holders: list[Holder]) -> None:
    found = gaps(holders, first=FIRST, last=day(LENGTH))
    assert found == sorted(found)
    for before, after in pairwise(found):
        assert before.last is not None
        assert after.first > before.last + timedelta(days=1)


@given(HOLDERS, st.builds(Holder, runs(endless=True)))
def test_one_holder_more_makes_no_gap(holders: list[Holder], more: Holder) -> None:
    def alone(people: list[Holder]) -> set[date]:
        found = gaps(people, first=FIRST, last=day(LENGTH))
        return {day(n) for n in range(LENGTH + 1) if any(day(n) in gap for gap in found)}

    assert alone([*holders, more]) <= alone(holders)


def test_without_holders_all_of_it_is_a_gap() -> None:
    assert gaps([], first=FIRST, last=day(3)) == [Days(FIRST, day(3))]


def test_leave_is_covered_by_a_deputy() -> None:
    lead = Holder(Days(day(-100)), (Days(day(5), day(9)),))
    assert gaps([lead], first=FIRST, last=day(20)) == [Days(day(5), day(9))]
    deputy = Holder(Days(day(4), day(8)))
    assert gaps([lead, deputy], first=FIRST, last=day(20)) == [Days(day(9), day(9))]


def test_the_last_day_counts_as_present() -> None:
    lead = Holder(Days(day(-1), day(2)))
    assert gaps([lead], first=FIRST, last=day(4)) == [Days(day(3), day(4))]


@given(st.integers(min_value=-5, max_value=100))
def test_a_stage_is_the_nearest_warning(left: int) -> None:
    stage = stage_of(FIRST + timedelta(days=left), FIRST)
    fitting = [each for each in STAGES if 0 <= left <= each]
    assert stage == (min(fitting) if fitting else None)
