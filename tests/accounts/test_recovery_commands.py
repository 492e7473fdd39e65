"""The ceremony at the keyboard: real commands, a killed founding, a killed session, no network."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.test import override_settings
from django.urls import reverse

from accounts.models import DirectoryStatement, RecoveryGrant, RecoveryKey, RecoveryWrap
from accounts.queries.recovery import is_rehearsed
from accounts.services.tending import tend_keys
from audit.events import Event, Outcome
from audit.models import AccessEvent
from casework.errors import RecoveryNotReady
from casework.models import Draft, Referral
from casework.services.take_in import acknowledge
from tests.ceremonies import CUSTODIANS, founded_by, lose_desk, newcomer
from tests.decrypting import opened_items
from tests.killing import NEVER
from tests.referrals import send
from tests.serving import ROOT, Store, copied, make_seed
from tests.signing_in import signed_in_client
from tests.world import PHRASE, Person, World

pytestmark = pytest.mark.django_db(transaction=True)
NAMES = [f"custodian-1-{number}.confer" for number in (1, 2, 3)]


class Keyboard:
    """What people type, in order."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.typed: list[str] = []
        monkeypatch.setattr("builtins.input", self._next)
        for module in ("ceremony", "commands.found_recovery"):
            monkeypatch.setattr(f"casework.management.{module}.getpass", self._next)

    def _next(self, _prompt: str = "") -> str:
        return self.typed.pop(0)

    def run(self, *arguments: str, typed: list[str]) -> str:
        self.typed = list(typed)
        out = StringIO()
        call_command(*arguments, stdout=out)
        assert self.typed == [], "the command asked for less than was typed"
        return out.getvalue()

    def stops(self, *arguments: str, typed: list[str]) -> str:
        with pytest.raises(CommandError) as stopped:
            self.run(*arguments, typed=typed)
        return str(stopped.value)


@pytest.fixture
def keyboard(monkeypatch: pytest.MonkeyPatch) -> Keyboard:
    return Keyboard(monkeypatch)


@pytest.fixture
def sticks(tmp_path: Path) -> Path:
    folder = tmp_path / "sticks"
    folder.mkdir()
    return folder


def founding(*, phrase: str = PHRASE) -> list[str]:
    """The coordinator's phrase; each custodian's name and phrase, twice."""
    people = [(name, each, each) for name, each in CUSTODIANS]
    return [phrase, *(word for person in people for word in person)]


def found_with(keyboard: Keyboard, folder: Path) -> str:
    arguments = ("found_recovery", "--email", "anke@test.example", "--folder", str(folder))
    return keyboard.run(*arguments, typed=founding())


def files(folder: Path, *numbers: int) -> list[str]:
    return [str(folder / NAMES[number - 1]) for number in numbers]


def phrases(*numbers: int) -> list[str]:
    return [CUSTODIANS[number - 1][1] for number in numbers]


def test_founding_writes_three_files_that_only_their_owner_reads(
    world: World, keyboard: Keyboard, sticks: Path
) -> None:
    told = found_with(keyboard, sticks)
    assert sorted(path.name for path in sticks.iterdir()) == NAMES
    assert {path.stat().st_mode & 0o777 for path in sticks.iterdir()} == {0o600}
    assert "drafts" in told
    key = RecoveryKey.objects.get()
    assert key.custodian_names == [name for name, _phrase in CUSTODIANS]
    assert AccessEvent.objects.get(action=Event.RECOVERY_FOUNDED).actor == world.anke.user.log_ref


@pytest.mark.usefixtures("world")
def test_founding_never_writes_over_files(keyboard: Keyboard, sticks: Path) -> None:
    (sticks / NAMES[1]).write_text("somebody's", encoding="utf-8")
    arguments = ("found_recovery", "--email", "anke@test.example", "--folder", str(sticks))
    assert "empty" in keyboard.stops(*arguments, typed=[])
    assert not RecoveryKey.objects.exists()
    assert (sticks / NAMES[1]).read_text(encoding="utf-8") == "somebody's"


