"""Forms for what comes after sending: more facts, messages, an answer to a returned referral."""

from django import forms
from django.utils.translation import gettext_lazy as _

from casework.choices import Mark
from casework.forms.fields import LONG, WordsField

MESSAGE = 5_000


class AdditionForm(forms.Form):
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
    mark_optional = False


class MessageForm(forms.Form):
    """A message between the author and the desk."""

    text = WordsField(
        label=_("Your message"),
        limit=MESSAGE,
        rows=5,
        required=True,
        error_messages={"required": _("Write a message")},
    )
    mark_optional = False


class ResubmitForm(forms.Form):
    """What was missing from a returned referral."""

    text = WordsField(
        label=_("What would you like to add?"),
        limit=LONG,
        rows=8,
        required=True,
        help_text=_("It is added to what you wrote; nothing of it is changed."),
        error_messages={"required": _("Write what was missing")},
    )
    mark_optional = False
