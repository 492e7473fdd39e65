"""One installation with every kind of stored bytes in it, and how the product opens each."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.errors import AccountsError
from accounts.keys import directory, pending, rings, sessions, slots
from accounts.keys.kem import KemPrivate
from accounts.keys.recovery import open_seed
from accounts.keys.recovery_wraps import RingPlace, unwrap_item, unwrap_ring
from accounts.models import (
    KeySlot,
    MemberKey,
    RecoveryWrap,
    Ring,
    RingEpoch,
    RingWrap,
    User,
)
from accounts.models.member_keys import SlotKind
from accounts.models.rings import RingKind
from accounts.roles import Role
from accounts.services.people import NewHat, create_member, find_link, invite, let_in
from casework.choices import DraftKind, ItemKind
from casework.errors import CaseworkError
from casework.models import Item, RecoveryShare
from casework.services.form_tokens import FormClaim
from casework.services.keep_draft import begin_draft, keep_step, open_draft
from casework.services.keep_text import keep_text
from casework.services.open_item import open_item
from casework.services.open_kept import open_kept
from casework.services.take_in import acknowledge
from casework.services.unsealing import Vouched
from tests.ceremonies import custodian, founded_by
from tests.leaving import leave
from tests.referrals import ANSWERS, send
from tests.world import PHRASE, PROGRAM, World

FORM = "referral_detail"
CREDENTIAL = b"a passkey's credential id"
SECRET = bytes(range(32))
_REFUSED = (AccountsError, CaseworkError)


@dataclass
class Scene:
    """The world with two of everything: the first is opened, the second gives bytes to swap."""

    world: World
    referrals: tuple[UUID, UUID]
    drafts: tuple[UUID, UUID]
    session: str
    pending: str
    link: str
    recovery: KemPrivate

    def item(self, number: int = 0, kind: ItemKind = ItemKind.CONCERN) -> Item:
        """One item of a referral."""
        return Item.objects.get(kind=kind, file__referral=self.referrals[number])

    def epoch(self, number: int = 0) -> RingEpoch:
        """The second epoch of a referral's team ring."""
        ring = Ring.objects.get(kind=RingKind.TEAM, case_id=self.item(number).case_id)
        return RingEpoch.objects.get(ring=ring, number=2)


def build(world: World) -> Scene:
    """Referrals on team rings with two epochs, drafts, kept texts, open sessions, recovery."""
    founded = founded_by(world)
    first, second = send(world), send(world)
    for referral_id in (first, second):
        acknowledge(actor=world.anke.actor, referral_id=referral_id)
    leave(world.deputy_hat, by=world.anke.actor, then=world.anke.actor)
    # So the old seed is reached by the new epoch alone.
    RingWrap.objects.filter(epoch__ring__kind=RingKind.TEAM, epoch__number=1).delete()
    drafts = [_draft(world) for _each in range(2)]
    for referral_id in (first, second):
        claim = FormClaim(world.maud.user.pk, FORM, referral_id)
        keep_text(origin=PROGRAM, claim=claim, answers={"text": "kept"})
    for number, name in enumerate(("maud", "rolf")):
        keys = world.people[name].keys
        made = slots.make_passkey_slot(keys, SECRET, CREDENTIAL + bytes([number]))
        made.save(force_insert=True)
    return Scene(
        world,
        (first, second),
        (drafts[0], drafts[1]),
        [_session(world, name) for name in ("rolf", "maud")][1],
        [pending.hold_pending(_opened(world, name)) for name in ("rolf", "maud")][1],
        [_link(world, name) for name in ("one", "two")][1],
        open_seed(custodian(founded, 0), custodian(founded, 1)),
    )


def _draft(world: World) -> UUID:
    draft_id = begin_draft(actor=world.maud.actor, kind=DraftKind.REFERRAL, answers=dict(ANSWERS))
    claim = FormClaim(world.maud.user.pk, "facts", draft_id)
    keep_step(origin=PROGRAM, claim=claim, answers={"what_happened": "kept"})
    return draft_id


def slot(world: World, name: str, kind: SlotKind = SlotKind.PASSWORD) -> KeySlot:
    """Somebody's slot of a kind."""
    return KeySlot.objects.get(user=world.people[name].user, kind=kind)


def _opened(world: World, name: str) -> slots.OpenedSlot:
    return slots.open_password_slot(slot(world, name), PHRASE)


def _session(world: World, name: str) -> str:
    person = world.people[name]
    return sessions.hold_open(person.user, person.keys, UUID(int=7))


