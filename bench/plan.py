"""What both sides hold: the same referrals, from one seed; pure, and the same in every run."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random

from casework.choices import AgeBand, CaseState, ItemKind, ReferralState, Urgency

SEED = 2
ONE_IN = 100  # referrals that the reader may see
OPENED = 60  # visible referrals whose items are opened, the first ones
AGENCIES = 30
PEOPLE = 200  # beside the reader
ITEMS_VISIBLE = 12
ITEMS_ELSEWHERE = 3
EVENTS_EACH = 2
REFERRALS_PER_QUESTION = 50
READER = "reader@bench.example"
PASSWORD = "four words for every bench"  # noqa: S105
TEXT = (
    "He came to school with a bruise and said that he fell. He has been quiet for two weeks, eats "
    "alone and no longer goes to football. His class teacher noticed that he sleeps in lessons. "
    "On Tuesday he asked whether he could stay longer, and the week before he asked the same. "
)
OPEN_STATES = (
    ReferralState.AGENCY_CHECK,
    ReferralState.SUBMITTED,
    ReferralState.URGENT_ROUTED,
    ReferralState.RETURNED,
    ReferralState.SCREENING,
)
KINDS = (
    ItemKind.IDENTITY,
    ItemKind.CONCERN,
    ItemKind.SOURCE,
    ItemKind.KNOWLEDGE,
    ItemKind.OPINION,
    ItemKind.STRENGTHS,
    ItemKind.RISK,
    ItemKind.BACKGROUND,
    ItemKind.OTHERS,
    ItemKind.CONSENT,
    ItemKind.ADDITION,
    ItemKind.MESSAGE,
)
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_OPEN_DAYS = 30
_CLOSED_DAYS = 1000


@dataclass(frozen=True, slots=True)
class Planned:
    """One referral with its case; ids are 32 hex digits, times are UTC as databases take them."""

    number: int
    id: str
    case_id: str
    reference: str
    visible: bool
    opened: bool
    is_open: bool
    state: ReferralState
    case_state: CaseState
    urgency: Urgency
    age_band: AgeBand
    agency: int
    author: int
    reader: int
    at: str
    items: int


def planned(total: int) -> Iterator[Planned]:
    """All referrals: one in a hundred is the reader's and open, most others are decided."""
    dice = Random(SEED)
    now = datetime.now(UTC)
    bands = list(AgeBand)
    for number in range(total):
        visible = number % ONE_IN == 0
        is_open = visible or dice.random() < 0.1
        state = _state(dice) if is_open else ReferralState.SCREENED
        seconds = dice.random() * 86_400 * (_OPEN_DAYS if is_open else _CLOSED_DAYS)
        yield Planned(
            number=number,
            id=new_id(dice),
            case_id=new_id(dice),
            reference=_reference(dice),
            visible=visible,
            opened=visible and number < OPENED * ONE_IN,
            is_open=is_open,
            state=state,
            case_state=CaseState.SCREENING if is_open else CaseState.SCREENED_OUT,
            urgency=Urgency.URGENT if dice.random() < 0.04 else Urgency.NORMAL,
            age_band=dice.choice(bands),
            agency=dice.randrange(AGENCIES),
            author=dice.randrange(PEOPLE),
            reader=dice.randrange(PEOPLE),
            at=stored_time(now - timedelta(seconds=seconds)),
            items=ITEMS_VISIBLE if visible else ITEMS_ELSEWHERE,
        )


@dataclass(frozen=True, slots=True)
class Question:
    """One question for advice, with a case of its own; the reader's have ended."""

    id: str
    case_id: str
    reference: str
    visible: bool
    is_open: bool
    agency: int
    author: int
    reader: int
    at: str


def questions(total: int) -> Iterator[Question]:
    """One question for every fifty referrals; one in ten is open."""
    dice = Random(SEED + 2)
    now = datetime.now(UTC)
    for number in range(total // REFERRALS_PER_QUESTION):
        visible = number % ONE_IN == 0
        yield Question(
            id=new_id(dice),
            case_id=new_id(dice),
            reference=_reference(dice),
            visible=visible,
            is_open=not visible and dice.random() < 0.1,
            agency=dice.randrange(AGENCIES),
            author=dice.randrange(PEOPLE),
            reader=dice.randrange(PEOPLE),
            at=stored_time(now - timedelta(days=dice.random() * _CLOSED_DAYS)),
        )


def new_id(dice: Random) -> str:
    """A UUID as 32 hex digits: SQLite stores it so, and PostgreSQL reads it."""
    return f"{dice.getrandbits(128):032x}"


def stored_time(moment: datetime) -> str:
    """A moment as text that both databases take for UTC."""
    return moment.strftime("%Y-%m-%d %H:%M:%S.%f")


def _state(dice: Random) -> ReferralState:
    return dice.choices(
        (ReferralState.SUBMITTED, ReferralState.SCREENING, ReferralState.RETURNED), (6, 11, 3)
    )[0]


def _reference(dice: Random) -> str:
    letters = "".join(dice.choices(_ALPHABET, k=8))
    return f"RV-{letters[:4]}-{letters[4:]}"
