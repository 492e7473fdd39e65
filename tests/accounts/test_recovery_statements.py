"""What the directory believes of recovery: every way to forge a key or a use, refused."""

import os
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest

from accounts.errors import DirectoryForged
from accounts.keys.ceremony import Lead, Result, SealedItem, SealedRing
from accounts.keys.member import MemberKeys
from accounts.keys.recovery_statements import items_digest, key_message, use_message
from accounts.keys.signing import SignedAs, sign, sign_public
from accounts.keys.statements import Statement, StatementKind
from accounts.roles import Role
from tests.accounts.chains import OFFICE, POLICE, SCHOOL, Partnership, new_keys


@dataclass
class City(Partnership):
    """An honest directory with recovery keys, and Vera, whom nobody let in yet."""

    seeds: list[bytes] = field(default_factory=lambda: [os.urandom(32) for _ in range(3)])
    recovery: UUID = field(default_factory=uuid.uuid4)
    vera: MemberKeys = field(default_factory=new_keys)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.chain.join(self.vera)

    def found(self, *, by: MemberKeys | None = None, **changes: Any) -> Statement:
        """Somebody states recovery keys with these custodians' signatures."""
        names = ("Lena", "Claire", "Adler")
        fields = {
            "recovery": self.recovery.hex,
            "number": 1,
            "kem": os.urandom(32).hex(),
            "custodians": [
                {"name": name, "sign": sign_public(seed).hex()}
                for name, seed in zip(names, self.seeds, strict=True)
            ],
            **changes,
        }
        message = key_message(fields)
        signed = [sign(seed, SignedAs.CUSTODIAN, message).hex() for seed in self.seeds]
        return self.chain.say(
            StatementKind.RECOVERY_KEY, by or self.anke, {"signatures": signed, **fields}
        )

    def use(
        self,
        *,
        by: MemberKeys | None = None,
        signers: tuple[int, ...] = (0, 1),
        after: Callable[[dict[str, Any]], dict[str, Any]] = dict,
        **changes: Any,
    ) -> Statement:
        """Vera states what two custodians signed; `after` changes what they have signed."""
        fields = {
            "bundle": uuid.uuid4().hex,
            "recovery": self.recovery.hex,
            "user": self.vera.user_id.hex,
            "member_key": self.vera.id.hex,
            "agency": SCHOOL.hex,
            "role": Role.AGENCY_LEAD.value,
            "epochs": [self.chain.statements[7].fields["epoch"]],
            "items": items_digest([]),
            **changes,
        }
        message = use_message(fields)
        signed = [sign(self.seeds[n], SignedAs.RECOVERY, message).hex() for n in signers]
        said = {**fields, "custodians": list(signers), "signatures": signed}
        return self.chain.say(StatementKind.RECOVERY_USED, by or self.vera, after(said))


@pytest.fixture
def city() -> City:
    return City()


@pytest.fixture
def founded(city: City) -> City:
    city.found()
    return city


def refused(city: City) -> None:
    """All but the last statement are good, and the last one is not."""
    last = city.chain.statements.pop()
    directory = city.chain.verified()
    before = (directory.seq, directory.head, directory.recovery, dict(directory.admissions))
    with pytest.raises(DirectoryForged):
        directory.add(last)
    after = (directory.seq, directory.head, directory.recovery, dict(directory.admissions))
    assert before == after


def test_honest_recovery_key_is_believed(founded: City) -> None:
    stated = founded.chain.verified().recovery
    assert stated is not None
    assert (stated.id, stated.number) == (founded.recovery.hex, 1)
    assert [name for name, _key in stated.custodians] == ["Lena", "Claire", "Adler"]


@pytest.mark.parametrize("who", ["idris", "maud", "rolf", "vera"])
def test_only_a_coordinator_states_a_recovery_key(city: City, who: str) -> None:
    city.found(by=getattr(city, who))
    refused(city)


@pytest.mark.parametrize("number", [0, 2, "1", True, None])
def test_recovery_keys_are_numbered_from_one(city: City, number: object) -> None:
    city.found(number=number)
    refused(city)


def test_next_recovery_key_replaces_the_last(founded: City) -> None:
    newer = uuid.uuid4()
    founded.found(recovery=newer.hex, number=2)
    stated = founded.chain.verified().recovery
    assert stated is not None
    assert stated.id == newer.hex
    founded.use()
    refused(founded)


def test_every_custodian_must_have_signed(city: City) -> None:
    good = city.found().fields["signatures"]
    city.chain.statements.pop()
    for signatures in (good[:2], [*good[:2], good[0]], [*good, good[0]], [], ["", "", ""]):
        city.found(signatures=signatures)
        refused(city)


def test_custodians_are_three_different_keys(city: City) -> None:
    city.seeds[1] = city.seeds[0]
    city.found()
    refused(city)


@pytest.mark.parametrize("word", ["recovery", "kem", "custodians"])
def test_custodians_signed_exactly_this_key(city: City, word: str) -> None:
    honest = city.found().fields
    city.chain.statements.pop()
    other = {"recovery": uuid.uuid4().hex, "kem": os.urandom(32).hex()}
    other["custodians"] = honest["custodians"][::-1]
    fields = {name: honest[name] for name in ("recovery", "number", "kem", "custodians")}
    fields |= {"signatures": honest["signatures"], word: other[word]}
    city.chain.say(StatementKind.RECOVERY_KEY, city.anke, fields)
    refused(city)


