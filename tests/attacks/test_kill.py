"""Killed in the middle: nothing is lost, a leaver reads nothing, and a second run ends it."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.serving import ROOT, Store, copied, drop, make_seed

Look = dict[str, Any]


@pytest.fixture(scope="module")
def seed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """The world in a database of the kind that this run tests."""
    url = os.environ.get("CONFER_TEST_DATABASE_URL", "")
    folder = tmp_path_factory.mktemp("killed") / "var"
    store = make_seed(folder, url if url.startswith("postgres") else None)
    yield store
    drop(store)


@pytest.fixture
def store(seed: Store, tmp_path: Path) -> Iterator[Store]:
    with copied(seed, tmp_path / "var") as copy:
        yield copy


def killed(store: Store, act: str, way: str) -> list[Look]:
    """What was there before, after each kill, and after the run that came to its end."""
    program = f"from tests.attacks.killed import main; main({act!r}, {way!r})"
    done = subprocess.run(
        [sys.executable, "manage.py", "shell", "--verbosity=0", "-c", program],
        cwd=ROOT,
        env=store.environment(),
        capture_output=True,
        check=False,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    looks: list[Look] = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(looks) > 2, "it was killed at least once"
    for each in looks:
        assert each["anke_all"], "who stays opens everything, whenever it was killed"
    return looks


WAYS = pytest.mark.parametrize("way", ["writes", "commits"])


@WAYS
@pytest.mark.parametrize("act", ["end", pytest.param("midnight", marks=pytest.mark.slow)])
def test_ended_hat(store: Store, act: str, way: str) -> None:
    """All in one transaction but keys by name, which open nothing that the product would show."""
    first, *later = killed(store, act, way)
    assert first["noor"] == first["items"]
    for each in later:
        if each["noor_hat"]:
            assert each["noor"] == first["noor"], "nothing is lost before it has ended"
        else:
            assert each["noor_wraps"] == first["noor_wraps"] - 3, "her own agency's ring stays"
            assert each["noor"] <= 2
            assert each["noor_reads"] == 0
            assert each["stale"] == 3
    last = later[-1]
    assert (last["noor"], last["noor_hat"]) == (0, False)
    if way == "commits":
        assert next(each["noor"] for each in later if not each["noor_hat"]) > 0, "it was cut off"


@WAYS
def test_new_epochs(store: Store, way: str) -> None:
    first, *later = killed(store, "tend", way)
    assert (first["stale"], first["noor"]) == (3, 0)
    for each in later:
        assert each["noor"] == 0
        assert each["epochs"] in ([1, 1, 1], [1, 1, 1, 2], [1, 1, 1, 2, 2], [1, 1, 1, 2, 2, 2])
        assert each["stale"] == 6 - len(each["epochs"]), "an epoch is there or its ring waits"
    assert later[-1]["stale"] == 0


@WAYS
def test_lost_key(store: Store, way: str) -> None:
    """One transaction; a link that nobody saw is made again by the one who looks after her."""
    first, *later = killed(store, "lose", way)
    for each in later:
        if each["noor_key"]:
            assert each["noor"] == first["noor"]
            assert each["noor_drafts"] == 1
        else:
            assert (each["noor"], each["noor_wraps"], each["noor_drafts"]) == (0, 0, 0)
            assert not each["noor_admitted"]
    assert not later[-1]["noor_key"]


@WAYS
def test_admission(store: Store, way: str) -> None:
    """She is let in with the rings of her cases, or not at all."""
    first, *later = killed(store, "admit", way)
    assert first["noor"] == 0
    for each in later:
        # The sources of what was taken in are sealed by name, and wait to be sent again.
        expected = each["items"] - 2 if each["noor_admitted"] else 0
        assert each["noor"] == expected
    assert later[-1]["noor_admitted"]
