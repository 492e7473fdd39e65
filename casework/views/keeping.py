"""Keeps what was typed when the session lapsed meanwhile: sealed for its author alone."""

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from accounts.actor import actor_for, origin_of
from accounts.errors import FactorMissing, FileErased, KeysLocked, NoHat, NotSignedIn
from accounts.models import User
from casework.errors import DraftGone
from casework.forms.journey import CHECK, QUESTION, page_of
from casework.queries.draft_setting import setting_of_kept
from casework.services.draft_tokens import StepClaim, make_token, read_token
from casework.services.keep_draft import keep_step

FIELD = "draft_token"
_View = Callable[..., HttpResponse]
# The pages whose forms carry a token; the address says which step it is.
_ONE_PAGE = {"referral_check": CHECK, "consultation_write": QUESTION}


def keeps_text(view: _View) -> _View:
    """A page of a draft: what is posted without its author's session is kept for them."""

    @wraps(view)
    def kept_or_shown(request: HttpRequest, **place: object) -> HttpResponse:
        claim = claim_of(request)
        if claim is None or _is_here(request, claim):
            return view(request, **place)
        return keep(request, claim)

    return kept_or_shown


def token_for(claim: StepClaim) -> str:
    """The hidden field of a form; ids only."""
    return make_token(claim)


def claim_of(request: HttpRequest) -> StepClaim | None:
    """What the token of a posted form says, if it belongs to this very address."""
    match = request.resolver_match
    if request.method != "POST" or match is None or "draft_id" not in match.kwargs:
        return None
    claim = read_token(request.POST.get(FIELD, ""))
    step = match.kwargs.get("step") or _ONE_PAGE.get(match.url_name or "")
    if claim is None or claim.draft_id != match.kwargs["draft_id"] or claim.step != step:
        return None
    return claim


def keep(request: HttpRequest, claim: StepClaim) -> HttpResponse:
    """Seal the step to its author; then they sign in, and anybody else is told nothing of it."""
    setting = setting_of_kept(claim.draft_id, claim.user_id)
    form = page_of(claim.step).form(request.POST, setting=setting)
    try:
        keep_step(origin=origin_of(request), claim=claim, answers=form.kept_answers())
    except (DraftGone, FileErased):
        # Sent or deleted in another tab: the page says so to its author after signing in.
        return redirect(request.path)
    if isinstance(request.user, User) and request.user.pk != claim.user_id:
        return render(request, "casework/referral/kept_for_other.html", status=409)
    return redirect(request.path)


def _is_here(request: HttpRequest, claim: StepClaim) -> bool:
    """Whether the author's own session, with open keys, came with the form."""
    try:
        return actor_for(request).user_id == claim.user_id
    except (NotSignedIn, NoHat, KeysLocked, FactorMissing):
        return False
