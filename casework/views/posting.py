"""What a form gets: the posted data of a POST, be it empty, and nothing otherwise."""

from django.http import HttpRequest, QueryDict


def posted(request: HttpRequest) -> QueryDict | None:
    """The data for a form's first argument."""
    return request.POST if request.method == "POST" else None
