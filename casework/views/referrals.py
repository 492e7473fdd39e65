"""What became of a referral, for its author: receipt, answer, own words, more to say."""

from collections.abc import Callable
from typing import Any, TypedDict
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_safe

from accounts.actor import Actor, actor_for
from casework.choices import (
    CaseRoleKind,
    Compartment,
    Mark,
    NotPursuedReason,
    ReferralState,
    ReturnReason,
)
from casework.errors import OtherTextSent
from casework.forms.follow_up import AdditionForm, MessageForm, ResubmitForm, TextForm
from casework.queries.audience import Audience
from casework.queries.audience_of_acts import audience_of_withdrawal, audience_past_lead
from casework.queries.case_audience import audience_of_part
from casework.queries.desk_hours import desk_hours
from casework.queries.worklists import ReferralRow
from casework.services.check_referral import send_past_lead
from casework.services.follow_up import add_since, resubmit, withdraw, write_message
from casework.services.form_tokens import FormClaim
from casework.services.open_item import open_part, refuse_unknown_part
from casework.services.show_lists import OwnReferral, show_own_list, show_own_referral
from casework.views.acts import sent_before
from casework.views.keeping import keeps_text, own_claim, typing_in
from casework.views.opened import Message, entries_of, messages_of
from casework.views.posting import posted

_TEMPLATES = {
    "addition_new": "casework/referral/addition.html",
    "referral_resubmit": "casework/referral/resubmit.html",
}


class Typed(TypedDict):
    """What each form of this page gives to its act."""

    text: str
    claim: FormClaim | None


@require_safe
def referral_list(request: HttpRequest) -> HttpResponse:
    """What became of the own referrals."""
    rows = show_own_list(actor=actor_for(request))
    return render(request, "casework/referral/list.html", {"rows": rows, "hours": desk_hours()})


@sensitive_post_parameters()
@sensitive_variables()
@require_http_methods(["GET", "POST"])
@keeps_text
def referral_detail(request: HttpRequest, referral_id: UUID) -> HttpResponse:
    """Where it stands, what the author can do now, and the messages with the desk."""
    actor = actor_for(request)
    form = MessageForm(posted(request))

    def act(typed: Typed) -> None:
        write_message(actor=actor, referral_id=referral_id, **typed)

    if _done(request, actor, form, act):
        return redirect("referral_detail", referral_id=referral_id)
    shown = show_own_referral(actor=actor, referral_id=referral_id)
    context = {
        **_shown(shown),
        "audience": _audience(actor, shown, Compartment.C11),
        **typing_in(request, actor, form, name="referral_detail", object_id=referral_id),
        "messages": _messages(actor, shown),
    }
    return render(request, "casework/referral/detail.html", context)


@require_safe
def referral_receipt(request: HttpRequest, referral_id: UUID) -> HttpResponse:
    """The reference to note down and what happens by when; nothing on it names anybody."""
    shown = show_own_referral(actor=actor_for(request), referral_id=referral_id)
    hours = desk_hours()
    waits = hours.now < shown.row.opens_at
    context = {
        "row": shown.row,
        "hours": hours,
        "receipt": {
            "reference": shown.row.reference,
            "sent_at": shown.row.submitted_at,
            "next_reading": f"{hours.hours} {hours.next_reading}",
        },
        "opens": hours.in_words(shown.row.opens_at) if waits else "",
        "acknowledged": hours.in_words(hours.acknowledged_by(shown.row.opens_at)),
    }
    return render(request, "casework/referral/receipt.html", context)


@require_safe
def own_part(request: HttpRequest, referral_id: UUID, part: str) -> HttpResponse:
    """One part of the own words; opening it is recorded."""
    actor = actor_for(request)
    shown = show_own_referral(actor=actor, referral_id=referral_id)
    if part not in Compartment.values:
        refuse_unknown_part(actor=actor, case_id=shown.row.case_id)
    chosen = Compartment(part)
    opened = open_part(actor=actor, case_id=shown.row.case_id, compartment=chosen)
    context = {
        **_shown(shown),
        "title": chosen.label,
        "audience": _audience(actor, shown, chosen),
        "entries": entries_of(opened),
    }
    return render(request, "casework/referral/own_part.html", context)


