"""The repository's own files, as the rules read them."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
APPS = ("accounts", "api", "audit", "casework", "config")
FOLDERS = (*APPS, "bench", "requirements", "tests")
PROGRAMS = ("manage.py", "run")


@cache
def modules() -> dict[str, ast.Module]:
    """Every Python module of ours by its path, parsed."""
    paths = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py")]
    paths += [ROOT / name for name in PROGRAMS]
    return {name_of(path): ast.parse(path.read_bytes()) for path in sorted(paths)}


def product_modules() -> dict[str, ast.Module]:
    """The modules that run in an installation: the apps, without tests and tools."""
    return {name: tree for name, tree in modules().items() if name.startswith(APPS)}


def templates() -> dict[str, str]:
    """Every template by its path, with its text."""
    folders = [ROOT / "templates", *(ROOT / app / "templates" for app in APPS)]
    paths = sorted(path for folder in folders for path in folder.rglob("*.*") if path.is_file())
    return {name_of(path): path.read_text(encoding="utf-8") for path in paths}


def scripts() -> dict[str, str]:
    """Our own JavaScript by its path, with its text."""
    paths = sorted(path for app in APPS for path in (ROOT / app).rglob("*.js"))
    return {name_of(path): path.read_text(encoding="utf-8") for path in paths}


def line_count(name: str) -> int:
    """How many lines a file of the repository has."""
    return len((ROOT / name).read_text(encoding="utf-8").splitlines())


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function and method of a module, nested ones too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def called_names(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """The last part of the name of everything that is called, with its line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Attribute):
                yield node.func.attr, node.lineno
            elif isinstance(node.func, ast.Name):
                yield node.func.id, node.lineno


def imported_names(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """The full dotted name of everything that is imported, with its line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((f"{node.module}.{alias.name}", node.lineno) for alias in node.names)


def is_migration(name: str) -> bool:
    """Whether a path is that of a migration, which Django writes in its own way."""
    return "/migrations/" in name


def name_of(path: Path) -> str:
    """A path as the rules show it."""
    return path.relative_to(ROOT).as_posix()
