"""The table of who works on which case: guardian's direct permission row is the case role."""

import uuid
from typing import Any, ClassVar

from django.contrib.auth.models import Permission
from django.db import models
from django.db.models import Q
from django.utils import timezone
from guardian.managers import UserObjectPermissionManager
from guardian.models import UserObjectPermissionBase

from casework.choices import CaseRoleKind, RoleEnd
from casework.models.case import Case


class _RunningRoles(UserObjectPermissionManager):
    """All that guardian's own functions see, so that they never answer wider than access.py."""

    def get_queryset(self) -> models.QuerySet["CaseRole"]:
        """Roles that have begun and not ended."""
        now = timezone.now()
        running = Q(until__isnull=True) | Q(until__gt=now)
        rows: models.QuerySet[CaseRole] = super().get_queryset().filter(running, since__lte=now)
        return rows


class CaseRole(UserObjectPermissionBase):
    """One person, in one hat, is something on one case, from a time until a time.

    `since` may lie in the future: an agency check keeps the desk closed by rule until then. An
    ended role's row is deleted, so the row is the one truth; EndedCaseRole keeps what was.
    `every` gives all rows, also those to come; access.py alone asks for them.
    """

    user = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="case_roles")
    permission = models.ForeignKey(Permission, on_delete=models.PROTECT, related_name="+")
    content_object = models.ForeignKey(
        Case, on_delete=models.PROTECT, related_name="roles", db_column="case_id"
    )
    hat = models.ForeignKey(
        "accounts.Membership", on_delete=models.PROTECT, related_name="case_roles"
    )
    since = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=40)
    granted_by = models.UUIDField(help_text="pseudonym in the access log")

    objects: ClassVar[_RunningRoles] = _RunningRoles()
    every: ClassVar[models.Manager["CaseRole"]] = models.Manager()

    class Meta:
        unique_together: ClassVar[list[str]] = []
        constraints = [
            models.UniqueConstraint(
                fields=["user", "permission", "content_object", "hat"], name="case_role_once"
            )
        ]
        # Everything that a list asks of somebody's own roles, so that it reads the index alone.
        indexes = [
            models.Index(
                fields=["user", "hat", "content_object", "permission", "since", "until"],
                name="case_role_mine",
            )
        ]

    def __str__(self) -> str:
        return str(self.pk)

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Without guardian's look-up of the content type: access.grant chose the permission."""
        models.Model.save(self, *args, **kwargs)


class EndedCaseRole(models.Model):
    """What a case role was before it ended."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="ended_roles")
    user = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    hat = models.ForeignKey("accounts.Membership", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=24, choices=CaseRoleKind.choices)
    since = models.DateTimeField()
    ended_at = models.DateTimeField()
    end_reason = models.CharField(max_length=40, choices=RoleEnd.choices)
    granted_by = models.UUIDField()

    def __str__(self) -> str:
        return str(self.id)
