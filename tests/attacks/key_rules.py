"""What people do at random in test_key_machine, each with what it means for the model's sets.

They send, take in, share, decide, add, leave, lose and come back, in any order.
"""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

from django.utils import timezone
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from accounts.actor import Actor
from accounts.errors import AccountsError
from accounts.models import Membership
from accounts.roles import Role
from accounts.services.people import NewHat, create_member
from accounts.services.tending import tend_keys
from casework import access
from casework.choices import CaseRoleKind, FeedbackAnswer, ItemKind, Mark
from casework.errors import CaseworkError
from casework.models import Item, Referral
from casework.services.follow_up import add_since
from casework.services.leaving import end_hat, end_lapsed_hats, end_suspension, suspend
from casework.services.people import admit
from casework.services.screen import ask_second, decide, give_view
from casework.services.send_again import send_again
from casework.services.show_lists import show_home
from casework.services.take_in import acknowledge
from casework.transitions import WAITING_AT_DESK
from tests.attacks.key_model import OFFICE, Case, Hat, Model, Ring
from tests.flush import empty_database
from tests.leaving import lose, rejoin
from tests.old_keys import Memory
from tests.referrals import VIEW, send
from tests.world import PROGRAM, World, build_world

REFUSED = (AccountsError, CaseworkError)
HATS = {
    "maud": "school",
    "sofia": "youth",
    "anke": OFFICE,
    "noor": "family",
    "idris": "school",
    "rolf": "police",
    "lena": "city",
}
ANSWERS = {"given_names": "Teo", "what_happened": "He showed videos.", "how_known": "his teacher"}
AUTHORS = st.sampled_from(["maud", "maud", "sofia"])
DESK = st.sampled_from(["anke", "anke", "noor", "lena"])
GOERS = st.sampled_from(["noor", "noor", "noor", "anke", "sofia", "maud", "lena"])
WHICH = st.integers(min_value=0, max_value=3)


LEADS = {OFFICE: Role.COORDINATOR, "youth": Role.AGENCY_LEAD}


