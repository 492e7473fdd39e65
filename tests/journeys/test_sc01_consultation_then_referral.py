"""SC-01: a teacher asks for advice, then refers a pupil through her lead to the intake desk."""

import re

import pytest

from tests.journeys.people import DEPUTY, People
from tests.journeys.recorded import as_uuid
from tests.journeys.sent import (
    EVERYBODY,
    REFERRAL_PARTS,
    check_row,
    desk_row,
    own_row,
    told,
    what_was_sent,
)
from tests.journeys.story import REFERENCE, Story, missing_by, refused_by
from tests.journeys.walking import PHONE, REFERRAL_STEPS, labels
from tests.journeys.who_sees import Thing, differences
from tests.journeys.words import missing, shown
from tests.serving import Server

pytestmark = pytest.mark.browser

ASK_FIELDS = {"what_happened", "concern_types", "question", "district"}
ONLINE = "What the person does or meets online"
WHY_NAME = "Why do you need to know who it is about?"
MAUD = "Maud Terrel"
LEAD_READS = (
    "Agency lead (1 person): who it is about, the concern and others at risk; "
    "not your consent notes"
)
DEPUTIES_READ = (
    "Deputies of the desk (1 person): only if nobody has answered within 1 working day, "
    "or at once if it is urgent"
)
DANGER = "Somebody may be in danger"
PARTS = (*REFERRAL_PARTS, "C10")


def test_advice_then_a_referral_through_the_lead(server: Server, people: People) -> None:
    story = Story(server, people)
    maud_asks_without_a_name(story)
    anke_advises(story)
    maud_reads_and_begins_a_referral(story)
    maud_fills_it_on_her_phone(story)
    before_it_is_sent_nobody_else_sees_it(story)
    maud_sends_it_through_her_lead(story)
    while_it_is_checked_the_desk_sees_nothing(story)
    idris_reads_and_passes_it_on(story)
    when_nobody_answers_the_deputy_does(story)
    anke_reads_and_acknowledges(story)
    maud_and_anke_write_to_each_other(story)
    afterwards_each_sees_their_part(story)
    assert story.lies_in_clear("Teo L.") == {}
    assert story.log_speaks_of("Terrel", "@test.example", story.ids["reference"]) == []


def maud_asks_without_a_name(story: Story) -> None:
    maud, words = story.people.come("maud", width=PHONE), story.words
    maud.follow("Ask for advice without naming the person")
    maud.press("Write your question")
    # No box for a name, a birth date or an address exists.
    assert maud.controls() == {*ASK_FIELDS, "then", "form_token", "csrfmiddlewaretoken"}
    assert maud.bar() == ["You: nobody else until you send it"]
    maud.fill_step("question", {name: words.of(f"asked_{name}") for name in labels("question")})
    maud.choose("What is it about?", ONLINE)
    maud.press("Send to the intake desk")
    story.ids["question"] = maud.id_after("advice")
    story.ids["question_reference"] = REFERENCE.findall(maud.title)[0]
    assert maud.bar() == ["Intake desk (1 person)", "You"]
    story.note_case("casework_consultation")
    events = story.log.new()
    (created,) = [each for each in events if each.action == "consultation.created"]
    assert created.recipients == {"anke", "noor"}
    assert [each.line for each in events if each.object_ref == as_uuid(story.ids["question"])] == [
        "maud FRONTLINE consultation.created ADVICE",
        "maud FRONTLINE consultation.read",
    ]


def anke_advises(story: Story) -> None:
    anke, words = story["anke"], story.words
    assert shown(asked(story), anke.text) == []
    anke.follow_with("Give advice")
    assert anke.parts() == ["Concern", "Who told us"]
    concern = anke.open_part("Concern")
    assert missing(asked(story), concern) == []
    assert MAUD not in concern
    anke.open(f"/desk/advice/{story.ids['question']}/")
    assert MAUD in anke.open_part("Who told us")
    anke.open(f"/desk/advice/{story.ids['question']}/")
    anke.fill("Your advice", words.of("advice"))
    anke.press("Send the advice")
    assert story.recorded() == [
        "anke COORDINATOR part.read C2",
        "anke COORDINATOR part.read C11",
        "anke COORDINATOR file.unlocked write_message",
        "anke COORDINATOR message.sent C11",
    ]


