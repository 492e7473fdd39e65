"""Keys that are retired and admissions that end: what a chain may say of it, and what then counts.

Without these statements a database writer could bring back whoever left, and nobody could ever
have a second key; with too many of them a lead could lock another agency out.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from accounts.errors import DirectoryForged
from accounts.keys.member import MemberKeys
from accounts.keys.statements import StatementKind
from accounts.roles import Role
from tests.accounts.chains import NOON, OFFICE, POLICE, SCHOOL, Chain, Partnership, new_keys

BEFORE, LATER = NOON - timedelta(seconds=1), NOON + timedelta(days=1)
City = Partnership


@pytest.fixture
def city() -> City:
    """Anke founds, Idris leads the school, Maud works there, Rolf's police; Eve is stated too."""
    made = Partnership()
    made.chain.join(made.eve)
    return made


def refused(chain: Chain) -> None:
    """All but the last statement are good, and the last one is not and changes nothing."""
    last = chain.statements.pop()
    directory, expected = chain.verified(), chain.verified()
    with pytest.raises(DirectoryForged):
        directory.add(last)
    assert directory == expected


def next_keys(keys: MemberKeys) -> MemberKeys:
    """New keys of the same person."""
    return replace(new_keys(), user_id=keys.user_id)


HONEST: dict[str, Callable[[City], object]] = {
    "coordinator of anybody": lambda c: c.chain.retire(c.rolf, by=c.anke),
    "coordinator of a lead": lambda c: c.chain.retire(c.idris, by=c.anke),
    "lead of an own person": lambda c: c.chain.retire(c.maud, by=c.idris),
    "lead of a key that nobody let in": lambda c: c.chain.retire(c.eve, by=c.rolf),
    "its owner": lambda c: c.chain.retire(c.maud, by=c.maud),
}


@pytest.mark.parametrize("who", HONEST)
def test_retirement_by_whoever_may_is_believed(city: City, who: str) -> None:
    HONEST[who](city)
    directory = city.chain.verified()
    ((key, at),) = directory.retired.items()
    assert at == NOON
    assert directory.admissions.get(key, set()) == set()
    assert directory.owners.get(directory.members[key][0]) is None


def admit_office_lead(city: City) -> Chain:
    city.chain.admit(city.rolf, OFFICE, Role.AGENCY_LEAD, by=city.anke)
    city.chain.admit(city.eve, OFFICE, Role.FRONTLINE, by=city.anke)
    return city.chain


def retired_coordinator(city: City) -> Chain:
    city.chain.admit(city.eve, OFFICE, Role.COORDINATOR, by=city.anke)
    city.chain.retire(city.anke, by=city.eve)
    return city.chain


def ended_coordinator(city: City) -> Chain:
    city.chain.admit(city.eve, OFFICE, Role.COORDINATOR, by=city.anke)
    city.chain.end(city.anke, OFFICE, Role.COORDINATOR, by=city.eve)
    return city.chain


NO_RIGHT: dict[str, Callable[[City], object]] = {
    "lead of another agency": lambda c: c.chain.retire(c.maud, by=c.rolf),
    "colleague without a desk": lambda c: c.chain.retire(c.idris, by=c.maud),
    "somebody whom nobody let in": lambda c: c.chain.retire(c.maud, by=c.eve),
    "stranger without a statement": lambda c: c.chain.retire(c.maud, by=new_keys()),
    "lead of the coordinator": lambda c: c.chain.retire(c.anke, by=c.idris),
    "lead of the office, who is not its coordinator": lambda c: (
        admit_office_lead(c),
        c.chain.retire(c.eve, by=c.rolf),
    ),
    "lead of the office, of a key nobody let in": lambda c: (
        c.chain.end(c.rolf, POLICE, Role.AGENCY_LEAD, by=c.anke),
        c.chain.admit(c.rolf, OFFICE, Role.AGENCY_LEAD, by=c.anke),
        c.chain.retire(c.eve, by=c.rolf),
    ),
    "coordinator of another agency": lambda c: (
        c.chain.admit(c.eve, SCHOOL, Role.COORDINATOR, by=c.idris),
        c.chain.retire(c.rolf, by=c.eve),
    ),
    "retired signer": lambda c: (retired_coordinator(c), c.chain.retire(c.rolf, by=c.anke)),
    "signer whose admission ended": lambda c: (
        ended_coordinator(c),
        c.chain.retire(c.rolf, by=c.anke),
    ),
    "lead whose admission ended": lambda c: (
        c.chain.end(c.idris, SCHOOL, Role.AGENCY_LEAD, by=c.anke),
        c.chain.retire(c.maud, by=c.idris),
    ),
    "lead, after the person went elsewhere": lambda c: (
        c.chain.end(c.maud, SCHOOL, Role.FRONTLINE, by=c.idris),
        c.chain.admit(c.maud, POLICE, Role.FRONTLINE, by=c.rolf),
        c.chain.retire(c.maud, by=c.idris),
    ),
}


