"""The desk's pages for a question: read it, advise, end it."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods

from accounts.actor import Actor, actor_for
from casework.choices import CaseRoleKind
from casework.forms.desk import AdviceForm
from casework.queries.case_audience import audience_of_case
from casework.services.ask_advice import end_consultation, write_advice_message
from casework.services.show_lists import AdvicePage, show_advice
from casework.views.acts import notice_of, redirect_done, why_not
from casework.views.keeping import keeps_text, own_claim, typing_in
from casework.views.posting import posted
from casework.views.referral_page import part_rows


@sensitive_post_parameters()
@sensitive_variables()
@require_http_methods(["GET", "POST"])
@keeps_text
def advice_desk(request: HttpRequest, consultation_id: UUID) -> HttpResponse:
    """A question with its closed parts, and the desk's answer; what was typed is never lost."""
    actor = actor_for(request)
    form = AdviceForm(posted(request))
    problem = ""
    if form.is_valid():
        text, claim = form.cleaned_data["text"], own_claim(request, actor)
        problem = why_not(
            lambda: write_advice_message(
                actor=actor, consultation_id=consultation_id, text=text, claim=claim
            )
        )
        if not problem:
            return redirect_done("advice_desk", consultation_id, "advice_sent")
    page = show_advice(actor=actor, consultation_id=consultation_id)
    if page.kind is CaseRoleKind.AUTHOR:
        return redirect("consultation_detail", consultation_id=consultation_id)
    typing = typing_in(request, actor, form, name="advice_desk", object_id=consultation_id)
    context = {**_context(actor, page), **typing, "problem": problem}
    context["notice"] = notice_of(request)
    return render(request, "casework/desk/advice.html", context, status=409 if problem else 200)


@require_http_methods(["GET", "POST"])
def advice_end(request: HttpRequest, consultation_id: UUID) -> HttpResponse:
    """End the advice; that it ended already is no error, and a link only shows the question."""
    if request.method != "POST":
        return advice_desk(request, consultation_id=consultation_id)
    actor = actor_for(request)
    why_not(lambda: end_consultation(actor=actor, consultation_id=consultation_id))
    return redirect_done("advice_desk", consultation_id, "advice_ended")


def _context(actor: Actor, page: AdvicePage) -> dict[str, Any]:
    return {
        "row": page.row,
        "parts": part_rows(page.row.case_id, page.parts),
        "audience": audience_of_case(actor, page.row.case_id, page.kind),
        "end_url": reverse("advice_end", args=[page.row.id]),
    }
