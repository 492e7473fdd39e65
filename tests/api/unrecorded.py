"""Addresses for the tests of the log's guard: views of the API that forget, break or refuse."""

from typing import Any

from django.urls import include, path
from rest_framework.request import Request
from rest_framework.response import Response

from api.views import SignedInView
from audit.exposure import Exposure, declare
from casework.errors import AccessDenied
from config.urls import handler400, handler403, handler404, handler500

__all__ = ["handler400", "handler403", "handler404", "handler500"]

CONTENT = "text of a case"


class Forgetful(SignedInView):
    """Shows something that it has not recorded."""

    throttle_classes: list[Any] = []

    def get(self, _request: Request) -> Response:
        return Response({"text": CONTENT})


class Refusing(SignedInView):
    """Refuses without a record."""

    def get(self, _request: Request) -> Response:
        raise AccessDenied("forgotten")


class Broken(SignedInView):
    """Fails with content in the words of its error."""

    def get(self, _request: Request) -> Response:
        raise ValueError(CONTENT)


urlpatterns = [
    path("", include("config.urls")),
    path("api/test/forgetful/", Forgetful.as_view(), name="test_api_forgetful"),
    path("api/test/refusing/", Refusing.as_view(), name="test_api_refusing"),
    path("api/test/broken/", Broken.as_view(), name="test_api_broken"),
    path("api/test/undeclared/", Forgetful.as_view(), name="test_api_undeclared"),
]
for _name in ("test_api_forgetful", "test_api_refusing", "test_api_broken"):
    declare(Exposure.RECORDS, _name)
