"""A person's own keys as pages show them: what opens them, and whether a rescue sheet is due."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from accounts.factors import Factor, FactorKind, factors_of
from accounts.models import KeySlot
from accounts.models.member_keys import SlotKind
from accounts.queries import desk_holders, live_memberships
from accounts.roles import DESK_ROLES


@dataclass(frozen=True, slots=True)
class OwnKeys:
    """What opens a person's keys, each since when; a sheet is named by its slot."""

    phrase_since: datetime | None
    sheet_since: datetime | None
    sheet_id: UUID | None
    passkeys: list[Factor]


@dataclass(frozen=True, slots=True)
class SheetState:
    """Whether a person has a sheet, and the agencies for whose sake they must have one."""

    is_made: bool
    alone_at: list[str] = field(default_factory=list)


def own_keys(user_id: UUID) -> OwnKeys:
    """What opens this person's keys."""
    rows = {row.kind: row for row in KeySlot.objects.filter(user_id=user_id, credential=None)}
    phrase, sheet = rows.get(SlotKind.PASSWORD), rows.get(SlotKind.RESCUE)
    return OwnKeys(
        phrase_since=phrase.created_at if phrase else None,
        sheet_since=sheet.created_at if sheet else None,
        sheet_id=sheet.id if sheet else None,
        passkeys=[each for each in factors_of(user_id) if each.kind is FactorKind.PASSKEY],
    )


def sheet_state(user_id: UUID) -> SheetState:
    """What the first page says about this person's sheet."""
    if KeySlot.objects.filter(user_id=user_id, kind=SlotKind.RESCUE).exists():
        return SheetState(is_made=True)
    return SheetState(is_made=False, alone_at=agencies_held_alone(user_id))


def agencies_held_alone(user_id: UUID) -> list[str]:
    """Names of the agencies whose arrivals nobody but this person can open."""
    hats = live_memberships().filter(user_id=user_id, role__in=DESK_ROLES)
    names = dict(hats.values_list("agency_id", "agency__name"))
    alone = [
        name
        for agency_id, name in names.items()
        if {holder.user_id for holder in desk_holders(agency_id)} == {user_id}
    ]
    return sorted(alone)
