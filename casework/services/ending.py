"""Ends shares: keys go at once, the ledger keeps when and why. Needs no key of anybody."""

from django.db.models import QuerySet
from django.utils import timezone

from audit.events import Event
from audit.record import Origin, record
from casework import access
from casework.choices import CaseRoleKind, RoleEnd
from casework.models import Case, Disclosure, Share


def end_shares(origin: Origin, case: Case, lines: QuerySet[Disclosure], reason: str) -> None:
    """End these open lines of the ledger and delete their keys.

    Who is suspended or lost a key has lines without keys; they end too, else they would be sent
    again.
    """
    rows = list(lines.filter(ended_at__isnull=True).values_list("pk", "item_id"))
    if not rows:
        return
    ids = [row[0] for row in rows]
    Disclosure.objects.filter(pk__in=ids).update(ended_at=timezone.now(), end_reason=reason)
    Share.objects.filter(disclosure__in=ids).delete()
    record(
        origin,
        Event.SHARE_ENDED,
        reason=reason,
        case_ref=case.log_ref,
        refs=sorted({row[1] for row in rows}),
    )


def end_case_roles(origin: Origin, case: Case, kind: CaseRoleKind, reason: RoleEnd) -> None:
    """End every role of one kind on a case."""
    ended = access.end_roles(case=case, kind=kind, reason=reason)
    if ended:
        record(
            origin,
            Event.CASE_ROLE_ENDED,
            reason=kind.value,
            case_ref=case.log_ref,
            recipients=[row.user.log_ref for row in ended],
        )
