"""Locks that lose nothing: by hand, by the clock, put off, in other tabs; sessions; sharing."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from playwright.sync_api import expect

from casework.choices import Compartment
from tests.browser import axe
from tests.canary import new_marker
from tests.journeys.people import People, address_of
from tests.journeys.recorded import Log
from tests.journeys.searching import found_in_clear
from tests.journeys.test_nothing_lost import second_tab
from tests.journeys.walking import DESK, PHONE, Walker
from tests.serving import Server
from tests.world import PHRASE

pytestmark = pytest.mark.browser

FACT = "What did you see or hear?"
MESSAGE = "Your message"
KEPT = "Your text is kept"
WARNING = "Confer locks in 2 minutes"
SHARED = "Others use this computer too"
WORDS: Mapping[str, str] = {
    "given_names": "Teo",
    "what_happened": "A quarrel.",
    "strengths": "Kind.",
}


def sent_referral(maud: Walker) -> str:
    """A referral of Maud's, and she stands on its page."""
    maud.write_whole(WORDS)
    referral = maud.send()
    maud.open(f"/referrals/{referral}/")
    return referral


def wait_for(walker: Walker, address: str) -> None:
    walker.page.wait_for_url(lambda url: address in url)


def names(log: Log) -> list[str]:
    return [each.line for each in log.new() if not each.action.endswith(("shown", "read"))]


@pytest.mark.parametrize("width", [DESK, PHONE])
def test_lock_keeps_a_message_and_leads_back(
    guests: People, shared_server: Server, width: int
) -> None:
    maud, typed = guests.come("maud", width=width), new_marker()
    referral = sent_referral(maud)
    maud.fill(MESSAGE, typed)
    log = Log(shared_server.store)
    maud.press("Lock")
    assert maud.path == "/unlock/"
    assert KEPT in maud.text
    assert typed not in maud.page.content()
    assert found_in_clear(shared_server, [typed]) == {}
    assert names(log) == ["maud FRONTLINE text.kept", "maud FRONTLINE session.locked"]
    maud.unlock(PHRASE)
    assert maud.path == f"/referrals/{referral}/"
    assert maud.value(MESSAGE) == typed
    assert re.search("Your text from [0-9:]{5} was kept", maud.text)
    assert axe.violations(maud.page) == []
    # Locked again, untouched: it is kept as before. Sent: nothing is left to keep.
    maud.press("Lock")
    assert KEPT in maud.text
    maud.unlock(PHRASE)
    maud.press("Send the message")
    expect(maud.page.get_by_role("article")).to_contain_text(typed)
    assert maud.value(MESSAGE) == ""
    left = "SELECT count(*) FROM casework_kepttext WHERE object_id = %s"
    assert shared_server.store.rows(left, UUID(referral).hex) == [(0,)]
    maud.press("Lock")
    assert KEPT not in maud.text


@pytest.mark.parametrize("width", [DESK, PHONE])
def test_lock_keeps_a_page_of_a_draft_and_leads_back(
    guests: People, shared_server: Server, width: int
) -> None:
    maud, typed = guests.come("maud", width=width), new_marker()
    draft = maud.begin_referral()
    maud.open(f"/drafts/{draft}/facts/")
    maud.fill(FACT, typed)
    maud.press("Lock")
    assert KEPT in maud.text
    assert found_in_clear(shared_server, [typed]) == {}
    maud.unlock(PHRASE)
    assert maud.path == f"/drafts/{draft}/facts/"
    assert maud.value(FACT) == typed
    assert "We kept your text" in maud.text
    assert axe.violations(maud.page) == []
    maud.save()
    maud.open(f"/drafts/{draft}/facts/")
    maud.press("Lock")
    assert KEPT not in maud.text


def test_kept_text_can_be_discarded(guests: People) -> None:
    maud = guests["maud"]
    referral = sent_referral(maud)
    maud.fill(MESSAGE, "better not")
    maud.press("Lock")
    maud.unlock(PHRASE)
    maud.press("Discard")
    assert maud.path == f"/referrals/{referral}/"
    assert maud.value(MESSAGE) == ""
    assert maud.page.get_by_role("article").count() == 0


def test_desk_finds_its_answer_where_it_was_typed(guests: People) -> None:
    """The box under an opened part belongs to the page of the message: there it is found again."""
    maud, anke, typed = guests["maud"], guests["anke"], new_marker()
    referral = sent_referral(maud)
    anke.open(f"/desk/referrals/{referral}/")
    anke.press("Acknowledge")
    anke.open_part(str(Compartment.C11.label))
    anke.fill(MESSAGE, typed)
    anke.press("Lock")
    anke.unlock(PHRASE)
    assert anke.path == f"/desk/referrals/{referral}/message/"
    assert anke.value(MESSAGE) == typed
    anke.press("Send to the referrer")
    maud.open(f"/referrals/{referral}/")
    assert typed in maud.text


