"""That SECURITY.md lists every column of the database and names only tests that exist."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from django.apps import apps
from django.db import models

from tests.rules.sources import APPS, ROOT

TEXT = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
COLUMN = re.compile(r"^\| `(\w+\.\w+)` \| (\w+) \| (.+) \|$", re.MULTILINE)
TABLE = re.compile(r"^\| `(\w+)` \| .+ \|$", re.MULTILINE)
NAMED_TEST = re.compile(r"`(tests/[\w/]+\.py)(?:::(test_\w+))?`")
MIGRATIONS = "django_migrations"


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    column: str
    mark: str
    reason: str


def rows(text: str) -> list[Row]:
    return [Row(*match) for match in COLUMN.findall(text)]


def models_of(*, ours: bool) -> Iterator[type[models.Model]]:
    for model in apps.get_models(include_auto_created=True):
        if (model._meta.app_label in APPS) is ours:
            yield model


def columns() -> dict[str, "models.Field[object, object]"]:
    """Every column of our tables, in the order of the tables' names and of their models."""
    found = sorted(models_of(ours=True), key=lambda model: model._meta.db_table)
    return {
        f"{model._meta.db_table}.{field.column}": field
        for model in found
        for field in model._meta.concrete_fields
    }


def differences(text: str) -> list[str]:
    """What the table lacks, has too much or has twice, as lines to put in or to take out."""
    listed = Counter(row.column for row in rows(text))
    actual = columns()
    return [
        *(f"add: | `{column}` | sealed or clear? | why |" for column in actual.keys() - listed),
        *(f"remove, no such column: {column}" for column in listed.keys() - actual.keys()),
        *(f"listed twice: {column}" for column, times in listed.items() if times > 1),
    ]


def test_every_column_is_listed_once() -> None:
    assert sorted(differences(TEXT)) == []


def test_columns_stand_in_the_order_of_their_tables() -> None:
    assert [row.column for row in rows(TEXT)] == list(columns())


def test_every_column_is_sealed_or_clear_for_a_reason() -> None:
    assert {row.mark for row in rows(TEXT)} == {"sealed", "clear"}
    assert [row.column for row in rows(TEXT) if not row.reason.strip()] == []


def test_only_bytes_are_sealed() -> None:
    actual = columns()
    sealed = [row.column for row in rows(TEXT) if row.mark == "sealed"]
    assert "casework_itemversion.blob" in sealed
    assert [name for name in sealed if not isinstance(actual[name], models.BinaryField)] == []


def test_every_table_of_a_library_is_listed() -> None:
    listed = TABLE.findall(TEXT.partition("Tables of the libraries")[2])
    tables = {model._meta.db_table for model in models_of(ours=False)}
    assert sorted(listed) == sorted(tables | {MIGRATIONS})


def test_named_tests_exist() -> None:
    named = NAMED_TEST.findall(TEXT)
    assert named
    assert [f"{path}::{name}" for path, name in named if not is_there(path, name)] == []


def is_there(path: str, name: str) -> bool:
    file = ROOT / path
    if not file.is_file():
        return False
    tree = ast.parse(file.read_bytes())
    functions = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    return not name or name in functions


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("| `casework_case.state` |", "| `casework_case.estate` |", 2),
        ("| `casework_case.state` |", "| `casework_case.age_band` |", 2),
    ],
)
def test_a_difference_would_be_found(before: str, after: str, expected: int) -> None:
    assert len(differences(TEXT.replace(before, after))) == expected


@pytest.mark.parametrize("name", ["test_nothing_of_the_kind", "columns_of"])
def test_a_missing_test_would_be_found(name: str) -> None:
    assert not is_there("tests/rules/test_security_table.py", name)
    assert not is_there("tests/rules/test_nowhere.py", "")
