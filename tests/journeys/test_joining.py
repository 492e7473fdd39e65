"""People come and lose their phrase: from the invitation to the first text that opens again."""

import re
from pathlib import Path

import pytest

from tests.journeys.people import People, address_of
from tests.journeys.recorded import Log
from tests.journeys.searching import found_in_clear
from tests.journeys.walking import DASH, DESK, PHONE, Walker
from tests.serving import Server
from tests.world import PHRASE

pytestmark = pytest.mark.browser

WORDS = {"given_names": "Teo", "what_happened": "A quarrel.", "strengths": "Kind."}
NEW_PHRASE = "seven quiet boats by the harbour"
ADDRESS = "ben@test.example"


@pytest.mark.parametrize("width", [DESK, PHONE])
def test_invited_joined_let_in_and_reading_an_arrival(
    server: Server, people: People, width: int
) -> None:
    log = Log(server.store)
    idris = people.come("idris", width=width)
    link = invites(idris)
    assert link in mail_of(server)
    ben = people.stranger(width=width)
    joins(ben, link)
    assert people.stranger().open(link_path(link)) == 404
    ben.sign_in(ADDRESS, NEW_PHRASE)
    assert "Idris Bekele can do it." in ben.text
    words = key_words(ben)
    assert len(words) == 8
    idris.open("/")
    assert "person waits" not in idris.text  # Maud and Henri wait as well
    idris.follow("Call them and let them in")
    assert words in all_key_words(idris)
    idris.press(f"Let in {DASH} Ben Adler")
    assert "They are in." in idris.text
    arrival = checked_referral(people)
    ben.open("/")
    assert "Nobody has let you in yet" not in ben.text
    ben.open(f"/desk/referrals/{arrival}/")
    assert "A quarrel." in ben.open_part("Concern")
    lines = [each.line for each in log.new() if each.action.startswith("member.")]
    assert lines == [
        "idris AGENCY_LEAD member.created",
        "idris AGENCY_LEAD member.invited",
        "ben member.joined",
        "idris AGENCY_LEAD member.admitted",
    ]
    assert found_in_clear(server, [NEW_PHRASE]) == {}


@pytest.mark.parametrize("width", [DESK, PHONE])
def test_a_lost_phrase_becomes_a_new_key_and_what_was_sent_opens_again(
    people: People, width: int
) -> None:
    referral = screened_by_sofia(people)
    anke = people["anke"]
    anke.page.set_viewport_size({"width": width, "height": 900})
    to_person(anke, "Sofia Ruiz")
    anke.follow("They have lost their pass phrase")
    assert "Their own drafts are lost" in anke.text
    anke.press("I know it is them: end the old key")
    link = anke.value("Their link, shown only now")
    people["sofia"].open("/")
    assert people["sofia"].path == "/sign-in/"
    sofia = people.stranger(width=width)
    sofia.sign_in(address_of("sofia"), PHRASE)
    assert sofia.errors != []
    joins(sofia, link)
    sofia.sign_in(address_of("sofia"), NEW_PHRASE)
    assert "gets a new key" in sofia.text
    anke.open("/people/")
    assert key_words(sofia) in all_key_words(anke)
    anke.press(f"Let in {DASH} Sofia Ruiz")
    to_person(anke, "Sofia Ruiz")
    anke.follow("Send it again")
    anke.press("Send it again")
    assert "Sent again." in anke.text
    sofia.open(f"/desk/referrals/{referral}/")
    assert "A quarrel." in sofia.open_part("Concern")


def test_pages_about_people_have_no_barriers(people: People) -> None:
    """The looker finds what is wrong with them; here they are only opened."""
    idris, anke = people["idris"], people["anke"]
    to_person(idris, "Maud Terrel")
    here = idris.path
    for page in ("end", "last-day", "suspend", "reopen", "lost-phrase", "second-factor", "leave"):
        assert idris.open(f"{here}{page}/") == 200
    assert idris.open(f"{here}send-again/") == 200
    idris.open(f"{here}leave/")
    idris.press("Note these days")
    assert idris.errors == ["Write the first day away", "Write the last day away"]
    anke.open("/people/")
    anke.page.get_by_text("An agency leaves the partnership").click()
    anke.follow("Lycée Gandon leaves")
    assert "What happens" in anke.text
    assert people["maud"].open("/key-words/") == 200
    assert people["per"].open("/people/") == 200
    assert "Let in" not in people["per"].text