def maud_reads_and_begins_a_referral(story: Story) -> None:
    """What happened goes along, nothing else does, and no name was there to go along."""
    maud, words = story["maud"], story.words
    maud.reload()
    assert words.of("advice") in maud.text
    maud.press("Turn this into a referral")
    story.ids["draft"] = maud.id_after("drafts")
    carried: dict[str, str] = {}
    for step in REFERRAL_STEPS[1:]:
        maud.open(f"/drafts/{story.ids['draft']}/{step}/")
        boxes = {label: maud.value(label) for label in labels(step).values()}
        carried |= {label: value for label, value in boxes.items() if value}
    assert carried == {"What did you see or hear?": words.of("asked_what_happened")}
    assert story.recorded() == [
        *["maud FRONTLINE part.read C2", "maud FRONTLINE part.read C11"],
        "maud FRONTLINE consultation.converted",
        "maud FRONTLINE part.read C2",
        "maud FRONTLINE draft.created",
    ]


def maud_fills_it_on_her_phone(story: Story) -> None:
    maud, typed = story["maud"], story.words.referral(given_names="Teo L.")
    maud.open(f"/drafts/{story.ids['draft']}/before/")
    for step in REFERRAL_STEPS:
        assert maud.bar() == ["You: nobody else until you send it"]
        maud.fill_step(step, typed)
        if step == "who":
            maud.fill("Or the age, as a guess", "15")
        if step == "contact":
            maud.choose("Does the person know that you write to us?", "No")
            maud.choose("If not, why?", "It would not be safe")
            maud.choose("Does the person agree?", "Not asked")
        maud.save()
    assert missing(typed.values(), maud.text) == []
    assert story.recorded() == ["maud FRONTLINE draft.saved"] * len(REFERRAL_STEPS)


def before_it_is_sent_nobody_else_sees_it(story: Story) -> None:
    question, draft, case = (story.ids[name] for name in ("question", "draft", "case"))
    things = {
        "home": Thing("/"),
        "inbox": Thing("/desk/"),
        "list": Thing("/referrals/"),
        "draft": Thing(f"/drafts/{draft}/check/"),
        "who": Thing(f"/drafts/{draft}/who/"),
        "delete": Thing(f"/drafts/{draft}/delete/"),
        "question": Thing(f"/advice/{question}/"),
        "advice": Thing(f"/desk/advice/{question}/"),
        "asked C2": Thing(f"/cases/{case}/parts/C2/", {}),
        "asked C11": Thing(f"/cases/{case}/parts/C11/", {}),
    }
    more = {
        "asked": asked(story),
        "advised": [story.words.of("advice")],
        "author": [f">{MAUD}<"],
        "reference": [story.ids["question_reference"]],
    }
    table, events = story.everybody_asks(things, more)
    rows = {
        "maud": {
            "home": "200 reference",
            "draft": "200 C1 C12 C15 C2",
            "who": "200 C1",
            "delete": "200",
            "question": "200 advised asked reference",
            "advice": f"to /advice/{question}/",
            "asked C2": "200 asked reference",
            "asked C11": "200 advised author reference",
        },
        "anke": {
            "home": "200 reference",
            "inbox": "200 reference",
            "question": f"to /desk/advice/{question}/",
            "advice": "200 reference",
            "asked C2": "200 asked reference",
            "asked C11": "200 advised author reference",
        },
        # Her hat opens the desk's list; nothing has been left unanswered for a working day.
        DEPUTY: {"inbox": "200"},
    }
    assert differences(table, things, rows, everybody=EVERYBODY) == ""
    assert refused_by(events) == missing_by(table, things)


