"""The table of what each address shows: pages enter it with their URL, by one call."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from functools import wraps
from inspect import iscoroutinefunction
from types import MappingProxyType
from typing import Any

from django.http import HttpResponseBase
from django.urls import URLPattern, path

from audit import context

View = Callable[..., HttpResponseBase]


class Exposure(StrEnum):
    """What an answer may hold and what the log must hold before it leaves."""

    RECORDS = "records"  # data of people or cases: no answer without a committed record
    FORM = "form"  # signed-in pages without such data: empty forms, choices
    PUBLIC = "public"  # the same for everybody


_exposures: dict[str, Exposure] = {}
EXPOSURES: Mapping[str, Exposure] = MappingProxyType(_exposures)


def declare(exposure: Exposure, name: str) -> None:
    """Enter a URL name, also of a view that a package routes; ValueError if it stands otherwise."""
    if not name:
        raise ValueError("a page needs a URL name")
    if _exposures.setdefault(name, exposure) is not exposure:
        raise ValueError(f"{name} is declared twice, differently")


def page(exposure: Exposure, route: str, view: View, name: str) -> URLPattern:
    """Like django.urls.path, and enters the name into the table."""
    marked = _marking(view)
    declare(exposure, name)
    return path(route, marked, name=name)


def _marking(view: View) -> View:
    """The view, telling the middleware whether it was reached and whether it returned.

    A refusal by a middleware or by an exception carries nothing of the view; what the view itself
    returns does, and needs its record.
    """
    if iscoroutinefunction(view):
        raise TypeError("a page is a synchronous view")

    @wraps(view)
    def marked(*args: Any, **kwargs: Any) -> HttpResponseBase:
        request_context = context.current()
        if request_context is not None:
            request_context.view_entered = True
        response = view(*args, **kwargs)
        if request_context is not None:
            request_context.view_returned = True
        return response

    return marked
