"""Fields for what people type: kept as typed, never cut, refused in plain words."""

import re
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from casework.forms.date_parts import DatePartsField

SHORT = 200
MIDDLE = 2_000
LONG = 10_000
OLDEST = 120

# Everything that no page can show: controls but tab and line end, halves of characters, and the
# sign that stands for what could not be decoded.
_UNSHOWABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffd-\uffff]")
_LINE_ENDS = re.compile("\r\n?")


class WordsField(forms.CharField):
    """Words in one line or, with `rows`, in several.

    Nothing is set in the browser that would cut a pasted text: a limit is told with what was typed
    still there.
    """

    default_error_messages = {
        "too_long": _(
            "At most %(limit)s characters fit here, and this has %(length)s. "
            "Shorten it or use another box; nothing was cut off."
        ),
        "unshowable": _(
            "There is a character in line %(line)s that cannot be shown, often copied along from "
            "another program. Delete it, or type that line again."
        ),
    }

    def __init__(self, *, limit: int, rows: int = 0, **kwargs: Any) -> None:
        self.limit = limit
        self.lines = bool(rows)
        if rows:
            kwargs["widget"] = forms.Textarea({"rows": rows})
        super().__init__(**{"required": False, **kwargs})

    def to_python(self, value: Any) -> str:
        """The words with one kind of line end and without blanks around them."""
        text = str(super().to_python(_LINE_ENDS.sub("\n", value) if value else value))
        if not self.lines:
            text = text.replace("\n", " ")
        odd = _UNSHOWABLE.search(text)
        if odd:
            line = text.count("\n", 0, odd.start()) + 1
            raise ValidationError(
                self.error_messages["unshowable"], code="unshowable", params={"line": line}
            )
        if len(text) > self.limit:
            raise ValidationError(
                self.error_messages["too_long"],
                code="too_long",
                params={"limit": self.limit, "length": len(text)},
            )
        return text


def without_unshowable(text: str) -> str:
    """What is left of typed words that could not be accepted yet, with nothing else changed."""
    return _UNSHOWABLE.sub("", _LINE_ENDS.sub("\n", text))


class AgeField(forms.IntegerField):
    """An age in years, exact or guessed."""

    widget = forms.TextInput

    def __init__(self, **kwargs: Any) -> None:
        wrong = _("Write the age in years as a number from 0 to 120, or leave it empty")
        messages = dict.fromkeys(("invalid", "min_value", "max_value"), wrong)
        super().__init__(
            min_value=0, max_value=OLDEST, required=False, error_messages=messages, **kwargs
        )
        self.widget.attrs = {"class": "govuk-input--width-3", "inputmode": "numeric"}


class BirthDateField(DatePartsField):
    """A day in the past on which somebody who lives may have been born."""

    def clean(self, value: Any) -> date | None:
        """Neither in the future nor before the oldest people alive."""
        day: date | None = super().clean(value)
        today = timezone.localdate()
        if day is not None and day > today:
            raise ValidationError(_("This day is still to come. Check the birth date"))
        if day is not None and today.year - day.year > OLDEST:
            raise ValidationError(_("This is more than 120 years ago. Check the birth date"))
        return day


def choose_one(label: Any, choices: Any, *, hint: Any = "", inline: bool = False) -> Any:
    """Radio buttons without an empty choice; nothing chosen is an answer too."""
    attrs = {"class": "govuk-radios--inline"} if inline else {}
    return forms.ChoiceField(
        label=label,
        choices=choices,
        required=False,
        help_text=hint,
        widget=forms.RadioSelect(attrs),
    )


def choose_several(label: Any, choices: Any, *, hint: Any = "") -> forms.MultipleChoiceField:
    """Checkboxes, any number of them."""
    return forms.MultipleChoiceField(
        label=label,
        choices=choices,
        required=False,
        help_text=hint,
        widget=forms.CheckboxSelectMultiple,
    )


def tick(label: Any, *, hint: Any = "") -> forms.BooleanField:
    """One checkbox that may stay empty."""
    return forms.BooleanField(label=label, required=False, help_text=hint)
