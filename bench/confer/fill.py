"""Fills Confer: true referrals where the bench opens, and filler rows of the same size elsewhere.

Filler is a row as the services would have written it, except that its sealed bytes are random and
open for nobody. It has cases, roles, files, items, versions, disclosures, shares, team rings and
events of the log. A decided referral has no share of its author, as screening ends it.
"""

import os
from collections.abc import Iterator
from random import Random

from accounts.models import Ring, RingEpoch, RingWrap
from accounts.models.rings import RingKind
from accounts.roles import Role
from audit.events import Event, Outcome
from audit.evidence.encoding import VERSION
from audit.models import AccessEvent
from bench.confer.people import Cast, Holder, gather
from bench.confer.questions import load_questions
from bench.confer.sent import send_some
from bench.loading import Row, load, loading, settle
from bench.plan import EVENTS_EACH, KINDS, SEED, Planned, new_id, planned
from casework.choices import (
    Basis,
    CaseRoleKind,
    Channel,
    Compartment,
    DisclosurePurpose,
    FileKind,
    Mark,
    ReferralState,
)
from casework.models import (
    Case,
    CaseRole,
    Disclosure,
    Item,
    ItemVersion,
    Referral,
    SealedFile,
    Share,
)
from tests.world import build_world

_WRAP = os.urandom(1204)
_PUBLIC = os.urandom(1216)
_SEALED = os.urandom(816)
_HASH = os.urandom(32)
_WITH_DESK = frozenset({ReferralState.SUBMITTED, ReferralState.RETURNED})
_CASE = ("id", "partnership", "log_ref", "state", "age_band", "opened_at")
_FILE = ("id", "case", "kind", "created_at")
_REFERRAL = (
    "id",
    "reference",
    "case",
    "file",
    "draft_id",
    "agency",
    "state",
    "urgency",
    "channel",
    "submitted_at",
    "opens_at",
    "returned_reason",
    "not_pursued_reason",
    "feedback",
)
_ROLE = ("user", "permission", "content_object", "hat", "since", "reason", "granted_by")
_RING = ("id", "kind", "agency", "case_id", "created_at")
_EPOCH = ("id", "ring", "number", "kem_public", "kid32", "created_at")
_RING_WRAP = ("id", "epoch", "member_key", "blob", "created_at")
_ITEM = ("id", "case", "file", "kind", "compartment", "mark", "agency", "current", "created_at")
_VERSION = ("id", "item", "number", "kid32", "blob", "created_at")
_DISCLOSURE = (
    "id",
    "case",
    "item",
    "to_agency",
    "to_user",
    "purpose",
    "basis",
    "made_at",
    "end_reason",
)
_SHARE = (
    "id",
    "item",
    "disclosure",
    "version",
    "member_key",
    "ring_epoch",
    "ring",
    "blob",
    "created_at",
)
_EVENT = (
    "id",
    "version",
    "at",
    "actor",
    "hat_agency",
    "hat_role",
    "action",
    "outcome",
    "reason",
    "purpose",
    "case_ref",
    "object_ref",
    "compartment",
    "recipients",
    "refs",
    "client_class",
    "event_hash",
)


def fill(total: int) -> None:
    """True and filler referrals in an empty, migrated database, then statistics."""
    world = build_world()
    rows = list(planned(total))
    send_some(world, sum(each.opened for each in rows))
    cast = gather(world)
    filling = _Filling(cast, [each for each in rows if not each.opened])
    with loading():
        filling.run()
        load_questions(cast, total)
    settle()


