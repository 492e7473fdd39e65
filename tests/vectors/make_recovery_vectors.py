"""Makes recovery_v1.json once: custodians' files, wraps, bundle, result, words, newer statements.

    DJANGO_SETTINGS_MODULE=tests.settings python manage.py shell -v 0 \\
        -c "from tests.vectors.make_recovery_vectors import write; write()"

A file that exists is never written over: what it holds was stored by somebody.
"""

import json
import os
import uuid
from pathlib import Path
from typing import Any

from accounts.keys import kem, recovery
from accounts.keys.ceremony import (
    Bundle,
    Lead,
    Names,
    SealedItem,
    SealedRing,
    check_bundle,
    encode_bundle,
    encode_result,
    rewrap,
)
from accounts.keys.encoding import canonical
from accounts.keys.member import Pin
from accounts.keys.recovery_wraps import RingPlace, wrap_item, wrap_ring
from accounts.keys.statements import StatementKind
from accounts.keys.words import fingerprint_words, member_fingerprint
from accounts.keys.wrapping import Purpose, Recipient, commitment
from accounts.roles import Role
from tests.accounts import chains
from tests.vectors.make_vectors import _wrap

FILE = Path(__file__).with_name("recovery_v1.json")
PEOPLE = (
    ("Lena Märsh", "erster von drei Sätzen ﬁn"),
    ("Claire Nuñez", "second of three phrases"),
    ("Adler", "troisième de trois phrases"),
)
_AT = "2026-11-20T14:05:06+00:00"


def write() -> None:
    """Make the file. Raises FileExistsError if it is there."""
    with FILE.open("x", encoding="utf-8") as file:
        file.write(json.dumps(make(), indent=1, ensure_ascii=False) + "\n")


def make() -> dict[str, Any]:
    """Everything, with fresh random keys."""
    city, founded = _city()
    vera = chains.new_keys()
    city.chain.join(vera)
    seed, root = os.urandom(32), os.urandom(32)
    epoch = city.chain.epoch(
        chains.SCHOOL,
        by=city.idris,
        ring=city.desk,
        number=2,
        kem=kem.fingerprint(kem.private_from_seed(seed).public).hex(),
    ).fields["epoch"]
    recipient = Recipient(founded.about.recovery, founded.about.kem)
    place = RingPlace(city.desk, 2, chains.SCHOOL)
    item, agencies = uuid.uuid4(), {chains.SCHOOL, chains.POLICE}
    bundle = Bundle(
        id=uuid.uuid4(),
        names=Names("RivePrev", "Lycée Gandon", "Vera Nolte"),
        lead=Lead(vera.user_id, vera.id, chains.SCHOOL, Role.AGENCY_LEAD.value),
        kem=vera.private.public,
        recovery=founded.about.recovery,
        directory=tuple(city.chain.statements),
        rings=(
            SealedRing(
                uuid.UUID(epoch), wrap_ring(seed, to=recipient, place=place), commitment(seed)
            ),
        ),
        items=(
            SealedItem(
                item,
                3,
                wrap_item(root, to=recipient, item=item, version=3, agencies=agencies),
                commitment(root),
            ),
        ),
    )
    opened = [recovery.open_file(founded.files[n], PEOPLE[n][1]) for n in (1, 2)]
    result = rewrap(check_bundle(bundle, founded.about), *opened)
    fingerprint = member_fingerprint(vera.private.public, vera.sign_public)
    return {
        "files": [
            {"phrase": phrase, "text": data.decode()}
            for (_name, phrase), data in zip(PEOPLE, founded.files, strict=True)
        ],
        "recovery_seed": recovery.open_seed(*opened).seed.hex(),
        "wraps": [_wrap(purpose) for purpose in Purpose if purpose.name.startswith("RECOVERY")],
        "ring": {"ring": city.desk.hex, "number": 2, "seed": seed.hex()},
        "item": {"root": root.hex(), "agencies": sorted(each.hex for each in agencies)},
        "bundle": canonical(encode_bundle(bundle)).decode(),
        "result": canonical(encode_result(result)).decode(),
        "lead": {"kem_seed": vera.kem_seed.hex(), "fingerprint": fingerprint.hex()},
        "words": fingerprint_words(fingerprint),
        "directory": _directory(city, vera, result.statement()),
    }


def _city() -> tuple[chains.Partnership, recovery.Founded]:
    city = chains.Partnership()
    head = city.chain.statements[-1].digest
    pin = Pin(city.chain.statements[0].digest, len(city.chain.statements), head)
    founded = recovery.found(PEOPLE, recovery=uuid.uuid4(), number=1, pin=pin)
    signatures = [each.hex() for each in founded.signatures]
    fields = {**founded.about.statement(), "signatures": signatures}
    city.chain.say(StatementKind.RECOVERY_KEY, city.anke, fields)
    return city, founded


def _directory(city: chains.Partnership, vera: Any, used: dict[str, Any]) -> list[dict[str, str]]:
    city.chain.say(StatementKind.RECOVERY_USED, vera, used)
    said = {"member_key": city.idris.id.hex, "user": city.idris.user_id.hex, "at": _AT}
    place = {"agency": chains.SCHOOL.hex, "role": Role.AGENCY_LEAD.value}
    city.chain.say(StatementKind.ADMISSION_ENDED, vera, {**said, **place})
    city.chain.say(StatementKind.KEY_RETIRED, city.anke, said)
    return [
        {"body": each.body.decode(), "signature": each.signature.hex(), "digest": each.digest.hex()}
        for each in city.chain.statements
    ]
