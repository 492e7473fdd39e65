"""Coming in and going out: sign-in, lock, hats, joining; by keyboard alone; without scripts."""

import re
import subprocess
import sys
from urllib.parse import urlsplit

import pytest

from tests.journeys.keyboard import Keyboard
from tests.journeys.people import DEPUTY_HAT, People, address_of
from tests.journeys.recorded import Log
from tests.journeys.walking import DASH, PHONE, Walker
from tests.serving import ROOT, Server
from tests.world import PHRASE

pytestmark = pytest.mark.browser

FACT = "What did you see or hear?"
WORDS = {"given_names": "Teo", "what_happened": "A quarrel.", "strengths": "Kind."}
REFUSED = "This e-mail address and pass phrase do not open an account. Check both and try again."
NEW_PHRASE = "seven quiet boats by the harbour"


def test_a_wrong_phrase_and_an_unknown_address_get_the_same_words(
    guests: People, shared_server: Server
) -> None:
    log = Log(shared_server.store)
    pages = []
    for email, phrase in (
        ("maud@test.example", "not the phrase at all"),
        ("nobody@test.example", "not the phrase at all"),
        ("maud@test.example", PHRASE.upper()),
    ):
        stranger = guests.stranger()
        stranger.sign_in(email, phrase)
        assert stranger.errors == [REFUSED]
        assert stranger.value("E-mail address") == email
        assert stranger.value("Pass phrase") == ""
        # What scripts show or mark is not what the server tells, and comes when it comes.
        stranger.page.wait_for_load_state("load")
        told = r'( hidden(="")?| aria-busy="true"| data-sending="1"|(value|content)="[^"]*")'
        pages.append(re.sub(told, "", stranger.page.content()))
    assert len(set(pages)) == 1
    assert [each.line for each in log.new()] == [
        "maud signin.failed mismatch REFUSED",
        "nobody signin.failed mismatch REFUSED",
        "maud signin.failed mismatch REFUSED",
    ]


def test_lock_closes_and_unlock_leads_back(guests: People, shared_server: Server) -> None:
    maud = guests["maud"]
    draft = maud.begin_referral()
    facts = f"/drafts/{draft}/facts/"
    maud.open(facts)
    log = Log(shared_server.store)
    cookies = maud.page.context.cookies()
    maud.press("Lock")
    assert maud.path == "/unlock/"
    assert "You are signed in as Maud Terrel." in maud.text
    # The key's cookie is gone, and brought back it opens nothing: the keys are forgotten.
    assert "confer_key" not in {each.get("name") for each in maud.page.context.cookies()}
    maud.page.context.add_cookies(cookies)  # type: ignore[arg-type]
    assert maud.open(facts) == 200
    assert maud.path == "/unlock/"
    maud.unlock("not the phrase at all")
    assert maud.errors == ["This is not your pass phrase. Try again."]
    maud.unlock(PHRASE)
    assert maud.path == facts
    assert [each.line for each in log.new() if each.action != "draft.read"] == [
        "maud FRONTLINE session.locked",
        "maud signin.failed mismatch REFUSED",
        "maud FRONTLINE session.unlocked",
    ]
    maud.press("Lock")
    maud.unlock(PHRASE)
    assert maud.path == facts


def test_after_sign_out_back_shows_nothing(guests: People, shared_server: Server) -> None:
    maud = guests["maud"]
    maud.write_whole(WORDS)
    assert "A quarrel." in maud.text
    log = Log(shared_server.store)
    cookies = maud.page.context.cookies()
    maud.press("Sign out")
    assert maud.path == "/sign-in/"
    for _each in range(3):
        maud.page.go_back()
        assert maud.path == "/sign-in/"
        assert "A quarrel." not in maud.page.content()
    # The session has ended on the server too: its cookies brought back open nothing.
    maud.page.context.add_cookies(cookies)  # type: ignore[arg-type]
    maud.open("/referrals/")
    assert maud.path == "/sign-in/"
    assert log.new()[0].line == "maud signout.done"


