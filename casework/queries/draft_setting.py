"""Who stands around a draft: whom its author may bar, who may check it, who keeps places safe."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet

from accounts.actor import Actor
from accounts.models import Membership
from accounts.queries import Colleague, colleague, desk_holders, the_partnership
from accounts.roles import DESK_ROLES, Role
from casework.models import Draft


@dataclass(frozen=True, slots=True)
class DraftSetting:
    """The people whom the pages of a draft name. The desk's names are no secret to a referrer."""

    author_id: UUID | None = None
    desk: tuple[Colleague, ...] = ()
    leads: tuple[Colleague, ...] = ()
    custodian_ids: frozenset[UUID] = frozenset()
    custodian_kinds: frozenset[str] = frozenset()
    writes_for_callers: bool = False
    office_kind: str = ""

    @property
    def barrable(self) -> tuple[Colleague, ...]:
        """Everybody who could be kept from reading, each person once; never the author."""
        once = {each.user_id: each for each in (*self.leads, *self.desk)}
        return tuple(each for each in once.values() if each.user_id != self.author_id)

    def desk_without(self, barred: Collection[UUID]) -> list[Colleague]:
        """Who at the desk would read it."""
        return [each for each in self.desk if each.user_id not in barred]

    def leads_without(self, barred: Collection[UUID]) -> list[Colleague]:
        """Who else could check it in the own agency."""
        gone = {*barred, self.author_id}
        return [each for each in self.leads if each.user_id not in gone]

    def custodians_without(self, barred: Collection[UUID]) -> int:
        """How many could keep a protected address."""
        return len(self.custodian_ids - set(barred))


def draft_setting(actor: Actor) -> DraftSetting:
    """The setting of everything that this actor writes under this hat."""
    return _setting(actor.user_id, actor.hat.agency_id, actor.hat.role)


def setting_of_kept(draft_id: UUID, author_id: UUID) -> DraftSetting:
    """The setting of a draft whose author has no session now, from the hat it was begun under."""
    hat = Membership.objects.filter(pk__in=_hat_of(draft_id, author_id)).first()
    return DraftSetting() if hat is None else _setting(author_id, hat.agency_id, Role(hat.role))


def _hat_of(draft_id: UUID, author_id: UUID) -> QuerySet[Draft, UUID]:
    return Draft.objects.filter(pk=draft_id, author_id=author_id).values_list("hat_id", flat=True)


def _setting(author_id: UUID, agency_id: UUID, role: Role) -> DraftSetting:
    partnership = the_partnership()
    office = partnership.coordination_office
    own = [row for row in desk_holders(agency_id) if row.role == Role.AGENCY_LEAD]
    custodians = partnership.protected_place_custodians.values_list("user_id", "agency__kind")
    return DraftSetting(
        author_id=author_id,
        desk=tuple(colleague(row) for row in desk_holders(office.id)) if office else (),
        leads=tuple(colleague(row) for row in own),
        custodian_ids=frozenset(user_id for user_id, _kind in custodians),
        custodian_kinds=frozenset(kind for _user_id, kind in custodians),
        writes_for_callers=role in DESK_ROLES,
        office_kind=office.kind if office else "",
    )
