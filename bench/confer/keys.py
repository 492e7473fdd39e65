"""Acts on keys in a filled database: sign in, let in, leave, renew; in seconds, medians of each.

What leaves is a deputy of the intake desk who holds as many team rings as make `ITEMS` items. Most
rings are filler that opens for nobody, so new epochs are timed on those that were truly made, and
one epoch's time stands for each.
"""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from statistics import median
from time import perf_counter, process_time
from urllib.parse import urlencode

from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.keys.slots import open_password_slot, slot_of
from accounts.models import Agency, Membership, Ring, RingEpoch, RingWrap, User
from accounts.models.member_keys import SlotKind
from accounts.models.partnership import AgencyKind, LegalRegime
from accounts.models.rings import RingKind
from accounts.roles import Role
from accounts.services.partnerships import create_agency
from accounts.services.people import NewHat, admit_member, create_member, invite, join
from accounts.services.tending import renew
from bench.plan import ITEMS_ELSEWHERE, OPENED
from bench.side import WrongAnswerError
from casework.services.leaving import end_hat
from tests.world import PHRASE, PROGRAM, Person, World

ITEMS = 100_000
TOGETHER = 8
_AGENCIES = 10
_SIGN_INS = 9
_HOST = "localhost"
_FORM = "application/x-www-form-urlencoded"
_SPARE = os.urandom(1204)


def measure_keys(_total: int) -> dict[str, float]:
    """Every figure by its name; see bench.key_report for the words."""
    world = _world()
    one, one_cpu = _sign_ins("maud@test.example")
    several = _person_of_several(world)
    ten, ten_cpu = _sign_ins(several)
    return {
        "sign_in_1": one,
        "sign_in_1_cpu": one_cpu,
        "sign_in_10": ten,
        "sign_in_10_cpu": ten_cpu,
        "together": _together(world),
        "admission": median(_admission(world, number) for number in range(5)),
        **_leaving(world),
    }


def _world() -> World:
    """The cast that filled the database, with the keys that their phrase opens."""
    agencies = {"office": Agency.objects.get(name="Rivenne prevention office")}
    people = {}
    for user in User.objects.filter(email__endswith="@test.example").order_by("created_at"):
        membership = Membership.objects.select_related("user", "agency").filter(user=user).first()
        slot = slot_of(user, SlotKind.PASSWORD)
        if membership is not None and slot is not None:
            keys = open_password_slot(slot, PHRASE).keys
            name = user.email.partition("@")[0]
            people[name] = Person(user.name, user.email, membership, keys)
    return World(agencies["office"].partnership, agencies, people)


def _sign_in(email: str) -> None:
    client = Client(SERVER_NAME=_HOST)
    fields = urlencode({"login": email, "password": PHRASE})
    answer = client.post(reverse("sign_in"), fields, content_type=_FORM, secure=True)
    if answer.status_code != 302:
        raise WrongAnswerError(f"sign-in: {answer.status_code}")


def _sign_ins(email: str) -> tuple[float, float]:
    """Median of the clock and of all cores."""
    walls, cpus = [], []
    for _ in range(_SIGN_INS):
        wall, cpu = perf_counter(), process_time()
        _sign_in(email)
        walls.append(perf_counter() - wall)
        cpus.append(process_time() - cpu)
    return median(walls), median(cpus)


def _person_of_several(world: World) -> str:
    """Somebody who leads ten agencies and holds all their desks."""
    email = "several@test.example"
    keys = None
    for number in range(_AGENCIES):
        agency = create_agency(
            origin=PROGRAM,
            partnership=world.partnership,
            name=f"Led by several {number}",
            kind=AgencyKind.NGO,
            legal_regime=LegalRegime.GDPR,
        )
        hat = NewHat(agency, Role.AGENCY_LEAD, timezone.localdate())
        membership = create_member(origin=PROGRAM, email=email, name="Several", hat=hat)
        if keys is None:
            token = invite(origin=PROGRAM, user=membership.user)
            keys = join(origin=PROGRAM, token=token, phrase=PHRASE)
        admit_member(actor=world.anke.actor, membership=membership)
    return email


def _together(world: World) -> float:
    """Eight people sign in at the same moment; seconds until the last is in."""
    emails = [person.email for person in world.people.values()][:TOGETHER]

    def sign_in(email: str) -> None:
        try:
            _sign_in(email)
        finally:
            connection.close()

    with ThreadPoolExecutor(TOGETHER) as threads:
        return _taken(lambda: list(threads.map(sign_in, emails)))


def _admission(world: World, number: int) -> float:
    """Let somebody in to a desk: a statement and the ring's wrap."""
    hat = NewHat(world.agencies["office"], Role.COORDINATOR, timezone.localdate())
    email = f"admitted{number}@test.example"
    membership = create_member(origin=PROGRAM, email=email, name="Admitted", hat=hat)
    join(origin=PROGRAM, token=invite(origin=PROGRAM, user=membership.user), phrase=PHRASE)
    actor = world.anke.actor
    return _taken(lambda: admit_member(actor=actor, membership=membership))


def _leaving(world: World) -> dict[str, float]:
    """End the deputy's hat, then make new epochs of the rings that open."""
    noor = world.noor
    office = world.agencies["office"]
    true_rings, given = _give_rings(noor, office, ITEMS // ITEMS_ELSEWHERE)
    actor = world.anke.actor
    leaving = _taken(lambda: end_hat(actor=actor, membership_id=world.deputy_hat.pk))
    if RingWrap.objects.filter(member_key__user=noor.user, epoch__ring__agency=office).exists():
        raise WrongAnswerError("a leaver kept a wrap")
    times = [
        _taken(lambda ring=ring: renew(actor=actor, ring_id=ring.pk))  # type: ignore[misc]
        for ring in true_rings
    ]
    return {"leaving": leaving, "rings": float(given), "epoch": median(times)}


def _give_rings(person: Person, office: Agency, count: int) -> tuple[list[Ring], int]:
    """Wraps of that many of the office's team rings; those truly made, and how many were given."""
    key = person.keys.id
    epochs = RingEpoch.objects.filter(ring__agency=office, ring__kind=RingKind.TEAM)
    held = set(RingWrap.objects.filter(member_key_id=key).values_list("epoch_id", flat=True))
    spare = list(epochs.exclude(pk__in=held).values_list("pk", flat=True)[:count])
    RingWrap.objects.bulk_create(
        (RingWrap(epoch_id=epoch, member_key_id=key, blob=_SPARE) for epoch in spare),
        batch_size=500,
    )
    return list(Ring.objects.filter(epochs__in=held, kind=RingKind.TEAM)[:OPENED]), len(spare)


def _taken(act: Callable[[], object]) -> float:
    started = perf_counter()
    act()
    return perf_counter() - started