def test_without_scripts_nothing_is_promised(guests: People) -> None:
    maud = guests.stranger(scripts=False)
    maud.sign_in(address_of("maud"), PHRASE)
    sent_referral(maud)
    maud.fill(MESSAGE, "typed, and nothing can keep it")
    maud.press("Lock")
    assert maud.path == "/unlock/"
    assert KEPT not in maud.text
    assert maud.page.get_by_text(WARNING).count() == 0
    # Sent from a page that had lapsed, it is kept without any script.
    maud.unlock(PHRASE)
    maud.fill(MESSAGE, "sent too late")
    maud.page.context.clear_cookies(name="confer_key")
    maud.press("Send the message")
    assert KEPT in maud.text
    maud.unlock(PHRASE)
    assert maud.value(MESSAGE) == "sent too late"


def test_two_clicks_without_scripts_send_one_message(guests: People) -> None:
    maud = guests.stranger(scripts=False)
    maud.sign_in(address_of("maud"), PHRASE)
    referral = sent_referral(maud)
    maud.fill(MESSAGE, "Once.")
    maud.page.get_by_role("button", name="Send the message").dblclick()
    expect(maud.page.get_by_role("article")).to_contain_text("Once.")
    maud.open(f"/referrals/{referral}/")
    assert maud.page.get_by_role("article").count() == 1


def test_warning_can_be_put_off(guests: People, shared_server: Server) -> None:
    maud = guests["maud"]
    maud.page.clock.install()
    sent_referral(maud)
    maud.fill(MESSAGE, "half a sentence")
    bar = maud.page.get_by_role("status").filter(has_text=WARNING)
    maud.page.clock.fast_forward("57:00")
    assert bar.count() == 0
    maud.page.clock.fast_forward("01:30")
    expect(bar).to_be_visible()
    for width in (PHONE, DESK):
        maud.page.set_viewport_size({"width": width, "height": 900})
        assert axe.violations(maud.page) == []
    # It takes no focus from whoever is typing, and it is announced once.
    assert maud.page.evaluate("document.activeElement.tagName") == "TEXTAREA"
    log = Log(shared_server.store)
    long_ago = datetime.now(UTC) - timedelta(minutes=58)
    shared_server.store.rows("UPDATE accounts_keysession SET used_at = %s", str(long_ago))
    with maud.page.expect_response("**/sessions/stay/") as answer:
        maud.page.get_by_role("button", name="Stay").click()
    assert answer.value.status == 204
    expect(bar).to_have_count(0)
    assert maud.value(MESSAGE) == "half a sentence"
    maud.page.clock.fast_forward("57:00")
    assert bar.count() == 0
    assert maud.path.startswith("/referrals/")
    assert names(log) == []


def test_whoever_types_is_there(guests: People) -> None:
    maud = guests["maud"]
    maud.page.clock.install()
    sent_referral(maud)
    maud.page.clock.fast_forward("57:50")
    with maud.page.expect_response("**/sessions/stay/"):
        maud.page.get_by_label(MESSAGE).press_sequentially("I am still here")
        maud.page.clock.fast_forward("00:15")
    assert maud.page.get_by_text(WARNING).count() == 0


def test_idle_time_locks_and_loses_nothing(guests: People, shared_server: Server) -> None:
    maud, typed = guests["maud"], new_marker()
    maud.page.clock.install()
    referral = sent_referral(maud)
    maud.fill(MESSAGE, typed)
    # The server's own time has run out as well.
    shared_server.store.rows("DELETE FROM accounts_keysession")
    maud.page.clock.fast_forward("01:01:00")
    wait_for(maud, "/unlock/?next=%2Freferrals%2F" + referral + "%2F")
    assert KEPT in maud.text
    assert typed not in maud.page.content()
    assert found_in_clear(shared_server, [typed]) == {}
    maud.page.go_back()
    assert typed not in maud.page.content()
    maud.open(f"/referrals/{referral}/")
    assert maud.path == "/unlock/"
    maud.unlock(PHRASE)
    assert maud.path == f"/referrals/{referral}/"
    assert maud.value(MESSAGE) == typed


def test_idle_time_keeps_a_draft_too(guests: People) -> None:
    maud, typed = guests["maud"], new_marker()
    maud.page.clock.install()
    draft = maud.begin_referral()
    maud.open(f"/drafts/{draft}/facts/")
    maud.fill(FACT, typed)
    maud.page.clock.fast_forward("01:01:00")
    wait_for(maud, f"/unlock/?next=%2Fdrafts%2F{draft}%2Ffacts%2F")
    maud.unlock(PHRASE)
    assert maud.value(FACT) == typed


