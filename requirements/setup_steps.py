"""Makes .venv, the styles and the translations, each only when what it is made from has changed.

Needs nothing but the standard library, since it runs before anything is installed.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

LOCKS = Path(__file__).resolve().parent
ROOT = LOCKS.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
VAR = ROOT / "var"
NODE_DIR = VAR / "node"
STYLES = ROOT / "casework" / "styles"
CSS = VAR / "static" / "confer" / "confer.css"

OLDEST_NODE = (20, 19)
TO_MO = (
    "import pathlib, polib, sys\n"
    "for name in sys.argv[1:]:\n"
    "    polib.pofile(name).save_as_mofile(str(pathlib.Path(name).with_suffix('.mo')))\n"
)


def say(text: str) -> None:
    print(text, flush=True)


def die(text: str) -> NoReturn:
    raise SystemExit(f"run: {text}")


def call(*command: str | Path, cwd: Path = ROOT, env: dict[str, str] | None = None) -> None:
    """Run a program to its end; whatever goes wrong ends this one with a line that names it."""
    code = subprocess.run([str(part) for part in command], cwd=cwd, env=env, check=False).returncode
    if code:
        die(f"{Path(command[0]).name} {' '.join(str(part) for part in command[1:4])} gave {code}")


def digest(files: Iterable[Path], *more: str) -> str:
    """The hash of names and contents, the key by which finished work is recognised."""
    whole = hashlib.sha256("\0".join(more).encode())
    for path in sorted(files):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        whole.update(f"{path.relative_to(ROOT)}\0{content}\n".encode())
    return whole.hexdigest()


def once(stamp: Path, key: str, outputs: Sequence[Path], act: Callable[[], None]) -> None:
    """Do `act` unless `stamp` holds `key` and every output is still there."""
    if stamp.is_file() and stamp.read_text() == key and all(path.exists() for path in outputs):
        return
    act()
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text(key)


@contextmanager
def alone() -> Iterator[None]:
    """Let two programs that start together set up one after the other."""
    handle = os.open(ROOT, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def environment(**extra: str) -> dict[str, str]:
    """The caller's environment with .venv first on PATH."""
    path = f"{PYTHON.parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    return {**os.environ, "PATH": path, "VIRTUAL_ENV": str(VENV), **extra}


def apt_install(package: str) -> bool:
    """Install a Debian package where this is possible without asking anybody."""
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return False
    say(f"Installing the Debian package {package} ...")
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = ["apt-get", "install", "-qq", "-y", "--no-install-recommends", package]
    for command in (["apt-get", "update", "-qq"], install):
        if subprocess.run(command, env=env, stdout=subprocess.DEVNULL, check=False).returncode:
            return False
    return True


# --- set-up --------------------------------------------------------------------------------------


def pip_install(lock: Path) -> None:
    """Install exactly what the lock names. Wheels only: what builds a source has no hash here."""
    options = ["-qq", "--no-input", "--disable-pip-version-check", "--only-binary=:all:"]
    call(PYTHON, "-m", "pip", "install", *options, "--require-hashes", "-r", lock)


def make_venv() -> None:
    """Make .venv, with the distribution's help where Python came without ensurepip."""
    if PYTHON.exists() and any(VENV.glob("lib/python3*/site-packages/pip")):
        return
    package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
    if importlib.util.find_spec("ensurepip") is None and not apt_install(package):
        die(f"this Python has no ensurepip: install the package {package}, then start again")
    call(sys.executable, "-m", "venv", "--clear", VENV)


def install_packages(group: str) -> None:
    """Bring .venv to the lock of `group`; the one for development holds the other."""
    stamp = VENV / ".confer-lock"
    locks = {name: LOCKS / f"{name}.txt" for name in ("runtime", "dev")}
    keys = {name: digest([lock], sys.version) for name, lock in locks.items()}
    done = stamp.read_text() if stamp.is_file() and PYTHON.exists() else ""
    if done == keys["dev"] or done == keys[group]:
        return
    make_venv()
    say(f"Installing the Python packages of requirements/{group}.txt ...")
    pip_install(locks[group])
    stamp.write_text(keys[group])


def node_version(node: str) -> tuple[int, ...]:
    answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)
    return tuple(int(part) for part in re.findall(r"\d+", answer.stdout)[:2])


def node_environment() -> dict[str, str]:
    """An environment whose PATH leads to node and npm; without new enough ones they come by pip."""
    env = environment()
    node, npm = (shutil.which(name, path=env["PATH"]) for name in ("node", "npm"))
    if node is None or npm is None or node_version(node) < OLDEST_NODE:
        say("Installing Node into .venv ...")
        pip_install(LOCKS / "node.txt")
    return env


def install_node_modules(env: dict[str, str]) -> None:
    say("Installing the design system ...")
    shutil.rmtree(NODE_DIR, ignore_errors=True)
    NODE_DIR.mkdir(parents=True)
    for name in ("package.json", "package-lock.json", ".npmrc"):
        shutil.copy(LOCKS / name, NODE_DIR / name)
    call("npm", "ci", "--ignore-scripts", "--omit=optional", "--silent", cwd=NODE_DIR, env=env)


def compile_styles(env: dict[str, str]) -> None:
    """One style sheet without a source map: the manifest storage would look for the map's file."""
    sass = NODE_DIR / "node_modules" / "sass" / "sass.js"
    options = ["--style=compressed", "--no-source-map", "--quiet-deps", "--no-error-css"]
    load_path = f"--load-path={NODE_DIR / 'node_modules'}"
    CSS.parent.mkdir(parents=True, exist_ok=True)
    call("node", sass, *options, load_path, STYLES / "confer.scss", CSS, env=env)


def build_styles() -> None:
    names = [LOCKS / name for name in ("package.json", "package-lock.json", ".npmrc")]
    modules = digest(names)
    sheets = digest(STYLES.rglob("*.scss"), modules)
    compiler = NODE_DIR / "node_modules" / "sass" / "sass.js"

    def build() -> None:
        env = node_environment()
        once(NODE_DIR / ".made-from", modules, [compiler], lambda: install_node_modules(env))
        compile_styles(env)

    once(VAR / "stamps" / "styles", sheets, [CSS, compiler], build)


def compile_translations() -> None:
    sources = sorted((ROOT / "locale").rglob("*.po"))
    compiled = [path.with_suffix(".mo") for path in sources]
    stamp = VAR / "stamps" / "translations"
    once(stamp, digest(sources), compiled, lambda: call(PYTHON, "-c", TO_MO, *sources))


def set_up(group: str) -> None:
    started = time.monotonic()
    with alone():
        install_packages(group)
        # From here on only the owner may read what is made: var/ holds the data.
        os.umask(0o077)
        VAR.mkdir(exist_ok=True)
        build_styles()
        compile_translations()
    say(f"Set up in {time.monotonic() - started:.2f} s.")
