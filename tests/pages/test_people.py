"""Pages about people: what each of those who look after people sees and does, and nobody else."""

import re
from datetime import timedelta
from uuid import UUID

import pytest
from django.core import mail
from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.keys.words import fingerprint_words, member_fingerprint
from accounts.models import KeySession, Leave, Membership, User
from accounts.queries import live_key
from accounts.roles import Role
from accounts.services.people import NewHat, create_member, invite, join
from audit.events import Event, Outcome
from audit.models import AccessEvent
from casework.services import leaving
from casework.services.take_in import acknowledge
from tests.pages.asking import done, get, post, text_of
from tests.referrals import ask_sofia, send
from tests.signing_in import signed_in_client
from tests.world import PHRASE, PROGRAM, Person, World, build_world

pytestmark = pytest.mark.django_db(transaction=True)
ACTS = (
    "person_end",
    "person_suspend",
    "person_reopen",
    "person_last_day",
    "person_lost_phrase",
    "person_factor",
    "person_send_again",
    "person_leave",
)


@pytest.fixture
def world() -> World:
    return build_world()


def client_of(world: World, name: str) -> Client:
    return signed_in_client(world.people[name])


def newcomer(world: World, *, with_keys: bool = True) -> UUID:
    hat = NewHat(world.agencies["school"], Role.AGENCY_LEAD, timezone.localdate())
    row = create_member(origin=PROGRAM, email="new@test.example", name="New Person", hat=hat)
    token = invite(origin=PROGRAM, user=row.user)
    if with_keys:
        join(origin=PROGRAM, token=token, phrase=PHRASE)
    return row.pk


def words_of(person: Person) -> list[str]:
    key = live_key(person.user.pk)
    assert key is not None
    return fingerprint_words(member_fingerprint(bytes(key.kem_public), bytes(key.sign_public)))


def listed_words(page: str) -> list[list[str]]:
    """Each list of words that stands on a page."""
    lists = re.findall(r'<ol class="confer-key-words"[^>]*>(.*?)</ol>', page, re.DOTALL)
    return [re.findall(r"<li>(\w+)</li>", each) for each in lists]


def test_a_lead_sees_the_own_people_and_their_keys(world: World) -> None:
    newcomer(world, with_keys=False)
    page = text_of(get(client_of(world, "idris"), "people_list"))
    for name in ("Idris Bekele", "Maud Terrel", "Henri Colas", "New Person"):
        assert name in page
    for name in ("Sofia Ruiz", "Anke Vos", "Per Holm"):
        assert name not in page
    assert "has no key yet: link open until" in page
    assert "waits to be let in by Idris Bekele" in page
    assert "has the desk&#x27;s key" in page


@pytest.mark.parametrize("name", ["anke", "per"])
def test_coordinators_and_administrators_see_all_agencies(world: World, name: str) -> None:
    page = text_of(get(client_of(world, name), "people_list"))
    for agency in world.agencies.values():
        assert agency.name in page
    assert ("Let in" in page) is (name == "anke")


def test_the_list_holds_nothing_of_a_case(world: World) -> None:
    referral_id = send(world)
    acknowledge(actor=world.anke.actor, referral_id=referral_id)
    page = text_of(get(client_of(world, "anke"), "people_list"))
    assert "referral" not in page.partition("<main")[2].partition("</main>")[0].lower()


@pytest.mark.parametrize("name", ["maud", "kai", "nora", "claire", "lena"])
def test_nobody_else_finds_the_pages_and_the_try_is_kept(world: World, name: str) -> None:
    membership_id = newcomer(world)
    client = client_of(world, name)
    pages = [get(client, "people_list"), get(client, "person_invite")]
    pages += [get(client, act, membership_id) for act in ("person_detail", *ACTS)]
    pages += [get(client, "agency_leave", world.agencies["school"].pk)]
    assert {page.status_code for page in pages} == {404}
    refused = AccessEvent.objects.filter(outcome=Outcome.REFUSED)
    assert refused.count() == len(pages)


