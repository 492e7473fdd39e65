"""`manage.py rehearse_recovery`: proves that two custodians' files still open what is sealed."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from accounts.errors import AccountsError
from accounts.keys.recovery import open_seed
from accounts.services.recovery import rehearse_recovery
from casework.management.ceremony import open_custodians, plain
from casework.management.commands.add_person import PROGRAM


class Command(BaseCommand):
    """Opens nothing but the seed, in memory, and notes the day."""

    help = "Try two custodians' files. Nothing is opened and nothing else is changed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The files of two different custodians, in any order."""
        parser.add_argument("files", nargs=2, metavar="FILE")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Both phrases are typed here and stored nowhere."""
        one, other = open_custodians(options["files"])
        try:
            private = open_seed(one, other)
            rehearse_recovery(origin=PROGRAM, recovery=one.about.recovery, private=private)
        except AccountsError as error:
            raise plain(error) from error
        names = [one.about.custodians[each.index].name for each in (one, other)]
        self.stdout.write(f"It works: {names[0]} and {names[1]} can recover together.")
