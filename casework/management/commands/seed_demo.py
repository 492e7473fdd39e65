"""`manage.py seed_demo`: RivePrev with its cast and referrals in every state, by the real acts."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.actor import Actor, make_actor
from accounts.demo_cast import CAST, DEMO_PHRASE, OFFICE, CastMember
from accounts.keys import directory
from accounts.keys.member import MemberKeys
from accounts.models import Agency, Membership, Partnership
from accounts.models.partnership import AgencyKind, LegalRegime
from accounts.roles import Role
from accounts.services.partnerships import Founder, create_agency, found_partnership
from accounts.services.people import NewHat, admit_member, create_member, invite, join
from accounts.services.tending import tend_keys
from audit.record import Origin
from casework.choices import (
    CaseState,
    DraftKind,
    FeedbackAnswer,
    NotPursuedReason,
    ReturnReason,
    ScreeningReason,
)
from casework.management.commands.add_person import PROGRAM
from casework.management.demo_recovery import demo_folder, found_demo_recovery
from casework.management.demo_story import ADVICE, DRAFT, QUESTION, STORIES, Stage, Story
from casework.services.ask_advice import ask_advice, write_advice_message
from casework.services.check_referral import not_pursue
from casework.services.follow_up import withdraw, write_message
from casework.services.keep_draft import begin_draft
from casework.services.screen import View, ask_second, decide, give_view
from casework.services.send_referral import Sending, send_referral
from casework.services.show_lists import show_referral
from casework.services.take_in import acknowledge, return_referral, route_urgent

_KINDS = {
    "Lycée Gandon": AgencyKind.SCHOOL,
    "Rivenne youth service": AgencyKind.YOUTH,
    "Family support Rivenne": AgencyKind.FAMILY,
    "Rivenne police": AgencyKind.POLICE,
    "Rivenne health centre": AgencyKind.HEALTH,
    "Probation Rivenne": AgencyKind.PROBATION,
    "Rivenne housing": AgencyKind.HOUSING,
    "Mentors of Rivenne": AgencyKind.NGO,
}
_LED = frozenset({AgencyKind.POLICE, AgencyKind.PROBATION})


class Command(BaseCommand):
    """Runs once; a second run leaves the data alone and prints the accounts again."""

    help = "Fill the demo's database with the fictional partnership of Rivenne."

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Refuses outside the demo: these accounts have a pass phrase that everybody knows."""
        if not settings.DEMO:
            raise CommandError("Only the demo is seeded (CONFER_MODE=demo).")
        if not Partnership.objects.exists():
            Cast().tell_stories()
        self.stdout.write(f"\nEverybody's pass phrase: {DEMO_PHRASE}\n\n")
        self.stdout.write(f"Files of the recovery's custodians: {demo_folder()}\n\n")
        for person in CAST:
            self.stdout.write(f"  {person.email:24} {person.name:14} {person.sentence}\n")


