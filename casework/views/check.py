"""Pages of the agency lead who checks a colleague's referral: pass it on, or not."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from accounts.actor import Actor
from casework.choices import NotPursuedReason
from casework.forms.desk import NotPursueForm
from casework.queries.act_audience import audience_if_passed_on
from casework.services import check_referral
from casework.services.show_lists import ReferralPage
from casework.views.acts import act_page, acted, with_form
from casework.views.posting import posted


@require_http_methods(["GET", "POST"])
def pass_check(request: HttpRequest, referral_id: UUID) -> HttpResponse:
    """Who will be able to read it then, and the button that passes it on."""
    if request.method != "POST":
        return act_page(
            request, referral_id, "pass_check", "casework/check/pass_on.html", fill=_who_reads_then
        )
    return acted(
        request,
        referral_id,
        lambda actor: check_referral.pass_check(actor=actor, referral_id=referral_id),
        "passed_on",
    )


@require_http_methods(["GET", "POST"])
def not_pursue(request: HttpRequest, referral_id: UUID) -> HttpResponse:
    """Do not pass it on; the author reads why."""
    form = NotPursueForm(posted(request))
    if not form.is_valid():
        template = "casework/check/not_pursue.html"
        return act_page(request, referral_id, "not_pursue", template, fill=with_form(form))
    reason = NotPursuedReason(form.cleaned_data["reason"])
    return acted(
        request,
        referral_id,
        lambda actor: check_referral.not_pursue(
            actor=actor, referral_id=referral_id, reason=reason
        ),
        "not_pursued",
    )


def _who_reads_then(actor: Actor, page: ReferralPage) -> dict[str, Any]:
    return {"audience": audience_if_passed_on(actor, page.row.case_id)}
