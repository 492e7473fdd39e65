"""Random worlds: whatever people do, the rule, its other side, the keys and guardian agree.

A machine does random acts of random people: sends, checks, takes in, asks, decides, bars, leaves,
renews. Acts that are refused are part of it. Then four answers to "who reads this?" are compared:
`access.readable`, `access.readers_of`, real decryption with everybody's keys, and an oracle that
is written here from the words of the design, on top of that decryption.
"""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from uuid import UUID

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from accounts.errors import AccountsError
from accounts.models import Membership, Ring
from accounts.queries import live_memberships
from accounts.services.leaving import deactivate_person, end_membership
from accounts.services.people import admit_member
from accounts.services.tending import tend_keys
from casework import access
from casework.access_matrix import CASE_ROLE_READS, Cell
from casework.choices import (
    CaseRoleKind,
    Compartment,
    FeedbackAnswer,
    Mark,
    NotPursuedReason,
    ReferralState,
    ReturnReason,
)
from casework.errors import (
    AccessDenied,
    DraftGone,
    InvalidTransition,
    NobodyCanRead,
    NoCustodian,
    ScreenersDisagree,
)
from casework.models import CaseRole, Exclusion, Item, Referral, Screening
from casework.services.check_referral import not_pursue, pass_check, send_past_lead
from casework.services.follow_up import add_since, resubmit, withdraw, write_message
from casework.services.screen import ask_second, decide, give_view
from casework.services.take_in import acknowledge, return_referral, route_urgent
from tests.casework.stages import EVERYTHING, Hatted, everybody, guardians_cases, name_custodian
from tests.decrypting import Opening, opened_items
from tests.flush import empty_database
from tests.referrals import VIEW, send
from tests.world import PROGRAM, World, build_world

pytestmark = pytest.mark.django_db(transaction=True)

# What a person can be told; anything else that an act raises is a finding.
REFUSED = (
    AccountsError,
    AccessDenied,
    DraftGone,
    InvalidTransition,
    NobodyCanRead,
    NoCustodian,
    ScreenersDisagree,
)
SENDERS = st.sampled_from(["maud", "henri", "idris", "anke", "sofia", "kai", "deputy", "rolf"])
PEOPLE = st.sampled_from(
    ["maud", "idris", "anke", "deputy", "noor", "sofia", "rolf", "lena", "kai", "nora", "sam"]
)
DESK = st.sampled_from(["anke", "anke", "anke", "deputy", "sofia", "maud"])
AUTHOR = st.sampled_from(["maud", "maud", "idris", "anke", "rolf"])
BARRED = st.lists(
    st.sampled_from(["anke", "noor", "idris", "sofia", "rolf", "lena", "maud"]), max_size=2
)
PARTS = st.sets(st.sampled_from(sorted(EVERYTHING)), min_size=3)
FIRST = st.integers(min_value=0, max_value=5)


