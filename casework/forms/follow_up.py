"""Forms for what comes after sending: more facts, messages, an answer to a returned referral."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from casework.choices import Mark
from casework.forms.fields import LONG, WordsField, without_unshowable

MESSAGE = 5_000


class TextForm(forms.Form):
    """A form outside drafts on which text of a case is typed; its box is `text`."""

    mark_optional = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})

    def kept_answers(self) -> dict[str, Any]:
        """The valid answers and, of the others, the words as they were typed, to be put right."""
        wrong = self.errors  # asking for them is what cleans
        typed = without_unshowable(self["text"].value() or "") if "text" in wrong else ""
        return {"text": typed, **self.cleaned_data}


class AdditionForm(TextForm):
    """What happened since, and whether it was seen, thought or told."""

    text = WordsField(
        label=_("What happened since?"),
        limit=LONG,
        rows=8,
        required=True,
        help_text=_("What you saw or heard, and when. No names but of those at risk."),
        error_messages={"required": _("Write what happened")},
    )
    mark = forms.ChoiceField(
        label=_("How do you know it?"),
        choices=[
            (Mark.FACT.value, _("I saw or heard it myself")),
            (Mark.HEARSAY.value, _("Somebody told me")),
            (Mark.OPINION.value, _("It is what I think")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose how you know it")},
    )


class MessageForm(TextForm):
    """A message between the author and the desk."""

    text = WordsField(
        label=_("Your message"),
        limit=MESSAGE,
        rows=5,
        required=True,
        error_messages={"required": _("Write a message")},
    )


class ResubmitForm(TextForm):
    """What was missing from a returned referral."""

    text = WordsField(
        label=_("What would you like to add?"),
        limit=LONG,
        rows=8,
        required=True,
        help_text=_("It is added to what you wrote; nothing of it is changed."),
        error_messages={"required": _("Write what was missing")},
    )
