"""The people around a draft: Anke and her deputy Noor at the desk, Idris the agency lead."""

import uuid

from accounts.queries import Colleague
from accounts.roles import Role
from casework.queries.draft_setting import DraftSetting


def colleague(name: str, role: Role, agency: str, *, is_deputy: bool = False) -> Colleague:
    return Colleague(uuid.uuid4(), uuid.uuid4(), name, agency, role, is_deputy)


ANKE = colleague("Anke Vos", Role.COORDINATOR, "Office")
NOOR = colleague("Noor Haddad", Role.COORDINATOR, "Office", is_deputy=True)
IDRIS = colleague("Idris Bekele", Role.AGENCY_LEAD, "Lycée Gandon")
AUTHOR_ID = uuid.uuid4()
SETTING = DraftSetting(
    author_id=AUTHOR_ID,
    desk=(ANKE, NOOR),
    leads=(IDRIS,),
    custodian_ids=frozenset({uuid.uuid4()}),
)
