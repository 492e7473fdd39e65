"""The roles of a partnership (domain: organisation and roles) and what follows from each."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Role(TextChoices):
    """What a person may be for an agency; one hat is one person, agency and role."""

    FRONTLINE = "FRONTLINE", _("referrer")
    AGENCY_LEAD = "AGENCY_LEAD", _("agency lead")
    COORDINATOR = "COORDINATOR", _("coordinator")
    CHAIR = "CHAIR", _("panel chair")
    PANEL_MEMBER = "PANEL_MEMBER", _("panel member")
    PROVIDER = "PROVIDER", _("support provider")
    AUDITOR = "AUDITOR", _("auditor")
    DPO = "DPO", _("data protection officer")
    RIGHTS_DESK = "RIGHTS_DESK", _("rights desk")
    PADMIN = "PADMIN", _("partnership administrator")
    ANALYST = "ANALYST", _("analyst")


# Who opens what arrives at an agency and may let others in there. The coordination office's own
# lead is its COORDINATOR. Auditors and DPOs get desks when something is sealed to them.
DESK_ROLES = frozenset({Role.AGENCY_LEAD, Role.COORDINATOR})

# Who may send a referral or ask for advice: everybody who works with people, never the watchers.
SENDING_ROLES = frozenset(
    {Role.FRONTLINE, Role.AGENCY_LEAD, Role.COORDINATOR, Role.PANEL_MEMBER, Role.PROVIDER}
)
