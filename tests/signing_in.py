"""Signs somebody of the cast in through the real page, as their browser would."""

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.test import Client
from django.urls import reverse

from tests.world import Person

# The test client would send a form as multipart, and Confer takes none.
FORM = "application/x-www-form-urlencoded"


def signed_in_client(person: Person, **options: Any) -> Client:
    """A browser with both cookies: the session's and the one that opens the keys.

    `options` go to django.test.Client, for instance enforce_csrf_checks=True.
    """
    client = Client(**options)
    page = client.get(reverse("sign_in"))
    assert page.status_code == 200
    form = {
        "login": person.email,
        "password": person.phrase,
        "csrfmiddlewaretoken": page.context["csrf_token"],
    }
    answer = client.post(reverse("sign_in"), urlencode(form), content_type=FORM)
    assert answer.status_code == 302, "the sign-in page did not accept the phrase"
    assert settings.SESSION_COOKIE_NAME in client.cookies
    assert client.cookies[settings.KEY_COOKIE_NAME].value
    return client


def csrf_of(client: Client) -> str:
    """The token that a writing request of this browser must carry."""
    return client.cookies[settings.CSRF_COOKIE_NAME].value
