"""Second factors in the browser: an app, a card, passkeys with and without a key of their own."""

from collections.abc import Callable

import pytest
from playwright.sync_api import CDPSession, Page

from tests.factors import code_of
from tests.journeys.people import People, address_of
from tests.journeys.recorded import Log
from tests.journeys.walking import PHONE, Walker
from tests.serving import Server
from tests.world import PHRASE

pytestmark = pytest.mark.browser

WORDS = {"given_names": "Teo", "what_happened": "A quarrel.", "strengths": "Kind."}
OWN = "Second factor and passkeys"
NEW_KEY = "A passkey or security key"


def give(walker: Walker, *, prf: bool, knows_person: bool = True) -> None:
    """Give this browser an authenticator that asks for nothing more."""
    session: CDPSession = walker.page.context.new_cdp_session(walker.page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "ctap2Version": "ctap2_1",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "hasPrf": prf,
        "isUserVerified": knows_person,
        "automaticPresenceSimulation": True,
    }
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def sign_out(walker: Walker) -> None:
    walker.press("Sign out")
    assert walker.path == "/sign-in/"


def begin_phrase(walker: Walker, who: str) -> None:
    """Type the phrase and stand before the second step."""
    walker.sign_in(address_of(who), PHRASE)
    assert walker.path == "/sign-in/second-step/"


def codes_on(walker: Walker) -> list[str]:
    return walker.page.get_by_role("main").locator("code").all_inner_texts()


def test_an_app_is_set_up_and_asked_for(people: People, server: Server) -> None:
    maud = people["maud"]
    log = Log(server.store)
    maud.follow(OWN)
    assert "You have no second factor" in maud.text
    maud.follow("An authenticator app")
    assert maud.page.get_by_role("img", name="Picture for the authenticator app").is_visible()
    secret = codes_on(maud)[0].replace(" ", "")
    maud.fill("Code", "000000")
    maud.press("Add this app")
    assert maud.errors == ["This is not the code of the new app. Type the newest one."]
    assert codes_on(maud)[0].replace(" ", "") == secret
    maud.fill("Code", code_of(secret))
    maud.press("Add this app")
    assert "Your second factor is added" in maud.text
    sign_out(maud)
    begin_phrase(maud, "maud")
    assert maud.open("/") == 200
    assert maud.path == "/sign-in/", "nothing has begun yet"
    begin_phrase(maud, "maud")
    maud.fill("Code", "000000")
    maud.press("Go on")
    assert maud.errors == ["This code does not fit. Type the newest one of your app."]
    maud.fill("Code", code_of(secret))
    maud.press("Go on")
    assert maud.path == "/"
    assert [each.line for each in log.new() if each.action.startswith(("factor", "sign"))] == [
        "maud FRONTLINE factor.added app",
        "maud signout.done",
        "maud factor.failed code REFUSED",
        "maud FRONTLINE signin.succeeded",
    ]


def test_a_card_of_codes_is_enough(people: People) -> None:
    idris = people.come("idris", width=PHONE)
    idris.follow(OWN)
    idris.follow("A card of codes")
    idris.press("Make my card")
    codes = codes_on(idris)
    assert len(codes) == 10
    idris.reload()
    assert codes_on(idris) == [], "a reload makes no other card"
    idris.open("/second-factor/")
    assert "10 codes left" in idris.text
    sign_out(idris)
    begin_phrase(idris, "idris")
    idris.fill("Code", codes[0])
    idris.press("Go on")
    assert idris.path == "/"
    idris.follow(OWN)
    assert "9 codes left" in idris.text
    idris.follow_with("Remove")
    assert "It is your last second factor" in idris.text
    idris.press("Remove it")
    assert "It is removed" in idris.text
    sign_out(idris)
    idris.sign_in(address_of("idris"), PHRASE)
    assert idris.path == "/"


