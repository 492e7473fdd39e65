"""Tries everything that lies in a stolen database as a key to everything else in it.

    python tests/attacks/stolen_database.py DB SETTINGS
        [--phrase-of EMAIL --phrase PHRASE] [--keeper FILE]

DB is a SQLite file or a PostgreSQL dump in plain SQL; SETTINGS is a file of NAME=value lines, as
the server has them. It prints what opened and ends with `tried N opened M`. Without a pass phrase
and the keeper's file, M is 0; with both it is what that person can open, and nothing more.
"""

import argparse
import hashlib
import hmac
import sqlite3
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

# A thief starts this file by its path, from anywhere.
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.attacks.locks import (
    Pair,
    Text,
    Wrap,
    boxes,
    expand,
    pair_of,
    peppered,
    phrase_base,
    signing_public,
    texts,
    wraps,
)
from tests.attacks.loot import (
    Row,
    Tables,
    blobs_in,
    read_database,
    read_settings,
)

KEY_BYTES = 32
# In longer blobs (wraps, public keys, texts) a key at any offset is looked for by commitment only.
SHORT_BYTES = 256
LAYOUTS = (b"K\x01", b"W\x01", b"S\x01", b"F\x01")
# The log's hashes are far too many to try each on every wrap; their key pairs are compared instead.
LOG = "audit_accessevent"


@dataclass
class Keeper:
    """A stolen keeper: one key for each file, and the pepper."""

    file_keys: dict[bytes, bytes] = field(default_factory=dict)
    pepper: bytes = b""


@dataclass
class Thief:
    """Locks, keys found so far, and how often something was tried."""

    tables: Tables
    keeper: Keeper
    tried: int = 0
    opened: list[str] = field(default_factory=list)
    keys: set[bytes] = field(default_factory=set)
    roots: dict[bytes, bytes] = field(default_factory=dict)
    pairs: dict[bytes, Pair] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.boxes = list(boxes(self.tables))
        self.wraps = list(wraps(self.tables))
        self.texts = list(texts(self.tables))
        self.publics = _column(self.tables, "kem_public")
        self.signers = _column(self.tables, "sign_public")
        self.kids = _column(self.tables, "kid32")

    def try_all(self, found: Iterable[bytes], *, long: Iterable[bytes] = ()) -> None:
        """Try keys on everything, and what they open again, until nothing new opens."""
        waiting = set(found)
        self._look_for_commitments(long)
        while waiting:
            fresh = waiting - self.keys
            self.keys |= fresh
            waiting = set(self._use(fresh))
        self._open_texts_with_roots()

    def try_on_wraps(self, found: Iterable[bytes]) -> None:
        """Use each value as a recipient's private key, whoever the wrap says it is for."""
        for key in found:
            pair = pair_of(key)
            for wrap in self.wraps:
                self._try_wrap(wrap, pair)

    def _use(self, fresh: set[bytes]) -> Iterator[bytes]:
        self._look_for_commitments(fresh)
        for key in fresh:
            yield from self._use_on_boxes(key)
            yield from self._use_as_pair(key)
            for text in self.texts:
                self.tried += 1
                if text.open(key) is not None:
                    self._note(text.name)

    def _use_on_boxes(self, key: bytes) -> Iterator[bytes]:
        for box in self.boxes:
            self.tried += 1
            inside = box.open(key)
            if inside is not None:
                self._note(box.name)
                yield from windows(inside)

    def _use_as_pair(self, key: bytes) -> Iterator[bytes]:
        self.tried += 2
        signer = signing_public(key)
        if signer in self.signers:
            self._note(f"signing key {signer.hex()[:16]}")
        pair = pair_of(key)
        if pair.public not in self.publics or pair.public in self.pairs:
            return
        self.pairs[pair.public] = pair
        self._note(f"private key {hashlib.sha256(pair.public).hexdigest()[:16]}")
        for wrap in self.wraps:
            secret = self._try_wrap(wrap, pair)
            if secret is not None:
                yield secret

    def _try_wrap(self, wrap: Wrap, pair: Pair) -> bytes | None:
        self.tried += 1
        secret = wrap.open(pair)
        if secret is not None:
            self._note(wrap.name)
        return secret

    def _look_for_commitments(self, found: Iterable[bytes]) -> None:
        for key in found:
            self.tried += 1
            kid32 = expand(key, "commit")
            if kid32 in self.kids:
                self.roots[kid32] = key

    def _open_texts_with_roots(self) -> None:
        for text in self.texts:
            root = self.roots.get(text.kid32)
            if root is None:
                continue
            for share in self._shares(text):
                self.tried += 1
                if text.open(expand(root + share, "content")) is not None:
                    self._note(text.name)
                    break

    def _shares(self, text: Text) -> Iterator[bytes]:
        """The second lock: from the file's own key, from any other, or none at all."""
        own = self.keeper.file_keys.get(text.file_id)
        if own is not None:
            yield hmac.digest(own, text.kid32, hashlib.sha512)[:KEY_BYTES]
        yield from (b"", bytes(KEY_BYTES))
        for key in self.keys:
            yield key
            yield hmac.digest(key, text.kid32, hashlib.sha512)[:KEY_BYTES]

    def _note(self, name: str) -> None:
        if name not in self.opened:
            self.opened.append(name)


