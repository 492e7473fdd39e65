"""Tables of member keys, the slots that open them and the sessions that hold them open."""

import uuid

from django.db import models


class MemberKey(models.Model):
    """The public half of one person's keys; retired rows stay, so old signatures verify."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey("User", on_delete=models.PROTECT, related_name="member_keys")
    kem_public = models.BinaryField(max_length=1216)
    sign_public = models.BinaryField(max_length=32)
    created_at = models.DateTimeField(auto_now_add=True)
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user"],
                condition=models.Q(retired_at__isnull=True),
                name="member_key_one_live",
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)


class SlotKind(models.TextChoices):
    """What opens a slot. Passkey, key server and rescue sheet come with their own issues."""

    PASSWORD = "PASSWORD", "PASSWORD"


class KeySlot(models.Model):
    """The member keys, sealed under a key that one pass phrase gives."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey("User", on_delete=models.PROTECT, related_name="slots")
    member_key = models.ForeignKey(MemberKey, on_delete=models.PROTECT, related_name="slots")
    kind = models.CharField(max_length=16, choices=SlotKind.choices)
    salt = models.BinaryField(max_length=16)
    time_cost = models.PositiveIntegerField()
    memory_kib = models.PositiveIntegerField()
    lanes = models.PositiveIntegerField()
    verifier = models.BinaryField(max_length=32)
    blob = models.BinaryField(max_length=512)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return str(self.id)


class KeySession(models.Model):
    """Member keys held open for one browser, sealed under a secret that only it holds."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    lookup = models.BinaryField(max_length=32, unique=True)
    user = models.ForeignKey("User", on_delete=models.CASCADE, related_name="key_sessions")
    session_ref = models.UUIDField()
    blob = models.BinaryField(max_length=512)
    created_at = models.DateTimeField(auto_now_add=True)
    used_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.id)
