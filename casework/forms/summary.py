"""Answers as labels and words, for the check page and wherever an item's text is shown."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

from django import forms
from django.utils import formats
from django.utils.translation import gettext_lazy as _

from casework.forms.consultation import QuestionForm
from casework.forms.date_parts import DatePartsField
from casework.forms.journey import CHECK, STEPS, Page, page_of
from casework.forms.steps import StepForm, Words
from casework.queries.draft_setting import DraftSetting

# Every answer has one place where it was asked; these were asked by nobody.
_MADE_BY_CONFER: Mapping[str, Words] = {
    "author_name": _("Written by"),
    "author_agency": _("For"),
    "text": _("Text"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One answer: its label and what was typed or chosen."""

    label: Words
    value: str = ""
    many: tuple[str, ...] = ()
    change_url: str = ""

    @property
    def is_filled(self) -> bool:
        """Whether anything was answered."""
        return bool(self.value or self.many)


def rows_of_page(page: Page, answers: Mapping[str, Any], setting: DraftSetting) -> list[Row]:
    """The answers of one page in its order, empty ones too."""
    form = page.form(answers=answers, setting=setting)
    names = [name for section in form.sections for name in section.fields if name in form.fields]
    return [_row(form.fields[name], answers.get(name)) for name in names]


def rows_of_body(body: Mapping[str, Any]) -> list[Row]:
    """The filled answers of an item, whatever kind it is, as its readers see them."""
    rows = [_row(field, body[name]) for name, field in _fields(_everybody()) if body.get(name)]
    made = [
        Row(label, str(body[name])) for name, label in _MADE_BY_CONFER.items() if body.get(name)
    ]
    return [*made, *rows]


def _fields(pages: Iterable[type[StepForm]]) -> Iterable[tuple[str, forms.Field]]:
    """Every field that any page asks, once."""
    once: dict[str, forms.Field] = {}
    for form in pages:
        once |= {name: field for name, field in form.base_fields.items() if name not in once}
    return once.items()


def _everybody() -> Iterable[type[StepForm]]:
    return (*(page.form for page in STEPS), page_of(CHECK).form, QuestionForm)


def _row(field: forms.Field, value: Any) -> Row:
    label = field.label or ""
    if isinstance(field, forms.MultipleChoiceField | forms.ChoiceField):
        pairs = cast("Iterable[tuple[str, object]]", field.choices)
        names = {str(code): str(name) for code, name in pairs}
        codes = value if isinstance(value, list) else [value] if value else []
        return Row(label, many=tuple(names.get(str(code), str(code)) for code in codes))
    if isinstance(field, DatePartsField) and value:
        return Row(label, formats.date_format(date.fromisoformat(value), "j F Y"))
    if isinstance(field, forms.BooleanField):
        return Row(label, str(_("Yes")) if value else "")
    return Row(label, str(value or ""))
