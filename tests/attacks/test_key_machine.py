"""Random lives of keys: after each step everybody's real keys open what the model says, no more.

People do what key_rules lets them, recovery keys are founded, and an agency that lost everybody
gets a new lead from two custodians. Then every wrap in the database is tried with every key and
seed that a person ever had (tests.old_keys, recovery_keys), and the answer is compared with sets
that know nothing of the product (key_model).
"""

from dataclasses import dataclass, field

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule, run_state_machine_as_test

from accounts.errors import RecoveryRefused
from accounts.keys.ceremony import check_bundle, rewrap
from accounts.keys.kem import KemPrivate
from accounts.keys.recovery import Founded
from accounts.keys.recovery_statements import CUSTODIANS
from accounts.models import Membership, RingEpoch
from accounts.queries import live_memberships
from accounts.services.recovery import import_recovery
from casework import access
from casework.models import CaseRole, Item, Referral
from casework.services.leaving import end_hat, suspend
from casework.services.recovery import export_for
from tests.attacks.key_model import OFFICE
from tests.attacks.key_rules import DESK, WHICH, KeyRules
from tests.attacks.recovery_keys import keys_alone, opened_offline, seed_of
from tests.ceremonies import custodian, founded_by
from tests.old_keys import with_keys
from tests.world import PROGRAM

pytestmark = pytest.mark.django_db(transaction=True)

PAIRS = st.sampled_from([(0, 1), (2, 0), (1, 2)])
HOW = st.sampled_from(["ended", "closed", "lapsed"])
LOST = st.sampled_from([OFFICE, OFFICE, OFFICE, "youth"])


@dataclass(frozen=True)
class Offline:
    """One recovery key: its files, what two custodians have, and what each has alone."""

    founded: Founded
    both: KemPrivate = field(repr=False)
    alone: tuple[list[KemPrivate], ...] = field(repr=False)


class KeyMachine(KeyRules):
    """The rules, and recovery, compared with the model after each step."""

    def begin_recovery(self) -> None:
        """The demo's way: there is a recovery key before the first referral."""
        self.offline: list[Offline] = []
        self.found_recovery(who="anke")

    @rule(who=DESK)
    def found_recovery(self, who: str) -> None:
        """A coordinator founds new keys, with three custodians; mostly they are there already."""
        actor = self._at_desk(who)
        lost = any(self.model.is_lost(agency) for agency in (OFFICE, "youth"))
        if actor is None or lost or not self.model.let_in(who, OFFICE) or len(self.offline) > 1:
            return
        founded = founded_by(self.world, actor=actor)
        alone = tuple(keys_alone(founded, index) for index in range(CUSTODIANS))
        self.offline.append(Offline(founded, seed_of(founded), alone))
        self.model.found(who)

    @rule(agency=LOST, how=HOW)
    def everybody_goes(self, agency: str, how: str) -> None:
        """All hats of those who lead an agency end or lapse, or their accounts are closed."""
        per = self.world.per.actor
        for who, at in list(self.model.hats):
            if at != agency or not self.model.let_in(who, at):
                continue
            if how == "lapsed":
                self.lapse(who, at)
            elif how == "closed":
                suspend(actor=per, user_id=self.world.people[who].user.pk)
                self.model.suspended.add(who)
                self.model.close_account(who)
            else:
                end_hat(actor=per, membership_id=self.hats[(who, at)].pk)
                self.model.leave(who, at)

    @rule(agency=LOST, how=HOW, pair=PAIRS, which=WHICH, at_once=st.booleans())
    def recover(
        self, agency: str, *, how: str, pair: tuple[int, int], which: int, at_once: bool
    ) -> None:
        """Two custodians give a lost agency to somebody who waits there; Lena comes if nobody.

        Where an agency is not lost yet, all go now, and those whose accounts were closed return.
        """
        agency = OFFICE if self.model.is_lost(OFFICE) else agency
        if not self.model.is_lost(agency):
            self.everybody_goes(agency, how)
            self._open_accounts()
        if not self._waiting(agency):
            self.hire(agency)
        waiting = self._waiting(agency)
        if not waiting:
            return
        who = waiting[which % len(waiting)]
        hat = Membership.objects.select_related("agency", "user").get(
            pk=self.hats[(who, agency)].pk
        )
        founded = self.offline[-1].founded
        bundle = export_for(origin=PROGRAM, membership=hat)
        one, other = (custodian(founded, index) for index in pair)
        checked = check_bundle(bundle, one.about)
        with pytest.raises(RecoveryRefused):
            rewrap(checked, one, one)
        import_recovery(origin=PROGRAM, result=rewrap(checked, one, other))
        self.model.bring_back(who, agency)
        if at_once:
            self._sign_in(who, agency)

    def _open_accounts(self) -> None:
        while self.model.suspended:
            self.end_suspension(which=0)

    def _waiting(self, agency: str) -> list[str]:
        """Who has keys and a running hat there."""
        return [
            who
            for who, at in sorted(self.model.hats)
            if at == agency and self.model.acts(who, at) and who not in self.model.without_key
        ]

    # Comparison

    @invariant()
    def keys_open_what_the_model_says(self) -> None:
        """Everybody's keys of today, and everything that they ever held."""
        if not hasattr(self, "model"):
            return
        self.model.learn()
        for name, memory in self.memories.items():
            keys = self.world.people[name].keys
            memory.learn(keys)
            now = {str(item) for item in with_keys(keys).opens()}
            assert now == self.model.opens_now(name), name
            ever = {str(item) for item in memory.opens()}
            assert ever == self.model.opens_ever(name), f"{name}, with all that was kept"
            if name not in self.model.without_key:
                self._differences_have_one_reason(name, now)

    @invariant()
    def rings_are_in_the_epochs_that_the_model_says(self) -> None:
        """Each of the office's rings got its next epoch exactly when somebody could make it."""
        if not hasattr(self, "model"):
            return
        cases = dict(Referral.objects.values_list("case_id", "pk"))
        rows = RingEpoch.objects.select_related("ring").filter(
            retired_at=None, ring__agency=self.world.agencies[OFFICE]
        )
        found = {
            str(cases[row.ring.case_id]) if row.ring.case_id else "desk": (
                row.number,
                row.ring.stale_since is not None,
            )
            for row in rows
        }
        stated = {name: (ring.epoch, ring.stale) for name, ring in self.model.rings.items()}
        assert found == stated

    @invariant()
    def recovery_opens_what_the_model_says(self) -> None:
        """Two custodians with all that is stored: a desk, cases, items by name. One: nothing."""
        for number, keys in enumerate(getattr(self, "offline", ()), start=1):
            opened = {str(item) for item in opened_offline([keys.both])}
            assert opened == self.model.opens_offline(number), f"recovery key {number}"
            for index, alone in enumerate(keys.alone):
                assert not opened_offline(alone), f"custodian {index}"

    def compare(self) -> None:
        """All comparisons, for a life that is led by hand."""
        self.rings_are_in_the_epochs_that_the_model_says()
        self.keys_open_what_the_model_says()
        self.recovery_opens_what_the_model_says()

    def _differences_have_one_reason(self, name: str, opens: set[str]) -> None:
        """Allowed within what opens; and what opens and is not allowed is held by one rule."""
        person = self.world.people[name]
        allowed: set[str] = set()
        for hat in live_memberships().filter(user=person.user):
            mine = access.readable(person.acting(hat))
            allowed |= {str(pk) for pk in mine.values_list("pk", flat=True)}
        assert allowed <= opens, name
        for item in Item.objects.filter(pk__in=opens - allowed):
            reasons = self._reasons(name, item)
            assert len(reasons) == 1, (name, item.kind, reasons)

    def _reasons(self, name: str, item: Item) -> list[str]:
        """The rules that hold a key's owner off: the hat's days, the role's, or no role yet."""
        person, now = self.world.people[name], timezone.now()
        roles = list(CaseRole.every.filter(user=person.user, content_object=item.case))
        live = set(live_memberships().filter(user=person.user).values_list("pk", flat=True))
        found = {"the home page is to come": not roles and self.model.waits_for_home(name)}
        found["the hat is over"] = bool(roles) and not any(r.hat_id in live for r in roles)
        begun = [role for role in roles if role.hat_id in live and role.since <= now]
        to_come = [role for role in roles if role.hat_id in live and role.since > now]
        found["the role begins later"] = bool(to_come) and not begun
        found["the hat does not get this part"] = bool(begun)
        return [reason for reason, holds in found.items() if holds]