class RandomWorld(RuleBasedStateMachine):
    """One partnership, from its founding to the comparison at the end."""

    world: World
    cast: dict[str, Hatted]
    sent: list[UUID]
    left: int

    @initialize(
        first=SENDERS, barred=BARRED, parts=PARTS, lead=st.booleans(), steps=st.integers(0, 5)
    )
    def found(
        self, first: str, barred: list[str], parts: set[str], *, lead: bool, steps: int
    ) -> None:
        """A new partnership with two referrals on their way; nothing is left of the one before."""
        empty_database()
        self.world = build_world()
        name_custodian(self.world)
        self.cast = {each.name: each for each in everybody(self.world)}
        self.sent = []
        self.left = 0
        self.send(who=first, barred=barred, parts=parts, lead=lead, urgent=False)
        self.send(who="maud", barred=[], parts=set(EVERYTHING), lead=not lead, urgent=False)
        for number in range(steps * 2):
            self.advance(number=number, who="anke")

    def _try(self, act: Callable[[], object]) -> None:
        """An act may be refused; that is an answer too."""
        try:
            act()
        except REFUSED:
            return

    def _on(self, number: int, act: Callable[[UUID], object]) -> None:
        """An act on one of the referrals, if there is any."""
        if self.sent:
            self._try(lambda: act(self.sent[number % len(self.sent)]))

    @rule(who=SENDERS, barred=BARRED, parts=PARTS, lead=st.booleans(), urgent=st.booleans())
    def send(
        self, who: str, barred: list[str], parts: set[str], *, lead: bool, urgent: bool
    ) -> None:
        """A new referral."""
        if len(self.sent) < 4:
            self._try(lambda: self.sent.append(self._send(who, barred, parts, lead, urgent)))

    def _send(self, who: str, barred: list[str], parts: set[str], *how: bool) -> UUID:
        hatted = self.cast[who]
        return send(
            self.world,
            author=hatted.person,
            hat=hatted.hat,
            through_lead=how[0],
            urgent=how[1],
            barred=tuple(barred),
            answers={name: EVERYTHING[name] for name in sorted(parts)},
        )

    @rule(number=FIRST, who=st.sampled_from(["anke", "anke", "deputy"]))
    def advance(self, number: int, who: str) -> None:
        """Whatever comes next for a referral, by those whose turn it is."""
        if not self.sent:
            return
        referral = Referral.objects.get(pk=self.sent[number % len(self.sent)])
        screened = Screening.objects.filter(case_id=referral.case_id).exists()
        if referral.state == ReferralState.AGENCY_CHECK:
            self.pass_check(number=number, who="idris")
        elif referral.state == ReferralState.SCREENING and not screened:
            self.ask(number=number, who=who, second="sofia")
        elif referral.state == ReferralState.SCREENING:
            self.decide(number=number, who=who, second="sofia")
        elif referral.state == ReferralState.RETURNED:
            self.follow_up(number=number, who="maud", which="again")
        else:
            self.acknowledge(number=number, who=who)

    @rule(number=FIRST, who=st.sampled_from(["idris", "idris", "sofia", "anke"]))
    def pass_check(self, number: int, who: str) -> None:
        """A lead agrees."""
        actor = self.cast[who].actor
        self._on(number, lambda each: pass_check(actor=actor, referral_id=each))

    @rule(number=FIRST)
    def not_pursue(self, number: int) -> None:
        """A lead does not."""
        actor, reason = self.cast["idris"].actor, NotPursuedReason.HANDLED_HERE
        self._on(number, lambda each: not_pursue(actor=actor, referral_id=each, reason=reason))

    @rule(number=FIRST, who=AUTHOR)
    def send_past_lead(self, number: int, who: str) -> None:
        """The author goes past the lead."""
        actor = self.cast[who].actor
        self._on(number, lambda each: send_past_lead(actor=actor, referral_id=each))

    @rule(number=FIRST, who=DESK)
    def acknowledge(self, number: int, who: str) -> None:
        """The desk takes it in."""
        actor = self.cast[who].actor
        self._on(number, lambda each: acknowledge(actor=actor, referral_id=each))

    @rule(number=FIRST, who=DESK, urgent=st.booleans())
    def give_back(self, number: int, who: str, *, urgent: bool) -> None:
        """The desk returns it, or passes it on by telephone."""
        actor, reason = self.cast[who].actor, ReturnReason.MISSING_FACTS
        if urgent:
            self._on(number, lambda each: route_urgent(actor=actor, referral_id=each))
        else:
            self._on(
                number, lambda each: return_referral(actor=actor, referral_id=each, reason=reason)
            )

    @rule(number=FIRST, who=AUTHOR, which=st.sampled_from(["add", "again", "withdraw"]))
    def follow_up(self, number: int, who: str, which: str) -> None:
        """The author adds, sends again or withdraws."""
        actor = self.cast[who].actor
        acts: dict[str, Callable[[UUID], object]] = {
            "add": lambda each: add_since(
                actor=actor, referral_id=each, text="since", mark=Mark.FACT
            ),
            "again": lambda each: resubmit(actor=actor, referral_id=each, text="again"),
            "withdraw": lambda each: withdraw(actor=actor, referral_id=each),
        }
        self._on(number, acts[which])

    @rule(number=FIRST, who=st.sampled_from(["maud", "anke", "deputy", "idris", "sofia"]))
    def message(self, number: int, who: str) -> None:
        """Author and desk write to each other."""
        actor = self.cast[who].actor
        self._on(number, lambda each: write_message(actor=actor, referral_id=each, text="hello"))

    @rule(number=FIRST, who=DESK, second=st.sampled_from(["sofia", "sofia", "rolf", "noor", "kai"]))
    def ask(self, number: int, who: str, second: str) -> None:
        """The desk asks a second screener."""
        actor, hat = self.cast[who].actor, self.cast[second].hat.pk
        self._on(number, lambda each: ask_second(actor=actor, referral_id=each, membership_id=hat))

    @rule(number=FIRST, who=DESK, second=st.sampled_from(["sofia", "rolf"]))
    def decide(self, number: int, who: str, second: str) -> None:
        """Both give their view, and the desk decides."""
        desk, other = self.cast[who], self.cast[second]
        for each in (other, desk):
            self._on(number, partial(give_their_view, each))
        actor = desk.actor
        answer = FeedbackAnswer.NOTHING_MORE
        self._on(number, lambda it: decide(actor=actor, referral_id=it, answer=answer))

    @rule(who=PEOPLE, how=st.sampled_from(["end", "date", "suspend"]))
    def leave(self, who: str, how: str) -> None:
        """Somebody's hat ends: now, since yesterday, or with the whole person; a few do."""
        if self.left >= 2:
            return
        self.left += 1
        hatted = self.cast[who]
        hat = Membership.objects.select_related("user").get(pk=hatted.hat.pk)
        if how == "end" and hat.ended_at is None:
            end_membership(origin=PROGRAM, membership=hat, reason="left")
        elif how == "date":
            yesterday = timezone.localdate() - timedelta(days=1)
            Membership.objects.filter(pk=hat.pk).update(starts_on=yesterday, ends_on=yesterday)
        elif how == "suspend" and who not in {"anke", "maud"}:
            deactivate_person(origin=PROGRAM, user=hat.user)

    @rule(who=st.sampled_from(["anke", "deputy", "idris", "sofia", "noor"]))
    def tend(self, who: str) -> None:
        """Somebody's session begins: a stale ring gets its next epoch."""
        if self._is_live(self.cast[who]):
            self._try(lambda: tend_keys(actor=self.cast[who].actor))

    @rule(who=st.sampled_from(["henri", "kai", "maud"]), by=st.sampled_from(["anke", "idris"]))
    def admit(self, who: str, by: str) -> None:
        """Somebody is let in."""
        if self._is_live(self.cast[by]):
            hat = Membership.objects.get(pk=self.cast[who].hat.pk)
            self._try(lambda: admit_member(actor=self.cast[by].actor, membership=hat))

    @rule(number=FIRST, hours=st.sampled_from([-200, -2, 2]), ends=st.booleans())
    def time(self, number: int, hours: int, *, ends: bool) -> None:
        """A role's beginning comes or is put off, or a role ends by its date."""
        rows = list(CaseRole.every.order_by("pk"))
        if rows:
            role = rows[(number * 7) % len(rows)]
            moment = timezone.now() + timedelta(hours=hours)
            end = {"since": moment - timedelta(days=9), "until": moment}
            CaseRole.every.filter(pk=role.pk).update(**(end if ends else {"since": moment}))

    def _is_live(self, hatted: Hatted) -> bool:
        return live_memberships().filter(pk=hatted.hat.pk).exists()

    def teardown(self) -> None:
        """The comparison."""
        if hasattr(self, "world"):
            compare(list(self.cast.values()))