class KeyRules(RuleBasedStateMachine):
    """One partnership from its founding, and the model beside it."""

    @initialize(urgent=st.booleans(), taken=st.integers(0, 5))
    def found(self, *, urgent: bool, taken: int) -> None:
        """A partnership with two referrals; mostly one of them is on its way already."""
        empty_database()
        self.world: World = build_world()
        self.hats = {(n, a): self.world.people[n].membership for n, a in HATS.items()}
        self.hats[("noor", OFFICE)] = self.world.deputy_hat
        self.memories = {name: Memory() for name in HATS}
        self.tokens: dict[str, str] = {}
        self.model = Model(
            keys=dict.fromkeys(HATS, 1),
            hats={
                at: Hat(hat.role in {Role.AGENCY_LEAD, Role.COORDINATOR})
                for at, hat in self.hats.items()
            },
            rings={"desk": Ring()},
        )
        self.model.rings["desk"].wraps[1] = {self.model.key("anke"), self.model.key("noor")}
        self.begin_recovery()
        self.send(author="maud", barred=False, urgent=urgent)
        if taken:
            self.take_in(which=0, who="anke")
        if taken > 1:
            self.share(which=0, who="anke", second="sofia")
        self.send(author="maud", barred=taken > 4, urgent=not urgent)

    def begin_recovery(self) -> None:
        """Before anything is sent."""

    # Cases

    @rule(author=AUTHORS, barred=st.booleans(), urgent=st.booleans())
    def send(self, author: str, *, barred: bool, urgent: bool) -> None:
        """A new referral; sometimes Noor must not see it."""
        if len(self.model.cases) >= 4 or not self.model.acts(author, HATS[author]):
            return
        if author in self.model.without_key:
            return
        known = set(Item.objects.values_list("pk", flat=True))
        who = ("noor",) if barred else ()
        person = self.world.people[author]
        made = self._try(
            lambda: send(self.world, author=person, barred=who, urgent=urgent, answers=ANSWERS)
        )
        if isinstance(made, UUID):
            rows = Item.objects.exclude(pk__in=known)
            parts = {str(row.pk): row.compartment for row in rows}
            case = Case(author, HATS[author], parts, frozenset(who))
            self.model.send(str(made), case)

    @precondition(lambda self: self.model.cases)
    @rule(which=WHICH, who=DESK)
    def take_in(self, which: int, who: str) -> None:
        """The desk acknowledges."""
        name, actor = self._case(which), self._at_desk(who)
        if actor and self._done(lambda: acknowledge(actor=actor, referral_id=UUID(name))):
            self.model.take_in(name)

    @precondition(lambda self: self.model.cases)
    @rule(which=WHICH)
    def add(self, which: int) -> None:
        """The author adds what happened since."""
        name = self._case(which)
        author = self.model.cases[name].author
        if author in self.model.without_key or not self.model.acts(author, HATS[author]):
            return
        actor, mark = self.world.people[author].actor, Mark.FACT
        concern = Item.objects.get(kind=ItemKind.CONCERN, file__referral=UUID(name))
        known = set(Item.objects.values_list("pk", flat=True))
        if self._done(
            lambda: add_since(actor=actor, referral_id=UUID(name), text="since", mark=mark)
        ):
            made = Item.objects.exclude(pk__in=known).get()
            self.model.add(name, str(concern.pk), str(made.pk), made.compartment)

    @precondition(lambda self: self.model.cases)
    @rule(which=WHICH, who=DESK, second=st.sampled_from(["sofia", "sofia", "rolf"]))
    def share(self, which: int, who: str, second: str) -> None:
        """A second screener is asked."""
        name, actor = self._case(which), self._at_desk(who)
        hat = self.hats[(second, HATS[second])].pk
        if actor and self._done(
            lambda: ask_second(actor=actor, referral_id=UUID(name), membership_id=hat)
        ):
            self.model.share(name, second, HATS[second])

    @precondition(lambda self: self.model.cases)
    @rule(which=WHICH, who=DESK, second=st.sampled_from(["sofia", "sofia", "rolf"]))
    def decide(self, which: int, who: str, second: str) -> None:
        """Both give their view, and the desk decides."""
        name, desk = self._case(which), self._at_desk(who)
        if desk is None:
            return
        actors = [desk]
        if second not in self.model.without_key and self.model.acts(second, HATS[second]):
            actors.append(self.world.people[second].actor)
        for actor in actors:
            self._try(lambda a=actor: give_view(actor=a, referral_id=UUID(name), view=VIEW))  # type: ignore[misc]
        answer = FeedbackAnswer.NOTHING_MORE
        if self._done(lambda: decide(actor=desk, referral_id=UUID(name), answer=answer)):
            self.model.decide(name)

    # People

    @rule(who=GOERS)
    def leave(self, who: str) -> None:
        """A hat ends, at the office if there is one."""
        at = (who, OFFICE) if (who, OFFICE) in self.model.hats else (who, HATS[who])
        if at not in self.model.hats or self._few_left(who):
            return
        hat, per = self.hats[at], self.world.per.actor
        if self._done(lambda: end_hat(actor=per, membership_id=hat.pk)):
            self.model.leave(*at)

    @rule(who=GOERS)
    def midnight(self, who: str) -> None:
        """A hat's last day is over; somebody ends it later, or nobody does."""
        at = (who, OFFICE) if (who, OFFICE) in self.model.hats else (who, HATS[who])
        if at not in self.model.hats or self._few_left(who):
            return
        self.lapse(*at)

    def lapse(self, who: str, agency: str) -> None:
        """Today is the day after a hat's last one."""
        day, at = timezone.localdate() - timedelta(days=1), (who, agency)
        Membership.objects.filter(pk=self.hats[at].pk).update(starts_on=day, ends_on=day)
        self.model.hats[at].running = False

    @rule()
    def morning(self) -> None:
        """The nightly run ends what is over."""
        end_lapsed_hats(origin=PROGRAM)
        for at in [at for at, hat in self.model.hats.items() if not hat.running]:
            self.model.leave(*at)

    @rule(who=GOERS)
    def suspend(self, who: str) -> None:
        """An account is closed."""
        if who in self.model.suspended or self._few_left(who):
            return
        per, user = self.world.per.actor, self.world.people[who].user
        if self._done(lambda: suspend(actor=per, user_id=user.pk)):
            self.model.suspended.add(who)
            self.model.close_account(who)

    @precondition(lambda self: self.model.suspended)
    @rule(which=WHICH)
    def end_suspension(self, which: int) -> None:
        """The account opens again; the keys do not."""
        who = sorted(self.model.suspended)[which % len(self.model.suspended)]
        per, user = self.world.per.actor, self.world.people[who].user
        if self._done(lambda: end_suspension(actor=per, user_id=user.pk)):
            self.model.suspended.discard(who)

    @rule(who=GOERS, by=DESK)
    def lose(self, who: str, by: str) -> None:
        """A pass phrase is lost."""
        actor = self._at_desk(by)
        if actor is None or who in self.model.without_key or self._few_left(who):
            return
        token = self._try(lambda: lose(self.world.people[who], by=actor))
        if isinstance(token, str):
            self.tokens[who] = token
            self.model.without_key.add(who)
            self.model.close_account(who)

    @precondition(lambda self: self.model.without_key)
    @rule(which=WHICH)
    def rejoin(self, which: int) -> None:
        """Somebody comes back with new keys."""
        who = sorted(self.model.without_key)[which % len(self.model.without_key)]
        if self._done(lambda: rejoin(self.world.people[who], self.tokens[who])):
            self.model.rejoin(who)

    @rule(agency=st.sampled_from([OFFICE, OFFICE, "youth"]))
    def hire(self, agency: str) -> None:
        """Lena becomes a coordinator or a lead, if she is none, and waits to be let in."""
        at = ("lena", agency)
        if at in self.model.hats or "lena" in self.model.suspended:
            return
        hat = NewHat(self.world.agencies[agency], LEADS[agency], timezone.localdate())
        lena = self.world.lena
        self.hats[at] = create_member(origin=PROGRAM, email=lena.email, name=lena.name, hat=hat)
        self.model.hats[at] = Hat()

    @rule(who=GOERS, by=DESK)
    def admit(self, who: str, by: str) -> None:
        """Somebody is let in, in each hat that waits."""
        actor = self._at_desk(by)
        waiting = [at for at, hat in self.model.hats.items() if at[0] == who and not hat.admitted]
        for at in waiting:
            if actor is None or not self.model.acts(*at):
                continue
            self.tend(by)
            cases = self._arrivals_of(actor)
            hat = self.hats[at].pk
            if self._done(lambda hat=hat: admit(actor=actor, membership_id=hat)):  # type: ignore[misc]
                self.model.admit(*at, by=by, on_cases=cases)

    @rule(who=DESK)
    def tend(self, who: str) -> None:
        """Somebody signs in, and sees the home page."""
        self._sign_in(who, OFFICE)

    @rule(who=GOERS, by=DESK)
    def send_again(self, who: str, by: str) -> None:
        """One press for somebody who came back."""
        actor = self._at_desk(by)
        if actor is None or who == by or who in self.model.without_key:
            return
        readable = {str(pk) for pk in access.readable(actor).values_list("pk", flat=True)}
        user = self.world.people[who].user
        if self._done(lambda: send_again(actor=actor, user_id=user.pk)):
            self.model.send_again(who, readable)

    # Small things

    def _try(self, act: Callable[[], object]) -> object:
        """What an act gave; a refusal is an answer too."""
        try:
            return act()
        except REFUSED:
            return REFUSED

    def _done(self, act: Callable[[], object]) -> bool:
        return self._try(act) is not REFUSED

    def _case(self, which: int) -> str:
        return sorted(self.model.cases)[which % len(self.model.cases)]

    def _sign_in(self, who: str, agency: str) -> None:
        actor = self._acting(who, agency)
        if actor is not None:
            tend_keys(actor=actor)
            self.model.tend(who, agency)
            show_home(actor=actor)
            self.model.see_home(who, agency)

    def _at_desk(self, who: str) -> Actor | None:
        return self._acting(who, OFFICE)

    def _acting(self, who: str, agency: str) -> Actor | None:
        """Somebody with open keys in a running hat of the agency."""
        if who in self.model.without_key or not self.model.acts(who, agency):
            return None
        hat = Membership.objects.select_related("agency", "user").get(
            pk=self.hats[(who, agency)].pk
        )
        return self.world.people[who].acting(hat)

    def _few_left(self, who: str) -> bool:
        """The last of the desk goes only where recovery can bring it back."""
        if self.model.recovery:
            return False
        others = {"anke", "noor", "lena"} - {who}
        return not any(
            self.model.let_in(each, OFFICE) and each not in self.model.without_key
            for each in others
        )

    def _arrivals_of(self, actor: Actor) -> list[str]:
        """What waits at the desk and this person may see."""
        mine = set(access.visible_cases(actor, [CaseRoleKind.INTAKE]))
        rows = Referral.objects.filter(case__in=mine, state__in=WAITING_AT_DESK)
        return [str(row.pk) for row in rows]
