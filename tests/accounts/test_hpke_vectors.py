"""The KEM against its official vectors, and Confer's own suite against a second implementation."""

import hashlib
import hmac
import json
import os
from pathlib import Path
from typing import Any

import cryptography_vectors
import pytest
from cryptography.hazmat.bindings._rust import openssl
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from accounts.errors import WrongKey
from accounts.keys import kem
from accounts.keys.encoding import expand
from tests.accounts import independent_hpke

_FILE = Path(cryptography_vectors.__file__).parent / "HPKE" / "hpke-pq-test-vectors.json"
VECTORS: list[dict[str, Any]] = [
    each for each in json.loads(_FILE.read_text()) if each["kem_id"] == independent_hpke.KEM_ID
]
_KDFS = {1: KDF.HKDF_SHA256, 17: KDF.SHAKE256}
_AEADS = {3: AEAD.CHACHA20_POLY1305}
INFO = b"what it is for"


def test_there_are_vectors() -> None:
    assert len(VECTORS) >= 2


@pytest.mark.parametrize("vector", VECTORS, ids=lambda each: f"kdf{each['kdf_id']}")
def test_official_vector_opens(vector: dict[str, Any]) -> None:
    """The library's own KEM, with the private key expanded by accounts.keys.kem."""
    private = kem.private_from_seed(bytes.fromhex(vector["skRm"]))
    suite = Suite(KEM.MLKEM768_X25519, _KDFS[vector["kdf_id"]], _AEADS[vector["aead_id"]])
    first = vector["encryptions"][0]
    # The vectors use additional data, which the library's public call does not take.
    plaintext = openssl.hpke._decrypt_with_aad(
        suite,
        bytes.fromhex(vector["enc"] + first["ct"]),
        private.key,
        bytes.fromhex(vector["info"]),
        bytes.fromhex(first["aad"]),
    )
    assert plaintext == bytes.fromhex(first["pt"])


@pytest.mark.parametrize("vector", VECTORS, ids=lambda each: f"kdf{each['kdf_id']}")
def test_seed_expands_as_in_the_vectors(vector: dict[str, Any]) -> None:
    private = kem.private_from_seed(bytes.fromhex(vector["skRm"]))
    assert private.public.hex() == vector["pkRm"]
    assert len(private.public) == kem.PUBLIC_BYTES
    assert len(bytes.fromhex(vector["enc"])) == kem.ENCAPSULATION_BYTES


def test_second_implementation_meets_the_vector() -> None:
    vector = next(each for each in VECTORS if each["kdf_id"] == 1)
    schedule = independent_hpke.receive(
        bytes.fromhex(vector["skRm"]),
        bytes.fromhex(vector["enc"]),
        bytes.fromhex(vector["info"]),
        kdf=1,
        aead=3,
    )
    assert schedule.shared_secret.hex() == vector["shared_secret"]
    assert schedule.key.hex() == vector["key"]
    assert schedule.base_nonce.hex() == vector["base_nonce"]


def test_second_implementation_opens_what_confer_sealed() -> None:
    """Suite 0x12 is RFC 9180 with HKDF-SHA-512 and AES-256-GCM, whatever library opens it."""
    seed = os.urandom(32)
    sealed = kem.hpke_seal(b"secret", public=kem.private_from_seed(seed).public, info=INFO)
    assert len(sealed) == kem.ENCAPSULATION_BYTES + len(b"secret") + 16
    assert independent_hpke.open_sealed(seed, sealed, INFO) == b"secret"


def test_expand_is_rfc_5869() -> None:
    secret = os.urandom(32)
    expected = hmac.digest(secret, b"confer/1/content" + b"\x01", hashlib.sha512)[:32]
    assert expand(secret, "content") == expected


@pytest.mark.parametrize("length", [0, 1, 31, 33, 64])
def test_seed_of_another_length_is_refused(length: int) -> None:
    with pytest.raises(WrongKey):
        kem.private_from_seed(bytes(length))


@pytest.mark.parametrize("length", [0, 32, 1184, 1215, 1217])
def test_public_key_of_another_length_is_refused(length: int) -> None:
    with pytest.raises(WrongKey):
        kem.hpke_seal(b"secret", public=bytes(length), info=INFO)


def test_sealing_to_a_point_of_small_order_is_refused() -> None:
    """An X25519 key of zeros would make the curve's half of the secret known to everybody."""
    public = kem.private_from_seed(os.urandom(32)).public
    with pytest.raises(WrongKey):
        kem.hpke_seal(b"secret", public=public[:1184] + bytes(32), info=INFO)


def test_lattice_key_out_of_range_is_refused() -> None:
    public = kem.private_from_seed(os.urandom(32)).public
    with pytest.raises(WrongKey):
        kem.hpke_seal(b"secret", public=b"\xff" * 1184 + public[1184:], info=INFO)


def test_hpke_opens_for_its_key_and_info_only() -> None:
    private, other = (kem.private_from_seed(os.urandom(32)) for _ in range(2))
    sealed = kem.hpke_seal(b"secret", public=private.public, info=INFO)
    assert kem.hpke_open(sealed, private=private, info=INFO) == b"secret"
    for wrong in ({"private": other, "info": INFO}, {"private": private, "info": INFO + b"."}):
        with pytest.raises(WrongKey):
            kem.hpke_open(sealed, **wrong)  # type: ignore[arg-type]


def test_fingerprint_names_suite_and_key() -> None:
    private, other = (kem.private_from_seed(os.urandom(32)) for _ in range(2))
    assert kem.fingerprint(private.public) != kem.fingerprint(other.public)
    assert kem.fingerprint(private.public) != hashlib.sha256(private.public).digest()


def test_private_key_is_never_printed() -> None:
    seed = os.urandom(32)
    shown = repr(kem.private_from_seed(seed))
    assert repr(seed)[2:-1] not in shown
    assert seed.hex() not in shown