def give_their_view(hatted: Hatted, referral_id: UUID) -> None:
    """What one agency thinks; always the same, so that decisions come about."""
    give_view(actor=hatted.actor, referral_id=referral_id, view=VIEW)


def compare(cast: list[Hatted]) -> None:
    """All four answers, for everybody in every hat that runs."""
    items = {item.pk: item for item in Item.objects.all()}
    live = set(live_memberships().values_list("pk", flat=True))
    keys = {each.person.user.pk: opened_items(each.person.keys) for each in cast}
    other_side = {(row.hat_id, row.item_id) for row in access.readers_of(items.values())}
    assert {hat for hat, _item in other_side} <= live
    visible: dict[UUID, set[UUID]] = {}
    for each in cast:
        if each.hat.pk not in live:
            continue
        actor = each.actor
        mine = set(access.readable(actor).values_list("pk", flat=True))
        opens = keys[each.person.user.pk]
        assert mine <= set(opens), f"{each.name} may read what no key opens"
        assert mine == oracle(each, items, opens), each.name
        assert mine == {item for hat, item in other_side if hat == each.hat.pk}, each.name
        cases = set(access.visible_cases(actor, CaseRoleKind))
        assert {items[item].case_id for item in mine} <= cases
        visible.setdefault(each.person.user.pk, set()).update(cases)
    for each in cast:
        if each.person.user.pk in visible:
            assert guardians_cases(each) <= visible[each.person.user.pk] | ended_cases(each, live)
    barred_open_nothing(items, keys)
    assert Ring.objects.filter(kind="TEAM").count() <= len({i.case_id for i in items.values()})


