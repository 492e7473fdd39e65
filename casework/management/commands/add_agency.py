"""`manage.py add_agency`: lets an agency join the partnership."""

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from accounts.models import Partnership
from accounts.models.partnership import AgencyKind, LegalRegime
from accounts.services.partnerships import create_agency
from casework.management.commands.add_person import PROGRAM


class Command(BaseCommand):
    """It gets its keys when its first lead is let in and signs in."""

    help = "Add an agency to the partnership."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Its name, kind and the data protection law that binds it."""
        parser.add_argument("--name", required=True)
        parser.add_argument("--kind", required=True, choices=AgencyKind.values)
        parser.add_argument("--regime", default=LegalRegime.GDPR, choices=LegalRegime.values)

    def handle(self, *_args: Any, **options: Any) -> None:
        """Create it in the one partnership that is in use."""
        partnership = Partnership.objects.first()
        if partnership is None:
            raise CommandError("Found the partnership first: manage.py found_partnership")
        try:
            create_agency(
                origin=PROGRAM,
                partnership=partnership,
                name=options["name"],
                kind=options["kind"],
                legal_regime=options["regime"],
            )
        except ValidationError as error:
            raise CommandError("; ".join(error.messages)) from error
        self.stdout.write("Added.")
