"""The canary search finds a marker in every kind of place, and after a whole journey nowhere."""

import base64
import logging
import sqlite3
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.core import mail
from django.core.cache import cache
from django.db import connection

from accounts.models import KeySlot, User
from audit.record import Origin
from casework.answers import CONSULTATION_ITEMS, REFERRAL_ITEMS
from casework.choices import Compartment, DraftKind, Mark, NotPursuedReason, ReturnReason
from casework.errors import AccessDenied
from casework.models import Item
from casework.services.ask_advice import ask_advice, write_advice_message
from casework.services.check_referral import not_pursue, send_past_lead
from casework.services.follow_up import add_since, resubmit, write_message
from casework.services.form_tokens import FormClaim
from casework.services.keep_draft import begin_draft, delete_draft, keep_step, save_step
from casework.services.open_item import open_part
from casework.services.send_referral import Sending, send_referral
from casework.services.take_in import acknowledge, return_referral
from tests.canary import (
    Find,
    Search,
    _file_contents,
    captured_log,
    find_marker,
    find_markers,
    here,
    new_marker,
)
from tests.casework.stages import name_custodian
from tests.decrypting import opened_items
from tests.referrals import ask_sofia, case_of, close
from tests.signing_in import signed_in_client
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


def kinds(found: list[Find]) -> set[str]:
    return {each.kind for each in found}


@pytest.fixture
def maud(world: World) -> User:
    return world.maud.user


def test_nothing_is_found_before(world: World) -> None:
    assert world.people
    assert find_marker(new_marker(), here()) == []


Spelling = Callable[[str], str | bytes]
SPELLINGS: dict[str, Spelling] = {
    "plain": lambda marker: marker,
    "in the middle": lambda marker: f"{{'answer': '{marker}'}}",
    "capitals": lambda marker: marker.upper(),
    "hex": lambda marker: marker.encode().hex(),
    "base64": lambda marker: base64.b64encode(marker.encode()).decode(),
    "base64, shifted": lambda marker: base64.b64encode(b"x" + marker.encode() + b"yz").decode(),
    "base64, shifted twice": lambda marker: base64.b64encode(b"xy" + marker.encode()).decode(),
    "base64 for addresses": lambda marker: base64.urlsafe_b64encode(marker.encode()).decode(),
}


@pytest.mark.parametrize("name", SPELLINGS)
def test_marker_is_found_in_a_row_of_text_in_any_spelling(maud: User, name: str) -> None:
    marker = new_marker()
    maud.name = str(SPELLINGS[name](marker))
    maud.save()
    found = find_marker(marker, here())
    assert Find("row", "accounts_user.name") in found
    assert ("database file" in kinds(found)) is (connection.vendor == "sqlite")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be", "utf-32-le"])
def test_marker_is_found_in_a_row_of_bytes(maud: User, encoding: str) -> None:
    marker = new_marker()
    KeySlot.objects.filter(user=maud).update(blob=b"\0\1" + marker.encode(encoding) + b"\xff")
    assert Find("row", "accounts_keyslot.blob") in find_marker(marker, here())


@pytest.mark.skipif(connection.vendor != "sqlite", reason="only SQLite's file can be read")
def test_marker_is_found_where_a_row_was_deleted() -> None:
    """What was written once lies in the journal until the next checkpoint, row or no row."""
    marker = new_marker()
    user = User.objects.create(email=f"{marker}@test.example", name="x")
    user.delete()
    found = find_marker(marker, here())
    assert kinds(found) == {"database file"}


@pytest.mark.parametrize("end", ["", "-wal", "-shm", "-journal"])
def test_marker_is_found_in_each_of_the_databases_files(tmp_path: Path, end: str) -> None:
    marker, path = new_marker(), tmp_path / "db.sqlite3"
    with closing(sqlite3.connect(path)) as db:
        db.execute(f"CREATE TABLE t (note TEXT DEFAULT '{marker if not end else ''}')")
    if end:
        Path(f"{path}{end}").write_bytes(b"\0" * 5000 + marker.encode())
    found = find_markers([marker], Search(folders=(tmp_path,)))
    assert [Path(each.name).name for each in found[marker]] == [f"db.sqlite3{end}"]
    database_only = list(_file_contents(Search(sqlite=path), 100))
    assert [f.name for f, content in database_only if marker.encode() in content] == [
        f"db.sqlite3{end}"
    ]


def test_many_markers_are_told_apart(maud: User) -> None:
    first, second, nowhere = (new_marker() for _ in range(3))
    maud.name = f"{first} {second}"
    maud.save()
    cache.set("answer", second)
    found = find_markers([first, second, nowhere], here())
    assert set(found) == {first, second}
    assert "cache" in kinds(found[second]) - kinds(found[first])


