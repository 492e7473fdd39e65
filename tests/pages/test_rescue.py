"""The pages of the rescue sheet: shown once, refused alike, offered where it is missing."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.keys.rescue_code import new_code
from accounts.keys.slots import slot_of
from accounts.models import KeySession
from accounts.models.member_keys import SlotKind
from accounts.services.browser_sessions import SHARED
from accounts.services.leaving import deactivate_person
from accounts.services.rescue import make_sheet
from tests.pages.asking import get, post, text_of
from tests.signing_in import signed_in_client
from tests.world import PHRASE, PROGRAM, Person, World, build_world

pytestmark = pytest.mark.django_db(transaction=True)
NEW_PHRASE = "seven quiet boats by the harbour"
REFUSED = "This e-mail address and code open nothing. Check both and try again."
SLIP = "This code has a slip. Compare it with your sheet, letter by letter."
GROUP = re.compile(r"<span>([0-9A-Z]{4})</span>")


@pytest.fixture
def world() -> World:
    return build_world()


def make(client: Client, replaces: str = "") -> Any:
    return post(client, "rescue_sheet", replaces=replaces)


def code_on(answer: Any) -> str:
    groups = GROUP.findall(text_of(answer))
    assert len(groups) == 7
    return "-".join(groups)


def use(person: Person | str, code: str, phrase: str = NEW_PHRASE, again: str = "") -> Any:
    email = person if isinstance(person, str) else person.email
    form = {"email": email, "code": code, "new_passphrase": phrase, "repeated": again or phrase}
    return post(Client(), "rescue", **form)


def sheet_id(person: Person) -> str:
    slot = slot_of(person.user, SlotKind.RESCUE)
    return str(slot.pk) if slot else ""


def sign_in(person: Person, phrase: str) -> Client:
    person.phrase = phrase
    return signed_in_client(person)


def test_sheet_is_shown_once_by_the_answer_that_makes_it(world: World) -> None:
    client = signed_in_client(world.maud)
    before = text_of(get(client, "rescue_sheet"))
    assert "Make my sheet" in before
    assert GROUP.findall(before) == []
    answer = make(client)
    assert answer.status_code == 200
    code = code_on(answer)
    assert answer.headers["Cache-Control"] == "no-store, private"
    page = text_of(answer)
    for words in ("Maud Terrel", "Rivenne", "Code", "in a closed envelope", reverse("rescue")):
        assert words in page
    title = re.search("<title>(.*)</title>", page, re.DOTALL)
    assert title is not None
    assert code[:4] not in title[1]
    after = text_of(get(client, "rescue_sheet"))
    assert "Make a new sheet" in after
    assert not any(group in after for group in code.split("-"))
    assert code not in str(dict(client.session.items()))


def test_the_same_form_sent_twice_makes_one_sheet(world: World) -> None:
    """Somebody prints and then reloads: what they printed must stay the right one."""
    client = signed_in_client(world.maud)
    code = code_on(make(client))
    again = make(client)
    assert again.status_code == 302
    assert again.headers["Location"] == reverse("rescue_sheet")
    assert use(world.maud, code).status_code == 302


def test_new_sheet_replaces_the_one_it_names(world: World) -> None:
    client = signed_in_client(world.maud)
    old = code_on(make(client))
    new = code_on(make(client, sheet_id(world.maud)))
    assert old != new
    assert REFUSED in text_of(use(world.maud, old))
    assert use(world.maud, new).status_code == 302


def test_nothing_is_printed_at_a_shared_computer(world: World) -> None:
    client = signed_in_client(world.maud)
    session = client.session
    session[SHARED] = True
    session.save()
    assert "Others use this computer too" in text_of(get(client, "rescue_sheet"))
    page = text_of(make(client))
    assert "confer-no-paper" in page
    assert "Copy this sheet now" in page
    assert "data-print" not in page


def test_sheet_asks_for_a_fresh_proof(world: World) -> None:
    """A computer that was left open must not give away a sheet."""
    client = signed_in_client(world.maud)
    KeySession.objects.update(proved_at=timezone.now() - timedelta(minutes=11))
    for answer in (get(client, "rescue_sheet"), make(client)):
        assert answer.status_code == 302
        assert answer.headers["Location"].startswith(reverse("prove"))
    assert sheet_id(world.maud) == ""


def test_sheet_leads_to_a_new_phrase_and_the_usual_door(world: World) -> None:
    open_elsewhere = signed_in_client(world.maud)
    answer = use(world.maud, make_sheet(actor=world.maud.actor))
    assert answer.status_code == 302
    assert answer.headers["Location"] == reverse("rescue_done")
    assert get(open_elsewhere, "home").status_code == 302
    done = text_of(get(Client(), "rescue_done"))
    assert f"{reverse('sign_in')}?next={reverse('rescue_sheet')}" in done
    assert "Make my sheet" in text_of(get(sign_in(world.maud, NEW_PHRASE), "rescue_sheet"))


def test_use_signs_nobody_in(world: World) -> None:
    client = Client()
    form = {"new_passphrase": NEW_PHRASE, "repeated": NEW_PHRASE}
    code = make_sheet(actor=world.maud.actor)
    assert post(client, "rescue", email=world.maud.email, code=code, **form).status_code == 302
    assert get(client, "home").status_code == 302
    assert get(client, "home").headers["Location"].startswith(reverse("sign_in"))


def test_every_refusal_is_the_same_page(world: World) -> None:
    code = make_sheet(actor=world.rolf.actor)
    make_sheet(actor=world.maud.actor)
    make_sheet(actor=world.kai.actor)
    deactivate_person(origin=PROGRAM, user=world.kai.user)
    emails = [each.email for each in (world.maud, world.henri, world.kai)]
    pages = set()
    for email in (*emails, "nobody@test.example"):
        answer = use(email, code)
        assert REFUSED in text_of(answer)
        pages.add((answer.status_code, _shape(answer)))
    assert len(pages) == 1
    assert {status for status, _page in pages} == {200}


def _shape(answer: Any) -> str:
    return re.sub(r' value="[^"]*"', "", text_of(answer))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"code": "7F2K-0000"}, SLIP),
        ({"code": ""}, "This field is required."),
        ({"email": "no address"}, "Enter a valid email address."),
        ({"new_passphrase": "short"}, "This pass phrase is too short."),
        ({"repeated": "another four good words"}, "The two pass phrases are not the same."),
    ],
    ids=["slip", "no code", "no address", "short", "not the same"],
)
def test_slips_are_told_at_their_field_before_anything_is_tried(
    world: World, change: dict[str, str], words: str
) -> None:
    """The right code is not spent by them, and an unknown address gets the same words."""
    code = make_sheet(actor=world.maud.actor)
    form = {"email": world.maud.email, "code": code, "new_passphrase": NEW_PHRASE}
    known = post(Client(), "rescue", **{**form, "repeated": NEW_PHRASE, **change})
    form = {"email": "nobody@test.example", "code": new_code(), "new_passphrase": NEW_PHRASE}
    unknown = post(Client(), "rescue", **{**form, "repeated": NEW_PHRASE, **change})
    assert words in text_of(known)
    assert _shape(known) == _shape(unknown)
    assert use(world.maud, code).status_code == 302


def test_phrases_are_not_sent_back(world: World) -> None:
    page = text_of(use(world.maud, new_code()))
    assert NEW_PHRASE not in page
    assert world.maud.email in page


def test_guessing_ends_and_says_so(world: World) -> None:
    code = make_sheet(actor=world.maud.actor)
    for _each in range(8):
        use(world.maud, new_code())
    assert "Too many attempts for this address." in text_of(use(world.maud, code))
    assert sheet_id(world.maud)


def test_fields_keep_browsers_from_remembering(world: World) -> None:
    page = text_of(get(Client(), "rescue"))
    field = re.search(r'<input[^>]*name="code"[^>]*>', page)
    assert field is not None
    assert 'autocomplete="off"' in field[0]
    assert world.people


def test_sign_in_and_unlock_say_why_nobody_can_reset_it(world: World) -> None:
    locked = signed_in_client(world.maud)
    post(locked, "lock")
    for answer in (get(Client(), "sign_in"), get(locked, "unlock")):
        page = text_of(answer)
        assert "So nobody can simply reset it" in page
        places = [page.index(each) for each in ("have a passkey", "rescue sheet", "agency lead")]
        assert places == sorted(places)
        assert reverse("rescue") in page


def test_home_offers_the_sheet_until_it_is_made(world: World) -> None:
    client = signed_in_client(world.maud)
    page = text_of(get(client, "home"))
    assert "When you have five minutes" in page
    assert "You alone hold the key" not in page
    make(client)
    assert reverse("rescue_sheet") not in text_of(get(client, "home"))


def test_single_holder_is_told_until_the_sheet_is_made(world: World) -> None:
    client = signed_in_client(world.rolf)
    for _each in range(2):
        page = text_of(get(client, "home"))
        assert "You alone hold the key of Rivenne police" in page
        assert "When you have five minutes" not in page
    make(client)
    assert "You alone hold the key" not in text_of(get(client, "home"))
    assert "You alone hold the key" not in text_of(get(signed_in_client(world.anke), "home"))


def test_own_keys_are_listed_with_what_custody_means(world: World) -> None:
    client = signed_in_client(world.maud)
    page = text_of(get(client, "your_keys"))
    assert "Your keys are yours alone." in page
    assert page.count("None yet") == 2
    make(client)
    page = text_of(get(client, "your_keys"))
    assert page.count("None yet") == 1
    for name in ("passphrase_change", "rescue_sheet", "second_factor"):
        assert reverse(name) in page
    assert reverse("your_keys") in text_of(get(client, "home"))


def test_somebody_elses_session_in_this_browser_ends(world: World) -> None:
    rolf = signed_in_client(world.rolf)
    code = make_sheet(actor=world.maud.actor)
    form = {"new_passphrase": NEW_PHRASE, "repeated": NEW_PHRASE}
    assert post(rolf, "rescue", email=world.maud.email, code=code, **form).status_code == 302
    assert get(rolf, "home").headers["Location"].startswith(reverse("sign_in"))
    world.rolf.phrase = PHRASE
    signed_in_client(world.rolf)
