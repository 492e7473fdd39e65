"""Day, month and year as three plain number boxes: no picker, no script, any part may be typed."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _


def parts_of(day: date | None) -> list[int | None]:
    """Day, month and year of a date; three times nothing without one."""
    return [day.day, day.month, day.year] if day else [None, None, None]


class DatePartsWidget(forms.MultiWidget):
    """Three number boxes, each with its own label."""

    template_name = "django/forms/widgets/date_parts.html"
    part_labels = (_("Day"), _("Month"), _("Year"))

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        boxes = [
            forms.TextInput({"class": f"govuk-input--width-{width}", "inputmode": "numeric"})
            for width in (2, 2, 4)
        ]
        super().__init__(boxes, attrs)

    def decompress(self, value: date | None) -> list[int | None]:
        """The three boxes of a date."""
        return parts_of(value)

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """Give each box its label."""
        context = super().get_context(name, value, attrs)
        for part, label in zip(context["widget"]["subwidgets"], self.part_labels, strict=True):
            part["part_label"] = label
        return context


class DatePartsField(forms.MultiValueField):
    """A real date or nothing; half a date is an error that says what is missing."""

    widget = DatePartsWidget
    default_error_messages = {"invalid": _("Enter a real date, for example 27 3 2009")}

    def __init__(self, **kwargs: Any) -> None:
        parts = [
            forms.IntegerField(min_value=low, max_value=high, error_messages=self._part_errors())
            for low, high in ((1, 31), (1, 12), (1900, 2100))
        ]
        super().__init__(parts, require_all_fields=False, **kwargs)

    def _part_errors(self) -> dict[str, Any]:
        wrong = self.default_error_messages["invalid"]
        codes = ("invalid", "min_value", "max_value", "required", "incomplete")
        return dict.fromkeys(codes, wrong)

    def compress(self, data_list: Sequence[int]) -> date | None:
        """One date from its three parts."""
        if not data_list:
            return None
        day, month, year = data_list
        try:
            return date(year, month, day)
        except ValueError as error:
            raise ValidationError(self.error_messages["invalid"], code="invalid") from error
