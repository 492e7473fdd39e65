"""Reads what is sent to the API: strict JSON in UTF-8, no name twice, and nothing else."""

import json
from collections.abc import Mapping
from typing import IO, Any, NoReturn

from rest_framework.exceptions import ParseError, UnsupportedMediaType
from rest_framework.parsers import JSONParser

_UTF_8 = frozenset({"utf-8", "utf8"})


class StrictJSONParser(JSONParser):
    """DRF's parser reads other encodings, the last of two same names, and NaN; this one refuses.

    DRF takes the body through Django's limit before it calls this.
    """

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """The JSON value. Raises ParseError or UnsupportedMediaType, without a word of the body."""
        _require_plain_utf_8((parser_context or {})["request"])
        try:
            return json.loads(
                stream.read().decode("utf-8"),
                object_pairs_hook=_each_name_once,
                parse_constant=_no_number,
            )
        except (ValueError, RecursionError):
            # The original error holds the body: it must not travel on as a cause.
            raise ParseError from None


def _require_plain_utf_8(request: Any) -> None:
    charset = request.content_params.get("charset", "utf-8").lower()
    coding = request.headers.get("Content-Encoding", "identity").lower()
    if charset not in _UTF_8 or coding != "identity":
        raise UnsupportedMediaType("")


def _each_name_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice")
    return found


def _no_number(_name: str) -> NoReturn:
    raise ValueError("not a number of JSON")
