"""Makes ends_v1.json once: retirements, ended admissions, a rescue sheet's and a passkey's slot.

    DJANGO_SETTINGS_MODULE=tests.settings python manage.py shell -v 0 \\
        -c "from tests.vectors.make_ends_vectors import write; write()"

A file that exists is never written over: what it holds was stored by somebody.
"""

import json
import os
import sqlite3
import uuid
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.conf import settings

from accounts.keys import member, slots
from accounts.keys.box import close_box
from accounts.keys.encoding import expand, lp
from accounts.models import KeySlot
from accounts.roles import Role
from tests.accounts import chains

FILE = Path(__file__).with_name("ends_v1.json")
CREDENTIAL = b"\x01\x02credential"


def write() -> None:
    """Make the file. Raises FileExistsError if it is there."""
    with FILE.open("x", encoding="utf-8") as file:
        file.write(json.dumps(make(), indent=1, ensure_ascii=False) + "\n")


def make() -> dict[str, Any]:
    """Everything, with fresh random keys."""
    keys = member.generate(uuid.uuid4(), member.Pin(os.urandom(32), 41, os.urandom(32)))
    with closing(sqlite3.connect(settings.KEEPER_PATH)) as db:
        ((pepper,),) = db.execute("SELECT key FROM pepper").fetchall()
    rescue, code = slots.make_rescue_slot(keys)
    secret = os.urandom(32)
    passkey = slots.make_passkey_slot(keys, secret, CREDENTIAL)
    return {
        "directory": _directory(),
        "keys": member.encode(keys).hex(),
        "pepper": pepper.hex(),
        "rescue": {**_slot(rescue), "code": code},
        "passkey": {
            **_slot(passkey),
            "secret": secret.hex(),
            "credential_id": CREDENTIAL.hex(),
            "credential": bytes(passkey.credential or b"").hex(),
        },
        "pending": _pending(passkey, keys),
    }


def _directory() -> list[dict[str, str]]:
    """Maud's key is retired and she has a new one; Rolf's admission ends; Anke is followed."""
    city = chains.Partnership()
    chain, again = city.chain, replace(chains.new_keys(), user_id=city.maud.user_id)
    chain.retire(city.maud, by=city.idris)
    chain.join(again)
    chain.admit(again, chains.SCHOOL, Role.FRONTLINE, by=city.idris)
    chain.end(city.rolf, chains.POLICE, Role.AGENCY_LEAD, by=city.anke)
    chain.join(city.eve)
    chain.admit(city.eve, chains.OFFICE, Role.COORDINATOR, by=city.anke)
    chain.end(city.anke, chains.OFFICE, Role.COORDINATOR, by=city.eve)
    return [
        {
            "body": each.body.decode(),
            "signature": each.signature.hex(),
            "digest": each.digest.hex(),
        }
        for each in chain.statements
    ]


def _slot(slot: KeySlot) -> dict[str, Any]:
    return {
        "id": slot.id.hex,
        "kind": slot.kind,
        "salt": bytes(slot.salt).hex(),
        "cost": [slot.time_cost, slot.memory_kib, slot.lanes],
        "verifier": bytes(slot.verifier).hex(),
        "blob": bytes(slot.blob).hex(),
    }


def _pending(slot: KeySlot, keys: member.MemberKeys) -> dict[str, Any]:
    """A slot's key between phrase and second factor."""
    secret, slot_key = os.urandom(32), os.urandom(32)
    lookup = expand(secret, "pending-lookup")
    epoch = (5).to_bytes(4, "big")
    context = b"pending" + lp(lookup, slot.id.bytes, keys.user_id.bytes, epoch)
    blob = close_box(slot_key, key=expand(secret, "pending-key"), context=context)
    return {
        "secret": secret.hex(),
        "epoch": 5,
        "lookup": lookup.hex(),
        "slot_key": slot_key.hex(),
        "blob": blob.hex(),
    }
