"""The mark of one request that something was recorded: set only when the record committed."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from uuid import UUID, uuid4


class RequestContext:
    """What the middleware must know about one request: its reference, its records, its view."""

    __slots__ = ("committed", "request_ref", "view_entered", "view_returned")

    def __init__(self, request_ref: UUID) -> None:
        self.request_ref = request_ref
        self.committed = 0
        self.view_entered = False
        self.view_returned = False

    def note_commit(self) -> None:
        """Count one record whose transaction has committed."""
        self.committed += 1


_current: ContextVar[RequestContext | None] = ContextVar("audit_request", default=None)


@contextmanager
def begin() -> Iterator[RequestContext]:
    """Open the context of one request, with a new random reference."""
    context = RequestContext(uuid4())
    token = _current.set(context)
    try:
        yield context
    finally:
        _current.reset(token)


def current() -> RequestContext | None:
    """The context of this request; None in a command or a test without the middleware."""
    return _current.get()


def committed() -> int:
    """How many records of this request have committed."""
    context = _current.get()
    return 0 if context is None else context.committed


def correlation_id() -> str | None:
    """The request's reference as text, by which history entries point to the request's events."""
    context = _current.get()
    return None if context is None else str(context.request_ref)
