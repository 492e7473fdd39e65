"""One referral of the cast, sent and led through its stages by the services themselves."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from accounts.models import Membership
from casework.choices import CaseState, DraftKind, FeedbackAnswer, ScreeningReason
from casework.models import Referral
from casework.services.keep_draft import begin_draft
from casework.services.screen import View, ask_second, decide, give_view
from casework.services.send_referral import Sending, send_referral
from tests.world import Person, World

# One filled answer for each item that a referral can become, but the protected address.
ANSWERS: Mapping[str, Any] = {
    "given_names": "Teo",
    "estimated_age": "15",
    "safe_contact": "through the school nurse",
    "what_happened": "He showed videos to younger pupils.",
    "what_you_think": "I worry that he is being drawn in.",
    "strengths": "He plays in the school's team.",
    "risks": ["somebody_else"],
    "hoped_outcome": "Somebody he trusts talks with him.",
    "others_at_risk": "His younger sister Ana.",
    "how_known": "His class teacher",
    "consent": "no",
}
VIEW = View(CaseState.SCREENED_OUT, ScreeningReason.MISUNDERSTANDING)


def send(
    world: World,
    *,
    author: Person | None = None,
    hat: Membership | None = None,
    through_lead: bool = False,
    urgent: bool = False,
    barred: tuple[str, ...] = (),
    answers: Mapping[str, Any] = ANSWERS,
) -> UUID:
    """A referral by Maud (or somebody else, in a hat); `barred` are names of the cast."""
    person = author or world.maud
    actor = person.acting(hat or person.membership)
    draft_id = begin_draft(actor=actor, kind=DraftKind.REFERRAL, answers=answers)
    users = frozenset(world.people[name].user.pk for name in barred)
    sending = Sending(through_lead=through_lead, urgent=urgent, barred=users)
    return send_referral(actor=actor, draft_id=draft_id, sending=sending)


def case_of(referral_id: UUID) -> UUID:
    """The case of a referral."""
    return Referral.objects.get(pk=referral_id).case_id


def ask_sofia(world: World, referral_id: UUID, *, by: Person | None = None) -> None:
    """Sofia of the youth service becomes the second screener."""
    ask_second(
        actor=(by or world.anke).actor,
        referral_id=referral_id,
        membership_id=world.sofia.membership.pk,
    )


def close(world: World, referral_id: UUID) -> None:
    """Both agencies think the same, and the desk decides."""
    for person in (world.sofia, world.anke):
        give_view(actor=person.actor, referral_id=referral_id, view=VIEW)
    decide(actor=world.anke.actor, referral_id=referral_id, answer=FeedbackAnswer.NOTHING_MORE)
