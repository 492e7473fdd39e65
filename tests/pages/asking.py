"""Asks pages as a browser would: forms urlencoded, the answer as text."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.test import Client
from django.urls import reverse

from tests.signing_in import FORM


def get(client: Client, name: str, *args: Any, **query: Any) -> Any:
    """Open a page by its name."""
    return client.get(reverse(name, args=args), query)


def post(client: Client, name: str, /, *args: Any, **form: Any) -> Any:
    """Send a form to a page by its name."""
    return client.post(reverse(name, args=args), urlencode(form), content_type=FORM)


def text_of(answer: Any) -> str:
    """The page as text; typed loosely, as the test client's answers are."""
    content: bytes = answer.content
    return content.decode()


def done(name: str, object_id: UUID, code: str) -> str:
    """The address that says what was done."""
    return f"{reverse(name, args=[object_id])}?done={code}"
