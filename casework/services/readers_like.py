"""To whom something new on a file goes: to those who read its fellow items now."""

from collections.abc import Iterator
from uuid import UUID

from accounts.actor import Actor
from accounts.errors import DirectoryForged
from accounts.keys import directory
from accounts.models import MemberKey, Ring, RingWrap
from accounts.queries import key_holders, live_memberships
from accounts.roles import DESK_ROLES
from casework.choices import DisclosurePurpose, ItemKind
from casework.errors import NobodyCanRead
from casework.models import Item, Share
from casework.services.recipients import Reader, key_reader, ring_reader
from casework.services.storing import Going


def readers_like(file_id: UUID, kind: ItemKind, *, by: Actor) -> tuple[Going, ...]:
    """The readers of the file's first item of `kind`, each proved by the directory again.

    Whoever left meanwhile is no reader. Raises NobodyCanRead when nobody is.
    """
    fellow = Item.objects.filter(file_id=file_id, kind=kind).order_by("created_at").first()
    shares = list(
        Share.objects.filter(item=fellow).select_related(
            "disclosure", "member_key__user", "ring_epoch__ring"
        )
    )
    _require_own(shares, by)
    going = tuple(
        Going(reader, DisclosurePurpose(share.disclosure.purpose))
        for share in shares
        for reader in _readers(share, by)
    )
    if not going:
        raise NobodyCanRead
    return going


def _require_own(shares: list[Share], by: Actor) -> None:
    """An author who writes is the only author: another's key was put there by nobody of ours."""
    authors = {
        share.member_key_id
        for share in shares
        if share.disclosure.purpose == DisclosurePurpose.AUTHOR
    }
    if by.keys.id in authors and len(authors) > 1:
        raise DirectoryForged("a second author is among the readers")


def _readers(share: Share, by: Actor) -> Iterator[Reader]:
    agency_id = share.disclosure.to_agency_id
    if share.ring_epoch is not None:
        yield from _ring_readers(share.ring_epoch.ring, by)
    elif share.member_key is None:
        raise ValueError("a share has a recipient: the table's constraint says so")
    elif agency_id is not None and _is_there(share.member_key, agency_id):
        if share.disclosure.purpose != DisclosurePurpose.AUTHOR:
            directory.require_admitted(share.member_key.pk, agency_id, pin=by.keys.pin)
        yield key_reader(share.member_key, agency_id, by=by)


def _ring_readers(ring: Ring, by: Actor) -> Iterator[Reader]:
    """The ring, or those who stay by name while it waits for its next epoch."""
    epoch = ring.epochs.get(retired_at=None)
    rows = live_memberships().filter(agency_id=ring.agency_id, role__in=DESK_ROLES)
    here = set(rows.values_list("user_id", flat=True))
    if ring.stale_since is None and key_holders(epoch) <= here:
        yield ring_reader(epoch, ring.agency_id, by=by)
        return
    wraps = RingWrap.objects.select_related("member_key")
    for wrap in wraps.filter(epoch=epoch, member_key__user_id__in=here):
        directory.require_admitted(wrap.member_key_id, ring.agency_id, pin=by.keys.pin)
        yield key_reader(wrap.member_key, ring.agency_id, by=by)


def _is_there(key: MemberKey, agency_id: UUID) -> bool:
    return live_memberships().filter(user_id=key.user_id, agency_id=agency_id).exists()
