"""Who can decrypt what, worked out a second time: a few sets, written from sealing.md alone.

Nothing here asks the product. It knows people with their keys (numbered, since somebody who loses a
pass phrase gets new ones), the intake office's rings with their epochs, and of each item the wraps
that exist. Three questions are answered: what somebody's keys of today open, what they could open
if they had kept everything that they ever held, and what two custodians of recovery could open
(decision 0045; a recovery key has a number, 0 stands for none).
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

OFFICE = "office"
ENDED_BY_DECISION = frozenset({"AUTHOR", "SCREENING"})


class Key(NamedTuple):
    """A member key: whose, and the how many-th."""

    person: str
    number: int


class Line(NamedTuple):
    """The ledger: this item was meant for this person of this agency, for this purpose."""

    item: str
    person: str
    agency: str
    purpose: str


@dataclass
class Hat:
    """One person acts for one agency."""

    admitted: bool = False
    running: bool = True


@dataclass
class Ring:
    """A ring of the office: who has which epoch's wrap, and whether it waits for its next."""

    epoch: int = 1
    wraps: dict[int, set[Key]] = field(default_factory=dict)
    stale: bool = False
    # to which recovery key an epoch is sealed
    sealed: dict[int, int] = field(default_factory=dict)

    @property
    def live(self) -> set[Key]:
        """The wraps of the newest epoch."""
        return self.wraps.setdefault(self.epoch, set())


@dataclass
class Grant:
    """What two custodians sealed to one key, until its owner has taken all of it in."""

    key: Key
    agency: str
    rings: dict[str, int]
    items: set[str]
    taken: bool = False


@dataclass
class Case:
    """A referral: its items by part, who is barred, and who has a part in it at the desk."""

    author: str
    agency: str
    parts: dict[str, str]
    barred: frozenset[str]
    desk: set[str] = field(default_factory=set)


