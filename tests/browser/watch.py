"""Notices what a page must never do: ask another host, fail in a script, break its own policy."""

from urllib.parse import urlsplit

from playwright.sync_api import ConsoleMessage, Page, Request

HERE = {"localhost", "127.0.0.1"}
SCHEMES_WITHOUT_REQUEST = {"about", "blob", "data"}


def watch(page: Page, problems: list[str]) -> None:
    """Add a line to `problems` for each thing that a page must not do."""
    page.on("request", lambda request: problems.extend(_elsewhere(request)))
    page.on("pageerror", lambda error: problems.append(f"script: {error}"))
    page.on("console", lambda message: problems.extend(_refused(message)))


def _elsewhere(request: Request) -> list[str]:
    parts = urlsplit(request.url)
    inside = parts.scheme in SCHEMES_WITHOUT_REQUEST or parts.hostname in HERE
    return [] if inside else [f"request: {request.url}"]


def _refused(message: ConsoleMessage) -> list[str]:
    # A page that answers 404 or 403 on purpose is reported by Chromium as a failed resource.
    expected = message.text.startswith("Failed to load resource")
    return [] if message.type != "error" or expected else [f"console: {message.text}"]
