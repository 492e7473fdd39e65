"""The canary rule for a served store: nothing typed in a journey lies anywhere in the clear."""

import pickle
import zlib
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path

from tests.canary import Find, Search, find_marker
from tests.serving import Server, Store


def places_of(store: Store) -> Search:
    """Database, keeper, log, cache, sessions, mail and temporary files of one server.

    Cached values are compressed, so each is unpacked beside the cache first.
    """
    _unpack_cache(store.folder)
    on_file = store.database_url.startswith("sqlite")
    return Search(
        sqlite=store.sqlite_path if on_file else None,
        postgres="" if on_file else store.database_url,
        folders=(store.folder,),
    )


def found_in_clear(server: Server, words: Iterable[str]) -> dict[str, list[Find]]:
    """Each of these words that lies somewhere, and where."""
    where = places_of(server.store)
    found = {word: find_marker(word, where) for word in words}
    return {word: places for word, places in found.items() if places}


def _unpack_cache(folder: Path) -> None:
    unpacked = folder / "unpacked"
    unpacked.mkdir(exist_ok=True)
    for path in (folder / "cache").glob("*.djcache"):
        (unpacked / f"{path.stem}.value").write_bytes(_cached(path.read_bytes()))


def _cached(entry: bytes) -> bytes:
    """A cache file holds its expiry as a pickle, then the pickled value, compressed."""
    stream = BytesIO(entry)
    pickle.load(stream)  # noqa: S301 - written by the server that this test started
    return zlib.decompress(stream.read())
