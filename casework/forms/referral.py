"""The pages of a referral, one form each. Field names are those of casework/answers.py."""

from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from casework.forms.closed_lists import (
    ConcernType,
    Consent,
    HowKnown,
    NotInformedReason,
    Risk,
    Sex,
    YesNo,
    YesNoUnknown,
)
from casework.forms.fields import (
    LONG,
    MIDDLE,
    SHORT,
    AgeField,
    BirthDateField,
    WordsField,
    choose_one,
    choose_several,
    tick,
)
from casework.forms.steps import Section, StepForm
from casework.queries.draft_setting import DraftSetting


class BeforeForm(StepForm):
    """1: what belongs here; somebody at a desk may write for a caller."""

    caller_name = WordsField(
        label=_("Who is calling?"),
        limit=SHORT,
        help_text=_("Leave it empty if you write for yourself."),
    )
    caller_agency = WordsField(label=_("Where do they work?"), limit=SHORT)
    sections = (
        Section(
            ("caller_name", "caller_agency"),
            _("Are you writing this down for somebody on the telephone?"),
            _("Then write in their words, and read it back to them before you send it."),
        ),
    )

    def suit(self, setting: DraftSetting) -> None:
        """Only those who answer for others take a referral by telephone."""
        if not setting.writes_for_callers:
            del self.fields["caller_name"], self.fields["caller_agency"]


class WhoForm(StepForm):
    """2 (R1): who it is about. Everything may stay empty."""

    given_names = WordsField(label=_("Given names"), limit=SHORT)
    family_names = WordsField(label=_("Family names"), limit=SHORT)
    also_known_as = WordsField(
        label=_("Also known as"),
        limit=SHORT,
        help_text=_("A nickname, another spelling, the name in another script"),
    )
    birth_date = BirthDateField(
        label=_("Birth date"), required=False, help_text=_("For example 27 3 2009")
    )
    estimated_age = AgeField(
        label=_("Or the age, as a guess"),
        help_text=_("In years. It helps much: other rules protect children."),
    )
    sex = choose_one(_("Sex"), Sex.choices, inline=True)
    language = WordsField(
        label=_("Language"), limit=SHORT, help_text=_("And whether an interpreter is needed")
    )
    school = WordsField(label=_("School or work"), limit=SHORT)
    address = WordsField(
        label=_("Address"),
        limit=MIDDLE,
        rows=3,
        help_text=_("Must it stay secret where the person lives? Leave this empty: step 6 asks."),
    )
    phone = WordsField(label=_("Telephone"), limit=SHORT)
    guardian = WordsField(
        label=_("Who looks after the person, and how to reach them"),
        limit=MIDDLE,
        rows=3,
        help_text=_("Parents or a guardian. Do not contact them for this."),
    )
    sections = (
        Section(("given_names", "family_names", "also_known_as")),
        Section(("birth_date", "estimated_age", "sex", "language")),
        Section(("school", "address", "phone", "guardian")),
    )


class FactsForm(StepForm):
    """3 (R2): what was seen or heard, and how it is known."""

    what_happened = WordsField(
        label=_("What did you see or hear?"),
        limit=LONG,
        rows=12,
        required=True,
        help_text=_("As closely to what was said and done as you can. Leave out what you think."),
        error_messages={"required": _("Write what you saw or heard, in your own words")},
    )
    concern_types = choose_several(
        _("What is it about?"), ConcernType.choices, hint=_("Choose all that fit, or none.")
    )
    when_where = WordsField(label=_("When and where was it?"), limit=MIDDLE, rows=3)
    frequency = WordsField(label=_("Was it once, or again and again?"), limit=MIDDLE, rows=2)
    change_over_time = WordsField(label=_("Has something changed over time?"), limit=MIDDLE, rows=3)
    how_known = choose_several(
        _("How do you know it?"), HowKnown.choices, hint=_("Choose all that fit.")
    )
    sections = (
        Section(("what_happened",)),
        Section(
            ("concern_types", "when_where", "frequency", "change_over_time", "how_known"),
            _("More, as far as you know"),
        ),
    )


