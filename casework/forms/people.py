"""Forms about people and hats: invite, last day, leave. No text of a case is typed here."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from accounts.roles import Role
from accounts.services.inviting import Choices, NewPerson
from casework.forms.date_parts import DatePartsField
from casework.forms.fields import WordsField

_NAME = 120
_EMAIL = 254


class PeopleForm(forms.Form):
    """A form whose labels stand alone."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})


class InviteForm(PeopleForm):
    """Who is invited, where, as what, from when until when, and for whom they stand in."""

    name = WordsField(
        label=_("Name"), limit=_NAME, required=True, error_messages={"required": _("Write a name")}
    )
    email = forms.EmailField(
        label=_("E-mail address"),
        max_length=_EMAIL,
        help_text=_("Their own address at work: they sign in with it."),
        error_messages={
            "required": _("Write an e-mail address"),
            "invalid": _("Write a whole e-mail address, for example name@school.example"),
        },
        widget=forms.EmailInput({"autocomplete": "off", "spellcheck": "false"}),
    )
    agency = forms.ChoiceField(
        label=_("For which agency?"), error_messages={"required": _("Choose an agency")}
    )
    role = forms.ChoiceField(
        label=_("As what?"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose a role")},
    )
    starts_on = DatePartsField(
        label=_("First day"),
        error_messages={"required": _("Write the first day")},
        help_text=_(
            "Whoever stands in for you should begin before you go, so that you can let them in."
        ),
    )
    ends_on = DatePartsField(
        label=_("Last day"),
        required=False,
        help_text=_("They can work on this day still. Leave it empty if it does not end."),
    )
    deputy_of = forms.ChoiceField(
        label=_("Do they stand in for somebody?"),
        required=False,
        help_text=_("Somebody in the same role at the same agency."),
    )

    def __init__(self, *args: Any, choices: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.given = choices
        roles = [role for role in Role if any(role in each.roles for each in choices.agencies)]
        self._offer("agency", {str(each.id): each.name for each in choices.agencies})
        self._offer("role", {role.value: capfirst(role.label) for role in roles})
        self._offer("deputy_of", {"": _("No"), **dict(choices.covered)})

    def clean(self) -> dict[str, Any] | None:
        """Days in their order, and a role that may be given at this agency."""
        cleaned = super().clean() or {}
        first, last = cleaned.get("starts_on"), cleaned.get("ends_on")
        if first and last and last < first:
            self.add_error("ends_on", _("The last day lies before the first"))
        if last and last < timezone.localdate():
            self.add_error("ends_on", _("This day has passed"))
        agency = next(
            (each for each in self.given.agencies if str(each.id) == cleaned.get("agency")), None
        )
        role = cleaned.get("role")
        if agency and role and Role(role) not in agency.roles:
            self.add_error("role", _("This role is not given at this agency"))
        return cleaned

    def to_person(self) -> NewPerson:
        """What the service takes."""
        typed = self.cleaned_data
        return NewPerson(
            name=typed["name"],
            email=typed["email"],
            agency_id=UUID(typed["agency"]),
            role=Role(typed["role"]),
            starts_on=typed["starts_on"],
            ends_on=typed["ends_on"],
            deputy_of=UUID(typed["deputy_of"]) if typed["deputy_of"] else None,
        )

    def _offer(self, name: str, choices: Mapping[str, Any]) -> None:
        field = self.fields[name]
        if isinstance(field, forms.ChoiceField):
            field.choices = list(choices.items())


class LastDayForm(PeopleForm):
    """The last day of a hat; nothing means that it does not end."""

    last_day = DatePartsField(
        label=_("Last day"),
        required=False,
        help_text=_(
            "It ends after midnight: they work on this day still. Leave it empty for no last day."
        ),
    )

    def __init__(self, *args: Any, begins: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.begins = begins

    def clean_last_day(self) -> date | None:
        """Today or later: what ran already is ended by another page."""
        day: date | None = self.cleaned_data["last_day"]
        if day and day < timezone.localdate():
            raise forms.ValidationError(_("This day has passed. Choose today or a later day"))
        if day and day < self.begins:
            raise forms.ValidationError(_("This day lies before the first day"))
        return day


class LeaveForm(PeopleForm):
    """From when until when somebody is away."""

    first = DatePartsField(
        label=_("First day away"), error_messages={"required": _("Write the first day away")}
    )
    last = DatePartsField(
        label=_("Last day away"), error_messages={"required": _("Write the last day away")}
    )

    def clean(self) -> dict[str, Any] | None:
        """In their order, and not all in the past."""
        cleaned = super().clean() or {}
        first, last = cleaned.get("first"), cleaned.get("last")
        if first and last and last < first:
            self.add_error("last", _("The last day lies before the first"))
        elif last and last < timezone.localdate():
            self.add_error("last", _("These days have passed"))
        return cleaned
