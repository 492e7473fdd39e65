"""Key sessions: what ends them, and that nobody else's cookie, row or browser opens them."""

import base64
import os
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.errors import KeysLocked
from accounts.keys.encoding import expand
from accounts.keys.sessions import find_open, hold_open, lock, lock_everywhere
from accounts.keys.slots import open_password_slot
from accounts.models import KeySession, KeySlot, User
from accounts.services.leaving import deactivate_person, end_membership, end_sessions
from accounts.services.sessions import change_passphrase
from casework.models import Draft
from tests.signing_in import FORM, csrf_of, signed_in_client
from tests.world import PHRASE, PROGRAM, Person, World

pytestmark = pytest.mark.django_db(transaction=True)
REF, OTHER_REF = uuid.uuid4(), uuid.uuid4()


def copy_of(client: Client) -> Client:
    """A second browser with the same cookies, as somebody has who stole them."""
    other = Client()
    other.cookies.load({name: morsel.value for name, morsel in client.cookies.items()})
    return other


def asks(client: Client) -> str:
    """What a browser gets for a page that needs open keys: 'in', or the door it is sent to."""
    return door(client.get(reverse("passphrase_change")))


def door(answer: Any) -> str:
    if answer.status_code == 200:
        return "in"
    if answer.status_code == 302:
        return str(answer.headers["Location"]).split("?")[0].strip("/")
    return str(answer.status_code)


def post(client: Client, name: str, *args: object, **fields: str) -> Any:
    form = urlencode({**fields, "csrfmiddlewaretoken": csrf_of(client)})
    return client.post(reverse(name, args=args), form, content_type=FORM)


def test_signed_in_browser_is_in(world: World) -> None:
    client = signed_in_client(world.maud)
    assert asks(client) == "in"
    assert asks(copy_of(client)) == "in", "two cookies are all it takes, so stealing them counts"
    assert asks(Client()) == "sign-in"


@pytest.mark.parametrize("cookie", ["SESSION_COOKIE_NAME", "KEY_COOKIE_NAME"])
def test_one_cookie_alone_opens_nothing(world: World, cookie: str) -> None:
    client = signed_in_client(world.maud)
    del client.cookies[getattr(settings, cookie)]
    assert asks(client) == {"SESSION_COOKIE_NAME": "sign-in", "KEY_COOKIE_NAME": "unlock"}[cookie]


def test_sign_out_ends_the_session_in_every_copy(world: World) -> None:
    client = signed_in_client(world.maud)
    stolen, elsewhere = copy_of(client), signed_in_client(world.maud)
    assert post(client, "sign_out").status_code == 302
    assert (asks(client), asks(stolen)) == ("sign-in", "sign-in")
    assert asks(elsewhere) == "in", "another browser of the same person is another session"


def test_lock_ends_the_keys_in_every_copy(world: World) -> None:
    client = signed_in_client(world.maud)
    stolen = copy_of(client)
    assert post(client, "lock").status_code == 302
    assert (asks(client), asks(stolen)) == ("unlock", "unlock")


def test_unlock_gives_new_keys_to_this_browser_only(world: World) -> None:
    client = signed_in_client(world.maud)
    stolen = copy_of(client)
    assert post(client, "unlock", passphrase=PHRASE).status_code == 302
    assert (asks(client), asks(stolen)) == ("in", "unlock")


def ended_hat(person: Person) -> None:
    end_membership(origin=PROGRAM, membership=person.membership, reason="left")


def suspended(person: Person) -> None:
    deactivate_person(origin=PROGRAM, user=person.user)


def changed(person: Person) -> None:
    opened = open_password_slot(KeySlot.objects.get(user=person.user), PHRASE)
    change_passphrase(actor=person.actor, opened=opened, new_phrase="another four good words")


ENDINGS: list[Callable[[Person], None]] = [ended_hat, suspended, changed]


@pytest.mark.parametrize("end", ENDINGS, ids=lambda each: each.__name__)
def test_ending_ends_every_session_at_once(world: World, end: Callable[[Person], None]) -> None:
    browsers = [signed_in_client(world.maud), signed_in_client(world.maud)]
    browsers.append(copy_of(browsers[0]))
    rolf = signed_in_client(world.rolf)
    end(world.maud)
    assert [asks(each) for each in browsers] == ["sign-in"] * 3
    assert asks(rolf) == "in"
    assert not KeySession.objects.filter(user=world.maud.user).exists()


@pytest.mark.parametrize("end", ENDINGS, ids=lambda each: each.__name__)
def test_text_that_comes_after_the_end_is_refused(
    world: World, end: Callable[[Person], None]
) -> None:
    client = signed_in_client(world.maud)
    end(world.maud)
    answer = post(client, "referral_new")
    assert door(answer) == "sign-in"
    assert not Draft.objects.exists()


