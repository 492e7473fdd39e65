"""python3 run bench: Confer beside its plain twins, on SQLite and on PostgreSQL, in one run."""

import os
import sys
import time
from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from collections.abc import Sequence
from pathlib import Path

from bench.goals import verdicts
from bench.measuring import Measured, measure
from bench.report import lines, machine, markdown, verdict_line
from bench.scratch import POSTGRESQL, SQLITE, Server, scratch_folder

SIZES = (10_000, 100_000)
CALLS = 200
QUICK_SIZES = (6_000, 12_000)
QUICK_CALLS = 20
ADDRESS = "CONFER_TEST_POSTGRES_URL"
ABOUT = """\
Opens one sealed item and lists 50 referrals through Django's test client: Confer's own pages with
their whole middleware, and two plain twins that keep the same referrals in the clear, with
guardian's generic or direct permission tables and auditlog's access record. One referral in a
hundred is the reader's. Items that are opened were truly sent and sealed; other rows are filler of
the same size. Every database is made for the run and dropped after it.
"""


def main(arguments: Sequence[str]) -> int:
    """Measure, print the figures and the promises; 1 only with --strict and a missed promise."""
    options = command_line(arguments)
    started = time.monotonic()
    say(ABOUT)
    say(f"Machine: {machine()}")
    found: list[Measured] = []
    with scratch_folder() as folder:
        for server in servers(folder, options.database):
            measured = measure(server, options.sizes, options.calls)
            found.append(measured)
            say("\n".join(lines(measured)))
    kept = [verdict for measured in found for verdict in verdicts(measured)]
    say("\nPromises")
    say("\n".join(map(verdict_line, kept)))
    if options.markdown:
        say("\n" + "\n".join(markdown(found, options.calls)))
    say(f"\n{time.monotonic() - started:.0f} s")
    return int(options.strict and not all(verdict.kept for verdict in kept))


def servers(folder: Path, wanted: Sequence[str]) -> list[Server]:
    """Where to measure; says so when no PostgreSQL server is named."""
    chosen = [Server(SQLITE, folder)] if "sqlite" in wanted else []
    address = os.environ.get(ADDRESS, "")
    if "postgresql" in wanted and address:
        chosen.append(Server(POSTGRESQL, folder, address))
    elif "postgresql" in wanted:
        say(f"PostgreSQL is NOT MEASURED: {ADDRESS} names no server.")
    return chosen


def command_line(arguments: Sequence[str]) -> Namespace:
    """The options of `run bench`."""
    parser = ArgumentParser(
        prog="run bench", description=ABOUT, formatter_class=RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="small sizes: does it run at all?")
    parser.add_argument("--sizes", type=int, nargs="+", metavar="N", help="numbers of referrals")
    parser.add_argument("--calls", type=int, metavar="N", help="calls of each page and side")
    parser.add_argument(
        "--database", nargs="+", choices=("sqlite", "postgresql"), default=("sqlite", "postgresql")
    )
    parser.add_argument("--markdown", action="store_true", help="print the table for the README")
    parser.add_argument("--strict", action="store_true", help="end with 1 if a promise is missed")
    options = parser.parse_args(arguments)
    options.sizes = sorted(options.sizes or (QUICK_SIZES if options.quick else SIZES))
    options.calls = options.calls or (QUICK_CALLS if options.quick else CALLS)
    if options.sizes[0] < QUICK_SIZES[0]:
        parser.error(f"at least {QUICK_SIZES[0]:,} referrals, so that 50 of them can be listed")
    return options


def say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
