"""The table of referrals. The author stands nowhere in it: only the sealed C11 item says who."""

import uuid

from django.db import models

from casework.choices import (
    Channel,
    FeedbackAnswer,
    NotPursuedReason,
    ReferralState,
    ReturnReason,
    Urgency,
)
from casework.models.case import Case
from casework.models.sealed import SealedFile


class Referral(models.Model):
    """A concern that was sent: a random reference, states, times and codes."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    reference = models.CharField(max_length=16, unique=True)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="referrals")
    file = models.OneToOneField(SealedFile, on_delete=models.PROTECT, related_name="referral")
    draft_id = models.UUIDField(unique=True, help_text="a draft is sent once, however often")
    agency = models.ForeignKey("accounts.Agency", on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=16, choices=ReferralState.choices)
    urgency = models.CharField(max_length=8, choices=Urgency.choices, default=Urgency.NORMAL)
    channel = models.CharField(max_length=12, choices=Channel.choices, default=Channel.WRITTEN)
    submitted_at = models.DateTimeField()
    opens_at = models.DateTimeField(help_text="from when the desk may read (agency check)")
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    returned_reason = models.CharField(max_length=24, choices=ReturnReason.choices, blank=True)
    not_pursued_reason = models.CharField(
        max_length=24, choices=NotPursuedReason.choices, blank=True
    )
    feedback = models.CharField(max_length=16, choices=FeedbackAnswer.choices, blank=True)
    feedback_at = models.DateTimeField(null=True, blank=True)
    verified_by = models.UUIDField(null=True, blank=True, help_text="member key of the desk")
    countersignature = models.BinaryField(max_length=64, null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["state", "submitted_at"], name="referral_state_sent")]

    def __str__(self) -> str:
        return str(self.id)
