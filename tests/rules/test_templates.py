"""What no template may hold: trusted text, inline script or style, anything from elsewhere."""

import re

import pytest

from tests.rules import sources

FORBIDDEN = {
    "text declared safe": re.compile(r"\|\s*safe(seq)?\b|\{%\s*autoescape\s+off"),
    "inline script": re.compile(r"<script(?![^>]*\ssrc=)[^>]*>", re.IGNORECASE),
    "inline style": re.compile(r"<style\b|\sstyle\s*=", re.IGNORECASE),
    "inline handler": re.compile(r"<[a-z][^>]*\son[a-z]+\s*=", re.IGNORECASE),
    "address of a script": re.compile(r"javascript:", re.IGNORECASE),
    "request to elsewhere": re.compile(
        r"<(?:script|img|link|iframe|source|video|audio)\b[^>]*(?:src|href)\s*=\s*[\"']?(?:https?:)?//",
        re.IGNORECASE,
    ),
}


def violations(text: str) -> list[str]:
    return [what for what, pattern in FORBIDDEN.items() if pattern.search(text)]


def test_templates_hold_nothing_forbidden() -> None:
    found = {name: violations(text) for name, text in sources.templates().items()}
    assert {name: what for name, what in found.items() if what} == {}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{{ text|safe }}", "text declared safe"),
        ("{% autoescape off %}", "text declared safe"),
        ("<script>go()</script>", "inline script"),
        ('<p style="color:red">', "inline style"),
        ('<button type="submit" onclick="go()">', "inline handler"),
        ('<a href="javascript:go()">', "address of a script"),
        ('<script src="https://cdn.example/x.js"></script>', "request to elsewhere"),
        ('<link rel="stylesheet" href="//cdn.example/x.css">', "request to elsewhere"),
    ],
)
def test_what_is_forbidden_would_be_found(text: str, expected: str) -> None:
    assert expected in violations(text)


@pytest.mark.parametrize(
    "text",
    [
        "<script src=\"{% static 'casework/confer.js' %}\" defer></script>",
        '<a href="https://www.example/">Elsewhere, by a click</a>',
        "{{ safe_contact }}",
        "<p>Is it on = or off?</p>",
    ],
)
def test_what_is_allowed_is_not_found(text: str) -> None:
    assert violations(text) == []
