"""Tables of people and keys, one file per topic."""

from accounts.models.directory import DirectoryStatement
from accounts.models.member_keys import (
    BrowserSession,
    KeySession,
    KeySlot,
    MemberKey,
    PendingSignIn,
)
from accounts.models.partnership import Agency, Partnership
from accounts.models.people import JoinLink, KeyNotice, Leave, Membership, User
from accounts.models.recovery import RecoveryGrant, RecoveryKey, RecoveryWrap
from accounts.models.rings import Ring, RingEpoch, RingWrap

__all__ = [
    "Agency",
    "BrowserSession",
    "DirectoryStatement",
    "JoinLink",
    "KeyNotice",
    "KeySession",
    "KeySlot",
    "Leave",
    "MemberKey",
    "Membership",
    "Partnership",
    "PendingSignIn",
    "RecoveryGrant",
    "RecoveryKey",
    "RecoveryWrap",
    "Ring",
    "RingEpoch",
    "RingWrap",
    "User",
]
