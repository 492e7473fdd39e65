"""What a session does for recovery: seals rings to its key, takes in what a ceremony brought."""

import logging
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.actor import Actor
from accounts.errors import DirectoryForged, KeyFault, RecoveryRefused
from accounts.keys import directory, rings
from accounts.keys.ceremony import Result, decode_result
from accounts.keys.kem import fingerprint
from accounts.keys.recovery_statements import require_use
from accounts.keys.statements import StatementKind
from accounts.models import (
    KeyNotice,
    MemberKey,
    Membership,
    RecoveryGrant,
    Ring,
    RingEpoch,
    RingWrap,
)
from accounts.models.people import NoticeKind
from accounts.models.rings import RingKind
from accounts.queries import live_memberships
from accounts.services.history import changed_by
from audit.events import Event, Outcome
from audit.record import record

logger = logging.getLogger(__name__)

# A sign-in stays quick: further rings follow at the next one.
WRAPS_AT_ONCE = 100


def seal_missing_to_recovery(*, actor: Actor) -> None:
    """Wrap the rings that this person holds to the recovery key, where it came after them."""
    try:
        to = directory.recovery_recipient(pin=actor.keys.pin)
    except DirectoryForged:
        logger.exception("nothing is sealed to a recovery key that is not the one stated")
        return
    if to is None:
        return
    with transaction.atomic():
        missing = RingEpoch.objects.select_related("ring").filter(
            retired_at=None, wraps__member_key_id=actor.keys.id
        )
        sealed = []
        for epoch in missing.exclude(recovery_wraps__recovery_key_id=to.id)[:WRAPS_AT_ONCE]:
            try:
                directory.require_epoch(epoch, epoch.ring.agency_id, pin=actor.keys.pin)
                seed = rings.open_ring(epoch, actor.keys).seed
            except KeyFault:
                logger.exception("a ring is not sealed to the recovery key: %s", epoch.ring_id)
                continue
            rings.seal_to_recovery(seed, epoch, by=actor.keys)
            sealed.append(epoch.ring_id)
        if sealed:
            record(actor.origin, Event.KEY_RING_WRAPPED, reason="recovery", refs=sealed)


def take_recovery(*, actor: Actor) -> None:
    """Take in what a ceremony brought for this person's key; each grant is one transaction.

    A grant that does not verify is refused, recorded and gone: it can be brought again.
    """
    waiting = RecoveryGrant.objects.filter(member_key_id=actor.keys.id, taken_at=None)
    for grant_id in list(waiting.order_by("created_at").values_list("pk", flat=True)):
        try:
            with transaction.atomic():
                _take(actor, grant_id)
        except (KeyFault, RecoveryRefused) as error:
            logger.warning("a recovery is refused: %s", type(error).__name__)
            with transaction.atomic():
                RecoveryGrant.objects.filter(pk=grant_id, taken_at=None).delete()
                record(
                    actor.origin,
                    Event.RECOVERY_USED,
                    outcome=Outcome.REFUSED,
                    reason="forged_result",
                    object_ref=grant_id,
                )


def _take(actor: Actor, grant_id: UUID) -> None:
    """All of one grant: the statement that lets this key in, its rings, and that all are told."""
    grant = RecoveryGrant.objects.select_for_update().filter(pk=grant_id, taken_at=None).first()
    if grant is None:
        return
    result = decode_result(bytes(grant.result))
    lead = result.lead
    if (result.bundle, lead.member_key, lead.agency) != (grant.id, actor.keys.id, grant.agency_id):
        raise RecoveryRefused("other_lead")
    require_use(result.statement(), directory.verified(actor.keys.pin).recovery)
    hats = live_memberships().filter(agency_id=lead.agency, role=lead.role)
    hat = hats.filter(user_id=actor.user_id).first()
    if hat is None:
        return  # It waits: the hat may begin later.
    directory.append(
        StatementKind.RECOVERY_USED,
        actor.keys.id,
        result.statement(),
        by=actor.keys,
        origin=actor.origin,
    )
    with changed_by(actor.origin):
        hat.admitted_at = timezone.now()
        hat.save(update_fields=["admitted_at"])
    ring_ids = _hold_rings(actor, result)
    _restart_lost_desk(actor, hat)
    KeyNotice.objects.create(
        agency_id=lead.agency, about_id=actor.user_id, kind=NoticeKind.RECOVERY_USED
    )
    grant.taken_at = timezone.now()
    grant.save(update_fields=["taken_at"])
    record(
        actor.origin,
        Event.RECOVERY_USED,
        object_ref=grant.id,
        recipients=[actor.log_ref],
        refs=ring_ids,
    )


def _hold_rings(actor: Actor, result: Result) -> list[UUID]:
    """Keep each ring's wrap, once it is proved, and let the ring wait for its next epoch."""
    stated = directory.verified(actor.keys.pin).epochs
    ids = [each.epoch for each in result.rings]
    epochs = {row.pk: row for row in RingEpoch.objects.select_related("ring").filter(pk__in=ids)}
    for each in result.rings:
        epoch = epochs.get(each.epoch)
        if epoch is None:
            raise RecoveryRefused("other_ring")
        if stated[epoch.id.hex].kem != fingerprint(bytes(epoch.kem_public)).hex():
            raise DirectoryForged("a ring's key is not the one stated")
        rings.open_wrapped_ring(epoch, each.blob, actor.keys)
        RingWrap.objects.get_or_create(
            epoch=epoch, member_key_id=actor.keys.id, defaults={"blob": each.blob}
        )
    held = {epoch.ring_id for epoch in epochs.values()}
    Ring.objects.filter(pk__in=held).update(stale_since=timezone.now())
    return sorted(held)


def _restart_lost_desk(actor: Actor, hat: Membership) -> None:
    """A desk that no wrap opens any more begins anew; what lies there stays closed."""
    desk = Ring.objects.filter(agency_id=hat.agency_id, kind=RingKind.DESK).first()
    if desk is None:
        return
    holders = RingWrap.objects.filter(
        epoch__ring=desk,
        epoch__retired_at=None,
        member_key__retired_at=None,
    )
    if not holders.exists():
        own = MemberKey.objects.get(pk=actor.keys.id)
        rings.restart_ring(desk, [own], by=actor.keys, origin=actor.origin)
        record(actor.origin, Event.KEY_RING_RENEWED, reason="restarted", object_ref=desk.id)