@pytest.mark.parametrize("act", ["person_detail", *ACTS])
def test_a_membership_of_another_agency_in_the_address_opens_nothing(
    world: World, act: str
) -> None:
    membership_id = newcomer(world)
    sofia = client_of(world, "sofia")
    assert get(sofia, act, membership_id).status_code == 404
    if act != "person_detail":
        assert post(sofia, act, membership_id).status_code == 404
    assert post(sofia, "person_admit", membership_id).status_code == 404
    assert post(sofia, "person_link", membership_id).status_code == 404
    hat = Membership.objects.get(pk=membership_id)
    assert (hat.ended_at, hat.admitted_at, hat.user.is_active) == (None, None, True)


def test_the_words_of_whoever_waits_are_those_of_their_key(world: World) -> None:
    page = text_of(get(client_of(world, "idris"), "people_list"))
    assert listed_words(page) == [words_of(world.henri), words_of(world.maud)]


def test_a_newcomer_reads_who_lets_them_in_and_their_own_words(world: World) -> None:
    page = text_of(get(client_of(world, "maud"), "home"))
    assert "Nobody has let you in yet" in page
    assert "Idris Bekele can do it" in page
    assert listed_words(page) == [words_of(world.maud)]
    assert reverse("referral_new") in page


def test_without_a_lead_the_coordinators_let_in(world: World) -> None:
    leaving.end_hat(actor=world.per.actor, membership_id=world.sofia.membership.pk)
    page = text_of(get(client_of(world, "kai"), "home"))
    assert "Anke Vos or Noor Haddad can do it" in page


def test_whoever_is_in_is_not_told_to_wait(world: World) -> None:
    post(client_of(world, "idris"), "person_admit", world.maud.membership.pk)
    assert "Nobody has let you in yet" not in text_of(get(client_of(world, "maud"), "home"))


def test_everybody_reads_the_words_of_those_they_seal_to(world: World) -> None:
    page = text_of(get(client_of(world, "maud"), "key_words"))
    founding = fingerprint_words(world.maud.keys.pin.founding)
    assert listed_words(page) == [
        words_of(world.maud),
        founding,
        words_of(world.idris),
        words_of(world.anke),
        words_of(world.noor),
    ]


def test_a_replaced_row_is_noticed_on_the_page_of_words(world: World) -> None:
    client = client_of(world, "maud")
    key, other = live_key(world.anke.user.pk), live_key(world.rolf.user.pk)
    assert key is not None
    assert other is not None
    key.kem_public = other.kem_public
    key.save()
    answer = get(client, "key_words")
    assert answer.status_code == 409
    assert "does not verify" in text_of(answer)


FORM = {
    "name": "Ben Adler",
    "email": "ben@test.example",
    "role": "FRONTLINE",
    "starts_on_0": "1",
    "starts_on_1": "3",
    "starts_on_2": "2027",
    "deputy_of": "",
}


def invite_ben(world: World, **more: str) -> str:
    form = {**FORM, "agency": str(world.agencies["school"].pk), **more}
    answer = post(client_of(world, "idris"), "person_invite", **form)
    assert answer.status_code == 200
    return text_of(answer)


def test_the_demo_says_where_its_mail_lies(world: World) -> None:
    page = invite_ben(world)
    assert "no mail leaves it" in page
    assert re.search(r"/join/[\w-]{40,}/", page)
    assert len(mail.outbox) == 1
    assert User.objects.get(email="ben@test.example").name == "Ben Adler"


@override_settings(MAIL_BY="server")
def test_where_mail_leaves_the_page_shows_no_link(world: World) -> None:
    page = invite_ben(world)
    assert "It was sent by e-mail." in page
    assert "/join/" not in page


@override_settings(MAIL_BY="nobody")
def test_without_a_mail_server_the_link_is_handed_over(world: World) -> None:
    page = invite_ben(world)
    assert "you hand the link over yourself" in page
    assert re.search(r"/join/[\w-]{40,}/", page)
    assert "How to hand it over" in page


