"""What the page of a referral shows to desk, lead and second screener; no text of the case."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.actor import Actor
from casework.access_matrix import Act
from casework.choices import (
    AgeBand,
    CaseRoleKind,
    Channel,
    Compartment,
    NotPursuedReason,
    ReferralState,
    ReturnReason,
)
from casework.forms.desk_words import NEXT_STEPS, YOUR_PART
from casework.queries.case_audience import audience_of_case
from casework.queries.case_page import Part
from casework.queries.worklists import NextStep
from casework.services.show_lists import ReferralPage
from casework.views.cards import age_of, day_of, urgency_tags


@dataclass(frozen=True, slots=True)
class Offer:
    """One act that the page offers: a page of its own to go to, or a button that does it."""

    name: str
    text: str
    is_post: bool = False


# The act that each next step asks for; it is the page's one primary button.
_PRIMARY = {
    NextStep.CHECK: "pass_check",
    NextStep.ACKNOWLEDGE: "acknowledge",
    NextStep.ASK_SECOND: "ask_second",
    NextStep.GIVE_VIEW: "give_view",
    NextStep.DECIDE: "decide_screening",
}


def page_context(actor: Actor, page: ReferralPage) -> dict[str, Any]:
    """The closed referral: facts without text, parts, acts."""
    row = page.row
    primary = _PRIMARY.get(row.next_step, "")
    offers = offers_of(page)
    return {
        "page": page,
        "row": row,
        "next_step": NEXT_STEPS[row.next_step],
        "your_part": YOUR_PART[page.kind],
        "stage": "" if page.kind is CaseRoleKind.CUSTODIAN else row.state.label,
        "facts": _facts(page),
        "tags": urgency_tags(row),
        "parts": part_rows(row.case_id, page.parts),
        "primary": next((each for each in offers if each.name == primary), None),
        "offers": [each for each in offers if each.name != primary],
        "is_young": row.age_band is AgeBand.UP_TO_10 and row.feedback is None,
        "may_be_young": row.age_band is AgeBand.FROM_11,
        "results": _results(page),
        "audience": audience_of_case(actor, row.case_id, page.kind),
        "here": reverse("referral_desk", args=[row.id]),
        "list_url": reverse("inbox" if page.kind is CaseRoleKind.INTAKE else "home"),
    }


def offers_of(page: ReferralPage) -> list[Offer]:
    """What can be done now, in the order in which it is usually done."""
    screening = page.screening
    own_view = screening is not None and screening.own_view is not None
    view_text = _("Change your view") if own_view else _("Give your view")
    known = (
        (Act.CHECK, True, Offer("pass_check", _("Pass on to the intake desk"))),
        (Act.CHECK, True, Offer("not_pursue", _("Do not pass it on"))),
        (Act.ACKNOWLEDGE, True, Offer("acknowledge", _("Acknowledge"), is_post=True)),
        (Act.ASK_SECOND, screening is None, Offer("ask_second", _("Ask a second service"))),
        (Act.GIVE_VIEW, screening is not None, Offer("give_view", view_text)),
        (
            Act.DECIDE,
            screening is not None and bool(screening.views),
            Offer("decide_screening", _("Compare both views and decide")),
        ),
        (Act.WRITE_MESSAGE, True, Offer("message_send", _("Write to the referrer"))),
        (Act.RETURN, True, Offer("return_referral", _("Return it to the referrer"))),
        (Act.ROUTE_URGENT, True, Offer("route_urgent", _("Somebody is in danger now"))),
    )
    return [offer for act, fits, offer in known if fits and act in page.acts]


def _facts(page: ReferralPage) -> list[str]:
    row = page.row
    came = _("sent on %(day)s") % {"day": day_of(row.submitted_at)}
    channel = str(row.channel.label) if row.channel is Channel.TELEPHONE else ""
    return [each for each in (age_of(row), row.agency_name, came, channel) if each]


def _results(page: ReferralPage) -> list[str]:
    """What was decided or answered before, in sentences."""
    row = page.row
    lines = []
    if row.state is ReferralState.RETURNED:
        reason = ReturnReason(row.returned_reason).label
        lines.append(_("It was returned because: %(reason)s.") % {"reason": reason})
    if row.state is ReferralState.NOT_PURSUED:
        reason = NotPursuedReason(row.not_pursued_reason).label
        lines.append(_("It was not passed on because: %(reason)s.") % {"reason": reason})
    if page.kind is CaseRoleKind.INTAKE and row.feedback:
        lines.append(_("It ended as: %(outcome)s.") % {"outcome": row.case_state.label})
        lines.append(_("The referrer was told: “%(answer)s”") % {"answer": row.feedback.label})
        lines.append(erased(page.screening.erase_on if page.screening else None))
    return lines


def erased(day: date | None) -> str:
    """When everything goes, or why it does not."""
    if day is None:
        return _("It stays, and waits for its lawful basis.")
    return _("It is due for deletion after %(day)s.") % {"day": formats.date_format(day, "j F Y")}


def part_rows(case_id: UUID, parts: Sequence[Part]) -> list[dict[str, Any]]:
    """Closed parts: a button that opens each, or a link to where the reason is asked."""
    rows = []
    for part in parts:
        entries = ngettext("%(number)s entry", "%(number)s entries", part.entries)
        if part.compartment is Compartment.C11:
            entries = _("Messages between the referrer and the desk are here too")
        opens = reverse("part_open", args=[case_id, part.compartment])
        rows.append(
            {
                "label": part.compartment.label,
                "held_by": entries % {"number": part.entries},
                "action": "" if part.needs_reason else opens,
                "url": reverse("part_reason", args=[case_id]) if part.needs_reason else "",
            }
        )
    return rows
