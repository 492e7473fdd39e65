"""What the commands of the recovery ceremony share: phrases, custodians' files, plain refusals."""

import os
from getpass import getpass
from pathlib import Path

from django.core.management.base import CommandError

from accounts.errors import (
    AccountsError,
    KeyFault,
    RecoveryRefused,
    UnknownFormat,
    WrongPassphrase,
)
from accounts.keys.recovery import OpenedFile, open_file, whose_file

SHORTEST_PHRASE = 14
_WHY = {
    "same_custodian": "Two different custodians are needed: these are two files of the same one.",
    "other_recovery": "These files do not belong to the recovery keys that are used now.",
    "no_recovery": "There are no recovery keys: manage.py found_recovery",
    "no_keys": "This person has no keys yet: they join by their link first.",
    "other_role": "The new lead is an agency lead of the agency, or a coordinator of the office.",
    "forged_directory": (
        "STOP. The directory in this bundle is not the one that your file knows. "
        "Somebody may have changed it. Nothing was opened. Telephone the coordinator."
    ),
    "other_bundle": "This was used before, or was made for other recovery keys.",
    "other_lead": "STOP. The key in this file is not the key of the person it names.",
    "other_ring": "STOP. It holds the ring of another agency, or one that nobody stated.",
    "other_item": "STOP. It holds an item that nobody of this agency could read.",
    "does_not_open": "STOP. Something in the bundle does not open: it was changed or exchanged.",
    "forged_result": "Two custodians did not sign this: it was changed or is not theirs.",
}


def plain(error: AccountsError) -> CommandError:
    """A refusal in words for whoever sits at the keyboard."""
    if isinstance(error, RecoveryRefused):
        return CommandError(_WHY[error.reason])
    if isinstance(error, WrongPassphrase):
        return CommandError("The pass phrase does not fit, or the file was changed.")
    if isinstance(error, UnknownFormat):
        return CommandError("This file is damaged, or is none that this program knows.")
    if isinstance(error, KeyFault):
        return CommandError(f"Refused: {error}.")
    return CommandError(f"Refused: {type(error).__name__}.")


def read(path: str) -> bytes:
    """A whole file, or a plain word of why not."""
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}.") from error


def write_new(path: Path, data: bytes) -> None:
    """A new file, its owner's alone, on the disk before this returns; never over another."""
    try:
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except OSError as error:
        raise CommandError(f"{path} cannot be written: {error.strerror}.") from error
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Names of files outlive a power cut only after this."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def open_custodians(paths: list[str]) -> tuple[OpenedFile, OpenedFile]:
    """Two custodians' files, each with the phrase that its custodian types here."""
    first, second = (_open(path) for path in paths)
    return first, second


def new_phrase(whose: str) -> str:
    """A pass phrase, typed twice."""
    phrase = getpass(f"Pass phrase of {whose} (at least {SHORTEST_PHRASE} characters): ")
    if len(phrase) < SHORTEST_PHRASE:
        raise CommandError(f"Use at least {SHORTEST_PHRASE} characters.")
    if getpass("Once more: ") != phrase:
        raise CommandError("The two pass phrases are not the same.")
    return phrase


def _open(path: str) -> OpenedFile:
    data = read(path)
    try:
        opened = open_file(data, getpass(f"Pass phrase of {whose_file(data)} for {path}: "))
    except AccountsError as error:
        raise plain(error) from error
    return opened
