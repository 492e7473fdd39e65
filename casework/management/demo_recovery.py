"""The demo's own recovery keys: three of its people keep files that open with the demo's phrase."""

import uuid
from pathlib import Path

from django.conf import settings

from accounts.actor import Actor
from accounts.demo_cast import DEMO_PHRASE
from accounts.keys.recovery import found, open_file, open_seed
from accounts.services.recovery import next_recovery_number, rehearse_recovery
from casework.management.commands.add_person import PROGRAM
from casework.management.commands.found_recovery import write_files

CUSTODIANS = ("Lena Marsh", "Claire Nuñez", "Ines Falk")


def demo_folder() -> Path:
    """Where the demo's custodians keep their files."""
    return Path(settings.DATA_DIR) / "recovery"


def found_demo_recovery(actor: Actor) -> None:
    """Found and rehearse, with files that anybody may try; those of an earlier demo go."""
    folder = demo_folder()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for old in folder.glob("custodian-*"):
        old.unlink()
    founded = found(
        [(name, DEMO_PHRASE) for name in CUSTODIANS],
        recovery=uuid.uuid4(),
        number=next_recovery_number(),
        pin=actor.keys.pin,
    )
    write_files(actor, founded, folder)
    one, other = (open_file(data, DEMO_PHRASE) for data in founded.files[:2])
    private = open_seed(one, other)
    rehearse_recovery(origin=PROGRAM, recovery=founded.about.recovery, private=private)
