"""Forms of second factors and passkeys: a code, a new key, what a browser posts of a passkey."""

from django import forms
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

LONGEST_CODE = 20
LONGEST_NAME = 40
LONGEST_CREDENTIAL = 20_000
LONGEST_SECRET = 64


class Use(TextChoices):
    """What a new key shall do."""

    PASSKEY = "passkey", _("Sign me in by itself, with fingerprint, face or PIN (a passkey)")
    KEY = "key", _("Be my second factor only, after the pass phrase (a security key)")


class CodeForm(forms.Form):
    """A code of an app or a card."""

    code = forms.CharField(
        label=_("Code"),
        max_length=LONGEST_CODE,
        widget=forms.TextInput(
            attrs={
                "autocomplete": "one-time-code",
                "inputmode": "numeric",
                "spellcheck": "false",
                "class": "govuk-input--width-10",
            }
        ),
    )


class NewKeyForm(forms.Form):
    """A new passkey or security key; the browser's script fills the hidden fields."""

    use = forms.ChoiceField(
        label=_("What shall it do?"),
        choices=Use.choices,
        initial=Use.PASSKEY,
        widget=forms.RadioSelect,
    )
    name = forms.CharField(
        label=_("A name for it, so that you know it again"),
        help_text=_("For example: my telephone, the key on my key ring."),
        max_length=LONGEST_NAME,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    credential = forms.CharField(
        max_length=LONGEST_CREDENTIAL,
        widget=forms.HiddenInput,
        error_messages={"required": _("Your browser sent no passkey. Try again.")},
    )
    secret = forms.CharField(max_length=LONGEST_SECRET, required=False, widget=forms.HiddenInput)


class PasskeyForm(forms.Form):
    """What a browser posts of a passkey; the secret only to an address that opens a slot."""

    credential = forms.CharField(max_length=LONGEST_CREDENTIAL)
    secret = forms.CharField(max_length=LONGEST_SECRET, required=False)
