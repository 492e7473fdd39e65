"""The arithmetic of promises, and the words in which they are printed."""

import pytest

from bench.goals import against_twin, growth, verdicts
from bench.measuring import LIST, OPEN, Measured, SignInTime
from bench.processes import CONFER, DIRECT, GENERIC
from bench.report import lines, machine, markdown, verdict_line

SIZES = (10_000, 100_000)
KEPT = {
    (CONFER, 10_000, OPEN): 10.0,
    (GENERIC, 10_000, OPEN): 9.0,
    (DIRECT, 10_000, OPEN): 5.0,
    (CONFER, 100_000, OPEN): 13.0,
    (GENERIC, 100_000, OPEN): 6.5,
    (DIRECT, 100_000, OPEN): 8.0,
    (CONFER, 10_000, LIST): 12.0,
    (GENERIC, 10_000, LIST): 10.0,
    (DIRECT, 10_000, LIST): 11.0,
    (CONFER, 100_000, LIST): 15.0,
    (GENERIC, 100_000, LIST): 30.0,
    (DIRECT, 100_000, LIST): 20.0,
}
SIGN_INS = {CONFER: SignInTime(0.15, 0.8, 0.9), DIRECT: SignInTime(0.2, 0.97, 0.97)}

KEYS = {
    "sign_in_1": 0.16,
    "sign_in_1_cpu": 0.25,
    "sign_in_10": 0.17,
    "sign_in_10_cpu": 0.35,
    "together": 0.9,
    "admission": 0.012,
    "leaving": 1.5,
    "rings": 33_333.0,
    "epoch": 0.004,
}


def measured(**changed: float) -> Measured:
    medians = dict(KEPT)
    if changed:
        medians[CONFER, 100_000, LIST] = changed["list_at_most"]
    return Measured("SQLite", SIZES, medians, SIGN_INS, KEYS)


def test_ratios_are_against_the_faster_twin() -> None:
    assert against_twin(measured(), 10_000, OPEN) == 2.0
    assert against_twin(measured(), 100_000, OPEN) == 2.0
    assert growth(measured(), CONFER, OPEN) == 1.3


def test_promises_hold_at_their_limits() -> None:
    found = list(verdicts(measured()))
    assert len(found) == 8
    assert all(verdict.kept for verdict in found)


def test_a_missed_promise_is_seen() -> None:
    missed = [each for each in verdicts(measured(list_at_most=24.1)) if not each.kept]
    start = "  MISS  SQLite: list 50 referrals, "
    assert [verdict_line(each) for each in missed] == [
        f"{start}100,000 against 10,000: 2.01 x, at most 1.3 x",
        f"{start}against the faster twin at 100,000: 1.21 x, at most 1.2 x",
    ]


@pytest.mark.parametrize("share", [0.79, 0.8])
def test_share_of_the_hash_counts_on_all_cores(share: float) -> None:
    sign_ins = {**SIGN_INS, CONFER: SignInTime(0.15, 0.1, share)}
    hashed = list(verdicts(Measured("SQLite", SIZES, KEPT, sign_ins, KEYS)))[-2]
    assert hashed.kept is (share >= 0.8)
    assert f"{share:.1%}, at least 80%" in verdict_line(hashed)


@pytest.mark.parametrize("name", ["sign_in_1_cpu", "sign_in_10_cpu"])
def test_slowest_sign_in_counts(name: str) -> None:
    slow = Measured("SQLite", SIZES, KEPT, SIGN_INS, {**KEYS, name: 0.36})
    last = list(verdicts(slow))[-1]
    assert not last.kept
    assert verdict_line(last).endswith("0.36 s, at most 0.35 s")


def test_report_names_every_side_and_the_machine() -> None:
    text = "\n".join(lines(measured()))
    assert all(text.count(side) >= 2 for side in (CONFER, GENERIC, DIRECT))
    table = "\n".join(markdown([measured()], 200))
    assert machine() in table
    tables = [part.splitlines() for part in table.split("\n\n")[:2]]
    for rows in tables:
        assert len({row.count("|") for row in rows}) == 1
