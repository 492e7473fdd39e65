"""Requests that no page makes: forms with forged, broken or unreadable content."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import unescape
from urllib.parse import urlencode, urlsplit

from playwright.sync_api import APIResponse

from tests.journeys.walking import Walker

URLENCODED = "application/x-www-form-urlencoded"
_HEADING = re.compile(r"<h1[^>]*>(.*?)</h1>", re.DOTALL)
_ERROR = re.compile(r'govuk-error-message"><span[^>]*>[^<]*</span>(.*?)</p>', re.DOTALL)
# What stands between quotes may be given as it shall travel, already encoded.
Value = str | bytes | Sequence[str]


@dataclass(frozen=True)
class Reply:
    """An answer: status, where it leads, heading and the errors beside the fields."""

    status: int
    leads_to: str
    title: str
    errors: list[str]
    text: str

    @classmethod
    def of(cls, response: APIResponse) -> "Reply":
        """What matters of an answer."""
        text = response.text()
        titles = _HEADING.findall(text)
        return cls(
            status=response.status,
            leads_to=urlsplit(response.headers.get("location", "")).path,
            title=" ".join(unescape(titles[0]).split()) if titles else "",
            errors=[unescape(each).strip() for each in _ERROR.findall(text)],
            text=text,
        )


def post(
    walker: Walker, path: str, fields: Mapping[str, Value], *, content_type: str = URLENCODED
) -> Reply:
    """Post fields with this person's cookies; bytes travel as they are given, unencoded."""
    body = b"&".join(_pair(name, value) for name, value in fields.items())
    return post_raw(walker, path, body, content_type=content_type)


def post_raw(walker: Walker, path: str, body: bytes, *, content_type: str = URLENCODED) -> Reply:
    """Post a body as it is, with the mark that every form carries in front."""
    mark = urlencode({"csrfmiddlewaretoken": walker.csrf}).encode()
    response = walker.page.request.post(
        f"{walker.url}{path}",
        data=mark + b"&" + body,
        headers={"content-type": content_type},
        max_redirects=0,
    )
    return Reply.of(response)


def _pair(name: str, value: Value) -> bytes:
    if isinstance(value, bytes):
        return name.encode() + b"=" + value
    return urlencode({name: value}, doseq=True).encode()
