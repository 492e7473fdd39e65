"""Sessions of one person in several browsers: seen, ended, sooner locked where others sit too."""

import uuid
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import BrowserSession, KeySession
from accounts.services.browser_sessions import UNKNOWN, device_in_words
from accounts.services.leaving import deactivate_person
from accounts.views.sessions import LOCKS_IN
from audit.events import Event
from audit.models import AccessEvent
from tests.factors import code_of, with_app
from tests.pages.asking import get, post, text_of
from tests.signing_in import FORM, signed_in_client
from tests.world import PHRASE, PROGRAM, Person, World

pytestmark = pytest.mark.django_db(transaction=True)

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like "
    "Gecko) Version/18.0 Mobile/15E148 Safari/604.1"
)
EDGE = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0"
)
CHROME = (
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/140.0.0.0 Mobile Safari/537.36"
)
SAFARI = (
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/18.0 Safari/605.1.15"
)


def come(person: Person, user_agent: str = FIREFOX) -> Client:
    return signed_in_client(person, headers={"User-Agent": user_agent})


def come_to_shared(person: Person) -> Client:
    client = Client()
    client.get(reverse("sign_in"))
    form = f"login={person.email}&password={PHRASE}&shared=on"
    assert client.post(reverse("sign_in"), form, content_type=FORM).status_code == 302
    return client


def ref_of(client: Client) -> UUID:
    return UUID(client.session["ref"])


def is_in(client: Client) -> bool:
    return bool(client.get(reverse("home")).status_code == 200)


def ended() -> list[AccessEvent]:
    return list(AccessEvent.objects.filter(action=Event.SESSION_ENDED).order_by("at"))


@pytest.mark.parametrize(
    ("user_agent", "words"),
    [
        (FIREFOX, "Firefox on Windows"),
        (IPHONE, "Safari on iPhone"),
        (EDGE, "Edge on Windows"),
        (CHROME, "Chrome on Android"),
        (SAFARI, "Safari on Mac"),
        ("Firefox", "Firefox"),
        ("curl/8.0", UNKNOWN),
        ("", UNKNOWN),
        ("<script>" * 500, UNKNOWN),
    ],
    ids=["firefox", "iphone", "edge", "android", "mac", "no-system", "program", "none", "odd"],
)
def test_device_is_told_coarsely(user_agent: str, words: str) -> None:
    assert device_in_words(user_agent) == words


def test_sign_in_makes_a_row_without_address_or_version(world: World) -> None:
    client = come(world.maud)
    row = BrowserSession.objects.get()
    assert (row.pk, row.user_id) == (ref_of(client), world.maud.user.pk)
    assert (row.session_key, row.device) == (client.session.session_key, "Firefox on Windows")
    assert not row.shared
    stored = " ".join(str(value) for value in vars(row).values())
    assert "127.0.0.1" not in stored
    assert "140" not in row.device


def test_sign_out_and_the_end_of_a_person_delete_the_rows(world: World) -> None:
    first, _second, rolf = come(world.maud), come(world.maud), come(world.rolf)
    first.post(reverse("sign_out"), "", content_type=FORM)
    assert BrowserSession.objects.filter(user=world.maud.user).count() == 1
    deactivate_person(origin=PROGRAM, user=world.maud.user)
    assert list(BrowserSession.objects.all()) == [BrowserSession.objects.get(pk=ref_of(rolf))]


def test_use_is_noted_with_the_keys_and_at_most_once_a_minute(world: World) -> None:
    client = come(world.maud)
    for ago, moves in ((30, False), (300, True)):
        before = timezone.now() - timedelta(seconds=ago)
        KeySession.objects.update(used_at=before)
        BrowserSession.objects.update(used_at=before)
        assert is_in(client)
        assert (BrowserSession.objects.get().used_at > before) is moves
        assert (KeySession.objects.get().used_at > before) is moves


