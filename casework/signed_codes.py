"""Signs what is stored as codes: views, decisions, shares. So no row can invent or change one.

Each signature is over its purpose and length-prefixed parts: ids as 16 bytes, codes and ISO times
as text. Verifying asks the directory whose key it is and for whom its owner acted then. What the
author of a referral shares by sending it has none: only the sealed C11 item may say who wrote.
"""

from datetime import UTC, datetime
from uuid import UUID

from accounts.errors import DirectoryForged
from accounts.keys.member import MemberKeys
from accounts.keys.signing import SignedAs, sign, verify
from accounts.keys.statements import VerifiedDirectory
from casework.models import Disclosure, Referral, Screening, ScreeningView

_NOBODY = bytes(16)


def sign_view(view: ScreeningView, screening: Screening, by: MemberKeys) -> None:
    """Put the signature of whoever gave it on one agency's view."""
    view.signed_by = by.id
    view.signature = sign(by.sign_seed, SignedAs.VIEW, *_view(view, screening))


def genuine_view(view: ScreeningView, screening: Screening, directory: VerifiedDirectory) -> bool:
    """Whether somebody who held the agency's desk then signed exactly this view."""
    return _signed(directory, view, SignedAs.VIEW, _view(view, screening), view.given_at) and (
        directory.acted_for(_signer(view), view.agency_id, at=view.given_at)
    )


def sign_decision(screening: Screening, referral: Referral, by: MemberKeys) -> None:
    """Put the decider's signature on a screening: outcome, reason, answer and time."""
    screening.signed_by = by.id
    screening.signature = sign(by.sign_seed, SignedAs.DECISION, *_decision(screening, referral))


def genuine_decision(
    screening: Screening, referral: Referral, directory: VerifiedDirectory
) -> bool:
    """Whether a coordinator of the office signed exactly this decision."""
    if screening.decided_at is None:
        return False
    at = screening.decided_at
    signed = _signed(directory, screening, SignedAs.DECISION, _decision(screening, referral), at)
    return signed and directory.coordinated(_signer(screening), at=at)


def sign_share(line: Disclosure, by: MemberKeys) -> None:
    """Put the signature of whoever shared on a line of the ledger."""
    line.signed_by = by.id
    line.signature = sign(by.sign_seed, SignedAs.SHARE, *_share(line))


def genuine_share(line: Disclosure, directory: VerifiedDirectory) -> bool:
    """Whether a coordinator shared exactly this, or the line is an author's and has no name."""
    if line.signed_by is None:
        return True
    signed = _signed(directory, line, SignedAs.SHARE, _share(line), line.made_at)
    return signed and directory.coordinated(_signer(line), at=line.made_at)


def _signed(
    directory: VerifiedDirectory,
    row: ScreeningView | Screening | Disclosure,
    purpose: SignedAs,
    parts: list[bytes],
    at: datetime,
) -> bool:
    if row.signed_by is None or row.signature is None:
        return False
    try:
        public = directory.signing_key(row.signed_by, at=at)
    except DirectoryForged:
        return False
    return verify(public, bytes(row.signature), purpose, *parts)


def _signer(row: ScreeningView | Screening | Disclosure) -> UUID:
    if row.signed_by is None:
        raise ValueError("asked of a signed row only")
    return row.signed_by


def _view(view: ScreeningView, screening: Screening) -> list[bytes]:
    return [
        screening.case_id.bytes,
        view.agency_id.bytes,
        view.outcome.encode(),
        view.reason.encode(),
        _time(view.given_at),
    ]


def _decision(screening: Screening, referral: Referral) -> list[bytes]:
    return [
        screening.case_id.bytes,
        referral.id.bytes,
        screening.outcome.encode(),
        screening.reason.encode(),
        referral.feedback.encode(),
        _time(screening.decided_at),
    ]


def _share(line: Disclosure) -> list[bytes]:
    return [
        line.id.bytes,
        line.case_id.bytes,
        line.item_id.bytes,
        line.to_agency_id.bytes if line.to_agency_id else _NOBODY,
        line.to_user_id.bytes if line.to_user_id else _NOBODY,
        line.purpose.encode(),
        line.basis.encode(),
        _time(line.made_at),
    ]


def _time(at: datetime | None) -> bytes:
    """UTC with microseconds, whatever zone the database gave it in."""
    return at.astimezone(UTC).isoformat(timespec="microseconds").encode() if at else b""
