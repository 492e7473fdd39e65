"""Puts events into the cells of a table: pseudonyms, labels and codes, never content."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from audit.events import Event, Outcome
from audit.pseudonyms import case_pseudonym, pseudonym, pseudonym_code
from audit.queries import LoggedEvent

Cell = dict[str, Any]
_NAMED_RECIPIENTS = 3


@dataclass(frozen=True, slots=True)
class Names:
    """What ids and codes of other rooms are called: agencies by id, roles by code."""

    agencies: Mapping[UUID, str]
    roles: Mapping[str, Any]

    def acted_for(self, event: LoggedEvent) -> str:
        """Agency and role of the hat, or "nobody"."""
        if event.hat_agency is None:
            return str(self.roles.get(event.hat_role, event.hat_role)) or _("no hat")
        agency = self.agencies.get(event.hat_agency, pseudonym_code(event.hat_agency))
        return f"{agency}, {self.roles.get(event.hat_role, event.hat_role)}"


def log_headers() -> list[str]:
    """The columns of log_rows."""
    return [_("When"), _("Person"), _("Acted for"), _("Act"), _("Outcome"), _("Case"), _("More")]


def log_rows(events: Iterable[LoggedEvent], names: Names) -> list[list[Cell]]:
    """The auditor's table: persons and cases link to the look-up of themselves."""
    return [
        [
            _text(_when(event)),
            _person(event),
            _text(names.acted_for(event)),
            _text(_act(event)),
            _text(_outcome(event)),
            _linked_case(event),
            _text(_more(event)),
        ]
        for event in events
    ]


def own_headers() -> list[str]:
    """The columns of own_rows."""
    return [_("When"), _("You acted for"), _("Act"), _("Outcome"), _("Case"), _("More")]


def own_rows(events: Iterable[LoggedEvent], names: Names) -> list[list[Cell]]:
    """A person's own acts, without links into the log."""
    return [
        [
            _text(_when(event)),
            _text(names.acted_for(event)),
            _text(_act(event)),
            _text(_outcome(event)),
            _text(case_pseudonym(event.case_ref) if event.case_ref else ""),
            _text(_more(event)),
        ]
        for event in events
    ]


def _text(text: str) -> Cell:
    return {"text": text or "-"}


def _when(event: LoggedEvent) -> str:
    return date_format(timezone.localtime(event.at), "j M Y, H:i:s")


def _person(event: LoggedEvent) -> Cell:
    if event.actor is None:
        return _text(_("Nobody signed in"))
    return {"text": pseudonym(event.actor), "url": f"?person={pseudonym_code(event.actor)}"}


def _linked_case(event: LoggedEvent) -> Cell:
    if event.case_ref is None:
        return _text("")
    return {
        "text": case_pseudonym(event.case_ref),
        "url": f"?case={pseudonym_code(event.case_ref)}",
    }


def _act(event: LoggedEvent) -> str:
    # A word of a later version is shown as it stands.
    known = event.action in Event.values
    return str(Event(event.action).label) if known else event.action


def _outcome(event: LoggedEvent) -> str:
    label = str(Outcome(event.outcome).label)
    return f"{label}: {event.reason.replace('_', ' ')}" if event.reason else label


def _more(event: LoggedEvent) -> str:
    parts = []
    if event.compartment:
        parts.append(_("part %(code)s") % {"code": event.compartment})
    if event.purpose:
        parts.append(_("purpose %(code)s") % {"code": event.purpose})
    if event.object_ref:
        parts.append(_("object %(code)s") % {"code": pseudonym_code(event.object_ref)})
    if event.refs:
        count = len(event.refs)
        parts.append(ngettext("%(n)d entry", "%(n)d entries", count) % {"n": count})
    if event.recipients:
        parts.append(_("for %(people)s") % {"people": _recipients(event.recipients)})
    return " · ".join(parts)


def _recipients(people: tuple[UUID, ...]) -> str:
    if len(people) <= _NAMED_RECIPIENTS:
        return ", ".join(map(pseudonym, people))
    return ngettext("%(n)d person", "%(n)d persons", len(people)) % {"n": len(people)}
