"""The ground that journeys stand on."""

from urllib.request import urlopen

from tests.serving import Server


def test_a_journey_has_a_server_and_a_world_of_its_own(server: Server) -> None:
    with urlopen(f"{server.url}/sign-in/") as page:  # noqa: S310 - our own http address
        assert b"Rivenne" in page.read()
    assert server.store.rows("SELECT count(*) FROM accounts_user") == [(13,)]
