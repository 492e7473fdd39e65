"""Pages about everybody who acts somewhere: the list, letting in, inviting, sending a link."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.actor import Actor, actor_for
from accounts.errors import AccountClosed, DirectoryForged, HatExists, MissingKey
from accounts.queries.people import PersonRow
from accounts.roles import Role
from accounts.services.inviting import (
    LINK_HOURS,
    Invitation,
    choices_for,
    invite_person,
    send_new_link,
)
from accounts.services.people import looks_after
from accounts.services.proving import require_proof
from casework.forms.people import InviteForm
from casework.forms.people_words import days_in_words, done_notice, key_in_words
from casework.services.people import admit
from casework.services.show_people import AgencyPeople, PeoplePage, show_people
from casework.views.posting import posted


@require_safe
def people_list(request: HttpRequest) -> HttpResponse:
    """Who waits for this actor, then everybody at the agencies this actor looks after."""
    actor = actor_for(request)
    return _list_page(request, actor, {"notice": done_notice(request.GET.get("done", ""))})


@require_POST
def person_admit(request: HttpRequest, membership_id: UUID) -> HttpResponse:
    """Let one person in."""
    require_proof(request)
    actor = actor_for(request)
    try:
        admit(actor=actor, membership_id=membership_id)
    except (MissingKey, DirectoryForged) as error:
        problem = (
            _("This person has no key yet. They must open their joining link first.")
            if isinstance(error, MissingKey)
            else _("The list of keys does not verify. Nobody was let in. Tell the auditor.")
        )
        return _list_page(request, actor, {"problem": problem})
    return redirect(f"{reverse('people_list')}?done=admitted")


@require_http_methods(["GET", "POST"])
def person_invite(request: HttpRequest) -> HttpResponse:
    """Give somebody a hat; who is new to Confer gets a link."""
    require_proof(request)
    actor = actor_for(request)
    initial = {"starts_on": timezone.localdate(), "agency": str(actor.hat.agency_id)}
    form = InviteForm(posted(request), initial=initial, choices=choices_for(actor=actor))
    if form.is_valid():
        try:
            invited = invite_person(actor=actor, person=form.to_person())
        except HatExists:
            form.add_error("role", _("They act for this agency in this role already"))
        except AccountClosed:
            form.add_error("email", _("This account is closed. Open it again first"))
        except ValidationError as error:
            form.add_error(None, error.messages)
        else:
            return invited_page(request, invited)
    return render(request, "casework/people/invite.html", {"form": form})


@require_POST
def person_link(request: HttpRequest, membership_id: UUID) -> HttpResponse:
    """Another joining link for somebody who has no key yet."""
    require_proof(request)
    actor = actor_for(request)
    return invited_page(request, send_new_link(actor=actor, membership_id=membership_id))


def invited_page(
    request: HttpRequest, invited: Invitation, *, key_ended: bool = False
) -> HttpResponse:
    """What became of an invitation. The link is shown only where no mail server carries it."""
    context = {
        "invited": invited,
        "key_ended": key_ended,
        "mail_by": settings.MAIL_BY,
        "hours": LINK_HOURS,
        "show_link": not (invited.mailed and settings.MAIL_BY == "server"),
    }
    return render(request, "casework/people/invited.html", context)


def _list_page(request: HttpRequest, actor: Actor, more: dict[str, Any]) -> HttpResponse:
    page = show_people(actor=actor)
    agencies = [_agency(actor, page, each) for each in page.agencies]
    context = {
        "waiting": page.waiting,
        "may_manage": page.may_manage,
        "agencies": agencies,
        "leaving": [each for each in agencies if each["may_leave"]],
        "headers": [_("Name"), _("Role"), _("Key"), _("Last signed in"), _("Planned")],
        **more,
    }
    status = 409 if more.get("problem") else 200
    return render(request, "casework/people/list.html", context, status=status)


def _agency(actor: Actor, page: PeoplePage, group: AgencyPeople) -> dict[str, Any]:
    closes = actor.hat.role is not Role.AGENCY_LEAD and page.may_manage
    kept = {actor.hat.agency_id, page.office_id}
    return {
        "id": group.agency_id,
        "name": group.name,
        "may_leave": closes and group.agency_id not in kept,
        "rows": [_cells(actor, row, page, group) for row in group.rows],
    }


def _cells(
    actor: Actor, row: PersonRow, page: PeoplePage, group: AgencyPeople
) -> list[dict[str, Any]]:
    role = str(capfirst(row.role.label))
    if row.deputy_of:
        role = _("%(role)s, stands in for %(name)s") % {"role": role, "name": row.deputy_of}
    own = row.membership_id == page.own_hat
    seen = own or (page.may_manage and looks_after(actor, row.role))
    url = reverse("person_detail", args=[row.membership_id]) if seen else ""
    return [
        {"text": row.name, "url": url},
        {"text": role},
        {"text": key_in_words(row, group.admitters)},
        {"text": date_format(row.last_seen, "j M Y") if row.last_seen else _("never")},
        {"text": "; ".join(_planned(row)) or "\N{EN DASH}"},
    ]


def _planned(row: PersonRow) -> list[str]:
    """First and last day where they are to come, and leave."""
    found = []
    if row.starts_on > timezone.localdate():
        found.append(_("begins on %(day)s") % {"day": date_format(row.starts_on, "j M Y")})
    if row.ends_on:
        found.append(_("until %(day)s") % {"day": date_format(row.ends_on, "j M Y")})
    away = (days_in_words(leave.days) for leave in row.leaves)
    return [*found, *(_("away %(days)s") % {"days": days} for days in away)]
