"""The words of the log: stable in form, each with a kind and a label."""

import re

from audit.events import KIND_OF, Event, Kind, events_of_kind
from audit.evidence.encoding import MAX_CODE_CHARS


def test_words_are_object_past() -> None:
    for event in Event:
        assert re.fullmatch(r"[a-z]+(_[a-z]+)*\.[a-z]+(_[a-z]+)*", event.value)
        assert event.name == event.value.replace(".", "_").upper()
        assert len(event.value) <= MAX_CODE_CHARS


def test_every_word_has_a_label_of_its_own() -> None:
    labels = [str(event.label) for event in Event]
    assert len(set(labels)) == len(labels)


def test_every_kind_has_words_and_every_word_one_kind() -> None:
    assert set(KIND_OF) == set(Event)
    assert sum(len(events_of_kind(kind)) for kind in Kind) == len(Event)
    assert all(events_of_kind(kind) for kind in Kind)