def maud_sends_it_through_her_lead(story: Story) -> None:
    maud = story["maud"]
    maud.tick("Also let my agency lead check it first")
    maud.press("Show who could read it then")
    assert maud.bar("Now") == ["You"]
    assert maud.bar("After you send") == [
        LEAD_READS,
        "Intake desk (1 person): after your lead's check, at the latest after 2 working days",
        DEPUTIES_READ,
        "You",
    ]
    assert "Cannot read it: everybody else at Lycée Gandon, the police" in maud.text
    story.recorded()
    story.ids["referral"] = maud.send()
    assert "The intake desk reads on working days from 08:30 to 17:00." in maud.text
    assert re.search(r"is reading now\.|Nobody reads this before \w+", maud.text)
    assert "The intake desk opens it at the latest" in maud.text
    assert shown([*story.words.referral().values(), "Teo"], maud.text) == []
    case_ref = story.note_sent(maud.text)
    events = story.log.new()
    assert [each.line for each in events if each.case_ref == case_ref] == [
        "maud FRONTLINE case_role.granted case_author",
        *["maud FRONTLINE case_role.granted case_intake"] * 2,
        "maud FRONTLINE case_role.granted case_checker",
        "maud FRONTLINE case.opened",
        "maud FRONTLINE referral.submitted AGENCY_CHECK INTAKE",
        "maud FRONTLINE referral.status_read",
    ]
    submitted = next(each for each in events if each.action == "referral.submitted")
    assert submitted.recipients == {"anke", "noor", "idris"}
    assert set(submitted.refs) == set(story.items().values())


def while_it_is_checked_the_desk_sees_nothing(story: Story) -> None:
    things = what_was_sent(story)
    table, events = story.everybody_asks(things, told(story))
    rows = {
        "maud": own_row(more={}),
        "idris": check_row(),
        "anke": {"inbox": "200"},
        DEPUTY: {"inbox": "200"},
    }
    assert differences(table, things, rows, everybody=EVERYBODY) == ""
    assert refused_by(events) == missing_by(table, things)
    case_ref = story.note_case("casework_referral")
    henri = [each.line for each in events if each.who == "henri" and each.case_ref == case_ref]
    status = "henri FRONTLINE referral.status_read no_role REFUSED"
    assert henri[:7] == [status] * 7
    assert henri[7:] == [
        "henri FRONTLINE list.shown no_role REFUSED",
        *[f"henri FRONTLINE part.read not_readable safety {each} REFUSED" for each in PARTS],
        "henri FRONTLINE item.read not_readable REFUSED",
    ]


def idris_reads_and_passes_it_on(story: Story) -> None:
    idris, words = story["idris"], story.words
    idris.open("/")
    assert story.ids["reference"] in idris.text
    idris.follow_with("Read it, then pass it on or not")
    assert idris.parts() == ["Concern", "Other people", "Who it is about"]
    for label, part in (("Concern", "C2"), ("Other people", "C12"), ("Who it is about", "C1")):
        idris.open(desk_page(story))
        is_name = part == "C1"
        text = idris.open_name(DANGER) if is_name else idris.open_part(label)
        assert missing(words.part(part), text) == []
        assert shown([*words.others_than(part), MAUD], text) == []
    idris.open(desk_page(story))
    idris.follow("Pass on to the intake desk")
    assert idris.bar("Now") == ["The referrer (1 person)", "You"]
    assert idris.bar("After you pass it on") == [
        *["The referrer (1 person)", "You"],
        "Intake desk (1 person): every part but a protected address new",
    ]
    idris.press("Pass on to the intake desk")
    assert story.recorded() == [
        "idris AGENCY_LEAD part.read C2",
        "idris AGENCY_LEAD part.read C12",
        "idris AGENCY_LEAD part.read safety C1",
        "idris AGENCY_LEAD referral.checked",
    ]


def when_nobody_answers_the_deputy_does(story: Story) -> None:
    """A working day passes: what Noor may read from then on, and only as the desk's deputy."""
    deputy, desk = story[DEPUTY], desk_page(story)
    assert (story["noor"].open(desk), deputy.open(desk)) == (404, 404)
    mine = "user_id = (SELECT id FROM accounts_user WHERE email = %s) AND case_id = %s"
    here = ("noor@test.example", story.key("case"))
    since = story.value(f"SELECT since FROM casework_caserole WHERE {mine}", *here)
    move = f"UPDATE casework_caserole SET since = %s WHERE {mine}"
    story.server.store.rows(move, "2020-01-01 00:00:00+00:00", *here)
    assert (story["noor"].open(desk), deputy.open(desk)) == (404, 200)
    assert missing(story.words.part("C2"), deputy.open_part("Concern")) == []
    story.server.store.rows(move, since, *here)
    assert deputy.open(desk) == 404
    assert story.recorded() == [
        "noor AGENCY_LEAD list.shown no_role REFUSED",
        "noor COORDINATOR list.shown role_not_yet REFUSED",
        "noor AGENCY_LEAD list.shown no_role REFUSED",
        "noor COORDINATOR part.read C2",
        "noor COORDINATOR list.shown role_not_yet REFUSED",
    ]


