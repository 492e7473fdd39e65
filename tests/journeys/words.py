"""What is typed in a journey: a canary in every box, and the part of the case it belongs to."""

from collections.abc import Iterable, Mapping

from casework.forms.journey import STEP_NAMES
from tests.canary import new_marker
from tests.journeys.walking import labels

# Which answer goes into which part (domain 3.1 and the mapping that the product promises).
PARTS: Mapping[str, tuple[str, ...]] = {
    "C1": (
        "given_names", "family_names", "also_known_as", "language", "school", "address", "phone",
        "guardian", "safe_contact", "who_may_know", "who_must_not",
    ),
    "C2": (
        "what_happened", "when_where", "frequency", "change_over_time", "what_you_think",
        "strengths", "safe_fair", "emergency_reference", "agencies_involved", "earlier_referral",
        "hoped_outcome",
    ),
    "C10": ("protected_address",),
    "C11": ("caller_name", "caller_agency"),
    "C12": ("others_at_risk",),
    "C15": ("consent_note",),
}  # fmt: skip
# Boxes that these journeys do not meet: Maud takes no telephone calls, no address is secret.
NOT_MET = frozenset({"caller_name", "caller_agency", "protected_address"})


class Words:
    """The words of one journey. All of them hold one stem, so that one search finds any."""

    def __init__(self) -> None:
        self.stem = new_marker()
        self._typed: dict[str, str] = {}

    def of(self, name: str, text: str = "") -> str:
        """The words for one box, the same each time."""
        return self._typed.setdefault(name, f"{text} {self.stem}x{len(self._typed):02d}".strip())

    def referral(self, **texts: str) -> dict[str, str]:
        """Words for every box of a referral."""
        names = [name for step in STEP_NAMES for name in labels(step) if name not in NOT_MET]
        return {name: self.of(name, texts.get(name, "")) for name in names}

    def part(self, part: str) -> list[str]:
        """All that was typed into one part."""
        return [self._typed[name] for name in PARTS[part] if name in self._typed]

    def by_part(self) -> dict[str, list[str]]:
        """What must be read in which part, and nowhere else."""
        return {part: typed for part in PARTS if (typed := self.part(part))}

    def others_than(self, *parts: str) -> list[str]:
        """All that was typed into other parts."""
        return [word for part in PARTS if part not in parts for word in self.part(part)]


def missing(words: Iterable[str], text: str) -> list[str]:
    """Which of these words a page does not show."""
    return [word for word in words if word not in text]


def shown(words: Iterable[str], text: str) -> list[str]:
    """Which of these words a page shows."""
    return [word for word in words if word in text]
