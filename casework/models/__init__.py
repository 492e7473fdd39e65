"""Tables of casework, one file per topic. Text of a case is sealed in every one of them."""

from casework.models.case import Case, Exclusion
from casework.models.case_role import CaseRole, EndedCaseRole
from casework.models.consultation import Consultation
from casework.models.draft import Draft, KeptStep, KeptText
from casework.models.referral import Referral
from casework.models.screening import Screening, ScreeningView
from casework.models.sealed import (
    Disclosure,
    Item,
    ItemVersion,
    RecoveryShare,
    SealedFile,
    Share,
)

__all__ = [
    "Case",
    "CaseRole",
    "Consultation",
    "Disclosure",
    "Draft",
    "EndedCaseRole",
    "Exclusion",
    "Item",
    "ItemVersion",
    "KeptStep",
    "KeptText",
    "RecoveryShare",
    "Referral",
    "Screening",
    "ScreeningView",
    "SealedFile",
    "Share",
]
