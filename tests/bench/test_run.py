"""The program itself: its options, its scratch databases, and one small run of everything."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bench.__main__ import ADDRESS, CALLS, QUICK_CALLS, QUICK_SIZES, SIZES, command_line, servers
from bench.scratch import ROOT, SQLITE, Server, scratch_folder
from bench.side import Stopwatch


def test_full_run_is_the_default() -> None:
    options = command_line([])
    assert (options.sizes, options.calls, options.strict) == (list(SIZES), CALLS, False)


def test_quick_run_is_small() -> None:
    options = command_line(["--quick"])
    assert (options.sizes, options.calls) == (list(QUICK_SIZES), QUICK_CALLS)


def test_a_size_without_a_full_page_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        command_line(["--sizes", "100"])
    assert "50 of them" in capsys.readouterr().err


def test_absent_server_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv(ADDRESS, raising=False)
    found = servers(tmp_path, ["sqlite", "postgresql"])
    assert [server.name for server in found] == [SQLITE]
    assert "PostgreSQL is NOT MEASURED" in capsys.readouterr().out


def test_scratch_databases_leave_nothing() -> None:
    with scratch_folder() as folder:
        server = Server(SQLITE, folder)
        made = server.make("confer")
        assert made.folder.is_dir()
        assert Path(made.url.removeprefix("sqlite://")).parent.is_dir()
        assert ROOT / "var" / "bench" in folder.parents
        server.drop("confer")
        assert not made.folder.exists()
    assert not folder.exists()


def test_stopwatch_counts_runs_and_passes_results_on() -> None:
    watch = Stopwatch(lambda number: number + 1)
    assert [watch(1), watch(2)] == [2, 3]
    assert watch.runs == 2
    assert watch.wall > 0


@pytest.mark.slow
def test_small_run_measures_every_page() -> None:
    options = ["--sizes", str(QUICK_SIZES[0]), "--calls", "2", "--database", "sqlite"]
    command = [sys.executable, "-m", "bench", *options, "--markdown"]
    env = {key: value for key, value in os.environ.items() if key != "DJANGO_SETTINGS_MODULE"}
    ended = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    assert "SQLite: share of Argon2id in a sign-in" in ended.stdout
    assert "| SQLite: list 50 referrals | Confer |" in ended.stdout
    assert list((ROOT / "var" / "bench").glob("run-*")) == []
