"""The fictional referrals of the demo: who sends what, and how far each has come."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Stage(StrEnum):
    """How far a referral of the demo has come."""

    SENT = "sent"
    WITH_LEAD = "with_lead"
    NOT_PURSUED = "not_pursued"
    RETURNED = "returned"
    ROUTED = "routed"
    WITHDRAWN = "withdrawn"
    ACKNOWLEDGED = "acknowledged"
    WITH_SECOND = "with_second"
    BOTH_VIEWS = "both_views"
    SCREENED_OUT = "screened_out"
    GOES_ON = "goes_on"


@dataclass(frozen=True, slots=True)
class Story:
    """One referral: its author, its answers and its stage."""

    author: str
    stage: Stage
    answers: Mapping[str, Any] = field(repr=False)
    urgent: bool = False


def _answers(name: str, age: str, seen: str, **more: Any) -> dict[str, Any]:
    return {
        "given_names": name,
        "estimated_age": age,
        "what_happened": seen,
        "strengths": "Comes to school every day and is kind to younger pupils.",
        "how_known": "saw",
        "person_informed": "no",
        "informed_reason": "unsafe",
        "consent": "not_asked",
        **more,
    }


QUESTION = {
    "concern_types": ["violence"],
    "what_happened": (
        "A pupil draws the same violent scene again and again and has stopped talking to friends."
    ),
    "question": "Is this something to tell you about, or do we wait?",
    "district": "Old town",
}
ADVICE = (
    "Thank you for asking. Talk with the pupil alone and ask how they sleep. If there are threats "
    "or a plan, do not wait: call. Otherwise you can send us a referral at any time."
)
DRAFT = {"given_names": "L.", "what_happened": "Only a note for now; I will finish it tomorrow."}

STORIES = (
    Story(
        "Maud Terrel",
        Stage.WITH_LEAD,
        _answers(
            "Teo L.",
            "15",
            "Since October he says every day that nobody would miss him and that others should "
            "feel what he feels. On Tuesday he showed a knife in the corridor and laughed.",
            when_where="Corridor of the second floor, Tuesday 10:15",
            what_you_think="I think he wants somebody to notice.",
            others_at_risk="A younger brother at home.",
        ),
    ),
    Story(
        "Maud Terrel",
        Stage.SENT,
        _answers(
            "Samir B.",
            "16",
            "Writes on a channel where weapons are swapped; a classmate showed me the screen.",
            how_known="told_by_other",
            agencies_involved="The school nurse has talked with him once.",
        ),
        urgent=True,
    ),
    Story(
        "Henri Colas",
        Stage.SENT,
        _answers(
            "Ana P.",
            "14",
            "Stays away in the afternoons and is picked up by an adult whom nobody knows.",
            protected_address="With her aunt, 4 Rue des Tilleuls. The father must not learn it.",
        ),
    ),
    Story(
        "Sofia Ruiz",
        Stage.ROUTED,
        _answers(
            "Milan K.",
            "19",
            "Said on the telephone that he would hurt himself tonight. I called 112.",
            emergency_called="yes",
        ),
        urgent=True,
    ),
    Story(
        "Maud Terrel",
        Stage.RETURNED,
        _answers(
            "Chloé R.",
            "13",
            "Is different since the holidays.",
        ),
    ),
    Story(
        "Maud Terrel",
        Stage.NOT_PURSUED,
        _answers(
            "Enzo M.",
            "12",
            "Fights in the yard, three times this month.",
        ),
    ),
    Story(
        "Kai Brandt",
        Stage.WITHDRAWN,
        _answers(
            "Lou D.",
            "17",
            "Was missing for a night; is back and well.",
        ),
    ),
    Story(
        "Sofia Ruiz",
        Stage.ACKNOWLEDGED,
        _answers(
            "Ilyas T.",
            "17",
            "Has left football, gives away his things and talks about a journey.",
            concern_types=["travel"],
        ),
    ),
    Story(
        "Maud Terrel",
        Stage.WITH_SECOND,
        _answers(
            "Jonas K.",
            "11",
            "Wrote a sentence about bombs on the board; two pupils say it is from a game.",
            how_known="saw",
        ),
    ),
    Story(
        "Rolf Sand",
        Stage.BOTH_VIEWS,
        _answers(
            "Yosra Elkhatib",
            "18",
            "Was pressed by two adults at the station to carry a parcel; she refused and told us.",
            concern_types=["exploitation"],
        ),
    ),
    Story(
        "Maud Terrel",
        Stage.SCREENED_OUT,
        _answers(
            "Noé F.",
            "10",
            "Quoted a song with threats in class.",
        ),
    ),
    Story(
        "Kai Brandt",
        Stage.GOES_ON,
        _answers(
            "Mara D.",
            "17",
            "Is drawn into a group that films beatings; asked me how one gets out.",
            concern_types=["violence", "online"],
        ),
    ),
)