@pytest.mark.parametrize("end", [ended_hat, suspended])
def test_who_has_gone_does_not_come_back_in(world: World, end: Callable[[Person], None]) -> None:
    """No hat: known, but there is nothing to act as. Suspended: not even known."""
    end(world.maud)
    client = Client()
    client.get(reverse("sign_in"))
    answer = post(client, "sign_in", login=world.maud.email, password=PHRASE)
    assert asks(client) == ("403" if end is ended_hat else "sign-in")
    assert answer.status_code in {200, 302}


def test_old_phrase_opens_nothing_after_the_change(world: World) -> None:
    changed(world.maud)
    client = Client()
    client.get(reverse("sign_in"))
    assert post(client, "sign_in", login=world.maud.email, password=PHRASE).status_code == 200
    assert asks(client) == "sign-in"


def test_wrong_old_phrase_changes_nothing(world: World) -> None:
    client = signed_in_client(world.maud)
    new = "another four good words"
    fields = {"passphrase": "not the phrase", "new_passphrase": new, "repeated": new}
    assert post(client, "passphrase_change", **fields).status_code == 200
    assert asks(client) == "in"
    slot = KeySlot.objects.get(user=world.maud.user)
    assert open_password_slot(slot, PHRASE).keys.id == world.maud.keys.id


@pytest.mark.parametrize("name", ["unlock", "passphrase_change"])
def test_guessing_ends_at_every_door(world: World, name: str) -> None:
    """Somebody who found an open browser cannot try phrases without end: sign-in's limits hold."""
    client = signed_in_client(world.maud)
    new = "another four good words"
    for _ in range(9):
        post(client, name, passphrase="a guess", new_passphrase=new, repeated=new)
    answer = post(client, name, passphrase=PHRASE, new_passphrase=new, repeated=new)
    assert answer.status_code in {200, 429}, "the right phrase comes too late"
    assert KeySlot.objects.get(user=world.maud.user).created_at < timezone.now()
    fresh = Client()
    fresh.get(reverse("sign_in"))
    assert post(fresh, "sign_in", login=world.maud.email, password=PHRASE).status_code == 200


def test_ending_twice_ends_twice(world: World) -> None:
    """Somebody holds an old copy of the person's row: the second end must not undo the first."""
    stale = User.objects.get(pk=world.maud.user.pk)
    end_sessions_in_a_transaction(stale)
    client = signed_in_client(world.maud)
    assert asks(client) == "in"
    end_sessions_in_a_transaction(stale)
    assert asks(client) == "sign-in"


def end_sessions_in_a_transaction(user: User) -> None:
    with transaction.atomic():
        end_sessions(origin=PROGRAM, user=user)


def test_another_persons_key_cookie_opens_nothing(world: World) -> None:
    maud, rolf = signed_in_client(world.maud), signed_in_client(world.rolf)
    name = settings.KEY_COOKIE_NAME
    maud.cookies[name] = rolf.cookies[name].value
    assert asks(maud) == "unlock"
    assert asks(rolf) == "in"


def test_key_cookie_of_another_browser_of_the_same_person_opens_nothing(world: World) -> None:
    first, second = signed_in_client(world.maud), signed_in_client(world.maud)
    name = settings.KEY_COOKIE_NAME
    first.cookies[name] = second.cookies[name].value
    assert asks(first) == "unlock"


