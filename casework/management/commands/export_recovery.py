"""`manage.py export_recovery`: the bundle that goes to two custodians for one agency."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.errors import AccountsError
from accounts.keys.ceremony import encode_bundle
from accounts.keys.encoding import canonical
from accounts.queries import live_memberships
from accounts.roles import DESK_ROLES
from casework.management.ceremony import plain, write_new
from casework.management.commands.add_person import PROGRAM
from casework.services.recovery import export_for


class Command(BaseCommand):
    """It holds sealed keys and public ones; without two custodians it opens nothing."""

    help = "Write the bundle with which two custodians let a new lead open an agency's desk."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which agency, for whom, and where the bundle goes."""
        parser.add_argument("--agency", required=True, help="the agency's name")
        parser.add_argument("--new-lead", required=True, help="e-mail of the new lead")
        parser.add_argument("--out", required=True, help="the file to write")

    def handle(self, *_args: Any, **options: Any) -> None:
        """The new lead has joined already: their key must exist."""
        hat = (
            live_memberships()
            .filter(
                user__email__iexact=options["new_lead"],
                agency__name=options["agency"],
                role__in=DESK_ROLES,
            )
            .first()
        )
        if hat is None:
            raise CommandError(
                f"{options['new_lead']} is no lead of {options['agency']}: manage.py add_person"
            )
        try:
            bundle = export_for(origin=PROGRAM, membership=hat)
        except AccountsError as error:
            raise plain(error) from error
        write_new(Path(options["out"]), canonical(encode_bundle(bundle)))
        self.stdout.write(
            f"Written: {len(bundle.rings)} rings and {len(bundle.items)} items by name, sealed. "
            "Take it to two custodians on a machine without network: manage.py open_recovery"
        )
