"""What people, programs and forgers may send: every limit, odd signs, forged fields, uploads."""

import uuid
from collections.abc import Iterable

import pytest
from playwright.sync_api import FilePayload

from casework.forms.fields import WordsField
from casework.forms.follow_up import AdditionForm, MessageForm
from casework.forms.journey import page_of
from tests.canary import new_marker
from tests.journeys.people import People
from tests.journeys.posting import URLENCODED, Value, post, post_raw
from tests.journeys.recorded import Log
from tests.journeys.searching import found_in_clear
from tests.journeys.walking import REFERRAL_STEPS, Walker, labels
from tests.serving import Server

pytestmark = pytest.mark.browser

NOT_UNDERSTOOD = "Confer did not understand that"
MISSING = "You cannot open this page"
FACT = "What did you see or hear?"


def test_every_box_takes_its_limit_and_drops_nothing_beyond(guests: People) -> None:
    maud = guests["maud"]
    draft = maud.begin_referral()
    for step in REFERRAL_STEPS:
        fits = {name: long_text(field, 0) for name, field in boxes(step).items()}
        too_long = {name: long_text(field, 1) for name, field in boxes(step).items()}
        if too_long:
            maud.fill_step(step, too_long)
            maud.save()
            assert told_too_long(maud, boxes(step).values())
            assert typed_in(maud, step) == too_long
            maud.open(f"/drafts/{draft}/check/")
            assert any("characters fit here" in line for line in missing_lines(maud))
            maud.open(f"/drafts/{draft}/{step}/")
            assert typed_in(maud, step) == too_long
        maud.fill_step(step, fits)
        maud.save()
        assert maud.errors == []
    assert missing_lines(maud) == []
    referral = maud.send()
    maud.open(f"/referrals/{referral}/own/C2/")
    kept = maud.page.get_by_role("definition").all_inner_texts()
    assert set(kept) >= {long_text(each, 0) for each in boxes("facts").values()}
    write_more(maud, referral)


def write_more(maud: Walker, referral: str) -> None:
    """A message and an addition have limits of their own."""
    for path, form, button in (
        (f"/referrals/{referral}/", MessageForm, "Send the message"),
        (f"/referrals/{referral}/add/", AdditionForm, "Add it"),
    ):
        field = form.base_fields["text"]
        assert isinstance(field, WordsField)
        maud.open(path)
        maud.paste(str(field.label), long_text(field, 1))
        if form is AdditionForm:
            maud.choose("How do you know it?", "Somebody told me")
        maud.press(button)
        assert told_too_long(maud, [field])
        assert maud.value(str(field.label)) == long_text(field, 1)
        maud.paste(str(field.label), long_text(field, 0))
        maud.press(button)
        assert maud.path == f"/referrals/{referral}/"
        assert maud.errors == []


@pytest.mark.parametrize(
    "sign",
    [b"%00", b"%0C", b"%1B", b"%7F", b"%C2%85", b"%ED%A0%80", b"%EF%BF%BF", b"caf%E9", b"%F5"],
    ids=["nul", "feed", "escape", "delete", "c1", "surrogate", "no-character", "latin-1", "utf-8"],
)
def test_signs_that_no_page_can_show_are_told_and_never_kept(guests: People, sign: bytes) -> None:
    maud = guests["maud"]
    draft = maud.begin_referral()
    facts = f"/drafts/{draft}/facts/"
    maud.open(facts)
    fields: dict[str, Value] = {
        "form_token": maud.hidden("form_token"),
        "what_happened": b"a%0D%0Ab" + sign + b"c",
    }
    reply = post(maud, facts, fields)
    assert reply.status == 200
    assert [each.partition(" that ")[0] for each in reply.errors] == [
        "There is a character in line 2"
    ]
    maud.open(facts)
    assert maud.value(FACT) == f"a\nb{'caf' if sign.startswith(b'caf') else ''}c"


