"""What may lie where, and what no module of ours may do."""

import ast
from collections.abc import Iterator
from pathlib import PurePosixPath

import pytest

from tests.rules import sources

TOP_LEVEL = {
    ".ci", ".gitignore", "CHANGELOG.md", "LICENSE", "README.md", "SECURITY.md", "accounts", "api",
    "audit", "bench", "casework", "config", "docs", "locale", "manage.py", "pyproject.toml",
    "requirements", "run", "templates", "tests",
}  # fmt: skip
IGNORED = {
    ".git", ".gitattributes", ".hypothesis", ".import_linter_cache", ".mypy_cache",
    ".pytest_cache", ".ruff_cache", ".venv", "__pycache__", "node_modules", "var",
}  # fmt: skip
ROOMS_WITHOUT_A_TOPIC = {"common", "helper", "helpers", "misc", "util", "utils"}
PERMISSION_CALLS = {"has_perm", "has_perms", "has_module_perms", "assign_perm", "remove_perm"}
SIGNAL_MODULES = (
    "django.dispatch",
    "django.db.models.signals",
    "django.core.signals",
    "django.contrib.auth.signals",
    "django.test.signals",
    "allauth.account.signals",
)
TRUSTED_TEXT = {
    "django.utils.safestring.mark_safe",
    "django.utils.safestring.SafeString",
    "django.utils.safestring.SafeText",
    "django.utils.html.html_safe",
}


def imports_inside_functions(tree: ast.Module) -> Iterator[int]:
    for function in sources.functions(tree):
        for node in ast.walk(function):
            if isinstance(node, ast.Import | ast.ImportFrom):
                yield node.lineno


def uses(forbidden: tuple[str, ...] | set[str]) -> list[str]:
    """Every import in the product of one of `forbidden`, or of something inside it."""
    return [
        f"{name}:{line} {imported}"
        for name, tree in sources.product_modules().items()
        for imported, line in sources.imported_names(tree)
        if any(imported == each or imported.startswith(f"{each}.") for each in forbidden)
    ]


def test_top_level_holds_only_what_belongs_there() -> None:
    assert {path.name for path in sources.ROOT.iterdir()} - TOP_LEVEL - IGNORED == set()


def test_every_module_says_what_it_owns() -> None:
    silent = [
        name
        for name, tree in sources.modules().items()
        if not ast.get_docstring(tree) and not sources.is_migration(name)
    ]
    assert silent == []


def test_every_module_is_about_something() -> None:
    stems = {name: PurePosixPath(name).parts for name in sources.modules()}
    found = [
        name
        for name, parts in stems.items()
        if ROOMS_WITHOUT_A_TOPIC & {part.removesuffix(".py") for part in parts}
    ]
    assert found == []


def test_no_imports_inside_functions() -> None:
    found = [
        f"{name}:{line}"
        for name, tree in sources.modules().items()
        for line in imports_inside_functions(tree)
    ]
    assert found == []


def test_nothing_is_in_the_admin() -> None:
    assert uses(("django.contrib.admin", "guardian.admin")) == []
    assert [name for name in sources.product_modules() if name.endswith("/admin.py")] == []


def test_permissions_of_django_are_never_asked() -> None:
    found = [
        f"{name}:{line} {called}"
        for name, tree in sources.product_modules().items()
        for called, line in sources.called_names(tree)
        if called in PERMISSION_CALLS
    ]
    assert found == []


def test_no_text_is_declared_safe() -> None:
    assert uses(TRUSTED_TEXT) == []


def test_no_signals_of_ours() -> None:
    assert uses(SIGNAL_MODULES) == []


def test_every_package_is_one() -> None:
    folders = {PurePosixPath(name).parent for name in sources.modules()} - {PurePosixPath()}
    bare = [str(each) for each in folders if not (sources.ROOT / each / "__init__.py").is_file()]
    assert bare == []


@pytest.mark.parametrize(
    "source",
    ["def f():\n    import os", "class A:\n    def f(self):\n        from os import path"],
)
def test_an_import_inside_a_function_would_be_found(source: str) -> None:
    assert len(list(imports_inside_functions(ast.parse(source)))) == 1
