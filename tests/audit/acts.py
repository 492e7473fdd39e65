"""What the tests of the log record: one origin, one case, and a way to write events."""

from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction

from audit.events import Event
from audit.models import AccessEvent
from audit.record import Origin, record

CASE = UUID("7c4d1f60-0000-4000-8000-00000000000a")
TEACHER = Origin(
    actor=UUID("3b9aca00-0000-4000-8000-000000000001"),
    hat_agency=UUID("3b9aca00-0000-4000-8000-0000000000a1"),
    hat_role="FRONTLINE",
    session_ref=UUID("3b9aca00-0000-4000-8000-0000000000b1"),
    request_ref=None,
    client_class="browser",
)
AUDITOR = replace(TEACHER, actor=uuid4(), hat_agency=uuid4(), hat_role="AUDITOR")
DPO = replace(TEACHER, actor=uuid4(), hat_role="DPO")
NOBODY = Origin(None, None, "", None, None, "browser")


def written(event: Event = Event.ITEM_READ, origin: Origin = TEACHER, **what: Any) -> AccessEvent:
    """One committed event, as the database gives it back."""
    with transaction.atomic():
        event_id = record(origin, event, **what)
    return AccessEvent.objects.get(id=event_id)
