"""What every page of a draft shares: answers to fields, fields to answers, nothing ever lost."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar

from django import forms
from django.forms import BoundField
from django.utils.datastructures import MultiValueDict
from django.utils.functional import Promise

from casework.answers import Answers
from casework.forms.date_parts import DatePartsField, parts_of
from casework.forms.fields import WordsField, without_unshowable
from casework.queries.draft_setting import DraftSetting

Words = str | Promise


@dataclass(frozen=True, slots=True)
class Section:
    """Some fields of a page under a heading of their own."""

    fields: tuple[str, ...]
    heading: Words = ""
    lead: Words = ""


@dataclass(frozen=True, slots=True)
class ShownSection:
    """A section with its fields, for a template."""

    heading: Words
    lead: Words
    fields: list[BoundField]


class StepForm(forms.Form):
    """One page of a draft. Only a field that must be filled says so."""

    sections: ClassVar[tuple[Section, ...]] = ()
    mark_optional = False

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        answers: Answers | None = None,
        setting: DraftSetting,
    ) -> None:
        super().__init__(data, initial=dict(answers or {}), label_suffix="")
        self.setting = setting
        self.suit(setting)
        for name, field in self.fields.items():
            if isinstance(field, DatePartsField):
                self.initial[name] = _day(self.initial.get(name))

    def suit(self, setting: DraftSetting) -> None:
        """Fit the fields to the people around the draft; most pages are the same for all."""

    def to_answers(self) -> dict[str, Any]:
        """The valid answers as a draft keeps them, once checked; an emptied field is empty."""
        return {name: _plain(value) for name, value in self.cleaned_data.items()}

    def kept_answers(self) -> dict[str, Any]:
        """The valid answers and, of the others, the words as they were typed, to be put right."""
        wrong = self.errors  # asking for them is what cleans
        answers = self.to_answers()
        for name in wrong:
            field = self.fields.get(name)
            if isinstance(field, WordsField):
                answers[name] = without_unshowable(self[name].value() or "")
        return answers

    def shown_sections(self) -> Iterator[ShownSection]:
        """The sections with what is left of their fields after `suit`."""
        for section in self.sections:
            fields = [self[name] for name in section.fields if name in self.fields]
            if fields:
                yield ShownSection(section.heading, section.lead, fields)


def as_typed(form: StepForm, answers: Answers) -> MultiValueDict[str, str]:
    """Answers in the shape in which a browser sends them, so that a saved page is checked again."""
    data: MultiValueDict[str, str] = MultiValueDict()
    for name, field in form.fields.items():
        value = answers.get(name)
        if isinstance(field, DatePartsField):
            for number, part in enumerate(parts_of(_day(value))):
                data[f"{name}_{number}"] = "" if part is None else str(part)
        elif isinstance(value, list):
            data.setlist(name, [str(each) for each in value])
        elif value:
            data[name] = "on" if value is True else str(value)
    return data


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    if value is None:
        return ""
    # A number is kept as its digits: an age of 0 is an answer, and "" is none.
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _day(value: Any) -> date | None:
    return date.fromisoformat(value) if isinstance(value, str) and value else None
