"""Sends a referral: a draft becomes sealed items, a case in screening and its readers, at once."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.actor import Actor
from accounts.keys.encoding import canonical
from accounts.keys.signing import SignedAs, sign
from accounts.models import Agency, Membership, User
from accounts.queries import desk_holders, live_memberships, the_partnership
from accounts.roles import SENDING_ROLES
from audit.events import Event, Outcome
from audit.record import record
from casework import access, sealing
from casework.answers import REFERRAL_ITEMS, ItemPlan, age_band, filled
from casework.choices import (
    BarSource,
    CaseRoleKind,
    CaseState,
    Channel,
    Compartment,
    DisclosurePurpose,
    DraftKind,
    FileKind,
    ItemKind,
    ReferralState,
    Urgency,
)
from casework.errors import AccessDenied, DraftGone, NobodyCanRead, NoCustodian
from casework.models import Case, Draft, Referral, SealedFile
from casework.services.desk_clock import acknowledge_by, give_role, let_desk_read
from casework.services.keep_draft import open_draft
from casework.services.recipients import (
    Reader,
    author_reader,
    desk_readers,
    person_reader,
    recipient_refs,
)
from casework.services.recovery import require_recovery
from casework.services.references import new_reference
from casework.services.storing import Going, NewItem, StoredItem, manifest_line, store_item
from casework.working_days import AGENCY_CHECK_DAYS, Desk

# What the agency lead may read in a check (domain P-03): neither who told nor the consent.
_CHECKED_PARTS = frozenset({Compartment.C1, Compartment.C2, Compartment.C12})


@dataclass(frozen=True, slots=True)
class Sending:
    """What is decided on the last page, beside the answers."""

    through_lead: bool
    urgent: bool = False
    barred: frozenset[UUID] = frozenset()


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that is settled before BEGIN."""

    file_id: UUID
    items: list[ItemPlan]
    keys: list[sealing.DataKey] = field(repr=False)
    answers: Mapping[str, Any] = field(repr=False)
    intake: list[Reader] = field(repr=False)
    check: list[Reader] = field(repr=False)
    custodians: list[Reader] = field(repr=False)
    now: datetime
    opens_at: datetime


def send_referral(*, actor: Actor, draft_id: UUID, sending: Sending) -> UUID:
    """Send a draft once, however often the button is pressed; returns the referral's id.

    Raises AccessDenied, DraftGone, NobodyCanRead (all barred), NoCustodian (a protected address
    without anybody to keep it), RecoveryNotReady and MissingKey; nothing is stored then and the
    draft stays.
    """
    sent = already_sent(actor, draft_id)
    if sent is not None:
        return sent
    draft = open_draft(actor=actor, draft_id=draft_id)
    if draft.kind is not DraftKind.REFERRAL or actor.hat.role not in SENDING_ROLES:
        raise AccessDenied("hat_does_not_send")
    require_recovery(actor=actor)
    plan = plan_sending(actor, draft.answers, sending)
    with transaction.atomic(durable=True):
        claimed, _each = Draft.objects.filter(pk=draft_id, author_id=actor.user_id).delete()
        referral = None
        if claimed:
            referral = store_referral(actor, plan, sending, draft_id)
        else:
            record(
                actor.origin,
                Event.REFERRAL_SUBMITTED,
                outcome=Outcome.REFUSED,
                reason="draft_gone",
                object_ref=draft_id,
            )
    if referral is None:
        return sent_meanwhile(actor, draft_id)
    sealing.erase_file(draft_id)
    return referral.id


def already_sent(actor: Actor, draft_id: UUID) -> UUID | None:
    """The actor's referral that was sent from this draft, if there is one."""
    cases = access.visible_cases(actor, [CaseRoleKind.AUTHOR])
    row = Referral.objects.filter(draft_id=draft_id, case__in=cases).first()
    return row.id if row else None


def sent_meanwhile(actor: Actor, draft_id: UUID) -> UUID:
    """The referral that another request of the actor made of this draft; DraftGone without one."""
    sent = already_sent(actor, draft_id)
    if sent is None:
        raise DraftGone
    return sent


def plan_sending(actor: Actor, answers: Mapping[str, Any], sending: Sending) -> Plan:
    """Settle items, readers and keys before BEGIN.

    Raises NobodyCanRead, NoCustodian or MissingKey.
    """
    partnership = the_partnership()
    office = partnership.coordination_office
    if office is None:
        raise NobodyCanRead
    answers = {**answers, **_source(actor, answers)}
    items = [plan for plan in REFERRAL_ITEMS if filled(plan, answers)]
    custodians: list[Reader] = []
    if any(plan.compartment == Compartment.C10 for plan in items):
        custodians = [person_reader(row, by=actor) for row in _custodians(sending)]
        if not custodians:
            raise NoCustodian
    now = timezone.now()
    file_id = uuid.uuid4()
    checked = sending.through_lead and not sending.urgent
    agency = Agency.objects.get(pk=actor.hat.agency_id)
    return Plan(
        file_id=file_id,
        items=items,
        intake=desk_readers(office, barred=sending.barred, by=actor),
        check=desk_readers(agency, barred=sending.barred, by=actor) if sending.through_lead else [],
        custodians=custodians,
        keys=sealing.new_file_keys(file_id, len(items)),
        answers=answers,
        now=now,
        opens_at=Desk.of(partnership).after_working_days(now, AGENCY_CHECK_DAYS)
        if checked
        else now,
    )


def _source(actor: Actor, answers: Mapping[str, Any]) -> dict[str, Any]:
    """Who told: the person who signs, or the caller for whom they typed."""
    return {
        "author_name": actor.name,
        "author_agency": actor.hat.agency_name,
        "how_known": answers.get("how_known", ""),
    }


