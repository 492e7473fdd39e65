"""Several requests at once, each on a connection of its own, as threads of a server would be."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from django.db import connection, connections

_BEGUN_SECONDS = 0.4


def at_once(*acts: Callable[[], object]) -> list[BaseException | None]:
    """Run all acts from one starting line; what each raised, in their order."""
    line = threading.Barrier(len(acts))

    def run(act: Callable[[], object]) -> None:
        line.wait(timeout=20)
        _alone(act)

    with ThreadPoolExecutor(len(acts)) as pool:
        futures = [pool.submit(run, act) for act in acts]
        return [each.exception() for each in futures]


class Meanwhile:
    """An act that begins while this thread is in the middle of a transaction, and waits for it.

    with transaction.atomic():
        first()
        other = Meanwhile(second)
    other.result()
    """

    def __init__(self, act: Callable[[], object]) -> None:
        if not connection.in_atomic_block:
            raise RuntimeError("there is no transaction to wait for")
        self._pool = ThreadPoolExecutor(1)
        self._future: Future[None] = self._pool.submit(_alone, act)
        # The other one cannot end before this transaction; it is given time to come to the lock.
        time.sleep(_BEGUN_SECONDS)

    def result(self) -> BaseException | None:
        """What the act raised, if anything, after it ended."""
        try:
            return self._future.exception(timeout=30)
        finally:
            self._pool.shutdown()


def _alone(act: Callable[[], object]) -> None:
    try:
        act()
    finally:
        connections.close_all()