def test_own_sessions_are_shown_and_recorded(world: World) -> None:
    client, phone = come(world.maud), come(world.maud, IPHONE)
    come(world.rolf, EDGE)
    phone.post(reverse("lock"), "", content_type=FORM)
    page = get(client, "sessions_list")
    rows = page.context["rows"]
    assert [(row.device, row.is_here, row.is_open) for row in rows] == [
        ("Firefox on Windows", True, True),
        ("Safari on iPhone", False, False),
    ]
    assert "Edge" not in text_of(page)
    assert text_of(page).count('/end/"') == 1, "this one has no button"
    (event,) = AccessEvent.objects.filter(action=Event.SESSION_SHOWN)
    assert event.actor == world.maud.user.log_ref
    assert set(event.refs) == {str(ref_of(each)) for each in (client, phone)}


def test_alone_there_is_nothing_to_end(world: World) -> None:
    page = text_of(get(come(world.maud), "sessions_list"))
    assert "You are signed in nowhere else." in page
    assert "End all others" not in page


def test_rows_of_lapsed_sessions_go(world: World) -> None:
    client, other = come(world.maud), come(world.maud)
    Session.objects.filter(session_key=other.session.session_key).update(
        expire_date=timezone.now() - timedelta(seconds=1)
    )
    assert len(get(client, "sessions_list").context["rows"]) == 1
    assert BrowserSession.objects.count() == 1


def test_one_browser_ends_the_other_at_once(world: World) -> None:
    client, other = come(world.maud), come(world.maud, IPHONE)
    ref, key = ref_of(other), other.session.session_key
    assert post(client, "session_end", ref).status_code == 302
    assert not is_in(other)
    assert get(other, "home").url.startswith(reverse("sign_in"))
    assert is_in(client)
    assert not KeySession.objects.filter(session_ref=ref).exists()
    assert not Session.objects.filter(session_key=key).exists()
    (event,) = ended()
    assert (event.reason, event.outcome, event.object_ref) == ("by_person", "done", ref)


def test_all_others_end_and_this_one_stays(world: World) -> None:
    client, *others = (come(world.maud) for _each in range(3))
    rolf = come(world.rolf)
    assert post(client, "sessions_end_others").status_code == 302
    assert [is_in(each) for each in (client, *others, rolf)] == [True, False, False, True]
    (event,) = ended()
    assert set(event.refs) >= set()
    assert len(event.refs) == 2


def test_session_of_another_person_is_a_missing_page_and_recorded(world: World) -> None:
    maud, rolf = come(world.maud), come(world.rolf)
    for ref in (ref_of(maud), uuid.uuid4()):
        answer = post(rolf, "session_end", ref)
        assert answer.status_code == 404
    assert is_in(maud)
    assert [(each.outcome, each.reason) for each in ended()] == [("refused", "not_own_session")] * 2


def test_ending_this_one_is_a_sign_out(world: World) -> None:
    client = come(world.maud)
    assert post(client, "session_end", ref_of(client)).status_code == 302
    assert not is_in(client)
    assert not BrowserSession.objects.exists()


def test_locked_or_strange_browser_ends_nothing(world: World) -> None:
    client, other = come(world.maud), come(world.maud)
    ref = ref_of(other)
    client.post(reverse("lock"), "", content_type=FORM)
    assert post(client, "session_end", ref).url.startswith(reverse("unlock"))
    assert post(Client(), "session_end", ref).url.startswith(reverse("sign_in"))
    assert post(client, "sessions_end_others").url.startswith(reverse("unlock"))
    assert is_in(other)


# Staying


def stays(client: Client, ref: Any) -> Any:
    return post(client, "session_stay", ref=str(ref))


def test_stay_puts_the_lock_off(world: World) -> None:
    client = come(world.maud)
    before = timezone.now() - timedelta(minutes=settings.KEY_IDLE_MINUTES - 1)
    KeySession.objects.update(used_at=before)
    BrowserSession.objects.update(used_at=before)
    answer = stays(client, ref_of(client))
    assert answer.status_code == 204
    assert 0 < settings.KEY_IDLE_MINUTES * 60 - int(answer[LOCKS_IN]) < 10
    assert KeySession.objects.get().used_at > before
    assert BrowserSession.objects.get().used_at > before


def test_stay_never_outlasts_the_session(world: World) -> None:
    client = come(world.maud)
    KeySession.objects.update(expires_at=timezone.now() + timedelta(minutes=3))
    assert int(stays(client, ref_of(client))[LOCKS_IN]) <= 180


