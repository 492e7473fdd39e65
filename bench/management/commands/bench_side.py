"""Runs one side of the bench: fills its database, answers calls, or times the acts on keys."""

import gc
import json
import sys
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils.module_loading import import_string

from bench.side import Side

SIGN_IN = "sign_in"


class Command(BaseCommand):
    """Started by the bench, with the settings of one side and one scratch database."""

    help = __doc__ or ""
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What to do and how many referrals there are."""
        parser.add_argument("work", choices=("fill", "serve", "keys"))
        parser.add_argument("total", type=int)

    def handle(self, *_args: Any, **options: Any) -> None:
        """Fill and end, or serve until the input ends."""
        names: dict[str, str] = settings.BENCH  # type: ignore[misc]  # only the bench has it
        found = import_string(names[options["work"]])
        if options["work"] == "fill":
            found(options["total"])
        elif options["work"] == "keys":
            self.stdout.write(json.dumps(found(options["total"])))
        else:
            self.serve(found(options["total"]))

    def serve(self, side: Side) -> None:
        """One JSON answer for each line of input: an act and a number."""
        side.prepare()
        gc.collect()
        for line in sys.stdin:
            act, number = json.loads(line)
            told = asdict(side.sign_in()) if act == SIGN_IN else side.timed(act, number)
            self.stdout.write(json.dumps(told))
            self.stdout.flush()