# Without shrinking, which would take hours here: the steps that failed are printed as they were.
SHORT = settings(
    max_examples=4,
    stateful_step_count=25,
    phases=(Phase.generate,),
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.parametrize("how", ["ended", "closed", "lapsed"])
def test_lost_desk_is_recovered_for_a_newcomer_or_somebody_barred(how: str) -> None:
    """Lives that are sure to meet it: Lena comes, or Noor comes back, barred from a case."""
    life = KeyMachine()
    life.found(urgent=False, taken=5)
    life.take_in(which=0, who="anke")
    life.take_in(which=1, who="anke")
    life.send(author="sofia", barred=False, urgent=False)
    life.compare()  # Everybody writes down the seeds that they hold.
    life.everybody_goes(OFFICE, how)
    life.add(which=0)
    life.add(which=1)
    life.everybody_goes("youth", "ended")
    life.compare()
    if how == "closed":
        life.end_suspension(which=1)
    life.recover(OFFICE, how=how, pair=(2, 0), which=1, at_once=False)
    life.compare()
    who = "noor" if how == "closed" else "lena"
    life.tend(who)
    life.compare()
    life.add(which=0)
    life.add(which=1)
    life.recover("youth", how=how, pair=(0, 1), which=0, at_once=True)
    life.compare()
    life.recover(OFFICE, how="closed", pair=(1, 2), which=1, at_once=True)
    life.compare()
    assert life.model.let_in(who, OFFICE)


def test_barred_person_who_comes_back_to_the_desk_gets_no_key_of_that_case() -> None:
    """Noor held nothing when it was sent, and is let in again with the desk's ring."""
    life = KeyMachine()
    life.found(urgent=False, taken=0)
    life.suspend(who="noor")
    life.end_suspension(which=0)
    life.tend(who="anke")
    life.send(author="maud", barred=True, urgent=False)
    life.admit(who="noor", by="anke")
    assert life.model.let_in("noor", OFFICE)
    life.compare()


def test_random_lives_of_keys() -> None:
    run_state_machine_as_test(KeyMachine, settings=SHORT)


@pytest.mark.slow
def test_many_random_lives_of_keys() -> None:
    long = settings(SHORT, max_examples=10, stateful_step_count=35)
    run_state_machine_as_test(KeyMachine, settings=long)
