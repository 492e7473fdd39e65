"""`manage.py import_recovery`: keeps what two custodians brought until the new lead signs in."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from accounts.errors import AccountsError
from accounts.keys.ceremony import decode_result
from accounts.services.recovery import import_recovery
from casework.management.ceremony import plain, read
from casework.management.commands.add_person import PROGRAM


class Command(BaseCommand):
    """The result opens for the new lead's own keys alone."""

    help = "Bring back the result of a recovery. The new lead's next sign-in takes it in."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The file that open_recovery wrote."""
        parser.add_argument("result")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Refuses what two custodians did not sign for somebody here."""
        try:
            import_recovery(origin=PROGRAM, result=decode_result(read(options["result"])))
        except AccountsError as error:
            raise plain(error) from error
        self.stdout.write(
            "Kept. When the new lead signs in, the desk opens for them and everybody at the "
            "agency is told. Drafts of those who lost their keys do not come back."
        )
