"""Tells refusals made around the API's views (unknown address, upload, 500) as problems."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from rest_framework.renderers import JSONRenderer

from api import problems
from api.problems import BY_STATUS, MEDIA_TYPE

PREFIX = "/api/"
_Handler = Callable[[HttpRequest], HttpResponse]
_FIRST_REDIRECT = 300
_FIRST_ERROR = 400
_FIRST_FAULT = 500


class ProblemMiddleware:
    """Stands outside of everything that answers with pages, so that no program is sent one."""

    def __init__(self, get_response: _Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not request.path_info.startswith(PREFIX) or response.status_code < _FIRST_REDIRECT:
            return response
        if response.headers.get("Content-Type") == MEDIA_TYPE:
            return response
        return _told(request, response)


def _told(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    # A redirect (a missing slash) would turn what was posted into a harmless-looking GET.
    status = response.status_code if response.status_code >= _FIRST_ERROR else 404
    other = problems.FAILED if status >= _FIRST_FAULT else problems.MALFORMED
    problem = BY_STATUS.get(status, other)
    # By the views' own renderer: missing and forbidden are alike to the byte.
    told = JSONRenderer().render(problems.document(request, problem))
    answer = HttpResponse(told, status=problem.status, content_type=MEDIA_TYPE)
    answer.cookies = response.cookies
    return answer
