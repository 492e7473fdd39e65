"""The JSON of a form's fields: types are strict here, what a value may say the form decides."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from drf_spectacular.drainage import set_override
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from casework.forms.date_parts import DatePartsField
from casework.forms.fields import OLDEST, WordsField

_NOT_A_CODE: dict[str, Any] = {"invalid_choice": _("This is not one of the codes that fit here.")}


class _Strict(serializers.Field[Any, Any, Any, Any]):
    """A value of exactly one JSON type, as it came; DRF's own fields convert."""

    kind: type

    def to_internal_value(self, data: Any) -> Any:
        """The value itself. Raises ValidationError for another type."""
        if type(data) is not self.kind:
            self.fail("invalid")
        return data

    def to_representation(self, value: Any) -> Any:
        """The value itself."""
        return value


@extend_schema_field({"type": "string"})
class TextField(_Strict):
    """Words."""

    kind = str
    default_error_messages = {"invalid": _("This must be a text.")}


@extend_schema_field({"type": "boolean"})
class YesField(_Strict):
    """True or false."""

    kind = bool
    default_error_messages = {"invalid": _("This must be true or false.")}


@extend_schema_field({"type": "integer", "minimum": 0, "maximum": OLDEST})
class YearsField(_Strict):
    """An age."""

    kind = int
    default_error_messages = {"invalid": _("This must be a whole number.")}


def json_field(field: forms.Field) -> serializers.Field[Any, Any, Any, Any]:
    """The JSON twin of a form's field, with the page's label as its description."""
    known: dict[str, Any] = {"required": False, "help_text": field.label}
    if isinstance(field, WordsField):
        return _words(field, known)
    if isinstance(field, forms.BooleanField):
        return YesField(**known)
    if isinstance(field, forms.IntegerField):
        return YearsField(**known)
    if isinstance(field, DatePartsField):
        return serializers.DateField(**known)
    if isinstance(field, forms.MultipleChoiceField):
        return serializers.ListField(child=_code(field), max_length=len(_codes(field)), **known)
    if isinstance(field, forms.ChoiceField):
        return _code(field, **known)
    raise TypeError(f"no JSON for {type(field).__name__}")


def _words(field: WordsField, known: dict[str, Any]) -> TextField:
    if field.required:
        told = {"required": field.error_messages["required"]}
        known |= {"required": True, "error_messages": told}
    twin = TextField(**known)
    set_override(twin, "field", {"type": "string", "maxLength": field.limit})
    return twin


def _code(field: forms.ChoiceField, **known: Any) -> serializers.ChoiceField:
    return serializers.ChoiceField(choices=_codes(field), error_messages=_NOT_A_CODE, **known)


def _codes(field: forms.ChoiceField) -> list[Any]:
    choices: Any = field.choices
    return list(choices)
