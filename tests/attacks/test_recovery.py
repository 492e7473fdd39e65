"""Recovery is the one way around every lock: what one custodian, a thief or a liar gets by it."""

import os
from pathlib import Path
from uuid import UUID

import pytest
from django.conf import settings

from accounts.errors import KeyFault
from accounts.keys import kem, recovery
from accounts.keys.recovery import Founded
from accounts.keys.wrapping import commitment
from accounts.models import (
    RecoveryKey,
)
from casework import access
from casework.choices import BarSource, CaseRoleKind, Compartment
from casework.models import Case, CaseRole, Item, RecoveryShare, Share
from casework.services.open_item import open_part
from casework.services.take_in import acknowledge
from tests.attacks.locks import Wrap, pair_of, wraps
from tests.attacks.loot import read_database
from tests.attacks.test_stolen_database import Loot, copy_sqlite, dump_postgresql
from tests.ceremonies import (
    custodian,
    founded_by,
    founded_everywhere,
    lose_desk,
    newcomer,
    opened_for,
    recover,
)
from tests.decrypting import opened_items
from tests.referrals import ANSWERS, case_of, send
from tests.world import Person, World

pytestmark = pytest.mark.django_db(transaction=True)
SECRET_PLACE = {**ANSWERS, "protected_address": "the house behind the mill"}


@pytest.fixture
def founded(world: World) -> Founded:
    """Recovery keys to which every desk is sealed."""
    return founded_everywhere(world)


def stolen(folder: Path) -> Loot:
    """The database as a thief copies it."""
    database = folder / "stolen"
    source = settings.DATABASES["default"]
    if "sqlite" in source["ENGINE"]:
        copy_sqlite(Path(str(source["NAME"])), database)
    else:
        dump_postgresql(database)
    secrets = folder / "settings.env"
    secrets.write_text(f"CONFER_SECRET_KEY={settings.SECRET_KEY}\n", encoding="utf-8")
    return Loot(database, secrets)


def seeds_of(founded: Founded, index: int) -> tuple[bytes, bytes]:
    opened = custodian(founded, index)
    return opened.private.seed, opened.sign_seed


def test_server_keeper_and_one_file_open_nothing(
    world: World, founded: Founded, tmp_path: Path
) -> None:
    """The hosting administrator has it all but a second custodian, and no phrase."""
    acknowledge(actor=world.anke.actor, referral_id=send(world))
    loot = stolen(tmp_path)
    with loot.settings.open("a", encoding="utf-8") as file:
        file.write(f"CONFER_FILE={founded.files[0].decode()}\n")
        for seed in seeds_of(founded, 0):
            file.write(f"CONFER_SEED={seed.hex()}\n")
    report = loot.attack("--keeper", str(settings.KEEPER_PATH))
    assert report.counts[1] == 0, report.text
    assert "no place known" not in report.text


@pytest.mark.parametrize("index", range(3))
def test_one_custodian_with_the_whole_database_opens_nothing(
    world: World, founded: Founded, tmp_path: Path, index: int
) -> None:
    """Their own layer of the nesting opens; what is inside is closed to them."""
    send(world)
    tables = read_database(stolen(tmp_path).database)
    pair = pair_of(seeds_of(founded, index)[0])
    assert not [wrap.name for wrap in wraps(tables) if wrap.open(pair) is not None]
    about, opened = founded.about, []
    for number, (places, nested) in enumerate(zip(recovery.PAIRS, about.nested, strict=True)):
        context = about.recovery.bytes + bytes(places)
        inner = Wrap("outer", nested.outer, context, nested.kid32).open(pair)
        if inner is not None:
            opened.append(number)
            assert Wrap("inner", inner, context, about.kid32).open(pair) is None
            assert commitment(inner) != about.kid32
    assert opened == [n for n, places in enumerate(recovery.PAIRS) if places[0] == index]


def test_seed_is_stored_nowhere(founded: Founded, tmp_path: Path) -> None:
    seed = recovery.open_seed(custodian(founded, 0), custodian(founded, 1)).seed
    loot = stolen(tmp_path)
    for path in (loot.database, Path(settings.KEEPER_PATH)):
        data = path.read_bytes()
        assert seed not in data
        assert seed.hex().encode() not in data.lower()


@pytest.mark.parametrize("agency", ["office", "school", "police"])
def test_lost_agencys_items_open_for_the_new_lead_and_nobody_else(
    world: World, founded: Founded, agency: str
) -> None:
    """Through rings and by name: what is taken in, what lies at the desk, a protected place."""
    world.partnership.protected_place_custodians.add(world.rolf.membership)
    acknowledge(actor=world.anke.actor, referral_id=send(world, answers=SECRET_PLACE))
    send(world)
    send(world, through_lead=True)
    lost = {"office": world.anke, "school": world.idris, "police": world.rolf}[agency]
    wanted, readable = set(opened_items(lost.keys)), readable_by(lost)
    assert readable
    assert readable <= wanted
    lose_desk(world, agency)
    before = {name: set(opened_items(each.keys)) for name, each in world.people.items()}
    vera = newcomer(world, agency)
    assert opened_items(vera.keys) == {}
    recover(founded, vera)
    assert set(opened_items(vera.keys)) == wanted
    assert readable_by(vera) == readable
    for name, items in before.items():
        assert set(opened_items(world.people[name].keys)) == items, name


