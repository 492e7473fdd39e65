"""The twin's tables: the same agencies, cases, referrals and items, in the clear."""

import uuid

from auditlog.registry import auditlog
from django.db import models

from casework.choices import (
    AgeBand,
    CaseState,
    Channel,
    Compartment,
    ItemKind,
    Mark,
    ReferralState,
    Urgency,
)


class Agency(models.Model):
    """An agency of the partnership."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=120, unique=True)

    class Meta:
        app_label = "twin"

    def __str__(self) -> str:
        return self.name


class Case(models.Model):
    """What people work on; guardian's permissions are given on it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    state = models.CharField(max_length=24, choices=CaseState.choices)
    age_band = models.CharField(max_length=12, choices=AgeBand.choices, default=AgeBand.UNKNOWN)
    opened_at = models.DateTimeField()

    class Meta:
        app_label = "twin"
        indexes = [models.Index(fields=["state", "opened_at"], name="twin_case_state")]

    def __str__(self) -> str:
        return str(self.id)


class Referral(models.Model):
    """A concern that was sent."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    reference = models.CharField(max_length=16, unique=True)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="referrals")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="referrals")
    state = models.CharField(max_length=16, choices=ReferralState.choices)
    urgency = models.CharField(max_length=8, choices=Urgency.choices, default=Urgency.NORMAL)
    channel = models.CharField(max_length=12, choices=Channel.choices, default=Channel.WRITTEN)
    submitted_at = models.DateTimeField()
    due_at = models.DateTimeField()

    class Meta:
        app_label = "twin"
        indexes = [models.Index(fields=["state", "submitted_at"], name="twin_referral_state")]

    def __str__(self) -> str:
        return self.reference


class Item(models.Model):
    """One piece of information about a case, readable by whoever holds the table."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="items")
    kind = models.CharField(max_length=24, choices=ItemKind.choices)
    compartment = models.CharField(max_length=4, choices=Compartment.choices)
    mark = models.CharField(max_length=8, choices=Mark.choices)
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="items")
    text = models.TextField()
    created_at = models.DateTimeField()

    class Meta:
        app_label = "twin"

    def __str__(self) -> str:
        return str(self.id)


auditlog.register(Case)
auditlog.register(Referral)
auditlog.register(Item)
