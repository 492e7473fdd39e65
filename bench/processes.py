"""Starts the processes of the sides, and asks them line by line."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from bench.scratch import ROOT, Scratch

GENERIC = "twin, generic"
DIRECT = "twin, direct keys"
CONFER = "Confer"
SIDES = (CONFER, GENERIC, DIRECT)
TWINS = (GENERIC, DIRECT)


class SideFailedError(Exception):
    """A side's process ended without an answer; what it said stands above."""


@dataclass(frozen=True, slots=True)
class Place:
    """One side on one filled database."""

    side: str
    total: int
    scratch: Scratch

    def environment(self) -> dict[str, str]:
        """What the side's settings read."""
        module = "bench.settings" if self.side == CONFER else "bench.twin.settings"
        return {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": module,
            "BENCH_DATABASE_URL": self.scratch.url,
            "BENCH_FOLDER": str(self.scratch.folder),
            "BENCH_PERMISSIONS": "generic" if self.side == GENERIC else "direct",
        }

    @property
    def migrate(self) -> tuple[str, ...]:
        """Makes the tables; the twins have no migrations."""
        quietly = ("migrate", "--verbosity", "0")
        return quietly if self.side == CONFER else (*quietly, "--run-syncdb")

    def work(self, kind: str) -> tuple[str, ...]:
        """Fills the database, or serves calls from it."""
        return ("bench_side", kind, str(self.total))

    def start(self, words: Sequence[str], **pipes: Any) -> subprocess.Popen[str]:
        """A command of Django's in a process of its own, with the side's settings."""
        command = [sys.executable, "-m", "django", *words]
        return subprocess.Popen(command, cwd=ROOT, env=self.environment(), text=True, **pipes)


def fill(places: Sequence[Place]) -> None:
    """Migrate and fill databases, two at a time: a side's filling keeps one core busy."""
    for first in range(0, len(places), 2):
        pair = places[first : first + 2]
        _wait_for([place.start(place.migrate) for place in pair])
        _wait_for([place.start(place.work("fill")) for place in pair])


def keys(place: Place) -> dict[str, float]:
    """The times of the acts on keys, in a process of their own."""
    process = place.start(place.work("keys"), stdout=subprocess.PIPE)
    told, _nothing = process.communicate()
    if process.returncode:
        raise SideFailedError("keys")
    found: dict[str, float] = json.loads(told.splitlines()[-1])
    return found


def _wait_for(processes: Sequence[subprocess.Popen[str]]) -> None:
    codes = [process.wait() for process in processes]
    if any(codes):
        raise SideFailedError("filling")


class Running:
    """A side's process, waiting for its next call."""

    def __init__(self, place: Place) -> None:
        self.place = place
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        self.process = place.start(place.work("serve"), **pipes)

    def ask(self, act: str, number: int) -> Any:
        """One call and its answer. Raises SideFailedError."""
        if self.process.stdin is None or self.process.stdout is None:
            raise SideFailedError(self.place.side)
        self.process.stdin.write(json.dumps([act, number]) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise SideFailedError(self.place.side)
        return json.loads(line)

    def end(self) -> None:
        """Let the process go."""
        self.process.communicate()


@contextmanager
def running(places: Sequence[Place]) -> Iterator[list[Running]]:
    """All sides at once, so that calls can alternate."""
    with ExitStack() as stack:
        started = []
        for place in places:
            each = Running(place)
            stack.callback(each.end)
            started.append(each)
        yield started
