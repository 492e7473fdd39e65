"""How acts on a referral are asked for and end: their pages, what was done, why it was not."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.actor import Actor, actor_for
from accounts.errors import DirectoryForged, MissingKey
from casework.choices import CaseState, ReferralState
from casework.errors import InvalidTransition, NobodyCanRead, OtherTextSent, SealForged
from casework.forms.desk_words import DONE
from casework.services.show_lists import ReferralPage, show_referral
from casework.views.referral_page import offers_of, page_context

_PAGE = "casework/desk/referral.html"
# What the page of an act shows besides, made from the referral's page.
Fill = Callable[[Actor, ReferralPage], dict[str, Any]]


def _nothing_more(_actor: Actor, _page: ReferralPage) -> dict[str, Any]:
    return {}


def shown_page(request: HttpRequest, referral_id: UUID, problem: str = "") -> HttpResponse:
    """A referral's page; `problem` says why an act was not done."""
    actor = actor_for(request)
    page = show_referral(actor=actor, referral_id=referral_id)
    return _rendered(request, actor, page, _PAGE, {"problem": problem})


def act_page(
    request: HttpRequest,
    referral_id: UUID,
    name: str,
    template: str,
    *,
    fill: Fill = _nothing_more,
    problem: str = "",
) -> HttpResponse:
    """The page of one act by its URL name; not offered any more, the referral's page says so."""
    actor = actor_for(request)
    page = show_referral(actor=actor, referral_id=referral_id)
    if problem or name in {offer.name for offer in offers_of(page)}:
        more = {**fill(actor, page), "problem": problem}
        return _rendered(request, actor, page, template, more)
    more = {"problem": _it_is_now(page.row.state.label)}
    return _rendered(request, actor, page, _PAGE, more)


def with_form(form: Form) -> Fill:
    """The page of an act shows this form."""
    return lambda _actor, _page: {"form": form}


def acted(
    request: HttpRequest, referral_id: UUID, act: Callable[[Actor], None], done: str
) -> HttpResponse:
    """Do one act and go to the referral's page; if it cannot be done, show that page with why."""
    try:
        act(actor_for(request))
    except InvalidTransition as moved:
        return shown_page(request, referral_id, moved_on(moved))
    except (MissingKey, DirectoryForged) as fault:
        return shown_page(request, referral_id, key_fault(fault))
    except SealForged:
        done = "forged"
    except NobodyCanRead:
        done = "nobody_reads"
    return redirect_done("referral_desk", referral_id, done)


def redirect_done(name: str, object_id: UUID, done: str) -> HttpResponse:
    """Go to a page that says by a fixed code what was done."""
    return redirect(f"{reverse(name, args=[object_id])}?done={done}")


def notice_of(request: HttpRequest) -> dict[str, Any] | None:
    """The words for the code in the address; an unknown code says nothing."""
    kind, title, text = DONE.get(request.GET.get("done", ""), ("", "", ""))
    return {"kind": kind, "title": title, "text": text} if kind else None


def why_not(act: Callable[[], None]) -> str:
    """Do an act that writes; empty, or why it was not done: the page keeps what was typed."""
    try:
        act()
    except InvalidTransition as moved:
        return moved_on(moved)
    except (MissingKey, DirectoryForged) as fault:
        return key_fault(fault)
    except OtherTextSent:
        return sent_before()
    return ""


def sent_before() -> str:
    """A page that was gone back to after sending: its new text is neither lost nor sent."""
    return _(
        "You have sent this page before, with another text. That one has arrived; this one was "
        "not sent yet. If it is something more, send it now."
    )


def moved_on(moved: InvalidTransition) -> str:
    """Somebody else was faster, or the same act was sent twice."""
    states = {**dict(CaseState.choices), **dict(ReferralState.choices)}
    return _it_is_now(states[moved.state])


def key_fault(fault: MissingKey | DirectoryForged) -> str:
    """Whose key is missing, or that the keys cannot be believed; nothing was changed."""
    if isinstance(fault, DirectoryForged):
        return _("The list of keys does not verify, so nothing was changed. Tell the auditor.")
    words = _(
        "%(name)s has no key yet, so nothing was changed. They open their joining link first."
    )
    return words % {"name": fault.recipient}


def _it_is_now(state: Any) -> str:
    return _("This has moved on meanwhile. It is now: %(state)s.") % {"state": state}


def _rendered(
    request: HttpRequest, actor: Actor, page: ReferralPage, template: str, more: dict[str, Any]
) -> HttpResponse:
    context = {**page_context(actor, page), "notice": notice_of(request), **more}
    return render(request, template, context, status=409 if more.get("problem") else 200)
