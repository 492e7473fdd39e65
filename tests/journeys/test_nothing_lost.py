"""Nothing typed is lost, nothing is sent twice: double clicks, tabs, back, lapsed sessions."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from uuid import UUID

import pytest

from tests.canary import new_marker
from tests.journeys.people import People, address_of
from tests.journeys.recorded import Log
from tests.journeys.searching import found_in_clear
from tests.journeys.walking import Walker
from tests.serving import Server
from tests.world import PHRASE

pytestmark = pytest.mark.browser

FACT = "What did you see or hear?"
URGENT = "It is urgent: the desk should read it first"
DECLARED = "I wrote what I saw as truly as I can"
SEND = "Send to the intake desk"
WORDS = {"given_names": "Teo", "what_happened": "A quarrel.", "strengths": "Kind."}
KEPT = "We kept your text"
SENT = "You have sent this already"


def test_two_quick_clicks_send_one_referral(guests: People, shared_server: Server) -> None:
    """Without scripts, so that nothing in the browser holds the second click back."""
    maud = guests.stranger(scripts=False)
    maud.sign_in(address_of("maud"), PHRASE)
    draft = maud.write_whole(WORDS)
    maud.tick(DECLARED)
    maud.page.get_by_role("button", name=SEND).dblclick()
    maud.page.wait_for_url("**/receipt/")
    assert sent_from(shared_server, "referral", draft) == 1
    maud.open("/advice/new/")
    maud.press("Write your question")
    question = maud.id_after("drafts")
    maud.fill("What would you like to know?", "Is it enough to worry about?")
    maud.page.get_by_role("button", name=SEND).dblclick()
    maud.page.wait_for_url("**/advice/*/")
    assert sent_from(shared_server, "consultation", question) == 1


def test_the_script_holds_the_second_click_back(guests: People, shared_server: Server) -> None:
    maud = guests["maud"]
    maud.write_whole(WORDS)
    referral = maud.send()
    maud.open(f"/referrals/{referral}/")
    maud.fill("Your message", "Once.")
    maud.page.get_by_role("button", name="Send the message").dblclick()
    maud.page.get_by_role("article").wait_for()
    maud.open(f"/referrals/{referral}/")
    assert maud.page.get_by_role("article").count() == 1
    ((sent,),) = shared_server.store.rows(
        "SELECT count(*) FROM casework_item WHERE kind = 'message' AND case_id ="
        " (SELECT case_id FROM casework_referral WHERE id = %s)",
        UUID(referral).hex,
    )
    assert sent == 1


def test_two_sendings_at_once_make_one_referral(guests: People, shared_server: Server) -> None:
    maud = guests["maud"]
    draft = maud.write_whole(WORDS)
    maud.tick(DECLARED)
    answers = maud.page.evaluate(
        """async () => {
            const form = document.querySelector("main form");
            const body = new URLSearchParams(new FormData(form));
            body.set("then", "send");
            const send = () => fetch(location.href, { method: "POST", body });
            const answers = await Promise.all([send(), send(), send()]);
            return answers.map((each) => [each.status, new URL(each.url).pathname]);
        }"""
    )
    assert sent_from(shared_server, "referral", draft) == 1
    assert {tuple(each) for each in answers} == {
        (200, f"/referrals/{sent(shared_server, draft)}/receipt/")
    }


def test_two_tabs_keep_both_pages_and_neither_is_lost(guests: People) -> None:
    maud = guests["maud"]
    draft = maud.write_whole(WORDS)
    other = second_tab(maud)
    maud.open(f"/drafts/{draft}/facts/")
    other.open(f"/drafts/{draft}/opinion/")
    maud.fill("When and where was it?", "in the yard")
    other.fill("What do you make of it?", "nobody listens to him")
    maud.save()
    other.save()
    for tab in (maud, other):
        tab.open(f"/drafts/{draft}/check/")
        assert "in the yard" in tab.text
        assert "nobody listens to him" in tab.text
    # Sent in one tab while the other still writes: what was typed there is given back.
    other.open(f"/drafts/{draft}/others/")
    referral = maud.send()
    other.fill("Is somebody else at risk?", "his little sister")
    other.save()
    assert other.title == SENT
    assert "his little sister" in other.text
    assert "A quarrel." not in other.text
    other.follow("Go to the receipt")
    assert other.path == f"/referrals/{referral}/receipt/"


def test_going_back_after_sending_shows_nothing_and_sends_nothing(
    guests: People, shared_server: Server
) -> None:
    maud = guests["maud"]
    draft = maud.write_whole(WORDS)
    referral = maud.send()
    answer = maud.page.go_back()
    assert answer is not None
    assert answer.status == 409
    assert maud.title == SENT
    assert "A quarrel." not in maud.page.content()
    maud.page.go_back()
    assert maud.title == SENT
    for path in ("who", "check", "delete", "contact"):
        assert maud.open(f"/drafts/{draft}/{path}/") == 409
    assert sent_from(shared_server, "referral", draft) == 1
    assert referral == sent(shared_server, draft)


@dataclass(frozen=True)
class Lapse:
    """A way in which a session ends while somebody writes, and the page that follows."""

    happens: Callable[[Walker, Server], None]
    leads_to: str


def _without_key_cookie(walker: Walker, _server: Server) -> None:
    walker.page.context.clear_cookies(name="confer_key")


def _without_cookies(walker: Walker, _server: Server) -> None:
    walker.page.context.clear_cookies()


def _without_key_rows(_walker: Walker, server: Server) -> None:
    server.store.rows("DELETE FROM accounts_keysession")


def _without_sessions(_walker: Walker, server: Server) -> None:
    server.store.rows("DELETE FROM django_session")


def _without_rows(walker: Walker, server: Server) -> None:
    _without_key_rows(walker, server)
    _without_sessions(walker, server)


LAPSES: Mapping[str, Lapse] = {
    "key cookie": Lapse(_without_key_cookie, "/unlock/"),
    "key rows": Lapse(_without_key_rows, "/unlock/"),
    "session rows": Lapse(_without_sessions, "/sign-in/"),
    "all rows": Lapse(_without_rows, "/sign-in/"),
    "all cookies": Lapse(_without_cookies, "/sign-in/"),
}


@pytest.mark.parametrize("way", LAPSES)
def test_a_session_that_lapses_while_one_writes_loses_nothing(
    guests: People, shared_server: Server, way: str
) -> None:
    maud, lapse = guests["maud"], LAPSES[way]
    words = {name: f"{new_marker()} {name}" for name in ("facts", "before", "sent")}
    draft = maud.write_whole({**WORDS, "when_where": words["before"]})
    maud.open(f"/drafts/{draft}/facts/")
    maud.fill(FACT, words["facts"])
    log = Log(shared_server.store)
    lapse.happens(maud, shared_server)
    maud.save()
    assert maud.path == lapse.leads_to
    assert words["facts"] not in maud.page.content()
    assert found_in_clear(shared_server, [words["facts"]]) == {}
    come_back(maud)
    assert maud.path == f"/drafts/{draft}/facts/"
    assert KEPT in maud.text
    assert maud.value(FACT) == words["facts"]
    assert maud.value("When and where was it?") == words["before"]
    kept = [each for each in log.new() if each.action == "draft.kept"]
    assert [each.line for each in kept] == ["nobody draft.kept"]
    assert kept[0].recipients == {"maud"}
    lapses_while_sending(maud, shared_server, lapse, draft)


def lapses_while_sending(maud: Walker, server: Server, lapse: Lapse, draft: str) -> None:
    """What was chosen on the last page is kept; it is sent when its author says so again."""
    maud.open(f"/drafts/{draft}/check/")
    maud.tick(URGENT)
    maud.tick(DECLARED)
    log = Log(server.store)
    lapse.happens(maud, server)
    maud.press(SEND)
    assert maud.path == lapse.leads_to
    assert sent_from(server, "referral", draft) == 0
    come_back(maud)
    assert maud.path == f"/drafts/{draft}/check/"
    assert KEPT in maud.text
    assert maud.page.get_by_label(URGENT).is_checked()
    assert not maud.page.get_by_label(DECLARED).is_checked()
    assert [each.action for each in log.new()].count("draft.kept") == 1
    maud.send()
    assert sent_from(server, "referral", draft) == 1
    assert server.store.rows(
        "SELECT urgency FROM casework_referral WHERE draft_id = %s", UUID(draft).hex
    ) == [("URGENT",)]
    kept = "SELECT count(*) FROM casework_keptstep WHERE draft_id = %s"
    assert server.store.rows(kept, UUID(draft).hex) == [(0,)]


def test_a_question_outlives_its_session_too(guests: People, shared_server: Server) -> None:
    maud, asked = guests["maud"], new_marker()
    maud.open("/advice/new/")
    maud.press("Write your question")
    maud.fill("What would you like to know?", asked)
    _without_rows(maud, shared_server)
    maud.press(SEND)
    come_back(maud)
    assert KEPT in maud.text
    assert maud.value("What would you like to know?") == asked
    maud.press(SEND)
    assert asked in maud.text


def test_somebody_else_signed_in_meanwhile_gets_nothing(
    guests: People, shared_server: Server
) -> None:
    """One computer, two teachers: what Maud typed is kept for her, Henri is told so."""
    maud, words = guests["maud"], new_marker()
    draft = maud.begin_referral()
    maud.open(f"/drafts/{draft}/facts/")
    maud.fill(FACT, words)
    henri = second_tab(maud)
    henri.page.context.clear_cookies()
    henri.sign_in(address_of("henri"), PHRASE)
    maud.save()
    assert maud.title == "This page belonged to somebody else"
    assert words not in maud.page.content()
    assert henri.open(f"/drafts/{draft}/facts/") == 404
    assert found_in_clear(shared_server, [words]) == {}
    henri.open("/")
    henri.press("Sign out")
    henri.sign_in(address_of("maud"), PHRASE)
    henri.open(f"/drafts/{draft}/facts/")
    assert henri.value(FACT) == words


def come_back(walker: Walker) -> None:
    """Unlock or sign in, whatever is asked."""
    if walker.path == "/unlock/":
        walker.unlock(PHRASE)
    else:
        walker.sign_in(address_of("maud"), PHRASE)


def second_tab(walker: Walker) -> Walker:
    """Another tab of the same browser."""
    page = walker.page.context.new_page()
    page.set_default_timeout(15_000)
    return replace(walker, page=page)


def sent_from(server: Server, what: str, draft: str) -> int:
    """How many referrals or consultations came of a draft."""
    sql = f"SELECT count(*) FROM casework_{what} WHERE draft_id = %s"
    ((count,),) = server.store.rows(sql, UUID(draft).hex)
    return int(count)


def sent(server: Server, draft: str) -> str:
    """The id of the referral that came of a draft."""
    sql = "SELECT id FROM casework_referral WHERE draft_id = %s"
    ((found,),) = server.store.rows(sql, UUID(draft).hex)
    return str(UUID(str(found)))
