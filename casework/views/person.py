"""Pages about one person in one hat: what is, what may be done, what it would do."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.actor import Actor, actor_for
from accounts.errors import NotAllowed
from accounts.queries.people import KeyState
from accounts.services.factors import reset_factor
from accounts.services.inviting import Invitation, join_address
from accounts.services.planning import MAY_NOT_PROLONG, plan_leave, remove_leave, set_last_day
from accounts.services.proving import require_proof
from casework.forms.people import LastDayForm, LeaveForm
from casework.forms.people_words import days_in_words, done_notice, key_in_words
from casework.services import leaving
from casework.services.send_again import send_again
from casework.services.show_people import (
    PersonPage,
    show_admitted,
    show_managed,
    show_person,
)
from casework.views.people import invited_page
from casework.views.posting import posted

Act = Callable[[Actor, PersonPage], None]


@require_safe
def person_detail(request: HttpRequest, membership_id: UUID) -> HttpResponse:
    """One person: hat, key, what is planned, and the ways on."""
    page = show_person(actor=actor_for(request), membership_id=membership_id)
    context = {**_shown(page), "notice": done_notice(request.GET.get("done", ""))}
    return render(request, "casework/people/detail.html", context)


@require_http_methods(["GET", "POST"])
def person_end(request: HttpRequest, membership_id: UUID) -> HttpResponse:
    """What ending the hat will do, then the end."""

    def act(actor: Actor, page: PersonPage) -> None:
        leaving.end_hat(actor=actor, membership_id=page.row.membership_id)

    return _act_page(request, membership_id, "end", act, done="ended")


@require_http_methods(["GET", "POST"])
def person_suspend(request: HttpRequest, membership_id: UUID) -> HttpResponse:
    """Close the account at once, whatever agency the person acts for."""

    def act(actor: Actor, page: PersonPage) -> None:
        leaving.suspend(actor=actor, user_id=page.row.user_id)

    return _act_page(request, membership_id, "suspend", act, done="suspended")


@require_http_methods(["GET", "POST"])
def person_reopen(request: HttpRequest, membership_id: UUID) -> HttpResponse:
    """Open a closed account again."""

    def act(actor: Actor, page: PersonPage) -> None:
        leaving.end_suspension(actor=actor, user_id=page.row.user_id)

    return _act_page(request, membership_id, "reopen", act, done="reopened")


@require_http_methods(["GET", "POST"])
def person_factor(request: HttpRequest, membership_id: UUID) -> HttpResponse:
    """Remove a second factor that is lost, after the person was called back."""

    def act(actor: Actor, page: PersonPage) -> None:
        reset_factor(actor=actor, user_id=page.row.user_id)

    return _act_page(request, membership_id, "factor", act, done="factor_reset")


@require_http_methods(["GET", "POST"])
def person_send_again(request: HttpRequest, membership_id: UUID) -> HttpResponse:
    """Seal again, to a new key, what the person had and the actor can open."""

    def act(actor: Actor, page: PersonPage) -> None:
        send_again(actor=actor, user_id=page.row.user_id)

    return _act_page(request, membership_id, "again", act, done="sent_again")


@require_http_methods(["GET", "POST"])
def person_lost_phrase(request: HttpRequest, membership_id: UUID) -> HttpResponse:
    """The old key ends and a link begins, which the actor hands over."""
    require_proof(request)
    actor = actor_for(request)
    page = show_admitted(actor=actor, membership_id=membership_id)
    if request.method != "POST":
        return render(request, "casework/people/lost.html", _shown(page))
    token = leaving.replace_lost_key(actor=actor, user_id=page.row.user_id)
    invited = Invitation(membership_id, page.row.name, join_address(token), by_hand=True)
    return invited_page(request, invited, key_ended=True)


@require_http_methods(["GET", "POST"])
def person_last_day(request: HttpRequest, membership_id: UUID) -> HttpResponse:
    """Set the last day of a hat, or take it away."""
    require_proof(request)
    actor = actor_for(request)
    page = show_managed(actor=actor, membership_id=membership_id)
    initial = {"last_day": page.row.ends_on}
    form = LastDayForm(posted(request), initial=initial, begins=page.row.starts_on)
    if form.is_valid():
        last_day = form.cleaned_data["last_day"]
        try:
            set_last_day(actor=actor, membership_id=membership_id, last_day=last_day)
        except NotAllowed as refused:
            if refused.reason != MAY_NOT_PROLONG:
                raise
            form.add_error("last_day", _("Only somebody who may let them in can prolong this."))
        else:
            return _done(membership_id, "last_day")
    return render(request, "casework/people/last_day.html", {**_shown(page), "form": form})


@require_http_methods(["GET", "POST"])
def person_leave(request: HttpRequest, membership_id: UUID) -> HttpResponse:
    """Note days on which somebody is away."""
    actor = actor_for(request)
    page = show_person(actor=actor, membership_id=membership_id)
    form = LeaveForm(posted(request))
    if form.is_valid():
        first, last = form.cleaned_data["first"], form.cleaned_data["last"]
        plan_leave(actor=actor, membership_id=membership_id, first=first, last=last)
        return _done(membership_id, "leave")
    return render(request, "casework/people/leave.html", {**_shown(page), "form": form})


@require_POST
def leave_remove(request: HttpRequest, membership_id: UUID, leave_id: UUID) -> HttpResponse:
    """Take planned days out again."""
    remove_leave(actor=actor_for(request), membership_id=membership_id, leave_id=leave_id)
    return _done(membership_id, "leave_removed")


def _act_page(
    request: HttpRequest, membership_id: UUID, name: str, act: Act, *, done: str
) -> HttpResponse:
    """A page that says what an act will do, and does it when its button is pressed."""
    require_proof(request)
    actor = actor_for(request)
    show = show_admitted if name == "factor" else show_managed
    page = show(actor=actor, membership_id=membership_id)
    if request.method != "POST":
        return render(request, f"casework/people/{name}.html", _shown(page))
    act(actor, page)
    if done == "ended":
        return redirect(f"{reverse('people_list')}?done=ended")
    return _done(membership_id, done)


def _done(membership_id: UUID, code: str) -> HttpResponse:
    return redirect(f"{reverse('person_detail', args=[membership_id])}?done={code}")


def _shown(page: PersonPage) -> dict[str, Any]:
    row = page.row
    return {
        "person": page,
        "row": row,
        "key": key_in_words(row, page.admitters),
        "is_closed": row.key is KeyState.CLOSED,
        "has_no_key": row.key in {KeyState.LINK_OPEN, KeyState.LINK_ENDED},
        "leaves": [{"id": each.id, "days": days_in_words(each.days)} for each in row.leaves],
        "holders_left": len(page.holders_after),
        "here": reverse("person_detail", args=[row.membership_id]),
        "others": [
            _("%(agency)s, %(role)s") % {"agency": each.agency_name, "role": each.role.label}
            for each in page.other_hats
        ],
    }
