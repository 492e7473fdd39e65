"""A suspension in one server process ends a session that another process serves."""

import re
from http.client import HTTPResponse
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, HTTPRedirectHandler, build_opener

from tests.journeys.people import address_of
from tests.serving import Server, Store, copied, serving
from tests.world import PHRASE


class _StayHere(HTTPRedirectHandler):
    """An answer that leads elsewhere is an answer."""

    def redirect_request(self, *_args: object) -> None:
        return None


class Visitor:
    """A browser with one jar of cookies, which two servers on one machine share."""

    def __init__(self) -> None:
        self.jar = CookieJar()
        self.opener = build_opener(HTTPCookieProcessor(self.jar), _StayHere)

    def get(self, url: str) -> tuple[int, str]:
        return self._asked(url, None)

    def post(self, url: str, **form: str) -> tuple[int, str]:
        token = next(cookie.value for cookie in self.jar if cookie.name == "csrftoken")
        typed = {**form, "csrfmiddlewaretoken": token or ""}
        return self._asked(url, urlencode(typed).encode())

    def sign_in(self, server: Server, who: str) -> None:
        self.get(f"{server.url}/sign-in/")
        status, _page = self.post(f"{server.url}/sign-in/", login=address_of(who), password=PHRASE)
        assert status == 302

    def _asked(self, url: str, body: bytes | None) -> tuple[int, str]:
        try:
            answer = self.opener.open(url, body, timeout=30)
        except HTTPError as error:
            return error.code, error.read().decode()
        assert isinstance(answer, HTTPResponse)
        return answer.status, answer.read().decode()


def test_a_suspended_person_is_out_in_every_process(seed: Store, tmp_path: Path) -> None:
    with (
        copied(seed, tmp_path / "var") as store,
        serving(store) as one,
        serving(store) as other,
    ):
        sofia, anke = Visitor(), Visitor()
        sofia.sign_in(other, "sofia")
        for server in (one, other):
            assert sofia.get(f"{server.url}/people/")[0] == 200
        anke.sign_in(one, "anke")
        _status, page = anke.get(f"{one.url}/people/")
        found = re.search(r'href="(/people/[0-9a-f-]{36}/)">Sofia Ruiz<', page)
        assert found is not None
        assert anke.post(f"{one.url}{found[1]}suspend/")[0] == 302
        for server in (other, one):
            assert sofia.get(f"{server.url}/people/")[0] == 302
        again = Visitor()
        again.get(f"{other.url}/sign-in/")
        status, page = again.post(
            f"{other.url}/sign-in/", login=address_of("sofia"), password=PHRASE
        )
        assert (status, "do not open an account" in page) == (200, True)
        assert store.rows("SELECT count(*) FROM accounts_keysession") == [(1,)]
