"""Pages that are the same for everybody: help, privacy, accessibility, the city's colour."""

import re

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from casework.queries.desk_hours import hours_if_founded

_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")


@require_safe
def help_page(request: HttpRequest) -> HttpResponse:
    """What Confer is for and what not."""
    return render(request, "casework/help.html", {"hours": hours_if_founded()})


@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    """What is recorded about whom."""
    return render(request, "casework/privacy.html")


@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    """The accessibility statement."""
    return render(request, "casework/accessibility.html")


@require_safe
def brand_css(_request: HttpRequest) -> HttpResponse:
    """The city's colour as a style sheet, since no page carries a style of its own."""
    colour = settings.BRAND_COLOUR
    rule = f":root {{ --brand: {colour}; }}\n" if _COLOUR.fullmatch(colour) else ""
    return HttpResponse(rule, content_type="text/css; charset=utf-8")
