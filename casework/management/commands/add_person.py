"""`manage.py add_person`: gives somebody a hat and prints their single-use joining link."""

from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.urls import reverse
from django.utils import timezone

from accounts.models import Agency, Membership
from accounts.queries import live_key, live_memberships
from accounts.roles import Role
from accounts.services.people import NewHat, create_member, invite
from audit.record import Origin

PROGRAM = Origin(None, None, "", None, None, "command")


class Command(BaseCommand):
    """Their keys are made when they open the link; the link holds no key material."""

    help = "Give a person a hat at an agency. Prints a link that works once, for 72 hours."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Who, where, as what, from when until when."""
        parser.add_argument("--email", required=True)
        parser.add_argument("--name", required=True)
        parser.add_argument("--agency", required=True, help="the agency's name")
        parser.add_argument("--role", required=True, choices=Role.values)
        parser.add_argument("--deputy-of", help="e-mail of the person whom they stand in for")
        parser.add_argument("--starts-on", type=date.fromisoformat, help="YYYY-MM-DD")
        parser.add_argument("--ends-on", type=date.fromisoformat, help="YYYY-MM-DD, last day")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Create the hat; somebody with keys already needs no link."""
        agency = Agency.objects.filter(name=options["agency"]).first()
        if agency is None:
            raise CommandError(f"There is no agency called {options['agency']}.")
        hat = NewHat(
            agency=agency,
            role=Role(options["role"]),
            starts_on=options["starts_on"] or timezone.localdate(),
            ends_on=options["ends_on"],
            deputy_of=_hat_of(options["deputy_of"], agency, options["role"]),
        )
        try:
            membership = create_member(
                origin=PROGRAM, email=options["email"], name=options["name"], hat=hat
            )
        except ValidationError as error:
            raise CommandError("; ".join(error.messages)) from error
        if live_key(membership.user_id) is not None:
            self.stdout.write("They have keys already and can put on the new hat at once.")
            return
        path = reverse("join", args=[invite(origin=PROGRAM, user=membership.user)])
        self.stdout.write(f"{settings.BASE_URL}{path}")


def _hat_of(email: str | None, agency: Agency, role: str) -> Membership | None:
    if email is None:
        return None
    row = live_memberships().filter(user__email__iexact=email, agency=agency, role=role).first()
    if row is None:
        raise CommandError(f"{email} is not {role} of this agency now.")
    return row
