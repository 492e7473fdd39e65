"""The keeper: its files, its second copy, for whom and for what it opens, and what it forgets."""

import os
import sqlite3
import stat
import threading
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from django.db import transaction
from django.test import override_settings
from django.utils import timezone

from accounts.errors import FileErased, KeeperBusy, KeeperRefused
from accounts.keys.keeper import EmbeddedKeeper, keeper
from audit.events import Event, Outcome
from audit.record import Origin, record

KID, OTHER_KID = os.urandom(32), os.urandom(32)
MAUD, ROLF = uuid.uuid4(), uuid.uuid4()


def origin(person: UUID | None) -> Origin:
    return Origin(person, None, "FRONTLINE", None, None, "browser")


def committed(person: UUID | None = MAUD, outcome: Outcome = Outcome.DONE) -> UUID:
    """The id of a committed record of an opening."""
    with transaction.atomic(durable=True):
        return record(origin(person), Event.ITEM_READ, outcome=outcome)


@dataclass
class Kept:
    """A keeper with a second copy, and one file in it."""

    keeper: EmbeddedKeeper
    path: Path
    copy: Path
    file_id: UUID = field(default_factory=uuid.uuid4)

    def key_in(self, path: Path) -> bytes | None:
        """The file's key as it lies in one of the copies."""
        with closing(sqlite3.connect(path)) as db:
            query = "SELECT key FROM file_key WHERE file_id = ?"
            row = db.execute(query, (self.file_id.bytes,)).fetchone()
        return bytes(row[0]) if row else None

    def files(self) -> list[Path]:
        """Everything that lies in both folders, journals too."""
        return [each for path in (self.path, self.copy) for each in path.parent.iterdir()]


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    path, copy = tmp_path / "first" / "keeper.sqlite3", tmp_path / "second" / "copy.sqlite3"
    made = Kept(EmbeddedKeeper(path, copy), path, copy)
    made.keeper.create(made.file_id, [KID])
    return made


def test_files_are_their_owners_alone(kept: Kept) -> None:
    """The journals hold the same keys as the file, so the same modes bind them."""
    files = kept.files()
    assert len(files) > 2, "journals exist while the keeper is open"
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    folders = {stat.S_IMODE(path.parent.stat().st_mode) for path in files}
    assert folders == {0o700}


