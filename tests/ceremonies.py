"""The recovery ceremony with the cast: founding, a new lead, two custodians, the way back."""

import uuid

from django.utils import timezone

from accounts.actor import Actor
from accounts.keys import recovery
from accounts.keys.ceremony import Result, check_bundle, rewrap
from accounts.keys.recovery import Founded, OpenedFile
from accounts.roles import Role
from accounts.services.people import NewHat, create_member, invite, join
from accounts.services.recovery import found_recovery, import_recovery, next_recovery_number
from accounts.services.tending import tend_keys
from casework.services.leaving import end_hat
from casework.services.recovery import export_for
from casework.services.show_lists import show_home
from tests.world import PHRASE, PROGRAM, Person, World

CUSTODIANS = (
    ("Lena Marsh", "first of three long phrases"),
    ("Claire Nuñez", "second of three long phrases"),
    ("Mayor Adler", "third of three long phrases"),
)


def founded_by(
    world: World, person: Person | None = None, *, actor: Actor | None = None
) -> Founded:
    """Recovery keys, stated by Anke (or another coordinator, also in another hat)."""
    actor = actor or (person or world.anke).actor
    founded = recovery.found(
        CUSTODIANS, recovery=uuid.uuid4(), number=next_recovery_number(), pin=actor.keys.pin
    )
    found_recovery(actor=actor, founded=founded)
    return founded


def founded_everywhere(world: World) -> Founded:
    """Recovery keys, and every lead has signed in since: all desks are sealed to them."""
    founded = founded_by(world)
    for name in ("idris", "sofia", "noor", "rolf"):
        tend_keys(actor=world.people[name].actor)
    return founded


def custodian(founded: Founded, index: int) -> OpenedFile:
    """One custodian's file, opened with its phrase."""
    return recovery.open_file(founded.files[index], CUSTODIANS[index][1])


def newcomer(world: World, agency: str, name: str = "Vera Nolte") -> Person:
    """Somebody who joined as the agency's new lead and whom nobody has let in."""
    role = Role.COORDINATOR if agency == "office" else Role.AGENCY_LEAD
    hat = NewHat(world.agencies[agency], role, timezone.localdate())
    email = f"{uuid.uuid4().hex[:8]}@test.example"
    membership = create_member(origin=PROGRAM, email=email, name=name, hat=hat)
    token = invite(origin=PROGRAM, user=membership.user)
    person = Person(name, email, membership, join(origin=PROGRAM, token=token, phrase=PHRASE))
    world.people[name.split(maxsplit=1)[0].lower()] = person
    return person


def lose_desk(world: World, agency: str) -> None:
    """Everybody who held the agency's desk goes; nobody holds its key any more."""
    for hat_id in _hats_at_desk(world, agency):
        end_hat(actor=world.per.actor, membership_id=hat_id)


def opened_for(founded: Founded, person: Person, *, pair: tuple[int, int] = (0, 1)) -> Result:
    """What two custodians make of a bundle for this person's hat."""
    bundle = export_for(origin=PROGRAM, membership=person.membership)
    one, other = (custodian(founded, index) for index in pair)
    return rewrap(check_bundle(bundle, one.about), one, other)


def recover(founded: Founded, person: Person, *, pair: tuple[int, int] = (0, 1)) -> Result:
    """The whole way: bundle, custodians, import, and the new lead's next session and home page."""
    result = opened_for(founded, person, pair=pair)
    import_recovery(origin=PROGRAM, result=result)
    tend_keys(actor=person.actor)
    show_home(actor=person.actor)
    return result


def _hats_at_desk(world: World, agency: str) -> list[uuid.UUID]:
    if agency == "office":
        return [world.anke.membership.pk, world.deputy_hat.pk]
    names = {"school": "idris", "youth": "sofia", "family": "noor", "police": "rolf"}
    return [world.people[names[agency]].membership.pk]
