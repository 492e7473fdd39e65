"""Reads a look-up in the log from an address: the page's form, and nothing that it does not ask."""

from collections.abc import Mapping
from uuid import UUID

from django.http import QueryDict
from django.utils.translation import gettext as _

from accounts.actor import Actor
from api.faults import faults_of_form
from api.problems import Fault
from audit import lookups
from audit.forms import LogFilterForm


def filter_of(params: QueryDict, actor: Actor, agencies: Mapping[UUID, str]) -> LogFilterForm:
    """The form of the auditor's page, with the agencies within the hat's reach."""
    only = lookups.only_agency(actor.origin)
    offered = agencies if only is None else {only: agencies[only]}
    return LogFilterForm(params, agencies=offered)


def filter_faults(params: QueryDict, form: LogFilterForm) -> list[Fault]:
    """What cannot be read; an unknown or repeated name would widen the look-up in silence."""
    faults = list(faults_of_form(form, _place))
    if not params.keys() <= form.fields.keys():
        known = ", ".join(form.fields)
        faults.append({"detail": _("There is an unknown parameter. Known: %s.") % known})
    faults += [
        {"detail": _("Give this once."), **_place(name)}
        for name in form.fields
        if len(params.getlist(name)) > 1
    ]
    return faults


def _place(name: str) -> Mapping[str, str]:
    return {"parameter": name}
