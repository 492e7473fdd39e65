"""Fingerprints in words, by which people recognise each other's keys over the telephone."""

from collections.abc import Iterable
from functools import lru_cache
from uuid import UUID

from accounts.keys import rings
from accounts.keys.member import MemberKeys
from accounts.keys.words import fingerprint_words, member_fingerprint
from accounts.models import MemberKey

Words = tuple[str, ...]


def own_words(keys: MemberKeys) -> Words:
    """The words of the keys that somebody has just opened."""
    return _words(member_fingerprint(keys.private.public, keys.sign_public))


def founding_words(keys: MemberKeys) -> Words:
    """The words of the founding statement that somebody's keys have pinned."""
    return _words(keys.pin.founding)


def words_of(user_ids: Iterable[UUID]) -> dict[UUID, Words]:
    """The words of these people's keys as they are stored; whoever has no key is left out."""
    rows = MemberKey.objects.filter(user_id__in=list(user_ids), retired_at=None)
    return {row.user_id: _words_of_row(row) for row in rows}


def proved_words(user_ids: Iterable[UUID], *, by: MemberKeys) -> dict[UUID, Words]:
    """The same, of keys that the directory proves to a reader. Raises DirectoryForged."""
    rows = list(MemberKey.objects.filter(user_id__in=list(user_ids), retired_at=None))
    for row in rows:
        rings.member_recipient(row, by=by)
    return {row.user_id: _words_of_row(row) for row in rows}


def _words_of_row(row: MemberKey) -> Words:
    return _words(member_fingerprint(bytes(row.kem_public), bytes(row.sign_public)))


# Made dear on purpose, from public data that never changes: said again and again at no cost.
@lru_cache(maxsize=4096)
def _words(fingerprint: bytes) -> Words:
    return tuple(fingerprint_words(fingerprint))
