"""The only module that decides what of a log record may be written: ids and places, no content.

What a person typed can reach a log by four roads: the arguments of a message, the text of an
exception, the attributes that Django hangs on a record (request, sql, params), and messages that
were put together before they were logged. The filter closes all four, for our loggers and for those
of every library. It sits on the handlers, since filters of loggers do not see what propagates.
"""

import logging
from collections.abc import Iterator, Mapping
from enum import Enum
from numbers import Number
from pathlib import Path
from types import TracebackType
from uuid import UUID

from django.http import HttpRequest

OWN_LOGGERS = frozenset({"accounts", "api", "audit", "casework", "config"})
MAX_FRAMES = 20
MAX_ITEMS = 20
_ROOT = Path(__file__).resolve().parent.parent
# An object that only this module has: nobody can pass a record off as reduced.
_MARK = object()
_Arguments = tuple[object, ...] | dict[str, object]
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime"}


class NoContentFilter(logging.Filter):
    """Rewrites each record so that every formatter finds only what may be written."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Reduce the record in place, once for all handlers, and let it pass."""
        if vars(record).get("reduced_by") is _MARK:
            return True
        record.msg, record.args = _message(record)
        error = record.exc_info[1] if record.exc_info else None
        record.exc_text = "\n".join(_describe(error)) if error else None
        record.exc_info = None
        record.stack_info = None
        for name in vars(record).keys() - _STANDARD:
            setattr(record, name, reduced(vars(record)[name]))
        vars(record)["reduced_by"] = _MARK
        return True


def reduced(value: object) -> object:
    """An id, a number or a word of our own enums as it is; of anything else its type's name."""
    if value is None or isinstance(value, Number | UUID):
        return value
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, list | tuple | set | frozenset):
        return [reduced(each) for each in list(value)[:MAX_ITEMS]]
    if isinstance(value, str) and _is_uuid(value):
        return value
    name = value.__name__ if isinstance(value, type) else type(value).__name__
    return f"<{name}>"


def _is_uuid(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False


def _message(record: logging.LogRecord) -> tuple[str, _Arguments]:
    """The message and the arguments that may be written."""
    request = getattr(record, "request", None)
    if isinstance(request, HttpRequest):
        return "%s %s %s", (getattr(record, "status_code", "-"), *_asked(request))
    own = record.name.partition(".")[0] in OWN_LOGGERS
    if not isinstance(record.msg, str) or not (own or record.args):
        # It may have been put together from anything; the place still finds it in the source.
        return "(withheld) %s:%s", (_short(record.pathname), record.lineno)
    if isinstance(record.args, Mapping):
        return record.msg, {key: reduced(value) for key, value in record.args.items()}
    return record.msg, tuple(reduced(value) for value in record.args or ())


def _asked(request: HttpRequest) -> tuple[str, str]:
    """Method and route of a request. The path itself is what somebody typed, so it stays out."""
    match = request.resolver_match
    method = request.method if request.method in {"GET", "HEAD", "POST", "OPTIONS"} else "other"
    return str(method), match.route if match else "(no route)"


def _describe(error: BaseException) -> Iterator[str]:
    """One line per exception of the chain: its type and its frames, innermost last, no message."""
    seen: set[int] = set()
    waiting: list[BaseException | None] = [error]
    while waiting:
        each = waiting.pop()
        if each is None or id(each) in seen:
            continue
        seen.add(id(each))
        kind = f"{type(each).__module__}.{type(each).__qualname__}"
        yield f"{kind} at {' > '.join(_frames(each.__traceback__)) or '(no frames)'}"
        waiting += [each.__context__, each.__cause__]
        if isinstance(each, BaseExceptionGroup):
            waiting += each.exceptions


def _frames(traceback: TracebackType | None) -> list[str]:
    """File and line of each frame, the last MAX_FRAMES of them."""
    frames = []
    while traceback is not None:
        frames.append(f"{_short(traceback.tb_frame.f_code.co_filename)}:{traceback.tb_lineno}")
        traceback = traceback.tb_next
    return frames[-MAX_FRAMES:]


def _short(file_name: str) -> str:
    """A path below the project or below site-packages; never the machine's own folders."""
    path = Path(file_name)
    if "site-packages" in path.parts:
        return "/".join(path.parts[path.parts.index("site-packages") + 1 :])
    return str(path.relative_to(_ROOT)) if path.is_relative_to(_ROOT) else path.name