@pytest.mark.usefixtures("world")
def test_pending_file_of_a_stated_key_is_never_lost(keyboard: Keyboard, sticks: Path) -> None:
    found_with(keyboard, sticks)
    mine, pending = sticks / NAMES[0], sticks / f"{NAMES[0]}.new"
    mine.rename(pending)
    mine.write_text("somebody's", encoding="utf-8")
    arguments = ("found_recovery", "--email", "anke@test.example", "--folder", str(sticks))
    assert "move it away" in keyboard.stops(*arguments, typed=[])
    assert pending.exists()
    mine.unlink()
    keyboard.run(*arguments, typed=[])
    assert mine.read_bytes().startswith(b'{"about":')
    assert not pending.exists()


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize(
    ("email", "typed", "told"),
    [
        ("idris@test.example", [], "no coordinator"),
        ("nobody@test.example", [], "no coordinator"),
        ("anke@test.example", ["not the phrase at all"], "does not fit"),
        ("anke@test.example", [PHRASE, "Lena", "too short"], "14"),
        ("anke@test.example", [PHRASE, "Lena", "long enough phrase", "another"], "not the same"),
        ("anke@test.example", [PHRASE, ""], "name"),
        ("anke@test.example", [PHRASE, "Lena", *["long enough phrase"] * 2, "Lena"], "different"),
        (
            "anke@test.example",
            [PHRASE, "Lena", *["long enough phrase"] * 2, "Claire", *["long enough phrase"] * 2],
            "own one",
        ),
    ],
    ids=["lead", "nobody", "phrase", "short", "slip", "nameless", "same person", "same phrase"],
)
def test_founding_stops_and_leaves_nothing(
    keyboard: Keyboard, sticks: Path, email: str, typed: list[str], told: str
) -> None:
    arguments = ("found_recovery", "--email", email, "--folder", str(sticks))
    assert told in keyboard.stops(*arguments, typed=typed)
    assert list(sticks.iterdir()) == []
    assert not RecoveryKey.objects.exists()


def test_new_keys_wait_while_the_old_ones_alone_open_something(
    world: World, keyboard: Keyboard, sticks: Path
) -> None:
    founded_by(world)
    tend_keys(actor=world.idris.actor)
    lose_desk(world, "school")
    arguments = ("found_recovery", "--email", "anke@test.example", "--folder", str(sticks))
    assert "Lycée Gandon" in keyboard.stops(*arguments, typed=[])
    keyboard.run(*arguments, "--give-up-lost", typed=founding())
    assert RecoveryKey.objects.count() == 2


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize("pair", [(1, 2), (3, 1), (2, 3)])
def test_every_pair_can_rehearse(keyboard: Keyboard, sticks: Path, pair: tuple[int, int]) -> None:
    found_with(keyboard, sticks)
    keyboard.run("rehearse_recovery", *files(sticks, *pair), typed=phrases(*pair))
    assert is_rehearsed()
    assert AccessEvent.objects.filter(action=Event.RECOVERY_REHEARSED).count() == 1


@pytest.mark.usefixtures("world")
def test_rehearsal_says_plainly_why_not(keyboard: Keyboard, sticks: Path) -> None:
    found_with(keyboard, sticks)
    one, two = files(sticks, 1, 2)
    stop = keyboard.stops
    assert "two files of the same" in stop("rehearse_recovery", one, one, typed=phrases(1, 1))
    assert "does not fit" in stop("rehearse_recovery", one, two, typed=phrases(2))
    assert "cannot be read" in stop("rehearse_recovery", one, "/nowhere", typed=phrases(1))
    Path(two).write_bytes(Path(two).read_bytes()[:-5])
    assert "damaged" in stop("rehearse_recovery", one, two, typed=phrases(1))
    assert not is_rehearsed()


def test_whole_ceremony_brings_the_office_back(
    world: World, keyboard: Keyboard, sticks: Path, tmp_path: Path
) -> None:
    found_with(keyboard, sticks)
    acknowledge(actor=world.anke.actor, referral_id=send(world))
    wanted = set(opened_items(world.anke.keys))
    lose_desk(world, "office")
    vera = newcomer(world, "office")
    bundle, result = str(tmp_path / "bundle"), str(tmp_path / "result")
    keyboard.run(*export(vera, "Rivenne prevention office", bundle), typed=[])
    told = keyboard.run(*opening(bundle, sticks, result), typed=[*phrases(1, 3), "yes", "YES "])
    assert "Vera Nolte" in told
    keyboard.run("import_recovery", result, typed=[])
    page = signed_in_client(vera).get(reverse("home"))
    assert page.status_code == 200
    assert set(opened_items(vera.keys)) == wanted
    assert "used" in keyboard.stops("import_recovery", result, typed=[])


