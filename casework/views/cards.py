"""Rows of lists as cards and table rows: what to do first, then references, bands and clocks."""

from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from casework.choices import AgeBand, DraftKind, Urgency
from casework.forms.desk_words import NEXT_STEPS, TOLD_TO_REFERRER
from casework.queries.worklists import AdviceRow, DraftRow, ReferralRow
from casework.views.draft_pages import step_address

Card = dict[str, Any]


def desk_line(row: ReferralRow) -> Card:
    """A referral as a line of the desk's table."""
    return {
        "url": reverse("referral_desk", args=[row.id]),
        "next_step": NEXT_STEPS[row.next_step],
        "reference": row.reference,
        "clock": row.clock,
        "stage": row.state.label,
        "tags": urgency_tags(row),
    }


def desk_card(row: ReferralRow) -> Card:
    """A referral for whoever works on it: desk, lead or second screener."""
    facts = [each for each in (age_of(row), row.agency_name) if each]
    return {**desk_line(row), "name": _("Referral"), "facts": facts}


def kept_card(row: ReferralRow) -> Card:
    """A protected address that its custodian keeps."""
    return {**desk_card(row), "next_step": _("Open the protected address"), "stage": ""}


def own_task_card(row: ReferralRow) -> Card:
    """An own referral that waits for its author."""
    return {**own_card(row), "next_step": NEXT_STEPS[row.next_step], "stage": _told(row)}


def own_card(row: ReferralRow) -> Card:
    """What became of an own referral."""
    return {
        "url": reverse("referral_detail", args=[row.id]),
        "next_step": row.feedback.label if row.feedback else _told(row),
        "name": _("Referral"),
        "reference": row.reference,
        "facts": [_("sent on %(day)s") % {"day": day_of(row.submitted_at)}],
    }


def own_advice_card(row: AdviceRow) -> Card:
    """An own question for advice."""
    return {
        **_advice(row),
        "url": reverse("consultation_detail", args=[row.id]),
        "next_step": _("Read the desk's advice") if row.answered_at else _("It waits for advice"),
    }


def desk_advice_card(row: AdviceRow) -> Card:
    """A question at the desk."""
    return {
        **_advice(row),
        "url": reverse("advice_desk", args=[row.id]),
        "next_step": _("Read on or end the advice") if row.answered_at else _("Give advice"),
    }


def draft_card(row: DraftRow) -> Card:
    """An own draft."""
    is_question = row.kind is DraftKind.CONSULTATION
    first = "question" if is_question else "before"
    left = ngettext("kept for %(days)s more day", "kept for %(days)s more days", row.days_left)
    saved = timezone.localtime(row.saved_at)
    return {
        "url": step_address(row.id, row.last_step or first),
        "next_step": _("Go on with your question")
        if is_question
        else _("Go on with your referral"),
        "name": _("Draft"),
        "reference": _("saved %(when)s") % {"when": formats.date_format(saved, "j F, H:i")},
        "facts": [left % {"days": row.days_left}],
    }


def age_of(row: ReferralRow) -> str:
    """The age band as a list says it."""
    if row.age_band is AgeBand.UNKNOWN:
        return str(row.age_band.label)
    return _("age %(band)s") % {"band": row.age_band.label}


def urgency_tags(row: ReferralRow) -> list[str]:
    """A word for what is urgent; nothing is said of the others."""
    return [str(row.urgency.label)] if row.urgency is Urgency.URGENT else []


def day_of(moment: datetime) -> str:
    """A day in words."""
    return formats.date_format(timezone.localtime(moment), "j F Y")


def _advice(row: AdviceRow) -> Card:
    asked = _("asked on %(day)s") % {"day": day_of(row.asked_at)}
    ended = [_("ended")] if row.ended_at else []
    return {
        "name": _("Question for advice"),
        "reference": row.reference,
        "facts": [row.agency_name, asked],
        "tags": ended,
    }


def _told(row: ReferralRow) -> str:
    return str(TOLD_TO_REFERRER[row.state])
