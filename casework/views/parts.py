"""Opens parts and items of a case: only a button does, never a link or a prefetch."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from accounts.actor import Actor, actor_for
from casework.choices import CaseRoleKind, Compartment
from casework.errors import AccessDenied
from casework.forms.desk import IdentityForm
from casework.forms.follow_up import MessageForm
from casework.queries.act_audience import audience_of_part
from casework.queries.case_page import CasePlace, case_of_item, place_of
from casework.queries.opened_place import opened_place
from casework.services.open_item import NEEDS_REASON, open_item, open_part, refuse_unknown_part
from casework.services.show_lists import find_item_place, find_place
from casework.services.unsealing import OpenedItem
from casework.views.keeping import typing_in
from casework.views.opened import entries_of, messages_of


@require_http_methods(["GET", "POST"])
def part_open(request: HttpRequest, case_id: UUID, compartment: str) -> HttpResponse:
    """The texts of one part; a link to it leads to the case's page and opens nothing."""
    actor = actor_for(request)
    if request.method != "POST":
        return redirect(_address(find_place(actor=actor, case_id=case_id)))
    if compartment not in Compartment.values:
        refuse_unknown_part(actor=actor, case_id=case_id)
    chosen = Compartment(compartment)
    purpose = request.POST.get("purpose", "")
    try:
        opened = open_part(actor=actor, case_id=case_id, compartment=chosen, purpose=purpose)
    except AccessDenied as denied:
        if denied.reason != NEEDS_REASON:
            raise
        return _reason_asked_again(request, actor, case_id)
    context = {**_opened_context(request, actor, opened), "title": chosen.label}
    return render(request, "casework/parts/part.html", context)


@require_safe
def part_reason(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Ask why a name must be opened before the case has its lawful basis."""
    actor = actor_for(request)
    place = find_place(actor=actor, case_id=case_id)
    return _reason_page(request, actor, case_id, place, IdentityForm())


@require_http_methods(["GET", "POST"])
def item_open(request: HttpRequest, item_id: UUID) -> HttpResponse:
    """One opened item; a link to it leads to the case's page and opens nothing."""
    actor = actor_for(request)
    if request.method != "POST":
        return redirect(_address(find_item_place(actor=actor, item_id=item_id)))
    try:
        opened = open_item(actor=actor, item_id=item_id, purpose=request.POST.get("purpose", ""))
    except AccessDenied as denied:
        case_id = case_of_item(actor, item_id) if denied.reason == NEEDS_REASON else None
        if case_id is None:
            raise
        return _reason_asked_again(request, actor, case_id)
    context = {**_opened_context(request, actor, [opened]), "title": opened.kind.label}
    return render(request, "casework/parts/part.html", context)


def _opened_context(request: HttpRequest, actor: Actor, opened: list[OpenedItem]) -> dict[str, Any]:
    found = opened_place(actor, opened)
    if found is None:
        raise AccessDenied("role_ended")
    return {
        "place": found.place,
        "back_url": _address(found.place),
        "entries": entries_of(opened),
        "messages": messages_of(opened),
        "audience": found.audience,
        **_writing(request, actor, found.place, opened[0].compartment),
    }


def _writing(
    request: HttpRequest, actor: Actor, place: CasePlace, part: Compartment
) -> dict[str, Any]:
    """The desk's form for a message, beside what the author and the desk wrote so far."""
    at_desk = part is Compartment.C11 and place.kind is CaseRoleKind.INTAKE
    if not at_desk or not place.may_write or place.referral_id is None:
        return {}
    typing = typing_in(
        request, actor, MessageForm(), name="message_send", object_id=place.referral_id
    )
    return {**typing, "message_url": reverse("message_send", args=[place.referral_id])}


def _reason_asked_again(request: HttpRequest, actor: Actor, case_id: UUID) -> HttpResponse:
    place = _place(actor, case_id)
    return _reason_page(request, actor, case_id, place, IdentityForm(request.POST))


def _reason_page(
    request: HttpRequest, actor: Actor, case_id: UUID, place: CasePlace, form: IdentityForm
) -> HttpResponse:
    context = {
        "form": form,
        "place": place,
        "back_url": _address(place),
        "action": reverse("part_open", args=[case_id, Compartment.C1]),
        "audience": audience_of_part(actor, case_id, Compartment.C1, place.kind),
    }
    return render(request, "casework/parts/reason.html", context)


def _place(actor: Actor, case_id: UUID) -> CasePlace:
    """Where the case of something just refused lies; the service has decided and recorded."""
    place = place_of(actor, case_id)
    if place is None:
        raise AccessDenied("role_ended")
    return place


def _address(place: CasePlace) -> str:
    """The case's own page for this reader."""
    is_author = place.kind is CaseRoleKind.AUTHOR
    if place.referral_id:
        return reverse(
            "referral_detail" if is_author else "referral_desk", args=[place.referral_id]
        )
    name = "consultation_detail" if is_author else "advice_desk"
    return reverse(name, args=[place.consultation_id])
