"""The printed sheet: made, taken out of the safe when the phrase is lost, seen by everybody."""

import re

import pytest

from accounts.keys.rescue_code import new_code
from tests.journeys.keyboard import Keyboard
from tests.journeys.people import People, address_of
from tests.journeys.recorded import Log
from tests.journeys.searching import found_in_clear
from tests.journeys.walking import DESK, PHONE, Walker
from tests.serving import Server
from tests.world import PHRASE

pytestmark = pytest.mark.browser

WORDS = {"given_names": "Teo", "what_happened": "A quarrel.", "strengths": "Kind."}
NEW_PHRASE = "seven quiet boats by the harbour"
GROUPS = re.compile(r"[0-9A-HJKMNP-TV-Z]{4}")
SLIP = "This code has a slip. Compare it with your sheet, letter by letter."
REFUSED = "This e-mail address and code open nothing. Check both and try again."


@pytest.mark.parametrize("width", [DESK, PHONE])
def test_a_lost_phrase_is_replaced_by_the_sheet(server: Server, people: People, width: int) -> None:
    maud = people.come("maud", width=width)
    maud.write_whole(WORDS)
    referral = maud.send()
    log = Log(server.store)
    code = makes_a_sheet(maud)
    elsewhere = maud.page.context.cookies()
    maud.press("Sign out")
    uses_the_sheet(maud, code)
    reads_on(maud, referral)
    everybody_at_the_school_sees_it(people)
    assert [each.line for each in log.new() if each.who == "maud" and each.action in SHOWN] == [
        "maud FRONTLINE rescue.made",
        "maud signout.done",
        "maud signin.failed rescue_mismatch REFUSED",
        "maud session.ended",
        "maud rescue.used",
        "maud FRONTLINE signin.succeeded",
    ]
    the_old_secrets_open_nothing(people, code, width)
    # Another browser that was still open has ended too.
    maud.page.context.clear_cookies()
    maud.page.context.add_cookies(elsewhere)  # type: ignore[arg-type]
    maud.open("/")
    assert maud.path == "/sign-in/"
    assert found_in_clear(server, [code, code.replace("-", ""), NEW_PHRASE]) == {}


SHOWN = {
    "rescue.made", "rescue.used", "signout.done", "session.ended", "signin.failed",
    "signin.succeeded",
}  # fmt: skip


def makes_a_sheet(walker: Walker) -> str:
    """From the first page to the paper; the code that stands on it."""
    walker.open("/")
    walker.follow("Make your rescue sheet")
    walker.press("Make my sheet")
    code = code_on(walker)
    assert code[:4] not in walker.page.title()
    assert code[:4] not in walker.page.url
    walker.follow("I have printed it")
    assert walker.path == "/"
    assert "Make your rescue sheet" not in walker.text
    back_shows_nothing(walker, code)
    return code


def code_on(walker: Walker) -> str:
    groups = GROUPS.findall(walker.page.locator(".confer-sheet__code").inner_text())
    assert len(groups) == 7
    return "-".join(groups)


def back_shows_nothing(walker: Walker, code: str) -> None:
    walker.page.evaluate("history.back()")
    walker.page.wait_for_timeout(500)
    left = walker.page.locator("body").inner_text()
    assert not any(group in left for group in code.split("-"))
    assert walker.page.locator(".confer-sheet__code").count() == 0
    walker.open("/")


def uses_the_sheet(walker: Walker, code: str) -> None:
    """The way from the sign-in page, with a slip and a wrong code before the right one."""
    walker.page.get_by_text("I do not know my pass phrase any more").click()
    walker.follow("use your rescue sheet")
    slip = code[:-1] + ("0" if code[-1] != "0" else "1")
    fill(walker, slip)
    assert walker.errors == [SLIP]
    assert walker.value("Code on your sheet") == slip
    fill(walker, new_code())
    assert walker.errors == [REFUSED]
    fill(walker, code.lower().replace("-", " "))
    assert walker.path == "/rescue/done/"
    walker.follow("Sign in")
    walker.sign_in(address_of("maud"), NEW_PHRASE)
    # At once the next sheet is offered.
    assert walker.path == "/rescue-sheet/"
    assert walker.title == "Your rescue sheet"


def fill(walker: Walker, code: str) -> None:
    walker.fill("E-mail address", address_of("maud"))
    walker.fill("Code on your sheet", code)
    walker.fill("New pass phrase", NEW_PHRASE)
    walker.fill("Type it once more", NEW_PHRASE)
    walker.press("Set my new pass phrase")


def reads_on(walker: Walker, referral: str) -> None:
    """What was sealed before opens with the new phrase."""
    walker.open(f"/referrals/{referral}/")
    walker.follow("Concern")
    assert "A quarrel." in walker.text


def everybody_at_the_school_sees_it(people: People) -> None:
    for who in ("henri", "idris", "maud"):
        people[who].open("/")
        assert "Maud Terrel" in people[who].text
        assert "rescue sheet" in people[who].text
    people["kai"].open("/")
    assert "Maud Terrel" not in people["kai"].text


def the_old_secrets_open_nothing(people: People, code: str, width: int) -> None:
    stranger = people.stranger(width=width)
    stranger.sign_in(address_of("maud"), PHRASE)
    assert stranger.path == "/sign-in/"
    stranger.open("/rescue/")
    fill(stranger, code)
    assert stranger.errors == [REFUSED]


def test_without_scripts_and_by_keyboard(people: People) -> None:
    plain = people.stranger(scripts=False, width=PHONE)
    plain.sign_in(address_of("maud"), PHRASE)
    code = makes_it_without_scripts(plain)
    maud = people.stranger()
    maud.open("/rescue/")
    keys = Keyboard(maud.page)
    for label, text in (
        ("E-mail address", address_of("maud")),
        ("Code on your sheet", code),
        ("New pass phrase", NEW_PHRASE),
        ("Type it once more", NEW_PHRASE),
    ):
        keys.tab_to(label)
        keys.type(text)
    keys.leave_by("Enter")
    assert maud.path == "/rescue/done/"


def makes_it_without_scripts(walker: Walker) -> str:
    walker.open("/rescue-sheet/")
    walker.press("Make my sheet")
    assert walker.page.get_by_role("button", name="Print").count() == 0
    return code_on(walker)


def test_the_sheet_prints_alone_on_one_page(people: People) -> None:
    rolf = people["rolf"]
    rolf.open("/")
    assert "You alone hold the key of Rivenne police" in rolf.text
    rolf.follow("Make your rescue sheet")
    rolf.press("Make my sheet")
    code = code_on(rolf)
    rolf.page.emulate_media(media="print")
    printed = rolf.page.locator("body").inner_text()
    for words in (*code.split("-"), "Rolf Sand", "Rivenne", "In your agency", "How to use it"):
        assert words in printed
    for words in ("I have printed it", "Print this sheet now", "Sign out", "Help"):
        assert words not in printed
    assert rolf.page.pdf(format="A4").count(b"/Type /Page\n") == 1