def test_dates_and_ages_that_cannot_be(guests: People) -> None:
    maud = guests["maud"]
    draft = maud.begin_referral()
    real, coming, old = "Enter a real date", "still to come", "more than 120 years ago"
    for typed, says in (
        (("31", "2", "2009"), real),
        (("0", "1", "2009"), real),
        (("1", "13", "2009"), real),
        (("1", "1", ""), real),
        (("first", "of", "May"), real),
        (("1", "1", "99999"), real),
        (("31", "12", "2100"), coming),
        (("1", "1", "1900"), old),
    ):
        maud.open(f"/drafts/{draft}/who/")
        for label, part in zip(("Day", "Month", "Year"), typed, strict=True):
            maud.fill(label, part)
        maud.save()
        assert [says in each for each in maud.errors] == [True]
        assert tuple(maud.value(label) for label in ("Day", "Month", "Year")) == typed
    for age in ("-1", "121", "ten", "1e1", "9" * 400):
        maud.open(f"/drafts/{draft}/who/")
        maud.fill("Or the age, as a guess", age)
        maud.save()
        assert ["number from 0 to 120" in each for each in maud.errors] == [True]
        assert maud.value("Or the age, as a guess") == age


def test_what_cannot_be_read_is_answered_calmly(guests: People, shared_server: Server) -> None:
    maud = guests["maud"]
    draft = maud.begin_referral()
    facts = f"/drafts/{draft}/facts/"
    maud.open(facts)
    maud.fill(FACT, "as it was")
    maud.save()
    for charset in ("latin-1", "utf-16", "utf-7", "hex", "ascii"):
        reply = post(
            maud,
            facts,
            {"what_happened": b"caf\xe9"},
            content_type=f"{URLENCODED}; charset={charset}",
        )
        assert (reply.status, reply.title) == (400, NOT_UNDERSTOOD)
    for body in (b"what_happened=" + b"x" * 600_000, b"&".join(b"x%d=1" % n for n in range(300))):
        reply = post_raw(maud, facts, body)
        assert (reply.status, reply.title) == (400, NOT_UNDERSTOOD)
    for path in ("/drafts/%E9/facts/", "/referrals/%00/", "/advice/%FF%FE/", "/" + "x" * 3000):
        assert maud.page.request.get(f"{maud.url}{path}").status == 404
    for query in ("/?done=%00%E9", "/referrals/?page=" + "9" * 40, "/unlock/?next=%00//x"):
        assert maud.page.request.get(f"{maud.url}{query}").status == 200
    maud.open(facts)
    assert maud.value(FACT) == "as it was"
    assert "Traceback" not in shared_server.log.read_text()


def test_forged_choices_change_nothing(guests: People, shared_server: Server) -> None:
    maud, anke = guests["maud"], guests["anke"]
    sofia = user_id(shared_server, "sofia")
    draft = maud.begin_referral()
    contact = f"/drafts/{draft}/contact/"
    for forged in (sofia, user_id(shared_server, "maud"), str(uuid.uuid4()), "nobody", "\0"):
        reply = post(maud, contact, {"barred": forged})
        assert reply.status == 200
        assert reply.errors == [
            "The people who could read this have changed. Look again at who must not see it"
        ]
    desk = [user_id(shared_server, name) for name in ("anke", "noor")]
    assert "Then nobody at the intake desk" in post(maud, contact, {"barred": desk}).errors[0]
    for field in ("person_informed", "consent", "informed_reason"):
        assert "is not one of the available" in post(maud, contact, {field: "forged"}).errors[0]
    referral = sent_by(maud)
    case = case_of(shared_server, referral)
    anke.open(f"/desk/referrals/{referral}/")
    log = Log(shared_server.store)
    for purpose in ("curiosity", "not a code!", "\0", "x" * 100, "é"):
        assert post(anke, f"/cases/{case}/parts/C1/", {"purpose": purpose}).status == 404
    assert [each.line for each in log.new() if each.refused] == [
        "anke COORDINATOR part.read unknown_purpose C1 REFUSED"
    ] * 5
    anke.press("Acknowledge")
    second = f"/desk/referrals/{referral}/second/"
    hats = [hat_id(shared_server, name) for name in ("henri", "kai", "anke", "idris", "maud")]
    for forged in (*hats, str(uuid.uuid4())):
        reply = post(anke, second, {"second": forged})
        assert reply.errors == ["They cannot be asked any more. Choose somebody else."]
    for forged in ("", "sofia", "\0"):
        assert post(anke, second, {"second": forged}).errors == ["Choose whom you ask"]
    assert shared_server.store.rows("SELECT count(*) FROM casework_screening") == [(0,)]


