"""Shows the words by which somebody and those they seal to recognise each other's keys."""

from dataclasses import dataclass

from django.db import transaction

from accounts.actor import Actor
from accounts.queries import desk_holders, the_partnership
from accounts.queries.keys import Words, founding_words, own_words, proved_words
from audit.events import Event
from audit.record import record


@dataclass(frozen=True, slots=True)
class Holder:
    """Somebody at a desk to which the reader's texts are sealed."""

    name: str
    words: Words


@dataclass(frozen=True, slots=True)
class KeyWords:
    """The own words, those of the founding statement, and those of two desks' holders."""

    own: Words
    founding: Words
    own_desk: list[Holder]
    intake: list[Holder]


def show_key_words(*, actor: Actor) -> KeyWords:
    """The words as this person's keys prove them; raises DirectoryForged if they do not."""
    office_id = the_partnership().coordination_office_id
    with transaction.atomic(durable=True):
        record(actor.origin, Event.PEOPLE_LISTED, reason="key_words")
    own_desk = desk_holders(actor.hat.agency_id)
    intake = desk_holders(office_id) if office_id else []
    words = proved_words({row.user_id for row in [*own_desk, *intake]}, by=actor.keys)
    at_office = actor.hat.agency_id == office_id
    return KeyWords(
        own=own_words(actor.keys),
        founding=founding_words(actor.keys),
        own_desk=[]
        if at_office
        else [Holder(row.user.name, words[row.user_id]) for row in own_desk],
        intake=[Holder(row.user.name, words[row.user_id]) for row in intake],
    )