def readable_by(person: Person) -> set[UUID]:
    """What somebody can read in their first hat, by role and by key."""
    return set(access.readable(person.actor).values_list("pk", flat=True))


def test_new_lead_reads_what_was_recovered(world: World, founded: Founded) -> None:
    referral = send(world)
    acknowledge(actor=world.anke.actor, referral_id=referral)
    lose_desk(world, "office")
    vera = newcomer(world, "office")
    recover(founded, vera)
    opened = open_part(actor=vera.actor, case_id=case_of(referral), compartment=Compartment.C2)
    assert opened
    assert opened[0].body["what_happened"] == ANSWERS["what_happened"]
    names = open_part(actor=vera.actor, case_id=case_of(referral), compartment=Compartment.C11)
    assert names[0].body["author_name"] == "Maud Terrel"


def test_barred_new_lead_gets_no_key_of_that_case(world: World, founded: Founded) -> None:
    """The bar falls on the case's ring and its items by name alike."""
    referral = send(world)
    acknowledge(actor=world.anke.actor, referral_id=referral)
    other = send(world)
    acknowledge(actor=world.anke.actor, referral_id=other)
    lose_desk(world, "office")
    vera = newcomer(world, "office")
    case = Case.objects.get(pk=case_of(referral))
    access.bar(case=case, user_id=vera.user.pk, source=BarSource.REFERRER)
    recover(founded, vera)
    allowed = set(Item.objects.filter(case_id=case_of(other)).values_list("pk", flat=True))
    assert set(opened_items(vera.keys)) == allowed
    assert not CaseRole.every.filter(content_object=case, user=vera.user).exists()


def test_authors_own_copies_are_no_part_of_recovery(world: World, founded: Founded) -> None:
    """Drafts are gone, and nobody succeeds an author: a lead does not read colleagues' letters."""
    send(world)
    lose_desk(world, "school")
    vera = newcomer(world, "school")
    recover(founded, vera)
    assert opened_items(vera.keys) == {}
    assert not CaseRole.every.filter(user=vera.user).exists()


def test_named_items_only_are_sealed_to_recovery_by_name(world: World, founded: Founded) -> None:
    world.partnership.protected_place_custodians.add(world.rolf.membership)
    referral = send(world, answers=SECRET_PLACE)
    parts = RecoveryShare.objects.values_list("item__compartment", flat=True)
    assert set(parts) == {Compartment.C10}
    acknowledge(actor=world.anke.actor, referral_id=referral)
    assert set(parts.all()) == {Compartment.C10, Compartment.C11}
    assert founded.about.recovery in set(
        RecoveryShare.objects.values_list("recovery_key_id", flat=True)
    )
    for item in Item.objects.filter(case_id=case_of(referral)):
        on_ring = Share.objects.filter(item=item, ring__isnull=False).exists()
        assert item.recovery_shares.exists() is not on_ring


def test_items_before_the_founding_are_sealed_when_they_are_opened(world: World) -> None:
    referral = send(world)
    acknowledge(actor=world.anke.actor, referral_id=referral)
    founded = founded_by(world)
    assert not RecoveryShare.objects.exists()
    case_id = case_of(referral)
    open_part(actor=world.maud.actor, case_id=case_id, compartment=Compartment.C11)
    (share,) = RecoveryShare.objects.all()
    assert share.item.compartment == Compartment.C11
    open_part(actor=world.anke.actor, case_id=case_id, compartment=Compartment.C2)
    assert RecoveryShare.objects.count() == 1
    lose_desk(world, "office")
    vera = newcomer(world, "office")
    result = opened_for(founded, vera)
    assert [each.item for each in result.items] == [share.item_id]


def test_substituted_recovery_key_gets_no_item(world: World, founded: Founded) -> None:
    stranger = kem.private_from_seed(os.urandom(32)).public
    world.partnership.protected_place_custodians.add(world.rolf.membership)
    RecoveryKey.objects.filter(pk=founded.about.recovery).update(kem_public=stranger)
    with pytest.raises(KeyFault):
        send(world, answers=SECRET_PLACE)
    assert not RecoveryShare.objects.exists()
    assert not Case.objects.exists()


def test_new_lead_takes_over_no_screening_and_no_other_agencys_roles(
    world: World, founded: Founded
) -> None:
    send(world, through_lead=True)
    lose_desk(world, "school")
    vera = newcomer(world, "school")
    recover(founded, vera)
    kinds = set(
        CaseRole.every.filter(user=vera.user).values_list("permission__codename", flat=True)
    )
    assert kinds == {CaseRoleKind.CHECKER.value}
