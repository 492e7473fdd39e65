"""Tables of the joint screening: two agencies, two views, one decision."""

import uuid

from django.db import models

from casework.choices import CaseState, ScreeningReason
from casework.models.case import Case


class Screening(models.Model):
    """One screening of a case by the desk and a second agency."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.OneToOneField(Case, on_delete=models.PROTECT, related_name="screening")
    second_hat = models.ForeignKey(
        "accounts.Membership", on_delete=models.PROTECT, related_name="screenings"
    )
    asked_at = models.DateTimeField()
    due_on = models.DateField()
    decided_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=24, choices=CaseState.choices, blank=True)
    reason = models.CharField(max_length=32, choices=ScreeningReason.choices, blank=True)
    signed_by = models.UUIDField(null=True, blank=True, help_text="member key of who decided")
    signature = models.BinaryField(max_length=64, null=True, blank=True)

    def __str__(self) -> str:
        return str(self.id)


class ScreeningView(models.Model):
    """What one agency thinks should follow, as codes; it may be changed until the decision."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    screening = models.ForeignKey(Screening, on_delete=models.PROTECT, related_name="views")
    agency = models.ForeignKey("accounts.Agency", on_delete=models.PROTECT, related_name="+")
    outcome = models.CharField(max_length=24, choices=CaseState.choices)
    reason = models.CharField(max_length=32, choices=ScreeningReason.choices)
    given_at = models.DateTimeField()
    signed_by = models.UUIDField(null=True, blank=True, help_text="member key of who gave it")
    signature = models.BinaryField(max_length=64, null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["screening", "agency"], name="screening_view_once")
        ]

    def __str__(self) -> str:
        return str(self.id)