def test_a_token_opens_no_other_draft(guests: People, shared_server: Server) -> None:
    maud, kai = guests["maud"], guests["kai"]
    first, second = maud.begin_referral(), maud.begin_referral()
    maud.open(f"/drafts/{first}/facts/")
    token = maud.hidden("form_token")
    theirs = kai.begin_referral()
    kai.open(f"/drafts/{theirs}/facts/")
    their_token = kai.hidden("form_token")
    log = Log(shared_server.store)
    # A token of another draft or step says nothing: it is Maud's own session that saves.
    for forged in (token, their_token, "forged", ""):
        fields = {"form_token": forged, "what_happened": f"second {forged[:5]}"}
        assert post(maud, f"/drafts/{second}/facts/", fields).status == 302
    # Without their token she finds nothing there; with it she leaves words and reads none.
    path, words = f"/drafts/{theirs}/facts/", new_marker()
    for forged in ("", token, altered(their_token)):
        reply = post(maud, path, {"form_token": forged, "what_happened": words})
        assert (reply.status, reply.title) == (404, MISSING)
    reply = post(maud, path, {"form_token": their_token, "what_happened": "left for Kai"})
    assert (reply.status, reply.title) == (409, "This page belonged to somebody else")
    lines = [each.line for each in log.new() if each.action != "draft.read" or each.refused]
    assert lines == [
        *["maud FRONTLINE draft.saved"] * 4,
        *["maud FRONTLINE draft.read not_own_draft REFUSED"] * 3,
        "nobody draft.kept",
    ]
    maud.open(f"/drafts/{first}/facts/")
    assert maud.value(FACT) == ""
    kai.open(path)
    assert kai.value(FACT) == "left for Kai"
    assert maud.open(path) == 404


def test_others_ids_look_like_ids_that_do_not_exist(guests: People, shared_server: Server) -> None:
    maud, henri = guests["maud"], guests["henri"]
    referral = sent_by(maud)
    draft, case = maud.begin_referral(), case_of(shared_server, referral)
    store = shared_server.store
    ((item,),) = store.rows(
        "SELECT id FROM casework_item WHERE case_id = %s AND kind = 'concern'", uuid.UUID(case).hex
    )
    for pattern, real in (
        ("/drafts/{}/facts/", draft),
        ("/drafts/{}/check/", draft),
        ("/drafts/{}/question/", draft),
        ("/drafts/{}/delete/", draft),
        ("/referrals/{}/", referral),
        ("/referrals/{}/own/C2/", referral),
        ("/referrals/{}/add/", referral),
        ("/desk/referrals/{}/", referral),
        ("/desk/referrals/{}/acknowledge/", referral),
        ("/desk/referrals/{}/decide/", referral),
        ("/cases/{}/parts/C2/", case),
        ("/cases/{}/reason/", case),
        ("/items/{}/", str(uuid.UUID(str(item)))),
    ):
        for form in (None, {"text": "x", "what_happened": "x", "answer": "TAKEN_OVER"}):
            replies = [
                asked(henri, pattern.format(each), form) for each in (real, str(uuid.uuid4()))
            ]
            assert replies[0] == replies[1], (pattern, form)
            assert replies[0][0] in {404, 405}, (pattern, form)


