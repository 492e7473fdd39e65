"""The table of consultations: advice asked without naming anybody; no identity field exists."""

import uuid

from django.db import models

from casework.models.case import Case
from casework.models.sealed import SealedFile


class Consultation(models.Model):
    """A question to the desk. It has a case row for roles and keys, but no person."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    reference = models.CharField(max_length=16, unique=True)
    case = models.OneToOneField(Case, on_delete=models.PROTECT, related_name="consultation")
    file = models.OneToOneField(SealedFile, on_delete=models.PROTECT, related_name="consultation")
    draft_id = models.UUIDField(unique=True)
    agency = models.ForeignKey("accounts.Agency", on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    converted_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return str(self.id)
