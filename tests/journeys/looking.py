"""Looks at every page that a journey reaches: barriers by axe, and nothing wider than the screen.

A page is looked at once for each heading and state, at the width of a phone and of a desk.
"""

import re
from dataclasses import dataclass, field

from django.urls import Resolver404, resolve
from playwright.sync_api import Page

from tests.browser import axe
from tests.journeys.walking import DESK, PHONE

Key = tuple[str, str, bool]
# References and counts do not make another page.
_BAR = re.compile("^(Can read this now|Who can read this, before and after)$")
_NUMBERS = re.compile(r"\S*\d\S*")


@dataclass
class Looker:
    """What was seen already in this run, and what was found in this test."""

    seen: set[Key]
    found: list[str] = field(default_factory=list)

    def __call__(self, page: Page) -> None:
        """Look at a page unless its like has been seen."""
        key = _key(page)
        if key in self.seen:
            return
        self.seen.add(key)
        before = page.viewport_size
        for width in (PHONE, DESK):
            page.set_viewport_size({"width": width, "height": 900})
            barriers = axe.violations(page)
            wide = page.evaluate("document.scrollingElement.scrollWidth - innerWidth")
            if wide > 0:
                barriers.append(f"wider than the screen by {wide} px")
            if _types_without_bar(page):
                barriers.append("text of a case is typed, and no bar says who can read it")
            self.found += [f"{key[0]} “{key[1]}” at {width}: {each}" for each in barriers]
        if before:
            page.set_viewport_size(before)


def _types_without_bar(page: Page) -> bool:
    bar = page.get_by_role("heading", name=_BAR)
    return page.get_by_role("main").locator("textarea").count() > 0 and bar.count() == 0


def _key(page: Page) -> Key:
    path = page.url.split("://", 1)[1].partition("/")[2].partition("?")[0]
    try:
        name = resolve(f"/{path}").url_name or ""
    except Resolver404:
        name = "no page"
    heading, wrong = page.evaluate(
        "[document.querySelector('h1').innerText, document.querySelector('[role=alert]') !== null]"
    )
    return name, _NUMBERS.sub("", heading), wrong