@pytest.mark.parametrize("who", NO_RIGHT)
def test_retirement_by_somebody_without_the_right_is_refused(city: City, who: str) -> None:
    NO_RIGHT[who](city)
    refused(city.chain)


WRONG: dict[str, Callable[[City], object]] = {
    "unknown key": lambda c: c.chain.retire(new_keys(), by=c.anke),
    "known user, unknown key": lambda c: c.chain.retire(next_keys(c.maud), by=c.anke),
    "another person's key": lambda c: c.chain.retire(c.maud, by=c.anke, user=c.rolf.user_id.hex),
    "twice": lambda c: (c.chain.retire(c.maud, by=c.anke), c.chain.retire(c.maud, by=c.anke)),
    "by itself a second time": lambda c: (
        c.chain.retire(c.maud, by=c.maud),
        c.chain.retire(c.maud, by=c.maud),
    ),
    "the old one when there is a new one": lambda c: (
        c.chain.retire(c.maud, by=c.anke),
        c.chain.join(next_keys(c.maud)),
        c.chain.retire(c.maud, by=c.anke),
    ),
    "no zone in the time": lambda c: c.chain.retire(c.maud, by=c.anke, at="2026-11-20T12:00:00"),
    "no time": lambda c: c.chain.retire(c.maud, by=c.anke, at=""),
    "a number for a time": lambda c: c.chain.retire(c.maud, by=c.anke, at=12),
    "no key": lambda c: c.chain.retire(c.maud, by=c.anke, member_key=None),
    "no user": lambda c: c.chain.retire(c.maud, by=c.anke, user=None),
}


@pytest.mark.parametrize("what", WRONG)
def test_retirement_that_fits_no_key_is_refused(city: City, what: str) -> None:
    WRONG[what](city)
    refused(city.chain)


@pytest.mark.parametrize("kind", [StatementKind.KEY_RETIRED, StatementKind.ADMISSION_ENDED])
@pytest.mark.parametrize("signature", [b"", bytes(64), "another's"], ids=["none", "zeros", "other"])
def test_end_that_its_signer_did_not_sign_is_refused(
    city: City, kind: StatementKind, signature: bytes | str
) -> None:
    if kind is StatementKind.KEY_RETIRED:
        statement = city.chain.retire(city.maud, by=city.anke)
    else:
        statement = city.chain.end(city.maud, SCHOOL, Role.FRONTLINE, by=city.anke)
    forged = replace(city.anke, sign_seed=city.rolf.sign_seed)
    if isinstance(signature, str):
        city.chain.statements.pop()
        city.chain.say(kind, forged, statement.fields)
    else:
        city.chain.statements[-1] = replace(statement, signature=signature)
    refused(city.chain)


def test_second_key_after_a_retirement_is_believed(city: City) -> None:
    city.chain.retire(city.maud, by=city.idris)
    again = next_keys(city.maud)
    city.chain.join(again)
    directory = city.chain.verified()
    assert directory.owners[city.maud.user_id.hex] == again.id.hex
    assert (directory.counts(again.id), directory.counts(city.maud.id)) == (True, False)
    assert directory.admissions.get(again.id.hex, set()) == set(), "admissions are not inherited"
    city.chain.admit(again, SCHOOL, Role.FRONTLINE, by=city.idris)
    assert city.chain.verified().admissions[again.id.hex] == {(SCHOOL.hex, Role.FRONTLINE.value)}


