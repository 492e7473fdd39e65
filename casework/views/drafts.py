"""Pages of a draft: begin, write step by step, check, send, delete."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods

from accounts.actor import Actor, actor_for
from accounts.errors import DirectoryForged, FileErased, MissingKey
from accounts.roles import SENDING_ROLES
from casework.choices import DraftKind
from casework.errors import (
    AccessDenied,
    DraftGone,
    NobodyCanRead,
    NoCustodian,
    RecoveryNotReady,
)
from casework.forms.journey import CHECK, Page, page_of, unfinished
from casework.forms.referral import CheckForm
from casework.forms.steps import StepForm
from casework.queries.desk_hours import desk_hours
from casework.queries.draft_setting import draft_setting
from casework.services.keep_draft import (
    OpenDraft,
    begin_draft,
    delete_draft,
    open_draft,
    save_step,
)
from casework.services.send_referral import Sending, send_referral
from casework.views.draft_pages import (
    barred_in,
    check_context,
    gone,
    step_address,
    step_context,
    way_on,
    why_not_sent,
)
from casework.views.keeping import keeps_text
from casework.views.posting import posted

_GONE = (AccessDenied, DraftGone, FileErased)


@require_http_methods(["GET", "POST"])
def referral_new(request: HttpRequest) -> HttpResponse:
    """Three ways to tell somebody; the second begins a draft."""
    actor = actor_for(request)
    if request.method == "POST":
        draft_id = begin_draft(actor=actor, kind=DraftKind.REFERRAL)
        return redirect("referral_step", draft_id=draft_id, step="before")
    if actor.hat.role not in SENDING_ROLES:
        raise Http404
    return render(request, "casework/referral/new.html", {"hours": desk_hours()})


@sensitive_post_parameters()
@sensitive_variables()
@require_http_methods(["GET", "POST"])
@keeps_text
def referral_step(request: HttpRequest, draft_id: UUID, step: str) -> HttpResponse:
    """One page of a referral: shown as it was saved, or saved as it was typed."""
    actor = actor_for(request)
    page = page_of(step)
    setting = draft_setting(actor)
    form: StepForm | None = None
    try:
        if request.method == "POST":
            form = page.form(request.POST, setting=setting)
            draft = save_step(
                actor=actor, draft_id=draft_id, step=step, answers=form.kept_answers()
            )
            following = way_on(request, page, form, draft)
            if following:
                return redirect(following)
        else:
            draft = _own(actor, draft_id, DraftKind.REFERRAL)
            form = page.form(answers=draft.answers, setting=setting)
    except _GONE:
        return gone(request, actor, draft_id, form)
    return render(
        request, f"casework/referral/{_template(page)}.html", step_context(actor, page, form, draft)
    )


@sensitive_post_parameters()
@sensitive_variables()
@require_http_methods(["GET", "POST"])
@keeps_text
def referral_check(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """Everything on one page, who will read it, and the button that sends it."""
    actor = actor_for(request)
    try:
        draft = _own(actor, draft_id, DraftKind.REFERRAL)
        form = CheckForm(posted(request), answers=draft.answers, setting=draft_setting(actor))
        if request.method == "POST":
            following, draft = _decided(request, actor, form, draft)
            if following:
                return redirect(following)
    except _GONE:
        return gone(request, actor, draft_id, None)
    context = check_context(actor, form, draft, tried=request.POST.get("then") == "send")
    return render(request, "casework/referral/check.html", context)


@require_http_methods(["GET", "POST"])
def draft_delete(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """Ask once more, then delete a draft and its key."""
    actor = actor_for(request)
    if request.method == "POST":
        delete_draft(actor=actor, draft_id=draft_id)
        return redirect("home")
    try:
        draft = open_draft(actor=actor, draft_id=draft_id)
    except _GONE:
        return gone(request, actor, draft_id, None)
    context = {"draft": draft, "back_url": step_address(draft_id, draft.last_step or "before")}
    return render(request, "casework/referral/delete.html", context)


def _own(actor: Actor, draft_id: UUID, kind: DraftKind) -> OpenDraft:
    draft = open_draft(actor=actor, draft_id=draft_id)
    if draft.kind is not kind:
        raise Http404
    return draft


def _template(page: Page) -> str:
    return page.name if page.name in {"before", "protected"} else "step"


def _decided(
    request: HttpRequest, actor: Actor, form: CheckForm, draft: OpenDraft
) -> tuple[str, OpenDraft]:
    """Save the choices; then the address to go to, or nothing if the page must be shown again."""
    saved = save_step(actor=actor, draft_id=draft.id, step=CHECK, answers=form.kept_answers())
    ways = {
        "later": reverse("home"),
        "back": step_address(draft.id, "contact"),
        "show": step_address(draft.id, CHECK),
    }
    then = request.POST.get("then", "")
    if then in ways:
        return ways[then], saved
    if form.is_valid() and not any(unfinished(saved.answers, form.setting)):
        return _sent(actor, form, saved), saved
    return "", saved


def _sent(actor: Actor, form: CheckForm, draft: OpenDraft) -> str:
    """Send it and give the receipt's address; or say in the form why not, with nothing lost."""
    sending = Sending(
        through_lead=bool(form.cleaned_data.get("through_lead")),
        urgent=bool(form.cleaned_data.get("urgent")),
        barred=barred_in(draft.answers),
    )
    try:
        referral_id = send_referral(actor=actor, draft_id=draft.id, sending=sending)
    except (
        NobodyCanRead,
        NoCustodian,
        RecoveryNotReady,
        MissingKey,
        DirectoryForged,
    ) as error:
        form.add_error(None, why_not_sent(error))
        return ""
    return reverse("referral_receipt", args=[referral_id])