def oracle(hatted: Hatted, items: dict[UUID, Item], opens: dict[UUID, Opening]) -> set[UUID]:
    """The design in words: a running role of this hat that may get this part, no bar, and a key.

    A key by name, or by a ring of the hat's agency unless the part is read by name only.
    """
    now = timezone.now()
    found = set()
    for role in CaseRole.every.filter(hat=hatted.hat).select_related("permission"):
        if role.since > now or (role.until is not None and role.until <= now):
            continue
        reads = CASE_ROLE_READS[CaseRoleKind(role.permission.codename)]
        for item_id, opening in opens.items():
            item = items[item_id]
            cell = reads[Compartment(item.compartment)]
            by_ring = hatted.hat.agency_id in opening.by_rings_of and cell is not Cell.NAMED
            barred = Exclusion.objects.filter(case_id=item.case_id, user_id=hatted.hat.user_id)
            fits = item.case_id == role.content_object_id and cell is not Cell.NONE
            if fits and (opening.by_name or by_ring) and not barred.exists():
                found.add(item_id)
    return found


def ended_cases(hatted: Hatted, live: set[UUID]) -> set[UUID]:
    """What guardian may still name: roles of the same person under hats that ended."""
    rows = CaseRole.every.filter(user=hatted.person.user).exclude(hat__in=live)
    return set(rows.values_list("content_object_id", flat=True))


def barred_open_nothing(items: dict[UUID, Item], keys: dict[UUID, dict[UUID, Opening]]) -> None:
    """Whom the referrer bars holds no key that leads to the case, whatever happened since."""
    for case_id, user_id in Exclusion.objects.values_list("case_id", "user_id"):
        opened = {items[item].case_id for item in keys.get(user_id, {})}
        assert case_id not in opened, "a barred person's keys open the case"


FAST = settings(
    max_examples=4,
    stateful_step_count=16,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


def test_random_acts_keep_the_rule() -> None:
    run_state_machine_as_test(RandomWorld, settings=FAST)


@pytest.mark.slow
def test_many_random_acts_keep_the_rule() -> None:
    long = settings(FAST, max_examples=100, stateful_step_count=25)
    run_state_machine_as_test(RandomWorld, settings=long)
