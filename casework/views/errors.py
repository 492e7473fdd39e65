"""The pages that say what went wrong; none needs a request, a person or a database."""

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from casework.views.keeping import claim_of, keep


def csrf_failure(request: HttpRequest, **_why: object) -> HttpResponse:
    """A form came with an old session's mark: its text is kept, anything else refused."""
    claim = claim_of(request)
    if claim is not None:
        return keep(request, claim)
    return _page("403_csrf.html", 403)


def bad_request(_request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - by name
    """What the browser sent could not be understood."""
    return _page("400.html", 400)


def permission_denied(_request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - by name
    """Refused before any page."""
    return _page("403.html", 403)


def page_not_found(_request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - by name
    """Missing and forbidden look alike."""
    return _page("404.html", 404)


def server_error(_request: HttpRequest) -> HttpResponse:
    """Something broke here; nothing of it is shown."""
    return _page("500.html", 500)


def _page(template: str, status: int) -> HttpResponse:
    return HttpResponse(render_to_string(template), status=status)