def test_file_is_never_readable_to_others_not_even_at_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A generous umask must not open a gap between making the file and closing it."""
    seen: set[int] = set()
    real: Callable[..., object] = sqlite3.connect

    def watched(path: Path, *args: object, **how: object) -> object:
        if Path(path).exists():
            seen.add(stat.S_IMODE(Path(path).stat().st_mode))
        else:
            seen.add(-1)
        return real(path, *args, **how)

    monkeypatch.setattr(sqlite3, "connect", watched)
    before = os.umask(0)
    try:
        EmbeddedKeeper(tmp_path / "first" / "keeper.sqlite3", tmp_path / "second" / "copy.sqlite3")
    finally:
        os.umask(before)
    assert seen == {0o600}
    modes = [stat.S_IMODE(path.stat().st_mode) for path in tmp_path.glob("*/*")]
    assert set(modes) == {0o600}


@pytest.mark.django_db(transaction=True)
def test_share_is_given_for_a_committed_record(kept: Kept) -> None:
    (share,) = kept.keeper.shares(kept.file_id, [KID], event_id=committed(), person=MAUD)
    assert len(share) == 32
    other = uuid.uuid4()
    assert kept.keeper.create(other, [KID]) != [share], "each file has a key of its own"


@pytest.mark.django_db(transaction=True)
def test_share_is_the_one_that_was_given_when_the_file_was_made(tmp_path: Path) -> None:
    made = EmbeddedKeeper(tmp_path / "k" / "keeper.sqlite3", None)
    file_id = uuid.uuid4()
    first = made.create(file_id, [KID, OTHER_KID])
    again = EmbeddedKeeper(tmp_path / "k" / "keeper.sqlite3", None)
    found = again.shares(file_id, [KID, OTHER_KID], event_id=committed(), person=MAUD)
    assert found == first
    assert first[0] != first[1]


@pytest.mark.django_db(transaction=True)
def test_share_is_refused_without_a_record(kept: Kept) -> None:
    with pytest.raises(KeeperRefused):
        kept.keeper.shares(kept.file_id, [KID], event_id=uuid.uuid4(), person=MAUD)


@pytest.mark.django_db(transaction=True)
def test_share_is_refused_inside_the_transaction_of_its_record(kept: Kept) -> None:
    """What is not committed may still vanish, and the opening would stand nowhere."""
    with transaction.atomic():
        event_id = record(origin(MAUD), Event.ITEM_READ)
        with pytest.raises(KeeperRefused):
            kept.keeper.shares(kept.file_id, [KID], event_id=event_id, person=MAUD)


@pytest.mark.django_db(transaction=True)
def test_share_is_refused_after_the_record_was_rolled_back(kept: Kept) -> None:
    with transaction.atomic():
        event_id = record(origin(MAUD), Event.ITEM_READ)
        transaction.set_rollback(True)
    with pytest.raises(KeeperRefused):
        kept.keeper.shares(kept.file_id, [KID], event_id=event_id, person=MAUD)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("actor", [ROLF, None])
def test_share_is_refused_for_somebody_elses_record(kept: Kept, actor: UUID | None) -> None:
    with pytest.raises(KeeperRefused):
        kept.keeper.shares(kept.file_id, [KID], event_id=committed(actor), person=MAUD)


@pytest.mark.django_db(transaction=True)
def test_share_is_refused_for_the_record_of_a_refusal(kept: Kept) -> None:
    event_id = committed(outcome=Outcome.REFUSED)
    with pytest.raises(KeeperRefused):
        kept.keeper.shares(kept.file_id, [KID], event_id=event_id, person=MAUD)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("seconds", [61, 3600, -61, -86_400])
def test_share_is_refused_for_an_old_record_or_one_from_the_future(
    kept: Kept, monkeypatch: pytest.MonkeyPatch, seconds: int
) -> None:
    """A record with a time to come would open its lock until then."""
    event_id = committed()
    later = timezone.now() + timedelta(seconds=seconds)
    monkeypatch.setattr(timezone, "now", lambda: later)
    with pytest.raises(KeeperRefused):
        kept.keeper.shares(kept.file_id, [KID], event_id=event_id, person=MAUD)


@pytest.mark.django_db(transaction=True)
def test_share_is_given_until_a_minute_has_passed(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    event_id = committed()
    later = timezone.now() + timedelta(seconds=55)
    monkeypatch.setattr(timezone, "now", lambda: later)
    assert kept.keeper.shares(kept.file_id, [KID], event_id=event_id, person=MAUD)


@pytest.mark.django_db(transaction=True)
def test_unknown_and_erased_files_have_no_share(kept: Kept) -> None:
    event_id = committed()
    with pytest.raises(FileErased):
        kept.keeper.shares(uuid.uuid4(), [KID], event_id=event_id, person=MAUD)
    kept.keeper.erase(kept.file_id)
    with pytest.raises(FileErased):
        kept.keeper.shares(kept.file_id, [KID], event_id=event_id, person=MAUD)


def test_file_is_made_once(kept: Kept) -> None:
    """A second key in the place of the first would lose everything under it."""
    before = kept.key_in(kept.path)
    with pytest.raises(sqlite3.IntegrityError):
        kept.keeper.create(kept.file_id, [KID])
    assert kept.key_in(kept.path) == before


def test_second_copy_is_in_step(kept: Kept) -> None:
    key = kept.key_in(kept.path)
    assert key is not None
    assert kept.key_in(kept.copy) == key
    kept.keeper.erase(kept.file_id)
    assert kept.key_in(kept.path) is None
    assert kept.key_in(kept.copy) is None
    peppers = set()
    for path in (kept.path, kept.copy):
        with closing(sqlite3.connect(path)) as db:
            peppers.add(db.execute("SELECT key FROM pepper").fetchone())
            erased = db.execute("SELECT file_id FROM erased").fetchall()
        assert erased == [(kept.file_id.bytes,)]
    assert len(peppers) == 1


def test_file_without_its_second_copy_is_not_made(kept: Kept) -> None:
    """The copy is written first: no key may exist that one broken disk would lose."""
    with closing(sqlite3.connect(kept.copy)) as db:
        db.execute("DROP TABLE file_key")
    file_id = uuid.uuid4()
    with pytest.raises(sqlite3.OperationalError):
        kept.keeper.create(file_id, [KID])
    with closing(sqlite3.connect(kept.path)) as db:
        query = "SELECT 1 FROM file_key WHERE file_id = ?"
        assert db.execute(query, (file_id.bytes,)).fetchone() is None


def test_many_threads_at_the_first_use_find_one_keeper(tmp_path: Path) -> None:
    """A server's first minute: nobody may meet a file without tables, or another's pepper."""
    path = tmp_path / "first" / "keeper.sqlite3"
    with override_settings(KEEPER_PATH=path, KEEPER_COPY_PATH=""), ThreadPoolExecutor(8) as pool:
        found = {each.result(20) for each in [pool.submit(one_pepper) for _ in range(40)]}
    assert len(found) == 1


def one_pepper() -> bytes:
    return keeper().pepper(b"data")


def test_two_programs_at_the_first_start_make_one_keeper(tmp_path: Path) -> None:
    """The loser of the race stops with an error and finds a whole keeper when it starts again."""
    path = tmp_path / "first" / "keeper.sqlite3"

    def start() -> bytes | None:
        try:
            return EmbeddedKeeper(path, None).pepper(b"data")
        except FileExistsError:
            return None

    with ThreadPoolExecutor(8) as pool:
        found = {each.result(20) for each in [pool.submit(start) for _ in range(8)]}
    assert found - {None} == {EmbeddedKeeper(path, None).pepper(b"data")}
    assert [each.name for each in path.parent.glob("*.new")] == []


def test_lost_first_file_is_not_founded_anew_over_its_copy(kept: Kept) -> None:
    """A new pepper would lock everybody out and a new file forget every key: stop instead."""
    for path in kept.path.parent.iterdir():
        path.unlink()
    for _attempt in range(2):
        with pytest.raises(FileExistsError):
            EmbeddedKeeper(kept.path, kept.copy)
    assert kept.key_in(kept.copy) is not None


def raw(path: Path) -> Iterator[tuple[Path, bytes]]:
    for each in path.parent.iterdir():
        yield each, each.read_bytes()


def places_of(kept: Kept, secret: bytes) -> list[str]:
    """The files of both copies, journals too, in which these bytes lie."""
    return [
        each.name
        for path in (kept.path, kept.copy)
        for each, content in raw(path)
        if secret in content
    ]


def test_erasing_leaves_no_byte_of_the_key(kept: Kept) -> None:
    key = kept.key_in(kept.path)
    assert key is not None
    assert len(places_of(kept, key)) >= 2, "there is something to find before"
    kept.keeper.erase(kept.file_id)
    assert places_of(kept, key) == []
    assert places_of(kept, key[:16]) == []


def test_erasing_one_of_many_leaves_the_others(kept: Kept) -> None:
    others = [uuid.uuid4() for _ in range(300)]
    for each in others:
        kept.keeper.create(each, [KID])
    key = kept.key_in(kept.path)
    assert key is not None
    kept.keeper.erase(kept.file_id)
    assert places_of(kept, key) == []
    with closing(sqlite3.connect(kept.path)) as db:
        assert db.execute("SELECT count(*) FROM file_key").fetchone() == (300,)


def test_erasing_while_others_use_the_keeper_leaves_no_byte(kept: Kept) -> None:
    """Other threads hold connections of their own; the journal must still be cut."""
    stop = threading.Event()
    failures: list[BaseException] = []

    def busy() -> None:
        try:
            while not stop.is_set():
                kept.keeper.create(uuid.uuid4(), [KID])
                kept.keeper.pepper(b"data")
        except BaseException as error:  # noqa: BLE001 - shown by the test
            failures.append(error)

    threads = [threading.Thread(target=busy) for _ in range(3)]
    for each in threads:
        each.start()
    keys = []
    try:
        for _ in range(5):
            victim = Kept(kept.keeper, kept.path, kept.copy)
            kept.keeper.create(victim.file_id, [KID])
            keys.append(victim.key_in(kept.path))
            kept.keeper.erase(victim.file_id)
    finally:
        stop.set()
        for each in threads:
            each.join(30)
    assert failures == []
    for key in keys:
        assert key is not None
        assert places_of(kept, key) == []


def test_erasing_that_a_reader_holds_up_says_so(kept: Kept) -> None:
    """An open read keeps the old pages in the journal: that must not look like success."""
    key = kept.key_in(kept.path)
    assert key is not None
    for db in kept.keeper._connections():
        db.execute("PRAGMA busy_timeout = 50")
    with closing(sqlite3.connect(kept.path, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM file_key").fetchone()
        with pytest.raises(KeeperBusy):
            kept.keeper.erase(kept.file_id)
    kept.keeper.erase(kept.file_id)
    assert places_of(kept, key) == []


def test_erased_file_cannot_be_made_again(kept: Kept) -> None:
    """What a restored backup still names must stay unreadable."""
    kept.keeper.erase(kept.file_id)
    with pytest.raises(FileErased):
        kept.keeper.create(kept.file_id, [KID])
    assert kept.key_in(kept.path) is None


def test_erasing_twice_is_erasing(kept: Kept) -> None:
    kept.keeper.erase(kept.file_id)
    kept.keeper.erase(kept.file_id)
    with closing(sqlite3.connect(kept.path)) as db:
        assert db.execute("SELECT count(*) FROM erased").fetchone() == (1,)


def test_pepper_depends_on_every_byte(kept: Kept) -> None:
    assert kept.keeper.pepper(b"a") == kept.keeper.pepper(b"a")
    assert len({kept.keeper.pepper(data) for data in (b"", b"a", b"b", b"a\0")}) == 4
    assert len(kept.keeper.pepper(b"a")) == 64
