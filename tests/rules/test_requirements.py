"""That what is installed is pinned by hash, and that no lock names the place it came from."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.rules.sources import ROOT

FOLDER = ROOT / "requirements"
LOCKS = sorted(FOLDER.glob("*.txt"))
INPUTS = sorted(FOLDER.glob("*.in"))
NPM_LOCK = FOLDER / "package-lock.json"
HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")


def entries(lock: Path) -> dict[str, tuple[str, int]]:
    """Version and number of hashes of each package of a lock."""
    found: dict[str, tuple[str, int]] = {}
    for entry in lock.read_text().replace("\\\n", " ").splitlines():
        if entry and not entry.startswith("#"):
            requirement = Requirement(HASH.sub("", entry).strip())
            (pin,) = requirement.specifier
            assert pin.operator == "==", entry
            found[canonicalize_name(requirement.name)] = pin.version, len(HASH.findall(entry))
    return found


def asked(source: Path) -> list[Requirement]:
    """What a file asks for, with what it includes."""
    found = []
    for line in source.read_text().splitlines():
        if line.startswith("-r "):
            found += asked(source.parent / line.removeprefix("-r "))
        elif line and not line.startswith("#"):
            found.append(Requirement(line))
    return found


def npm_packages() -> dict[str, dict[str, Any]]:
    packages: dict[str, dict[str, Any]] = json.loads(NPM_LOCK.read_text())["packages"]
    return packages


def test_locks_exist() -> None:
    assert {path.stem for path in LOCKS} == {path.stem for path in INPUTS}
    assert {"runtime", "dev", "node"} == {path.stem for path in LOCKS}


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_every_package_is_hashed(lock: Path) -> None:
    assert [name for name, (_version, hashes) in entries(lock).items() if not hashes] == []
    assert len(entries(lock)) > 1


@pytest.mark.parametrize("path", [*LOCKS, *INPUTS, FOLDER / ".npmrc"], ids=lambda path: path.name)
def test_no_address_is_named(path: Path) -> None:
    text = path.read_text()
    assert re.findall(r"\w+://|@ |--(?:index|extra-index|find-links|trusted)\S*", text) == []


@pytest.mark.parametrize("source", INPUTS, ids=lambda path: path.name)
def test_every_input_has_a_lower_bound_that_its_lock_keeps(source: Path) -> None:
    locked = entries(source.with_suffix(".txt"))
    for requirement in asked(source):
        assert any(each.operator == ">=" for each in requirement.specifier), requirement
        assert locked[canonicalize_name(requirement.name)][0] in requirement.specifier


def test_tests_run_with_what_runs() -> None:
    runtime, dev = entries(FOLDER / "runtime.txt"), entries(FOLDER / "dev.txt")
    assert {name: dev[name] for name in runtime} == runtime


def test_vectors_belong_to_the_library() -> None:
    locked = entries(FOLDER / "dev.txt")
    assert locked["cryptography-vectors"][0] == locked["cryptography"][0]


def test_npm_lock_is_hashed_and_names_no_registry() -> None:
    for name, package in npm_packages().items():
        assert "resolved" not in package, name
        assert not name or package["integrity"].startswith("sha512-"), name
        # "funding" is what a package says of itself; nothing is ever fetched from there.
        rest = {key: value for key, value in package.items() if key != "funding"}
        assert "://" not in json.dumps(rest), name


def test_npm_versions_are_exact() -> None:
    package = json.loads((FOLDER / "package.json").read_text())
    wanted = {**package["dependencies"], **package["devDependencies"]}
    locked = npm_packages()
    for name, version in wanted.items():
        assert version == locked[f"node_modules/{name}"]["version"], name


def test_npm_runs_no_scripts_and_keeps_no_addresses() -> None:
    lines = (FOLDER / ".npmrc").read_text().splitlines()
    assert {"ignore-scripts=true", "omit-lockfile-registry-resolved=true"} <= set(lines)
