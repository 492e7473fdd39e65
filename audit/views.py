"""Pages of the log: look-ups for auditors and data protection officers, and one's own record."""

from collections.abc import Mapping
from urllib.parse import urlencode
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.actor import actor_for
from accounts.queries import agency_names
from accounts.roles import Role
from audit import lookups, rows
from audit.forms import LogFilterForm, PlaceForm
from audit.lookups import LogClosed, LookUp
from audit.record import Origin
from audit.rows import Names


@require_GET
def access_log(request: HttpRequest) -> HttpResponse:
    """What was done, by whom and on which case, for those whose hat opens the log."""
    origin = _within_reach(request)
    agencies, only = agency_names(), lookups.only_agency(origin)
    offered = agencies if only is None else {only: agencies[only]}
    form = LogFilterForm(request.GET, agencies=offered)
    found = _looked_up(origin, form)
    context = {
        "form": form,
        "headers": rows.log_headers(),
        "rows": rows.log_rows(found.page.events, _names(agencies)),
        "only_agency": agencies[only] if only else "",
        **_way_on(request, found),
    }
    return render(request, "audit/access_log.html", context)


@require_GET
def my_record(request: HttpRequest) -> HttpResponse:
    """What the log holds about the acts of the person who asks."""
    origin = actor_for(request).origin
    form = PlaceForm(request.GET)
    found = lookups.look_up_own(origin=origin, page=form.page() if form.is_valid() else None)
    context = {
        "form": form,
        "headers": rows.own_headers(),
        "rows": rows.own_rows(found.page.events, _names(agency_names())),
        **_way_on(request, found),
    }
    return render(request, "audit/my_record.html", context)


def _within_reach(request: HttpRequest) -> Origin:
    origin = actor_for(request).origin
    try:
        lookups.require_reach(origin=origin)
    except LogClosed as closed:
        raise Http404 from closed
    return origin


def _looked_up(origin: Origin, form: LogFilterForm) -> LookUp:
    if not form.is_valid():
        return lookups.refuse_filter(origin=origin)
    return lookups.look_up(origin=origin, wanted=form.wanted(), page=form.page())


def _names(agencies: Mapping[UUID, str]) -> Names:
    return Names(agencies, dict(Role.choices))


def _way_on(request: HttpRequest, found: LookUp) -> dict[str, object]:
    """The event that recorded this look-up, and the addresses of the pages beside it."""
    filters = [(key, value) for key, value in request.GET.items() if key != "before" and value]
    older = found.page.older
    return {
        "event_id": found.event_id,
        "is_filtered": bool(filters),
        "newest_url": f"?{urlencode(filters)}" if request.GET.get("before") else "",
        "older_url": f"?{urlencode([*filters, ('before', str(older))])}" if older else "",
    }