def test_out_of_reach_it_hides_and_waits(guests: People) -> None:
    maud, typed = guests["maud"], new_marker()
    maud.page.clock.install()
    sent_referral(maud)
    maud.fill(MESSAGE, typed)
    maud.page.route("**/referrals/**", lambda route: route.fulfill(status=503, body=""))
    maud.page.clock.fast_forward("01:01:00")
    expect(maud.page.get_by_role("status")).to_contain_text("Confer cannot be reached")
    expect(maud.page.get_by_role("main")).to_have_count(0)
    maud.page.unroute("**/referrals/**")
    maud.page.clock.fast_forward("00:10")
    wait_for(maud, "/unlock/")
    maud.unlock(PHRASE)
    assert maud.value(MESSAGE) == typed


def test_lock_in_one_tab_hides_the_others(guests: People) -> None:
    maud, typed = guests["maud"], new_marker()
    referral = sent_referral(maud)
    other = second_tab(maud)
    other.open(f"/referrals/{referral}/add/")
    other.fill("What happened since?", typed)
    maud.press("Lock")
    other.page.wait_for_url("**/unlock/**")
    assert typed not in other.page.content()
    other.unlock(PHRASE)
    assert other.path == f"/referrals/{referral}/add/"
    assert other.value("What happened since?") == typed


def test_work_in_one_tab_keeps_the_others_open(guests: People) -> None:
    maud = guests["maud"]
    maud.page.context.clock.install()
    referral = sent_referral(maud)
    other = second_tab(maud)
    other.open(f"/referrals/{referral}/add/")
    maud.page.clock.fast_forward("50:00")
    maud.open(f"/referrals/{referral}/")
    other.page.clock.fast_forward("15:00")
    assert other.path == f"/referrals/{referral}/add/"


def test_one_browser_ends_the_other(guests: People, shared_server: Server) -> None:
    rolf, phone = guests["rolf"], guests.stranger(width=PHONE)
    phone.sign_in(address_of("rolf"), PHRASE)
    rolf.open("/")
    rolf.follow("Your sessions: where you are signed in")
    assert rolf.title == "Your sessions"
    assert sorted(rolf.page.get_by_role("heading", level=2).all_inner_texts()) == [
        "Chrome on Linux",
        "Chrome on Linux \N{EN DASH} this one",
    ]
    log = Log(shared_server.store)
    rolf.press("End \N{EN DASH} Chrome on Linux")
    assert "You are signed in nowhere else." in rolf.text
    assert names(log) == ["rolf AGENCY_LEAD session.ended by_person"]
    phone.open("/")
    assert phone.path == "/sign-in/"
    rolf.open("/")
    assert rolf.path == "/"


def test_all_others_end(guests: People) -> None:
    kai, first, second = guests["kai"], guests.stranger(), guests.stranger()
    for each in (first, second):
        each.sign_in(address_of("kai"), PHRASE)
    kai.open("/sessions/")
    kai.press("End all others")
    assert "You are signed in nowhere else." in kai.text
    for each in (first, second):
        each.open("/")
        assert each.path == "/sign-in/"


def test_shared_computer_locks_soon_prints_nothing_and_shows_nothing_on_the_way_back(
    guests: People,
) -> None:
    maud, typed = guests.stranger(), new_marker()
    maud.page.clock.install()
    maud.open("/sign-in/")
    maud.tick(SHARED)
    maud.sign_in(address_of("maud"), PHRASE)
    maud.write_whole({**WORDS, "what_happened": typed})
    maud.send()
    assert "You may print it." not in maud.text
    maud.page.emulate_media(media="print")
    expect(maud.page.get_by_text("This page may not be printed.")).to_be_visible()
    expect(maud.page.get_by_role("main")).to_be_hidden()
    maud.page.emulate_media(media="screen")
    bar = maud.page.get_by_role("status").filter(has_text=WARNING)
    maud.page.clock.fast_forward("03:10")
    expect(bar).to_be_visible()
    maud.page.clock.fast_forward("02:00")
    wait_for(maud, "/unlock/")
    maud.unlock(PHRASE)
    maud.follow("Go to this referral")
    maud.follow("Concern")
    assert typed in maud.text
    maud.press("Sign out")
    assert maud.path == "/sign-in/"
    for _each in range(3):
        maud.page.go_back()
        assert typed not in maud.page.content()
        assert maud.path == "/sign-in/"
