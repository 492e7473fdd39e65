"""What there is to ask for once a referral was sent, and what its readers get of it."""

from collections.abc import Iterable, Mapping, Sequence

from tests.journeys.story import Story
from tests.journeys.who_sees import Thing

REFERRAL_PARTS = ("C1", "C2", "C11", "C12", "C15")
# Everybody has a first page and a list of what they have sent; both name nothing of others.
EVERYBODY = {"home": "200", "list": "200"}
Row = dict[str, str]


def what_was_sent(story: Story) -> dict[str, Thing]:
    """Lists, the author's pages, the desk's page, every part, one item."""
    referral, case, item = (story.ids[name] for name in ("referral", "case", "concern"))
    why = {"purpose": "safety"}
    return {
        "home": Thing("/"),
        "inbox": Thing("/desk/"),
        "list": Thing("/referrals/"),
        "draft": Thing(f"/drafts/{story.ids['draft']}/check/"),
        "own": Thing(f"/referrals/{referral}/"),
        "receipt": Thing(f"/referrals/{referral}/receipt/"),
        **{f"own {part}": Thing(f"/referrals/{referral}/own/{part}/") for part in REFERRAL_PARTS},
        "desk": Thing(f"/desk/referrals/{referral}/"),
        **{part: Thing(f"/cases/{case}/parts/{part}/", why) for part in REFERRAL_PARTS},
        # No address was written, so nobody finds a part that would hold it.
        "C10": Thing(f"/cases/{case}/parts/C10/", why),
        "item": Thing(f"/items/{item}/", {}),
    }


def told(story: Story, **more: Sequence[str]) -> dict[str, Sequence[str]]:
    """Words that tell something beside what was typed into the referral."""
    return {"author": [">Maud Terrel<"], "reference": [story.ids["reference"]], **more}


def own_row(*, parts: Iterable[str] = REFERRAL_PARTS, more: Mapping[str, str]) -> Row:
    """What the author gets: status, receipt, and their own words by either address."""
    return {
        **dict.fromkeys(("home", "list", "receipt"), "200 reference"),
        "own": _cell(more.get("own", ""), "reference"),
        "draft": "409",
        **{f"own {part}": _cell(text) for part, text in _texts(parts, {}).items()},
        **reader_row(parts=parts, more=more),
    }


def desk_row(*, parts: Iterable[str] = REFERRAL_PARTS, more: Mapping[str, str]) -> Row:
    """What the intake desk gets."""
    listed = dict.fromkeys(("home", "inbox", "desk"), "200 reference")
    return {**listed, **reader_row(parts=parts, more=more)}


def check_row() -> Row:
    """What a lead gets who was asked to check: neither who told nor the consent."""
    return {
        **dict.fromkeys(("home", "desk"), "200 reference"),
        **reader_row(parts=("C1", "C2", "C12"), more={}),
    }


def screen_row() -> Row:
    """What the second screener gets: the concern alone."""
    listed = dict.fromkeys(("home", "desk"), "200 reference")
    return {**listed, **reader_row(parts=("C2",), more={})}


def reader_row(*, parts: Iterable[str], more: Mapping[str, str]) -> Row:
    """The parts that open to a reader, each with its own words and no others."""
    row = {part: _cell(text, "reference") for part, text in _texts(parts, more).items()}
    return {**row, "item": "200 C2 reference"} if "C2" in row else row


def _texts(parts: Iterable[str], more: Mapping[str, str]) -> dict[str, str]:
    """What each part shows: what was typed into it; of the source, who wrote."""
    return {
        part: " ".join(["author" if part == "C11" else part, more.get(part, "")]) for part in parts
    }


def _cell(*words: str) -> str:
    return " ".join(["200", *sorted(" ".join(words).split())])