class Cast:
    """The people of the demo while it is being made, with the keys that they hold."""

    def __init__(self) -> None:
        self._keys: dict[str, MemberKeys] = {}
        self._hats: dict[str, Membership] = {}
        self._partnership = Partnership.objects.create(
            name="RivePrev",
            city="Rivenne",
            country="FR",
            emergency_numbers=[["Emergency", "112"], ["Police", "17"], ["Child helpline", "119"]],
        )
        self._agencies = dict(self._found_agencies())
        self._found(CAST[0])
        for person in sorted(CAST[1:], key=lambda each: each.role != Role.AGENCY_LEAD):
            self._join(person)
        self._second_hat()
        self._partnership.protected_place_custodians.add(self._hats["Rolf Sand"])
        self._found_recovery()

    def actor(self, name: str) -> Actor:
        """One person in their first hat."""
        self._keys[name] = directory.advance(self._keys[name])
        hat = self._hats[name]
        user = hat.user
        origin = Origin(user.log_ref, hat.agency_id, hat.role, None, None, "command")
        return make_actor(user, hat, self._keys[name], origin)

    def tell_stories(self) -> None:
        """Everything that waits on the demo's screens."""
        self._advice()
        begin_draft(actor=self.actor("Maud Terrel"), kind=DraftKind.REFERRAL, answers=DRAFT)
        for story in STORIES:
            self._tell(story)

    def _found_agencies(self) -> Iterator[tuple[str, Agency]]:
        for name in dict.fromkeys(person.agency for person in CAST):
            kind = _KINDS.get(name, AgencyKind.CITY)
            yield (
                name,
                create_agency(
                    origin=PROGRAM,
                    partnership=self._partnership,
                    name=name,
                    kind=kind,
                    legal_regime=LegalRegime.LED if kind in _LED else LegalRegime.GDPR,
                ),
            )

    def _found(self, person: CastMember) -> None:
        founder = Founder(person.name, person.email, DEMO_PHRASE)
        hat, keys = found_partnership(
            origin=PROGRAM,
            partnership=self._partnership,
            office=self._agencies[OFFICE],
            founder=founder,
        )
        self._hats[person.name], self._keys[person.name] = hat, keys

    def _join(self, person: CastMember) -> None:
        hat = NewHat(self._agencies[person.agency], person.role, timezone.localdate())
        row = create_member(origin=PROGRAM, email=person.email, name=person.name, hat=hat)
        token = invite(origin=PROGRAM, user=row.user)
        self._keys[person.name] = join(origin=PROGRAM, token=token, phrase=DEMO_PHRASE)
        self._hats[person.name] = row
        admit_member(actor=self.actor(CAST[0].name), membership=row)
        if person.role == Role.AGENCY_LEAD:
            tend_keys(actor=self.actor(person.name))

    def _second_hat(self) -> None:
        """The deputy at the desk comes from another agency."""
        first = self._hats[CAST[0].name]
        hat = NewHat(
            self._agencies[OFFICE], Role.COORDINATOR, timezone.localdate(), deputy_of=first
        )
        noor = self._hats["Noor Haddad"].user
        row = create_member(origin=PROGRAM, email=noor.email, name=noor.name, hat=hat)
        admit_member(actor=self.actor(CAST[0].name), membership=row)

    def _found_recovery(self) -> None:
        """The coordinator founds it; each lead's next session seals what they hold."""
        found_demo_recovery(self.actor(CAST[0].name))
        for person in CAST:
            if person.role == Role.AGENCY_LEAD:
                tend_keys(actor=self.actor(person.name))

    def _advice(self) -> None:
        maud = self.actor("Maud Terrel")
        draft_id = begin_draft(actor=maud, kind=DraftKind.CONSULTATION, answers=QUESTION)
        asked = ask_advice(actor=maud, draft_id=draft_id)
        write_advice_message(actor=self.actor("Anke Vos"), consultation_id=asked, text=ADVICE)

    def _tell(self, story: Story) -> None:
        author = self.actor(story.author)
        draft_id = begin_draft(actor=author, kind=DraftKind.REFERRAL, answers=story.answers)
        through_lead = story.stage in {Stage.WITH_LEAD, Stage.NOT_PURSUED}
        referral_id = send_referral(
            actor=author,
            draft_id=draft_id,
            sending=Sending(through_lead=through_lead, urgent=story.urgent),
        )
        early = {
            Stage.NOT_PURSUED: self._not_pursue,
            Stage.RETURNED: self._return,
            Stage.ROUTED: self._route,
        }
        if story.stage is Stage.WITHDRAWN:
            withdraw(actor=author, referral_id=referral_id)
        elif story.stage in early:
            early[story.stage](referral_id)
        elif story.stage not in {Stage.SENT, Stage.WITH_LEAD}:
            self._take_in(referral_id, story.stage)

    def _not_pursue(self, referral_id: UUID) -> None:
        not_pursue(
            actor=self.actor("Idris Bekele"),
            referral_id=referral_id,
            reason=NotPursuedReason.HANDLED_HERE,
        )

    def _return(self, referral_id: UUID) -> None:
        anke = self.actor("Anke Vos")
        return_referral(actor=anke, referral_id=referral_id, reason=ReturnReason.MISSING_FACTS)

    def _route(self, referral_id: UUID) -> None:
        route_urgent(actor=self.actor("Anke Vos"), referral_id=referral_id)

    def _take_in(self, referral_id: UUID, stage: Stage) -> None:
        anke = self.actor("Anke Vos")
        acknowledge(actor=anke, referral_id=referral_id)
        write_message(
            actor=anke,
            referral_id=referral_id,
            text="Thank you. We have read it and look at it with a second service.",
        )
        if stage is not Stage.ACKNOWLEDGED:
            self._screen(referral_id, stage)

    def _screen(self, referral_id: UUID, stage: Stage) -> None:
        anke = self.actor("Anke Vos")
        candidates = show_referral(actor=anke, referral_id=referral_id).candidates
        names = ("Sofia Ruiz", "Noor Haddad", "Ines Falk")
        second = next(each for name in names for each in candidates if each.name == name)
        ask_second(actor=anke, referral_id=referral_id, membership_id=second.membership_id)
        if stage is Stage.WITH_SECOND:
            return
        view = (
            View(CaseState.SCREENED_OUT, ScreeningReason.MISUNDERSTANDING)
            if stage is Stage.SCREENED_OUT
            else View(CaseState.AWAITING_BASIS, ScreeningReason.NEEDS_SEVERAL_AGENCIES)
        )
        for name in (second.name, anke.name):
            give_view(actor=self.actor(name), referral_id=referral_id, view=view)
        if stage is not Stage.BOTH_VIEWS:
            answers = {
                Stage.SCREENED_OUT: FeedbackAnswer.NOTHING_MORE,
                Stage.GOES_ON: FeedbackAnswer.TAKEN_OVER,
            }
            decide(actor=self.actor(anke.name), referral_id=referral_id, answer=answers[stage])
