"""The scene of the URL table: one referral in screening, one question, one draft, one newcomer."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.test import Client
from django.utils import timezone

from accounts.actor import SESSION_HAT
from accounts.models import User
from accounts.roles import Role
from accounts.services.people import NewHat, create_member, invite, join
from accounts.services.planning import plan_leave
from casework.choices import Compartment, DraftKind
from casework.models import Item
from casework.services.ask_advice import ask_advice
from casework.services.keep_draft import begin_draft
from casework.services.screen import ask_second
from casework.services.send_referral import Sending, send_referral
from casework.services.show_lists import show_referral
from casework.services.take_in import acknowledge
from tests.signing_in import signed_in_client
from tests.world import PHRASE, PROGRAM, World, build_world

DEPUTY = "deputy"
NOBODY = "nobody"
ANSWERS = {
    "given_names": "Teo L.",
    "estimated_age": "15",
    "what_happened": "Showed a knife in the corridor.",
    "strengths": "Kind to younger pupils.",
    "how_known": "saw",
}


@dataclass(frozen=True)
class Scene:
    """The world with something to be found, and the ids by which a stranger would look for it."""

    world: World
    ids: Mapping[str, str]
    referral_id: UUID

    def clients(self) -> dict[str, Client]:
        """Everybody of the cast in a browser of their own; Noor twice, once in each hat."""
        people = {name: signed_in_client(each) for name, each in self.world.people.items()}
        deputy = signed_in_client(self.world.noor)
        session = deputy.session
        session[SESSION_HAT] = str(self.world.deputy_hat.pk)
        session.save()
        return {**people, DEPUTY: deputy, NOBODY: Client()}


def build_scene() -> Scene:
    """Maud's referral, acknowledged by Anke and looked at by Sofia; her question and her draft."""
    world = build_world()
    maud = world.maud.actor
    draft = begin_draft(actor=maud, kind=DraftKind.REFERRAL, answers=ANSWERS)
    referral_id = send_referral(actor=maud, draft_id=draft, sending=Sending(through_lead=False))
    anke = world.anke.actor
    acknowledge(actor=anke, referral_id=referral_id)
    shown = show_referral(actor=anke, referral_id=referral_id)
    sofia = next(each for each in shown.candidates if each.user_id == world.sofia.user.pk)
    ask_second(actor=anke, referral_id=referral_id, membership_id=sofia.membership_id)
    question = begin_draft(
        actor=maud, kind=DraftKind.CONSULTATION, answers={"what_happened": "x", "question": "y"}
    )
    newcomer = _newcomer(world)
    concern = Item.objects.get(case_id=shown.row.case_id, kind="concern")
    ids = {
        "referral_id": str(referral_id),
        "case_id": str(shown.row.case_id),
        "item_id": str(concern.pk),
        "consultation_id": str(ask_advice(actor=maud, draft_id=question)),
        "draft_id": str(begin_draft(actor=maud, kind=DraftKind.REFERRAL, answers=ANSWERS)),
        "membership_id": str(newcomer),
        "leave_id": str(_leave(world, newcomer)),
        "agency_id": str(world.agencies["school"].pk),
        "ref": str(_session_of(world)),
        "compartment": Compartment.C2.value,
        "part": "C2",
        "step": "facts",
        "factor_id": str(_card()),
        "token": "no-such-token",
    }
    return Scene(world, ids, referral_id)


def _session_of(world: World) -> UUID:
    """A session of Maud's in a browser that is not in the scene."""
    return UUID(signed_in_client(world.maud).session["ref"])


def _card() -> int:
    """A card of codes of the newcomer, who does not sign in here."""
    card = RecoveryCodes.activate(User.objects.get(email="new@test.example"))
    return int(card.instance.pk)


def _leave(world: World, membership_id: UUID) -> UUID:
    """A day away of the newcomer."""
    day = timezone.localdate()
    return plan_leave(actor=world.idris.actor, membership_id=membership_id, first=day, last=day)


def _newcomer(world: World) -> UUID:
    hat = NewHat(world.agencies["school"], Role.AGENCY_LEAD, timezone.localdate())
    row = create_member(origin=PROGRAM, email="new@test.example", name="New Person", hat=hat)
    join(origin=PROGRAM, token=invite(origin=PROGRAM, user=row.user), phrase=PHRASE)
    return row.pk
