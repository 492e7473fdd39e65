"""Tables of drafts and of what was kept after a lapse: sealed to their author alone."""

import uuid

from django.db import models

from casework.choices import DraftKind


class Draft(models.Model):
    """Answers so far (layout S), readable by the author only; deleted after 30 days."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=16, choices=DraftKind.choices)
    author = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="drafts")
    hat = models.ForeignKey("accounts.Membership", on_delete=models.PROTECT, related_name="+")
    member_key = models.ForeignKey("accounts.MemberKey", on_delete=models.PROTECT, related_name="+")
    kid32 = models.BinaryField(max_length=32)
    wrap = models.BinaryField(max_length=1300)
    blob = models.BinaryField()
    saves = models.PositiveIntegerField(default=1)
    last_step = models.CharField(max_length=24, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    saved_at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.id)


class KeptStep(models.Model):
    """One step that was posted without a session, sealed to the author's public key."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    draft = models.ForeignKey(Draft, on_delete=models.CASCADE, related_name="kept")
    step = models.CharField(max_length=24)
    member_key = models.ForeignKey("accounts.MemberKey", on_delete=models.PROTECT, related_name="+")
    kid32 = models.BinaryField(max_length=32)
    wrap = models.BinaryField(max_length=1300)
    blob = models.BinaryField()
    kept_at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.id)


class KeptText(models.Model):
    """A form's text that came while the session was locked, until its author sends it after all."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    author = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="kept_texts")
    form = models.CharField(max_length=40, help_text="the name of the page it was typed on")
    object_id = models.UUIDField(help_text="the referral or question that the page is about")
    member_key = models.ForeignKey("accounts.MemberKey", on_delete=models.PROTECT, related_name="+")
    kid32 = models.BinaryField(max_length=32)
    wrap = models.BinaryField(max_length=1300)
    blob = models.BinaryField()
    kept_at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.id)
