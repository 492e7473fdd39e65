"""One database's measurement: fill, sign in, alternate the calls, and keep the medians."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from bench.processes import CONFER, DIRECT, GENERIC, SIDES, Place, Running, fill, keys, running
from bench.scratch import Server

LIST = "list"
OPEN = "open"
ACTS = (OPEN, LIST)
_WARM_UP = 10
_SIGN_INS = 11


@dataclass(frozen=True, slots=True)
class SignInTime:
    """The median sign-in of one side: seconds, and the share that its hash takes of both clocks."""

    wall: float
    share_of_wall: float
    share_of_cpu: float


@dataclass(frozen=True, slots=True)
class Measured:
    """What one database gave: medians in milliseconds by side, size and act."""

    database: str
    sizes: tuple[int, ...]
    medians: dict[tuple[str, int, str], float]
    sign_ins: dict[str, SignInTime]
    keys: dict[str, float]


def measure(server: Server, sizes: Sequence[int], calls: int) -> Measured:
    """All sides at all sizes side by side, in databases that are gone afterwards."""
    made: list[str] = []
    try:
        places = _places(server, sizes, made)
        with running(places) as sides:
            sign_ins = _sign_ins(sides, max(sizes))
            medians = _alternate(sides, calls)
        # Last, and at the largest size: what it changes would be in the way of the others.
        times = keys(next(each for each in reversed(places) if each.side == CONFER))
    finally:
        for name in made:
            server.drop(name)
    return Measured(server.name, tuple(sizes), medians, sign_ins, times)


def _places(server: Server, sizes: Sequence[int], made: list[str]) -> list[Place]:
    """Filled databases: one of Confer's and one that both twins share, at each size."""
    places = []
    for total in sizes:
        names = {CONFER: f"confer_{total}", DIRECT: f"twin_{total}"}
        for side, name in names.items():
            made.append(name)
            places.append(Place(side, total, server.make(name)))
    fill(places)
    shared = [Place(GENERIC, each.total, each.scratch) for each in places if each.side == DIRECT]
    order = {side: number for number, side in enumerate(SIDES)}
    return sorted([*places, *shared], key=lambda each: (each.total, order[each.side]))


def _sign_ins(sides: Sequence[Running], total: int) -> dict[str, SignInTime]:
    """Everybody signs in; the time is that of the largest size."""
    times: dict[str, SignInTime] = {}
    for side in sides:
        counted = side.place.total == total and side.place.side != GENERIC
        told = [side.ask("sign_in", n) for n in range(_SIGN_INS if counted else 1)]
        if counted:
            times[side.place.side] = SignInTime(
                wall=median(each["wall"] for each in told),
                share_of_wall=median(each["hash_wall"] / each["wall"] for each in told),
                share_of_cpu=median(each["hash_cpu"] / each["cpu"] for each in told),
            )
    return times


def _alternate(sides: Sequence[Running], calls: int) -> dict[tuple[str, int, str], float]:
    """Every side in turn, `calls` times, beginning with another one each time."""
    taken: dict[tuple[str, int, str], list[float]] = {}
    for number in range(-_WARM_UP, calls):
        for act in ACTS:
            for side in _turned(sides, number):
                milliseconds = side.ask(act, number + _WARM_UP)
                if number >= 0:
                    key = (side.place.side, side.place.total, act)
                    taken.setdefault(key, []).append(milliseconds)
    return {key: median(values) for key, values in taken.items()}


def _turned(sides: Sequence[Running], number: int) -> list[Running]:
    first = number % len(sides)
    return [*sides[first:], *sides[:first]]
