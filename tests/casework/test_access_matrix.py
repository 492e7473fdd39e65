"""The tables of who may what: whole, and as the domain agreed them."""

from accounts.roles import Role
from casework.access_matrix import (
    ACTS,
    CASE_ROLE_HATS,
    CASE_ROLE_READS,
    DEFAULT_READERS,
    Act,
    Cell,
    named_only,
    readable_compartments,
)
from casework.choices import CaseRoleKind, Compartment


def test_watchers_administrators_and_analysts_never_get_a_case_role() -> None:
    watchers = {Role.AUDITOR, Role.DPO, Role.RIGHTS_DESK, Role.PADMIN, Role.ANALYST}
    assert all(not watchers & hats for hats in CASE_ROLE_HATS.values())


def test_every_act_and_role_is_in_the_tables() -> None:
    assert set(ACTS) == set(Act)
    assert set(CASE_ROLE_READS) == set(CASE_ROLE_HATS) == set(CaseRoleKind)
    assert set(DEFAULT_READERS) == set(Role)
    for row in (*CASE_ROLE_READS.values(), *DEFAULT_READERS.values()):
        assert set(row) == set(Compartment)


def test_table_of_parts_is_the_agreed_one() -> None:
    """Domain P-03 and P-04 in short, so that a changed cell is a decision and not a slip."""
    assert {kind: sorted(readable_compartments(kind)) for kind in CaseRoleKind} == {
        CaseRoleKind.AUTHOR: sorted(
            ["C1", "C2", "C3", "C4", "C9", "C10", "C11", "C12", "C14", "C15"]
        ),
        CaseRoleKind.CHECKER: sorted(
            ["C1", "C2", "C3", "C4", "C5", "C6", "C7", "C8", "C9", "C12", "C14"]
        ),
        CaseRoleKind.INTAKE: sorted(Compartment.values),
        CaseRoleKind.SCREENER: ["C2"],
        CaseRoleKind.CUSTODIAN: ["C10"],
    }
    assert {kind: sorted(named_only(kind)) for kind in CaseRoleKind} == {
        CaseRoleKind.AUTHOR: [],
        CaseRoleKind.CHECKER: [],
        CaseRoleKind.INTAKE: ["C10"],
        CaseRoleKind.SCREENER: [],
        CaseRoleKind.CUSTODIAN: ["C10"],
    }
    for role in (Role.AUDITOR, Role.PADMIN, Role.ANALYST, Role.RIGHTS_DESK):
        assert set(DEFAULT_READERS[role].values()) == {Cell.NONE}