def test_another_hat_shows_another_desk(guests: People, shared_server: Server) -> None:
    noor = guests["noor"]
    assert f"You act for: Family support Rivenne {DASH} agency lead" in banner(noor)
    assert noor.open("/desk/") == 404
    noor.open("/")
    log = Log(shared_server.store)
    noor.put_on_hat(DEPUTY_HAT)
    assert f"You act for: {DEPUTY_HAT}" in banner(noor)
    assert noor.open("/desk/") == 200
    events = [each for each in log.new() if each.action in {"hat.chosen", "list.shown"}]
    assert [each.line for each in events] == [
        "noor COORDINATOR hat.chosen",
        "noor COORDINATOR list.shown",
    ]
    # Nobody puts on a hat of somebody else.
    maud = guests["maud"]
    form = noor.page.locator("form[action^='/hat/']").first
    own = str(form.get_attribute("action"))
    answer = maud.page.request.post(
        f"{maud.url}{own}", form={"csrfmiddlewaretoken": maud.csrf}, max_redirects=0
    )
    assert answer.status == 404
    assert log.new()[-1].line == "maud hat.chosen not_own_hat REFUSED"


def test_a_newcomer_joins_by_a_link_and_is_let_in(people: People, server: Server) -> None:
    log = Log(server.store)
    link = add_person(server, "ines@test.example", "Ines Moreau", "AGENCY_LEAD")
    ines = people.stranger()
    ines.open(link)
    ines.fill("New pass phrase", "too short")
    ines.fill("Type it once more", "too short")
    ines.press("Make my key")
    assert ines.errors == ["This pass phrase is too short. Use at least 14 characters."]
    ines.fill("New pass phrase", NEW_PHRASE)
    ines.fill("Type it once more", f"{NEW_PHRASE} ")
    ines.press("Make my key")
    assert ines.errors == ["The two pass phrases are not the same."]
    ines.fill("New pass phrase", NEW_PHRASE)
    ines.fill("Type it once more", NEW_PHRASE)
    ines.press("Make my key")
    for _each in range(2):
        assert people.stranger().open(link) == 404
    ines.sign_in("ines@test.example", NEW_PHRASE)
    assert f"You act for: Lycée Gandon {DASH} agency lead" in banner(ines)
    assert [each for each in names(log) if not each.startswith("worklist")] == [
        *["member.created", "member.invited", "statement.added", "member.joined"],
        *["key.member_created", "signin.succeeded"],
    ]
    only_the_lead_lets_her_in(people, ines, log)


def only_the_lead_lets_her_in(people: People, ines: Walker, log: Log) -> None:
    """What was sent before stays closed to her; what comes afterwards she can check too."""
    first = checked_referral(people)
    assert ines.open(f"/desk/referrals/{first}/") == 404
    assert people["henri"].open("/people/") == 404
    assert people["sofia"].open("/people/") == 200
    assert "Ines Moreau" not in people["sofia"].text
    idris = people["idris"]
    idris.open("/")
    idris.follow("Call them and let them in")
    assert "Ines Moreau" in idris.text
    log.new()
    idris.press(f"Let in {DASH} Ines Moreau")
    assert "They are in." in idris.text
    assert "member.admitted" in names(log)
    second = checked_referral(people)
    assert ines.open(f"/desk/referrals/{first}/") == 404
    assert ines.open(f"/desk/referrals/{second}/") == 200
    assert "A quarrel." in ines.open_part("Concern")


def test_sign_in_and_one_page_with_the_keyboard_alone(guests: People) -> None:
    maud = guests.stranger()
    maud.open("/sign-in/")
    keys = Keyboard(maud.page)
    assert keys.tab() == "Skip to main content"
    keys.press("Enter")
    assert keys.focused() == "main"
    keys.tab_to("E-mail address")
    keys.type(address_of("maud"))
    keys.tab_to("Pass phrase")
    keys.type(PHRASE)
    keys.leave_by("Enter")
    assert maud.path == "/"
    keys.tab_to("Send a referral")
    keys.leave_by("Enter")
    keys.tab_to("Start a referral")
    keys.leave_by("Enter")
    keys.tab_to("Save and continue")
    keys.leave_by("Space")
    draft = maud.id_after("drafts")
    keys.tab_to("Given names")
    keys.type("Teo")
    keys.tab_to("Day")
    keys.type("31")
    keys.tab_to("Female")
    keys.press("ArrowDown")
    assert keys.focused() == "Male"
    keys.tab_to("Save and continue")
    keys.leave_by("Enter")
    # The error is read first, and leads to the box.
    assert "Please look at this again" in keys.focused()
    keys.tab_to(maud.errors[0])
    keys.press("Enter")
    assert keys.focused() == "Day"
    keys.press("Control+a")
    keys.press("Delete")
    keys.tab_to("Save and continue")
    keys.leave_by("Enter")
    assert maud.path == f"/drafts/{draft}/facts/"
    maud.open(f"/drafts/{draft}/who/")
    assert maud.value("Given names") == "Teo"
    assert maud.page.get_by_label("Male", exact=True).is_checked()


