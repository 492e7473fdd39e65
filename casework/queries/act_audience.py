"""Who can read before and after an act that changes readers, and who can read one part."""

from dataclasses import replace
from uuid import UUID

from django.utils.translation import gettext as _

from accounts.actor import Actor
from casework import access
from casework.choices import CaseRoleKind, Compartment
from casework.models import Case
from casework.queries.audience import Audience, Line
from casework.queries.case_audience import audience_of_case, audience_of_items


def audience_of_part(
    actor: Actor, case_id: UUID, compartment: Compartment, kind: CaseRoleKind
) -> Audience:
    """Everybody who can read something in one part of a case, as far as the viewer may know."""
    items = access.readable_on(actor, case_id).filter(compartment=compartment)
    return audience_of_items(actor, items, kind)


def audience_if_asked(actor: Actor, case_id: UUID) -> Audience:
    """Asking a second service lets one person read the concern, without the name."""
    detail = _("the concern only, without the name, until the decision")
    now = audience_of_case(actor, case_id, CaseRoleKind.INTAKE)
    asked = Line(_("The one whom you ask"), 1, detail, _("new"))
    return replace(now, now=(), before=now.now, after=(*now.now, asked))


def audience_if_passed_on(actor: Actor, case_id: UUID) -> Audience:
    """Passing on opens it at the intake desk, deputies only if nobody else is there."""
    now = audience_of_case(actor, case_id, CaseRoleKind.CHECKER)
    roles = access.holders_of(Case.objects.get(pk=case_id), CaseRoleKind.INTAKE)
    first = {role.user_id for role in roles if role.hat.deputy_of_id is None}
    people = first or {role.user_id for role in roles}
    desk = Line(_("Intake desk"), len(people), _("every part but a protected address"), _("new"))
    return replace(now, now=(), before=now.now, after=(*now.now, desk))


def audience_if_decided(actor: Actor, case_id: UUID) -> Audience:
    """The decision ends the keys of the referrer, of a lead who checked and of the second."""
    now = audience_of_case(actor, case_id, CaseRoleKind.INTAKE)
    rows = access.readers_of(access.readable_on(actor, case_id))
    others = {row.user_id for row in rows if row.kind is CaseRoleKind.INTAKE} - {actor.user_id}
    desk = (Line(_("Intake desk"), len(others)),) if others else ()
    return replace(now, now=(), before=now.now, after=(*desk, Line(_("You"))))
