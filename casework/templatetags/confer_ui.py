"""The filters that components need to put forms, clocks and tables into words."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from django import template
from django.forms import BoundField, Field, MultiWidget, Select
from django.forms.widgets import ChoiceWidget
from django.utils import formats, timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

register = template.Library()


@register.filter
def first_input_id(field: BoundField) -> str:
    """The id of what takes the focus first in a field, for links from the error summary."""
    widget = field.field.widget
    if isinstance(widget, ChoiceWidget) and not isinstance(widget, Select):
        options = field.subwidgets
        return str(options[0].id_for_label) if options else field.auto_id
    if isinstance(widget, MultiWidget):
        return f"{field.auto_id}_0"
    return field.id_for_label or field.auto_id


@register.filter
def error_in_words(error: str, field: BoundField) -> str:
    """An error that can stand alone: Django's bare "required" does not say which field."""
    if str(error) == str(Field.default_error_messages["required"]):
        return _("%(label)s: fill this in") % {"label": field.label}
    return str(error)


@register.filter
def time_left(days: int) -> str:
    """Working days until something is due, in words."""
    return _time_left(days, get_language())


@register.filter
def due_day(due: datetime) -> str:
    """The day on which something is due, on the reader's own wall clock."""
    return _due_day(timezone.localdate(due), get_language())


@register.filter
def with_labels(cells: Iterable[Any], labels: Sequence[str]) -> list[tuple[str, Any]]:
    """Each cell of a row with the label of its column; a row of another length is a mistake."""
    return list(zip(labels, cells, strict=True))


# A list says the same few days and times again and again.
@lru_cache(maxsize=256)
def _time_left(days: int, _language: str | None) -> str:
    if days < 0:
        late = ngettext(
            "Overdue by %(days)s working day", "Overdue by %(days)s working days", -days
        )
        return late % {"days": -days}
    if days == 0:
        return _("Due today")
    left = ngettext("%(days)s working day left", "%(days)s working days left", days)
    return left % {"days": days}


@lru_cache(maxsize=256)
def _due_day(day: date, _language: str | None) -> str:
    return formats.date_format(day, "D j M")