FORGED_KEYS: dict[str, Callable[[City], object]] = {
    "second key without a retirement": lambda c: c.chain.join(next_keys(c.maud)),
    "third key after one retirement": lambda c: (
        c.chain.retire(c.maud, by=c.idris),
        c.chain.join(next_keys(c.maud)),
        c.chain.join(next_keys(c.maud)),
    ),
    "the retired key anew": lambda c: (
        c.chain.retire(c.maud, by=c.idris),
        c.chain.join(c.maud),
    ),
    "the retired key for somebody else": lambda c: (
        c.chain.retire(c.maud, by=c.idris),
        c.chain.join(replace(new_keys(), id=c.maud.id)),
    ),
    "admission of a retired key": lambda c: (
        c.chain.retire(c.maud, by=c.idris),
        c.chain.admit(c.maud, SCHOOL, Role.FRONTLINE, by=c.idris),
    ),
    "admission of a retired key of somebody who has a new one": lambda c: (
        c.chain.retire(c.maud, by=c.idris),
        c.chain.join(next_keys(c.maud)),
        c.chain.admit(c.maud, SCHOOL, Role.FRONTLINE, by=c.idris),
    ),
    "admission by a retired key": lambda c: (
        c.chain.retire(c.idris, by=c.anke),
        c.chain.admit(c.eve, SCHOOL, Role.FRONTLINE, by=c.idris),
    ),
    "admission by the new key of a lead whom nobody let in again": lambda c: (
        c.chain.retire(c.idris, by=c.anke),
        c.chain.join(new := next_keys(c.idris)),
        c.chain.admit(c.eve, SCHOOL, Role.FRONTLINE, by=new),
    ),
    "ring by a retired key": lambda c: (
        c.chain.retire(c.idris, by=c.anke),
        c.chain.epoch(SCHOOL, by=c.idris, ring=c.desk, number=2),
    ),
    "ring by a lead whose admission ended": lambda c: (
        c.chain.end(c.idris, SCHOOL, Role.AGENCY_LEAD, by=c.anke),
        c.chain.epoch(SCHOOL, by=c.idris, ring=c.desk, number=2),
    ),
    "admission by a lead whose admission ended": lambda c: (
        c.chain.end(c.idris, SCHOOL, Role.AGENCY_LEAD, by=c.idris),
        c.chain.admit(c.eve, SCHOOL, Role.FRONTLINE, by=c.idris),
    ),
    "end of an admission by a retired key": lambda c: (
        c.chain.retire(c.idris, by=c.anke),
        c.chain.end(c.maud, SCHOOL, Role.FRONTLINE, by=c.idris),
    ),
}


@pytest.mark.parametrize("what", FORGED_KEYS)
def test_what_a_retired_key_or_a_leaver_says_is_refused(city: City, what: str) -> None:
    FORGED_KEYS[what](city)
    refused(city.chain)


def test_ended_admission_is_believed_and_may_begin_again(city: City) -> None:
    city.chain.end(city.maud, SCHOOL, Role.FRONTLINE, by=city.idris)
    directory = city.chain.verified()
    assert directory.admissions[city.maud.id.hex] == set()
    assert directory.counts(city.maud.id), "the key itself still counts"
    city.chain.admit(city.maud, SCHOOL, Role.FRONTLINE, by=city.idris)
    assert city.chain.verified().admissions[city.maud.id.hex]


def test_one_admission_ends_and_the_others_stay(city: City) -> None:
    city.chain.admit(city.maud, SCHOOL, Role.AGENCY_LEAD, by=city.anke)
    city.chain.admit(city.maud, POLICE, Role.FRONTLINE, by=city.rolf)
    city.chain.end(city.maud, SCHOOL, Role.FRONTLINE, by=city.idris)
    assert city.chain.verified().admissions[city.maud.id.hex] == {
        (SCHOOL.hex, Role.AGENCY_LEAD.value),
        (POLICE.hex, Role.FRONTLINE.value),
    }


