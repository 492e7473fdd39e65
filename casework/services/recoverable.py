"""Keeps what goes to named people only within reach of recovery: one more wrap, opened by nobody.

What lies on a ring needs none: recovery opens rings. The wrap says inside whose people read the
item by name, so custodians who bring back one agency cannot be led to open another's.
"""

import logging
from collections.abc import Sequence
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from accounts.actor import Actor
from accounts.errors import DirectoryForged
from accounts.keys import directory
from accounts.keys.recovery_wraps import wrap_item
from accounts.keys.wrapping import Recipient
from casework.choices import DisclosurePurpose
from casework.models import Disclosure, Item, RecoveryShare, Share
from casework.services.recipients import Reader

logger = logging.getLogger(__name__)

# What an author or a second screener had is theirs alone: no lead who follows gets it back.
NOT_RECOVERED = frozenset({DisclosurePurpose.AUTHOR, DisclosurePurpose.SCREENING})


def keep_recoverable(item: Item, root: bytes, readers: Sequence[Reader]) -> None:
    """Wrap an item's data key to the recovery key, if these readers have it by name only."""
    to = next((reader.recovery for reader in readers if reader.recovery), None)
    agencies = {reader.agency_id for reader in readers if reader.member_key_id}
    if to is not None and not _rings_of(item).exists():
        _seal(item, root, to, {each for each in agencies if each is not None})


def keep_opened_recoverable(*, actor: Actor, roots: dict[UUID, bytes]) -> None:
    """The same for items that were stored before there was a recovery key, when one is opened.

    Reading goes on without it: whatever stands against sealing stands in the server's log.
    """
    try:
        to = directory.recovery_recipient(pin=actor.keys.pin)
    except DirectoryForged:
        logger.exception("nothing is sealed to a recovery key that is not the one stated")
        return
    if to is None:
        return
    missing = Item.objects.filter(pk__in=roots).exclude(recovery_shares__recovery_key_id=to.id)
    with transaction.atomic(durable=True):
        for item in missing.exclude(shares__ring_epoch__isnull=False):
            _seal(item, roots[item.pk], to, set())


def _seal(item: Item, root: bytes, to: Recipient, agencies: set[UUID]) -> None:
    """One wrap for all agencies whose part recovery gives back; without any, none."""
    lines = Disclosure.objects.filter(
        item=item, ended_at=None, to_user__isnull=False, to_agency__isnull=False
    )
    others = lines.exclude(purpose__in=NOT_RECOVERED)
    agencies = agencies | set(others.values_list("to_agency_id", flat=True))
    if not agencies:
        return
    RecoveryShare.objects.filter(item=item).delete()
    RecoveryShare.objects.create(
        item=item,
        version=item.current,
        recovery_key_id=to.id,
        blob=wrap_item(root, to=to, item=item.id, version=item.current, agencies=agencies),
    )


def _rings_of(item: Item) -> QuerySet[Share]:
    return Share.objects.filter(item=item, version=item.current, ring_epoch__isnull=False)