def anke_reads_and_acknowledges(story: Story) -> None:
    """The concern opens at once, the name only for a reason."""
    anke, words = story["anke"], story.words
    anke.open("/")
    anke.follow_with("Read it and acknowledge it")
    assert shown([*words.others_than(), "Teo", MAUD], anke.text) == []
    concern = anke.open_part("Concern")
    assert missing(words.part("C2"), concern) == []
    assert shown([*words.others_than("C2"), "Teo", MAUD], concern) == []
    anke.open(desk_page(story))
    anke.ask_for_name()
    anke.press("Open the name")
    assert anke.errors == ["Choose why you need to know who it is about"]
    anke.choose(WHY_NAME, "To see whether there was an earlier referral")
    anke.press("Open the name")
    assert missing([*words.part("C1"), "Teo L."], anke.text) == []
    anke.open(desk_page(story))
    anke.press("Acknowledge")
    assert "The referrer's signature is genuine." in anke.text
    case_ref = story.note_case("casework_referral")
    events = [each for each in story.log.new() if each.case_ref == case_ref]
    assert [each.line for each in events if each.action != "list.shown"] == [
        "anke COORDINATOR part.read C2",
        "anke COORDINATOR part.read identity_needs_reason C1 REFUSED",
        "anke COORDINATOR part.read earlier_referral C1",
        "anke COORDINATOR file.unlocked acknowledge",
        "anke COORDINATOR key.ring_created",
        "anke COORDINATOR share.ended moved_to_team",
        "anke COORDINATOR share.made INTAKE",
        "anke COORDINATOR referral.verified",
        "anke COORDINATOR referral.acknowledged",
    ]


def maud_and_anke_write_to_each_other(story: Story) -> None:
    maud, anke, words = story["maud"], story["anke"], story.words
    maud.follow("Go to this referral")
    assert "The intake desk has read it" in maud.text
    maud.fill("Your message", words.of("to_desk"))
    maud.press("Send the message")
    told_us = anke.open_part("Who told us")
    assert missing([words.of("to_desk"), MAUD], told_us) == []
    anke.fill("Your message", words.of("to_maud"))
    anke.press("Send to the referrer")
    maud.reload()
    assert missing([words.of("to_desk"), words.of("to_maud")], maud.text) == []
    own = ["maud FRONTLINE part.read C11"]
    assert story.recorded() == [
        *own,
        "maud FRONTLINE file.unlocked write_message",
        "maud FRONTLINE message.sent C11",
        *own,
        "anke COORDINATOR part.read C11",
        "anke COORDINATOR file.unlocked write_message",
        "anke COORDINATOR message.sent C11",
        *own,
    ]


def afterwards_each_sees_their_part(story: Story) -> None:
    things = what_was_sent(story)
    written = [story.words.of("to_desk"), story.words.of("to_maud")]
    table, events = story.everybody_asks(things, told(story, messages=written))
    rows = {
        "maud": own_row(more={"C11": "messages", "own": "messages"}),
        "idris": check_row(),
        "anke": desk_row(more={"C11": "messages"}),
        DEPUTY: {"inbox": "200"},
    }
    assert differences(table, things, rows, everybody=EVERYBODY) == ""
    assert refused_by(events) == missing_by(table, things)


def asked(story: Story) -> list[str]:
    """What the question said."""
    return [story.words.of(f"asked_{name}") for name in labels("question")]


def desk_page(story: Story) -> str:
    return f"/desk/referrals/{story.ids['referral']}/"