class _Filling:
    """Filler rows, table by table.

    A file has the id of its referral, a team ring and its epoch that of their case. A disclosure
    and its share have the item's id when they are the ring's, and its mirror when the author's.
    """

    def __init__(self, cast: Cast, referrals: list[Planned]) -> None:
        self.cast = cast
        self.referrals = referrals
        self.dice = Random(SEED + 1)
        self.items = [
            (each, number, new_id(self.dice)) for each in referrals for number in range(each.items)
        ]

    def run(self) -> None:
        """Every table; none of them checks another while loading."""
        load(Case, _CASE, self._cases())
        load(SealedFile, _FILE, self._files())
        load(Referral, _REFERRAL, self._referral_rows())
        load(CaseRole, _ROLE, self._roles())
        load(Ring, _RING, self._rings())
        load(RingEpoch, _EPOCH, self._epochs())
        load(RingWrap, _RING_WRAP, self._ring_wraps())
        load(Item, _ITEM, self._item_rows())
        load(ItemVersion, _VERSION, self._versions())
        load(Disclosure, _DISCLOSURE, self._disclosures())
        load(Share, _SHARE, self._shares())
        load(AccessEvent, _EVENT, self._events())

    def _cases(self) -> Iterator[Row]:
        partnership = self.cast.partnership
        for each in self.referrals:
            band = each.age_band.value
            yield each.case_id, partnership, each.case_id, each.case_state.value, band, each.at

    def _files(self) -> Iterator[Row]:
        for each in self.referrals:
            yield each.id, each.case_id, FileKind.REFERRAL.value, each.at

    def _referral_rows(self) -> Iterator[Row]:
        for each in self.referrals:
            agency = self.cast.agencies[each.agency]
            state, urgency = each.state.value, each.urgency.value
            ids = (each.id, each.reference, each.case_id, each.id, each.id, agency)
            yield (*ids, state, urgency, Channel.WRITTEN.value, each.at, each.at, "", "", "")

    def _roles(self) -> Iterator[Row]:
        for each in self.referrals:
            for kind, holder in self._holders(each):
                permission = self.cast.permissions[kind]
                ids = (holder.user, permission, each.case_id, holder.hat)
                yield (*ids, each.at, "referral", holder.log_ref)

    def _holders(self, each: Planned) -> tuple[tuple[CaseRoleKind, Holder], ...]:
        author = (CaseRoleKind.AUTHOR, self.cast.filler[each.author])
        return author, (CaseRoleKind.INTAKE, self._reader(each))

    def _reader(self, each: Planned) -> Holder:
        return self.cast.reader if each.visible else self.cast.filler[each.reader]

    def _with_team(self) -> Iterator[Planned]:
        return (each for each in self.referrals if each.state not in _WITH_DESK)

    def _rings(self) -> Iterator[Row]:
        for each in self._with_team():
            yield each.case_id, RingKind.TEAM.value, self.cast.office, each.case_id, each.at

    def _epochs(self) -> Iterator[Row]:
        for each in self._with_team():
            yield each.case_id, each.case_id, 1, _PUBLIC, _HASH, each.at

    def _ring_wraps(self) -> Iterator[Row]:
        for each in self._with_team():
            yield each.case_id, each.case_id, self._reader(each).key, _WRAP, each.at

    def _item_rows(self) -> Iterator[Row]:
        for each, number, item in self.items:
            part = Compartment.C1 if number == 0 else Compartment.C2
            codes = (KINDS[number].value, part.value, Mark.FACT.value)
            yield (item, each.case_id, each.id, *codes, self.cast.agencies[each.agency], 1, each.at)

    def _versions(self) -> Iterator[Row]:
        for each, _number, item in self.items:
            yield item, item, 1, _HASH, _SEALED, each.at

    def _disclosures(self) -> Iterator[Row]:
        purpose, basis = DisclosurePurpose.INTAKE.value, Basis.PUBLIC_TASK.value
        for each, _number, item in self.items:
            end = (purpose, basis, each.at, "")
            yield (item, each.case_id, item, self.cast.office, None, *end)
            if each.is_open:
                yield (item[::-1], each.case_id, item, None, self._author(each).user, *end)

    def _shares(self) -> Iterator[Row]:
        for each, _number, item in self.items:
            desk = each.state in _WITH_DESK
            epoch = self.cast.desk_epoch if desk else each.case_id
            ring = self.cast.desk_ring if desk else each.case_id
            yield item, item, item, 1, None, epoch, ring, _WRAP, each.at
            if each.is_open:
                own, key = item[::-1], self._author(each).key
                yield own, item, own, 1, key, None, None, _WRAP, each.at

    def _author(self, each: Planned) -> Holder:
        return self.cast.filler[each.author]

    def _events(self) -> Iterator[Row]:
        outcome = Outcome.DONE.value
        for each in self.referrals:
            by = (self._reader(each).log_ref, self.cast.office, Role.COORDINATOR.value)
            for event in (Event.REFERRAL_SUBMITTED, Event.PART_READ)[:EVENTS_EACH]:
                what = (event.value, outcome, "", "", each.case_id, each.id, "", "[]", "[]")
                yield (new_id(self.dice), VERSION, each.at, *by, *what, "browser", _HASH)
