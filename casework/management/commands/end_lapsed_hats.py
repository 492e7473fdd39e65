"""`manage.py end_lapsed_hats`: ends the hats whose last day has passed; for a timer at midnight."""

from typing import Any

from django.core.management.base import BaseCommand

from casework.management.commands.add_person import PROGRAM
from casework.services.leaving import end_lapsed_hats


class Command(BaseCommand):
    """They have opened nothing since midnight; this deletes their keys and marks the rings."""

    help = "End hats whose last day has passed. Safe to run again; run it every night."

    def handle(self, *_args: Any, **_options: Any) -> None:
        """One hat after the other, each in transactions of its own."""
        self.stdout.write(f"Ended: {end_lapsed_hats(origin=PROGRAM)}")
