"""How much work hangs on a hat: counts only, nothing of any case."""

from collections.abc import Collection
from uuid import UUID

from casework.models import CaseRole


def open_tasks_of(membership_ids: Collection[UUID]) -> int:
    """On how many cases these hats have a part now."""
    rows = CaseRole.objects.filter(hat_id__in=membership_ids)
    return rows.values("content_object_id").distinct().count()
