"""Reads what a thief took: a SQLite file or a dump in SQL with COPY, settings, a keeper's file."""

import base64
import json
import re
import sqlite3
import zlib
from binascii import Error as Base64Error
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

Row = dict[str, Any]
Tables = dict[str, list[Row]]
_KEY_BYTES = 32
_COPY = re.compile(r'^COPY (?:public\.)?"?(\w+)"? \((.*)\) FROM stdin;$')
_HEX = re.compile(r"(?:\\x)?([0-9a-fA-F]{2})+")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{22,}={0,2}")
_ESCAPES = {"\\\\": "\\", "\\t": "\t", "\\n": "\n", "\\r": "\r"}


def read_database(path: Path) -> Tables:
    """Every row of every table."""
    with path.open("rb") as file:
        is_sqlite = file.read(16) == b"SQLite format 3\0"
    return _read_sqlite(path) if is_sqlite else _read_dump(path)


def read_settings(path: Path) -> list[str]:
    """Every value of a file with lines of NAME=value."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [line.partition("=")[2].strip("'\" ") for line in lines if "=" in line]


def _read_sqlite(path: Path) -> Tables:
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
        db.row_factory = sqlite3.Row
        names = [
            row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        ]
        return {
            name: [dict(row) for row in db.execute(f'SELECT * FROM "{name}"')] for name in names
        }


def _read_dump(path: Path) -> Tables:
    tables: Tables = {}
    table = ""
    columns: list[str] = []
    for line in path.read_text(encoding="utf-8").split("\n"):
        begins = _COPY.match(line)
        if begins:
            table, columns = begins[1], [name.strip('" ') for name in begins[2].split(",")]
            tables[table] = []
        elif line == "\\.":
            table = ""
        elif table:
            values = [_cell(each) for each in line.split("\t")]
            tables[table].append(dict(zip(columns, values, strict=True)))
    return tables


def _cell(text: str) -> Any:
    if text == "\\N":
        return None
    value = re.sub(r"\\[\\tnr]", lambda found: _ESCAPES[found[0]], text)
    if re.fullmatch(r"\\x([0-9a-f]{2})*", value):
        return bytes.fromhex(value[2:])
    return value


def blobs_in(value: Any) -> Iterator[bytes]:
    """A value as bytes in every way it could be meant: raw, hex, base64, JSON, packed session."""
    if value is None:
        return
    if isinstance(value, bytes | bytearray | memoryview):
        yield bytes(value)
        return
    text = str(value)
    if len(text.encode()) == _KEY_BYTES:
        yield text.encode()
    if _HEX.fullmatch(text.replace("-", "")):
        yield bytes.fromhex(text.replace("-", "").removeprefix("\\x"))
    for found in _BASE64.finditer(text):
        yield from _decoded(found[0])
    yield from _unpacked(text)
    yield from _inside_json(text)


def _decoded(text: str) -> Iterator[bytes]:
    padded = text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4)
    try:
        yield base64.b64decode(padded.replace("-", "+").replace("_", "/"), validate=True)
    except Base64Error:
        return  # letters that only looked like base64


def _unpacked(text: str) -> Iterator[bytes]:
    payload = text.partition(":")[0]
    if payload.startswith("."):
        for packed in _decoded(payload[1:]):
            try:
                yield zlib.decompress(packed)
            except zlib.error:
                return  # a dot that means nothing


def _inside_json(text: str) -> Iterator[bytes]:
    if not text.startswith(("{", "[")):
        return
    try:
        value = json.loads(text)
    except ValueError:
        return  # a bracket that means nothing
    for part in value.values() if isinstance(value, dict) else value:
        yield from blobs_in(part if isinstance(part, str) else json.dumps(part))
