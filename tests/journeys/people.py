"""The cast in the browser: each in a profile of their own, signed in when first asked for."""

from collections.abc import Callable
from dataclasses import dataclass, field

from playwright.sync_api import Page

from tests.journeys.walking import DASH, DESK, Form, Walker
from tests.world import PHRASE

NOBODY = "nobody"
DEPUTY = "deputy"  # Noor in her second hat
DEPUTY_HAT = f"Rivenne prevention office {DASH} coordinator"
CAST = (
    "maud", "henri", "idris", "anke", "noor", DEPUTY, "sofia", "kai", "rolf", "nora", "per",
    "claire", "lena", "sam", NOBODY,
)  # fmt: skip


@dataclass
class People:
    """Who walks in this journey: `people["maud"]` is Maud's browser, signed in."""

    url: str
    visitor: Callable[..., Page]
    look: Callable[[Page], None]
    here: dict[str, Walker] = field(default_factory=dict)

    def __getitem__(self, who: str) -> Walker:
        if who not in self.here:
            self.come(who)
        return self.here[who]

    def all_come(self) -> None:
        """Everybody of the cast who is not here yet, quickly: their browser need not draw it."""
        for who in CAST:
            if who not in self.here and who in {NOBODY, DEPUTY}:
                self.come(who)
            elif who not in self.here:
                self.here[who] = self.stranger()
                sign_in_unseen(self.here[who], who)

    def come(self, who: str, *, width: int = DESK) -> Walker:
        """Somebody comes with a browser of this width and signs in."""
        walker = self.stranger(width=width)
        self.here[who] = walker
        if who == NOBODY:
            walker.open("/sign-in/")
            return walker
        walker.sign_in(address_of(who), PHRASE)
        if who == DEPUTY:
            walker.put_on_hat(DEPUTY_HAT)
        return walker

    def stranger(self, *, width: int = DESK, scripts: bool = True) -> Walker:
        """A browser in which nobody is signed in."""
        page = self.visitor(width=width, scripts=scripts)
        # Without scripts there is nothing that axe could run.
        return Walker(page, self.url, self.look if scripts else lambda _page: None)


def address_of(who: str) -> str:
    """The address with which somebody signs in."""
    return f"{'noor' if who == DEPUTY else who}@test.example"


def sign_in_unseen(walker: Walker, who: str) -> None:
    """Sign in by the requests that the sign-in page makes."""
    request, url = walker.page.request, f"{walker.url}/sign-in/"
    request.get(url)
    form: Form = {"login": address_of(who), "password": PHRASE, "csrfmiddlewaretoken": walker.csrf}
    answer = request.post(url, form=form, max_redirects=0)
    if answer.status != 302:
        raise ValueError(f"{who} was not let in: {answer.status}")
