"""What the pages of a draft show beside their form, and where their buttons lead."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.actor import Actor
from accounts.errors import DirectoryForged, MissingKey
from casework.answers import Answers
from casework.errors import AccessDenied, NobodyCanRead, NoCustodian, RecoveryNotReady
from casework.forms.journey import (
    CHECK,
    LAST,
    QUESTION,
    STEPS,
    Page,
    after,
    before,
    kind_of,
    page_of,
    unfinished,
)
from casework.forms.referral import CheckForm
from casework.forms.steps import StepForm
from casework.forms.summary import Row, rows_of_page
from casework.queries.audience import (
    audience_of_draft,
    audience_of_protected_place,
    while_writing,
)
from casework.queries.desk_hours import desk_hours
from casework.queries.sent_drafts import question_from, referral_from
from casework.services.keep_draft import OpenDraft
from casework.views.keeping import draft_token


def step_address(draft_id: UUID, name: str) -> str:
    """The address of a page of a draft by its name."""
    if name == CHECK:
        return reverse("referral_check", args=[draft_id])
    if name == QUESTION:
        return reverse("consultation_write", args=[draft_id])
    return reverse("referral_step", args=[draft_id, name])


def way_on(request: HttpRequest, page: Page, form: StepForm, draft: OpenDraft) -> str:
    """Where the pressed button leads after saving; empty while something must be put right."""
    then = request.POST.get("then", "")
    if then == "later":
        return reverse("home")
    if then == "back":
        return step_address(draft.id, before(page, draft.answers) or page.name)
    return step_address(draft.id, after(page, draft.answers)) if form.is_valid() else ""


def page_context(actor: Actor, page: Page, form: StepForm, draft: OpenDraft) -> dict[str, Any]:
    """What every page of a draft shows. Raises AccessDenied for a draft of the other kind."""
    if draft.kind is not kind_of(page):
        raise AccessDenied("other_kind_of_draft")
    return {
        "page": page,
        "last": LAST,
        "form": form,
        "draft_id": draft.id,
        "token": draft_token(actor, draft.id, page.name),
        "saved_at": draft.saved_at,
        "kept_at": draft.saved_at if page.name in draft.kept_steps else None,
        "hours": desk_hours(),
    }


def step_context(actor: Actor, page: Page, form: StepForm, draft: OpenDraft) -> dict[str, Any]:
    """One page of a referral with its audience: the secret address has its own."""
    barred = barred_in(draft.answers)
    through_lead = bool(draft.answers.get("through_lead"))
    audience = (
        audience_of_protected_place(actor, barred=barred)
        if page.name == "protected"
        else while_writing(audience_of_draft(actor, through_lead=through_lead, barred=barred))
    )
    return {
        **page_context(actor, page, form, draft),
        "audience": audience,
        "can_go_back": bool(before(page, draft.answers)),
    }


def check_context(
    actor: Actor, form: CheckForm, draft: OpenDraft, *, tried: bool
) -> dict[str, Any]:
    """All answers with links to change them, what is missing, and who will be able to read it."""
    barred = barred_in(draft.answers)
    through_lead = "through_lead" in form.fields and bool(draft.answers.get("through_lead"))
    return {
        **page_context(actor, page_of(CHECK), form, draft),
        "kept_at": draft.saved_at if draft.kept_steps else None,
        "audience": audience_of_draft(
            actor,
            through_lead=through_lead,
            barred=barred,
            keeps_place=bool(draft.answers.get("protected_address")),
        ),
        "protected_audience": audience_of_protected_place(actor, barred=barred)
        if draft.answers.get("protected_address")
        else None,
        "sections": _sections(form, draft),
        "missing": _missing(form, draft),
        "tried": tried,
    }


def barred_in(answers: Answers) -> frozenset[UUID]:
    """The people whom the author keeps out."""
    return frozenset(UUID(each) for each in answers.get("barred") or ())


def gone(request: HttpRequest, actor: Actor, draft_id: UUID, form: StepForm | None) -> HttpResponse:
    """The draft is not there: if it was sent, say so and give back what was typed here."""
    referral_id = referral_from(actor, draft_id)
    question_id = question_from(actor, draft_id)
    if referral_id is None and question_id is None:
        raise AccessDenied("not_own_draft")
    name = "referral_receipt" if referral_id else "consultation_detail"
    url = reverse(name, args=[referral_id or question_id])
    if request.POST.get("then") == "send":
        # The button was pressed twice: one sending, one receipt.
        return redirect(url)
    typed = form.kept_answers() if form is not None and form.is_bound else {}
    context = {
        "url": url,
        "is_question": referral_id is None,
        "typed": [row for row in _typed_rows(form, typed) if row.is_filled],
    }
    return render(request, "casework/referral/sent_already.html", context, status=409)


def why_not_sent(error: Exception) -> str:
    """What a person can be told when sending stopped; the draft is as it was."""
    if isinstance(error, MissingKey):
        return _(
            "%(name)s has no key yet, so nothing can be locked for them. Nothing was sent and your "
            "draft is kept. Telephone the intake desk."
        ) % {"name": error.recipient}
    words = {
        NobodyCanRead: _(
            "Nobody is left who could read this. Nothing was sent and your draft is kept. Look "
            "again at who must not see it, or telephone the intake desk."
        ),
        NoCustodian: _(
            "Nobody keeps protected addresses at the moment. Nothing was sent and your draft is "
            "kept. Take the address out and say it by telephone."
        ),
        RecoveryNotReady: _not_ready(),
        DirectoryForged: _(
            "Confer could not prove that the keys of the readers are genuine. Nothing was sent and "
            "your draft is kept. Telephone the intake desk and say so."
        ),
    }
    return words[type(error)]


def _not_ready() -> str:
    return _(
        "This installation does not take its first referral yet: nobody has made and tried the "
        "keys that would help if everybody at the desk lost theirs. Nothing was sent and your "
        "draft is kept. Telephone the intake desk."
    )


def _missing(form: CheckForm, draft: OpenDraft) -> list[dict[str, str]]:
    """What stands in the way of sending, each with the way to its page."""
    return [
        {"text": text, "url": step_address(draft.id, page.name)}
        for page, text in unfinished(draft.answers, form.setting)
    ]


def _sections(form: CheckForm, draft: OpenDraft) -> list[dict[str, Any]]:
    """One block for each page that was asked, with its rows and the link that changes them."""
    names = [page for page in STEPS if page.name != "before" or draft.answers.get("caller_name")]
    blocks = []
    for page in names:
        rows = rows_of_page(page, draft.answers, form.setting)
        asked = page.name != "protected" or draft.answers.get("has_protected_address") == "yes"
        if rows and asked:
            blocks.append(
                {
                    "name": page.name,
                    "title": page.question,
                    "url": step_address(draft.id, page.name),
                    "rows": [row for row in rows if row.is_filled],
                    "empty": [row.label for row in rows if not row.is_filled],
                }
            )
    return blocks


def _typed_rows(form: StepForm | None, typed: Answers) -> list[Row]:
    if form is None:
        return []
    page = next((each for each in STEPS if isinstance(form, each.form)), page_of(QUESTION))
    return rows_of_page(page, typed, form.setting)
