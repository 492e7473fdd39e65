"""Which cases the people of an agency worked on: what a new lead takes over after recovery."""

from datetime import datetime
from uuid import UUID

from casework.choices import CaseRoleKind, RoleEnd
from casework.models import CaseRole, EndedCaseRole


def cases_led(agency_id: UUID, kind: CaseRoleKind) -> dict[UUID, datetime]:
    """The cases on which people of an agency have a role, or had one until they left; since when.

    A role that has not begun keeps the case closed until then, whoever takes it over.
    """
    running = CaseRole.every.filter(hat__agency_id=agency_id, permission__codename=kind.value)
    ended = EndedCaseRole.objects.filter(
        hat__agency_id=agency_id, kind=kind, end_reason=RoleEnd.LEFT
    )
    found: dict[UUID, datetime] = {}
    rows = [
        *running.values_list("content_object_id", "since"),
        *ended.values_list("case_id", "since"),
    ]
    for case_id, since in rows:
        found[case_id] = min(since, found.get(case_id, since))
    return found
