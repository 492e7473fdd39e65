"""How the answers of a form become items: data, read by the service that sends.

R numbers are those of domain 3.1. An item is made when at least one of its answers is filled.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from casework.choices import AgeBand, Compartment, ItemKind, Mark

Answers = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ItemPlan:
    """One item to be made: its kind, part, mark and the answers that go into it."""

    kind: ItemKind
    compartment: Compartment
    mark: Mark
    fields: tuple[str, ...]


REFERRAL_ITEMS = (
    ItemPlan(
        ItemKind.IDENTITY,
        Compartment.C1,
        Mark.FACT,  # R1
        (
            "given_names",
            "family_names",
            "also_known_as",
            "birth_date",
            "estimated_age",
            "sex",
            "address",
            "phone",
            "language",
            "school",
            "guardian",
        ),
    ),
    ItemPlan(
        ItemKind.KNOWLEDGE,
        Compartment.C1,
        Mark.FACT,  # R7, and the safe contact of R1
        (
            "safe_contact",
            "person_informed",
            "informed_reason",
            "who_may_know",
            "who_must_not",
            "has_protected_address",
        ),
    ),
    ItemPlan(
        ItemKind.CONCERN,
        Compartment.C2,
        Mark.FACT,  # R2
        ("concern_types", "what_happened", "when_where", "frequency", "change_over_time"),
    ),
    ItemPlan(ItemKind.OPINION, Compartment.C2, Mark.OPINION, ("what_you_think",)),  # R3
    ItemPlan(
        ItemKind.STRENGTHS,
        Compartment.C2,
        Mark.FACT,  # R4
        ("strengths", "none_seen", "safe_fair"),
    ),
    ItemPlan(
        ItemKind.RISK,
        Compartment.C2,
        Mark.FACT,  # R6
        ("risks", "emergency_called", "emergency_reference"),
    ),
    ItemPlan(
        ItemKind.BACKGROUND,
        Compartment.C2,
        Mark.FACT,  # R8, R9, R10
        ("agencies_involved", "earlier_referral", "hoped_outcome"),
    ),
    ItemPlan(ItemKind.OTHERS, Compartment.C12, Mark.FACT, ("others_at_risk",)),  # R5
    ItemPlan(ItemKind.PROTECTED_PLACE, Compartment.C10, Mark.FACT, ("protected_address",)),
    ItemPlan(
        ItemKind.SOURCE,
        Compartment.C11,
        Mark.FACT,  # author, how known, R11
        (
            "author_name",
            "author_agency",
            "how_known",
            "withhold_identity",
            "caller_name",
            "caller_agency",
            "read_back",
        ),
    ),
    ItemPlan(ItemKind.CONSENT, Compartment.C15, Mark.FACT, ("consent", "consent_note")),
)
CONSULTATION_ITEMS = (
    ItemPlan(
        ItemKind.QUESTION,
        Compartment.C2,
        Mark.FACT,
        ("concern_types", "what_happened", "question", "district"),
    ),
    ItemPlan(ItemKind.SOURCE, Compartment.C11, Mark.FACT, ("author_name", "author_agency")),
)
# What a question for advice carries over into a referral: never a name.
CARRIED_OVER = ("concern_types", "what_happened")


def filled(plan: ItemPlan, answers: Answers) -> dict[str, Any]:
    """The plan's answers that are not empty."""
    return {name: answers[name] for name in plan.fields if answers.get(name)}


def age_band(answers: Answers, today: date) -> AgeBand:
    """The band that lists show, from a birth date or an estimated age in years."""
    if answers.get("birth_date"):
        born = date.fromisoformat(answers["birth_date"])
        return band_of(today.year - born.year - ((today.month, today.day) < (born.month, born.day)))
    if answers.get("estimated_age"):
        return band_of(int(answers["estimated_age"]))
    return AgeBand.UNKNOWN


def band_of(years: int) -> AgeBand:
    """The band of an age in years."""
    limits = (
        (10, AgeBand.UP_TO_10),
        (15, AgeBand.FROM_11),
        (17, AgeBand.FROM_16),
        (20, AgeBand.FROM_18),
        (30, AgeBand.FROM_21),
    )
    return next((band for last, band in limits if years <= last), AgeBand.FROM_31)
