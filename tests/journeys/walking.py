"""The pages as a person walks through them: the only module of the journeys that finds things.

Everything is found by its role, its label or its visible name, as people and screen readers do.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.sync_api import Locator, Page

from casework.forms.fields import WordsField
from casework.forms.journey import page_of

DASH = "\N{EN DASH}"
_OPEN = f"Open {DASH} "
PHONE = 390
DESK = 1280
# Longer texts are pasted: a browser takes seconds to type them.
_TYPED_AT_MOST = 200
# What a request of a browser posts.
Form = dict[str, str | float | bool]
# The pages of a referral that everybody is led through.
REFERRAL_STEPS = ("before", "who", "facts", "opinion", "strengths", "others", "contact")


@dataclass
class Walker:
    """One person in a browser of their own. `look` is asked about each page that was reached."""

    page: Page
    url: str
    look: Callable[[Page], None] = field(repr=False, default=lambda _page: None)

    # Where the person is

    @property
    def path(self) -> str:
        """The address of this page without the server."""
        return urlsplit(self.page.url).path

    @property
    def text(self) -> str:
        """What stands on the page between header and footer."""
        return self.page.get_by_role("main").inner_text()

    @property
    def title(self) -> str:
        """The page's one first heading."""
        return self.page.get_by_role("heading", level=1).inner_text()

    @property
    def errors(self) -> list[str]:
        """What the summary at the top says must be looked at again."""
        return self.page.get_by_role("alert").get_by_role("listitem").all_inner_texts()

    def id_after(self, word: str) -> str:
        """The id that follows a word in this page's address."""
        parts = self.path.split("/")
        return parts[parts.index(word) + 1]

    # Getting around

    def open(self, path: str) -> int:
        """Type an address; the answer's status."""
        answer = self.page.goto(f"{self.url}{path}")
        self.look(self.page)
        return answer.status if answer else 0

    def follow(self, name: str, *, nth: int = 0) -> None:
        """Follow the link of this name."""
        self._click(self.page.get_by_role("link", name=name, exact=True).nth(nth))

    def follow_with(self, name: str) -> None:
        """Follow the first link whose name holds these words."""
        self._click(self.page.get_by_role("link", name=name).first)

    def press(self, name: str, *, nth: int = 0) -> None:
        """Press the button of this name."""
        self._click(self.page.get_by_role("button", name=name, exact=True).nth(nth))

    def reload(self) -> None:
        """Load the page again."""
        self.page.reload()

    def _click(self, target: Locator) -> None:
        with self.page.expect_navigation():
            target.click()
        self.look(self.page)

    # Filling in

    def fill(self, label: str, text: str) -> None:
        """Type into the box with this label, over what stood there."""
        self.page.get_by_label(label, exact=True).fill(text)

    def paste(self, label: str, text: str) -> None:
        """Put a long text into the box with this label at once."""
        box = self.page.get_by_label(label, exact=True)
        box.evaluate("(box, text) => { box.value = text; }", text)

    def choose(self, question: str, *answers: str) -> None:
        """Choose answers of one question: radio buttons or checkboxes."""
        for answer in answers:
            self.group(question).get_by_label(answer, exact=True).check()

    def tick(self, label: str) -> None:
        """Tick one box."""
        self.page.get_by_label(label, exact=True).check()

    def group(self, question: str) -> Locator:
        """The answers to one question."""
        return self.page.get_by_role("group", name=question)

    def value(self, label: str) -> str:
        """What stands in the box with this label."""
        return self.page.get_by_label(label, exact=True).input_value()

    def controls(self) -> set[str]:
        """The names of everything that the page's own forms would send."""
        named = self.page.locator("main form [name]")
        return {str(each.get_attribute("name")) for each in named.all()}

    def hidden(self, name: str) -> str:
        """The value of a hidden field of the page's main form."""
        found = self.page.locator(f"main form input[type=hidden][name={name}]").first
        return str(found.get_attribute("value"))

    @property
    def csrf(self) -> str:
        """The mark that a posted form of this browser carries."""
        cookies = {each.get("name"): each.get("value") for each in self.page.context.cookies()}
        return str(cookies["csrftoken"])

    # The doors

    def sign_in(self, email: str, phrase: str) -> None:
        """Sign in on the page where one is, or on the sign-in page."""
        if self.path != "/sign-in/":
            self.open("/sign-in/")
        self.fill("E-mail address", email)
        self.fill("Pass phrase", phrase)
        self.press("Sign in")

    def unlock(self, phrase: str) -> None:
        """Type the pass phrase where Confer is locked."""
        self.fill("Pass phrase", phrase)
        self.press("Unlock")

    def put_on_hat(self, agency_and_role: str) -> None:
        """Act for another agency or in another role."""
        self.page.get_by_role("banner").locator("summary").click()
        self.press(f"Act for {agency_and_role}")

    # The audience bar

    def bar(self, when: str = "") -> list[str]:
        """Who can read: now, or under the heading of a moment ("Now", "After you send").

        Each line as "who: which part".
        """
        title = "Who can read this, before and after" if when else "Can read this now"
        bar = self.page.get_by_role("heading", name=title, exact=True).locator("..").first
        place = bar
        if when:
            place = bar.get_by_role("heading", name=when, exact=True).locator("..")
        lines = place.get_by_role("list").first.get_by_role("listitem").all_inner_texts()
        return [" ".join(line.split()).replace(f" {DASH} ", ": ") for line in lines]

    # A draft's pages

    def begin_referral(self) -> str:
        """Begin a draft; its id."""
        self.open("/referrals/new/")
        self.press("Start a referral")
        return self.id_after("drafts")

    def fill_step(self, step: str, words: Mapping[str, str]) -> None:
        """Type into every box of this page whose field is in `words`."""
        for name, label in labels(step).items():
            if len(words.get(name, "")) > _TYPED_AT_MOST:
                self.paste(label, words[name])
            elif name in words:
                self.fill(label, words[name])

    def save(self) -> None:
        """Save this page and go to the next."""
        self.press("Save and continue")

    def write_whole(self, words: Mapping[str, str], *, age: str = "") -> str:
        """A draft with these words, up to the page that sends it; its id."""
        draft = self.begin_referral()
        for step in REFERRAL_STEPS:
            self.fill_step(step, words)
            if step == "who":
                self.fill("Or the age, as a guess", age)
            self.save()
        return draft

    def send(self) -> str:
        """Declare, send, and give the referral's id."""
        self.tick("I wrote what I saw as truly as I can")
        self.press("Send to the intake desk")
        return self.id_after("referrals")

    # A referral at the desk

    def open_part(self, label: str) -> str:
        """Open a closed part by its button; what it says."""
        self.press(f"{_OPEN}{label}")
        return self.text

    def ask_for_name(self) -> None:
        """Go to the page that asks why a name must be opened."""
        self.follow(f"{_OPEN}Who it is about")

    def open_name(self, reason: str) -> str:
        """Open who it is about, which asks for a reason first; what it says."""
        self.ask_for_name()
        self.choose("Why do you need to know who it is about?", reason)
        self.press("Open the name")
        return self.text

    def parts(self) -> list[str]:
        """The closed parts that the page offers to open."""
        buttons: Iterable[Locator] = [
            *self.page.get_by_role("button", name=_OPEN).all(),
            *self.page.get_by_role("link", name=_OPEN).all(),
        ]
        return sorted(" ".join(each.inner_text().split())[len(_OPEN) :] for each in buttons)


def labels(step: str) -> dict[str, str]:
    """The boxes for words on one page of a draft, by the name of their field."""
    fields = page_of(step).form.base_fields
    return {name: str(each.label) for name, each in fields.items() if isinstance(each, WordsField)}
