"""`manage.py found_partnership`: the partnership, its office and its first coordinator."""

from argparse import ArgumentParser
from getpass import getpass
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from accounts.models import Partnership
from accounts.models.partnership import AgencyKind, LegalRegime
from accounts.services.partnerships import Founder, create_agency, found_partnership
from accounts.services.people import SHORTEST_PHRASE
from casework.management.commands.add_person import PROGRAM


class Command(BaseCommand):
    """The coordinator sits at the keyboard: the pass phrase is typed here and stored nowhere."""

    help = "Found the partnership with its first coordinator, who types a pass phrase here."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The partnership, its city and country, the office and the person."""
        parser.add_argument("--name", required=True)
        parser.add_argument("--city", required=True)
        parser.add_argument("--country", required=True, help="ISO 3166 code, for public holidays")
        parser.add_argument("--office", required=True, help="name of the coordination office")
        parser.add_argument("--coordinator", required=True, help="the first coordinator's name")
        parser.add_argument("--email", required=True, help="the first coordinator's e-mail")

    def handle(self, *_args: Any, **options: Any) -> None:
        """One transaction: all of it or nothing."""
        if Partnership.objects.exists():
            raise CommandError("There is a partnership already.")
        founder = Founder(options["coordinator"], options["email"], _new_phrase())
        try:
            with transaction.atomic():
                partnership = Partnership(
                    name=options["name"], city=options["city"], country=options["country"]
                )
                partnership.full_clean(exclude=["emergency_numbers"])
                partnership.save()
                office = create_agency(
                    origin=PROGRAM,
                    partnership=partnership,
                    name=options["office"],
                    kind=AgencyKind.CITY,
                    legal_regime=LegalRegime.GDPR,
                )
                found_partnership(
                    origin=PROGRAM, partnership=partnership, office=office, founder=founder
                )
        except ValidationError as error:
            raise CommandError("; ".join(error.messages)) from error
        self.stdout.write("Founded. Sign in, then add agencies and people.")


def _new_phrase() -> str:
    phrase = getpass("Pass phrase of the coordinator (at least 14 characters): ")
    if len(phrase) < SHORTEST_PHRASE:
        raise CommandError("Use at least 14 characters.")
    if getpass("Once more: ") != phrase:
        raise CommandError("The two pass phrases are not the same.")
    return phrase