class OpinionForm(StepForm):
    """4 (R3): what the referrer thinks, kept apart from the facts."""

    what_you_think = WordsField(
        label=_("What do you make of it?"),
        limit=LONG,
        rows=8,
        help_text=_("What may be behind it? What speaks against your worry? You may be unsure."),
    )
    sections = (Section(("what_you_think",)),)


class StrengthsForm(StepForm):
    """5 (R4): strengths, and what makes contact safe and fair."""

    strengths = WordsField(
        label=_("What goes well? Whom does the person trust?"),
        limit=LONG,
        rows=6,
        help_text=_("Somebody they listen to, something they like or are good at"),
    )
    none_seen = tick(_("I have seen none, or I do not know the person well enough"))
    safe_fair = WordsField(
        label=_("What must we know so that contact is safe and fair?"),
        limit=MIDDLE,
        rows=4,
        help_text=_(
            "For example: needs quiet, or time to answer. Not a list of illnesses or of family "
            "matters: the person is asked about that later, if at all."
        ),
    )
    sections = (Section(("strengths", "none_seen")), Section(("safe_fair",)))

    def clean(self) -> dict[str, Any]:
        """One of the two: a strength, or that none was seen."""
        cleaned = super().clean() or self.cleaned_data
        both = {"strengths", "none_seen"} <= cleaned.keys()
        if both and not cleaned["strengths"] and not cleaned["none_seen"]:
            self.add_error(
                "strengths", _("Write something that goes well, or tick that you saw nothing")
            )
        return cleaned


class OthersForm(StepForm):
    """6 (R5, R6): what may happen soon, who else is at risk, whether a place must stay secret."""

    risks = choose_several(
        _("Could something happen soon?"),
        Risk.choices,
        hint=_("Choose all that fit. If it may be today: call first, write afterwards."),
    )
    emergency_called = choose_one(
        _("Have you called the police or an ambulance?"), YesNo.choices, inline=True
    )
    emergency_reference = WordsField(label=_("Their reference, if they gave one"), limit=SHORT)
    others_at_risk = WordsField(
        label=_("Is somebody else at risk?"),
        limit=MIDDLE,
        rows=4,
        help_text=_("A brother or sister, somebody threatened. No names unless they are at risk."),
    )
    has_protected_address = choose_one(
        _("Must it stay secret where somebody lives?"),
        YesNo.choices,
        hint=_("For example after violence. If so, the next page asks for it, for other readers."),
        inline=True,
    )
    sections = (
        Section(("risks", "emergency_called", "emergency_reference")),
        Section(("others_at_risk", "has_protected_address")),
    )

    def to_answers(self) -> dict[str, Any]:
        """Who says that nothing must stay secret takes back what the next page held."""
        answers = super().to_answers()
        if answers.get("has_protected_address") != YesNo.YES:
            answers["protected_address"] = ""
        return answers


class ProtectedForm(StepForm):
    """6, own page (C10): a place that must stay secret, for its custodians alone."""

    protected_address = WordsField(
        label=_("The protected address, or how to reach the person there"),
        limit=MIDDLE,
        rows=4,
        help_text=_("Write it nowhere else. Leave it empty to say it by telephone."),
    )
    sections = (Section(("protected_address",)),)

    def suit(self, setting: DraftSetting) -> None:
        """Without anybody who could keep it there is nothing to type into."""
        if not setting.custodian_ids:
            del self.fields["protected_address"]


