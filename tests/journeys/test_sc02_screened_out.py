"""SC-02: two services look at a child's referral and find a misunderstanding."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.utils.formats import date_format

from tests.journeys.people import DEPUTY, People
from tests.journeys.sent import (
    EVERYBODY,
    desk_row,
    own_row,
    screen_row,
    told,
    what_was_sent,
)
from tests.journeys.story import Story, missing_by, refused_by
from tests.journeys.who_sees import Thing, differences
from tests.journeys.words import missing, shown
from tests.serving import Server

pytestmark = pytest.mark.browser

NOT_FOR_US = "Not for this partnership"
WHY = "A misunderstanding"
ANSWER = "It was right to tell us. Nothing more needs to happen."
SCREENS = "the concern only, without the name, until the decision"
# Both give a view now; for the other acts the page of the referral says why not.
ACTS = {"view": "200 reference", "asking": "409 reference", "deciding": "409 reference"}
_OF_CASE = "JOIN casework_item i ON i.id = s.item_id"
INBOX = {"inbox": "200", "decided": "200"}


def test_a_misunderstanding_is_screened_out(server: Server, people: People) -> None:
    story = Story(server, people)
    maud_sends(story)
    anke_acknowledges_and_asks_sofia(story)
    while_sofia_screens_she_sees_the_concern_alone(story)
    sofia_reads_and_gives_her_view(story)
    anke_agrees_and_decides(story)
    maud_gets_an_answer_and_no_detail(story)
    afterwards_the_desk_alone_can_read(story)
    assert story.lies_in_clear("Jonas K.") == {}
    assert story.log_speaks_of("Terrel", "@test.example", story.ids["reference"]) == []


def maud_sends(story: Story) -> None:
    maud = story["maud"]
    typed = story.words.referral(given_names="Jonas K.", what_happened="He quoted a game.")
    story.ids["draft"] = maud.write_whole(typed, age="11")
    story.ids["referral"] = maud.send()
    story.note_sent(maud.text)
    story.log.new()


def anke_acknowledges_and_asks_sofia(story: Story) -> None:
    anke = story["anke"]
    anke.open(desk_page(story))
    assert "age 11 to 15" in anke.text
    anke.open_part("Concern")
    anke.open(desk_page(story))
    anke.press("Acknowledge")
    anke.follow("Ask a second service")
    assert anke.bar("Now") == ["The referrer (1 person)", "You"]
    assert anke.bar("After you ask") == [
        *["The referrer (1 person)", "You"],
        f"The one whom you ask (1 person): {SCREENS} new",
    ]
    # Neither her own deputy nor the referrer's lead nor anybody without a desk can be asked.
    assert anke.group("Whom do you ask?").get_by_role("radio").count() == 2
    anke.choose("Whom do you ask?", "Rivenne youth service: Sofia Ruiz")
    anke.press("Ask for a second view")
    assert anke.bar() == [
        "The referrer (1 person)",
        f"Rivenne youth service (1 person): {SCREENS}",
        "You",
    ]
    assert shown(story.words.others_than("C2"), anke.text) == []
    case_ref = story.note_case("casework_referral")
    events = [each for each in story.log.new() if each.case_ref == case_ref]
    assert [each.line for each in events if each.action != "list.shown"] == [
        "anke COORDINATOR part.read C2",
        "anke COORDINATOR file.unlocked acknowledge",
        "anke COORDINATOR key.ring_created",
        "anke COORDINATOR share.ended moved_to_team",
        "anke COORDINATOR share.made INTAKE",
        "anke COORDINATOR referral.verified",
        "anke COORDINATOR referral.acknowledged",
        "anke COORDINATOR file.unlocked ask_second",
        "anke COORDINATOR case_role.granted case_screener",
        "anke COORDINATOR screening.requested SCREENING",
    ]
    assert events[-2].recipients == {"sofia"}


def while_sofia_screens_she_sees_the_concern_alone(story: Story) -> None:
    things = things_of(story)
    table, events = story.everybody_asks(things, told(story))
    rows = {
        "maud": own_row(more={}),
        "anke": {**desk_row(more={}), **ACTS, "decided": "200"},
        "sofia": {**screen_row(), **ACTS},
        DEPUTY: INBOX,
    }
    assert differences(table, things, rows, everybody=EVERYBODY) == ""
    assert refused_by(events) == missing_by(table, things)


def sofia_reads_and_gives_her_view(story: Story) -> None:
    sofia, words = story["sofia"], story.words
    hidden = [*words.others_than("C2"), "Jonas", "Maud", "Terrel", "Gandon"]
    sofia.open("/")
    sofia.follow_with("Give your view")
    assert sofia.parts() == ["Concern"]
    assert shown([*hidden, *words.part("C2")], sofia.text) == []
    concern = sofia.open_part("Concern")
    assert missing(words.part("C2"), concern) == []
    assert shown(hidden, sofia.page.content()) == []
    sofia.open(desk_page(story))
    sofia.follow("Give your view")
    sofia.press("Keep this view")
    assert sofia.errors == ["Choose what should follow", "Choose why"]
    sofia.choose("What should follow?", NOT_FOR_US)
    sofia.choose("Why?", WHY)
    sofia.press("Keep this view")
    assert "Your view is in. The other's is not shown before both are." in sofia.text
    assert story.recorded() == [
        "sofia AGENCY_LEAD part.read C2",
        "sofia AGENCY_LEAD screening.voted misunderstanding SCREENED_OUT",
    ]


def anke_agrees_and_decides(story: Story) -> None:
    anke = story["anke"]
    anke.open(desk_page(story))
    assert "Your view is missing." in anke.text
    assert NOT_FOR_US not in anke.text
    anke.follow("Give your view")
    anke.choose("What should follow?", NOT_FOR_US)
    anke.choose("Why?", WHY)
    anke.press("Keep this view")
    anke.follow("Compare both views and decide")
    assert anke.bar("Now") == [
        "The referrer (1 person)",
        f"Rivenne youth service (1 person): {SCREENS}",
        "You",
    ]
    assert anke.bar("After the decision") == ["You"]
    anke.choose("Which answer does the referrer get?", ANSWER)
    story.log.new()
    anke.press("Decide and answer the referrer")
    erase, decided = story.server.store.rows(
        "SELECT erase_due_on, decided_at FROM casework_case WHERE id = %s", story.key("case")
    )[0]
    due = date.fromisoformat(str(erase))
    assert due == three_months_after(local_day(decided))
    assert date_format(due, "j F Y") in anke.text
    case_ref = story.note_case("casework_referral")
    events = [each for each in story.log.new() if each.case_ref == case_ref]
    assert [each.line for each in events if each.action != "list.shown"] == [
        "anke COORDINATOR share.ended screening_decided",
        "anke COORDINATOR case_role.ended case_screener",
        "anke COORDINATOR screening.decided misunderstanding SCREENED_OUT",
        "anke COORDINATOR case.moved SCREENED_OUT",
        "anke COORDINATOR feedback.sent NOTHING_MORE",
    ]


def maud_gets_an_answer_and_no_detail(story: Story) -> None:
    maud = story["maud"]
    maud.open(f"/referrals/{story.ids['referral']}/")
    assert ANSWER in maud.text
    assert "your own text is closed for you too" in maud.text
    detail = [NOT_FOR_US, "isunderstanding", "Sofia", "youth", "Anke", "Jonas"]
    assert shown([*story.words.referral().values(), *detail], maud.page.content()) == []
    maud.open("/")
    assert shown(detail, maud.page.content()) == []


def afterwards_the_desk_alone_can_read(story: Story) -> None:
    things = things_of(story)
    table, events = story.everybody_asks(things, told(story))
    rows = {
        "maud": {**own_row(parts=(), more={}), "list": "200 reference"},
        "anke": {
            **desk_row(more={}),
            **dict.fromkeys(ACTS, "409 reference"),
            # It waits for nothing any more; the list of what is decided still has it.
            **dict.fromkeys(("home", "inbox"), "200"),
            "decided": "200 reference",
        },
        DEPUTY: INBOX,
    }
    assert differences(table, things, rows, everybody=EVERYBODY) == ""
    assert refused_by(events) == missing_by(table, things)
    # Not only by rule: nobody but the desk has a key by name, and it alone holds the team's ring.
    by_name = story.server.store.rows(
        f"SELECT DISTINCT u.email FROM casework_share s {_OF_CASE}"
        " JOIN accounts_memberkey k ON k.id = s.member_key_id"
        " JOIN accounts_user u ON u.id = k.user_id WHERE i.case_id = %s",
        story.key("case"),
    )
    by_ring = story.server.store.rows(
        f"SELECT DISTINCT u.email FROM casework_share s {_OF_CASE}"
        " JOIN accounts_ringwrap w ON w.epoch_id = s.ring_epoch_id"
        " JOIN accounts_memberkey k ON k.id = w.member_key_id"
        " JOIN accounts_user u ON u.id = k.user_id WHERE i.case_id = %s",
        story.key("case"),
    )
    assert set(by_name) == set(by_ring) == {("anke@test.example",), ("noor@test.example",)}


def things_of(story: Story) -> dict[str, Thing]:
    """What was sent, and the pages of the screening."""
    acts = {"asking": "second", "view": "view", "deciding": "decide"}
    return {
        **what_was_sent(story),
        "decided": Thing("/desk/?stage=SCREENED"),
        **{name: Thing(f"{desk_page(story)}{act}/") for name, act in acts.items()},
    }


def desk_page(story: Story) -> str:
    return f"/desk/referrals/{story.ids['referral']}/"


def local_day(moment: datetime | str) -> date:
    """The day of a stored moment where the desk is; SQLite keeps moments as texts in UTC."""
    if isinstance(moment, str):
        moment = datetime.fromisoformat(moment).replace(tzinfo=UTC)
    return moment.astimezone(ZoneInfo(settings.TIME_ZONE)).date()


def three_months_after(day: date) -> date:
    """The same day of the third month after, or that month's last day."""
    year, month = divmod(day.month + 2, 12)
    last = date(day.year + year + (month + 1) // 12, (month + 1) % 12 + 1, 1) - timedelta(days=1)
    return min(last, last.replace(day=min(day.day, last.day)))
