"""A stolen database with the server's settings opens nothing; see stolen_database.py."""

import os
import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import psycopg
import pytest
from django.conf import settings
from django.db import connection
from psycopg import sql

from audit.record import Origin
from casework.choices import DraftKind
from casework.models import Draft, KeptStep, Referral
from casework.services.ask_advice import ask_advice
from casework.services.follow_up import write_message
from casework.services.form_tokens import FormClaim
from casework.services.keep_draft import begin_draft, keep_step
from casework.services.take_in import acknowledge
from tests.canary import here, rows_of
from tests.ceremonies import founded_by
from tests.decrypting import opened_items
from tests.referrals import ANSWERS, ask_sofia, send
from tests.signing_in import signed_in_client
from tests.world import PHRASE, World

PROGRAM = Path(__file__).with_name("stolen_database.py")
pytestmark = pytest.mark.django_db(transaction=True)


@dataclass(frozen=True)
class Loot:
    """What was taken: the database and the server's settings."""

    database: Path
    settings: Path

    def attack(self, *arguments: str) -> "Report":
        """Run the program as a thief would, away from the repository."""
        command = [sys.executable, str(PROGRAM), str(self.database), str(self.settings)]
        done = subprocess.run(
            [*command, *arguments],
            cwd=self.database.parent,
            env={"PATH": os.environ["PATH"]},
            capture_output=True,
            text=True,
            check=True,
        )
        return Report(done.stdout)


@dataclass(frozen=True)
class Report:
    """What the program printed."""

    text: str

    @property
    def counts(self) -> tuple[int, int]:
        """How often it tried, and how much opened."""
        found = re.search(r"^tried (\d+) opened (\d+)$", self.text, re.MULTILINE)
        assert found, self.text
        return int(found[1]), int(found[2])

    def opened(self, kind: str) -> set[UUID]:
        """The ids of what opened of one kind: item, draft, kept step."""
        lines = re.findall(rf"^opened {kind} (\S+)$", self.text, re.MULTILINE)
        return {UUID(each) for each in lines}


def populate(world: World) -> None:
    """Referrals at several stages, a draft with a kept step, advice, two open sessions."""
    founded_by(world)
    maud = world.maud.actor
    with_second = send(world)
    acknowledge(actor=world.anke.actor, referral_id=with_second)
    ask_sofia(world, with_second)
    write_message(actor=world.anke.actor, referral_id=with_second, text="thank you")
    send(world, through_lead=True)
    send(world, author=world.sofia, barred=("noor",))
    draft_id = begin_draft(actor=maud, kind=DraftKind.REFERRAL, answers=dict(ANSWERS))
    claim = FormClaim(world.maud.user.pk, "facts", draft_id)
    nobody = Origin(None, None, "", None, None, "browser")
    keep_step(origin=nobody, claim=claim, answers={"what_happened": "kept"})
    asked = begin_draft(
        actor=maud, kind=DraftKind.CONSULTATION, answers={"question": "What should I do?"}
    )
    ask_advice(actor=maud, draft_id=asked)
    for person in (world.maud, world.anke):
        signed_in_client(person)


@pytest.fixture
def loot(world: World, tmp_path: Path) -> Loot:
    """A copy of the database while it runs, and the settings as they are deployed."""
    populate(world)
    settings_file = tmp_path / "settings.env"
    lines = [
        f"CONFER_SECRET_KEY={settings.SECRET_KEY}",
        f"CONFER_KEEPER_PATH={settings.KEEPER_PATH}",
        f"CONFER_VAR_DIR={settings.VAR_DIR}",
        "CONFER_DATABASE_URL=postgresql://confer:S3cretOfTheDatabase@db:5432/confer",
    ]
    settings_file.write_text("\n".join(lines), encoding="utf-8")
    database = tmp_path / "stolen"
    if connection.vendor == "sqlite":
        copy_sqlite(Path(str(connection.settings_dict["NAME"])), database)
    else:
        dump_postgresql(database)
    return Loot(database, settings_file)


def copy_sqlite(source: Path, target: Path) -> None:
    with closing(sqlite3.connect(source)) as live, closing(sqlite3.connect(target)) as copy:
        live.backup(copy)


def dump_postgresql(target: Path) -> None:
    """The rows of every table as pg_dump writes them in plain SQL."""
    tables = dict.fromkeys(table for table, _column, _value in rows_of(here()))
    with target.open("wb") as file, psycopg.connect(here().postgres) as db:
        for table in tables:
            name = sql.Identifier(table)
            cursor = db.execute(sql.SQL("SELECT * FROM {} LIMIT 0").format(name))
            columns = ", ".join(each.name for each in cursor.description or ())
            file.write(f"COPY public.{table} ({columns}) FROM stdin;\n".encode())
            with cursor.copy(sql.SQL("COPY {} TO STDOUT").format(name)) as rows:
                for block in rows:
                    file.write(bytes(block))
            file.write(b"\\.\n\n")


def of(world: World, name: str) -> list[str]:
    return ["--phrase-of", world.people[name].email, "--phrase", PHRASE]


def keeper() -> list[str]:
    return ["--keeper", str(settings.KEEPER_PATH)]


def items(world: World, name: str) -> set[UUID]:
    """What the person's keys open, found out by the product's own formats."""
    return set(opened_items(world.people[name].keys))


def test_database_and_settings_open_nothing(loot: Loot) -> None:
    report = loot.attack()
    tried, opened = report.counts
    assert opened == 0, report.text
    assert tried > 100_000
    assert "no place known" not in report.text, "the program must learn a new sealed column"
    locks = re.search(r"^(\d+) locks", report.text, re.MULTILINE)
    assert locks
    assert int(locks[1]) > 100


def test_one_phrase_and_the_keeper_open_that_persons_items_and_no_more(
    world: World, loot: Loot
) -> None:
    report = loot.attack(*of(world, "maud"), *keeper())
    assert report.opened("item") == items(world, "maud")
    assert report.opened("draft") == {draft.pk for draft in Draft.objects.all()}
    assert report.opened("kept step") == {step.pk for step in KeptStep.objects.all()}
    other = loot.attack(*of(world, "sofia"), *keeper())
    assert other.opened("item") == items(world, "sofia")
    assert other.opened("item") != report.opened("item")
    assert other.opened("draft") == set()


@pytest.mark.slow
def test_everybodys_items_and_no_more(world: World, loot: Loot) -> None:
    opened = set()
    for name in world.people:
        report = loot.attack(*of(world, name), *keeper())
        assert report.opened("item") == items(world, name), name
        opened |= report.opened("item")
    assert Referral.objects.count() == 3
    assert opened


def test_each_half_alone_opens_nothing(world: World, loot: Loot) -> None:
    """The phrase without the keeper; the keeper without a phrase, or with a wrong one."""
    for arguments in (
        of(world, "anke"),
        keeper(),
        [*of(world, "anke")[:2], "--phrase", "five other words", *keeper()],
    ):
        report = loot.attack(*arguments)
        assert report.counts[1] == 0, report.text


def test_the_program_does_open_what_lies_about(world: World, loot: Loot) -> None:
    """Its nothing proves something only if it finds a key that is really there."""
    planted = world.sofia.keys.kem_seed
    with loot.settings.open("a", encoding="utf-8") as file:
        file.write(f"\nCONFER_FORGOTTEN={planted.hex()}\n")
    report = loot.attack()
    assert report.counts[1] > 0
    assert "opened private key" in report.text
    assert report.opened("item") == set(), "without the keeper even that opens no text"
    report = loot.attack(*keeper())
    assert report.opened("item") == items(world, "sofia")
