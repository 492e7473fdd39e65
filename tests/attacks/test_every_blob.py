"""Every kind of stored bytes against every way to change them: nothing changed passes as genuine.

The table must name each binary column of the schema. A model that gets a new one fails here until
somebody says how it is opened, or which test elsewhere tries it.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, transaction
from django.db.models import BinaryField, Model

from accounts.models import (
    DirectoryStatement,
    JoinLink,
    KeySession,
    KeySlot,
    MemberKey,
    PendingSignIn,
    RecoveryKey,
    RecoveryWrap,
    RingWrap,
)
from accounts.models.member_keys import SlotKind
from audit.events import Event, Outcome
from audit.models import AccessEvent
from casework.choices import ItemKind
from casework.models import (
    Disclosure,
    Draft,
    ItemVersion,
    KeptStep,
    KeptText,
    RecoveryShare,
    Share,
)
from tests.attacks import blob_scene as scenes
from tests.attacks.blob_scene import Scene
from tests.attacks.tampering import CHANGES
from tests.serving import ROOT
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)
Find = Callable[[Scene, int], Model]


@dataclass(frozen=True)
class Kind:
    """Columns of one kind of row, how its first and second row are found, and who opens it.

    `moves` are other columns of the row: the same bytes in another place, version or name.
    """

    columns: tuple[str, ...]
    find: Find
    opening: Callable[[Scene], bool]
    moves: tuple[str, ...] = ()
    logged: bool = False


def _of_item(model: Any, **more: Any) -> Find:
    return lambda scene, n: model.objects.get(item=scene.item(n), **more)


def _of_user(model: Any, **more: Any) -> Find:
    return lambda scene, n: model.objects.get(
        user=scene.world.people[("maud", "rolf")[n]].user, **more
    )


KINDS: Mapping[str, Kind] = {
    "casework.ItemVersion": Kind(
        ("blob", "kid32", "stored_signature"),
        _of_item(ItemVersion),
        scenes.read_item,
        ("stored_by",),
        logged=True,
    ),
    "casework.Share": Kind(
        ("blob",), _of_item(Share, ring_epoch__isnull=False), scenes.read_item, logged=True
    ),
    "casework.Disclosure": Kind(
        ("signature",),
        lambda scene, n: Disclosure.objects.get(
            shares__ring_epoch__isnull=False, item=scene.item(n)
        ),
        scenes.read_item,
        logged=True,
    ),
    "accounts.RingEpoch": Kind(
        ("previous_blob", "kid32", "kem_public"),
        lambda scene, n: scene.epoch(n),
        scenes.read_item,
        logged=True,
    ),
    "accounts.RingWrap": Kind(
        ("blob",),
        lambda scene, n: RingWrap.objects.get(epoch=scene.epoch(n)),
        scenes.read_item,
        logged=True,
    ),
    "casework.Draft": Kind(
        ("blob", "wrap", "kid32"),
        lambda scene, n: Draft.objects.get(pk=scene.drafts[n]),
        scenes.read_draft,
        ("saves",),
        logged=True,
    ),
    "casework.KeptStep": Kind(
        ("blob", "wrap", "kid32"),
        lambda scene, n: KeptStep.objects.get(draft=scene.drafts[n]),
        scenes.read_draft,
        ("step",),
        logged=True,
    ),
    "casework.KeptText": Kind(
        ("blob", "wrap", "kid32"),
        lambda scene, n: KeptText.objects.get(object_id=scene.referrals[n]),
        scenes.read_kept,
        logged=True,
    ),
    "accounts.KeySlot": Kind(
        ("blob", "salt", "verifier"),
        _of_user(KeySlot, kind=SlotKind.PASSWORD),
        scenes.sign_in,
        ("time_cost", "memory_kib", "lanes"),
    ),
    "accounts.KeySlot of a passkey": Kind(
        ("credential", "blob", "verifier"),
        _of_user(KeySlot, kind=SlotKind.PASSKEY),
        scenes.touch_passkey,
    ),
    "accounts.KeySession": Kind(
        ("lookup", "blob"), _of_user(KeySession), scenes.use_session, ("session_ref",)
    ),
    "accounts.PendingSignIn": Kind(
        ("lookup", "blob"),
        lambda scene, n: PendingSignIn.objects.get(
            slot__user=scene.world.people[("maud", "rolf")[n]].user
        ),
        scenes.finish_sign_in,
    ),
    "accounts.JoinLink": Kind(
        ("token_digest",),
        lambda _scene, n: JoinLink.objects.get(user__name=("two", "one")[n]),
        scenes.follow_link,
    ),
    "accounts.DirectoryStatement": Kind(
        ("body", "signature"),
        lambda _scene, n: DirectoryStatement.objects.get(seq=(5, 6)[n]),
        scenes.read_directory,
    ),
    "accounts.DirectoryStatement, the last": Kind(
        ("digest",),
        lambda _scene, n: DirectoryStatement.objects.order_by("-seq")[n],
        scenes.add_statement,
    ),
    "accounts.MemberKey": Kind(
        ("kem_public",),
        lambda scene, n: MemberKey.objects.get(pk=scene.world.people[("sofia", "rolf")[n]].keys.id),
        scenes.seal_to_person,
    ),
    "accounts.RecoveryKey": Kind(
        ("kem_public",),
        lambda scene, n: (RecoveryKey.objects.get(), scene.epoch())[n],
        scenes.seal_to_recovery,
    ),
    "accounts.RecoveryWrap": Kind(
        ("blob",),
        lambda scene, n: RecoveryWrap.objects.get(epoch=scene.epoch(n)),
        scenes.recover_ring,
    ),
    "casework.RecoveryShare": Kind(
        ("blob",),
        lambda scene, n: RecoveryShare.objects.get(item=scene.item(n, ItemKind.SOURCE)),
        scenes.recover_item,
        ("version",),
    ),
}

# Tried by a test of its own, which must be there.
ELSEWHERE: Mapping[str, str] = {
    "accounts.RecoveryGrant.result": "tests/attacks/test_recovery_lies.py::"
    "test_result_that_was_changed_in_the_database_is_not_taken",
    "casework.Screening.signature": "tests/casework/test_signed_codes.py::"
    "test_changed_answer_is_never_shown_as_genuine",
    "casework.ScreeningView.signature": "tests/casework/test_signed_codes.py::"
    "test_changed_view_stops_the_decision_and_is_in_the_log",
    **dict.fromkeys(
        (f"audit.AccessEvent.{name}" for name in ("tag", "detail_digest", "detail", "event_hash")),
        "tests/audit/test_triggers.py::test_change_is_refused",
    ),
}
# Kept for the evidence or shown as words to compare; nothing is opened or believed by it.
BELIEVED_BY_NOBODY = frozenset(
    {"casework.Referral.countersignature", "accounts.MemberKey.sign_public"}
)


@pytest.fixture
def scene(world: World) -> Scene:
    """Everything that the product stores, twice."""
    return scenes.build(world)


def test_table_names_every_binary_column() -> None:
    columns = {
        f"{model._meta.label}.{each.name}"
        for model in apps.get_models()
        for each in model._meta.get_fields()
        if isinstance(each, BinaryField)
    }
    mine = {
        f"{re.split('[, ]', name)[0]}.{column}"
        for name, kind in KINDS.items()
        for column in kind.columns
    }
    assert mine.isdisjoint(ELSEWHERE)
    assert columns == mine | set(ELSEWHERE) | BELIEVED_BY_NOBODY


@pytest.mark.parametrize("column", ELSEWHERE)
def test_test_that_is_named_is_there(column: str) -> None:
    path, name = ELSEWHERE[column].split("::")
    assert f"def {name}(" in (ROOT / path).read_text(encoding="utf-8")


def forged_events() -> int:
    rows = AccessEvent.objects.filter(action=Event.ITEM_FORGED.value, outcome=Outcome.REFUSED)
    return rows.count()


def put(row: Model, **values: object) -> bool:
    """What somebody who writes the database does; False where the table itself refuses it."""
    try:
        with transaction.atomic():
            type(row)._default_manager.filter(pk=row.pk).update(**values)
    except IntegrityError:
        return False
    return True


def try_it(scene: Scene, kind: Kind, row: Model, change: str, **values: object) -> None:
    """The row is changed, opened, and put back."""
    kept = {name: getattr(row, name) for name in values}
    before = forged_events()
    if not put(row, **values):
        return
    assert not scenes.genuine(scene, kind.opening), f"{change} passes as genuine"
    assert forged_events() == before + kind.logged, f"{change} is not in the log"
    put(row, **kept)


CASES = [(name, column) for name, kind in KINDS.items() for column in kind.columns]


@pytest.mark.parametrize(("name", "column"), CASES)
def test_changed_bytes_are_never_genuine(scene: Scene, name: str, column: str) -> None:
    kind = KINDS[name]
    row, second = kind.find(scene, 0), kind.find(scene, 1)
    blob, other = bytes(getattr(row, column)), bytes(getattr(second, column))
    assert blob != other
    assert scenes.genuine(scene, kind.opening), "it opens before anybody touches it"
    for change, make in CHANGES.items():
        changed = make(blob, other)
        if changed != blob:
            try_it(scene, kind, row, change, **{column: changed})
    assert scenes.genuine(scene, kind.opening), "it opens again when it is put back"


MOVES = [(name, column) for name, kind in KINDS.items() for column in kind.moves]


@pytest.mark.parametrize(("name", "column"), MOVES)
def test_same_bytes_in_another_place_are_never_genuine(
    scene: Scene, name: str, column: str
) -> None:
    kind = KINDS[name]
    row = kind.find(scene, 0)
    value = getattr(row, column)
    assert scenes.genuine(scene, kind.opening)
    if isinstance(value, int):
        changed: object = value + 1
    else:
        changed = "consent" if isinstance(value, str) else scene.referrals[1]
    try_it(scene, kind, row, column, **{column: changed})
    assert scenes.genuine(scene, kind.opening)
