"""Tables of the case and of who must not see it."""

import uuid

from django.db import models

from casework.choices import AgeBand, BarSource, CaseRoleKind, CaseState


class Case(models.Model):
    """What case roles, clocks, file keys and the log's pseudonym hang on. Holds no text."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    partnership = models.ForeignKey(
        "accounts.Partnership", on_delete=models.PROTECT, related_name="cases"
    )
    log_ref = models.UUIDField(
        default=uuid.uuid4, unique=True, editable=False, help_text="pseudonym in the access log"
    )
    state = models.CharField(max_length=24, choices=CaseState.choices)
    age_band = models.CharField(max_length=12, choices=AgeBand.choices, default=AgeBand.UNKNOWN)
    opened_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True, blank=True)
    erase_due_on = models.DateField(null=True, blank=True)

    class Meta:
        default_permissions = ()
        permissions = [(kind.value, kind.value) for kind in CaseRoleKind]
        indexes = [models.Index(fields=["state", "opened_at"], name="case_state_opened")]

    def __str__(self) -> str:
        return str(self.id)


class Exclusion(models.Model):
    """A bar: this person must find no trace of this case, whatever roles they hold."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="exclusions")
    user = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="exclusions")
    source = models.CharField(max_length=16, choices=BarSource.choices)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "user"], name="exclusion_once")]

    def __str__(self) -> str:
        return str(self.id)