@dataclass
class Model:
    """The partnership's keys."""

    keys: dict[str, int]
    hats: dict[tuple[str, str], Hat]
    rings: dict[str, Ring]
    without_key: set[str] = field(default_factory=set)
    suspended: set[str] = field(default_factory=set)
    cases: dict[str, Case] = field(default_factory=dict)
    # what is wrapped: to a key by name (for the newest purpose), and to an epoch of a ring
    names: dict[tuple[str, Key], Line] = field(default_factory=dict)
    by_ring: set[tuple[str, str, int]] = field(default_factory=set)
    lines: set[Line] = field(default_factory=set)
    # the newest epoch of a ring whose seed somebody once held: it opens all before it
    kept: dict[tuple[str, str], int] = field(default_factory=dict)
    # recovery: the newest key, the items sealed to one, what leavers had by name, what was brought
    recovery: int = 0
    sealed: dict[str, int] = field(default_factory=dict)
    left: set[Line] = field(default_factory=set)
    grants: list[Grant] = field(default_factory=list)

    # Answers

    def opens_now(self, person: str) -> set[str]:
        """What the keys of today open."""
        key = self.key(person)
        by_name = {item for item, to in self.names if to == key}
        return by_name | {
            item
            for item, ring, epoch in self.by_ring
            if any(key in held for e, held in self.rings[ring].wraps.items() if e >= epoch)
        }

    def opens_ever(self, person: str) -> set[str]:
        """What opens with every key and seed that the person ever had."""
        by_name = {item for item, to in self.names if to.person == person}
        return by_name | {
            item for item, ring, epoch in self.by_ring if self.kept.get((person, ring), 0) >= epoch
        }

    def opens_offline(self, number: int) -> set[str]:
        """What two custodians of a recovery key open, if they also have the database."""
        named = {item for item, to in self.sealed.items() if to == number}
        return named | {
            item
            for item, ring, epoch in self.by_ring
            if any(to == number and e >= epoch for e, to in self.rings[ring].sealed.items())
        }

    def learn(self) -> None:
        """Everybody writes down the seeds that they hold at this moment."""
        for name, ring in self.rings.items():
            for epoch, held in ring.wraps.items():
                for key in held:
                    place = (key.person, name)
                    self.kept[place] = max(self.kept.get(place, 0), epoch)

    def key(self, person: str) -> Key:
        """The newest key of a person, lost or not."""
        return Key(person, self.keys[person])

    def acts(self, person: str, agency: str) -> bool:
        """Whether a hat runs today, of somebody who is not suspended."""
        hat = self.hats.get((person, agency))
        return hat is not None and hat.running and person not in self.suspended

    def let_in(self, person: str, agency: str) -> bool:
        """Whether a hat runs and somebody let it in."""
        return self.acts(person, agency) and self.hats[(person, agency)].admitted

    def is_lost(self, agency: str) -> bool:
        """Whether nobody who was let in there can open anything."""
        return not any(self.let_in(who, at) for who, at in self.hats if at == agency)

    def waits_for_home(self, person: str) -> bool:
        """Whether recovered rings are held, and the cases' roles were not taken over yet."""
        return any(each.taken and each.key == self.key(person) for each in self.grants)

    # What happens

    def send(self, name: str, case: Case) -> None:
        """To its author by name, and to the desk: its ring, or the others by name."""
        self.cases[name] = case
        desk = self.rings["desk"]
        there = {key.person for key in desk.live if self.let_in(key.person, OFFICE)}
        readers = there - case.barred
        case.desk = set(readers)
        # Who is barred and sits at the desk may be given its ring again, so theirs is by name.
        barred_there = {person for person in case.barred if (person, OFFICE) in self.hats}
        holders = {key.person for key in desk.live}
        by_ring = not desk.stale and not barred_there and holders <= readers
        for item in case.parts:
            self.give(Line(item, case.author, case.agency, "AUTHOR"))
            if by_ring:
                self.by_ring.add((item, "desk", desk.epoch))
            else:
                self._give_all(item, readers, "INTAKE")
            self._seal_by_name(item)

    def take_in(self, name: str) -> None:
        """The desk's people on this case get a ring of their own; the source goes by name."""
        case = self.cases[name]
        team = {person for person in case.desk if self.let_in(person, OFFICE)}
        sealed = {1: self.recovery} if self.recovery else {}
        self.rings[name] = Ring(wraps={1: {self.key(each) for each in team}}, sealed=sealed)
        self._end({line for line in self._lines_on(name) if line.purpose == "INTAKE"})
        self.by_ring = {each for each in self.by_ring if each[0] not in case.parts}
        for item, part in case.parts.items():
            if part == "C11":
                self._give_all(item, team, "INTAKE")
                self._seal_by_name(item)
            else:
                self.by_ring.add((item, name, 1))

    def add(self, name: str, like: str, item: str, part: str) -> None:
        """Something new goes to those who read the concern now, and are there."""
        self.cases[name].parts[item] = part
        for line in [each for (it, _key), each in self.names.items() if it == like]:
            if self.acts(line.person, line.agency):
                self.give(line._replace(item=item))
        for ring in {ring for it, ring, _epoch in self.by_ring if it == like}:
            live = {key.person for key in self.rings[ring].live}
            there = {person for person in live if self.acts(person, OFFICE)}
            if not self.rings[ring].stale and live == there:
                self.by_ring.add((item, ring, self.rings[ring].epoch))
            else:
                self._give_all(item, there, "INTAKE")
        self._seal_by_name(item)

    def share(self, name: str, person: str, agency: str) -> None:
        """A second screener gets the concern by name."""
        for item, part in self.cases[name].parts.items():
            if part == "C2":
                self.give(Line(item, person, agency, "SCREENING"))

    def decide(self, name: str) -> None:
        """The author's and the second screener's keys end."""
        self._end({line for line in self._lines_on(name) if line.purpose in ENDED_BY_DECISION})

    def leave(self, person: str, agency: str) -> None:
        """A hat ends: nothing is left that leads to the agency's cases."""
        self.hats.pop((person, agency))
        ended = {line for line in self.lines if (line.person, line.agency) == (person, agency)}
        self.left |= ended
        self._end(ended)
        if agency == OFFICE:
            self._drop_wraps(person)
            for case in self.cases.values():
                case.desk.discard(person)

    def close_account(self, person: str) -> None:
        """Suspended: all keys go, the ledger's lines stay, and nobody is let in any more."""
        self.names = {at: line for at, line in self.names.items() if at[1].person != person}
        self._drop_wraps(person)
        for (whose, _agency), hat in self.hats.items():
            if whose == person:
                hat.admitted = False

    def rejoin(self, person: str) -> None:
        """New keys, to which nothing is sealed yet."""
        self.keys[person] += 1
        self.without_key.discard(person)

    def admit(self, person: str, agency: str, *, by: str, on_cases: Iterable[str]) -> None:
        """Let in; at the office with the desk's ring, arrivals and the rings of own cases."""
        self.hats[(person, agency)].admitted = True
        if agency != OFFICE:
            return
        for name in on_cases:
            if person not in self.cases[name].barred:
                self.cases[name].desk.add(person)
        for name, ring in self.rings.items():
            own = name == "desk" or person in self.cases[name].desk
            if own and not ring.stale and self.key(by) in ring.live:
                ring.live.add(self.key(person))

    def tend(self, person: str, agency: str = OFFICE) -> None:
        """Whoever comes makes the next epoch of each ring that waits, for those who stay.

        And gives the desk's key to whoever was let in there by somebody who had none. What
        custodians brought comes first; what is held and not sealed to recovery yet, last.
        """
        for grant in self.grants:
            self._take(grant, person)
        if not self.let_in(person, agency):
            return
        if agency == OFFICE:
            self._renew(person)
        self._seal_rings_of(person)

    def _renew(self, person: str) -> None:
        for ring in self.rings.values():
            stay = {key for key in ring.live if self.let_in(key.person, OFFICE)}
            if ring.stale and self.key(person) in stay:
                ring.epoch += 1
                ring.wraps[ring.epoch] = stay
                ring.stale = False
                if self.recovery:
                    ring.sealed[ring.epoch] = self.recovery
        desk = self.rings["desk"]
        if not desk.stale and self.key(person) in desk.live:
            desk.live.update(self.key(who) for who, at in self.hats if self._sits_at_desk(who, at))

    def _sits_at_desk(self, person: str, agency: str) -> bool:
        return agency == OFFICE and self.let_in(person, agency) and person not in self.without_key

    # Recovery

    def found(self, person: str) -> None:
        """A new recovery key counts from now; at once it gets the rings that its founder holds."""
        self.recovery += 1
        self._seal_rings_of(person)

    def bring_back(self, person: str, agency: str) -> None:
        """Two custodians seal to one key what this recovery key opens of one agency.

        Each ring in its newest epoch, and what people there had by name. Nothing of a case from
        which the new lead is barred, nothing of an author or a second screener.
        """
        grant = Grant(self.key(person), agency, {}, set())
        self.grants.append(grant)
        if agency != OFFICE:
            return  # Of other agencies only such parts are here: recovery gives none of them.
        barred = {name for name, case in self.cases.items() if person in case.barred}
        for name, ring in self.rings.items():
            epochs = [epoch for epoch, to in ring.sealed.items() if to == self.recovery]
            if epochs and name not in barred:
                grant.rings[name] = max(epochs)
        for line in self.lines | self.left:
            closed = any(line.item in self.cases[name].parts for name in barred)
            sealed = self.sealed.get(line.item) == self.recovery
            if sealed and not closed and (line.agency, line.purpose) == (agency, "INTAKE"):
                grant.items.add(line.item)

    def see_home(self, person: str, agency: str) -> None:
        """The items by name come, and the parts in cases that those who led before had."""
        done = [
            each
            for each in self.grants
            if each.taken and (each.key, each.agency) == (self.key(person), agency)
        ]
        for grant in done:
            self.grants.remove(grant)
            for item in grant.items:
                self.give(Line(item, person, agency, "INTAKE"))
            for case in self.cases.values():
                if agency == OFFICE and person not in case.barred:
                    case.desk.add(person)

    def _take(self, grant: Grant, person: str) -> None:
        """The next session of the new lead lets them in; each ring waits for a new epoch."""
        mine = grant.key == self.key(person) and self.acts(person, grant.agency)
        if grant.taken or not mine:
            return
        grant.taken = True
        self.hats[(person, grant.agency)].admitted = True
        for name, epoch in grant.rings.items():
            self.rings[name].wraps[epoch].add(grant.key)
            self.rings[name].stale = True

    def _seal_rings_of(self, person: str) -> None:
        for ring in self.rings.values():
            if self.recovery and self.key(person) in ring.live:
                ring.sealed[ring.epoch] = self.recovery

    def _seal_by_name(self, item: str) -> None:
        """What the desk's people have by name only goes to the recovery key by name."""
        by_ring = any(each == item for each, _ring, _epoch in self.by_ring)
        lines = {line for line in self.lines if line.item == item}
        if self.recovery and not by_ring and any(line.purpose == "INTAKE" for line in lines):
            self.sealed[item] = self.recovery

    def send_again(self, person: str, readable: set[str]) -> None:
        """What somebody else reads and the ledger says was meant for the person's agency."""
        for line in sorted(self.lines):
            mine = line.person == person and self.let_in(person, line.agency)
            held = (line.item, self.key(person)) in self.names
            if mine and not held and line.item in readable:
                self.give(line)

    def give(self, line: Line) -> None:
        """One wrap by name; the newest purpose counts."""
        self.lines.add(line)
        self.names[(line.item, self.key(line.person))] = line

    def _give_all(self, item: str, people: Iterable[str], purpose: str) -> None:
        for person in people:
            self.give(Line(item, person, OFFICE, purpose))

    def _lines_on(self, name: str) -> set[Line]:
        return {line for line in self.lines if line.item in self.cases[name].parts}

    def _end(self, ended: set[Line]) -> None:
        self.lines -= ended
        self.names = {at: line for at, line in self.names.items() if line not in ended}

    def _drop_wraps(self, person: str) -> None:
        for ring in self.rings.values():
            for held in ring.wraps.values():
                mine = {key for key in held if key.person == person}
                ring.stale = ring.stale or bool(mine)
                held.difference_update(mine)
