"""Keeps what was typed when the session lapsed meanwhile: sealed for its author alone."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import wraps
from types import MappingProxyType
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import formats, timezone
from django.utils.translation import gettext as _

from accounts.actor import Actor, actor_for, origin_of
from accounts.errors import FactorMissing, FileErased, KeysLocked, NoHat, NotSignedIn
from accounts.models import User
from casework.errors import DraftGone, NotKept
from casework.forms.desk import AdviceForm
from casework.forms.follow_up import AdditionForm, MessageForm, ResubmitForm, TextForm
from casework.forms.journey import CHECK, QUESTION, page_of
from casework.queries.draft_setting import setting_of_kept
from casework.services.form_tokens import FormClaim, make_token, read_token
from casework.services.keep_draft import keep_step
from casework.services.keep_text import discard_kept, keep_text
from casework.services.open_kept import open_kept

FIELD = "form_token"
# Sent by the page's script before the session locks: keep what is typed and do nothing else.
KEEP = "keep"
DISCARD = "discard"
_View = Callable[..., HttpResponse]
# The pages of a draft whose address does not name the page.
_ONE_PAGE = {"referral_check": CHECK, "consultation_write": QUESTION}
# The other pages on which text of a case is typed.
_FORMS: Mapping[str, type[TextForm]] = MappingProxyType(
    {
        "referral_detail": MessageForm,
        "addition_new": AdditionForm,
        "referral_resubmit": ResubmitForm,
        "message_send": MessageForm,
        "consultation_detail": MessageForm,
        "advice_desk": AdviceForm,
    }
)


def keeps_text(view: _View) -> _View:
    """A page with a form that carries a token: what its author cannot send now is kept for them."""

    @wraps(view)
    def kept_or_shown(request: HttpRequest, **place: object) -> HttpResponse:
        claim = claim_of(request)
        if claim is None:
            # Whatever this is, it did not ask to be sent.
            return HttpResponse(status=409) if KEEP in request.POST else view(request, **place)
        if KEEP in request.POST or not _is_here(request, claim):
            return keep(request, claim)
        if DISCARD in request.POST:
            discard_kept(actor=actor_for(request), claim=claim)
            return redirect(request.path)
        return view(request, **place)

    return kept_or_shown


def claim_of(request: HttpRequest) -> FormClaim | None:
    """What the token of a posted form says, if it belongs to this very address."""
    match = request.resolver_match
    if request.method != "POST" or match is None:
        return None
    claim = read_token(request.POST.get(FIELD, ""))
    name = match.url_name or ""
    form = match.kwargs.get("step") or _ONE_PAGE.get(name) or name
    if claim is None or claim.form != form or claim.object_id not in match.kwargs.values():
        return None
    return claim


def own_claim(request: HttpRequest, actor: Actor) -> FormClaim | None:
    """The same, if the form was given to this very person."""
    claim = claim_of(request)
    return claim if claim is not None and claim.user_id == actor.user_id else None


def keep(request: HttpRequest, claim: FormClaim) -> HttpResponse:
    """Seal it to its author; then they sign in, and anybody else is told nothing of it."""
    try:
        _keep_typed(request, claim)
    except (DraftGone, FileErased, NotKept):
        # Sent or deleted in another tab, or no right to it: the page says so after signing in.
        return _back(request)
    if isinstance(request.user, User) and request.user.pk != claim.user_id:
        return render(request, "casework/referral/kept_for_other.html", status=409)
    return _back(request)


def draft_token(actor: Actor, draft_id: UUID, page: str) -> str:
    """The hidden field of a page of a draft; ids only."""
    return make_token(FormClaim(actor.user_id, page, draft_id))


def typing_in(
    request: HttpRequest, actor: Actor, form: TextForm, *, name: str, object_id: UUID
) -> dict[str, Any]:
    """What a page needs for its form: filled with what was kept of it, the time, and the token."""
    if form.is_bound:
        claim = own_claim(request, actor)
        shown, kept_at = (claim.shown if claim else ()), None
    else:
        kept = open_kept(actor=actor, form=name, object_id=object_id)
        form.initial = {**form.initial, **kept.answers}
        shown, kept_at = kept.ids, kept.kept_at
    token = make_token(FormClaim(actor.user_id, name, object_id, shown=shown))
    return {"form": form, "token": token, "kept": _kept_title(kept_at)}


def _kept_title(kept_at: datetime | None) -> str:
    """The notice over a kept text, with its time."""
    if kept_at is None:
        return ""
    local = timezone.localtime(kept_at)
    if local.date() == timezone.localdate():
        return _("Your text from %(time)s was kept") % {"time": formats.date_format(local, "H:i")}
    return _("Your text of %(day)s was kept") % {"day": formats.date_format(local, "j F, H:i")}


def _keep_typed(request: HttpRequest, claim: FormClaim) -> None:
    origin = actor_for(request).origin if _is_here(request, claim) else origin_of(request)
    if claim.form in _FORMS:
        answers = _FORMS[claim.form](request.POST).kept_answers()
        keep_text(origin=origin, claim=claim, answers=answers)
        return
    setting = setting_of_kept(claim.object_id, claim.user_id)
    form = page_of(claim.form).form(request.POST, setting=setting)
    keep_step(origin=origin, claim=claim, answers=form.kept_answers())


def _back(request: HttpRequest) -> HttpResponse:
    """To the page itself; the script that asked goes where it likes."""
    return HttpResponse(status=204) if KEEP in request.POST else redirect(request.path)


def _is_here(request: HttpRequest, claim: FormClaim) -> bool:
    """Whether the author's own session, with open keys, came with the form."""
    try:
        return actor_for(request).user_id == claim.user_id
    except (NotSignedIn, NoHat, KeysLocked, FactorMissing):
        return False
