"""Tables of rings: key pairs that several people hold together, by epochs."""

import uuid

from django.db import models


class RingKind(models.TextChoices):
    """What a ring seals: what arrives at a desk, or what a desk may read on one file."""

    DESK = "DESK", "DESK"
    TEAM = "TEAM", "TEAM"


class Ring(models.Model):
    """A desk ring has an agency; a team ring has an agency and the file it works on."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=8, choices=RingKind.choices)
    agency = models.ForeignKey("Agency", on_delete=models.PROTECT, related_name="rings")
    case_id = models.UUIDField(null=True, blank=True, help_text="the case of a team ring")
    stale_since = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["agency"], condition=models.Q(kind="DESK"), name="ring_one_desk"
            ),
            models.UniqueConstraint(
                fields=["agency", "case_id"], condition=models.Q(kind="TEAM"), name="ring_one_team"
            ),
            models.CheckConstraint(
                condition=models.Q(kind="DESK", case_id__isnull=True)
                | models.Q(kind="TEAM", case_id__isnull=False),
                name="ring_case_fits_kind",
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)


class RingEpoch(models.Model):
    """One key pair of a ring; the predecessor's seed is sealed to it, so old things open."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    ring = models.ForeignKey(Ring, on_delete=models.PROTECT, related_name="epochs")
    number = models.PositiveIntegerField()
    kem_public = models.BinaryField(max_length=1216)
    kid32 = models.BinaryField(max_length=32, help_text="commitment to the seed")
    previous_blob = models.BinaryField(max_length=1300, null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["ring", "number"], name="ring_epoch_number_once"),
            models.UniqueConstraint(
                fields=["ring"],
                condition=models.Q(retired_at__isnull=True),
                name="ring_one_live_epoch",
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)


class RingWrap(models.Model):
    """The seed of one epoch, wrapped to one holder."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    epoch = models.ForeignKey(RingEpoch, on_delete=models.PROTECT, related_name="wraps")
    member_key = models.ForeignKey("MemberKey", on_delete=models.PROTECT, related_name="ring_wraps")
    blob = models.BinaryField(max_length=1300)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["epoch", "member_key"], name="ring_wrap_once"),
        ]

    def __str__(self) -> str:
        return str(self.id)
