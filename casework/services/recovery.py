"""What recovery does to cases: which items a bundle holds, and what a new lead takes over."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts.actor import Actor
from accounts.keys.ceremony import Bundle, SealedItem, decode_result
from accounts.keys.wrapping import Purpose
from accounts.models import Membership, RecoveryGrant
from accounts.queries.recovery import is_rehearsed, live_recovery_key
from accounts.services.recovery import NewLead, export_recovery
from audit.events import Event, Outcome
from audit.record import Origin, record
from casework import access, sealing
from casework.choices import CaseRoleKind, DisclosurePurpose, RoleEnd
from casework.errors import AccessDenied, RecoveryNotReady, SealError
from casework.models import (
    Case,
    Disclosure,
    Exclusion,
    Item,
    ItemVersion,
    RecoveryShare,
    Referral,
)
from casework.queries.led_cases import cases_led
from casework.services.recipients import author_reader
from casework.services.recoverable import NOT_RECOVERED
from casework.services.storing import give_key

# What a new lead takes over from those who led before; nobody takes over what was an author's.
_TAKEN_OVER = (CaseRoleKind.INTAKE, CaseRoleKind.CHECKER, CaseRoleKind.CUSTODIAN)


def require_recovery(*, actor: Actor) -> None:
    """Return if the first referral may be sent; else record the attempt and refuse.

    Raises RecoveryNotReady where nobody has made and rehearsed recovery keys yet.
    """
    if not settings.RECOVERY_REQUIRED or is_rehearsed() or Referral.objects.exists():
        return
    with transaction.atomic(durable=True):
        record(
            actor.origin,
            Event.REFERRAL_SUBMITTED,
            outcome=Outcome.REFUSED,
            reason="recovery_not_ready",
        )
    raise RecoveryNotReady


def export_for(*, origin: Origin, membership: Membership) -> Bundle:
    """The bundle for one agency and its new lead, without cases from which that person is barred.

    Raises RecoveryRefused.
    """
    barred = Exclusion.objects.filter(user_id=membership.user_id).values_list("case_id", flat=True)
    new_lead = NewLead(
        membership, tuple(_named_items(membership.agency_id, barred)), frozenset(barred)
    )
    return export_recovery(origin=origin, new_lead=new_lead)


def take_recovered(*, actor: Actor) -> None:
    """After the rings: the items by name and the case roles of those who led before.

    Each grant is one transaction; what was taken over is then deleted from it.
    """
    waiting = RecoveryGrant.objects.filter(
        member_key_id=actor.keys.id, agency_id=actor.hat.agency_id, taken_at__isnull=False
    ).exclude(result=b"")
    for grant_id in list(waiting.values_list("pk", flat=True)):
        with transaction.atomic(durable=True):
            grant = RecoveryGrant.objects.select_for_update().get(pk=grant_id)
            if not grant.result:
                continue
            result = decode_result(bytes(grant.result))
            if result.lead.role == actor.hat.role:
                cases = _take_items(actor, result.items)
                _take_roles(actor, cases)
                grant.result = b""
                grant.save(update_fields=["result"])


def _named_items(agency_id: UUID, barred: Iterable[UUID]) -> Iterable[SealedItem]:
    """The items that people of this agency had by name and whose lines did not end otherwise."""
    key = live_recovery_key()
    lines = Disclosure.objects.filter(
        Q(ended_at=None) | Q(end_reason=RoleEnd.LEFT), to_agency_id=agency_id, to_user__isnull=False
    ).exclude(purpose__in=NOT_RECOVERED)
    rows = RecoveryShare.objects.filter(recovery_key=key, item__in=lines.values("item_id"))
    rows = rows.exclude(item__case_id__in=barred)
    for row in rows.order_by("item_id", "version"):
        kid32 = ItemVersion.objects.get(item_id=row.item_id, number=row.version).kid32
        yield SealedItem(row.item_id, row.version, bytes(row.blob), bytes(kid32))


def _take_items(actor: Actor, items: Sequence[SealedItem]) -> set[UUID]:
    """Keep each key that opens, with its line in the ledger; the cases on which one was kept."""
    now = timezone.now()
    rows = Item.objects.select_related("case").filter(pk__in=[each.item for each in items])
    found = {row.pk: row for row in rows}
    cases: set[UUID] = set()
    kept = []
    for each in items:
        item = found.get(each.item)
        root = _root(actor, each) if item is not None else b""
        if item is None or not root or access.is_barred(item.case, actor.user_id):
            continue
        line = Disclosure.objects.create(
            case_id=item.case_id,
            item=item,
            to_agency_id=actor.hat.agency_id,
            to_user_id=actor.user_id,
            purpose=_purpose(item, actor.hat.agency_id),
            made_at=now,
        )
        give_key(item, root, author_reader(actor), line, each.version)
        cases.add(item.case_id)
        kept.append(item.pk)
    if kept:
        record(
            actor.origin,
            Event.SHARE_RENEWED,
            reason="recovery",
            recipients=[actor.log_ref],
            refs=kept,
        )
    return cases


def _root(actor: Actor, each: SealedItem) -> bytes:
    """The data key's root from the own wrap; nothing where it does not open."""
    version = ItemVersion.objects.filter(item_id=each.item, number=each.version).first()
    if version is None:
        return b""
    try:
        return sealing.unwrap_root(
            each.blob,
            private=actor.keys.private,
            recipient_id=actor.keys.id,
            purpose=Purpose.ITEM,
            row_id=each.item,
            kid32=bytes(version.kid32),
        )
    except SealError:
        return b""


def _purpose(item: Item, agency_id: UUID) -> str:
    """For what people of this agency had the item by name, most recently."""
    lines = Disclosure.objects.filter(item=item, to_agency_id=agency_id, to_user__isnull=False)
    line = lines.exclude(purpose__in=NOT_RECOVERED).order_by("-made_at").first()
    return line.purpose if line else DisclosurePurpose.INTAKE.value


def _take_roles(actor: Actor, cases_by_name: set[UUID]) -> None:
    """The case roles of those who led before, each with its record; none for the barred."""
    now = timezone.now()
    hat = Membership.objects.select_related("user").get(pk=actor.hat.membership_id)
    for kind in _TAKEN_OVER:
        led = cases_led(actor.hat.agency_id, kind)
        for case in Case.objects.filter(pk__in=led):
            if kind is CaseRoleKind.CUSTODIAN and case.pk not in cases_by_name:
                continue
            try:
                access.grant(
                    case=case,
                    hat=hat,
                    kind=kind,
                    since=max(led[case.pk], now),
                    reason="recovery",
                    granted_by=actor.log_ref,
                )
            except AccessDenied:
                continue
            record(
                actor.origin,
                Event.CASE_ROLE_GRANTED,
                reason=kind.value,
                case_ref=case.log_ref,
                recipients=[actor.log_ref],
            )
