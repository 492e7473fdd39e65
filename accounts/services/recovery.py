"""Acts of the recovery ceremony: found, rehearse, write a bundle, bring a result back.

None of them opens anything: the two custodians do that, on a machine of their own.
"""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from accounts.actor import Actor
from accounts.errors import DirectoryForged, NotAllowed, RecoveryRefused
from accounts.keys import directory
from accounts.keys.ceremony import (
    Bundle,
    Lead,
    Names,
    Result,
    SealedItem,
    SealedRing,
    encode_result,
)
from accounts.keys.encoding import canonical
from accounts.keys.kem import KemPrivate
from accounts.keys.recovery import Founded
from accounts.keys.recovery_statements import require_use
from accounts.keys.statements import Statement, StatementKind
from accounts.models import (
    DirectoryStatement,
    MemberKey,
    Membership,
    RecoveryGrant,
    RecoveryKey,
    RecoveryWrap,
)
from accounts.queries import live_key, the_partnership
from accounts.roles import Role
from accounts.services.people import is_admitted
from accounts.services.recovered import seal_missing_to_recovery
from audit.events import Event, Outcome
from audit.record import Origin, record


@dataclass(frozen=True, slots=True)
class NewLead:
    """For whom a bundle is made, and what goes with the rings: items that are sealed by name."""

    membership: Membership
    items: tuple[SealedItem, ...] = field(default=(), repr=False)
    barred_cases: frozenset[UUID] = frozenset()


def next_recovery_number() -> int:
    """The number of the next recovery key, from 1."""
    newest: int | None = RecoveryKey.objects.aggregate(newest=Max("number"))["newest"]
    return (newest or 0) + 1


def found_recovery(*, actor: Actor, founded: Founded) -> None:
    """State a new recovery key and seal to it at once what this coordinator holds.

    What others hold follows when they next open their keys. Raises NotAllowed.
    """
    about = founded.about
    with transaction.atomic(durable=True):
        allowed = actor.hat.role is Role.COORDINATOR and is_admitted(actor)
        record(
            actor.origin,
            Event.RECOVERY_FOUNDED,
            outcome=Outcome.DONE if allowed else Outcome.REFUSED,
            reason="" if allowed else "not_a_coordinator",
            object_ref=about.recovery,
        )
        if allowed:
            directory.hold()
            RecoveryKey.objects.filter(retired_at=None).update(retired_at=timezone.now())
            RecoveryKey.objects.create(
                id=about.recovery,
                number=about.number,
                kem_public=about.kem,
                custodian_names=[each.name for each in about.custodians],
            )
            signatures = [each.hex() for each in founded.signatures]
            fields = {**about.statement(), "signatures": signatures}
            directory.append(
                StatementKind.RECOVERY_KEY,
                about.recovery,
                fields,
                by=actor.keys,
                origin=actor.origin,
            )
            seal_missing_to_recovery(actor=actor)
    if not allowed:
        raise NotAllowed("not_a_coordinator")


def rehearse_recovery(*, origin: Origin, recovery: UUID, private: KemPrivate) -> None:
    """Note that two custodians opened the seed of the key to which everything is sealed.

    Raises RecoveryRefused for another key; nothing else is touched.
    """
    with transaction.atomic(durable=True):
        row = RecoveryKey.objects.filter(pk=recovery, retired_at=None).first()
        same = row is not None and bytes(row.kem_public) == private.public
        if row is not None and same:
            row.rehearsed_at = timezone.now()
            row.save(update_fields=["rehearsed_at"])
        record(
            origin,
            Event.RECOVERY_REHEARSED,
            outcome=Outcome.DONE if same else Outcome.REFUSED,
            reason="" if same else "other_recovery",
            object_ref=recovery,
        )
    if not same:
        raise RecoveryRefused("other_recovery")


def export_recovery(*, origin: Origin, new_lead: NewLead) -> Bundle:
    """Everything that the custodians need for one agency and one new lead; opens nothing.

    Raises RecoveryRefused without a recovery key, for somebody without keys or in another role.
    """
    membership = new_lead.membership
    stated = directory.verified(directory.newest_pin()).recovery
    office = the_partnership().coordination_office_id == membership.agency_id
    key = live_key(membership.user_id)
    if stated is None:
        raise RecoveryRefused("no_recovery")
    if key is None:
        raise RecoveryRefused("no_keys")
    if membership.role != (Role.COORDINATOR if office else Role.AGENCY_LEAD):
        raise RecoveryRefused("other_role")
    recovery = UUID(stated.id)
    rings = tuple(_sealed_rings(recovery, membership.agency_id, new_lead.barred_cases))
    bundle = Bundle(
        id=uuid.uuid4(),
        names=Names(the_partnership().name, membership.agency.name, membership.user.name),
        lead=Lead(membership.user_id, key.id, membership.agency_id, membership.role),
        kem=bytes(key.kem_public),
        recovery=recovery,
        directory=tuple(_statements()),
        rings=rings,
        items=new_lead.items,
    )
    with transaction.atomic(durable=True):
        record(
            origin,
            Event.RECOVERY_EXPORTED,
            object_ref=bundle.id,
            recipients=[membership.user.log_ref],
            refs=[each.epoch for each in rings],
        )
    return bundle


def import_recovery(*, origin: Origin, result: Result) -> None:
    """Keep a result until the new lead's next session takes it in. Raises RecoveryRefused."""
    refusal = _why_not(result)
    with transaction.atomic(durable=True):
        if not refusal:
            RecoveryGrant.objects.create(
                id=result.bundle,
                member_key_id=result.lead.member_key,
                agency_id=result.lead.agency,
                result=canonical(encode_result(result)),
            )
        record(
            origin,
            Event.RECOVERY_IMPORTED,
            outcome=Outcome.REFUSED if refusal else Outcome.DONE,
            reason=refusal,
            object_ref=result.bundle,
        )
    if refusal:
        raise RecoveryRefused(refusal)


def _why_not(result: Result) -> str:
    """The code of why a result is not what two custodians signed for somebody here."""
    stated = directory.verified(directory.newest_pin())
    known = RecoveryGrant.objects.filter(pk=result.bundle).exists()
    if known or result.bundle.hex in stated.bundles:
        return "other_bundle"
    try:
        require_use(result.statement(), stated.recovery)
    except DirectoryForged:
        return "forged_result"
    lead = result.lead
    rows = MemberKey.objects.filter(pk=lead.member_key, user_id=lead.user, retired_at=None)
    hats = Membership.objects.filter(
        user_id=lead.user, agency_id=lead.agency, role=lead.role, ended_at=None
    )
    return "" if rows.exists() and hats.exists() else "other_lead"


def _sealed_rings(
    recovery: UUID, agency_id: UUID, barred_cases: Iterable[UUID]
) -> Iterable[SealedRing]:
    """The newest epoch of each of the agency's rings that this recovery key opens."""
    rows = RecoveryWrap.objects.select_related("epoch__ring").filter(
        recovery_key_id=recovery, epoch__ring__agency_id=agency_id
    )
    newest = {row.epoch.ring_id: row for row in rows.order_by("epoch__number")}
    barred = set(barred_cases)
    for row in newest.values():
        if row.epoch.ring.case_id not in barred:
            yield SealedRing(row.epoch_id, bytes(row.blob), bytes(row.epoch.kid32))


def _statements() -> Iterable[Statement]:
    for row in DirectoryStatement.objects.order_by("seq"):
        yield Statement(bytes(row.body), bytes(row.signature))
