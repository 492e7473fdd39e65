"""Pages of the intake desk: its list, a referral with its acts, questions for advice."""

from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_safe

from accounts.actor import Actor, actor_for
from casework.choices import Compartment, ReturnReason
from casework.forms.desk import ReturnForm, StageForm
from casework.forms.follow_up import MessageForm
from casework.queries.act_audience import audience_of_part
from casework.queries.worklists import PAGE_SIZE
from casework.services.follow_up import write_message
from casework.services.show_lists import ReferralPage, show_inbox
from casework.services.take_in import acknowledge as acknowledge_referral
from casework.services.take_in import return_referral as return_to_author
from casework.services.take_in import route_urgent as route
from casework.views.acts import Fill, act_page, acted, redirect_done, shown_page, why_not, with_form
from casework.views.cards import desk_advice_card, desk_line
from casework.views.keeping import keeps_text, own_claim, typing_in
from casework.views.posting import posted


@require_safe
def inbox(request: HttpRequest) -> HttpResponse:
    """The desk's referrals, urgent first, and the questions that wait for advice."""
    actor = actor_for(request)
    form = StageForm(request.GET)
    stage = form.chosen_stage()
    shown = show_inbox(actor=actor, offset=form.offset(PAGE_SIZE), stage=stage)
    pages = Paginator(range(shown.total), PAGE_SIZE)
    context = {
        "form": form,
        "tasks": [{**desk_line(row), "row": row} for row in shown.rows],
        "advice": [desk_advice_card(row) for row in shown.advice],
        "total": shown.total,
        "page": pages.get_page(shown.offset // PAGE_SIZE + 1),
        "query": f"stage={stage.value}&" if stage else "",
        "is_filtered": stage is not None,
    }
    return render(request, "casework/desk/inbox.html", context)


@require_safe
def referral_desk(request: HttpRequest, referral_id: UUID) -> HttpResponse:
    """One referral for the desk, the lead who checks and the second screener; all parts closed."""
    return shown_page(request, referral_id)


@require_http_methods(["GET", "POST"])
def acknowledge(request: HttpRequest, referral_id: UUID) -> HttpResponse:
    """Verify the referrer's signature and take the referral in; a link only shows its page."""
    if request.method != "POST":
        return shown_page(request, referral_id)
    return acted(
        request,
        referral_id,
        lambda actor: acknowledge_referral(actor=actor, referral_id=referral_id),
        "acknowledged",
    )


@require_http_methods(["GET", "POST"])
def return_referral(request: HttpRequest, referral_id: UUID) -> HttpResponse:
    """Give it back with a reason from the list."""
    form = ReturnForm(posted(request))
    if not form.is_valid():
        return act_page(
            request,
            referral_id,
            "return_referral",
            "casework/desk/return.html",
            fill=with_form(form),
        )
    reason = ReturnReason(form.cleaned_data["reason"])
    return acted(
        request,
        referral_id,
        lambda actor: return_to_author(actor=actor, referral_id=referral_id, reason=reason),
        "returned",
    )


@require_http_methods(["GET", "POST"])
def route_urgent(request: HttpRequest, referral_id: UUID) -> HttpResponse:
    """Call first; then record here that it was done."""
    if request.method != "POST":
        return act_page(request, referral_id, "route_urgent", "casework/desk/urgent.html")
    return acted(
        request,
        referral_id,
        lambda actor: route(actor=actor, referral_id=referral_id),
        "routed",
    )


@sensitive_post_parameters()
@sensitive_variables()
@require_http_methods(["GET", "POST"])
@keeps_text
def message_send(request: HttpRequest, referral_id: UUID) -> HttpResponse:
    """Write to the referrer; what was typed stays when it cannot be sent."""
    form = MessageForm(posted(request))
    problem = ""
    if form.is_valid():
        actor, text = actor_for(request), form.cleaned_data["text"]
        claim = own_claim(request, actor)
        problem = why_not(
            lambda: write_message(actor=actor, referral_id=referral_id, text=text, claim=claim)
        )
        if not problem:
            return redirect_done("referral_desk", referral_id, "message_sent")
    template = "casework/desk/message.html"
    return act_page(
        request,
        referral_id,
        "message_send",
        template,
        fill=_writing(request, form),
        problem=problem,
    )


def _writing(request: HttpRequest, form: MessageForm) -> Fill:
    def fill(actor: Actor, page: ReferralPage) -> dict[str, Any]:
        readers = audience_of_part(actor, page.row.case_id, Compartment.C11, page.kind)
        typing = typing_in(request, actor, form, name="message_send", object_id=page.row.id)
        return {**typing, "audience": readers}

    return fill