def export(person: Person, agency: str, path: str) -> tuple[str, ...]:
    who = ("--agency", agency, "--new-lead", person.email)
    return ("export_recovery", *who, "--out", path)


def opening(bundle: str, sticks: Path, result: str) -> tuple[str, ...]:
    return ("open_recovery", bundle, *files(sticks, 1, 3), "--out", result)


def test_custodian_who_did_not_hear_the_words_stops_it(
    world: World, keyboard: Keyboard, sticks: Path, tmp_path: Path
) -> None:
    found_with(keyboard, sticks)
    vera = newcomer(world, "office")
    bundle, result = str(tmp_path / "bundle"), str(tmp_path / "result")
    keyboard.run(*export(vera, "Rivenne prevention office", bundle), typed=[])
    for answers in (["no"], ["yes", ""], ["yes", "y"]):
        typed = [*phrases(1, 3), *answers]
        assert "Nothing was opened" in keyboard.stops(*opening(bundle, sticks, result), typed=typed)
    assert not Path(result).exists()


def test_export_says_plainly_why_not(world: World, keyboard: Keyboard, tmp_path: Path) -> None:
    vera = newcomer(world, "school")
    path = str(tmp_path / "bundle")
    assert "found_recovery" in keyboard.stops(*export(vera, "Lycée Gandon", path), typed=[])
    founded_by(world)
    assert "no lead" in keyboard.stops(*export(vera, "Rivenne police", path), typed=[])
    assert "no lead" in keyboard.stops(*export(world.maud, "Lycée Gandon", path), typed=[])
    keyboard.run(*export(vera, "Lycée Gandon", path), typed=[])
    assert "cannot be written" in keyboard.stops(*export(vera, "Lycée Gandon", path), typed=[])


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize("command", ["open_recovery", "import_recovery"])
def test_file_of_another_kind_is_refused(
    keyboard: Keyboard, sticks: Path, tmp_path: Path, command: str
) -> None:
    found_with(keyboard, sticks)
    more = [*files(sticks, 1, 2), "--out", str(tmp_path / "out")] if "open" in command else []
    assert "damaged" in keyboard.stops(command, *files(sticks, 1), *more, typed=[])


@override_settings(RECOVERY_REQUIRED=True)
def test_first_referral_waits_for_a_rehearsal(
    world: World, keyboard: Keyboard, sticks: Path
) -> None:
    with pytest.raises(RecoveryNotReady):
        send(world)
    found_with(keyboard, sticks)
    with pytest.raises(RecoveryNotReady):
        send(world)
    assert not Referral.objects.exists()
    assert Draft.objects.count() == 2
    refused = AccessEvent.objects.filter(outcome=Outcome.REFUSED, reason="recovery_not_ready")
    assert refused.count() == 2
    keyboard.run("rehearse_recovery", *files(sticks, 1, 2), typed=phrases(1, 2))
    send(world)
    RecoveryKey.objects.update(rehearsed_at=None)
    send(world)
    assert Referral.objects.count() == 2, "after the first one nobody is sent away"


# Real processes.