def test_stay_does_not_open_what_is_locked(world: World) -> None:
    client = come(world.maud)
    ref = ref_of(client)
    KeySession.objects.update(
        used_at=timezone.now() - timedelta(minutes=settings.KEY_IDLE_MINUTES, seconds=1)
    )
    assert stays(client, ref).url.startswith(reverse("unlock"))
    assert not is_in(client)
    assert stays(Client(), ref).url.startswith(reverse("sign_in"))


def test_page_of_another_session_does_not_keep_this_one_open(world: World) -> None:
    """Maud's page comes back in the browser in which Rolf is signed in: it must not show."""
    maud, rolf = come(world.maud), come(world.rolf)
    for ref in (ref_of(maud), "", "x"):
        assert stays(rolf, ref).status_code == 409


def test_page_says_when_it_locks(world: World) -> None:
    client = come(world.maud)
    KeySession.objects.update(used_at=timezone.now() - timedelta(seconds=50))
    page = get(client, "home")
    left = settings.KEY_IDLE_MINUTES * 60 - page.context["shell"].locks_in
    assert 49 <= left < 60
    assert f'data-locks-in="{page.context["shell"].locks_in}"' in text_of(page)
    client.post(reverse("lock"), "", content_type=FORM)
    for name in ("unlock", "help"):
        assert "data-locks-in" not in text_of(get(client, name))


# A computer that others use too


def test_shared_computer_locks_after_five_minutes(world: World) -> None:
    shared, own = come_to_shared(world.maud), come(world.maud)
    assert BrowserSession.objects.get(pk=ref_of(shared)).shared
    assert get(shared, "home").context["shell"].locks_in <= 300
    KeySession.objects.update(used_at=timezone.now() - timedelta(minutes=5, seconds=1))
    assert not is_in(shared)
    assert is_in(own)
    rows = get(own, "sessions_list").context["rows"]
    assert [(row.shared, row.is_open) for row in rows] == [(False, True), (True, False)]


def test_tick_outlives_the_second_step(world: World) -> None:
    secret = with_app(world.maud)
    client = Client()
    client.get(reverse("sign_in"))
    form = f"login={world.maud.email}&password={PHRASE}&shared=on"
    client.post(reverse("sign_in"), form, content_type=FORM)
    BrowserSession.objects.all().delete()
    assert post(client, "second_step", code=code_of(secret, steps=1)).status_code == 302
    assert is_in(client)
    assert BrowserSession.objects.get().shared


def test_shared_computer_prints_nothing(world: World) -> None:
    own, shared = come(world.maud), come_to_shared(world.maud)
    for name in ("help", "privacy"):
        assert "confer-paper" in body_class(get(own, name))
        assert "confer-no-paper" in body_class(get(shared, name))


def test_tick_of_one_sign_in_does_not_stay_for_the_next(world: World) -> None:
    client = come_to_shared(world.maud)
    client.post(reverse("sign_out"), "", content_type=FORM)
    client.get(reverse("sign_in"))
    form = f"login={world.rolf.email}&password={PHRASE}"
    client.post(reverse("sign_in"), form, content_type=FORM)
    assert not BrowserSession.objects.get().shared
    assert "shared" not in client.session


def test_sign_out_forgets_own_cookies_and_site_data_but_not_other_sites_cookies(
    world: World,
) -> None:
    """ "cookies" would take those of the city's other services under the same domain along."""
    client = come_to_shared(world.maud)
    get(client, "home")
    answer = client.post(reverse("sign_out"), "", content_type=FORM)
    assert answer["Clear-Site-Data"] == '"cache", "storage"'
    for name in (settings.SESSION_COOKIE_NAME, settings.KEY_COOKIE_NAME):
        assert answer.cookies[name].value == ""
        assert answer.cookies[name]["max-age"] == 0


def test_every_cookie_ends_with_the_browser(world: World) -> None:
    client = come_to_shared(world.maud)
    lasting = [name for name, morsel in client.cookies.items() if morsel["max-age"]]
    assert lasting == []


def body_class(answer: Any) -> str:
    return text_of(answer).partition('<body class="')[2].partition('"')[0]


# What unlock may promise


def test_unlock_says_that_text_is_kept_only_when_it_is(world: World) -> None:
    client = come(world.maud)
    client.post(reverse("lock"), "", content_type=FORM)
    assert "Your text is kept" not in text_of(get(client, "unlock"))
