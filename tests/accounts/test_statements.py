"""The rules by which a directory is believed: every way to forge one, refused."""

import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from accounts.errors import DirectoryForged
from accounts.keys.encoding import canonical
from accounts.keys.signing import SignedAs, sign
from accounts.keys.statements import Statement, StatementKind, VerifiedDirectory
from accounts.roles import DESK_ROLES, Role
from tests.accounts.chains import OFFICE, POLICE, SCHOOL, Chain, Partnership, about, new_keys


@pytest.fixture
def city() -> Partnership:
    return Partnership()


def refused(chain: Chain) -> None:
    """All but the last statement are good, and the last one is not."""
    last = chain.statements.pop()
    directory = chain.verified()
    before = (directory.seq, directory.head, len(directory.digests))
    with pytest.raises(DirectoryForged):
        directory.add(last)
    assert (directory.seq, directory.head, len(directory.digests)) == before


def test_honest_directory_is_believed(city: Partnership) -> None:
    directory = city.chain.verified()
    assert directory.seq == len(city.chain.statements) == 8
    assert directory.members[city.maud.id.hex][0] == city.maud.user_id.hex
    assert directory.admissions[city.maud.id.hex] == {(SCHOOL.hex, Role.FRONTLINE.value)}
    assert directory.founding == city.chain.statements[0].digest


def test_directory_begins_with_its_founding() -> None:
    chain = Chain()
    chain.join(new_keys())
    refused(chain)


def test_second_founding_statement_is_refused(city: Partnership) -> None:
    city.chain.found(city.eve)
    refused(city.chain)


def test_first_coordinator_cannot_found_again_either(city: Partnership) -> None:
    city.chain.found(city.anke, agency=SCHOOL.hex)
    refused(city.chain)


@pytest.mark.parametrize("seq", [0, 1, 8, 10, 100])
def test_statement_with_another_number_is_refused(city: Partnership, seq: int) -> None:
    city.chain.say(StatementKind.MEMBER_KEY, city.eve, about(city.eve), seq=seq)
    refused(city.chain)


def test_statement_that_does_not_follow_the_last_is_refused(city: Partnership) -> None:
    other = city.chain.statements[-2].digest
    city.chain.say(StatementKind.MEMBER_KEY, city.eve, about(city.eve), previous=other)
    refused(city.chain)


@pytest.mark.parametrize("place", range(8))
def test_statement_left_out_is_noticed(city: Partnership, place: int) -> None:
    del city.chain.statements[place]
    if place == 7:
        assert city.chain.verified().seq == 7, "an end cut off is what pins are for"
    else:
        with pytest.raises(DirectoryForged):
            city.chain.verified()


@pytest.mark.parametrize("place", range(7))
def test_two_statements_exchanged_are_noticed(city: Partnership, place: int) -> None:
    all_of_them = city.chain.statements
    all_of_them[place], all_of_them[place + 1] = all_of_them[place + 1], all_of_them[place]
    with pytest.raises(DirectoryForged):
        city.chain.verified()


def rewritten(statement: Statement, **changes: Any) -> Statement:
    """Another body under the old signature."""
    return Statement(canonical({**statement.fields, **changes}), statement.signature)


def other_word(statement: Statement, name: str, city: Partnership) -> str:
    """Something else that this field could say."""
    words = about(city.eve) | {"agency": OFFICE.hex, "role": Role.COORDINATOR.value}
    words |= {"signer": city.rolf.id.hex, "kind": StatementKind.MEMBER_KEY.value}
    return words[name] if words[name] != statement.fields[name] else "other"


@pytest.mark.parametrize("name", ["kem", "sign_public", "agency", "role", "user", "signer", "kind"])
def test_one_changed_word_is_noticed(city: Partnership, name: str) -> None:
    honest = list(city.chain.statements)
    places = [n for n, each in enumerate(honest) if name in each.fields]
    assert places
    for place in places:
        changed = rewritten(honest[place], **{name: other_word(honest[place], name, city)})
        city.chain.statements = [*honest[:place], changed, *honest[place + 1 :]]
        with pytest.raises(DirectoryForged):
            city.chain.verified()


