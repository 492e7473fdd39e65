"""Forms of the desk, of the lead who checks and of both screeners: short lists, no free text."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from accounts.queries import Colleague
from casework.choices import (
    CaseState,
    FeedbackAnswer,
    IdentityReason,
    NotPursuedReason,
    ReferralState,
    ReturnReason,
    ScreeningReason,
)
from casework.forms.follow_up import MessageForm
from casework.services.screen import View

# What an outcome means to the two who choose it; the choices' own labels are states of a case.
OUTCOMES: Mapping[CaseState, Any] = {
    CaseState.AWAITING_BASIS: _("Several services should help together: take it on"),
    CaseState.SIGNPOSTED: _("Another service is the better place"),
    CaseState.CHILD_PROTECTION: _("Child protection comes first"),
    CaseState.SCREENED_OUT: _("Not for this partnership"),
    CaseState.EMERGENCY: _("Somebody is in danger now: the emergency services have it"),
    CaseState.CRIMINAL_ROUTE: _("A matter for the police only"),
    CaseState.TRANSFERRED: _("Another partnership, where the person lives"),
}
# The answer to the referrer that fits an outcome; the desk may choose another of the three.
USUAL_ANSWER: Mapping[CaseState, FeedbackAnswer] = {
    CaseState.AWAITING_BASIS: FeedbackAnswer.TAKEN_OVER,
    CaseState.SIGNPOSTED: FeedbackAnswer.OTHER_SERVICE,
    CaseState.CHILD_PROTECTION: FeedbackAnswer.OTHER_SERVICE,
    CaseState.SCREENED_OUT: FeedbackAnswer.NOTHING_MORE,
    CaseState.EMERGENCY: FeedbackAnswer.TAKEN_OVER,
    CaseState.CRIMINAL_ROUTE: FeedbackAnswer.OTHER_SERVICE,
    CaseState.TRANSFERRED: FeedbackAnswer.OTHER_SERVICE,
}
STAGES = (
    ReferralState.SUBMITTED,
    ReferralState.URGENT_ROUTED,
    ReferralState.SCREENING,
    ReferralState.RETURNED,
    ReferralState.SCREENED,
)


def _one_of(choices: Sequence[tuple[str, Any]], label: Any, missing: Any) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label,
        choices=[(code, capfirst(name)) for code, name in choices],
        widget=forms.RadioSelect,
        error_messages={"required": missing},
    )


class DeskForm(forms.Form):
    """What the forms of this page share: labels without a colon, nothing optional."""

    mark_optional = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})


class StageForm(DeskForm):
    """Which referrals the desk's list shows, and which page of it; codes in the address."""

    stage = forms.ChoiceField(
        label=_("Stage"),
        choices=[
            ("", _("All that are open")),
            *[(each.value, capfirst(each.label)) for each in STAGES],
        ],
        required=False,
    )
    page = forms.IntegerField(min_value=1, required=False, widget=forms.HiddenInput)

    def chosen_stage(self) -> ReferralState | None:
        """The chosen stage; None for all open ones, and for a code that is no stage."""
        code = self.cleaned_data.get("stage") if self.is_valid() else ""
        return ReferralState(code) if code else None

    def offset(self, size: int) -> int:
        """How many rows come before the chosen page."""
        number = self.cleaned_data.get("page") if self.is_valid() else None
        return ((number or 1) - 1) * size


class ReturnForm(DeskForm):
    """Why the desk gives a referral back."""

    reason = _one_of(ReturnReason.choices, _("Why?"), _("Choose why you return it"))


class NotPursueForm(DeskForm):
    """Why a lead does not pass a referral on."""

    reason = _one_of(NotPursuedReason.choices, _("Why?"), _("Choose why you do not pass it on"))


class IdentityForm(DeskForm):
    """Why somebody opens a name before there is a lawful basis for the case."""

    purpose = _one_of(
        IdentityReason.choices,
        _("Why do you need to know who it is about?"),
        _("Choose why you need to know who it is about"),
    )


class AskSecondForm(DeskForm):
    """Which lead of another service is asked to look at the concern."""

    second = forms.UUIDField(
        label=_("Whom do you ask?"),
        error_messages={"required": _("Choose whom you ask"), "invalid": _("Choose whom you ask")},
    )

    def offer(self, candidates: Sequence[Colleague]) -> None:
        """Show whom one may ask; the service asks again whether this person may be asked."""
        self.fields["second"].widget = forms.RadioSelect(
            choices=[
                (str(each.membership_id), f"{each.agency_name}: {each.name}") for each in candidates
            ]
        )


class ViewForm(DeskForm):
    """What one agency thinks should follow, and why."""

    outcome = _one_of(
        [(code.value, label) for code, label in OUTCOMES.items()],
        _("What should follow?"),
        _("Choose what should follow"),
    )
    reason = _one_of(ScreeningReason.choices, _("Why?"), _("Choose why"))

    def to_view(self) -> View:
        """The view as the service takes it."""
        return View(
            CaseState(self.cleaned_data["outcome"]), ScreeningReason(self.cleaned_data["reason"])
        )


class DecideForm(DeskForm):
    """Which of the three answers the referrer gets."""

    answer = _one_of(
        FeedbackAnswer.choices,
        _("Which answer does the referrer get?"),
        _("Choose an answer for the referrer"),
    )


class AdviceForm(MessageForm):
    """The desk's answer to a question."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        text = self.fields["text"]
        text.label = _("Your advice")
        text.error_messages = {**text.error_messages, "required": _("Write your advice")}
