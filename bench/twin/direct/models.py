"""Guardian's permissions on cases with direct foreign keys, as its documentation advises."""

from django.db import models
from guardian.models import GroupObjectPermissionBase, UserObjectPermissionBase

from bench.twin.models import Case


class CaseUserPermission(UserObjectPermissionBase):
    """One person's permission on one case."""

    content_object = models.ForeignKey(Case, on_delete=models.CASCADE)

    class Meta(UserObjectPermissionBase.Meta):
        app_label = "direct"


class CaseGroupPermission(GroupObjectPermissionBase):
    """One group's permission on one case."""

    content_object = models.ForeignKey(Case, on_delete=models.CASCADE)

    class Meta(GroupObjectPermissionBase.Meta):
        app_label = "direct"
