"""A referral as JSON: its shape is made from the pages' forms, and the same forms check it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from api import problems
from api.errors import Refusal
from api.faults import BODY, faults_of_form, faults_of_serializer
from api.json_fields import json_field
from api.problems import Fault
from casework.forms.journey import CHECK, STEPS, Page, after, page_of
from casework.forms.steps import StepForm, as_typed
from casework.queries.draft_setting import DraftSetting
from casework.services.send_referral import Sending

BARRED = "barred"
_DECISIONS = frozenset({BARRED, *page_of(CHECK).form.base_fields})
_MOST_BARRED = 100
# Not part of what is written: they decide how it is sent.
_NOT_ANSWERS = ("through_lead", "urgent", BARRED)
_NOT_ASKED = _("This is not asked for in your role or with these answers. Leave it out.")


@dataclass(frozen=True, slots=True)
class CheckedReferral:
    """What may be sent as it stands. Its repr hides the answers."""

    answers: Mapping[str, Any] = field(repr=False)
    sending: Sending


class StrictSerializer(serializers.Serializer[Any]):
    """An object with known names only: a misspelt one must not get lost."""

    default_error_messages = {
        "invalid": _("This must be an object with named values."),
        "unknown": _("There is a name in this object that is not known here."),
    }

    def to_internal_value(self, data: Any) -> Any:
        """The typed values. Raises ValidationError, which names no unknown name."""
        if isinstance(data, Mapping) and not data.keys() <= self.fields.keys():
            raise serializers.ValidationError(
                {"non_field_errors": [self.error_messages["unknown"]]}, code="unknown"
            )
        return super().to_internal_value(data)


class AnswersSerializer(StrictSerializer):
    """The answers of the referral's pages; everything but what was seen may be left out."""

    def get_fields(self) -> dict[str, Any]:
        """The fields of all pages, in their order."""
        asked = {name: each for page in STEPS for name, each in page.form.base_fields.items()}
        return {name: json_field(each) for name, each in asked.items() if name not in _DECISIONS}


class SendingSerializer(StrictSerializer):
    """How it is sent, who must not see it, and the declaration."""

    def get_fields(self) -> dict[str, Any]:
        """The fields of the last page, and who is barred."""
        fields: dict[str, Any] = {
            name: json_field(each) for name, each in page_of(CHECK).form.base_fields.items()
        }
        fields[BARRED] = serializers.ListField(
            child=serializers.UUIDField(),
            required=False,
            max_length=_MOST_BARRED,
            help_text=_("Who must not see it: ids from `barrable` of the list of referrals."),
        )
        return fields


class ReferralSerializer(StrictSerializer):
    """A referral to be sent."""

    answers = AnswersSerializer()
    sending = SendingSerializer()


def checked_referral(data: Any, setting: DraftSetting) -> CheckedReferral:
    """What the pages would accept from this person. Raises Refusal with the place of each error."""
    body = ReferralSerializer(data=data)
    if not body.is_valid():
        raise Refusal(problems.INVALID, *faults_of_serializer(body.errors))
    given = _plain({**body.validated_data["answers"], **body.validated_data["sending"]})
    forms = [_filled(page, given, setting) for page in _way(given)]
    faults = [fault for form in forms for fault in faults_of_form(form, _place)]
    faults += _not_asked(given, forms)
    if faults:
        raise Refusal(problems.INVALID, *faults)
    answers: dict[str, Any] = {}
    for form in forms:
        answers |= form.to_answers()
    return CheckedReferral(
        {name: value for name, value in answers.items() if name not in _NOT_ANSWERS},
        Sending(
            through_lead=bool(answers.get("through_lead")),
            urgent=bool(answers.get("urgent")),
            barred=frozenset(UUID(each) for each in answers.get(BARRED) or ()),
        ),
    )


def _way(given: Mapping[str, Any]) -> Iterator[Page]:
    """The pages that a person with these answers would be led through, the last one too."""
    page = STEPS[0]
    yield page
    while page.name != CHECK:
        page = page_of(after(page, given))
        yield page


def _filled(page: Page, given: Mapping[str, Any], setting: DraftSetting) -> StepForm:
    empty = page.form(answers=given, setting=setting)
    return page.form(as_typed(empty, given), answers=given, setting=setting)


def _not_asked(given: Mapping[str, Any], forms: list[StepForm]) -> list[Fault]:
    """Nothing that was sent may get lost in silence: what no page asks for is an error."""
    asked = {name for form in forms for name in form.fields}
    lost = [name for name, value in given.items() if value and name not in asked]
    return [{"detail": str(_NOT_ASKED), **_place(name)} for name in lost]


def _place(name: str) -> Mapping[str, str]:
    part = "sending" if name in _DECISIONS else "answers"
    return {"pointer": f"{BODY}/{part}/{name}" if name != "__all__" else f"{BODY}/answers"}


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values as a draft keeps them: dates, ids and numbers as text."""
    return {name: _plain_value(value) for name, value in values.items()}


def _plain_value(value: Any) -> Any:
    if isinstance(value, list):
        return [str(each) for each in value]
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if type(value) is int else value
