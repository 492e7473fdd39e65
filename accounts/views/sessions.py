"""The own sessions: seen, ended, and kept open by the person who is still there."""

from math import floor
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.actor import actor_before_factor, actor_for
from accounts.services import browser_sessions

LOCKS_IN = "Confer-Locks-In"


@require_safe
def sessions_list(request: HttpRequest) -> HttpResponse:
    """Where this person is signed in."""
    rows = browser_sessions.show_sessions(actor=actor_for(request))
    context = {"rows": rows, "others": any(not row.is_here for row in rows)}
    return render(request, "accounts/sessions.html", context)


@require_POST
def session_end(request: HttpRequest, ref: UUID) -> HttpResponse:
    """End one of the own sessions."""
    browser_sessions.end_one(actor=actor_for(request), ref=ref)
    return redirect("sessions_list")


@require_POST
def sessions_end_others(request: HttpRequest) -> HttpResponse:
    """End all own sessions but this one."""
    browser_sessions.end_others(actor=actor_for(request))
    return redirect("sessions_list")


@require_POST
def session_stay(request: HttpRequest) -> HttpResponse:
    """The person is still there; a page of a session that is not this one gets 409."""
    actor = actor_before_factor(request)
    locks_at = browser_sessions.stay(actor=actor, ref=request.POST.get("ref", ""))
    if locks_at is None:
        return HttpResponse(status=409)
    left = floor((locks_at - timezone.now()).total_seconds())
    return HttpResponse(status=204, headers={LOCKS_IN: str(left)})
