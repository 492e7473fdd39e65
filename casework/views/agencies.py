"""The page on which an agency leaves the partnership."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from accounts.actor import actor_for
from accounts.services.proving import require_proof
from casework.services.leaving import agency_leaves
from casework.services.show_agency import show_agency


@require_http_methods(["GET", "POST"])
def agency_leave(request: HttpRequest, agency_id: UUID) -> HttpResponse:
    """What an agency's leaving will do, then the leaving."""
    require_proof(request)
    actor = actor_for(request)
    if request.method != "POST":
        shown = show_agency(actor=actor, agency_id=agency_id)
        return render(request, "casework/people/agency_leave.html", {"agency": shown})
    agency_leaves(actor=actor, agency_id=agency_id)
    return redirect(f"{reverse('people_list')}?done=agency_left")
