"""`manage.py open_recovery`: two custodians open a bundle, on a machine without network.

It needs no database, no keeper and no network: only the program, the bundle and two files.
"""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.errors import AccountsError
from accounts.keys.ceremony import Checked, check_bundle, decode_bundle, encode_result, rewrap
from accounts.keys.encoding import canonical
from accounts.keys.recovery import OpenedFile
from casework.management.ceremony import open_custodians, plain, read, write_new


class Command(BaseCommand):
    """The seed exists in this process only, and nothing but the result is written."""

    help = "Open a bundle with two custodians' files, offline, for the new lead alone."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The bundle, the files of two different custodians, and where the result goes."""
        parser.add_argument("bundle")
        parser.add_argument("files", nargs=2, metavar="FILE")
        parser.add_argument("--out", required=True, help="the file to write")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Proves the bundle, shows the words, and asks both before anything is opened."""
        try:
            bundle = decode_bundle(read(options["bundle"]))
            one, other = open_custodians(options["files"])
            checked = check_bundle(bundle, one.about)
            self._show(checked)
            for each in (one, other):
                _ask(each)
            result = rewrap(checked, one, other)
        except AccountsError as error:
            raise plain(error) from error
        write_new(Path(options["out"]), canonical(encode_result(result)))
        self.stdout.write("Written. Bring it to the installation: manage.py import_recovery")

    def _show(self, checked: Checked) -> None:
        names, bundle = checked.bundle.names, checked.bundle
        self.stdout.write(
            f"\nPartnership: {names.partnership}\nAgency:      {names.agency}\n"
            f"New lead:    {names.person}\n"
            f"To open:     {len(bundle.rings)} rings, {len(bundle.items)} items by name\n\n"
            "The words of the new lead's key:\n\n"
            f"    {' '.join(checked.words)}\n\n"
            "Confer has proved that this is the key that this person stated, and that the rings\n"
            "are this agency's. Who the person is, only you can tell: by their voice.\n"
        )


def _ask(each: OpenedFile) -> None:
    name = each.about.custodians[each.index].name
    answer = input(f"{name}, did you hear these words from that person? Type yes: ")
    if answer.strip().lower() != "yes":
        raise CommandError("Stopped. Nothing was opened.")
