"""Tables of recovery: the offline key pair, what is sealed to it, and what a ceremony brought."""

import uuid
from typing import Any

from django.db import models

from accounts.models.member_keys import MemberKey
from accounts.models.partnership import Agency
from accounts.models.rings import RingEpoch


class RecoveryKey(models.Model):
    """The public half of a pair that only two of three custodians can open; the newest counts."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    number = models.PositiveIntegerField(unique=True)
    kem_public = models.BinaryField(max_length=1216)
    custodian_names: "models.JSONField[list[str], Any]" = models.JSONField(
        help_text="three names, as the founding ceremony wrote them"
    )
    founded_at = models.DateTimeField(auto_now_add=True)
    rehearsed_at = models.DateTimeField(null=True, blank=True)
    retired_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return str(self.id)


class RecoveryWrap(models.Model):
    """The seed of a ring's epoch, wrapped to a recovery key."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    recovery_key = models.ForeignKey(RecoveryKey, on_delete=models.PROTECT, related_name="wraps")
    epoch = models.ForeignKey(RingEpoch, on_delete=models.CASCADE, related_name="recovery_wraps")
    blob = models.BinaryField(max_length=1300)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["recovery_key", "epoch"], name="recovery_wrap_once"),
        ]

    def __str__(self) -> str:
        return str(self.id)


class RecoveryGrant(models.Model):
    """What a ceremony brought for one new lead, until that person's session takes it in."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    member_key = models.ForeignKey(MemberKey, on_delete=models.PROTECT, related_name="+")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    result = models.BinaryField(help_text="canonical JSON: wraps to the new lead, two signatures")
    created_at = models.DateTimeField(auto_now_add=True)
    taken_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return str(self.id)
