"""Pages of the screening by two agencies: ask, give a view, compare and decide."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.actor import Actor
from casework.choices import CaseState, FeedbackAnswer, ScreeningReason
from casework.errors import AccessDenied, ScreenersDisagree
from casework.forms.desk import OUTCOMES, USUAL_ANSWER, AskSecondForm, DecideForm, ViewForm
from casework.queries.act_audience import audience_if_asked, audience_if_decided
from casework.queries.case_page import ViewRow
from casework.services import screen
from casework.services.show_lists import ReferralPage
from casework.views.acts import Fill, act_page, acted
from casework.views.posting import posted
from casework.views.referral_page import erased


@require_http_methods(["GET", "POST"])
def ask_second(request: HttpRequest, referral_id: UUID) -> HttpResponse:
    """Choose a lead of another service, who sees the concern and not the name."""
    form = AskSecondForm(posted(request))
    if form.is_valid():
        try:
            return acted(
                request,
                referral_id,
                lambda actor: screen.ask_second(
                    actor=actor, referral_id=referral_id, membership_id=form.cleaned_data["second"]
                ),
                "asked",
            )
        except AccessDenied as denied:
            if denied.reason != screen.CANNOT_SCREEN:
                raise
            form.add_error("second", _("They cannot be asked any more. Choose somebody else."))
    template = "casework/screening/ask.html"
    return act_page(request, referral_id, "ask_second", template, fill=_candidates(form))


@require_http_methods(["GET", "POST"])
def give_view(request: HttpRequest, referral_id: UUID) -> HttpResponse:
    """What the own service thinks should follow; it can be changed until the decision."""
    form = ViewForm(posted(request))
    if not form.is_valid():
        template = "casework/screening/view.html"
        return act_page(request, referral_id, "give_view", template, fill=_own_view(form))
    return acted(
        request,
        referral_id,
        lambda actor: screen.give_view(actor=actor, referral_id=referral_id, view=form.to_view()),
        "view_given",
    )


@require_http_methods(["GET", "POST"])
def decide_screening(request: HttpRequest, referral_id: UUID) -> HttpResponse:
    """Both views side by side, the answer to the referrer, and what the decision ends."""
    form = DecideForm(posted(request))
    template, problem = "casework/screening/decide.html", ""
    if form.is_valid():
        answer = FeedbackAnswer(form.cleaned_data["answer"])
        try:
            return acted(
                request,
                referral_id,
                lambda actor: screen.decide(actor=actor, referral_id=referral_id, answer=answer),
                "decided",
            )
        except ScreenersDisagree:
            problem = _("The two services do not think the same yet, so nothing was decided.")
    return act_page(
        request, referral_id, "decide_screening", template, fill=_both_views(form), problem=problem
    )


def _candidates(form: AskSecondForm) -> Fill:
    def fill(actor: Actor, page: ReferralPage) -> dict[str, Any]:
        form.offer(page.candidates)
        return {"form": form, "audience": audience_if_asked(actor, page.row.case_id)}

    return fill


def _own_view(form: ViewForm) -> Fill:
    def fill(_actor: Actor, page: ReferralPage) -> dict[str, Any]:
        own = page.screening.own_view if page.screening else None
        if own:
            form.initial = {"outcome": own.outcome, "reason": own.reason}
        return {"form": form, "is_change": own is not None}

    return fill


def _both_views(form: DecideForm) -> Fill:
    def fill(actor: Actor, page: ReferralPage) -> dict[str, Any]:
        screening = page.screening
        agreed = CaseState(screening.agreed) if screening and screening.agreed else None
        if agreed:
            form.initial = {"answer": USUAL_ANSWER[agreed].value}
        return {
            "form": form,
            "views": [_in_words(view) for view in screening.views] if screening else [],
            "forged": screening is not None and screening.forged,
            "agreed": OUTCOMES[agreed] if agreed else "",
            "erased": erased(screening.erase_on) if screening else "",
            "audience": audience_if_decided(actor, page.row.case_id),
        }

    return fill


def _in_words(view: ViewRow) -> dict[str, Any]:
    return {
        "agency": view.agency_name,
        "outcome": OUTCOMES[CaseState(view.outcome)],
        "reason": ScreeningReason(view.reason).label,
    }