def test_marker_is_found_in_a_session() -> None:
    """Signed, and packed where that makes it shorter: both are looked into."""
    for padding in ("", "a" * 500):
        marker = new_marker()
        session = SessionStore()
        session["draft"] = {"text": marker + padding}
        session.save()
        assert "session" in kinds(find_marker(marker, here()))


def test_marker_is_found_in_the_cache() -> None:
    marker = new_marker()
    cache.set("answer", {"deep": [marker]})
    assert kinds(find_marker(marker, here())) == {"cache"}
    other = new_marker()
    cache.set(other, 1)
    assert kinds(find_marker(other, here())) == {"cache"}


@pytest.mark.parametrize("part", ["subject", "body", "to"])
def test_marker_is_found_in_mail(part: str) -> None:
    marker = new_marker()
    message = {"subject": "s", "body": "b", "to": ["x@test.example"]}
    text: Any = [f"{marker}@test.example"] if part == "to" else marker
    mail.EmailMessage(**{**message, part: text}, from_email="a@test.example").send()
    assert kinds(find_marker(marker, here())) == {"mail"}


def test_marker_is_found_in_the_log() -> None:
    """Only literal words of our own loggers pass the filter; one such word is the marker."""
    marker = new_marker()
    with captured_log() as log:
        logging.getLogger("casework.somewhere").error(f"a text with {marker}")  # noqa: G004
    assert kinds(find_marker(marker, here(log=log.getvalue()))) == {"log"}


def test_log_that_is_filtered_away_is_not_found() -> None:
    marker = new_marker()
    with captured_log() as log:
        logging.getLogger("casework.somewhere").error("a text with %s", marker)
        logging.getLogger("some.library").error(f"a text with {marker}")  # noqa: G004
    assert log.getvalue().count("\n") == 2
    assert find_marker(marker, here(log=log.getvalue())) == []


@pytest.fixture
def planted() -> Iterator[list[Path]]:
    """Files that a test makes outside its own folder; they go afterwards."""
    paths: list[Path] = []
    yield paths
    for path in paths:
        path.unlink(missing_ok=True)


@pytest.mark.parametrize("folder", ["var", "keeper", "temporary"])
def test_marker_is_found_in_files(planted: list[Path], folder: str) -> None:
    folders = {
        "var": settings.VAR_DIR,
        "keeper": settings.KEEPER_PATH.parent,
        "temporary": Path(tempfile.gettempdir()),
    }
    marker = new_marker()
    path = folders[folder] / f"{uuid.uuid4()}.upload"
    planted.append(path)
    path.write_bytes(b"\0" * ((1 << 20) - 5) + marker.encode())
    found = find_marker(marker, here())
    assert kinds(found) == {"file"}, "also where it lies across two pieces of the file"
    assert [Path(each.name).name for each in found] == [path.name]


def test_old_files_are_left_alone(planted: list[Path]) -> None:
    marker = new_marker()
    path = Path(tempfile.gettempdir()) / f"{uuid.uuid4()}.upload"
    planted.append(path)
    path.write_text(marker)
    assert find_marker(marker, here(changed_after=time.time() + 60)) == []


def test_log_without_the_settings_handler_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logging.getLogger(), "handlers", [logging.StreamHandler(StringIO())])
    with pytest.raises(LookupError), captured_log():
        pass


# --- the journey ---------------------------------------------------------------------------------

CODED = {"estimated_age": "15", "birth_date": "2011-02-03"}


def answers_with_canaries(*plans: Any) -> tuple[dict[str, Any], dict[str, str]]:
    """A marker in every answer that can hold words, alone or in a list; and the markers."""
    fields = {name for plan in plans for each in plan for name in each.fields}
    markers = {name: new_marker() for name in sorted(fields - CODED.keys())}
    in_lists = {"concern_types", "risks", "agencies_involved"}
    answers: dict[str, Any] = {
        name: [marker, "é"] if name in in_lists else f"{marker} « texte » 👩🏽‍🏫"
        for name, marker in markers.items()
    }
    return {**answers, **CODED}, markers


def test_after_a_whole_journey_no_answer_is_anywhere(world: World) -> None:
    """Draft, lapse, sending, check, return, messages, second screener, refusals, decision."""
    name_custodian(world)
    answers, markers = answers_with_canaries(REFERRAL_ITEMS, CONSULTATION_ITEMS)
    with captured_log() as log:
        markers |= advice(world, answers)
        markers |= referral(world, answers)
        signed_in_client(world.anke)
    words = set(log.getvalue().split())
    assert find_markers(markers.values(), here(log=log.getvalue())) == {}
    assert not words & set(markers.values())
    assert sealed_somewhere(world) >= {answers["what_happened"], answers["protected_address"]}


