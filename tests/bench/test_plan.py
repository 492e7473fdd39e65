"""What both sides are filled with."""

from bench.__main__ import QUICK_SIZES
from bench.plan import OPEN_STATES, OPENED, planned
from casework.queries.worklists import PAGE_SIZE


def test_one_in_a_hundred_is_visible_and_open() -> None:
    rows = list(planned(10_000))
    visible = [row for row in rows if row.visible]
    assert len(visible) == len(rows) // 100
    assert all(row.state in OPEN_STATES for row in visible)


def test_smallest_size_fills_a_page() -> None:
    rows = list(planned(QUICK_SIZES[0]))
    assert sum(row.visible for row in rows) >= PAGE_SIZE
    assert sum(row.opened for row in rows) == OPENED


def test_plan_is_the_same_in_every_process() -> None:
    first, second = (
        [(row.id, row.case_id, row.state, row.agency) for row in planned(500)] for _ in range(2)
    )
    assert first == second
    assert len({row[0] for row in first}) == len(first)


def test_states_of_lists_are_those_of_the_plan() -> None:
    assert {row.state for row in planned(2_000) if row.is_open} <= set(OPEN_STATES)
