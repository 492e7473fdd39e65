"""What the API shows: own referrals by reference and state, and events of the log by pseudonym."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from rest_framework import serializers

from accounts.queries import Colleague
from accounts.roles import Role
from audit.events import Event, Outcome
from audit.pseudonyms import pseudonym_code
from audit.queries import LoggedEvent
from casework.choices import (
    FeedbackAnswer,
    NotPursuedReason,
    ReferralState,
    ReturnReason,
    Urgency,
)
from casework.queries.worklists import ReferralRow

# Until then the desk has not said that it has read it.
_UNREAD = frozenset(
    {ReferralState.AGENCY_CHECK, ReferralState.SUBMITTED, ReferralState.URGENT_ROUTED}
)


class FaultSerializer(serializers.Serializer[Any]):
    """What does not fit, and where: one of pointer, parameter and header."""

    detail = serializers.CharField()
    pointer = serializers.CharField(required=False)
    parameter = serializers.CharField(required=False)
    header = serializers.CharField(required=False)


class ProblemSerializer(serializers.Serializer[Any]):
    """Why there is no result (RFC 9457)."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    code = serializers.CharField()
    detail = serializers.CharField(required=False)
    instance = serializers.CharField(required=False)
    # DRF takes declared fields out of the class, so its own `errors` stays what it is.
    errors = FaultSerializer(many=True, required=False)  # type: ignore[assignment]


class OwnReferralSerializer(serializers.Serializer[ReferralRow]):
    """What became of an own referral; never its text, never what a panel says."""

    id = serializers.UUIDField()
    reference = serializers.CharField()
    status = serializers.ChoiceField(choices=ReferralState.choices, source="state")
    status_text = serializers.CharField(source="state.label")
    urgency = serializers.ChoiceField(choices=Urgency.choices)
    sent_at = serializers.DateTimeField(source="submitted_at", default_timezone=UTC)
    opens_at = serializers.DateTimeField(
        default_timezone=UTC, help_text="From when the intake desk may read it."
    )
    acknowledge_by = serializers.SerializerMethodField(
        help_text="Until when the desk says that it has read it; null once it has."
    )
    answer = serializers.ChoiceField(
        choices=FeedbackAnswer.choices, source="feedback", allow_null=True
    )
    answer_text = serializers.SerializerMethodField()
    returned_reason = serializers.ChoiceField(choices=ReturnReason.choices, allow_blank=True)
    not_pursued_reason = serializers.ChoiceField(choices=NotPursuedReason.choices, allow_blank=True)

    def get_acknowledge_by(self, row: ReferralRow) -> datetime | None:
        """By the desk's working hours, which the view gives."""
        if row.state not in _UNREAD:
            return None
        due: datetime = self.context["hours"].acknowledged_by(row.opens_at)
        return due.astimezone(UTC)

    def get_answer_text(self, row: ReferralRow) -> str:
        """One of the three answers in words, or nothing yet."""
        return str(row.feedback.label) if row.feedback else ""


class PersonSerializer(serializers.Serializer[Colleague]):
    """Somebody at the desk, or the own lead, whom a referrer may keep from reading."""

    id = serializers.UUIDField(source="user_id")
    name = serializers.CharField()
    agency = serializers.CharField(source="agency_name")
    role = serializers.ChoiceField(choices=Role.choices)
    is_deputy = serializers.BooleanField()


class OwnListSerializer(serializers.Serializer[Any]):
    """The newest 50 own referrals, and who could be barred from the next one."""

    referrals = OwnReferralSerializer(many=True)
    barrable = PersonSerializer(many=True)


class EventSerializer(serializers.Serializer[LoggedEvent]):
    """One event of the log: codes, and names that stand for persons, cases and objects."""

    id = serializers.UUIDField()
    at = serializers.DateTimeField(default_timezone=UTC)
    person = serializers.SerializerMethodField()
    agency_id = serializers.UUIDField(source="hat_agency", allow_null=True)
    agency = serializers.SerializerMethodField()
    role = serializers.CharField(source="hat_role")
    act = serializers.CharField(source="action")
    act_text = serializers.SerializerMethodField()
    outcome = serializers.ChoiceField(choices=Outcome.choices)
    reason = serializers.CharField()
    purpose = serializers.CharField()
    part = serializers.CharField(source="compartment")
    case = serializers.SerializerMethodField()
    object = serializers.SerializerMethodField()
    recipients = serializers.SerializerMethodField()
    entries = serializers.SerializerMethodField(help_text="How many things it showed or stored.")

    def get_person(self, event: LoggedEvent) -> str | None:
        """Who acted; null for nobody signed in."""
        return _code(event.actor)

    def get_agency(self, event: LoggedEvent) -> str:
        """The name of the agency acted for."""
        agencies: dict[UUID, str] = self.context["agencies"]
        return agencies.get(event.hat_agency, "") if event.hat_agency else ""

    def get_act_text(self, event: LoggedEvent) -> str:
        """The act in words; a word of a later version as it stands."""
        known = event.action in Event.values
        return str(Event(event.action).label) if known else event.action

    def get_case(self, event: LoggedEvent) -> str | None:
        """The case acted on."""
        return _code(event.case_ref)

    def get_object(self, event: LoggedEvent) -> str | None:
        """The thing acted on."""
        return _code(event.object_ref)

    def get_recipients(self, event: LoggedEvent) -> list[str]:
        """Who could read from then on."""
        return [pseudonym_code(each) for each in event.recipients]

    def get_entries(self, event: LoggedEvent) -> int:
        """How many things a list showed."""
        return len(event.refs)


class EventPageSerializer(serializers.Serializer[Any]):
    """One page of the log, newest first, with the event that recorded this look-up."""

    event_id = serializers.UUIDField()
    events = EventSerializer(many=True)
    older = serializers.CharField(
        allow_null=True, help_text="Give it as `before` to go on; null at the end."
    )


def _code(ref: UUID | None) -> str | None:
    return None if ref is None else pseudonym_code(ref)
