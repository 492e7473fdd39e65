"""One small partnership with a fixed cast, the same names in every test.

Maud sends. Idris leads her school and reads only what she lets him check. Henri is her colleague
without a part. Anke reads the desk's arrivals, Noor is her deputy from another agency. Sofia leads
the youth service and screens; Kai is her colleague without a part. Rolf of the police was never
asked. Per administers, Nora audits, Claire is DPO. Sam is a superuser who may read nothing.
"""

from copy import deepcopy
from dataclasses import dataclass, field, replace
from functools import cached_property

from django.conf import settings
from django.db import connection
from django.utils import timezone

from accounts.actor import Actor, make_actor
from accounts.keys import directory
from accounts.keys.member import MemberKeys
from accounts.models import Agency, Membership, Partnership, User
from accounts.models.partnership import AgencyKind, LegalRegime
from accounts.roles import Role
from accounts.services.partnerships import Founder, create_agency, found_partnership
from accounts.services.people import NewHat, admit_member, create_member, invite, join
from accounts.services.tending import tend_keys
from audit.record import Origin
from tests.rows import Rows, database_is_empty, put_rows, take_rows

PHRASE = "four words for every test"
PROGRAM = Origin(None, None, "", None, None, "command")


@dataclass
class Person:
    """Somebody of the cast, with the keys that their phrase opens."""

    name: str
    email: str
    membership: Membership
    keys: MemberKeys = field(repr=False)
    phrase: str = field(default=PHRASE, repr=False)

    @property
    def user(self) -> User:
        return self.membership.user

    @property
    def actor(self) -> Actor:
        """The person acting in their first hat, with their pins up to date."""
        return self.acting(self.membership)

    def acting(self, membership: Membership) -> Actor:
        """The person in another hat."""
        self.keys = directory.advance(self.keys)
        origin = Origin(
            self.user.log_ref, membership.agency_id, membership.role, None, None, "browser"
        )
        return make_actor(self.user, membership, self.keys, origin)


@dataclass
class World:
    """The partnership and its people."""

    partnership: Partnership
    agencies: dict[str, Agency]
    people: dict[str, Person]

    def __getattr__(self, name: str) -> Person:
        try:
            return self.people[name]
        except KeyError as error:
            raise AttributeError(name) from error

    @cached_property
    def deputy_hat(self) -> Membership:
        """Noor's second hat: Anke's deputy at the intake desk."""
        return Membership.objects.select_related("agency", "user").get(
            user=self.people["noor"].user, role=Role.COORDINATOR
        )


_AGENCIES = (
    ("school", "Lycée Gandon", AgencyKind.SCHOOL, LegalRegime.GDPR),
    ("youth", "Rivenne youth service", AgencyKind.YOUTH, LegalRegime.GDPR),
    ("family", "Family support Rivenne", AgencyKind.FAMILY, LegalRegime.GDPR),
    ("police", "Rivenne police", AgencyKind.POLICE, LegalRegime.LED),
    ("city", "City of Rivenne", AgencyKind.CITY, LegalRegime.GDPR),
)
_LEADS = (
    ("idris", "Idris Bekele", "school"),
    ("sofia", "Sofia Ruiz", "youth"),
    ("noor", "Noor Haddad", "family"),
    ("rolf", "Rolf Sand", "police"),
)
_OTHERS = (
    ("maud", "Maud Terrel", "school", Role.FRONTLINE),
    ("henri", "Henri Colas", "school", Role.FRONTLINE),
    ("kai", "Kai Brandt", "youth", Role.PANEL_MEMBER),
    ("nora", "Nora Lind", "city", Role.AUDITOR),
    ("per", "Per Holm", "city", Role.PADMIN),
    ("claire", "Claire Nuñez", "city", Role.DPO),
    ("lena", "Lena Marsh", "city", Role.CHAIR),
    ("sam", "Sam Root", "city", Role.PADMIN),
)


@dataclass(frozen=True)
class _Kept:
    """A world that was built in this process, with all its rows."""

    world: World
    rows: list[Rows]


_kept: dict[tuple[str, ...], _Kept] = {}
_real_now = timezone.now


def build_world() -> World:
    """Found RivePrev with its whole cast; once by the services, afterwards by putting rows back.

    A test that moved the clock, or that put something into the database before, gets a world of
    its own.
    """
    if timezone.now is not _real_now or not database_is_empty():
        return _build_world()
    place = (
        connection.vendor,
        str(settings.KEEPER_PATH),
        str(settings.KEY_DERIVATION),
        str(timezone.localdate()),
    )
    if place not in _kept:
        world = _build_world()
        _kept[place] = _Kept(_copy(world), take_rows())
        return world
    put_rows(_kept[place].rows)
    return _copy(_kept[place].world)


def _copy(world: World) -> World:
    """The same people with rows of their own; keys are never changed, so they are shared."""
    partnership, agencies = deepcopy((world.partnership, world.agencies))
    people = {
        name: replace(person, membership=deepcopy(person.membership))
        for name, person in world.people.items()
    }
    return World(partnership, agencies, people)


def _build_world() -> World:
    """Found RivePrev with its whole cast, by the same services that the product uses."""
    partnership = Partnership.objects.create(
        name="RivePrev",
        city="Rivenne",
        country="FR",
        emergency_numbers=[["Emergency", "112"], ["Police", "17"]],
    )
    office = create_agency(
        origin=PROGRAM,
        partnership=partnership,
        name="Rivenne prevention office",
        kind=AgencyKind.CITY,
        legal_regime=LegalRegime.GDPR,
    )
    founder = Founder("Anke Vos", "anke@test.example", PHRASE)
    membership, keys = found_partnership(
        origin=PROGRAM, partnership=partnership, office=office, founder=founder
    )
    anke = Person("Anke Vos", founder.email, membership, keys)
    agencies = {"office": office}
    for key, name, kind, regime in _AGENCIES:
        agencies[key] = create_agency(
            origin=PROGRAM, partnership=partnership, name=name, kind=kind, legal_regime=regime
        )
    world = World(partnership, agencies, {"anke": anke})
    for key, name, agency in _LEADS:
        world.people[key] = _join(key, name, agencies[agency], Role.AGENCY_LEAD)
        admit_member(actor=anke.actor, membership=world.people[key].membership)
        tend_keys(actor=world.people[key].actor)
    for key, name, agency, role in _OTHERS:
        world.people[key] = _join(key, name, agencies[agency], role)
    _make_deputy(world)
    User.objects.filter(pk=world.people["sam"].user.pk).update(is_superuser=True)
    return world


def _join(key: str, name: str, agency: Agency, role: Role) -> Person:
    hat = NewHat(agency, role, timezone.localdate())
    email = f"{key}@test.example"
    membership = create_member(origin=PROGRAM, email=email, name=name, hat=hat)
    token = invite(origin=PROGRAM, user=membership.user)
    keys = join(origin=PROGRAM, token=token, phrase=PHRASE)
    return Person(name, email, membership, keys)


def _make_deputy(world: World) -> None:
    anke = world.people["anke"]
    hat = NewHat(
        world.agencies["office"],
        Role.COORDINATOR,
        timezone.localdate(),
        deputy_of=anke.membership,
    )
    noor = world.people["noor"]
    membership = create_member(origin=PROGRAM, email=noor.email, name=noor.name, hat=hat)
    admit_member(actor=anke.actor, membership=membership)