@pytest.fixture(scope="module")
def seed(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """An installation on disk, as processes find it."""
    return make_seed(tmp_path_factory.mktemp("seed"), None)


@pytest.fixture
def store(seed: Store, tmp_path: Path) -> Iterator[Store]:
    with copied(seed, tmp_path / "installation") as copy:
        yield copy


def process(
    store: Store, *arguments: str, typed: str = "", **more: str
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=store.environment(PYTHONWARNINGS="ignore", **more),
        input=typed,
        capture_output=True,
        text=True,
        timeout=120,
        start_new_session=True,  # without a terminal, phrases come from the input
        check=False,
    )


def killing(
    store: Store, act: str, *arguments: str, typed: str = ""
) -> "subprocess.CompletedProcess[str]":
    """An act of tests.killing in a process of its own."""
    program = f"from tests.killing import {act}; {act}{arguments!r}"
    return process(store, "manage.py", "shell", "-v", "0", "-c", program, typed=typed)


def as_lines(words: list[str]) -> str:
    return "".join(f"{word}\n" for word in words)


@pytest.mark.parametrize(("place", "keys"), [("before", 0), ("after", 1), ("between", 1)])
def test_founding_that_was_killed_is_ended_by_the_next(
    store: Store, sticks: Path, place: str, keys: int
) -> None:
    """Before the statement it begins anew; after it the files only get their names."""
    killed = killing(store, "found", str(sticks), place, typed=as_lines(founding()))
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert list(sticks.glob("*.new"))
    assert len(store.rows("SELECT id FROM accounts_recoverykey")) == keys
    typed = "" if keys else as_lines(founding())
    done = killing(store, "found", str(sticks), NEVER, typed=typed)
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in sticks.iterdir()) == NAMES
    assert len(store.rows("SELECT id FROM accounts_recoverykey")) == 1
    rehearsal = ["rehearse_recovery", *files(sticks, 2, 3)]
    assert process(store, "manage.py", *rehearsal, typed=as_lines(phrases(2, 3))).returncode == 0


@pytest.mark.parametrize("place", ["_hold_rings", "_restart_lost_desk", "record"])
def test_session_that_was_killed_is_ended_by_the_next(store: Store, place: str) -> None:
    """After the statement, after the rings, before the end: it is all there, or nothing."""
    prepared = killing(store, "prepare")
    assert prepared.returncode == 0, prepared.stderr
    statements = "SELECT count(*) FROM accounts_directorystatement"
    before = store.rows(statements)
    killed = killing(store, "take", place)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert store.rows(statements) == before
    assert store.rows("SELECT taken_at FROM accounts_recoverygrant") == [(None,)]
    done = killing(store, "take", NEVER)
    assert done.returncode == 0, done.stderr
    taken = "SELECT count(*) FROM accounts_recoverygrant WHERE taken_at IS NOT NULL"
    used = f"{statements} WHERE kind = 'RECOVERY_USED'"
    for once in (taken, used, "SELECT count(*) FROM accounts_keynotice"):
        assert store.rows(once) == [(1,)]
    assert store.rows("SELECT max(number) FROM accounts_ringepoch") == [(2,)]


def test_opening_needs_no_database_no_keeper_and_no_network(
    world: World, keyboard: Keyboard, sticks: Path, tmp_path: Path
) -> None:
    """As on a machine of its own: whatever would connect, or look for the keeper, fails there."""
    found_with(keyboard, sticks)
    vera = newcomer(world, "office")
    bundle, result = str(tmp_path / "bundle"), tmp_path / "result"
    keyboard.run(*export(vera, "Rivenne prevention office", bundle), typed=[])
    (tmp_path / "sitecustomize.py").write_text(
        "import socket\n"
        "def refuse(*a, **k): raise OSError('no network here')\n"
        "socket.socket.connect = socket.getaddrinfo = refuse\n",
        encoding="utf-8",
    )
    nowhere = tmp_path / "nowhere"
    store = Store(nowhere, "postgresql://nobody@127.0.0.1:9/none")
    arguments = [str(each) for each in opening(bundle, sticks, str(result))]
    done = process(
        store,
        "manage.py",
        *arguments,
        typed=as_lines([*phrases(1, 3), "yes", "yes"]),
        PYTHONPATH=str(tmp_path),
        CONFER_KEEPER_PATH="/proc/no/keeper.sqlite3",
    )
    assert done.returncode == 0, done.stderr
    assert result.exists()
    assert result.stat().st_mode & 0o777 == 0o600
    assert not nowhere.exists()
    keyboard.run("import_recovery", str(result), typed=[])
    assert RecoveryGrant.objects.count() == 1
    assert RecoveryWrap.objects.exists()
    assert DirectoryStatement.objects.filter(kind="RECOVERY_KEY").count() == 1