@pytest.mark.parametrize("signers", [(0, 1), (0, 2), (1, 2)])
def test_any_two_custodians_let_the_new_lead_in(founded: City, signers: tuple[int, int]) -> None:
    founded.use(signers=signers)
    directory = founded.chain.verified()
    assert directory.admissions[founded.vera.id.hex] == {(SCHOOL.hex, Role.AGENCY_LEAD.value)}
    founded.chain.epoch(SCHOOL, by=founded.vera, ring=founded.desk, number=2)
    founded.chain.verified()


def test_office_without_anybody_gets_its_coordinator_back(founded: City) -> None:
    founded.use(agency=OFFICE.hex, role=Role.COORDINATOR.value, epochs=[])
    newcomer = new_keys()
    founded.chain.join(newcomer)
    founded.chain.admit(newcomer, POLICE, Role.AGENCY_LEAD, by=founded.vera)
    assert newcomer.id.hex in founded.chain.verified().admissions


@pytest.mark.parametrize("signers", [(), (0,), (0, 0), (1, 0), (0, 1, 2)])
def test_two_different_custodians_are_needed(founded: City, signers: tuple[int, ...]) -> None:
    founded.use(signers=signers)
    refused(founded)


@pytest.mark.parametrize(
    "custodians", [[0, 3], [-1, 1], [0, True], ["0", "1"], [0, 2], [1, 2], "01"]
)
def test_signatures_are_those_of_the_named_custodians(founded: City, custodians: object) -> None:
    founded.use(after=lambda said: {**said, "custodians": custodians})
    refused(founded)


CHANGES: dict[str, object] = {
    "bundle": uuid.UUID(int=7).hex,
    "user": uuid.UUID(int=7).hex,
    "agency": POLICE.hex,
    "role": Role.FRONTLINE.value,
    "epochs": [],
    "items": items_digest([(uuid.UUID(int=7), 1)]),
}


@pytest.mark.parametrize("word", sorted(CHANGES))
def test_custodians_signed_exactly_this_use(founded: City, word: str) -> None:
    founded.use(after=lambda said: {**said, word: CHANGES[word]})
    refused(founded)


def test_use_of_another_recovery_key_is_refused(founded: City) -> None:
    founded.use(recovery=uuid.uuid4().hex)
    refused(founded)


def test_use_without_any_recovery_key_is_refused(city: City) -> None:
    city.use()
    refused(city)


def test_bundle_is_used_once(founded: City) -> None:
    bundle = founded.use().fields["bundle"]
    founded.use(bundle=bundle)
    refused(founded)


@pytest.mark.parametrize("who", ["anke", "idris", "maud"])
def test_only_the_new_lead_states_the_use(founded: City, who: str) -> None:
    founded.use(by=getattr(founded, who))
    refused(founded)


def test_key_of_somebody_else_is_not_let_in(founded: City) -> None:
    founded.use(user=founded.maud.user_id.hex)
    refused(founded)


@pytest.mark.parametrize(
    ("agency", "role"),
    [
        (SCHOOL, Role.COORDINATOR),
        (SCHOOL, Role.FRONTLINE),
        (OFFICE, Role.AGENCY_LEAD),
        (OFFICE, Role.CHAIR),
    ],
)
def test_recovery_gives_no_other_role(founded: City, agency: UUID, role: Role) -> None:
    founded.use(agency=agency.hex, role=role.value, epochs=[])
    refused(founded)


@pytest.mark.parametrize("epochs", [["0" * 32], None, "none", [7]])
def test_ring_that_nobody_stated_is_refused(founded: City, epochs: object) -> None:
    founded.use(epochs=epochs)
    refused(founded)


def test_ring_of_another_agency_is_refused(founded: City) -> None:
    founded.use(agency=POLICE.hex)
    refused(founded)


def test_retired_key_is_not_let_in(founded: City) -> None:
    at = "2026-11-20T10:00:00+00:00"
    said = {"member_key": founded.vera.id.hex, "user": founded.vera.user_id.hex, "at": at}
    founded.chain.say(StatementKind.KEY_RETIRED, founded.vera, said)
    founded.use()
    refused(founded)


def test_signatures_of_a_founding_are_none_of_a_use(founded: City) -> None:
    def resigned(said: dict[str, Any]) -> dict[str, Any]:
        message = use_message(said)
        signed = [sign(seed, SignedAs.CUSTODIAN, message).hex() for seed in founded.seeds[:2]]
        return {**said, "signatures": signed}

    founded.use(after=resigned)
    refused(founded)


def test_result_states_what_custodians_signed() -> None:
    ids = [uuid.uuid4() for _ in range(4)]
    lead = Lead(ids[0], ids[1], SCHOOL, Role.AGENCY_LEAD.value)
    rings, items = (SealedRing(ids[2], b"x"),), (SealedItem(ids[3], 2, b"y"),)
    result = Result(uuid.uuid4(), uuid.uuid4(), lead, (0, 2), (b"1", b"2"), rings, items)
    said = result.statement()
    assert said["epochs"] == [ids[2].hex]
    assert said["items"] == items_digest([(ids[3], 2)])
    assert said["custodians"] == [0, 2]
    assert use_message(said) == use_message({**said, "custodians": [1, 2], "signatures": []})


def test_digest_of_items_depends_on_each_and_not_on_their_order() -> None:
    one, other = (uuid.uuid4(), 1), (uuid.uuid4(), 3)
    assert items_digest([one, other]) == items_digest([other, one])
    assert len({items_digest(each) for each in ([], [one], [other], [one, other])}) == 4
    assert items_digest([one]) != items_digest([(one[0], 2)])
