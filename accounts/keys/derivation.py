"""The one derivation of a pass phrase: Argon2id, then the keeper's pepper, then two keys.

    base = Argon2id(phrase, salt) (RFC 9106)   peppered = HMAC-SHA-512(pepper, label ‖ slot ‖ base)
    verifier = Expand(peppered, "verifier")    slot key = Expand(peppered, "slot")
So one run serves the check and the key, and a stolen database allows no guessing.
`argon2-cffi` is used because the Argon2id of `cryptography` 50 deadlocks with several lanes when
two threads derive at once.
"""

import threading
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import UUID

from argon2.exceptions import HashingError
from argon2.low_level import Type, hash_secret_raw
from django.conf import settings

from accounts.errors import TooBusy, UnknownFormat
from accounts.keys.encoding import LABEL, expand, lp
from accounts.keys.keeper import keeper

_FLOOR = {"time_cost": 3, "memory_kib": 65_536, "lanes": 4}
_CEILING = {"time_cost": 16, "memory_kib": 1_048_576, "lanes": 16}
_PARALLEL_RUNS = 4
_WAIT_SECONDS = 10.0
_runs = threading.BoundedSemaphore(_PARALLEL_RUNS)


@dataclass(frozen=True, slots=True)
class Cost:
    """Argon2id parameters, stored with each slot and bound to it."""

    time_cost: int
    memory_kib: int
    lanes: int

    def encoded(self) -> bytes:
        """12 bytes, for additional data."""
        return b"".join(n.to_bytes(4, "big") for n in (self.time_cost, self.memory_kib, self.lanes))


@dataclass(frozen=True, slots=True)
class Derived:
    """What one run gives: the check value and the key that opens the slot."""

    verifier: bytes = field(repr=False)
    slot_key: bytes = field(repr=False)


def standard_cost() -> Cost:
    """RFC 9106, second recommended option; tests alone may configure a cheaper one."""
    return Cost(**settings.KEY_DERIVATION)


def check_cost(cost: Cost) -> None:
    """Refuse parameters below the floor (guessable) or above the ceiling (an attack on memory)."""
    floor = settings.KEY_DERIVATION if settings.ALLOW_WEAK_DERIVATION else _FLOOR
    for name, lowest in floor.items():
        if not lowest <= getattr(cost, name) <= _CEILING[name]:
            raise UnknownFormat(f"Argon2id {name} is outside the accepted range")


def derive(phrase: str, *, salt: bytes, cost: Cost, slot_id: UUID) -> Derived:
    """Run Argon2id once (0.12 to 0.19 s of one core). Raises TooBusy when too many runs wait."""
    return derive_uniform(stretch(phrase, salt=salt, cost=cost), slot_id=slot_id)


def stretch(phrase: str, *, salt: bytes, cost: Cost) -> bytes:
    """One run of Argon2id, 32 bytes. On its own only for what must open without the keeper.

    Raises UnknownFormat for a cost or a salt that nobody of ours has stored.
    """
    check_cost(cost)
    with _one_run():
        try:
            return hash_secret_raw(
                unicodedata.normalize("NFKC", phrase).encode(),
                salt,
                time_cost=cost.time_cost,
                memory_cost=cost.memory_kib,
                parallelism=cost.lanes,
                hash_len=32,
                type=Type.ID,
            )
        except HashingError as error:
            raise UnknownFormat("Argon2id refuses this salt") from error


def derive_uniform(secret: bytes, *, slot_id: UUID) -> Derived:
    """Verifier and slot key from 32 bytes that are uniform already, under the keeper's pepper."""
    peppered = keeper().pepper(LABEL + b"pepper" + lp(slot_id.bytes, secret))
    return Derived(expand(peppered, "verifier"), expand(peppered, "slot"))


@contextmanager
def _one_run() -> Iterator[None]:
    if not _runs.acquire(timeout=_WAIT_SECONDS):
        raise TooBusy
    try:
        yield
    finally:
        _runs.release()
