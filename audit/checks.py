"""The system check that the append-only triggers are on in the database."""

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Critical, Tags, register
from django.db import connections

from audit import triggers


@register(Tags.database)
def triggers_are_on(databases: Sequence[str] | None = None, **_kwargs: Any) -> list[CheckMessage]:
    """Name each missing trigger; silent for databases that are not asked about or not migrated."""
    return [
        Critical(f"The log can be rewritten: trigger {name} is missing.", id="audit.E001")
        for alias in databases or ()
        for name in triggers.missing(connections[alias])
    ]
