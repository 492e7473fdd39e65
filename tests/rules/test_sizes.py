"""Sizes at which work stops: the damage is always one file or function that nobody split."""

import ast
from collections.abc import Iterator
from pathlib import PurePosixPath

from tests.rules import sources

MODULE_LINES = 400
MIGRATION_LINES = 800  # the first migration of an app lists every field of every model
FUNCTION_LINES = 60
ACT_LINES = 50
VIEW_LINES = 25
MODEL_LINES = 120
TEMPLATE_LINES = 120
COMPONENT_LINES = 40
SCRIPT_LINES = 400  # of all scripts together


def in_room(name: str, room: str) -> bool:
    """Whether a module is `room`.py or lies in the package `room`."""
    path = PurePosixPath(name)
    return path.stem == room or room in path.parts[:-1]


def long_functions(room: str, most: int) -> Iterator[str]:
    for name, tree in sources.product_modules().items():
        if in_room(name, room):
            yield from too_long(name, tree, most)


def too_long(name: str, tree: ast.AST, most: int) -> Iterator[str]:
    for node in sources.functions(tree):
        lines = (node.end_lineno or node.lineno) - node.lineno + 1
        if lines > most:
            yield f"{name}:{node.lineno} {node.name}: {lines} lines, at most {most}"


def test_modules_are_short() -> None:
    found = []
    for name in sources.modules():
        most = MIGRATION_LINES if sources.is_migration(name) else MODULE_LINES
        if sources.line_count(name) > most:
            found.append(f"{name}: {sources.line_count(name)} lines, at most {most}")
    assert found == []


def test_functions_are_short() -> None:
    modules = sources.modules().items()
    found = [line for name, tree in modules for line in too_long(name, tree, FUNCTION_LINES)]
    assert found == []


def test_views_are_short() -> None:
    assert list(long_functions("views", VIEW_LINES)) == []


def test_acts_are_short() -> None:
    assert list(long_functions("services", ACT_LINES)) == []


def test_model_classes_are_short() -> None:
    found = []
    for name, tree in sources.product_modules().items():
        classes = [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
        for node in classes if in_room(name, "models") else []:
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > MODEL_LINES:
                found.append(f"{name} {node.name}: {lines} lines, at most {MODEL_LINES}")
    assert found == []


def test_templates_are_short() -> None:
    found = []
    for name in sources.templates():
        most = COMPONENT_LINES if "/components/" in name else TEMPLATE_LINES
        if sources.line_count(name) > most:
            found.append(f"{name}: {sources.line_count(name)} lines, at most {most}")
    assert found == []


def test_own_javascript_is_little() -> None:
    assert sum(sources.line_count(name) for name in sources.scripts()) <= SCRIPT_LINES


def test_a_long_function_would_be_found() -> None:
    tree = ast.parse("def long():\n" + "    pass\n" * FUNCTION_LINES)
    assert list(too_long("made_up.py", tree, FUNCTION_LINES)) == [
        "made_up.py:1 long: 61 lines, at most 60"
    ]