def test_substituted_key_needs_every_later_signature_too(city: Partnership) -> None:
    """Idris' keys replaced by Eve's, signed by Eve: what Anke said next no longer follows."""
    forged = Chain(city.chain.statements[:1])
    forged.join(city.eve, member_key=city.idris.id.hex, user=city.idris.user_id.hex)
    forged.statements += city.chain.statements[2:]
    with pytest.raises(DirectoryForged):
        forged.verified()


@pytest.mark.parametrize("purpose", [each for each in SignedAs if each is not SignedAs.STATEMENT])
def test_signature_made_for_something_else_does_not_count(
    city: Partnership, purpose: SignedAs
) -> None:
    statement = city.chain.join(city.eve)
    signature = sign(city.eve.sign_seed, purpose, statement.body)
    city.chain.statements[-1] = Statement(statement.body, signature)
    refused(city.chain)


@pytest.mark.parametrize("signature", [b"", bytes(64), bytes(63), bytes(65)])
def test_missing_signature_is_refused(city: Partnership, signature: bytes) -> None:
    statement = city.chain.join(city.eve)
    city.chain.statements[-1] = Statement(statement.body, signature)
    refused(city.chain)


def test_key_stated_by_somebody_else_is_refused(city: Partnership) -> None:
    """A key is stated by whoever holds it: the signature is by the key in the statement."""
    city.chain.say(StatementKind.MEMBER_KEY, city.rolf, about(city.eve))
    refused(city.chain)


def test_same_member_key_twice_is_refused(city: Partnership) -> None:
    city.chain.join(city.eve, member_key=city.anke.id.hex)
    refused(city.chain)


def test_second_key_for_a_person_is_refused(city: Partnership) -> None:
    """Anybody who writes the database could else give Anke a key of their own making."""
    city.chain.join(city.eve, user=city.anke.user_id.hex)
    refused(city.chain)


def test_self_made_admission_is_refused(city: Partnership) -> None:
    city.chain.join(city.eve)
    city.chain.admit(city.eve, OFFICE, Role.COORDINATOR, by=city.eve)
    refused(city.chain)


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("agency", [OFFICE, POLICE])
def test_lead_admits_to_no_other_agency(city: Partnership, agency: uuid.UUID, role: Role) -> None:
    city.chain.join(city.eve)
    city.chain.admit(city.eve, agency, role, by=city.idris)
    refused(city.chain)


def test_lead_of_the_office_is_not_its_coordinator(city: Partnership) -> None:
    """Only coordinators let people in at the office, whatever other roles exist there."""
    city.chain.join(city.eve)
    city.chain.admit(city.rolf, OFFICE, Role.AGENCY_LEAD, by=city.anke)
    city.chain.admit(city.eve, OFFICE, Role.COORDINATOR, by=city.rolf)
    refused(city.chain)


def test_coordinator_of_another_agency_is_not_the_offices(city: Partnership) -> None:
    city.chain.join(city.eve)
    city.chain.admit(city.maud, SCHOOL, Role.COORDINATOR, by=city.idris)
    city.chain.admit(city.eve, POLICE, Role.AGENCY_LEAD, by=city.maud)
    refused(city.chain)


@pytest.mark.parametrize("role", [role for role in Role if role not in DESK_ROLES])
def test_somebody_without_a_desk_admits_nobody(city: Partnership, role: Role) -> None:
    city.chain.join(city.eve)
    city.chain.admit(city.maud, SCHOOL, role, by=city.anke)
    city.chain.admit(city.eve, SCHOOL, Role.FRONTLINE, by=city.maud)
    refused(city.chain)


def test_stranger_cannot_be_admitted_or_admit(city: Partnership) -> None:
    city.chain.admit(city.eve, SCHOOL, Role.FRONTLINE, by=city.anke)
    refused(city.chain)
    city.chain.admit(city.maud, OFFICE, Role.COORDINATOR, by=city.eve)
    refused(city.chain)


def test_admission_names_the_person_of_the_key(city: Partnership) -> None:
    """Else a lead could be led to sign that Rolf's key is Maud's."""
    city.chain.admit(city.rolf, SCHOOL, Role.AGENCY_LEAD, by=city.anke, user=city.maud.user_id.hex)
    refused(city.chain)


def test_unknown_role_is_refused(city: Partnership) -> None:
    said = {"member_key": city.maud.id.hex, "user": city.maud.user_id.hex, "agency": SCHOOL.hex}
    city.chain.say(StatementKind.ADMISSION, city.anke, {**said, "role": "OWNER"})
    refused(city.chain)


