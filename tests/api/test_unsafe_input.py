"""What is sent wrong: refused as a problem, nothing of it repeated, nothing stored."""

import gzip
import json
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.urls import reverse

from api.problems import MEDIA_TYPE
from audit.events import Event
from tests.api.calls import JSON, Caller, last_event, nothing_sent, problem, referral
from tests.signing_in import csrf_of

CANARY = "Canary-Teo-Lenoir"
WHOLE = json.dumps(referral(strengths=CANARY))


def refused(answer: Any, status: int, code: str) -> dict[str, Any]:
    """The problem, with nothing of the body in it and nothing stored."""
    told = problem(answer, status, code)
    assert CANARY not in answer.content.decode()
    assert CANARY not in str(answer.headers)
    assert nothing_sent()
    return told


NOT_STRICT_JSON = (
    b"{",
    f'{{"{CANARY}"'.encode(),
    b"\xff\xfe" + CANARY.encode(),
    WHOLE.encode("utf-16"),
    WHOLE.encode("utf-32"),
    b"\xef\xbb\xbf" + WHOLE.encode(),
    WHOLE.encode().replace(b"Lenoir", b"\xe9"),
    WHOLE.encode().replace(b"Lenoir", b"\xed\xa0\x80"),
    WHOLE.replace('"sending"', '"answers"').encode(),
    WHOLE.replace('"none_seen"', '"strengths"').encode(),
    WHOLE.replace("true", "NaN").encode(),
    WHOLE.replace("true", "Infinity").encode(),
    WHOLE.replace(CANARY, "a\x00b").encode(),
    WHOLE.replace(CANARY, "a\nb").encode(),
    b"[" * 100_000,
    b'{"a":' * 50_000,
    b'{"answers":' + b"9" * 10_000 + b"}",
    WHOLE.encode() + b"{}",
    b"\x00",
    b"answers=1",
)


def test_body_that_is_not_strict_json_gets_400(maud: Caller, subtests: pytest.Subtests) -> None:
    for number, body in enumerate(NOT_STRICT_JSON):
        with subtests.test(number=number):
            refused(maud.send(body), 400, "malformed")


def test_escaped_nul_and_half_characters_get_422(maud: Caller) -> None:
    for escape in ("\\u0000", "\\ud800", "\\udc00\\ud800", "\\ufffd"):
        body = WHOLE.replace(CANARY, CANARY + escape)
        refused(maud.send(body.encode()), 422, "invalid")


def test_empty_body_gets_422(maud: Caller) -> None:
    refused(maud.send(b""), 422, "invalid")


def test_json_of_another_shape_gets_422(maud: Caller) -> None:
    for value in ("null", "[]", "1", '""', "true", f'"{CANARY}"', f'["{CANARY}"]'):
        refused(maud.send(value.encode()), 422, "invalid")


NOT_JSON = (
    "",
    "text/plain",
    "text/html",
    "application/xml",
    "application/octet-stream",
    "application/x-www-form-urlencoded",
    "application/json; charset=latin-1",
    "application/json; charset=utf-16",
    "application/json; charset=utf-7",
    "application/json; charset=no-such",
    "application/jsonp",
    "application/problem+json",
    f"text/{CANARY}",
    "x" * 5000,
)


def test_other_content_type_gets_415(maud: Caller, subtests: pytest.Subtests) -> None:
    for content_type in NOT_JSON:
        with subtests.test(content_type[:40]):
            answer = maud.send(WHOLE.encode(), content_type=content_type)
            refused(answer, 415, "unsupported-media-type")


def test_json_in_utf_8_may_say_so(maud: Caller) -> None:
    body = json.dumps(referral()).encode()
    assert maud.send(body, content_type="application/json; charset=UTF-8").status_code == 201


def test_compressed_body_gets_415(maud: Caller) -> None:
    answer = maud.send(gzip.compress(WHOLE.encode()), headers={"Content-Encoding": "gzip"})
    refused(answer, 415, "unsupported-media-type")


def test_upload_gets_415_and_is_logged(maud: Caller) -> None:
    part = f'--x\r\nContent-Disposition: form-data; name="f"; filename="{CANARY}"\r\n\r\n{CANARY}'
    for content_type in ("multipart/form-data; boundary=x", "Multipart/Mixed", "multipart/"):
        answer = maud.send(f"{part}\r\n--x--\r\n".encode(), content_type=content_type)
        refused(answer, 415, "unsupported-media-type")
    assert last_event(Event.UPLOAD_REFUSED).actor == maud.person.user.log_ref


def test_body_above_the_limit_gets_413(maud: Caller) -> None:
    limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    assert limit is not None
    refused(maud.send(WHOLE.encode() + b" " * limit), 413, "too-large")
    big = json.dumps(referral()).encode()
    assert maud.send(big + b" " * (limit - len(big))).status_code == 201


def test_form_above_the_limit_gets_413(maud: Caller) -> None:
    """A form is read before the token in its header is looked at; the limit holds there too."""
    body = b"a=" + b"x" * (settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0)
    form = "application/x-www-form-urlencoded"
    refused(maud.send(body, content_type=form), 413, "too-large")


def test_longest_referral_fits_below_the_limit(maud: Caller) -> None:
    """Every box full of the characters that JSON writes longest."""
    texts = {"what_happened": 10_000, "what_you_think": 10_000, "strengths": 10_000}
    texts |= dict.fromkeys(
        ("address", "guardian", "when_where", "frequency", "change_over_time", "safe_fair",
         "others_at_risk", "safe_contact", "consent_note", "who_may_know", "who_must_not",
         "agencies_involved", "earlier_referral", "hoped_outcome"), 2_000,
    )  # fmt: skip
    body = referral(**{name: "\U0001f52a" * size for name, size in texts.items()})
    data = json.dumps(body).encode()
    limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0
    assert (len(data) < limit) == (maud.send(data).status_code == 201)
    plain = json.dumps(body, ensure_ascii=False).encode()
    assert len(plain) < limit
    assert maud.send(plain).status_code == 201


def test_answer_of_another_type_gets_406(maud: Caller) -> None:
    for accept in ("text/html", "application/xml", "image/*", f"text/{CANARY}"):
        answer = maud.client.get(reverse("api_referrals"), headers={"Accept": accept})
        assert CANARY not in answer.content.decode()
        problem(answer, 406, "not-acceptable")


def test_answer_of_json_suits_everybody_else(maud: Caller) -> None:
    for accept in ("*/*", "application/json", "text/html,*/*;q=0.1"):
        answer = maud.client.get(reverse("api_referrals"), headers={"Accept": accept})
        assert answer.status_code == 200
        assert answer.headers["Content-Type"] == JSON


def test_missing_slash_sends_nothing_and_looks_like_nothing(maud: Caller) -> None:
    headers = {"X-CSRFToken": csrf_of(maud.client), "Idempotency-Key": str(uuid4())}
    address = reverse("api_referrals").rstrip("/")
    refused(maud.client.post(address, WHOLE, content_type=JSON, headers=headers), 404, "not-found")
    problem(maud.client.get(address), 404, "not-found")


def test_unknown_host_is_told_as_a_problem(maud: Caller) -> None:
    answer = maud.client.get(reverse("api_referrals"), headers={"Host": "elsewhere.example"})
    assert (answer.status_code, answer.headers["Content-Type"]) == (400, MEDIA_TYPE)
    assert answer.json()["code"] == "malformed"
