"""Makes sealing_v1.json once: every format of version 1 with what it must give, for ever.

    DJANGO_SETTINGS_MODULE=tests.settings python manage.py shell -v 0 \\
        -c "from tests.vectors.make_vectors import write; write()"

A file that exists is never written over: what it holds was stored by somebody.
"""

import json
import os
import sqlite3
import uuid
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings

from accounts.keys import keeper, kem, member, slots
from accounts.keys.box import close_box
from accounts.keys.encoding import expand, lp, padme_length
from accounts.keys.wrapping import Purpose, Recipient, commitment, wrap
from accounts.roles import Role
from casework import sealing
from tests.accounts import chains

FILE = Path(__file__).with_name("sealing_v1.json")
AT = datetime(2026, 11, 20, 14, 5, 6, 789_000, tzinfo=UTC)
BODY = {"text": "Il a dit: « je reste » 👩🏽‍🏫", "list": ["a", ""], "n": 7, "none": None}
PHRASE = "quatre mots pour ﬁnir"


def write() -> None:
    """Make the file. Raises FileExistsError if it is there."""
    with FILE.open("x", encoding="utf-8") as file:
        file.write(json.dumps(make(), indent=1, ensure_ascii=False) + "\n")


def make() -> dict[str, Any]:
    """Everything, with fresh random keys."""
    keys = member.generate(uuid.uuid4(), member.Pin(os.urandom(32), 41, os.urandom(32)))
    return {
        "lengths": [[length, padme_length(length)] for length in (0, 64, 65, 100, 1000, 123_456)],
        "expand": _expanded(),
        "kem": _kem(),
        "box": _box(),
        "wraps": [_wrap(purpose) for purpose in Purpose],
        "texts": _texts(keys),
        "member": {**_keys(keys), "layout": member.encode(keys).hex()},
        "slot": _slot(keys),
        "session": _session(keys),
        "directory": _directory(),
        "keeper": _keeper(),
    }


def _expanded() -> dict[str, str]:
    secret = os.urandom(32)
    names = ("commit", "content", "verifier", "slot", "session-lookup", "session-key")
    return {"secret": secret.hex(), **{name: expand(secret, name).hex() for name in names}}


def _kem() -> dict[str, str]:
    private = kem.private_from_seed(os.urandom(32))
    sealed = kem.hpke_seal(b"plaintext", public=private.public, info=b"info")
    return {
        "seed": private.seed.hex(),
        "public": private.public.hex(),
        "fingerprint": kem.fingerprint(private.public).hex(),
        "info": b"info".hex(),
        "sealed": sealed.hex(),
        "plaintext": b"plaintext".hex(),
    }


def _box() -> dict[str, str]:
    key, text = os.urandom(32), os.urandom(20)
    context = b"slot" + lp(b"place")
    blob = close_box(text, key=key, context=context)
    return {"key": key.hex(), "context": context.hex(), "text": text.hex(), "blob": blob.hex()}


def _wrap(purpose: Purpose) -> dict[str, Any]:
    private, secret = kem.private_from_seed(os.urandom(32)), os.urandom(32)
    recipient = Recipient(uuid.uuid4(), private.public)
    context = uuid.uuid4().bytes
    return {
        "seed": private.seed.hex(),
        "recipient": recipient.id.hex,
        "purpose": int(purpose),
        "context": context.hex(),
        "kid32": commitment(secret).hex(),
        "secret": secret.hex(),
        "blob": wrap(secret, to=recipient, purpose=purpose, context=context).hex(),
    }


def _texts(keys: member.MemberKeys) -> list[dict[str, Any]]:
    texts = [
        (sealing.Place.ITEM, "concern/C2/FACT", 1, keys),
        (sealing.Place.ITEM, "identity/C1/FACT", 3, None),
        (sealing.Place.DRAFT, "answers", 12, keys),
        (sealing.Place.KEPT, "facts", 1, None),
    ]
    return [_text(*each) for each in texts]


def _text(
    place: sealing.Place, field: str, number: int, signer: member.MemberKeys | None
) -> dict[str, Any]:
    root, share, row_id = os.urandom(32), os.urandom(32), uuid.uuid4()
    key = sealing.DataKey(root, commitment(root), share)
    address = sealing.Address(place, field, row_id, number)
    blob, digest = sealing.seal(BODY, at=AT, address=address, key=key, signer=signer)
    return {
        "place": place.value,
        "field": field,
        "row": row_id.hex,
        "number": number,
        "root": root.hex(),
        "share": share.hex(),
        "kid32": key.kid32.hex(),
        "body": BODY,
        "at": AT.isoformat(),
        "digest": digest.hex(),
        "author": signer.id.hex if signer else "",
        "author_public": signer.sign_public.hex() if signer else "",
        "blob": blob.hex(),
    }


def _keys(keys: member.MemberKeys) -> dict[str, Any]:
    return {
        "id": keys.id.hex,
        "user": keys.user_id.hex,
        "kem_seed": keys.kem_seed.hex(),
        "sign_seed": keys.sign_seed.hex(),
        "sign_public": keys.sign_public.hex(),
        "founding": keys.pin.founding.hex(),
        "seq": keys.pin.seq,
        "head": keys.pin.head.hex(),
    }


def _slot(keys: member.MemberKeys) -> dict[str, Any]:
    slot = slots.make_password_slot(keys, PHRASE)
    with closing(sqlite3.connect(settings.KEEPER_PATH)) as db:
        ((pepper,),) = db.execute("SELECT key FROM pepper").fetchall()
    return {
        "phrase": PHRASE,
        "id": slot.id.hex,
        "kind": slot.kind,
        "salt": bytes(slot.salt).hex(),
        "cost": [slot.time_cost, slot.memory_kib, slot.lanes],
        "pepper": pepper.hex(),
        "verifier": bytes(slot.verifier).hex(),
        "blob": bytes(slot.blob).hex(),
    }


def _session(keys: member.MemberKeys) -> dict[str, Any]:
    secret, ref = os.urandom(32), uuid.uuid4()
    lookup = expand(secret, "session-lookup")
    context = b"session" + lp(lookup, keys.user_id.bytes, ref.bytes, (5).to_bytes(4, "big"))
    blob = close_box(member.encode(keys), key=expand(secret, "session-key"), context=context)
    return {
        "secret": secret.hex(),
        "ref": ref.hex,
        "epoch": 5,
        "lookup": lookup.hex(),
        "blob": blob.hex(),
    }


def _directory() -> list[dict[str, str]]:
    city = chains.Partnership()
    city.chain.epoch(chains.SCHOOL, by=city.idris, ring=city.desk, number=2)
    city.chain.admit(city.maud, chains.SCHOOL, Role.AGENCY_LEAD, by=city.idris)
    return [
        {
            "body": each.body.decode(),
            "signature": each.signature.hex(),
            "digest": each.digest.hex(),
        }
        for each in city.chain.statements
    ]


def _keeper() -> dict[str, str]:
    file_key, kid32 = os.urandom(32), os.urandom(32)
    return {
        "file_key": file_key.hex(),
        "kid32": kid32.hex(),
        "share": keeper._share(file_key, kid32).hex(),
    }
