"""Advice without naming anybody: ask, read the answers, write, make a referral of it."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST

from accounts.actor import Actor, actor_for
from accounts.errors import DirectoryForged, FileErased, MissingKey
from accounts.roles import SENDING_ROLES
from casework.choices import CaseRoleKind, Compartment, DraftKind
from casework.errors import AccessDenied, DraftGone, NobodyCanRead, OtherTextSent
from casework.forms.follow_up import MessageForm
from casework.forms.journey import QUESTION, page_of
from casework.forms.steps import StepForm
from casework.queries.audience import audience_of_question, while_writing
from casework.queries.case_audience import audience_of_case
from casework.queries.desk_hours import desk_hours
from casework.queries.draft_setting import draft_setting
from casework.services.ask_advice import (
    ask_advice,
    convert,
    write_advice_message,
)
from casework.services.keep_draft import OpenDraft, begin_draft, open_draft, save_step
from casework.services.open_item import open_part
from casework.services.show_lists import AdvicePage, show_advice
from casework.views.acts import sent_before
from casework.views.draft_pages import gone, page_context, why_not_sent
from casework.views.keeping import keeps_text, own_claim, typing_in
from casework.views.opened import entries_of, messages_of
from casework.views.posting import posted

_GONE = (AccessDenied, DraftGone, FileErased)


@require_http_methods(["GET", "POST"])
def consultation_new(request: HttpRequest) -> HttpResponse:
    """What advice is, and the button that begins a question."""
    actor = actor_for(request)
    if request.method == "POST":
        draft_id = begin_draft(actor=actor, kind=DraftKind.CONSULTATION)
        return redirect("consultation_write", draft_id=draft_id)
    if actor.hat.role not in SENDING_ROLES:
        raise Http404
    context = {"hours": desk_hours(), "audience": audience_of_question(actor)}
    return render(request, "casework/consultation/new.html", context)


@sensitive_post_parameters()
@sensitive_variables()
@require_http_methods(["GET", "POST"])
@keeps_text
def consultation_write(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """The one page of a question: saved at each press of a button, sent by one of them."""
    actor = actor_for(request)
    page = page_of(QUESTION)
    setting = draft_setting(actor)
    form: StepForm | None = None
    try:
        if request.method == "POST":
            form = page.form(request.POST, setting=setting)
            following, draft = _asked(request, actor, draft_id, form)
            if following:
                return redirect(following)
        else:
            draft = open_draft(actor=actor, draft_id=draft_id)
            form = page.form(answers=draft.answers, setting=setting)
        context = page_context(actor, page, form, draft)
    except _GONE:
        return gone(request, actor, draft_id, form)
    context["audience"] = while_writing(audience_of_question(actor))
    return render(request, "casework/consultation/write.html", context)


@sensitive_post_parameters()
@sensitive_variables()
@require_http_methods(["GET", "POST"])
@keeps_text
def consultation_detail(request: HttpRequest, consultation_id: UUID) -> HttpResponse:
    """The own question, the answers of the desk and a message more."""
    actor = actor_for(request)
    form = MessageForm(posted(request))
    if form.is_valid() and _written(request, actor, consultation_id, form):
        return redirect("consultation_detail", consultation_id=consultation_id)
    shown = show_advice(actor=actor, consultation_id=consultation_id)
    if shown.kind is CaseRoleKind.INTAKE:
        return redirect("advice_desk", consultation_id=consultation_id)
    context = {
        "row": shown.row,
        **typing_in(request, actor, form, name="consultation_detail", object_id=consultation_id),
        "hours": desk_hours(),
        "audience": audience_of_case(actor, shown.row.case_id, shown.kind),
        **_opened(actor, shown),
    }
    return render(request, "casework/consultation/detail.html", context)


@require_POST
def consultation_convert(request: HttpRequest, consultation_id: UUID) -> HttpResponse:
    """Begin a referral with what the question said."""
    draft_id = convert(actor=actor_for(request), consultation_id=consultation_id)
    return redirect("referral_step", draft_id=draft_id, step="before")


def _asked(
    request: HttpRequest, actor: Actor, draft_id: UUID, form: StepForm
) -> tuple[str, OpenDraft]:
    """Save the question; then the address to go to, or nothing if the page is shown again."""
    draft = save_step(actor=actor, draft_id=draft_id, step=QUESTION, answers=form.kept_answers())
    if request.POST.get("then") == "later":
        return reverse("home"), draft
    if not form.is_valid():
        return "", draft
    try:
        consultation_id = ask_advice(actor=actor, draft_id=draft_id)
    except (NobodyCanRead, MissingKey, DirectoryForged) as error:
        form.add_error(None, why_not_sent(error))
        return "", draft
    return reverse("consultation_detail", args=[consultation_id]), draft


def _written(request: HttpRequest, actor: Actor, question_id: UUID, form: MessageForm) -> bool:
    """Send the message; or say in the form why not, with nothing lost."""
    text, claim = form.cleaned_data["text"], own_claim(request, actor)
    try:
        write_advice_message(actor=actor, consultation_id=question_id, text=text, claim=claim)
    except OtherTextSent:
        form.add_error(None, sent_before())
        return False
    return True


def _opened(actor: Actor, shown: AdvicePage) -> dict[str, Any]:
    """The question and the messages, each part opened by one recorded act."""
    parts = {part.compartment for part in shown.parts}
    question, told = (
        open_part(actor=actor, case_id=shown.row.case_id, compartment=part) if part in parts else []
        for part in (Compartment.C2, Compartment.C11)
    )
    return {"entries": entries_of(question), "messages": messages_of(told)}
