"""Who can read which part at each stage of a referral: the whole cast, by rule and by key.

READS is what `access.readable` must say; KEYS is what the keys of each person really open. Nobody
who is not in a row reads or opens anything. Every difference between the two has one reason in
HELD_BY_RULE: need to know is held by keys, and by rules only where these say so.
"""

from uuid import UUID

import pytest

from casework import access
from casework.access_matrix import Act
from casework.choices import CaseRoleKind, Compartment
from casework.errors import AccessDenied
from casework.models import Item
from casework.services.open_item import open_item, open_part
from casework.services.unsealing import Vouched
from tests.casework.stages import STAGES, Hatted, everybody, guardians_cases, name_custodian
from tests.decrypting import opened_items
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)

OWN = "C1 C2 C10 C11 C12 C15"
DESK = "C1 C2 C11 C12 C15"
CHECK = "C1 C2 C12"
CONCERN = "C2"
PLACE = "C10"

READS: dict[str, dict[str, str]] = {
    "draft": {},
    "agency check": {"maud": OWN, "idris": CHECK, "lena": PLACE},
    "after the check": {"maud": OWN, "idris": CHECK, "anke": DESK, "lena": PLACE},
    "not pursued": {"maud": OWN, "idris": CHECK, "lena": PLACE},
    "past the lead": {"maud": OWN, "anke": DESK, "lena": PLACE},
    "sent without check": {"maud": OWN, "anke": DESK, "lena": PLACE},
    "urgent": {"maud": OWN, "idris": CHECK, "anke": DESK, "deputy": DESK, "lena": PLACE},
    "returned": {"maud": OWN, "anke": DESK, "lena": PLACE},
    "withdrawn": {"maud": OWN},
    "acknowledged": {"maud": OWN, "idris": CHECK, "anke": DESK, "lena": PLACE},
    "with second screener": {
        "maud": OWN,
        "idris": CHECK,
        "anke": DESK,
        "sofia": CONCERN,
        "lena": PLACE,
    },
    "decided": {"anke": DESK, "lena": PLACE},
    "deputy and lead barred": {"maud": OWN, "anke": DESK, "lena": PLACE},
}

# Where keys open more than the rule lets read: person -> parts, and the one reason.
NOT_YET = "role_not_yet"
NO_ROLE = "no_role"
HELD_BY_RULE: dict[str, dict[str, tuple[str, str]]] = {
    "agency check": {"anke": (DESK, NOT_YET), "deputy": (DESK, NOT_YET)},
    "after the check": {"deputy": (DESK, NOT_YET)},
    "not pursued": {"anke": (DESK, NO_ROLE), "deputy": (DESK, NO_ROLE)},
    "past the lead": {"deputy": (DESK, NOT_YET)},
    "sent without check": {"deputy": (DESK, NOT_YET)},
    "returned": {"deputy": (DESK, NOT_YET)},
    "acknowledged": {"deputy": (DESK, NOT_YET)},
    "with second screener": {"deputy": (DESK, NOT_YET)},
    "decided": {"deputy": (DESK, NOT_YET)},
}


def parts(item_ids: set[UUID]) -> str:
    """The parts of these items, which must be whole: one item of a part means all of it."""
    found = set()
    for code in Compartment.values:
        whole = set(Item.objects.filter(compartment=code).values_list("pk", flat=True))
        assert not whole & item_ids or whole <= item_ids, f"{code} in pieces"
        if whole & item_ids:
            found.add(code)
    return " ".join(sorted(found, key=lambda code: int(code[1:])))


def readable(hatted: Hatted) -> set[UUID]:
    return set(access.readable(hatted.actor).values_list("pk", flat=True))


@pytest.mark.parametrize("stage", STAGES)
def test_who_reads_what(world: World, stage: str) -> None:
    name_custodian(world)
    STAGES[stage](world)
    cast = list(everybody(world))
    rule = {each.name: readable(each) for each in cast}
    assert {name: parts(items) for name, items in rule.items() if items} == READS[stage]

    rows = access.readers_of(Item.objects.all())
    other_side = {(row.hat_id, row.item_id) for row in rows}
    assert other_side == {(each.hat.pk, item) for each in cast for item in rule[each.name]}
    assert {row.user_id for row in rows} == {each.hat.user_id for each in cast if rule[each.name]}
    guardian_is_not_wider(cast)


def guardian_is_not_wider(cast: list[Hatted]) -> None:
    """Asked for a person, over all their hats together: not one case more than `access` shows."""
    visible: dict[UUID, set[UUID]] = {}
    for each in cast:
        mine = access.visible_cases(each.actor, CaseRoleKind)
        visible.setdefault(each.hat.user_id, set()).update(mine)
    for each in cast:
        assert guardians_cases(each) <= visible[each.hat.user_id], each.name
        for kind in CaseRoleKind:
            assert guardians_cases(each, [kind]) <= visible[each.hat.user_id], each.name


@pytest.mark.parametrize("stage", STAGES)
def test_whose_keys_open_what(world: World, stage: str) -> None:
    name_custodian(world)
    STAGES[stage](world)
    cast = list(everybody(world))
    more = HELD_BY_RULE.get(stage, {})
    case = Item.objects.values_list("case_id", flat=True).first()
    for each in cast:
        rule, keys = readable(each), set(opened_items(each.person.keys))
        assert rule <= keys, f"{each.name} may read what no key opens"
        if each.name == "noor":
            continue  # the same keys under her other hat: the deputy's row says what they open
        extra, reason = more.get(each.name, ("", ""))
        assert parts(keys - rule) == extra, each.name
        if extra and case is not None:
            decision = access.decide(each.actor, Act.ACKNOWLEDGE, case)
            assert (decision.allowed, decision.reason) == (False, reason), each.name


@pytest.mark.parametrize("stage", ["agency check", "acknowledged", "with second screener"])
def test_opening_gives_what_the_table_says_and_nothing_else(world: World, stage: str) -> None:
    """By the act itself: each person in each hat tries each part and each item."""
    name_custodian(world)
    STAGES[stage](world)
    case_id = Item.objects.values_list("case_id", flat=True)[0]
    items = dict(Item.objects.values_list("pk", "compartment"))
    for each in everybody(world):
        allowed = READS[stage].get(each.name, "").split()
        for part in sorted(set(items.values())):
            ask = {"actor": each.actor, "case_id": case_id, "compartment": Compartment(part)}
            if part in allowed:
                opened = open_part(**ask, purpose="safety")  # type: ignore[arg-type]
                assert all(text.body for text in opened)
                assert Vouched.FORGED not in {text.vouched for text in opened}
            else:
                with pytest.raises(AccessDenied):
                    open_part(**ask, purpose="safety")  # type: ignore[arg-type]
        for item_id, part in items.items():
            if part not in allowed:
                with pytest.raises(AccessDenied):
                    open_item(actor=each.actor, item_id=item_id, purpose="safety")


def test_every_stage_has_a_row() -> None:
    assert set(READS) == set(STAGES) >= set(HELD_BY_RULE)
