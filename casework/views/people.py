"""Who waits to be let in, and letting them in."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.actor import actor_for
from accounts.errors import DirectoryForged, MissingKey
from casework.services.people import admit, show_waiting


@require_safe
def people_list(request: HttpRequest) -> HttpResponse:
    """The people who wait for this actor; what letting them in does stands beside each."""
    actor = actor_for(request)
    context = {
        "waiting": show_waiting(actor=actor),
        "done": request.GET.get("done") == "admitted",
    }
    return render(request, "casework/people/list.html", context)


@require_POST
def person_admit(request: HttpRequest, membership_id: UUID) -> HttpResponse:
    """Let one person in."""
    actor = actor_for(request)
    try:
        admit(actor=actor, membership_id=membership_id)
    except (MissingKey, DirectoryForged) as error:
        problem = (
            _("This person has no key yet. They must open their joining link first.")
            if isinstance(error, MissingKey)
            else _("The list of keys does not verify. Nobody was let in. Tell the auditor.")
        )
        context = {"waiting": show_waiting(actor=actor), "problem": problem}
        return render(request, "casework/people/list.html", context, status=409)
    return redirect(f"{reverse('people_list')}?done=admitted")