def _link(world: World, name: str) -> str:
    hat = NewHat(world.agencies["school"], Role.FRONTLINE, timezone.localdate())
    email = f"{name}@new.example"
    made = create_member(origin=PROGRAM, email=email, name=name, hat=hat)
    return invite(origin=PROGRAM, user=made.user)


# How the product opens each; True is genuine. A refusal comes as one of the product's own errors.


def read_item(scene: Scene) -> bool:
    """The desk reads the concern."""
    item = scene.item()
    opened = open_item(actor=scene.world.anke.actor, item_id=item.pk, purpose="safety")
    return opened.vouched is not Vouched.FORGED


def read_draft(scene: Scene) -> bool:
    """The author opens a draft, with what was kept of it."""
    opened = open_draft(actor=scene.world.maud.actor, draft_id=scene.drafts[0])
    told = (opened.answers["what_happened"], opened.answers["given_names"])
    return told == ("kept", "Teo")


def read_kept(scene: Scene) -> bool:
    """The author comes back to a form."""
    found = open_kept(actor=scene.world.maud.actor, form=FORM, object_id=scene.referrals[0])
    return found.answers.get("text") == "kept"


def sign_in(scene: Scene) -> bool:
    """The phrase opens the member keys."""
    return _opened(scene.world, "maud").keys.id == scene.world.maud.keys.id


def touch_passkey(scene: Scene) -> bool:
    """The passkey opens them too."""
    found = slots.passkey_slot_of(scene.world.maud.user, CREDENTIAL + bytes([0]))
    if found is None:
        return False
    return slots.open_passkey_slot(found, SECRET).keys.id == scene.world.maud.keys.id


def use_session(scene: Scene) -> bool:
    """The next request of an open browser."""
    user = User.objects.get(pk=scene.world.maud.user.pk)
    found = sessions.find_open(scene.session, user, UUID(int=7))
    return found.keys.id == scene.world.maud.keys.id


def finish_sign_in(scene: Scene) -> bool:
    """The second factor was given."""
    user = User.objects.get(pk=scene.world.maud.user.pk)
    return pending.open_pending(scene.pending, user).keys.id == scene.world.maud.keys.id


def follow_link(scene: Scene) -> bool:
    """A newcomer opens the joining link."""
    return str(find_link(scene.link).user.name) == "two"


def read_directory(scene: Scene) -> bool:
    """A process that has verified nothing yet, for somebody who saw all of it."""
    directory._verified.clear()
    return directory.verified(scene.world.anke.keys.pin).seq > 0


def add_statement(scene: Scene) -> bool:
    """Somebody is let in; nothing of it stays."""
    directory._verified.clear()
    try:
        with transaction.atomic():
            hat = scene.world.henri.membership
            let_in(actor=scene.world.anke.actor, membership=hat)
            transaction.set_rollback(True)
    finally:
        directory._verified.clear()
    return True


def seal_to_person(scene: Scene) -> bool:
    """Something is sealed to Sofia by name."""
    key = MemberKey.objects.get(pk=scene.world.sofia.keys.id)
    return rings.member_recipient(key, by=scene.world.anke.actor.keys).id == key.pk


def seal_to_recovery(scene: Scene) -> bool:
    """Something is sealed to the recovery key."""
    return directory.recovery_recipient(pin=scene.world.anke.actor.keys.pin) is not None


def recover_ring(scene: Scene) -> bool:
    """Two custodians open a ring's seed."""
    row = RecoveryWrap.objects.select_related("epoch__ring").get(epoch=scene.epoch())
    place = RingPlace(row.epoch.ring_id, row.epoch.number, row.epoch.ring.agency_id)
    seed = unwrap_ring(
        bytes(row.blob),
        private=scene.recovery,
        recovery=row.recovery_key_id,
        place=place,
        kid32=bytes(row.epoch.kid32),
    )
    return len(seed) == 32


def recover_item(scene: Scene) -> bool:
    """Two custodians open the key of what was sealed by name."""
    row = RecoveryShare.objects.get(item=scene.item(kind=ItemKind.SOURCE))
    opened = unwrap_item(
        bytes(row.blob),
        private=scene.recovery,
        recovery=row.recovery_key_id,
        item=row.item_id,
        version=row.version,
        kid32=bytes(row.item.versions.get(number=row.item.current).kid32),
    )
    return opened.agencies == {scene.world.agencies["office"].pk}


def genuine(scene: Scene, opening: Callable[[Scene], bool]) -> bool:
    """Whether an opening ends well; only the product's own refusals are an answer."""
    try:
        return opening(scene)
    except _REFUSED:
        return False
