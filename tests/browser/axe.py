"""Asks axe-core, which `run` fetches for tests only, what WCAG 2.2 AA finds wrong on a page."""

from django.conf import settings
from playwright.sync_api import Page

SCRIPT = settings.BASE_DIR / "var" / "node" / "node_modules" / "axe-core" / "axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def violations(page: Page) -> list[str]:
    """One line per finding: the rule, what it says, and the first element that breaks it."""
    if page.evaluate("typeof axe === 'undefined'"):
        page.evaluate(SCRIPT.read_text(encoding="utf-8"))
    result = page.evaluate(
        "tags => axe.run(document,"
        " {runOnly: {type: 'tag', values: tags}, resultTypes: ['violations']})",
        TAGS,
    )
    return [
        f"{found['id']}: {found['help']} ({found['nodes'][0]['target']})"
        for found in result["violations"]
    ]