def test_days_away_are_noted_and_the_gap_is_told(people: People) -> None:
    sofia, anke = people["sofia"], people["anke"]
    to_person(sofia, "Sofia Ruiz")
    sofia.follow("Note days away")
    for number, part in enumerate(("Day", "Month", "Year")):
        for box in ("First day away", "Last day away"):
            value = sofia.page.evaluate(_TOMORROW)[number]
            sofia.group(box).get_by_label(part, exact=True).fill(str(value))
    sofia.press("Note these days")
    assert "The days are noted." in sofia.text
    anke.open("/")
    assert "nobody who has the key of Rivenne youth service is there." in anke.text
    sofia.page.get_by_role("button", name="Take out").click()
    anke.open("/")
    assert "nobody who has the key" not in anke.text


_TOMORROW = """() => {
    const day = new Date(Date.now() + 86400000);
    return [day.getDate(), day.getMonth() + 1, day.getFullYear()];
}"""


def invites(lead: Walker) -> str:
    """The way to the link, with a slip; the link that the page of a demonstration shows."""
    lead.open("/people/")
    lead.follow("Invite somebody")
    lead.fill("Name", "Ben Adler")
    lead.fill("E-mail address", "ben")
    lead.page.get_by_label("Agency lead", exact=True).check()
    lead.press("Invite them")
    assert lead.errors == ["Write a whole e-mail address, for example name@school.example"]
    lead.fill("E-mail address", ADDRESS)
    lead.press("Invite them")
    assert lead.title == "The link for Ben Adler is ready"
    return lead.value("Their link, shown only now")


def joins(newcomer: Walker, link: str) -> None:
    """Take another suggestion, then words of one's own."""
    newcomer.open(link_path(link))
    first = newcomer.page.locator(".confer-suggestion").inner_text()
    newcomer.follow("Another suggestion")
    second = newcomer.page.locator(".confer-suggestion").inner_text()
    assert first != second
    assert len(second.split()) == 6
    newcomer.fill("New pass phrase", NEW_PHRASE)
    newcomer.fill("Type it once more", NEW_PHRASE)
    newcomer.press("Make my key")
    assert newcomer.path == "/sign-in/"


def link_path(link: str) -> str:
    return "/" + link.split("://", 1)[1].partition("/")[2]


def mail_of(server: Server) -> str:
    """What the one mail of this journey says."""
    folder: Path = server.store.folder / "mail"
    (mail,) = folder.iterdir()
    return re.sub(r"=\n", "", mail.read_text())


def key_words(walker: Walker) -> list[str]:
    return all_key_words(walker)[0]


def all_key_words(walker: Walker) -> list[list[str]]:
    lists = walker.page.locator(".confer-key-words").all()
    return [each.get_by_role("listitem").all_inner_texts() for each in lists]


def to_person(walker: Walker, name: str) -> None:
    walker.open("/people/")
    walker.follow(name)
    assert walker.title == name


def checked_referral(people: People) -> str:
    maud = people["maud"]
    maud.write_whole(WORDS)
    maud.tick("Also let my agency lead check it first")
    return maud.send()


def screened_by_sofia(people: People) -> str:
    """A referral whose concern Sofia can open as second screener."""
    maud, anke, sofia = people["maud"], people["anke"], people["sofia"]
    maud.write_whole(WORDS)
    referral = maud.send()
    anke.open(f"/desk/referrals/{referral}/")
    anke.press("Acknowledge")
    anke.open(f"/desk/referrals/{referral}/second/")
    anke.page.get_by_label("Rivenne youth service: Sofia Ruiz", exact=True).check()
    anke.press("Ask for a second view")
    sofia.open(f"/desk/referrals/{referral}/")
    assert "A quarrel." in sofia.open_part("Concern")
    return referral
