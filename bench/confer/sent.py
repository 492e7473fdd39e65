"""Referrals that are truly sent and sealed, by the product's own services; these are opened."""

from accounts.actor import Actor
from bench.plan import TEXT
from casework.choices import DraftKind, Mark
from casework.services.follow_up import add_since, write_message
from casework.services.keep_draft import begin_draft
from casework.services.send_referral import Sending, send_referral
from casework.services.take_in import acknowledge
from tests.world import World

# One answer at least for each item of a referral but the protected address.
ANSWERS = {
    "given_names": "Teo",
    "family_names": "Lindt",
    "estimated_age": "15",
    "school": "Lycée Gandon",
    "safe_contact": "Through his class teacher, before ten in the morning.",
    "person_informed": "yes",
    "concern_types": ["withdrawal"],
    "what_happened": TEXT,
    "when_where": "At school, in the last two weeks.",
    "what_you_think": TEXT,
    "strengths": TEXT,
    "risks": ["self_harm"],
    "emergency_reference": TEXT,
    "agencies_involved": TEXT,
    "hoped_outcome": TEXT,
    "others_at_risk": TEXT,
    "how_known": "I teach him.",
    "consent": "no",
    "consent_note": TEXT,
}


def send_some(world: World, count: int) -> None:
    """Send `count` referrals of twelve items; the desk has acknowledged every second one."""
    maud, anke = world.maud.actor, world.anke.actor
    for number in range(count):
        _send_one(maud, anke, acknowledged=number % 2 == 0)


def _send_one(author: Actor, desk: Actor, *, acknowledged: bool) -> None:
    draft_id = begin_draft(actor=author, kind=DraftKind.REFERRAL, answers=ANSWERS)
    sending = Sending(through_lead=False)
    referral_id = send_referral(actor=author, draft_id=draft_id, sending=sending)
    if acknowledged:
        acknowledge(actor=desk, referral_id=referral_id)
    add_since(actor=author, referral_id=referral_id, text=TEXT, mark=Mark.FACT)
    write_message(actor=author, referral_id=referral_id, text=TEXT)