def test_the_whole_referral_without_scripts_on_a_phone(guests: People) -> None:
    maud = guests.stranger(scripts=False, width=PHONE)
    maud.sign_in(address_of("maud"), PHRASE)
    maud.follow("Send a referral")
    maud.press("Start a referral")
    maud.save()
    maud.fill("Given names", "Teo")
    maud.press("Save and go back")
    assert maud.title == "Before you start"
    maud.save()
    assert maud.value("Given names") == "Teo"
    maud.save()
    maud.press("Save and come back later")
    maud.follow_with("Go on with your referral")
    assert maud.title == FACT
    maud.save()
    assert maud.errors == ["Write what you saw or heard, in your own words"]
    maud.fill(FACT, "A quarrel.")
    maud.save()
    maud.save()
    maud.tick("I have seen none, or I do not know the person well enough")
    maud.save()
    maud.choose("Could something happen soon?", "The person may leave soon")
    maud.choose("Must it stay secret where somebody lives?", "Yes")
    maud.save()
    # Nobody is named to keep such an address, so there is nothing to type it into.
    assert "By telephone only" in maud.text
    assert maud.controls() == {"csrfmiddlewaretoken", "form_token", "then"}
    maud.save()
    maud.choose("Does the person agree?", "No")
    maud.save()
    maud.press("Send to the intake desk")
    assert maud.errors == ["Tick that you wrote it as truly as you can"]
    referral = maud.send()
    maud.follow("Go to this referral")
    maud.follow("Add what happened since")
    maud.fill("What happened since?", "They made peace.")
    maud.choose("How do you know it?", "Somebody told me")
    maud.press("Add it")
    maud.follow("Concern")
    assert "They made peace." in maud.text
    maud.open(f"/referrals/{referral}/withdraw/")
    maud.press("Take it back")
    assert "You have taken it back." in maud.text


def test_pages_that_nobody_else_walks_have_no_barriers(guests: People) -> None:
    """The looker finds what is wrong with them; here they are only opened."""
    stranger = guests.stranger()
    for path in ("/help/", "/privacy/", "/accessibility/", "/no-such-page/", "/join/nothing/"):
        stranger.open(path)
    maud, anke, nora = guests["maud"], guests["anke"], guests["nora"]
    draft = maud.begin_referral()
    for path in (f"/drafts/{draft}/delete/", "/referrals/", "/me/record/", "/pass-phrase/"):
        assert maud.open(path) == 200
    maud.open(f"/drafts/{draft}/others/")
    maud.choose("Must it stay secret where somebody lives?", "Yes")
    maud.save()
    maud.write_whole(WORDS)
    referral = maud.send()
    for act in ("", "add/", "withdraw/", "own/C1/"):
        assert maud.open(f"/referrals/{referral}/{act}") == 200
    for act in ("return", "urgent", "message"):
        assert anke.open(f"/desk/referrals/{referral}/{act}/") == 200
    assert anke.open("/desk/?stage=RETURNED") == 200
    anke.open(f"/desk/referrals/{referral}/return/")
    anke.press("Return to the referrer")
    anke.choose("Why?", "We cannot tell what was seen or heard")
    anke.press("Return to the referrer")
    for path in (f"/referrals/{referral}/", f"/referrals/{referral}/again/"):
        assert maud.open(path) == 200
    assert nora.open("/log/?kind=referrals") == 200


def checked_referral(people: People) -> str:
    """A referral that Maud sends through her lead."""
    maud = people["maud"]
    maud.write_whole(WORDS)
    maud.tick("Also let my agency lead check it first")
    return maud.send()


def add_person(server: Server, email: str, name: str, role: str) -> str:
    """Run the command that an administrator runs; the path of the joining link it prints."""
    words = ["--email", email, "--name", name, "--agency", "Lycée Gandon", "--role", role]
    done = subprocess.run(
        [sys.executable, "manage.py", "add_person", *words],
        cwd=ROOT,
        env=server.store.environment(CONFER_BASE_URL=server.url),
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    link = urlsplit(done.stdout.split()[-1])
    assert f"{link.scheme}://{link.netloc}" == server.url
    return link.path


def banner(walker: Walker) -> str:
    return " ".join(walker.page.get_by_role("banner").inner_text().split())


def names(log: Log) -> list[str]:
    return [each.action for each in log.new()]