def urlsafe(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode()


NO_SECRETS = (
    "", "x", "%", "é", "\x00", " ", "A" * 5000,
    urlsafe(bytes(31)), urlsafe(bytes(32)), urlsafe(bytes(33)),
)  # fmt: skip


def test_cookie_that_is_no_secret_is_locked_and_not_a_crash(world: World) -> None:
    for cookie in NO_SECRETS:
        with pytest.raises(KeysLocked):
            find_open(cookie, world.maud.user, REF)


def open_one(world: World) -> str:
    return hold_open(world.maud.user, world.maud.keys, REF)


def test_cookie_opens_for_its_person_and_session_only(world: World) -> None:
    cookie = open_one(world)
    assert find_open(cookie, world.maud.user, REF).keys == world.maud.keys
    for user, ref in ((world.rolf.user, REF), (world.maud.user, OTHER_REF)):
        with pytest.raises(KeysLocked):
            find_open(cookie, user, ref)


def test_row_holds_neither_the_secret_nor_the_keys(world: World) -> None:
    cookie = open_one(world)
    secret = base64.urlsafe_b64decode(cookie)
    row = KeySession.objects.get()
    stored = bytes(row.blob) + bytes(row.lookup)
    keys = world.maud.keys
    for each in (secret, keys.kem_seed, keys.sign_seed, expand(secret, "session-key")):
        assert each not in stored
    assert bytes(row.lookup) == expand(secret, "session-lookup") != expand(secret, "session-key")
    assert not Session.objects.exists()


Tampering = Callable[[KeySession, World], object]


def _set(**changes: object) -> Tampering:
    return lambda row, _world: KeySession.objects.filter(pk=row.pk).update(**changes)


TAMPERINGS: dict[str, Tampering] = {
    "another person": lambda row, world: KeySession.objects.filter(pk=row.pk).update(
        user=world.rolf.user
    ),
    "another session": _set(session_ref=OTHER_REF),
    "another look-up": _set(lookup=os.urandom(32)),
    "no blob": _set(blob=b""),
    "cut blob": lambda row, _world: KeySession.objects.filter(pk=row.pk).update(
        blob=bytes(row.blob)[:-1]
    ),
    "longer blob": lambda row, _world: KeySession.objects.filter(pk=row.pk).update(
        blob=bytes(row.blob) + b"\0"
    ),
    "flipped blob": lambda row, _world: KeySession.objects.filter(pk=row.pk).update(
        blob=bytes(row.blob)[:40] + bytes([bytes(row.blob)[40] ^ 1]) + bytes(row.blob)[41:]
    ),
    "unknown format": lambda row, _world: KeySession.objects.filter(pk=row.pk).update(
        blob=b"K\x02" + bytes(row.blob)[2:]
    ),
    "slot in its place": lambda row, world: KeySession.objects.filter(pk=row.pk).update(
        blob=bytes(KeySlot.objects.get(user=world.maud.user).blob)
    ),
    "expired": _set(expires_at=timezone.now() - timedelta(seconds=1)),
    "idle": _set(used_at=timezone.now() - timedelta(minutes=settings.KEY_IDLE_MINUTES + 1)),
    # The last one, since it changes the person and not the row.
    "session epoch": lambda _row, world: User.objects.filter(pk=world.maud.user.pk).update(
        session_epoch=7
    ),
}


def test_row_that_somebody_changed_is_locked_and_not_a_crash(world: World) -> None:
    for name, tamper in TAMPERINGS.items():
        KeySession.objects.all().delete()
        cookie = open_one(world)
        assert find_open(cookie, world.maud.user, REF).keys == world.maud.keys, name
        tamper(KeySession.objects.get(), world)
        with pytest.raises(KeysLocked):
            find_open(cookie, User.objects.get(pk=world.maud.user.pk), REF)


def test_row_of_another_person_under_ones_own_look_up_opens_nothing(world: World) -> None:
    """Rolf writes the database: he puts Maud's sealed keys into his own row."""
    open_one(world)
    maud = KeySession.objects.get()
    cookie = hold_open(world.rolf.user, world.rolf.keys, OTHER_REF)
    KeySession.objects.filter(user=world.rolf.user).update(blob=bytes(maud.blob))
    with pytest.raises(KeysLocked):
        find_open(cookie, world.rolf.user, OTHER_REF)


def test_use_is_written_at_most_once_a_minute(world: World) -> None:
    cookie = open_one(world)
    recent = timezone.now() - timedelta(seconds=30)
    KeySession.objects.update(used_at=recent)
    find_open(cookie, world.maud.user, REF)
    assert KeySession.objects.get().used_at == recent
    KeySession.objects.update(used_at=timezone.now() - timedelta(minutes=5))
    find_open(cookie, world.maud.user, REF)
    assert KeySession.objects.get().used_at > recent


def test_use_does_not_outlast_the_session(world: World) -> None:
    cookie = open_one(world)
    KeySession.objects.update(expires_at=timezone.now())
    with pytest.raises(KeysLocked):
        find_open(cookie, world.maud.user, REF)


def test_lock_forgets_one_session_and_lock_everywhere_all(world: World) -> None:
    for ref in (REF, OTHER_REF):
        hold_open(world.maud.user, world.maud.keys, ref)
    hold_open(world.rolf.user, world.rolf.keys, REF)
    lock(OTHER_REF)
    assert KeySession.objects.count() == 2
    lock_everywhere(world.maud.user)
    assert KeySession.objects.get().user == world.rolf.user


def test_every_browser_gets_a_secret_of_its_own(world: World) -> None:
    cookies = {hold_open(world.maud.user, world.maud.keys, uuid.uuid4()) for _ in range(20)}
    assert len(cookies) == 20
    assert {len(base64.urlsafe_b64decode(each)) for each in cookies} == {32}


def test_key_cookie_is_closed_to_scripts_and_other_sites(world: World) -> None:
    morsel = signed_in_client(world.maud).cookies[settings.KEY_COOKIE_NAME]
    assert morsel["httponly"]
    assert morsel["samesite"] == "Strict"
    assert morsel["path"] == "/"
    assert not morsel["domain"]
    assert not morsel["max-age"], "it ends with the browser"


def test_identity_session_holds_no_key(world: World) -> None:
    client = signed_in_client(world.maud)
    session = client.session
    secret = client.cookies[settings.KEY_COOKIE_NAME].value
    assert set(session.keys()) <= {
        "_auth_user_id",
        "_auth_user_backend",
        "_auth_user_hash",
        "_session_expiry",
        "account_authentication_methods",
        "account_authentication_methods_user",
        "ref",
        "hat",
    }
    assert secret not in str(dict(session.items()))
