"""A program that does one act on an installation and is killed in it, again and again.

    manage.py shell -c "from tests.attacks.killed import main; main('end', 'writes')"

Each attempt is a process of its own, forked before it has touched anything, that kills itself with
SIGKILL: at its n-th writing statement, in the middle of a transaction; or right after its n-th
commit, between two. n grows until an attempt lives to the end. After each, another process looks
what everybody's keys open. One line of JSON for each look; the first is from before.
"""

import json
import os
import signal
import sys
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from accounts.actor import Actor
from accounts.keys import slots
from accounts.models import MemberKey, Membership, Partnership, Ring, RingEpoch, RingWrap, User
from accounts.models.member_keys import SlotKind
from accounts.queries import live_key, live_memberships
from accounts.roles import Role
from accounts.services.tending import tend_keys
from casework import access
from casework.choices import DraftKind
from casework.models import Draft, Item
from casework.services import leaving
from casework.services.keep_draft import begin_draft
from casework.services.leaving import end_hat, end_lapsed_hats, replace_lost_key
from casework.services.people import admit
from casework.services.take_in import acknowledge
from tests.leaving import lose, rejoin
from tests.old_keys import with_keys
from tests.referrals import send
from tests.world import PHRASE, PROGRAM, Person, World

_WRITES = ("INSERT", "UPDATE", "DELETE")
_MOST = 400


class _Killer:
    """Ends this process at the n-th write or after the n-th commit."""

    def __init__(self, way: str, number: int) -> None:
        self.way, self.left = way, number

    def watch(self) -> None:
        """From now on, in this process only."""
        if self.way == "writes":
            connection.execute_wrappers.append(self._write)
        else:
            leave = transaction.Atomic.__exit__

            def left(atomic: Any, *error: Any) -> None:
                leave(atomic, *error)
                if not connection.in_atomic_block and error == (None, None, None):
                    self._count()

            transaction.Atomic.__exit__ = left  # type: ignore[method-assign]

    def _write(self, execute: Any, sql: str, params: Any, many: Any, context: Any) -> Any:
        done = execute(sql, params, many, context)
        if sql.lstrip().upper().startswith(_WRITES):
            self._count()
        return done

    def _count(self) -> None:
        self.left -= 1
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


def person(name: str) -> Person:
    """Somebody of the cast with the keys that their phrase opens."""
    user = User.objects.get(email=f"{name}@test.example")
    slot = slots.slot_of(user, SlotKind.PASSWORD)
    hat = (
        Membership.objects.select_related("agency", "user").filter(user=user).earliest("created_at")
    )
    if slot is None:
        raise LookupError(name)
    return Person(user.name, user.email, hat, slots.open_password_slot(slot, PHRASE).keys)


def noors_hat() -> Membership:
    """Noor's hat at the office."""
    rows = Membership.objects.select_related("agency", "user")
    return rows.get(user__email="noor@test.example", role=Role.COORDINATOR)


def prepare(name: str) -> None:
    """Two referrals on team rings, one at the desk, a draft of Noor's; then what the act needs."""
    anke, maud, noor = person("anke"), person("maud"), person("noor")
    world = World(Partnership.objects.get(), {}, {"anke": anke, "maud": maud, "noor": noor})
    for _each in range(2):
        acknowledge(actor=anke.actor, referral_id=send(world))
    send(world)
    begin_draft(actor=noor.actor, kind=DraftKind.REFERRAL, answers={"given_names": "Teo"})
    if name == "midnight":
        day = timezone.localdate() - timedelta(days=1)
        Membership.objects.filter(pk=noors_hat().pk).update(starts_on=day, ends_on=day)
    elif name == "tend":
        _end()
    elif name == "admit":
        rejoin(noor, lose(noor, by=anke.actor))


def _anke() -> Actor:
    return person("anke").actor


def _end() -> None:
    end_hat(actor=_anke(), membership_id=noors_hat().pk)


def _midnight() -> None:
    end_lapsed_hats(origin=PROGRAM)


def _tend() -> None:
    tend_keys(actor=_anke())


def _lose() -> None:
    noor = User.objects.get(email="noor@test.example")
    if live_key(noor.pk) is not None:
        replace_lost_key(actor=_anke(), user_id=noor.pk)


def _admit() -> None:
    hats = live_memberships().filter(user__email="noor@test.example", admitted_at=None)
    for hat in hats.order_by("created_at"):
        admit(actor=_anke(), membership_id=hat.pk)


ACTS: dict[str, Callable[[], None]] = {
    "end": _end,
    "midnight": _midnight,
    "tend": _tend,
    "lose": _lose,
    "admit": _admit,
}


def look() -> dict[str, Any]:
    """What the raw keys of each person open now, by the rows as they are."""
    items = set(Item.objects.values_list("pk", flat=True))
    anke = person("anke")
    noor = MemberKey.objects.filter(user__email="noor@test.example").latest("created_at")
    slot = slots.slot_of(noor.user, SlotKind.PASSWORD)
    opens = with_keys(person("noor").keys).opens() if slot is not None else set()
    readable: set[object] = set()
    for hat in live_memberships().filter(user=noor.user) if slot is not None else ():
        readable |= set(access.readable(person("noor").acting(hat)).values_list("pk", flat=True))
    anke_opens = with_keys(anke.keys).opens()
    return {
        "anke_all": anke_opens == items,
        "anke_pin": anke.actor.keys.pin.seq,
        "noor": len(opens),
        "noor_reads": len(readable),
        "noor_wraps": RingWrap.objects.filter(member_key=noor).count(),
        "noor_hat": noors_hat().ended_at is None,
        "noor_key": noor.retired_at is None,
        "noor_admitted": noors_hat().admitted_at is not None,
        "noor_drafts": Draft.objects.filter(author=noor.user).count(),
        "stale": Ring.objects.exclude(stale_since=None).count(),
        "epochs": list(
            RingEpoch.objects.filter(ring__agency=anke.membership.agency)
            .order_by("number", "id")
            .values_list("number", flat=True)
        ),
        "items": len(items),
    }


def _forked(act: Callable[[], object]) -> int:
    """Run in a process of its own; its exit status, or the negative signal that killed it."""
    if connection.connection is not None:
        raise RuntimeError("processes must not share a connection")
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            act()
            status = 0
        finally:
            connection.close()
            sys.stdout.flush()
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def _show() -> None:
    print(json.dumps(look()))  # noqa: T201 - this is what the test reads


def main(name: str, way: str) -> None:
    """Kill, look, kill later, look, until an attempt comes to its end. Raises SystemExit."""
    leaving._CASES_AT_ONCE = 1
    _require(_forked(lambda: prepare(name)) == 0 and _forked(_show) == 0)
    number, step = 1, 1
    while number < _MOST:
        status = _forked(_attempt(name, way, number))
        _require(status in {0, -signal.SIGKILL} and _forked(_show) == 0)
        if status == 0:
            return
        number, step = number + step, step if way == "commits" else number
    _require(holds=False)


def _attempt(name: str, way: str, number: int) -> Callable[[], None]:
    def attempt() -> None:
        _Killer(way, number).watch()
        ACTS[name]()

    return attempt


def _require(holds: bool) -> None:  # noqa: FBT001 - read as a sentence
    if not holds:
        raise SystemExit("an attempt ended in another way")
