"""The table of who sees what: everybody asks for everything with their own session."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from playwright.sync_api import APIResponse

from tests.journeys.people import CAST, NOBODY, People
from tests.journeys.walking import Form, Walker

# What each person gets, by the name of the thing; what is not named is "404".
Table = Mapping[str, Mapping[str, str]]
# Words that tell something, under the name by which the table speaks of them.
Words = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Thing:
    """Something one may ask for: an address, and what is posted there if anything is."""

    path: str
    form: Mapping[str, str] | None = None


def ask(walker: Walker, thing: Thing) -> APIResponse:
    """Ask with this person's session and cookies, and follow no redirect."""
    request = walker.page.request
    if thing.form is None:
        return request.get(f"{walker.url}{thing.path}", max_redirects=0)
    form: Form = {**thing.form, "csrfmiddlewaretoken": walker.csrf}
    return request.post(f"{walker.url}{thing.path}", form=form, max_redirects=0)


def answer(walker: Walker, thing: Thing, words: Words) -> str:
    """The status and which of the words stand in the answer; a redirect by where it leads."""
    response = ask(walker, thing)
    if response.status in {301, 302}:
        return f"to {urlsplit(response.headers['location']).path}"
    body = response.text()
    seen = sorted(name for name, typed in words.items() if any(each in body for each in typed))
    return " ".join([str(response.status), *seen])


def who_sees(
    people: People, things: Mapping[str, Thing], words: Words
) -> dict[str, dict[str, str]]:
    """What everybody of the cast gets for each thing, without what is refused as missing."""
    table: dict[str, dict[str, str]] = {}
    for who in CAST:
        walker = people[who]
        cells = {name: answer(walker, thing, words) for name, thing in things.items()}
        table[who] = {name: cell for name, cell in cells.items() if cell != "404"}
    return table


def differences(
    table: Table, things: Mapping[str, Thing], rows: Table, *, everybody: Mapping[str, str]
) -> str:
    """A line for each cell that is not as it should be; "" if all are.

    `rows` says what somebody gets beyond what `everybody` gets. Whoever is not signed in is led to
    the sign-in page from everywhere.
    """
    found = []
    for who in CAST:
        nobody = dict.fromkeys(things, "to /sign-in/")
        due = nobody if who == NOBODY else {**everybody, **rows.get(who, {})}
        for name in things:
            got, wanted = table[who].get(name, "404"), due.get(name, "404")
            if got != wanted:
                found.append(f"{who}, {name}: got {got!r}, not {wanted!r}")
    return "\n".join(found)