@override_settings(MAIL_BY="server", EMAIL_BACKEND="tests.accounts.test_joining.DownedServer")
def test_a_mail_server_that_fails_is_said_and_the_link_is_there(world: World) -> None:
    page = invite_ben(world)
    assert "Nothing is lost." in page
    assert "Send a new link" in page
    assert re.search(r"/join/[\w-]{40,}/", page)


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"email": "maud@test.example"}, "in this role already"),
        ({"email": "nonsense"}, "Write a whole e-mail address"),
        ({"name": ""}, "Write a name"),
        ({"role": "PADMIN"}, "Select a valid choice"),
        ({"ends_on_0": "1", "ends_on_1": "2", "ends_on_2": "2027"}, "lies before the first"),
        ({"ends_on_0": "31", "ends_on_1": "2", "ends_on_2": "2027"}, "Enter a real date"),
    ],
)
def test_what_cannot_be_is_said_in_words(world: World, more: dict[str, str], expected: str) -> None:
    assert expected in invite_ben(world, **more)
    assert mail.outbox == []


def test_a_role_of_another_agency_is_said_in_words(world: World) -> None:
    form = {**FORM, "agency": str(world.agencies["school"].pk), "role": "COORDINATOR"}
    answer = post(client_of(world, "anke"), "person_invite", **form)
    assert "This role is not given at this agency" in text_of(answer)


def test_ending_a_hat_says_first_what_it_does(world: World) -> None:
    referral_id = send(world)
    acknowledge(actor=world.anke.actor, referral_id=referral_id)
    ask_sofia(world, referral_id)
    anke = client_of(world, "anke")
    page = text_of(get(anke, "person_end", world.sofia.membership.pk))
    assert "All their sessions end at once" in page
    assert "They have a part in 1 open case." in page
    assert "Afterwards nobody holds the key of this desk." in page
    page = text_of(get(anke, "person_end", world.deputy_hat.pk))
    assert "Afterwards only Anke Vos holds the key of this desk." in page
    ended = post(anke, "person_end", world.sofia.membership.pk)
    assert ended["Location"] == f"{reverse('people_list')}?done=ended"
    assert "The hat has ended." in text_of(anke.get(ended["Location"]))
    assert get(anke, "person_detail", world.sofia.membership.pk).status_code == 404


def test_suspended_and_open_again(world: World) -> None:
    anke, sofia = client_of(world, "anke"), world.sofia.membership
    closed = post(anke, "person_suspend", sofia.pk)
    assert closed["Location"] == done("person_detail", sofia.pk, "suspended")
    page = text_of(anke.get(closed["Location"]))
    assert "account closed" in page
    assert reverse("person_reopen", args=[sofia.pk]) in page
    assert "account closed" in text_of(get(anke, "people_list"))
    post(anke, "person_reopen", sofia.pk)
    assert "waits to be let in" in text_of(get(anke, "person_detail", sofia.pk))


def test_a_last_day_is_noted_and_taken_away(world: World) -> None:
    idris, maud = client_of(world, "idris"), world.maud.membership
    day = {"last_day_0": "24", "last_day_1": "12", "last_day_2": "2030"}
    noted = post(idris, "person_last_day", maud.pk, **day)
    assert noted["Location"] == done("person_detail", maud.pk, "last_day")
    assert "until 24 Dec 2030" in text_of(get(idris, "people_list"))
    past = {**day, "last_day_2": "2020"}
    answer = post(idris, "person_last_day", maud.pk, **past)
    assert "This day has passed" in text_of(answer)
    empty = dict.fromkeys(day, "")
    post(idris, "person_last_day", maud.pk, **empty)
    maud.refresh_from_db()
    assert maud.ends_on is None
    assert AccessEvent.objects.filter(action=Event.MEMBERSHIP_DATED).count() == 2


def test_everybody_notes_the_own_days_away(world: World) -> None:
    maud, hat = client_of(world, "maud"), world.maud.membership.pk
    days = {
        f"{end}_{part}": value
        for end in ("first", "last")
        for part, value in enumerate(("1", "8", "2030"))
    }
    post(maud, "person_leave", hat, **days)
    page = text_of(get(maud, "person_detail", hat))
    assert "1 Aug 2030" in page
    assert "End this hat" not in page
    leave = Leave.objects.get()
    post(maud, "leave_remove", hat, leave.pk)
    assert not Leave.objects.exists()
    assert post(maud, "person_end", hat).status_code == 404


