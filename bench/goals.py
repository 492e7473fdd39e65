"""What was promised, as data, and whether a measurement keeps it; pure."""

from collections.abc import Iterator
from dataclasses import dataclass

from bench.measuring import ACTS, LIST, OPEN, Measured
from bench.processes import CONFER, TWINS

GROWTH_AT_MOST = 1.3
AGAINST_TWIN_AT_MOST = {OPEN: 2.0, LIST: 1.2}
HASH_SHARE_AT_LEAST = 0.8
# Seconds of all cores; GlobaLeaks 5.0.15 takes 1.9 on two such cores.
SIGN_IN_CPU_AT_MOST = 0.35
WORDS = {OPEN: "open one item", LIST: "list 50 referrals"}


@dataclass(frozen=True, slots=True)
class Verdict:
    """One promise, what came out, and whether it is kept."""

    promise: str
    value: float
    limit: float
    kept: bool


def growth(measured: Measured, side: str, act: str) -> float:
    """How many times as long the largest size takes as the smallest."""
    medians, sizes = measured.medians, measured.sizes
    return medians[side, max(sizes), act] / medians[side, min(sizes), act]


def against_twin(measured: Measured, total: int, act: str) -> float:
    """Confer's time as a multiple of the faster twin's."""
    medians = measured.medians
    fastest = min(medians[twin, total, act] for twin in TWINS)
    return medians[CONFER, total, act] / fastest


def verdicts(measured: Measured) -> Iterator[Verdict]:
    """All promises for one database."""
    name = measured.database
    for act in ACTS:
        value = growth(measured, CONFER, act)
        promise = f"{name}: {WORDS[act]}, {max(measured.sizes):,} against {min(measured.sizes):,}"
        yield Verdict(promise, value, GROWTH_AT_MOST, value <= GROWTH_AT_MOST)
    for act in ACTS:
        limit = AGAINST_TWIN_AT_MOST[act]
        for total in measured.sizes:
            value = against_twin(measured, total, act)
            promise = f"{name}: {WORDS[act]}, against the faster twin at {total:,}"
            yield Verdict(promise, value, limit, value <= limit)
    value = measured.sign_ins[CONFER].share_of_cpu
    promise = f"{name}: share of Argon2id in a sign-in"
    yield Verdict(promise, value, HASH_SHARE_AT_LEAST, value >= HASH_SHARE_AT_LEAST)
    value = max(measured.keys["sign_in_1_cpu"], measured.keys["sign_in_10_cpu"])
    promise = f"{name}: a sign-in with one or ten agencies, seconds of all cores"
    yield Verdict(promise, value, SIGN_IN_CPU_AT_MOST, value <= SIGN_IN_CPU_AT_MOST)
