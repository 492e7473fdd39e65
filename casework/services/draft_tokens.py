"""The signed token in a form that lets a step be kept when the session has lapsed meanwhile."""

from dataclasses import dataclass
from uuid import UUID

from django.core import signing

_SALT = "confer.draft-step"
_LIFETIME_SECONDS = 24 * 60 * 60


@dataclass(frozen=True, slots=True)
class StepClaim:
    """Which step of which draft a form was for, and whose."""

    draft_id: UUID
    user_id: UUID
    step: str


def make_token(claim: StepClaim) -> str:
    """A token that holds ids only and is believed for 24 hours."""
    return signing.dumps(
        [claim.draft_id.hex, claim.user_id.hex, claim.step], salt=_SALT, compress=False
    )


def read_token(token: str) -> StepClaim | None:
    """The claim of a token; None for a forged, altered or old one."""
    try:
        draft, user, step = signing.loads(token, salt=_SALT, max_age=_LIFETIME_SECONDS)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    return StepClaim(UUID(draft), UUID(user), step)
