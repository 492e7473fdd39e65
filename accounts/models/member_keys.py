"""Tables of member keys, the slots that open them and the sessions that hold them open."""

import uuid

from django.db import models
from django.utils import timezone


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
    """What opens a slot; the key server's comes with single sign-on."""

    PASSWORD = "PASSWORD", "PASSWORD"
    RESCUE = "RESCUE", "RESCUE"
    PASSKEY = "PASSKEY", "PASSKEY"


class KeySlot(models.Model):
    """The member keys, sealed under a key that a pass phrase, rescue sheet or passkey gives.

    A passkey's secret is uniform already: it costs no Argon2id, and its three costs are zero.
    """

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
    credential = models.BinaryField(
        max_length=32, null=True, blank=True, help_text="SHA-256 of a passkey's credential id"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "kind"],
                condition=models.Q(kind__in=["PASSWORD", "RESCUE"]),
                name="key_slot_once",
            ),
            models.UniqueConstraint(
                fields=["credential"],
                condition=models.Q(credential__isnull=False),
                name="key_slot_credential_once",
            ),
            models.CheckConstraint(
                condition=models.Q(kind="PASSKEY", credential__isnull=False, time_cost=0)
                | models.Q(
                    kind__in=["PASSWORD", "RESCUE"], credential__isnull=True, time_cost__gt=0
                ),
                name="key_slot_fits_kind",
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)


class PendingSignIn(models.Model):
    """A slot's key between phrase and second factor, under a provisional secret; opens nothing."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    lookup = models.BinaryField(max_length=32, unique=True)
    slot = models.ForeignKey(KeySlot, on_delete=models.CASCADE, related_name="pending")
    blob = models.BinaryField(max_length=512)
    expires_at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.id)


class BrowserSession(models.Model):
    """One sign-in in one browser, locked or open, as its person sees and ends it."""

    ref = models.UUIDField(
        primary_key=True, editable=False, help_text="the session's pseudonym in the log"
    )
    user = models.ForeignKey("User", on_delete=models.CASCADE, related_name="browser_sessions")
    session_key = models.CharField(max_length=40, unique=True)
    device = models.CharField(max_length=60, help_text="browser and system, no version")
    shared = models.BooleanField(default=False, help_text="a computer that others use too")
    began_at = models.DateTimeField(auto_now_add=True)
    used_at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.ref)


class KeySession(models.Model):
    """Member keys held open for one browser, sealed under a secret that only it holds."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    lookup = models.BinaryField(max_length=32, unique=True)
    user = models.ForeignKey("User", on_delete=models.CASCADE, related_name="key_sessions")
    session_ref = models.UUIDField()
    blob = models.BinaryField(max_length=512)
    created_at = models.DateTimeField(auto_now_add=True)
    used_at = models.DateTimeField()
    proved_at = models.DateTimeField(
        default=timezone.now, help_text="when its person last proved who they are"
    )
    expires_at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.id)