def test_an_upload_is_refused_before_it_is_read(guests: People, shared_server: Server) -> None:
    maud, nobody = guests["maud"], guests["nobody"]
    words = new_marker()
    draft = maud.begin_referral()
    path = f"/drafts/{draft}/facts/"
    log = Log(shared_server.store)
    file = FilePayload(name=f"{words}.txt", mimeType="text/plain", buffer=words.encode() * 5000)
    for walker, where in ((maud, path), (maud, "/"), (nobody, "/sign-in/"), (nobody, path)):
        answer = walker.page.request.post(
            f"{walker.url}{where}",
            multipart={"csrfmiddlewaretoken": walker.csrf, "what_happened": words, "file": file},
        )
        assert answer.status == 415
        assert NOT_UNDERSTOOD in answer.text()
    assert [each.line for each in log.new()] == [
        *["maud FRONTLINE upload.refused multipart REFUSED"] * 2,
        *["nobody upload.refused multipart REFUSED"] * 2,
    ]
    maud.open(path)
    assert maud.value(FACT) == ""
    assert found_in_clear(shared_server, [words]) == {}


def boxes(step: str) -> dict[str, WordsField]:
    """The boxes for words on a page as it stands before Maud."""
    fields = page_of(step).form.base_fields
    shown = {name for name in labels(step) if not name.startswith("caller_")}
    return {
        name: each
        for name, each in fields.items()
        if name in shown and isinstance(each, WordsField)
    }


def long_text(field: WordsField, beyond: int) -> str:
    """A text as long as the limit, or longer, of letters that take one to four bytes."""
    pattern = "aé€🦊 b" + ("\n" if field.lines else "")
    length = field.limit + beyond
    return (pattern * (length // len(pattern) + 1))[: length - 1] + "z"


def typed_in(walker: Walker, step: str) -> dict[str, str]:
    return {name: walker.value(str(each.label)) for name, each in boxes(step).items()}


def told_too_long(walker: Walker, fields: Iterable[WordsField]) -> bool:
    """Whether the page says for each box what fits and how much was typed."""
    due = [
        f"At most {each.limit} characters fit here, and this has {each.limit + 1}."
        for each in fields
    ]
    return len(walker.errors) == len(due) and all(
        any(line in told for told in walker.errors) for line in due
    )


def missing_lines(walker: Walker) -> list[str]:
    """What the check page says must be put right before sending."""
    place = walker.page.get_by_role("heading", name="Before you can send this").locator("..")
    return place.get_by_role("listitem").all_inner_texts()


def sent_by(walker: Walker) -> str:
    words = {"given_names": "Teo", "what_happened": "A quarrel.", "strengths": "Kind."}
    walker.write_whole(words)
    return walker.send()


def asked(walker: Walker, path: str, form: dict[str, str] | None) -> tuple[int, str]:
    """Status and body, without the address that one may have asked for."""
    if form is None:
        answer = walker.page.request.get(f"{walker.url}{path}", max_redirects=0)
        return answer.status, answer.text()
    reply = post(walker, path, form)
    return reply.status, reply.text


def altered(token: str) -> str:
    """The same token with another last letter."""
    return token[:-1] + ("A" if token[-1] != "A" else "B")


def user_id(server: Server, who: str) -> str:
    sql = "SELECT id FROM accounts_user WHERE email = %s"
    ((found,),) = server.store.rows(sql, f"{who}@test.example")
    return str(uuid.UUID(str(found)))


def hat_id(server: Server, who: str) -> str:
    sql = "SELECT id FROM accounts_membership WHERE user_id = %s"
    ((found,),) = server.store.rows(sql, uuid.UUID(user_id(server, who)).hex)
    return str(uuid.UUID(str(found)))


def case_of(server: Server, referral: str) -> str:
    sql = "SELECT case_id FROM casework_referral WHERE id = %s"
    ((found,),) = server.store.rows(sql, uuid.UUID(referral).hex)
    return str(uuid.UUID(str(found)))
