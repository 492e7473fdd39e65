"""The one table of default readers (domain P-03) and of who may do what on a case.

Everything that says who may read is generated from here: the rule in access.py, the help page and
the tests. A cell other than NONE lets somebody read an item only if a share's key exists too.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from accounts.roles import DESK_ROLES, SENDING_ROLES, Role
from casework.choices import CaseRoleKind, Compartment

C = Compartment


class Cell(StrEnum):
    """What a role may get of a compartment."""

    NONE = "none"
    OWN = "own"  # the text that this person wrote
    READ = "read"  # by the role on this case
    DISCLOSED = "disclosed"  # by a recorded disclosure
    WRITE_OWN = "write_own"  # writes the own agency's, reads by disclosure
    NAMED = "named"  # only where named as a person, never through a ring
    SUMMARY = "summary"  # that it exists and its summary; the body by disclosure
    ON_REQUEST = "on_request"  # for one stated request
    OWN_PART = "own_part"  # the own action, measure or field list


def _row(**cells: Cell) -> Mapping[Compartment, Cell]:
    return MappingProxyType({each: cells.get(each.value, Cell.NONE) for each in Compartment})


_DOMAINS = dict.fromkeys(("C3", "C4", "C5", "C6", "C7", "C8", "C9"), Cell.WRITE_OWN)
_ON_REQUEST = {each.value: Cell.ON_REQUEST for each in Compartment}

# Domain P-03, one row for each role of a partnership.
DEFAULT_READERS: Mapping[Role, Mapping[Compartment, Cell]] = MappingProxyType(
    {
        Role.FRONTLINE: _row(
            C1=Cell.OWN,
            C2=Cell.OWN,
            C3=Cell.OWN,
            C4=Cell.OWN,
            C9=Cell.OWN,
            C10=Cell.OWN,
            C11=Cell.OWN,
            C12=Cell.OWN,
            C14=Cell.OWN_PART,
            C15=Cell.OWN,
        ),
        Role.AGENCY_LEAD: _row(
            **_DOMAINS,
            C1=Cell.DISCLOSED,
            C2=Cell.DISCLOSED,
            C12=Cell.DISCLOSED,
            C14=Cell.OWN_PART,
        ),
        Role.PANEL_MEMBER: _row(
            C1=Cell.READ,
            C2=Cell.READ,
            C3=Cell.DISCLOSED,
            C4=Cell.DISCLOSED,
            C5=Cell.DISCLOSED,
            C6=Cell.DISCLOSED,
            C7=Cell.DISCLOSED,
            C8=Cell.DISCLOSED,
            C9=Cell.DISCLOSED,
            C13=Cell.OWN_PART,
            C14=Cell.READ,
        ),
        Role.COORDINATOR: _row(
            C1=Cell.READ,
            C2=Cell.READ,
            C3=Cell.SUMMARY,
            C4=Cell.SUMMARY,
            C5=Cell.DISCLOSED,
            C6=Cell.DISCLOSED,
            C7=Cell.DISCLOSED,
            C8=Cell.DISCLOSED,
            C9=Cell.SUMMARY,
            C10=Cell.NAMED,
            C11=Cell.READ,
            C12=Cell.SUMMARY,
            C13=Cell.READ,
            C14=Cell.READ,
            C15=Cell.READ,
        ),
        Role.CHAIR: _row(
            C1=Cell.READ,
            C2=Cell.READ,
            C3=Cell.READ,
            C4=Cell.READ,
            C5=Cell.DISCLOSED,
            C6=Cell.DISCLOSED,
            C7=Cell.DISCLOSED,
            C8=Cell.DISCLOSED,
            C9=Cell.READ,
            C10=Cell.NAMED,
            C11=Cell.DISCLOSED,
            C12=Cell.READ,
            C13=Cell.READ,
            C14=Cell.READ,
            C15=Cell.READ,
        ),
        Role.PROVIDER: _row(
            C1=Cell.OWN_PART, C5=Cell.OWN_PART, C6=Cell.OWN_PART, C14=Cell.OWN_PART
        ),
        Role.DPO: _row(**_ON_REQUEST),
        Role.AUDITOR: _row(),
        Role.RIGHTS_DESK: _row(),
        Role.PADMIN: _row(),
        Role.ANALYST: _row(),
    }
)

# What a case role may read, and under which hats it can be held. The second screener sees the
# concern and never the name (domain P-04); a custodian sees the protected place and nothing else.
CASE_ROLE_READS: Mapping[CaseRoleKind, Mapping[Compartment, Cell]] = MappingProxyType(
    {
        CaseRoleKind.AUTHOR: DEFAULT_READERS[Role.FRONTLINE],
        CaseRoleKind.CHECKER: DEFAULT_READERS[Role.AGENCY_LEAD],
        CaseRoleKind.INTAKE: DEFAULT_READERS[Role.COORDINATOR],
        CaseRoleKind.SCREENER: _row(C2=Cell.DISCLOSED),
        CaseRoleKind.CUSTODIAN: _row(C10=Cell.NAMED),
    }
)
CASE_ROLE_HATS: Mapping[CaseRoleKind, frozenset[Role]] = MappingProxyType(
    {
        CaseRoleKind.AUTHOR: SENDING_ROLES,
        CaseRoleKind.CHECKER: frozenset({Role.AGENCY_LEAD}),
        CaseRoleKind.INTAKE: frozenset({Role.COORDINATOR}),
        CaseRoleKind.SCREENER: frozenset({Role.AGENCY_LEAD}),
        CaseRoleKind.CUSTODIAN: DESK_ROLES | SENDING_ROLES | frozenset({Role.CHAIR}),
    }
)


class Act(StrEnum):
    """Everything that can be done on a case so far, besides reading one item."""

    SEE_CASE = "see_case"
    SEE_STATUS = "see_status"
    CHECK = "check"
    SEND_PAST_LEAD = "send_past_lead"
    ACKNOWLEDGE = "acknowledge"
    RETURN = "return"
    ROUTE_URGENT = "route_urgent"
    RESUBMIT = "resubmit"
    WITHDRAW = "withdraw"
    ADD = "add"
    WRITE_MESSAGE = "write_message"
    ASK_SECOND = "ask_second"
    GIVE_VIEW = "give_view"
    DECIDE = "decide"
    END_CONSULTATION = "end_consultation"


_INTAKE = frozenset({CaseRoleKind.INTAKE})
_AUTHOR = frozenset({CaseRoleKind.AUTHOR})

ACTS: Mapping[Act, frozenset[CaseRoleKind]] = MappingProxyType(
    {
        Act.SEE_CASE: frozenset(
            {
                CaseRoleKind.INTAKE,
                CaseRoleKind.CHECKER,
                CaseRoleKind.SCREENER,
                CaseRoleKind.CUSTODIAN,
            }
        ),
        Act.SEE_STATUS: _AUTHOR,
        Act.CHECK: frozenset({CaseRoleKind.CHECKER}),
        Act.SEND_PAST_LEAD: _AUTHOR,
        Act.ACKNOWLEDGE: _INTAKE,
        Act.RETURN: _INTAKE,
        Act.ROUTE_URGENT: _INTAKE,
        Act.RESUBMIT: _AUTHOR,
        Act.WITHDRAW: _AUTHOR,
        Act.ADD: _AUTHOR,
        Act.WRITE_MESSAGE: _AUTHOR | _INTAKE,
        Act.ASK_SECOND: _INTAKE,
        Act.GIVE_VIEW: frozenset({CaseRoleKind.INTAKE, CaseRoleKind.SCREENER}),
        Act.DECIDE: _INTAKE,
        Act.END_CONSULTATION: _INTAKE,
    }
)


def readable_compartments(kind: CaseRoleKind) -> frozenset[Compartment]:
    """The parts that a case role may get at all."""
    return frozenset(c for c, cell in CASE_ROLE_READS[kind].items() if cell is not Cell.NONE)


def named_only(kind: CaseRoleKind) -> frozenset[Compartment]:
    """The parts that a case role gets only where the person is named."""
    return frozenset(c for c, cell in CASE_ROLE_READS[kind].items() if cell is Cell.NAMED)
