"""Leads one referral of Maud's, with every part in it, to each of its stages."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from uuid import UUID

from guardian.shortcuts import get_objects_for_user

from accounts.actor import Actor
from accounts.models import Membership
from accounts.services.people import admit_member
from casework.choices import CaseRoleKind, NotPursuedReason, ReturnReason
from casework.models import Case
from casework.services.check_referral import not_pursue, pass_check, send_past_lead
from casework.services.follow_up import withdraw
from casework.services.take_in import acknowledge, return_referral
from tests.referrals import ANSWERS, ask_sofia, close, send
from tests.world import Person, World

EVERYTHING = {**ANSWERS, "protected_address": "7 Rue des Lilas"}


@dataclass(frozen=True)
class Hatted:
    """Somebody of the cast in one of their hats; `name` is how the tables below call them."""

    name: str
    person: Person
    hat: Membership

    @property
    def actor(self) -> Actor:
        """The person acting in this hat, pins up to date."""
        return self.person.acting(self.hat)


def everybody(world: World) -> Iterator[Hatted]:
    """The whole cast in every hat: Noor of the family service is also Anke's deputy."""
    for name, person in world.people.items():
        yield Hatted(name, person, person.membership)
    yield Hatted("deputy", world.noor, world.deputy_hat)


def guardians_cases(hatted: Hatted, kinds: Iterable[CaseRoleKind] = CaseRoleKind) -> set[UUID]:
    """What django-guardian itself would say, as anybody might ask it one day."""
    return set(
        get_objects_for_user(
            hatted.person.user,
            [kind.value for kind in kinds],
            Case,
            any_perm=True,
            with_superuser=False,
            accept_global_perms=False,
        ).values_list("pk", flat=True)
    )


def name_custodian(world: World) -> None:
    """Lena keeps protected addresses; she is let in for that."""
    admit_member(actor=world.anke.actor, membership=world.lena.membership)
    world.partnership.protected_place_custodians.add(world.lena.membership)


def _drafted(_world: World) -> UUID | None:
    return None


def _with_lead(world: World) -> UUID:
    return send(world, through_lead=True, answers=EVERYTHING)


def _passed_on(world: World) -> UUID:
    referral_id = _with_lead(world)
    pass_check(actor=world.idris.actor, referral_id=referral_id)
    return referral_id


def _not_pursued(world: World) -> UUID:
    referral_id = _with_lead(world)
    reason = NotPursuedReason.HANDLED_HERE
    not_pursue(actor=world.idris.actor, referral_id=referral_id, reason=reason)
    return referral_id


def _past_lead(world: World) -> UUID:
    referral_id = _not_pursued(world)
    send_past_lead(actor=world.maud.actor, referral_id=referral_id)
    return referral_id


def _sent(world: World) -> UUID:
    return send(world, answers=EVERYTHING)


def _urgent(world: World) -> UUID:
    return send(world, urgent=True, through_lead=True, answers=EVERYTHING)


def _returned(world: World) -> UUID:
    referral_id = _sent(world)
    reason = ReturnReason.MISSING_FACTS
    return_referral(actor=world.anke.actor, referral_id=referral_id, reason=reason)
    return referral_id


def _withdrawn(world: World) -> UUID:
    referral_id = _passed_on(world)
    withdraw(actor=world.maud.actor, referral_id=referral_id)
    return referral_id


def _taken_in(world: World) -> UUID:
    referral_id = _passed_on(world)
    acknowledge(actor=world.anke.actor, referral_id=referral_id)
    return referral_id


def _with_second(world: World) -> UUID:
    referral_id = _taken_in(world)
    ask_sofia(world, referral_id)
    return referral_id


def _decided(world: World) -> UUID:
    referral_id = _with_second(world)
    close(world, referral_id)
    return referral_id


def _barred(world: World) -> UUID:
    return send(world, barred=("noor", "idris"), answers=EVERYTHING)


STAGES: dict[str, Callable[[World], UUID | None]] = {
    "draft": _drafted,
    "agency check": _with_lead,
    "after the check": _passed_on,
    "not pursued": _not_pursued,
    "past the lead": _past_lead,
    "sent without check": _sent,
    "urgent": _urgent,
    "returned": _returned,
    "withdrawn": _withdrawn,
    "acknowledged": _taken_in,
    "with second screener": _with_second,
    "decided": _decided,
    "deputy and lead barred": _barred,
}
