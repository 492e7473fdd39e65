"""Says where in a request something does not fit, in words that repeat nothing of it."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from rest_framework.settings import api_settings

from api.problems import Fault

BODY = "#"
_Place = Callable[[str], Mapping[str, str]]


def faults_of_serializer(errors: Any, pointer: str = BODY) -> Iterator[Fault]:
    """The errors of a serializer, each with its pointer into the body."""
    if isinstance(errors, Mapping):
        for name, inner in errors.items():
            whole = name == api_settings.NON_FIELD_ERRORS_KEY
            yield from faults_of_serializer(inner, pointer if whole else f"{pointer}/{name}")
    else:
        for message in errors:
            yield {"detail": str(message), "pointer": pointer}


def faults_of_form(form: forms.Form, place: _Place) -> Iterator[Fault]:
    """The errors of a form; `place` tells where the value of a field stood in the request."""
    for name, errors in form.errors.as_data().items():
        for error in errors:
            for message in _messages(error):
                yield {"detail": message, **place(name)}


def _messages(error: ValidationError) -> list[str]:
    # Django's own words for a wrong choice repeat the value.
    if "value" in (error.params or {}):
        return [_("This is not one of the values that fit here.")]
    return [str(message) for message in error.messages]
