"""The figures as people read them: plain lines, or a table for the README with its machine."""

import os
import platform
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from bench.goals import (
    HASH_SHARE_AT_LEAST,
    SIGN_IN_CPU_AT_MOST,
    WORDS,
    Verdict,
    against_twin,
    growth,
)
from bench.measuring import ACTS, Measured
from bench.plan import ITEMS_ELSEWHERE
from bench.processes import CONFER, DIRECT, SIDES

_CPU = re.compile(r"^model name\s*:\s*(.+)$", re.MULTILINE)


def machine() -> str:
    """Processor, cores, memory, system and Python."""
    information = Path("/proc/cpuinfo")
    found = _CPU.search(information.read_text()) if information.exists() else None
    processor = found.group(1) if found else platform.processor() or platform.machine()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{processor}, {os.cpu_count()} cores, {memory:.0f} GiB, "
        f"{platform.system()} {platform.machine()}, Python {platform.python_version()}"
    )


def lines(measured: Measured) -> Iterator[str]:
    """The medians of one database, with their ratios."""
    sizes = measured.sizes
    yield f"\n{measured.database}: medians in milliseconds"
    heads = "".join(f"{total:>12,}" for total in sizes)
    yield f"  {'':<20}{'':<20}{heads}{'growth':>10}"
    for act in ACTS:
        for side in SIDES:
            times = "".join(f"{measured.medians[side, total, act]:>12.2f}" for total in sizes)
            ratio = growth(measured, side, act)
            yield f"  {WORDS[act]:<20}{side:<20}{times}{ratio:>8.2f} x"
        ratios = "".join(f"{against_twin(measured, total, act):>10.2f} x" for total in sizes)
        yield f"  {'':<20}{'against faster twin':<20}{ratios}"
    for side in (CONFER, DIRECT):
        time = measured.sign_ins[side]
        yield (
            f"  {'sign in':<20}{side:<20}{time.wall * 1000:>12.1f} "
            f"(hash: {time.share_of_cpu:.1%} of all cores, {time.share_of_wall:.1%} of the clock)"
        )
    for title, figure in key_rows(measured):
        yield f"  {title:<56}{figure}"


def key_rows(measured: Measured) -> Iterator[tuple[str, str]]:
    """What was done with keys, and how long it took."""
    told = measured.keys
    for number in (1, 10):
        wall, cpu = told[f"sign_in_{number}"], told[f"sign_in_{number}_cpu"]
        agencies = "one agency" if number == 1 else f"{number} agencies"
        yield f"sign in, {agencies}", f"{wall * 1000:.0f} ms, {cpu * 1000:.0f} ms of all cores"
    yield "8 people sign in at once", f"{told['together']:.2f} s until the last is in"
    yield "let somebody in to a desk", f"{told['admission'] * 1000:.0f} ms"
    items = told["rings"] * ITEMS_ELSEWHERE
    title = f"leave an agency with {items:,.0f} items in {told['rings']:,.0f} files"
    yield title, f"{told['leaving']:.2f} s until every wrap is gone"
    yield "new epoch of one file's ring", f"{told['epoch'] * 1000:.1f} ms"


def verdict_line(verdict: Verdict) -> str:
    """One promise with its figure."""
    word = "PASS" if verdict.kept else "MISS"
    if verdict.limit == HASH_SHARE_AT_LEAST:
        return f"  {word}  {verdict.promise}: {verdict.value:.1%}, at least {verdict.limit:.0%}"
    if verdict.limit == SIGN_IN_CPU_AT_MOST:
        return f"  {word}  {verdict.promise}: {verdict.value:.2f} s, at most {verdict.limit:.2f} s"
    return f"  {word}  {verdict.promise}: {verdict.value:.2f} x, at most {verdict.limit:.1f} x"


def markdown(found: Sequence[Measured], calls: int) -> Iterator[str]:
    """The table for the README."""
    sizes = found[0].sizes
    yield "| | | " + " | ".join(f"{total:,} referrals" for total in sizes) + " | growth |"
    yield "|---|---|" + "---:|" * (len(sizes) + 1)
    for measured in found:
        for act in ACTS:
            yield from _markdown_rows(measured, act)
        time = measured.sign_ins[CONFER]
        figure = f"{time.wall * 1000:.0f} ms, {time.share_of_cpu:.0%} of it Argon2id"
        yield f"| {measured.database}: sign in | Confer | {figure} |" + " |" * len(sizes)
    yield ""
    yield "| Keys | " + " | ".join(measured.database for measured in found) + " |"
    yield "|---|" + "---|" * len(found)
    for rows in zip(*map(key_rows, found), strict=True):
        yield f"| {rows[0][0]} | " + " | ".join(figure for _title, figure in rows) + " |"
    yield ""
    yield f"Medians of {calls} alternating calls. Machine: {machine()}."


def _markdown_rows(measured: Measured, act: str) -> Iterator[str]:
    title = f"{measured.database}: {WORDS[act]}"
    for side in SIDES:
        times = [f"{measured.medians[side, total, act]:.1f} ms" for total in measured.sizes]
        ratio = f"{growth(measured, side, act):.2f} x"
        yield f"| {title} | {side} | " + " | ".join([*times, ratio]) + " |"
    ratios = [f"**{against_twin(measured, total, act):.2f} x**" for total in measured.sizes]
    yield f"| {title} | against the faster twin | " + " | ".join(ratios) + " | |"
