"""The order of the pages of a draft, as data: names in addresses, numbers, questions, forms."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from casework.answers import Answers
from casework.choices import DraftKind
from casework.forms.closed_lists import YesNo
from casework.forms.consultation import QuestionForm
from casework.forms.referral import (
    BeforeForm,
    CheckForm,
    ContactForm,
    FactsForm,
    OpinionForm,
    OthersForm,
    ProtectedForm,
    StrengthsForm,
    WhoForm,
)
from casework.forms.steps import StepForm, Words, as_typed
from casework.queries.draft_setting import DraftSetting

LAST = 8
CHECK = "check"
QUESTION = "question"


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a draft; `lead` is the sentence under its question."""

    name: str
    number: int
    title: Words
    question: Words
    form: type[StepForm]
    lead: Words = ""


STEPS = (
    Page("before", 1, _("Before you start"), _("Before you start"), BeforeForm),
    Page(
        "who", 2, _("Who"), _("Who are you worried about?"), WhoForm,
        _("Leave empty what you do not know. One name, or none, is enough to begin."),
    ),
    Page(
        "facts", 3, _("What you saw"), _("What did you see or hear?"), FactsForm,
        _("Only the first box must be filled. What you think of it has a page of its own."),
    ),
    Page(
        "opinion", 4, _("What you think"), _("What do you think?"), OpinionForm,
        _("It is kept apart from what you saw and marked as your opinion. You may leave it empty."),
    ),
    Page(
        "strengths", 5, _("Strengths"), _("What goes well?"), StrengthsForm,
        _("Help begins with what holds. One sentence is enough."),
    ),
    Page(
        "others", 6, _("Others at risk"), _("Is somebody in danger?"), OthersForm,
        _("Leave empty what you do not know."),
    ),
    Page(
        "protected", 6, _("A protected address"), _("The address that must stay secret"),
        ProtectedForm,
    ),
    Page(
        "contact", 7, _("Contact"), _("What must we know before we contact anybody?"), ContactForm,
        _("Leave empty what you do not know."),
    ),
)  # fmt: skip
_PAGES: Mapping[str, Page] = {
    **{page.name: page for page in STEPS},
    CHECK: Page(CHECK, LAST, _("Check and send"), _("Check and send"), CheckForm),
    QUESTION: Page(QUESTION, 1, _("Ask for advice"), _("Ask for advice"), QuestionForm),
}
STEP_NAMES = tuple(page.name for page in STEPS)


def page_of(name: str) -> Page:
    """The page of a name in an address or a token; KeyError for others."""
    return _PAGES[name]


def kind_of(page: Page) -> DraftKind:
    """Which kind of draft a page belongs to."""
    return DraftKind.CONSULTATION if page.name == QUESTION else DraftKind.REFERRAL


def after(page: Page, answers: Answers) -> str:
    """The name of the page that follows; the secret address only where there is one."""
    names = _way(answers)
    following = names.index(page.name) + 1 if page.name in names else names.index("contact")
    return (*names, CHECK)[following]


def before(page: Page, answers: Answers) -> str:
    """The name of the page in front; empty at the first."""
    names = (*_way(answers), CHECK)
    place = names.index(page.name) if page.name in names else names.index("contact")
    return names[place - 1] if place else ""


def unfinished(answers: Answers, setting: DraftSetting) -> Iterator[tuple[Page, str]]:
    """What stands in the way of sending: the page, and what it would say if it was saved again."""
    for name in _way(answers):
        page = page_of(name)
        empty = page.form(answers=answers, setting=setting)
        form = page.form(as_typed(empty, answers), answers=answers, setting=setting)
        for messages in form.errors.values():
            for message in messages:
                yield page, str(message)


def _way(answers: Mapping[str, Any]) -> tuple[str, ...]:
    """The pages that these answers lead through."""
    secret = answers.get("has_protected_address") == YesNo.YES
    return tuple(name for name in STEP_NAMES if name != "protected" or secret)
