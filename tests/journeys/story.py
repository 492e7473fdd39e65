"""One walk through a scenario: who walks, what they type, what came of it, what is recorded."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from tests.journeys.people import DEPUTY, People
from tests.journeys.recorded import Happened, Log, as_uuid, lines
from tests.journeys.searching import found_in_clear
from tests.journeys.walking import Walker
from tests.journeys.who_sees import Table, Thing, who_sees
from tests.journeys.words import Words
from tests.serving import Server
from tests.world import PHRASE

REFERENCE = re.compile(r"R[AV]-[0-9A-Z]{4}-[0-9A-Z]{4}")


@dataclass
class Story:
    """The server with its store, the cast, the log, the typed words and the ids that appeared."""

    server: Server
    people: People
    log: Log = field(init=False)
    words: Words = field(default_factory=Words)
    ids: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.log = Log(self.server.store)

    def __getitem__(self, who: str) -> Walker:
        return self.people[who]

    def key(self, name: str) -> str:
        """A noted id as both databases take it."""
        return UUID(self.ids[name]).hex

    def value(self, sql: str, *values: object) -> object:
        """The one value that a question to the database gives, by the test's own connection."""
        ((found,),) = self.server.store.rows(sql, *values)
        return found

    def note_sent(self, receipt: str) -> UUID:
        """Note reference, case and concern of the one referral; the case's pseudonym."""
        (self.ids["reference"],) = REFERENCE.findall(receipt)
        case_ref = self.note_case("casework_referral")
        self.ids["concern"] = str(self.items()["concern"])
        return case_ref

    def items(self) -> dict[str, UUID]:
        """The items of the noted case by their kind."""
        rows = self.server.store.rows(
            "SELECT kind, id FROM casework_item WHERE case_id = %s", self.key("case")
        )
        return {kind: as_uuid(item_id) for kind, item_id in rows}

    def note_case(self, table: str) -> UUID:
        """Note the id of the one case that a row of this table has; its pseudonym in the log."""
        ((case_id, log_ref),) = self.server.store.rows(
            f"SELECT c.id, c.log_ref FROM casework_case c JOIN {table} t ON t.case_id = c.id"
        )
        self.ids["case"] = str(as_uuid(case_id))
        return as_uuid(log_ref)

    def recorded(self) -> list[str]:
        """What the log holds since the last look, without sign-ins."""
        return [each for each in lines(self.log.new()) if not each.endswith("signin.succeeded")]

    def everybody_asks(
        self, things: Mapping[str, Thing], more: Mapping[str, Sequence[str]]
    ) -> tuple[Table, list[Happened]]:
        """What each of the cast gets for each thing, and what the log holds of it."""
        self.people.all_come()
        self.log.new()
        table = who_sees(self.people, things, {**self.words.by_part(), **more})
        return table, self.log.new()

    def log_speaks_of(self, *words: str) -> list[str]:
        """The cells of the log that hold one of these words; the log knows pseudonyms only."""
        rows = self.server.store.rows("SELECT * FROM audit_accessevent")
        cells = {str(cell) for row in rows for cell in row}
        return [cell for cell in cells if any(word in cell for word in words)]

    def lies_in_clear(self, *words: str) -> object:
        """Where the typed words, other words or the pass phrase lie; nothing, one hopes."""
        return found_in_clear(self.server, [self.words.stem, PHRASE, *words])


def refused_by(events: Sequence[Happened]) -> dict[str, int]:
    """How many refusals of each person the log holds."""
    found: dict[str, int] = {}
    for each in events:
        if each.refused:
            found[each.who] = found.get(each.who, 0) + 1
    return found


def missing_by(table: Table, things: Mapping[str, Thing]) -> dict[str, int]:
    """How many things each person asked for that were not to be had, or (409) no more."""
    found: dict[str, int] = {}
    for who, row in table.items():
        person = "noor" if who == DEPUTY else who
        gone = list(row.values()).count("409")
        found[person] = found.get(person, 0) + len(things) - len(row) + gone
    return {who: count for who, count in found.items() if count}