@sensitive_post_parameters()
@sensitive_variables()
@require_http_methods(["GET", "POST"])
@keeps_text
def addition_new(request: HttpRequest, referral_id: UUID) -> HttpResponse:
    """Add what happened since."""
    actor = actor_for(request)
    form = AdditionForm(posted(request))

    def act(typed: Typed) -> None:
        mark = Mark(form.cleaned_data["mark"])
        add_since(actor=actor, referral_id=referral_id, mark=mark, **typed)

    if _done(request, actor, form, act):
        return redirect("referral_detail", referral_id=referral_id)
    return _writing(request, actor, referral_id, form, "addition_new")


@sensitive_post_parameters()
@sensitive_variables()
@require_http_methods(["GET", "POST"])
@keeps_text
def referral_resubmit(request: HttpRequest, referral_id: UUID) -> HttpResponse:
    """Add what the desk missed and send it again."""
    actor = actor_for(request)
    form = ResubmitForm(posted(request))

    def act(typed: Typed) -> None:
        resubmit(actor=actor, referral_id=referral_id, **typed)

    if _done(request, actor, form, act):
        return redirect("referral_detail", referral_id=referral_id)
    return _writing(request, actor, referral_id, form, "referral_resubmit")


@require_http_methods(["GET", "POST"])
def referral_withdraw(request: HttpRequest, referral_id: UUID) -> HttpResponse:
    """Ask once more, then take it back."""
    actor = actor_for(request)
    if request.method == "POST":
        withdraw(actor=actor, referral_id=referral_id)
        return redirect("referral_detail", referral_id=referral_id)
    shown = show_own_referral(actor=actor, referral_id=referral_id)
    audience = audience_of_withdrawal(actor, shown.row.case_id)
    context = {**_shown(shown), "audience": audience}
    return render(request, "casework/referral/withdraw.html", context)


@require_http_methods(["GET", "POST"])
def referral_past_lead(request: HttpRequest, referral_id: UUID) -> HttpResponse:
    """Send it to the desk without the lead's word."""
    actor = actor_for(request)
    if request.method == "POST":
        send_past_lead(actor=actor, referral_id=referral_id)
        return redirect("referral_detail", referral_id=referral_id)
    shown = show_own_referral(actor=actor, referral_id=referral_id)
    context = {
        **_shown(shown),
        "audience": audience_past_lead(actor, shown.row.case_id),
    }
    return render(request, "casework/referral/past_lead.html", context)


def _done(request: HttpRequest, actor: Actor, form: TextForm, act: Callable[[Typed], None]) -> bool:
    """Do the act once; or say in the form why not, with nothing lost."""
    if not form.is_valid():
        return False
    try:
        act({"text": form.cleaned_data["text"], "claim": own_claim(request, actor)})
    except OtherTextSent:
        form.add_error(None, sent_before())
        return False
    return True


def _writing(
    request: HttpRequest, actor: Actor, referral_id: UUID, form: TextForm, name: str
) -> HttpResponse:
    """A page with one text, shown with its audience."""
    shown = show_own_referral(actor=actor, referral_id=referral_id)
    context = {
        **_shown(shown),
        **typing_in(request, actor, form, name=name, object_id=referral_id),
        "audience": _audience(actor, shown, Compartment.C2),
    }
    return render(request, _TEMPLATES[name], context)


def _shown(shown: OwnReferral) -> dict[str, Any]:
    return {
        "waits_for_you": _waits_for_you(shown.row),
        "row": shown.row,
        "parts": shown.parts,
        "acts": shown.acts,
        "hours": desk_hours(),
    }


def _audience(actor: Actor, shown: OwnReferral, part: Compartment) -> Audience:
    return audience_of_part(actor, shown.row.case_id, part, CaseRoleKind.AUTHOR)


def _waits_for_you(row: ReferralRow) -> str:
    """Why the author must decide something, as the desk or the lead gave it."""
    if row.state is ReferralState.RETURNED:
        reason = ReturnReason(row.returned_reason).label
        return _("The intake desk says: %(reason)s.") % {"reason": reason}
    if row.state is ReferralState.NOT_PURSUED:
        reason = NotPursuedReason(row.not_pursued_reason).label
        return _("Your agency lead says: %(reason)s.") % {"reason": reason}
    return ""


def _messages(actor: Actor, shown: OwnReferral) -> list[Message]:
    """What the author and the desk wrote to each other; opening it is one recorded act."""
    if not any(part.compartment is Compartment.C11 for part in shown.parts):
        return []
    opened = open_part(actor=actor, case_id=shown.row.case_id, compartment=Compartment.C11)
    return messages_of(opened)
