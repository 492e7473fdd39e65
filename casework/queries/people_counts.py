"""How much work hangs on a hat: counts only, nothing of any case."""

from collections.abc import Collection
from uuid import UUID

from casework.choices import CaseRoleKind
from casework.models import CaseRole, Exclusion


def open_tasks_of(membership_ids: Collection[UUID], *, seen_by: UUID) -> int:
    """On how many cases these hats have a part now that others must take on.

    An author's part is none: it would say who wrote. Nor is one on a case from which the reader
    is barred: no count may tell of it.
    """
    barred = Exclusion.objects.filter(user_id=seen_by).values("case_id")
    rows = CaseRole.objects.filter(hat_id__in=membership_ids).exclude(content_object_id__in=barred)
    others = rows.exclude(permission__codename=CaseRoleKind.AUTHOR.value)
    return others.values("content_object_id").distinct().count()