def test_a_lost_phrase_gives_a_link_by_hand_and_a_notice(world: World) -> None:
    anke, sofia = client_of(world, "anke"), world.sofia
    page = text_of(get(anke, "person_lost_phrase", sofia.membership.pk))
    assert "Their own drafts are lost" in page
    assert "Be sure who they are" in page
    page = text_of(post(anke, "person_lost_phrase", sofia.membership.pk))
    assert re.search(r"/join/[\w-]{40,}/", page)
    assert mail.outbox == []
    assert "Sofia Ruiz lost their pass phrase" in text_of(get(client_of(world, "kai"), "home"))
    assert "Sofia Ruiz" not in text_of(get(client_of(world, "maud"), "home"))


@override_settings(MAIL_BY="server")
def test_the_next_link_after_a_lost_phrase_goes_by_hand_too(world: World) -> None:
    anke, sofia = client_of(world, "anke"), world.sofia.membership.pk
    post(anke, "person_lost_phrase", sofia)
    page = text_of(post(anke, "person_link", sofia))
    assert "no e-mail carries this link" in page
    assert re.search(r"/join/[\w-]{40,}/", page)
    assert mail.outbox == []


def test_title_of_a_person_names_nobody(world: World) -> None:
    page = text_of(get(client_of(world, "anke"), "person_detail", world.sofia.membership.pk))
    title = re.search(r"<title>(.*?)</title>", page, re.DOTALL)
    assert title
    assert "Sofia" not in title[1]


def test_a_factor_is_reset_after_a_call(world: World) -> None:
    idris, maud = client_of(world, "idris"), world.maud.membership.pk
    assert "Call them back first" in text_of(get(idris, "person_factor", maud))
    post(idris, "person_factor", maud)
    assert "The second factor of Maud Terrel was removed." in text_of(get(idris, "home"))
    assert get(client_of(world, "per"), "person_factor", maud).status_code == 404


def test_an_agency_leaves_by_its_page(world: World) -> None:
    anke, youth = client_of(world, "anke"), world.agencies["youth"].pk
    page = text_of(get(anke, "agency_leave", youth))
    assert "2 people act for it no more" in page
    assert "was open to Sofia Ruiz" in page
    left = post(anke, "agency_leave", youth)
    assert "The agency has left." in text_of(anke.get(left["Location"]))
    assert "Sofia Ruiz" not in text_of(get(anke, "people_list"))
    assert get(anke, "agency_leave", world.agencies["office"].pk).status_code == 404


def test_acts_ask_for_a_fresh_proof(world: World) -> None:
    """Who finds an unlocked session changes nobody's role or key."""
    membership_id = newcomer(world)
    idris = client_of(world, "idris")
    KeySession.objects.update(proved_at=timezone.now() - timedelta(minutes=11))
    acts = [act for act in ACTS if act != "person_leave"]
    answers = [get(idris, act, membership_id) for act in acts]
    answers += [post(idris, act, membership_id) for act in acts]
    answers += [post(idris, each, membership_id) for each in ("person_admit", "person_link")]
    answers += [get(idris, "person_invite")]
    assert {answer.status_code for answer in answers} == {302}
    assert all(answer["Location"].startswith(reverse("prove")) for answer in answers)
    assert get(idris, "people_list").status_code == 200


@pytest.mark.parametrize(("name", "url"), [("anke", "people_list"), ("idris", "home")])
def test_lists_ask_as_often_for_many_people_as_for_few(world: World, name: str, url: str) -> None:
    client = client_of(world, name)
    few = asked(client, url)
    for number in range(12):
        hat = NewHat(world.agencies["school"], Role.AGENCY_LEAD, timezone.localdate())
        email = f"more{number}@test.example"
        row = create_member(origin=PROGRAM, email=email, name=f"More {number}", hat=hat)
        join(origin=PROGRAM, token=invite(origin=PROGRAM, user=row.user), phrase=PHRASE)
    assert asked(client, url) == few


def asked(client: Client, name: str) -> int:
    get(client, name)
    with CaptureQueriesContext(connection) as queries:
        assert get(client, name).status_code == 200
    return len(queries)
