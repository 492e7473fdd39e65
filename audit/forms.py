"""The filter of the access log: what a person typed becomes an EventFilter."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit import queries
from audit.events import Event, Kind, Outcome, events_of_kind
from audit.pseudonyms import IdRange, NotAPseudonym, ids_named
from audit.queries import BadCursor, Cursor, EventFilter, PageRequest

_ONE_DAY = timedelta(days=1)
# Outside these years a day has no midnight that both databases can hold; no log is that old.
_FIRST_DAY = date(2000, 1, 1)
_LAST_DAY = date(2999, 12, 30)


class PseudonymField(forms.CharField):
    """A name such as "Person 7K4Q-M2XW"; cleans to the range of ids behind it, or None."""

    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, max_length=60, **options)
        self.widget.attrs.update({"class": "govuk-input--width-20", "autocomplete": "off"})

    def clean(self, value: Any) -> IdRange | None:
        """The range, None when left empty; ValidationError for another form of words."""
        typed = super().clean(value)
        if not typed:
            return None
        try:
            return ids_named(typed)
        except NotAPseudonym as error:
            raise forms.ValidationError(
                _("Type the eight letters and digits, for example 7K4Q-M2XW.")
            ) from error


class DayField(forms.DateField):
    """A day of the log's time."""

    def __init__(self, **options: Any) -> None:
        """Read days as browsers send them and as people of the reader's language write them."""
        attrs = {"type": "date", "class": "govuk-input--width-10"}
        super().__init__(
            required=False,
            widget=forms.DateInput(format="%Y-%m-%d", attrs=attrs),
            validators=[MinValueValidator(_FIRST_DAY), MaxValueValidator(_LAST_DAY)],
            **options,
        )


class PlaceForm(forms.Form):
    """Where in the log to go on; empty begins with the newest."""

    before = forms.CharField(required=False, max_length=60, widget=forms.HiddenInput)

    def clean_before(self) -> Cursor | None:
        """The place in the log from which to go on."""
        text = self.cleaned_data["before"]
        try:
            return Cursor.parse(text) if text else None
        except BadCursor as error:
            raise forms.ValidationError(_("This page of the log does not exist.")) from error

    def page(self) -> PageRequest:
        """The part of the result that a valid form asks for."""
        return PageRequest(before=self.cleaned_data["before"])


class LogFilterForm(PlaceForm):
    """Narrows the log; everything may stay empty, and an empty form finds the newest events."""

    case = PseudonymField(label=gettext_lazy("Case"), help_text=gettext_lazy("As in the table"))
    person = PseudonymField(label=gettext_lazy("Person"), help_text=gettext_lazy("As in the table"))
    agency = forms.TypedChoiceField(
        label=gettext_lazy("Acted for"), required=False, coerce=UUID, empty_value=None
    )
    act = forms.ChoiceField(label=gettext_lazy("Kind of act"), required=False)
    outcome = forms.ChoiceField(
        label=gettext_lazy("Outcome"),
        required=False,
        choices=[("", gettext_lazy("Done and refused")), *Outcome.choices],
    )
    since = DayField(label=gettext_lazy("First day"))
    until = DayField(label=gettext_lazy("Last day"))

    def __init__(self, data: Mapping[str, Any], *, agencies: Mapping[UUID, str]) -> None:
        """Offer the agencies within the reader's reach."""
        super().__init__(data)
        by_name = sorted(agencies.items(), key=lambda pair: pair[1].casefold())
        self._offer("agency", [("", _("All agencies")), *by_name])
        self._offer("act", _acts())

    def _offer(self, name: str, choices: list[Any]) -> None:
        field = self.fields[name]
        if isinstance(field, forms.ChoiceField):
            field.choices = choices

    def clean(self) -> dict[str, Any]:
        """The period must not end before it begins."""
        cleaned = super().clean() or {}
        since, until = cleaned.get("since"), cleaned.get("until")
        if since and until and until < since:
            self.add_error("until", _("The last day lies before the first day."))
        return cleaned

    def wanted(self) -> EventFilter:
        """The filter of a valid form; a name that nobody bears finds nothing."""
        cleaned = self.cleaned_data
        case, person, until = cleaned["case"], cleaned["person"], cleaned["until"]
        return EventFilter(
            case_refs=queries.cases_in(case) if case else None,
            actors=queries.actors_in(person) if person else None,
            agency=cleaned["agency"],
            actions=_actions(cleaned["act"]),
            outcome=Outcome(cleaned["outcome"]) if cleaned["outcome"] else None,
            since=_midnight(cleaned["since"]) if cleaned["since"] else None,
            until=_midnight(until + _ONE_DAY) if until else None,
        )


def _acts() -> list[Any]:
    groups: list[Any] = [("", _("All acts"))]
    for kind in Kind:
        every = (kind.value, _("All of: %(kind)s") % {"kind": kind.label})
        words = [(event.value, event.label) for event in events_of_kind(kind)]
        groups.append((kind.label, [every, *words]))
    return groups


def _actions(value: str) -> frozenset[Event] | None:
    if not value:
        return None
    # Only words of the log hold a dot, so a kind and a word cannot be confused.
    return frozenset({Event(value)} if "." in value else events_of_kind(Kind(value)))


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