class ContactForm(StepForm):
    """7 (R1, R7 to R11): safe contact, what the person knows, who must not see this."""

    safe_contact = WordsField(
        label=_("Where, when and how is it safe to reach the person?"),
        limit=MIDDLE,
        rows=3,
        help_text=_("And where not: for example no letters home, no calls in the evening"),
    )
    person_informed = choose_one(
        _("Does the person know that you write to us?"), YesNoUnknown.choices, inline=True
    )
    informed_reason = choose_several(_("If not, why?"), NotInformedReason.choices)
    consent = choose_one(_("Does the person agree?"), Consent.choices, inline=True)
    consent_note = WordsField(label=_("What did they say about it?"), limit=MIDDLE, rows=2)
    who_may_know = WordsField(label=_("Who may know of it?"), limit=MIDDLE, rows=2)
    who_must_not = WordsField(label=_("Who must not know of it?"), limit=MIDDLE, rows=2)
    agencies_involved = WordsField(label=_("Which services help already?"), limit=MIDDLE, rows=2)
    earlier_referral = WordsField(
        label=_("Has somebody told us about this before?"), limit=MIDDLE, rows=2
    )
    hoped_outcome = WordsField(label=_("What do you hope for?"), limit=MIDDLE, rows=3)
    withhold_identity = tick(
        _("Do not tell the person that it was me"),
        hint=_("We keep to it as far as the law lets us; a court may ask."),
    )
    barred = choose_several(
        _("Is there somebody in these services who must not see this?"),
        (),
        hint=_(
            "A relative, a friend of the family, somebody it is about. Whoever you tick gets no "
            "key, finds no trace of it and is not told."
        ),
    )
    sections = (
        Section(("safe_contact",), _("Reaching the person")),
        Section(
            ("person_informed", "informed_reason", "consent", "consent_note", "who_may_know",
             "who_must_not"),
            _("What the person knows"),
        ),
        Section(
            ("agencies_involved", "earlier_referral", "hoped_outcome"), _("Before and after")
        ),
        Section(("withhold_identity", "barred"), _("You, and who reads this")),
    )  # fmt: skip
    no_reader: ClassVar = _(
        "Then nobody at the intake desk could read it. Leave one person, or telephone instead"
    )

    def suit(self, setting: DraftSetting) -> None:
        """Name the people who could be kept out."""
        field = self.fields["barred"]
        if not isinstance(field, forms.MultipleChoiceField) or not setting.barrable:
            del self.fields["barred"]
            return
        field.choices = [
            (
                str(each.user_id),
                _("%(name)s, %(role)s at %(agency)s")
                % {"name": each.name, "role": each.role.label, "agency": each.agency_name},
            )
            for each in setting.barrable
        ]
        field.error_messages["invalid_choice"] = _(
            "The people who could read this have changed. Look again at who must not see it"
        )

    def clean_barred(self) -> list[str]:
        """Somebody at the desk must be left to read it."""
        chosen: list[str] = self.cleaned_data["barred"]
        left = [each for each in self.setting.desk if str(each.user_id) not in chosen]
        if chosen and not left:
            raise ValidationError(self.no_reader)
        return chosen


class CheckForm(StepForm):
    """8: how it is sent, and the declaration; everything else stands on the page to be read."""

    through_lead = tick(_("Also let my agency lead check it first"))
    urgent = tick(
        _("It is urgent: the desk should read it first"),
        hint=_("Urgent is not an emergency. If somebody may be hurt today, call."),
    )
    read_back = forms.BooleanField(
        label=_("I have read it back to the caller, and they agree with every part"),
        error_messages={"required": _("Read it back to the caller, then tick that you did")},
    )
    declaration = forms.BooleanField(
        label=_("I wrote what I saw as truly as I can"),
        error_messages={"required": _("Tick that you wrote it as truly as you can")},
    )
    sections = (Section(("through_lead", "urgent", "read_back")),)

    def suit(self, setting: DraftSetting) -> None:
        """Ask for a check only where somebody is who could do it; read back only to a caller."""
        barred = {str(each) for each in self.initial.get("barred") or []}
        leads = [each for each in setting.leads if str(each.user_id) not in barred]
        leads = [each for each in leads if each.user_id != setting.author_id]
        if not leads:
            del self.fields["through_lead"]
        else:
            self.fields["through_lead"].help_text = _(
                "Then %(names)s can read it too, and the desk opens it after the check, at the "
                "latest after 2 working days, at once if it is urgent. Otherwise nobody at your "
                "agency sees it."
            ) % {"names": ", ".join(each.name for each in leads)}
        if not self.initial.get("caller_name"):
            del self.fields["read_back"]

    def to_answers(self) -> dict[str, Any]:
        """The declaration is made anew each time, so a draft does not keep it."""
        answers = super().to_answers()
        answers.pop("declaration", None)
        return answers
