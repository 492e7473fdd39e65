"""Tables of people and keys, one file per topic."""

from accounts.models.directory import DirectoryStatement
from accounts.models.member_keys import KeySession, KeySlot, MemberKey
from accounts.models.partnership import Agency, Partnership
from accounts.models.people import JoinLink, Membership, User
from accounts.models.rings import Ring, RingEpoch, RingWrap

__all__ = [
    "Agency",
    "DirectoryStatement",
    "JoinLink",
    "KeySession",
    "KeySlot",
    "MemberKey",
    "Membership",
    "Partnership",
    "Ring",
    "RingEpoch",
    "RingWrap",
    "User",
]