def advice(world: World, answers: dict[str, Any]) -> dict[str, str]:
    """A question to the desk with an answer."""
    maud, marker = world.maud.actor, new_marker()
    draft_id = begin_draft(actor=maud, kind=DraftKind.CONSULTATION, answers=answers)
    asked = ask_advice(actor=maud, draft_id=draft_id)
    write_advice_message(actor=world.anke.actor, consultation_id=asked, text=marker)
    return {"advice": marker}


def referral(world: World, answers: dict[str, Any]) -> dict[str, str]:
    """One referral from its first step to its decision."""
    texts = {
        name: new_marker() for name in ("kept", "deleted", "since", "again", "to desk", "back")
    }
    maud, idris, anke = world.maud.actor, world.idris.actor, world.anke.actor
    draft_id = begin_draft(actor=maud, kind=DraftKind.REFERRAL)
    save_step(actor=maud, draft_id=draft_id, step="facts", answers=answers)
    nobody = Origin(None, None, "", None, None, "browser")
    claim = FormClaim(world.maud.user.pk, "more", draft_id)
    keep_step(origin=nobody, claim=claim, answers={"hoped_outcome": texts["kept"]})
    other = begin_draft(
        actor=maud, kind=DraftKind.REFERRAL, answers={"what_happened": texts["deleted"]}
    )
    delete_draft(actor=maud, draft_id=other)
    referral_id = send_referral(actor=maud, draft_id=draft_id, sending=Sending(through_lead=True))
    case_id = case_of(referral_id)
    open_part(actor=idris, case_id=case_id, compartment=Compartment.C2)
    not_pursue(actor=idris, referral_id=referral_id, reason=NotPursuedReason.HANDLED_HERE)
    send_past_lead(actor=maud, referral_id=referral_id)
    give_back(world, referral_id, texts)
    write_message(actor=maud, referral_id=referral_id, text=texts["to desk"])
    acknowledge(actor=anke, referral_id=referral_id)
    write_message(actor=anke, referral_id=referral_id, text=texts["back"])
    add_since(actor=maud, referral_id=referral_id, text=texts["since"], mark=Mark.HEARSAY)
    ask_sofia(world, referral_id)
    open_everything(world, case_id)
    close(world, referral_id)
    return texts


def give_back(world: World, referral_id: uuid.UUID, texts: dict[str, str]) -> None:
    return_referral(
        actor=world.anke.actor, referral_id=referral_id, reason=ReturnReason.MISSING_FACTS
    )
    resubmit(actor=world.maud.actor, referral_id=referral_id, text=texts["again"])


def open_everything(world: World, case_id: uuid.UUID) -> None:
    """Everybody tries to open every part; what they may, they read."""
    read = 0
    for person in world.people.values():
        for part in sorted(set(Item.objects.values_list("compartment", flat=True))):
            try:
                read += len(
                    open_part(
                        actor=person.actor,
                        case_id=case_id,
                        compartment=Compartment(part),
                        purpose="safety",
                    )
                )
            except AccessDenied:
                continue
    assert read > 30


def sealed_somewhere(world: World) -> set[Any]:
    """The answers are there, sealed: the search had something that it could have found."""
    found: set[Any] = set()
    for name in ("anke", "lena"):
        for opening in opened_items(world.people[name].keys).values():
            found |= {value for value in opening.body.values() if isinstance(value, str)}
    return found


def test_an_act_that_fails_halfway_leaves_nothing_either(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database breaks down in the middle of sending, and the log tells of it without words."""
    answers, markers = answers_with_canaries(REFERRAL_ITEMS)
    answers.pop("protected_address")
    draft_id = begin_draft(actor=world.maud.actor, kind=DraftKind.REFERRAL, answers=answers)

    def broken(*_args: Any, **_how: Any) -> None:
        raise OSError(f"disk full while writing {answers['what_happened']}")

    monkeypatch.setattr(Item, "save", broken)
    with captured_log() as log:
        try:
            send_referral(
                actor=world.maud.actor, draft_id=draft_id, sending=Sending(through_lead=False)
            )
        except OSError:
            logging.getLogger("casework.services").exception("sending failed")
    assert "OSError" in log.getvalue()
    assert find_markers(markers.values(), here(log=log.getvalue())) == {}
