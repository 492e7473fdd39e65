"""One Chromium for all tests in a browser, and visitors that notice what a page must not do."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.watch import watch

ARGUMENTS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def chromium(chromium_path: str) -> Iterator[Browser]:
    """The browser; each visitor gets a profile of its own in it."""
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        # Playwright's own event loop runs in this thread; Django would refuse the checks on the
        # database.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        browser = playwright.chromium.launch(executable_path=chromium_path, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def visitor(chromium: Browser) -> Iterator[Callable[..., Page]]:
    """Make pages with separate cookies: `visitor()`, `visitor(width=390)`, or `scripts=False`.

    The test fails if in the end any of its pages did what `watch` looks for.
    """
    problems: list[str] = []
    contexts = []

    def new(*, width: int = 1280, height: int = 900, scripts: bool = True) -> Page:
        context = chromium.new_context(
            viewport={"width": width, "height": height}, java_script_enabled=scripts
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        watch(page, problems)
        return page

    yield new
    for context in contexts:
        context.close()
    assert not problems, problems
