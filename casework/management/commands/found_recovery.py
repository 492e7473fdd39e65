"""`manage.py found_recovery`: three custodians get files of which any two open what is lost."""

import os
import uuid
from argparse import ArgumentParser
from getpass import getpass
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.actor import Actor, make_actor
from accounts.errors import AccountsError, UnknownFormat
from accounts.keys import directory
from accounts.keys.recovery import Founded, found, read_about
from accounts.keys.recovery_statements import CUSTODIANS
from accounts.keys.slots import open_password_slot, slot_of
from accounts.models.member_keys import SlotKind
from accounts.queries import live_memberships
from accounts.queries.recovery import opened_by_recovery_alone, recovery_exists
from accounts.roles import Role
from accounts.services.recovery import found_recovery, next_recovery_number
from audit.record import Origin
from casework.management.ceremony import new_phrase, plain, read, sync_folder, write_new

# A file has this ending until its key stands in the database: then it gets its name.
PENDING = ".new"
_NAMES = "custodian-*.confer"


class Command(BaseCommand):
    """The coordinator and three custodians sit at one keyboard; no phrase and no seed is stored."""

    help = "Make recovery keys. Writes three files, one for each custodian, into a folder."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Who founds, and where the files go."""
        parser.add_argument("--email", required=True, help="the coordinator's e-mail")
        parser.add_argument("--folder", required=True, help="where the three files are written")
        parser.add_argument(
            "--give-up-lost",
            action="store_true",
            help="found new keys even if an agency can be opened by the old ones only",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Files first, then the database, then their names: whatever breaks can be ended."""
        folder = Path(options["folder"])
        if not folder.is_dir():
            raise CommandError(f"{folder} is no folder.")
        if finish(folder):
            self.stdout.write(
                "An interrupted founding is complete: its files have their names. No new keys."
            )
            return
        lost = opened_by_recovery_alone()
        if lost and not options["give_up_lost"]:
            raise CommandError(
                f"Only the recovery keys in use still open: {', '.join(lost)}. Recover first, or "
                "give it up with --give-up-lost."
            )
        if next(folder.glob(_NAMES), None) is not None:
            raise CommandError("There are custodians' files in this folder: take an empty one.")
        try:
            actor = _coordinator(options["email"])
            people = _custodians()
            founded = found(
                people,
                recovery=uuid.uuid4(),
                number=next_recovery_number(),
                pin=actor.keys.pin,
            )
            write_files(actor, founded, folder)
        except AccountsError as error:
            raise plain(error) from error
        self.stdout.write(_AFTERWARDS.format(folder=folder))


def write_files(actor: Actor, founded: Founded, folder: Path) -> None:
    """The files under a passing name, the statement, then their own names."""
    for index, data in enumerate(founded.files):
        name = f"custodian-{founded.about.number}-{index + 1}.confer"
        write_new(folder / f"{name}{PENDING}", data)
    found_recovery(actor=actor, founded=founded)
    finish(folder)


def finish(folder: Path) -> bool:
    """End what was begun: name the files of a key that is stated, delete those of one that is not.

    Whether there was a stated one.
    """
    named = False
    for path in sorted(folder.glob(f"{_NAMES}{PENDING}")):
        try:
            stated = recovery_exists(read_about(read(str(path))).recovery)
        except UnknownFormat:
            stated = False
        if stated:
            _name(path)
            named = True
        path.unlink()
    sync_folder(folder)
    return named


def _name(path: Path) -> None:
    """Give a pending file its name beside the passing one; never over another file."""
    target = path.with_name(path.name.removesuffix(PENDING))
    if not target.exists():
        os.link(path, target)
    elif target.read_bytes() != path.read_bytes():
        raise CommandError(f"{target} is another file: move it away and run this again.")
    sync_folder(path.parent)


def _coordinator(email: str) -> Actor:
    """The coordinator who founds, with the keys that the phrase opens."""
    hat = live_memberships().filter(user__email__iexact=email, role=Role.COORDINATOR).first()
    slot = slot_of(hat.user, SlotKind.PASSWORD) if hat else None
    if hat is None or slot is None:
        raise CommandError(f"{email} is no coordinator with a pass phrase now.")
    opened = open_password_slot(slot, getpass(f"Pass phrase of {hat.user.name}: "))
    origin = Origin(hat.user.log_ref, hat.agency_id, hat.role, None, None, "command")
    return make_actor(hat.user, hat, directory.advance(opened.keys), origin)


def _custodians() -> list[tuple[str, str]]:
    people: list[tuple[str, str]] = []
    for number in range(1, CUSTODIANS + 1):
        name = input(f"Name of custodian {number}: ").strip()
        if not name or name in {known for known, _phrase in people}:
            raise CommandError("Three different people, each with a name.")
        phrase = new_phrase(name)
        if phrase in {known for _name, known in people}:
            raise CommandError("This is another custodian's pass phrase: choose an own one.")
        people.append((name, phrase))
    return people


_AFTERWARDS = """The recovery keys are founded. In {folder} lie three files.

1. Give each custodian their own file on two media, and delete the copies here.
2. Rehearse with each pair: manage.py rehearse_recovery FILE FILE
3. Let every key holder sign in once: what they hold is then sealed to the new keys too.

What recovery never gives back: drafts that somebody had not sent yet.
"""