LEAD, FRONT = Role.AGENCY_LEAD, Role.FRONTLINE
WRONG_ENDS: dict[str, Callable[[City], object]] = {
    "what never began": lambda c: c.chain.end(c.eve, SCHOOL, FRONT, by=c.idris),
    "another role": lambda c: c.chain.end(c.maud, SCHOOL, LEAD, by=c.idris),
    "another agency": lambda c: c.chain.end(c.maud, POLICE, FRONT, by=c.rolf),
    "twice": lambda c: (
        c.chain.end(c.maud, SCHOOL, FRONT, by=c.idris),
        c.chain.end(c.maud, SCHOOL, FRONT, by=c.idris),
    ),
    "of a retired key": lambda c: (
        c.chain.retire(c.maud, by=c.idris),
        c.chain.end(c.maud, SCHOOL, FRONT, by=c.idris),
    ),
    "of an unknown key": lambda c: c.chain.end(new_keys(), SCHOOL, FRONT, by=c.idris),
    "with another user": lambda c: c.chain.end(
        c.maud, SCHOOL, FRONT, by=c.idris, user=c.rolf.user_id.hex
    ),
    "by the lead of another agency": lambda c: c.chain.end(c.maud, SCHOOL, FRONT, by=c.rolf),
    "by a colleague": lambda c: c.chain.end(c.idris, SCHOOL, LEAD, by=c.maud),
    "by a lead at the office": lambda c: (
        admit_office_lead(c),
        c.chain.end(c.anke, OFFICE, Role.COORDINATOR, by=c.rolf),
    ),
    "no zone in the time": lambda c: c.chain.end(
        c.maud, SCHOOL, FRONT, by=c.idris, at="2026-11-20T12:00:00"
    ),
    "no role": lambda c: c.chain.say(
        StatementKind.ADMISSION_ENDED,
        c.idris,
        {"member_key": c.maud.id.hex, "user": c.maud.user_id.hex, "agency": SCHOOL.hex},
    ),
}


@pytest.mark.parametrize("what", WRONG_ENDS)
def test_end_of_an_admission_that_is_not_so_is_refused(city: City, what: str) -> None:
    WRONG_ENDS[what](city)
    refused(city.chain)


def test_retired_key_vouches_for_what_it_signed_before_and_nothing_after(city: City) -> None:
    city.chain.retire(city.maud, by=city.idris)
    directory = city.chain.verified()
    assert directory.signing_key(city.maud.id, at=BEFORE) == city.maud.sign_public
    for at in (NOON, LATER):
        with pytest.raises(DirectoryForged):
            directory.signing_key(city.maud.id, at=at)
    with pytest.raises(DirectoryForged):
        directory.signing_key(new_keys().id, at=BEFORE)


@pytest.mark.parametrize("how", ["end", "retire", "end, then retire"])
def test_coordinator_vouches_until_the_end_and_not_after(city: City, how: str) -> None:
    city.chain.admit(city.eve, OFFICE, Role.COORDINATOR, by=city.anke)
    assert city.chain.verified().coordinated(city.anke.id, at=LATER)
    if how != "retire":
        city.chain.end(city.anke, OFFICE, Role.COORDINATOR, by=city.eve)
    if how != "end":
        at = NOON if how == "retire" else LATER
        city.chain.retire(city.anke, by=city.eve, at=at.isoformat())
    directory = city.chain.verified()
    assert directory.coordinated(city.anke.id, at=BEFORE)
    assert not directory.coordinated(city.anke.id, at=NOON)
    assert not directory.coordinated(city.anke.id, at=LATER)


@pytest.mark.parametrize("who", ["idris", "maud", "rolf", "eve"])
def test_others_never_coordinated(city: City, who: str) -> None:
    """Neither a lead nor somebody whose end at another place is stated."""
    city.chain.admit(city.eve, SCHOOL, Role.COORDINATOR, by=city.idris)
    city.chain.end(city.eve, SCHOOL, Role.COORDINATOR, by=city.idris)
    directory = city.chain.verified()
    assert not directory.coordinated(getattr(city, who).id, at=BEFORE)
