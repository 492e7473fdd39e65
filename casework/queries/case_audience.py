"""Who can read what on a case now, for the audience bar: generated from the rule and the matrix.

A viewer is told of others only what they may know (domain P-04): the desk sees which agency
screens with it, a referrer and a lead see that "another service" does, the second screener sees
the desk and nobody else.
"""

from collections.abc import Collection, Sequence
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.actor import Actor
from accounts.models import Membership
from casework import access
from casework.access_matrix import readable_compartments
from casework.choices import CaseRoleKind, Compartment
from casework.queries.audience import Audience, Because, Line

_SHOWN_TO = {
    CaseRoleKind.INTAKE: frozenset(CaseRoleKind),
    CaseRoleKind.AUTHOR: frozenset(CaseRoleKind),
    CaseRoleKind.CHECKER: frozenset(
        {CaseRoleKind.AUTHOR, CaseRoleKind.INTAKE, CaseRoleKind.CHECKER}
    ),
    CaseRoleKind.SCREENER: frozenset({CaseRoleKind.INTAKE, CaseRoleKind.SCREENER}),
    CaseRoleKind.CUSTODIAN: frozenset({CaseRoleKind.CUSTODIAN}),
}


def audience_of_case(actor: Actor, case_id: UUID, kind: CaseRoleKind) -> Audience:
    """Everybody who can read something of what this viewer can read on a case now."""
    return audience_of_items(actor, access.readable_on(actor, case_id), kind)


def audience_of_part(
    actor: Actor, case_id: UUID, part: Compartment, kind: CaseRoleKind
) -> Audience:
    """Everybody who can read something of one part of a case now."""
    items = access.readable_on(actor, case_id).filter(compartment=part)
    return audience_of_items(actor, items, kind)


def audience_of_items(
    actor: Actor, items: Collection[access.Readable], kind: CaseRoleKind
) -> Audience:
    """Everybody who can read these items now, as lines and as reasons."""
    return _audience(actor, items, access.readers_of(items), kind)


def audience_among(
    actor: Actor,
    holders: Collection[access.Holder],
    items: Collection[access.Readable],
    kind: CaseRoleKind,
) -> Audience:
    """`audience_of_items`, where the holders of roles on their cases are known already."""
    return _audience(actor, items, access.readers_among(holders, items), kind)


def _audience(
    actor: Actor,
    items: Collection[access.Readable],
    readers: Sequence[access.ReaderRow],
    kind: CaseRoleKind,
) -> Audience:
    rows = [row for row in readers if row.kind in _SHOWN_TO[kind]]
    parts = {item.id: Compartment(item.compartment) for item in items}
    lines = []
    reasons = []
    for each in CaseRoleKind:
        of_kind = [row for row in rows if row.kind is each]
        if of_kind:
            others = {row.user_id for row in of_kind} - {actor.user_id}
            if others:
                lines.append(_line(each, kind, others, of_kind))
            seen = {parts[row.item_id] for row in of_kind}
            reasons.append(Because(_group(each), _why(each, seen)))
    return Audience(now=(*lines, Line(_("You"))), not_for=_not_for(), reasons=tuple(reasons))


def parts_in_words(kind: CaseRoleKind) -> str:
    """The parts that a case role may get at all, from the matrix (for help and screens)."""
    allowed = readable_compartments(kind)
    return ", ".join(str(part.label) for part in Compartment if part in allowed)


def _line(
    each: CaseRoleKind,
    viewer: CaseRoleKind,
    others: set[UUID],
    rows: Sequence[access.ReaderRow],
) -> Line:
    detail = ""
    if each is CaseRoleKind.SCREENER:
        detail = _("the concern only, without the name, until the decision")
        if viewer is CaseRoleKind.INTAKE:
            names = _agency_names({row.hat_id for row in rows})
            return Line(", ".join(names), len(others), detail)
    if each is CaseRoleKind.CUSTODIAN:
        detail = _("the protected address only")
    if each is CaseRoleKind.CHECKER:
        detail = _("who it is about, the concern and other people, for the check")
    return Line(_group(each), len(others), detail)


def _agency_names(hat_ids: set[UUID]) -> list[str]:
    hats = Membership.objects.filter(pk__in=hat_ids).order_by("agency__name")
    return list(hats.values_list("agency__name", flat=True))


def _group(kind: CaseRoleKind) -> str:
    return {
        CaseRoleKind.AUTHOR: _("The referrer"),
        CaseRoleKind.CHECKER: _("The referrer's agency lead"),
        CaseRoleKind.INTAKE: _("Intake desk"),
        CaseRoleKind.SCREENER: _("A second service that screens"),
        CaseRoleKind.CUSTODIAN: _("Custodians of protected addresses"),
    }[kind]


def _why(kind: CaseRoleKind, seen: set[Compartment]) -> str:
    parts = ", ".join(str(part.label) for part in Compartment if part in seen)
    role = {
        CaseRoleKind.AUTHOR: _("wrote it and reads it until the screening is decided"),
        CaseRoleKind.CHECKER: _("was asked by the referrer to check it"),
        CaseRoleKind.INTAKE: _("reads what arrives and decides with a second service"),
        CaseRoleKind.SCREENER: _("was asked for a second view"),
        CaseRoleKind.CUSTODIAN: _("is named by the partnership to keep protected addresses"),
    }[kind]
    words = ngettext("%(role)s; part: %(parts)s", "%(role)s; parts: %(parts)s", len(seen))
    return words % {"role": role, "parts": parts}


def _not_for() -> tuple[str, ...]:
    return (_("anybody else at these services"), _("the administrators"))