def windows(blob: bytes) -> Iterator[bytes]:
    """Every 32 bytes in a row."""
    for start in range(len(blob) - KEY_BYTES + 1):
        yield blob[start : start + KEY_BYTES]


def unplaced(tables: Tables, thief: Thief) -> list[str]:
    """Columns with sealed blobs that this program has no place for: then it must learn them."""
    placed = {box.blob for box in thief.boxes} | {wrap.blob for wrap in thief.wraps}
    placed |= {text.blob for text in thief.texts}
    return sorted(
        {
            f"{table}.{column}"
            for table, column, value in cells(tables)
            if isinstance(value, bytes) and value[:2] in LAYOUTS and value not in placed
        }
    )


def cells(tables: Tables) -> Iterator[tuple[str, str, object]]:
    """Table, column and value of every cell."""
    for table, rows in tables.items():
        for row in rows:
            yield from ((table, column, value) for column, value in row.items())


def from_settings(values: Sequence[str]) -> set[bytes]:
    """Keys that could be made of the server's settings."""
    found: set[bytes] = set()
    for value in values:
        for blob in (value.encode(), *blobs_in(value)):
            found |= set(windows(blob))
            found |= {hashlib.sha256(blob).digest(), hashlib.blake2s(blob).digest()}
            found |= {hashlib.sha512(blob).digest()[:KEY_BYTES]}
            found |= {expand(blob, each) for each in ("content", "slot", "session-key", "commit")}
    return found


def read_keeper(path: Path | None) -> Keeper:
    """A stolen keeper's file."""
    if path is None:
        return Keeper()
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
        keys = dict(db.execute("SELECT file_id, key FROM file_key").fetchall())
        ((pepper,),) = db.execute("SELECT key FROM pepper").fetchall()
    return Keeper(keys, pepper)


def from_phrase(thief: Thief, email: str, phrase: str) -> set[bytes]:
    """What a pass phrase gives, under the keeper's pepper or under anything else that was found."""
    users = [row["id"] for row in thief.tables["accounts_user"] if row["email"] == email]
    found: set[bytes] = set()
    for slot in thief.tables["accounts_keyslot"]:
        if slot["user_id"] in users:
            found |= _slot_keys(thief, slot, phrase_base(phrase, slot))
    return found


def _slot_keys(thief: Thief, slot: Row, base: bytes) -> set[bytes]:
    peppers = [b"", bytes(64), thief.keeper.pepper, *thief.keys]
    found = {base, expand(base, "slot")}
    for pepper in peppers:
        thief.tried += 1
        derived = peppered(pepper, slot, base)
        if expand(derived, "verifier") == slot["verifier"]:
            found.add(expand(derived, "slot"))
    return found


def _column(tables: Tables, name: str) -> set[bytes]:
    return {
        value
        for _table, column, value in cells(tables)
        if column == name and isinstance(value, bytes)
    }


def attack(options: argparse.Namespace) -> tuple[Thief, list[str]]:
    """Everything that the thief can do with what was taken."""
    tables = read_database(options.db)
    thief = Thief(tables, read_keeper(options.keeper))
    short: set[bytes] = set()
    long: set[bytes] = set()
    outside_log: set[bytes] = set()
    for table, _name, value in cells(tables):
        for blob in blobs_in(value):
            (short if len(blob) <= SHORT_BYTES else long).update(windows(blob))
            if len(blob) == KEY_BYTES and table != LOG:
                outside_log.add(blob)
    secrets = from_settings(read_settings(options.settings))
    secrets |= set(thief.keeper.file_keys.values()) | set(windows(thief.keeper.pepper))
    if options.keeper is None and not options.phrase:
        # Only the plain theft: a value that is somebody's seed is found by its public key anyhow.
        thief.try_on_wraps(outside_log)
    thief.try_all(short | secrets, long=long)
    if options.phrase:
        thief.try_all(from_phrase(thief, options.phrase_of, options.phrase))
    return thief, unplaced(tables, thief)


def main() -> None:
    """Read the command line, attack, report."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("db", type=Path)
    parser.add_argument("settings", type=Path)
    parser.add_argument("--phrase-of", default="")
    parser.add_argument("--phrase", default="")
    parser.add_argument("--keeper", type=Path)
    thief, unknown = attack(parser.parse_args())
    lines = [f"opened {name}" for name in thief.opened]
    lines += [f"no place known for {name}" for name in unknown]
    locks = len(thief.boxes) + len(thief.wraps) + len(thief.texts)
    lines.append(f"{locks} locks, {len(thief.keys)} keys")
    lines.append(f"tried {thief.tried} opened {len(thief.opened)}")
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