@pytest.mark.parametrize("width", [1280, PHONE])
def test_a_passkey_opens_everything_by_itself(people: People, server: Server, width: int) -> None:
    maud = people["maud"]
    maud.write_whole(WORDS)
    referral = maud.send()
    anke = people.come("anke", width=width)
    give(anke, prf=True)
    log = Log(server.store)
    anke.follow(OWN)
    anke.follow(NEW_KEY)
    anke.fill("A name for it, so that you know it again (optional)", "My telephone")
    anke.press("Add it")
    assert "Your passkey is added" in anke.text
    assert "Opens Confer by itself" in anke.text
    sign_out(anke)
    anke.press("Use a passkey")
    assert anke.path == "/"
    anke.open(f"/desk/referrals/{referral}/")
    assert "A quarrel." in anke.open_part("Concern")
    anke.press("Lock")
    anke.press("Unlock with your passkey")
    assert anke.path == f"/desk/referrals/{referral}/"
    doors = ("passkey", "factor", "sign", "session")
    assert [each.line for each in log.new() if each.action.startswith(doors)] == [
        "anke COORDINATOR passkey.added",
        "anke signout.done",
        "anke COORDINATOR signin.succeeded",
        "anke COORDINATOR session.locked",
        "anke COORDINATOR session.unlocked",
    ]
    sign_out(anke)
    begin_phrase(anke, "anke")
    anke.press("Use my security key or passkey")
    assert anke.path == "/"


def test_a_passkey_without_prf_is_a_second_factor_only(people: People) -> None:
    sofia = people["sofia"]
    give(sofia, prf=False)
    sofia.follow(OWN)
    sofia.follow(NEW_KEY)
    sofia.press("Add it")
    assert "as second factor only" in sofia.text
    sign_out(sofia)
    sofia.press("Use a passkey")
    assert "holds no key for Confer" in sofia.text
    begin_phrase(sofia, "sofia")
    sofia.press("Use my security key or passkey")
    assert sofia.path == "/"


def test_a_security_key_is_a_second_factor(people: People) -> None:
    kai = people["kai"]
    give(kai, prf=True)
    kai.follow(OWN)
    kai.follow(NEW_KEY)
    kai.choose(
        "What shall it do?", "Be my second factor only, after the pass phrase (a security key)"
    )
    kai.press("Add it")
    assert "Second factor only, after the pass phrase" in kai.text


def test_what_the_browser_posts_of_a_passkey_holds_no_prf(
    people: People, sent: Callable[[Page], list[str]]
) -> None:
    noor = people["noor"]
    give(noor, prf=True)
    posted = sent(noor.page)
    noor.open("/second-factor/key/")
    noor.press("Add it")
    sign_out(noor)
    noor.press("Use a passkey")
    assert noor.path == "/"
    with_secret = [each for each in posted if "secret=" in each and "credential=" in each]
    assert len(with_secret) == 2
    secrets = {each.partition("secret=")[2].partition("&")[0] for each in with_secret}
    assert len(secrets) == 1, "the same passkey gives the same secret"
    (secret,) = secrets
    assert len(secret) == 43
    assert not any("prf" in each for each in posted)
    assert secret not in noor.page.content()


@pytest.fixture
def sent() -> Callable[[Page], list[str]]:
    """Keeps the bodies of everything that a page posts."""

    def keep(page: Page) -> list[str]:
        bodies: list[str] = []
        page.on("request", lambda request: bodies.append(request.post_data or ""))
        return bodies

    return keep


def test_a_passkey_that_is_not_given_says_so_and_loses_nothing(guests: People) -> None:
    rolf = guests["rolf"]
    give(rolf, prf=True, knows_person=False)
    rolf.open("/second-factor/key/")
    rolf.fill("A name for it, so that you know it again (optional)", "Mine")
    rolf.page.get_by_role("button", name="Add it").click()
    rolf.page.get_by_text("Your device gave no passkey").wait_for()
    assert rolf.value("A name for it, so that you know it again (optional)") == "Mine"


def test_without_scripts_passkeys_are_not_offered(guests: People) -> None:
    maud = guests.stranger(scripts=False)
    maud.open("/sign-in/")
    assert not maud.page.get_by_role("button", name="Use a passkey").is_visible()
    maud.sign_in(address_of("maud"), PHRASE)
    maud.open("/second-factor/key/")
    assert "This needs a browser with scripts" in maud.text
    assert maud.open("/second-factor/card/") == 200
    assert maud.page.get_by_role("button", name="Make my card").is_visible()


def test_prove_asks_for_the_phrase_and_leads_back(people: People, server: Server) -> None:
    anke = people["anke"]
    server.store.rows("UPDATE accounts_keysession SET proved_at = %s", "2020-01-01 00:00:00+00:00")
    anke.follow(OWN)
    anke.follow("A card of codes")
    assert anke.title == "Show again that it is you"
    anke.fill("Pass phrase", "not the phrase")
    anke.press("It is me")
    assert anke.errors == ["This is not your pass phrase. Try again."]
    anke.fill("Pass phrase", PHRASE)
    anke.press("It is me")
    assert anke.title == "Make a card of codes"
