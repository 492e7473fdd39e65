"""Calls to the API as somebody of the cast makes them, and a referral that fits."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from django.test import Client
from django.urls import reverse

from api.problems import MEDIA_TYPE
from audit.events import Event
from audit.models import AccessEvent
from casework.models import Draft, Referral
from tests.signing_in import csrf_of, signed_in_client
from tests.world import Person

JSON = "application/json"


def referral(sending: Mapping[str, Any] | None = None, /, **answers: Any) -> dict[str, Any]:
    """The smallest referral that may be sent, with more answers or decisions."""
    return {
        "answers": {"what_happened": "He showed a knife.", "none_seen": True, **answers},
        "sending": {"declaration": True, **(sending or {})},
    }


@dataclass
class Caller:
    """A program that works in somebody's session."""

    person: Person
    client: Client

    @classmethod
    def of(cls, person: Person) -> "Caller":
        """Signed in on the page; forged requests are refused as outside of tests."""
        return cls(person, signed_in_client(person, enforce_csrf_checks=True))

    def get(self, name: str, **params: Any) -> Any:
        """Read an address."""
        return self.client.get(reverse(name), params)

    def send(
        self,
        body: Any,
        *,
        key: UUID | None = None,
        content_type: str = JSON,
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        """Post a referral; the body is made JSON unless it is bytes already."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        given = {"X-CSRFToken": csrf_of(self.client), "Idempotency-Key": str(key or uuid4())}
        # Not by post(), which would write bytes anew in the charset that a content type names.
        return self.client.generic(
            "POST",
            reverse("api_referrals"),
            data,
            content_type,
            headers={**given, **(headers or {})},
        )


def problem(answer: Any, status: int, code: str) -> dict[str, Any]:
    """The problem that an answer of a view tells, checked for what every problem says."""
    assert answer.status_code == status, answer.content
    assert answer.headers["Content-Type"] == MEDIA_TYPE
    assert "no-store" in answer.headers["Cache-Control"]
    told: dict[str, Any] = json.loads(answer.content)
    assert told["status"] == status
    assert told["code"] == code
    assert told["type"] == f"urn:problem:confer:{code}"
    assert told["title"]
    assert told["instance"].startswith("urn:uuid:")
    return told


def places(told: dict[str, Any]) -> set[str]:
    """Where the errors of a problem lie."""
    names = ("pointer", "parameter", "header")
    return {each[name] for each in told["errors"] for name in names if name in each}


def nothing_sent() -> bool:
    """Whether no referral and no draft is stored."""
    return not Referral.objects.exists() and not Draft.objects.exists()


def last_event(event: Event) -> AccessEvent:
    """The newest event of one kind."""
    newest = AccessEvent.objects.filter(action=event).order_by("-at")
    found: AccessEvent | None = newest.first()
    assert found is not None
    return found
