"""Acts of recovery as processes that a power cut ends at a chosen place.

python -m tests.killing found FOLDER PLACE
python -m tests.killing prepare
python -m tests.killing take PLACE
"""

import os
import signal
from collections.abc import Callable
from typing import Any, NoReturn

from django.core.management import call_command

from accounts.keys.slots import open_password_slot, slot_of
from accounts.models import Agency, Membership, Partnership
from accounts.models.member_keys import SlotKind
from accounts.services import recovered
from accounts.services.recovery import found_recovery as state_it
from accounts.services.recovery import import_recovery
from accounts.services.tending import tend_keys
from casework.management.commands import found_recovery
from tests.ceremonies import founded_by, newcomer, opened_for
from tests.world import PHRASE, PROGRAM, Person, World

NEVER = "never"
_STATING = "found_recovery"


def die(*_args: Any, **_options: Any) -> NoReturn:
    """What a power cut does: nothing is cleaned up."""
    os.kill(os.getpid(), signal.SIGKILL)
    raise SystemExit


def dying_after(act: Callable[..., Any]) -> Callable[..., Any]:
    """The act, done, and then no more."""

    def act_and_die(*args: Any, **options: Any) -> NoReturn:
        act(*args, **options)
        die()

    return act_and_die


def found(folder: str, place: str) -> None:
    """The founding at the keyboard."""
    if place == "before":
        setattr(found_recovery, _STATING, die)
    elif place == "after":
        setattr(found_recovery, _STATING, dying_after(state_it))
    elif place == "between":
        os.link = dying_after(os.link)
    call_command("found_recovery", email="anke@test.example", folder=folder)


def prepare() -> None:
    """A result waits for the new lead of the school."""
    agencies = {"school": Agency.objects.get(name="Lycée Gandon")}
    world = World(Partnership.objects.get(), agencies, {"anke": _person("Anke Vos")})
    founded = founded_by(world)
    tend_keys(actor=_person("Idris Bekele").actor)
    lead = newcomer(world, "school")
    import_recovery(origin=PROGRAM, result=opened_for(founded, lead))


def take(place: str) -> None:
    """The new lead's next session, killed where the named step would begin."""
    if place != NEVER:
        setattr(recovered, place, die)
    tend_keys(actor=_person("Vera Nolte").actor)


def _person(name: str) -> Person:
    hats = Membership.objects.select_related("user", "agency").filter(user__name=name)
    hat = hats.order_by("created_at")[0]
    slot = slot_of(hat.user, SlotKind.PASSWORD)
    if slot is None:
        raise LookupError(name)
    return Person(name, hat.user.email, hat, open_password_slot(slot, PHRASE).keys)
