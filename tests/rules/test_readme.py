"""That the README and the documents beside it say what is there: settings, commands, packages."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from accounts.demo_cast import CAST
from tests.rules import sources
from tests.rules.sources import APPS, ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
IN_ONE_LINE = " ".join(README.split())
DOCUMENTS = [
    *(ROOT / name for name in ("README.md", "SECURITY.md", "CHANGELOG.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
]
DECISIONS = sorted((ROOT / "docs" / "decisions").glob("*.md"))
READERS = {"text", "choice", "listing", "database", "cache", "mail"}  # of config.environment
LINK = re.compile(r"\]\((?!\w+:)([^)#]*)(#[^)]*)?\)")
DECISION_NAME = re.compile(r"\d{4}-[a-z0-9]+(-[a-z0-9]+)*\.md")
LONGEST_DECISION = 60


def table(heading: str, after: str = "\n") -> list[list[str]]:
    """The cells of the first table that stands below a heading and some words after it."""
    below = README.partition(f"\n{heading}\n")[2].partition(after)[2]
    lines = re.search(r"(?:^\|.*\|\n)+", below, re.MULTILINE)
    assert lines is not None, heading
    cells = [[each.strip() for each in line[1:-1].split("|")] for line in lines[0].splitlines()]
    return cells[2:]


def code(cell: str) -> list[str]:
    """The words of a cell that are set as code."""
    return re.findall(r"`([^`]+)`", cell)


def settings_read() -> Iterator[str]:
    """Every setting that config takes from the environment, by the name in its call."""
    for name, tree in sources.modules().items():
        for node in ast.walk(tree) if name.startswith("config/") else []:
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
                first = node.args[0]
                if node.func.attr in READERS and isinstance(first, ast.Constant):
                    yield str(first.value)


def commands_of_run() -> list[str]:
    calls = [node for node in ast.walk(sources.modules()["run"]) if isinstance(node, ast.Call)]
    return [
        str(call.args[0].value)
        for call in calls
        if isinstance(call.func, ast.Attribute)
        and call.func.attr == "add_parser"
        and isinstance(call.args[0], ast.Constant)
    ]


def commands_of_manage() -> list[str]:
    paths = [path for app in APPS for path in (ROOT / app).glob("management/commands/*.py")]
    return sorted(path.stem for path in paths if path.stem != "__init__")


def asked_for(name: str) -> list[str]:
    """The packages that one file of requirements asks for by itself."""
    lines = (ROOT / "requirements" / name).read_text(encoding="utf-8").splitlines()
    return [
        canonicalize_name(Requirement(line).name)
        for line in lines
        if line and not line.startswith(("#", "-r "))
    ]


def names_in(path: Path) -> set[str]:
    """What a module defines at its top, and the methods of its classes."""
    tree = ast.parse(path.read_bytes())
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Assign):
            found |= {each.id for each in node.targets if isinstance(each, ast.Name)}
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            found.add(node.target.id)
    return found


def test_settings_are_those_that_config_reads() -> None:
    rows = table("## Settings")
    listed = [code(row[0])[0] for row in rows]
    assert sorted(listed) == sorted(set(settings_read()))
    assert {row[3] for row in rows} == {"yes", "no"}
    assert [row[0] for row in rows if not row[1] or not row[2]] == []


def test_every_setting_of_the_product_is_read_in_config() -> None:
    """So that the table, which is made from config alone, cannot miss one."""
    elsewhere = {
        name
        for name, tree in sources.product_modules().items()
        for node in ast.walk(tree)
        if reads_environment(node) and not name.startswith("config/")
    }
    assert elsewhere == set()


def reads_environment(node: ast.AST) -> bool:
    """Whether this is `os.environ`, `os.getenv` or an import of what reads them."""
    if isinstance(node, ast.Attribute):
        return node.attr in {"environ", "getenv"}
    return isinstance(node, ast.ImportFrom) and any(
        f"{node.module}.{each.name}" in {"os.environ", "os.getenv", "config.environment"}
        for each in node.names
    )


@pytest.mark.parametrize(
    "source", ["import os\nos.environ['X']", "from os import environ", "import os\nos.getenv('X')"]
)
def test_a_setting_read_elsewhere_would_be_found(source: str) -> None:
    assert any(map(reads_environment, ast.walk(ast.parse(source))))


def test_every_command_of_run_is_named() -> None:
    commands = commands_of_run()
    assert set(commands) >= {"demo", "test", "lint", "bench"}
    assert [name for name in commands if f"python3 run {name}" not in IN_ONE_LINE] == []


def test_every_command_of_ours_is_named() -> None:
    commands = commands_of_manage()
    assert "found_partnership" in commands
    assert [name for name in commands if f"manage.py {name}" not in IN_ONE_LINE] == []


@pytest.mark.parametrize(
    ("name", "after"),
    [("runtime.in", "Runtime packages"), ("dev.in", "For development")],
)
def test_packages_are_those_that_are_asked_for(name: str, after: str) -> None:
    rows = table("## What it is made of", after)
    listed = [canonicalize_name(code(row[0])[0]) for row in rows]
    assert sorted(listed) == sorted(asked_for(name))
    assert [row[0] for row in rows if not row[1] or not row[2]] == []


def test_people_of_the_demo_are_its_cast() -> None:
    listed = {code(row[0])[0]: row[1] for row in table("## The people of the demo")}
    assert sorted(listed) == sorted(person.email for person in CAST)
    assert [person.name for person in CAST if person.name not in listed[person.email]] == []


def test_what_is_found_in_one_minute_is_there() -> None:
    missing = []
    for question, where, names in table("## Find it in one minute"):
        path = ROOT / code(where)[0]
        known = names_in(path) if path.suffix == ".py" and path.exists() else set()
        missing += [question] if not path.exists() else []
        missing += [f"{code(where)[0]}: {name}" for name in code(names) if name not in known]
    assert missing == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    targets = {target for target, _anchor in LINK.findall(text) if target}
    assert [each for each in targets if not (document.parent / each).exists()] == []


@pytest.mark.parametrize("decision", DECISIONS, ids=lambda path: path.stem)
def test_a_decision_fits_on_a_page(decision: Path) -> None:
    lines = decision.read_text(encoding="utf-8").splitlines()
    assert DECISION_NAME.fullmatch(decision.name)
    assert lines[0].startswith(f"# {decision.name[:4]}: ")
    headings = [line for line in lines if line.startswith("## ")]
    assert headings == ["## Context", "## Decision", "## Consequence"]
    assert len(lines) <= LONGEST_DECISION


def test_decisions_have_numbers_of_their_own() -> None:
    numbers = [path.name[:4] for path in DECISIONS]
    assert len(set(numbers)) == len(numbers) > 1
