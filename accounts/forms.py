"""Forms of the doors: sign in, unlock, join, change the pass phrase."""

from typing import Any

from allauth.account.forms import LoginForm
from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.errors import WrongPassphrase
from accounts.keys.rescue_code import read_code
from accounts.services.people import SHORTEST_PHRASE

LONGEST_PHRASE = 256
LONGEST_CODE = 60
FEWEST_DIFFERENT = 5


class SignInForm(LoginForm):  # type: ignore[misc]
    """allauth's form in Confer's words; its check is accounts.backends."""

    shared = forms.BooleanField(
        label=_("Others use this computer too"),
        help_text=_("Confer then locks after 5 minutes and prints nothing."),
        required=False,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = _("E-mail address")
        self.fields["password"].label = _("Pass phrase")
        self.fields["password"].max_length = LONGEST_PHRASE
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)
        self.fields["password"].help_text = ""


def phrase_field(label: Any, *, autocomplete: str, hint: Any = "") -> forms.CharField:
    """A field for a pass phrase; what was typed is never sent back."""
    return forms.CharField(
        label=label,
        help_text=hint,
        max_length=LONGEST_PHRASE,
        strip=False,
        widget=forms.PasswordInput(render_value=False, attrs={"autocomplete": autocomplete}),
    )


class UnlockForm(forms.Form):
    """The pass phrase of somebody who is known already."""

    passphrase = phrase_field(_("Pass phrase"), autocomplete="current-password")


class _NewPhrase(forms.Form):
    """Asks for a new phrase twice; length is the only rule."""

    new_passphrase = phrase_field(
        _("New pass phrase"),
        autocomplete="new-password",
        hint=_("At least 14 characters. Four or more words that only you would put together."),
    )
    repeated = phrase_field(_("Type it once more"), autocomplete="new-password")

    def clean_new_passphrase(self) -> str:
        """Length protects, odd characters do not."""
        phrase: str = self.cleaned_data["new_passphrase"]
        if len(phrase) < SHORTEST_PHRASE:
            raise forms.ValidationError(
                _("This pass phrase is too short. Use at least 14 characters.")
            )
        if len(set(phrase)) < FEWEST_DIFFERENT:
            raise forms.ValidationError(_("Use words, not the same characters again and again."))
        return phrase

    def clean(self) -> dict[str, Any] | None:
        """Both times the same."""
        cleaned = super().clean()
        both = [(cleaned or {}).get(name) for name in ("new_passphrase", "repeated")]
        if None not in both and both[0] != both[1]:
            self.add_error("repeated", _("The two pass phrases are not the same."))
        return cleaned


class JoinForm(_NewPhrase):
    """A newcomer's pass phrase."""


class ChangePassphraseForm(_NewPhrase):
    """The old phrase, then the new one twice."""

    passphrase = phrase_field(_("Your pass phrase now"), autocomplete="current-password")
    field_order = ("passphrase", "new_passphrase", "repeated")


class RescueForm(_NewPhrase):
    """A rescue sheet's code, and the phrase that takes the place of the lost one."""

    email = forms.EmailField(
        label=_("E-mail address"),
        widget=forms.EmailInput(attrs={"autocomplete": "username"}),
    )
    code = forms.CharField(
        label=_("Code on your sheet"),
        help_text=_("Seven groups of four. Capitals, spaces and hyphens do not matter."),
        max_length=LONGEST_CODE,
        widget=forms.TextInput(
            attrs={
                "autocomplete": "off",
                "autocapitalize": "characters",
                "spellcheck": "false",
                "class": "confer-code-input",
            }
        ),
    )
    field_order = ("email", "code", "new_passphrase", "repeated")

    def clean_code(self) -> str:
        """Tell a slip of the pen at once: the check characters follow from the others."""
        code: str = self.cleaned_data["code"]
        try:
            return read_code(code)
        except WrongPassphrase as error:
            raise forms.ValidationError(
                _("This code has a slip. Compare it with your sheet, letter by letter.")
            ) from error
