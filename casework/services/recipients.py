"""Who a text is sealed to: a desk's ring, or its holders by name where somebody is barred."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from uuid import UUID

from django.db.models import Q

from accounts.actor import Actor
from accounts.errors import MissingKey
from accounts.keys import directory, rings
from accounts.keys.wrapping import Recipient
from accounts.models import Agency, MemberKey, Membership, RingEpoch, RingWrap, User
from accounts.queries import (
    desk_holders,
    key_holders,
    live_desk_epoch,
    live_key,
    unended_memberships,
)
from accounts.roles import DESK_ROLES
from casework.errors import NobodyCanRead


@dataclass(frozen=True, slots=True)
class Reader:
    """One recipient of a share: a person by name, or a ring of an agency."""

    recipient: Recipient = field(repr=False)
    agency_id: UUID | None
    user_id: UUID | None = None
    member_key_id: UUID | None = None
    epoch: RingEpoch | None = None
    # The recovery key that counts, proved with this reader: for what goes by name only.
    recovery: Recipient | None = field(default=None, repr=False)


def author_reader(actor: Actor) -> Reader:
    """The author keeps reading the own text."""
    return Reader(
        actor.keys.recipient,
        actor.hat.agency_id,
        user_id=actor.user_id,
        member_key_id=actor.keys.id,
    )


def person_reader(membership: Membership, *, by: Actor) -> Reader:
    """One person by name, let in to the agency by a statement.

    Raises MissingKey for somebody without keys, DirectoryForged for somebody whom nobody let in.
    """
    key = live_key(membership.user_id)
    if key is None:
        raise MissingKey(membership.user.name)
    directory.require_admitted(key.id, membership.agency_id, pin=by.keys.pin)
    return key_reader(key, membership.agency_id, by=by)


def key_reader(key: MemberKey, agency_id: UUID | None, *, by: Actor) -> Reader:
    """One person by a key that is known already."""
    return Reader(
        rings.member_recipient(key, by=by.keys),
        agency_id,
        user_id=key.user_id,
        member_key_id=key.id,
        recovery=directory.recovery_recipient(pin=by.keys.pin),
    )


def ring_reader(epoch: RingEpoch, agency_id: UUID, *, by: Actor) -> Reader:
    """A ring of an agency."""
    recipient = rings.ring_recipient(epoch, agency_id, by=by.keys)
    return Reader(recipient, agency_id, epoch=epoch)


def desk_readers(agency: Agency, *, barred: Collection[UUID], by: Actor) -> list[Reader]:
    """To whom an arrival at a desk is sealed.

    The desk's ring, unless somebody who has its key is barred or at the desk no more, somebody who
    is barred may be given it again, or the ring waits for its next epoch: then the other holders by
    name, from the first moment. Raises NobodyCanRead when nobody is left.
    """
    allowed = [row for row in desk_holders(agency.id) if row.user_id not in barred]
    if not allowed:
        raise NobodyCanRead
    epoch = live_desk_epoch(agency.id)
    holders = {row.user_id for row in allowed}
    if epoch is not None and key_holders(epoch) <= holders and not _come_back(agency, barred):
        return [ring_reader(epoch, agency.id, by=by)]
    return [person_reader(row, by=by) for row in _once(allowed)]


def recipient_refs(readers: Iterable[Reader]) -> list[UUID]:
    """The people behind these readers, as the log names them; a ring stands for its holders."""
    once = list(readers)
    people = [reader.user_id for reader in once if reader.user_id]
    epochs = [reader.epoch.pk for reader in once if reader.epoch]
    held = RingWrap.objects.filter(epoch__in=epochs).values("member_key__user_id")
    rows = User.objects.filter(Q(pk__in=people) | Q(pk__in=held))
    return sorted(rows.values_list("log_ref", flat=True).distinct())


def _come_back(agency: Agency, barred: Collection[UUID]) -> bool:
    """Whether somebody barred has a hat at the desk, be it without a key today: they get the ring.

    Suspended, with a lost key or not yet let in, they hold nothing now.
    """
    rows = unended_memberships().filter(agency=agency, role__in=DESK_ROLES, user_id__in=barred)
    return rows.exists()


def _once(rows: Collection[Membership]) -> list[Membership]:
    """One row for each person, however many hats they have."""
    return list({row.user_id: row for row in rows}.values())
