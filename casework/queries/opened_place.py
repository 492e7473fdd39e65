"""Where texts just opened lie and who else can read them, from one look at who works there."""

from collections.abc import Collection
from dataclasses import dataclass

from accounts.actor import Actor
from casework import access
from casework.queries.audience import Audience
from casework.queries.case_audience import audience_among
from casework.queries.case_page import CasePlace, place_with


@dataclass(frozen=True, slots=True)
class OpenedPlace:
    """The case's own page for the reader, and everybody who can read what was opened."""

    place: CasePlace
    audience: Audience


def opened_place(actor: Actor, opened: Collection[access.Readable]) -> OpenedPlace | None:
    """The place of items of one case; None for somebody whose role has ended meanwhile."""
    case_id = next(iter(opened)).case_id
    holders = access.holders_on([case_id])
    own = {each.kind for each in holders if each.hat_id == actor.hat.membership_id}
    place = place_with(own, case_id)
    if place is None:
        return None
    return OpenedPlace(place, audience_among(actor, holders, opened, place.kind))