def store_referral(actor: Actor, plan: Plan, sending: Sending, draft_id: UUID) -> Referral:
    """Store case, sealed items, readers and record of a plan, inside the act's transaction."""
    case = Case.objects.create(
        partnership_id=actor.hat.partnership_id,
        state=CaseState.SCREENING,
        age_band=age_band(plan.answers, timezone.localdate(plan.now)),
        opened_at=plan.now,
    )
    file = SealedFile.objects.create(id=plan.file_id, case=case, kind=FileKind.REFERRAL)
    checking = bool(plan.check) and plan.opens_at > plan.now
    referral = Referral.objects.create(
        reference=new_reference("RV"),
        case=case,
        file=file,
        draft_id=draft_id,
        agency_id=actor.hat.agency_id,
        state=ReferralState.AGENCY_CHECK if checking else ReferralState.SUBMITTED,
        urgency=Urgency.URGENT if sending.urgent else Urgency.NORMAL,
        channel=Channel.TELEPHONE if plan.answers.get("caller_name") else Channel.WRITTEN,
        submitted_at=plan.now,
        opens_at=plan.opens_at,
    )
    _bar(actor, case, sending)
    stored = _store_items(actor, plan, file)
    _grant_roles(actor, plan, case, sending)
    _record_sending(actor, plan, referral, stored)
    return referral


def _bar(actor: Actor, case: Case, sending: Sending) -> None:
    for person in User.objects.filter(pk__in=sending.barred).order_by("pk"):
        access.bar(case=case, user_id=person.pk, source=BarSource.REFERRER)
        record(
            actor.origin,
            Event.EXCLUSION_ADDED,
            reason=BarSource.REFERRER,
            case_ref=case.log_ref,
            recipients=[person.log_ref],
        )


def _store_items(actor: Actor, plan: Plan, file: SealedFile) -> list[StoredItem]:
    """The author signs one manifest of all texts, inside C11: nowhere else stands who wrote."""
    stored: list[StoredItem] = []
    manifest: dict[str, str] = {}
    order = sorted(range(len(plan.items)), key=lambda n: plan.items[n].kind is ItemKind.SOURCE)
    for n in order:
        each = plan.items[n]
        body = filled(each, plan.answers)
        is_source = each.kind is ItemKind.SOURCE
        if is_source:
            body |= sign_manifest(actor, file.id, manifest)
        new = NewItem(each.kind, each.compartment, each.mark, body, _going(actor, plan, each))
        done = store_item(
            new,
            file=file,
            agency_id=actor.hat.agency_id,
            key=plan.keys[n],
            at=plan.now,
            signer=actor.keys if is_source else None,
        )
        manifest[done.row.id.hex] = manifest_line(done.row.compartment, done.digest)
        stored.append(done)
    return stored


def sign_manifest(actor: Actor, file_id: UUID, manifest: Mapping[str, str]) -> dict[str, Any]:
    """The author's signature over the digests of all texts of a file."""
    signature = sign(
        actor.keys.sign_seed, SignedAs.MANIFEST, file_id.bytes, canonical(dict(manifest))
    )
    return {
        "manifest": dict(manifest),
        "manifest_key": actor.keys.id.hex,
        "manifest_signature": signature.hex(),
    }


def _going(actor: Actor, plan: Plan, item: ItemPlan) -> tuple[Going, ...]:
    author = Going(author_reader(actor), DisclosurePurpose.AUTHOR)
    if item.compartment == Compartment.C10:
        kept = [Going(reader, DisclosurePurpose.PROTECTION) for reader in plan.custodians]
        return (author, *kept)
    intake = [Going(reader, DisclosurePurpose.INTAKE) for reader in plan.intake]
    check = [
        Going(reader, DisclosurePurpose.AGENCY_CHECK)
        for reader in plan.check
        if item.compartment in _CHECKED_PARTS
    ]
    return (author, *intake, *check)


def _grant_roles(actor: Actor, plan: Plan, case: Case, sending: Sending) -> None:
    own_hat = Membership.objects.select_related("user").get(pk=actor.hat.membership_id)
    give_role(actor, case, own_hat, CaseRoleKind.AUTHOR, plan.now)
    deputies_at = plan.opens_at if sending.urgent else acknowledge_by(plan.opens_at)
    let_desk_read(actor, case, plan.opens_at, deputies_at=deputies_at)
    if plan.check:
        for row in desk_holders(actor.hat.agency_id):
            if row.user_id not in sending.barred:
                give_role(actor, case, row, CaseRoleKind.CHECKER, plan.now)
    if plan.custodians:
        for row in _custodians(sending):
            give_role(actor, case, row, CaseRoleKind.CUSTODIAN, plan.now)


def _custodians(sending: Sending) -> list[Membership]:
    """Those who keep protected places and act still; nobody whose hat has ended."""
    rows = the_partnership().protected_place_custodians.filter(pk__in=live_memberships())
    named = rows.select_related("user", "agency")
    return [row for row in named if row.user_id not in sending.barred]


def _record_sending(actor: Actor, plan: Plan, referral: Referral, stored: list[StoredItem]) -> None:
    case_ref = referral.case.log_ref
    record(actor.origin, Event.CASE_OPENED, case_ref=case_ref, object_ref=referral.case_id)
    readers = [*plan.intake, *plan.check, *plan.custodians]
    record(
        actor.origin,
        Event.REFERRAL_SUBMITTED,
        purpose=DisclosurePurpose.INTAKE,
        reason=referral.state,
        case_ref=case_ref,
        object_ref=referral.id,
        recipients=recipient_refs(readers),
        refs=[each.row.id for each in stored],
    )