@pytest.mark.parametrize("who", ["maud", "rolf", "eve"])
def test_ring_is_stated_by_its_desk_only(city: Partnership, who: str) -> None:
    """Not by a colleague without the desk, not by another agency's lead, not by a stranger."""
    if who == "eve":
        city.chain.join(city.eve)
    city.chain.epoch(SCHOOL, by=getattr(city, who), ring=city.desk, number=2)
    refused(city.chain)


def test_coordinator_states_no_ring_of_another_agency(city: Partnership) -> None:
    city.chain.epoch(SCHOOL, by=city.anke, ring=city.desk, number=2)
    refused(city.chain)


def test_epochs_follow_one_another(city: Partnership) -> None:
    newest = city.chain.epoch(SCHOOL, by=city.idris, ring=city.desk, number=2).fields["epoch"]
    assert city.chain.verified().newest[city.desk.hex] == newest


@pytest.mark.parametrize("number", [0, 1, 3, -1, "2", True])
def test_epoch_out_of_order_is_refused(city: Partnership, number: object) -> None:
    city.chain.epoch(SCHOOL, by=city.idris, ring=city.desk, number=number)  # type: ignore[arg-type]
    refused(city.chain)


def test_new_ring_begins_with_its_first_epoch(city: Partnership) -> None:
    city.chain.epoch(SCHOOL, by=city.idris, ring=uuid.uuid4(), number=2)
    refused(city.chain)


@pytest.mark.parametrize("change", [{"ring_kind": "TEAM"}, {"case": "0" * 32}])
def test_ring_stays_what_it_is(city: Partnership, change: dict[str, str]) -> None:
    city.chain.epoch(SCHOOL, by=city.idris, ring=city.desk, number=2, **change)
    refused(city.chain)


def test_ring_stays_with_its_agency(city: Partnership) -> None:
    """Rolf holds a desk too, but not this one."""
    city.chain.epoch(POLICE, by=city.rolf, ring=city.desk, number=2)
    refused(city.chain)


def test_epoch_is_stated_once(city: Partnership) -> None:
    """A later statement must not give an old epoch another key."""
    epoch = city.chain.statements[-1].fields["epoch"]
    city.chain.epoch(SCHOOL, by=city.idris, ring=city.desk, number=2, epoch=epoch)
    refused(city.chain)
    city.chain.epoch(POLICE, by=city.rolf, ring=uuid.uuid4(), epoch=epoch)
    refused(city.chain)


BROKEN: list[Callable[[dict[str, Any]], bytes]] = [
    lambda _fields: b"",
    lambda _fields: b"{",
    lambda _fields: b"[]",
    lambda _fields: b"null",
    lambda _fields: b"\xff\xfe",
    lambda fields: canonical(fields)[:-1],
    lambda fields: canonical({**fields, "kind": "OWNER"}),
    lambda fields: canonical({**fields, "kind": 7}),
    lambda fields: canonical({**fields, "sign_public": "zz"}),
    lambda fields: canonical({**fields, "sign_public": "00"}),
    lambda fields: canonical({**fields, "sign_public": 7}),
    *(
        lambda fields, name=name: canonical({k: v for k, v in fields.items() if k != name})
        for name in ("kind", "seq", "previous", "member_key", "user", "kem", "sign_public")
    ),
]


@pytest.mark.parametrize("number", range(len(BROKEN)))
def test_body_that_cannot_be_read_is_forged_and_not_a_crash(city: Partnership, number: int) -> None:
    good = city.chain.join(city.eve)
    body = BROKEN[number](good.fields)
    city.chain.statements[-1] = Statement(body, sign(city.eve.sign_seed, SignedAs.STATEMENT, body))
    refused(city.chain)


def test_digest_binds_the_signature_too(city: Partnership) -> None:
    statement = city.chain.statements[-1]
    assert Statement(statement.body, bytes(64)).digest != statement.digest


def test_body_is_canonical_json(city: Partnership) -> None:
    for statement in city.chain.statements:
        assert canonical(json.loads(statement.body)) == statement.body


def test_empty_directory_proves_nothing() -> None:
    directory = VerifiedDirectory()
    assert (directory.members, directory.admissions, directory.epochs) == ({}, {}, {})
