"""Tables of sealed text: files (one keeper key each), items, versions, shares, disclosures."""

import uuid

from django.db import models
from django.db.models import Q

from casework.choices import Basis, Compartment, DisclosurePurpose, FileKind, ItemKind, Mark
from casework.models.case import Case


class SealedFile(models.Model):
    """What one key of the keeper covers; its id is the keeper's name for that key."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="files")
    kind = models.CharField(max_length=16, choices=FileKind.choices)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return str(self.id)


class Item(models.Model):
    """One piece of information with one part, owner and mark; its text is in the versions."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="items")
    file = models.ForeignKey(SealedFile, on_delete=models.PROTECT, related_name="items")
    kind = models.CharField(max_length=24, choices=ItemKind.choices)
    compartment = models.CharField(max_length=4, choices=Compartment.choices)
    mark = models.CharField(max_length=8, choices=Mark.choices)
    agency = models.ForeignKey(
        "accounts.Agency", on_delete=models.PROTECT, related_name="+", help_text="the controller"
    )
    current = models.PositiveIntegerField(default=1, help_text="number of the newest version")
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return str(self.id)


class ItemVersion(models.Model):
    """One sealed text (layout S). The author's signature lies inside, who stored it outside."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    kid32 = models.BinaryField(max_length=32)
    blob = models.BinaryField()
    stored_by = models.UUIDField(null=True, blank=True, help_text="member key; not for referrals")
    stored_signature = models.BinaryField(max_length=64, null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["item", "number"], name="item_version_once"),
            models.CheckConstraint(
                condition=Q(stored_by__isnull=True, stored_signature__isnull=True)
                | Q(stored_by__isnull=False, stored_signature__isnull=False),
                name="item_version_signed_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)


class Disclosure(models.Model):
    """One item made readable to one recipient: why, on which basis, from when to when.

    The row stays when the share's key is deleted: it is the ledger.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="disclosures")
    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="disclosures")
    to_agency = models.ForeignKey(
        "accounts.Agency", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    to_user = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    purpose = models.CharField(max_length=16, choices=DisclosurePurpose.choices)
    basis = models.CharField(max_length=16, choices=Basis.choices, default=Basis.PUBLIC_TASK)
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    end_reason = models.CharField(max_length=40, blank=True)
    signed_by = models.UUIDField(null=True, blank=True, help_text="member key; not by authors")
    signature = models.BinaryField(max_length=64, null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(to_agency__isnull=False) | Q(to_user__isnull=False),
                name="disclosure_names_a_recipient",
            )
        ]

    def __str__(self) -> str:
        return str(self.id)


class Share(models.Model):
    """The key of a disclosure: an item's data key, wrapped (layout W) to one person or ring."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="shares")
    disclosure = models.ForeignKey(Disclosure, on_delete=models.CASCADE, related_name="shares")
    version = models.PositiveIntegerField(default=1)
    member_key = models.ForeignKey(
        "accounts.MemberKey", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    ring_epoch = models.ForeignKey(
        "accounts.RingEpoch", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    ring = models.ForeignKey(
        "accounts.Ring", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    blob = models.BinaryField(max_length=1300)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(member_key__isnull=False, ring_epoch__isnull=True, ring__isnull=True)
                | Q(member_key__isnull=True, ring_epoch__isnull=False, ring__isnull=False),
                name="share_has_one_recipient",
            ),
            models.UniqueConstraint(
                fields=["item", "version", "member_key"],
                condition=Q(member_key__isnull=False),
                name="share_once_by_name",
            ),
            models.UniqueConstraint(
                fields=["item", "version", "ring_epoch"],
                condition=Q(ring_epoch__isnull=False),
                name="share_once_by_ring",
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)


class RecoveryShare(models.Model):
    """The data key of an item that is sealed by name, wrapped to the recovery key."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="recovery_shares")
    version = models.PositiveIntegerField()
    recovery_key = models.ForeignKey(
        "accounts.RecoveryKey", on_delete=models.PROTECT, related_name="+"
    )
    blob = models.BinaryField(max_length=1300)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["item", "version", "recovery_key"], name="recovery_share_once"
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)
