"""That the browser's watchers see what they are there to see."""

import http.server
import threading
from collections.abc import Callable, Iterator
from typing import ClassVar

import pytest
from playwright.sync_api import Browser, Page

from tests.browser import axe
from tests.browser.watch import watch

pytestmark = pytest.mark.browser
SOUND = (
    "<!doctype html><html lang='en'><title>Sound</title>"
    "<main><h1>Sound</h1><img src='/x.png' alt='A thing'></main>"
)
ELSEWHERE = SOUND + "<script>console.error('Refused')</script><img src='//elsewhere.invalid/x.png'>"
BROKEN = SOUND + "<script>missing()</script>"
BARRIER = SOUND.replace(" alt='A thing'", "").replace(" lang='en'", "")


class Pages(http.server.BaseHTTPRequestHandler):
    """One sound page, and others that do what a page must not."""

    bodies: ClassVar = {
        "/sound": SOUND,
        "/barrier": BARRIER,
        "/elsewhere": ELSEWHERE,
        "/broken": BROKEN,
    }

    def do_GET(self) -> None:
        body = self.bodies.get(self.path, "")
        self.send_response(200 if body else 404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://localhost:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def test_axe_finds_barriers_and_nothing_else(site: str, visitor: Callable[..., Page]) -> None:
    page = visitor(width=390)
    page.goto(f"{site}/sound")
    assert axe.violations(page) == []
    page.goto(f"{site}/barrier")
    found = {line.partition(":")[0] for line in axe.violations(page)}
    assert found == {"html-has-lang", "image-alt"}


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/sound", []),
        ("/elsewhere", ["console: Refused", "request: http://elsewhere.invalid/x.png"]),
        ("/broken", ["script: missing is not defined"]),
    ],
)
def test_watchers_notice(site: str, chromium: Browser, path: str, expected: list[str]) -> None:
    problems: list[str] = []
    page = chromium.new_page()
    watch(page, problems)
    page.goto(f"{site}{path}")
    page.close()
    assert sorted(problems) == expected


def test_visitors_share_no_cookies(site: str, visitor: Callable[..., Page]) -> None:
    first, second = visitor(), visitor(scripts=False)
    first.goto(f"{site}/sound")
    second.goto(f"{site}/sound")
    first.evaluate("document.cookie = 'who=first'")
    assert first.context.cookies() != []
    assert second.context.cookies() == []
