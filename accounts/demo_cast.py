"""The fictional people of Rivenne (domain, section 8) for the demo and its sign-in page."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.roles import Role

# Fictional and printed on the sign-in page of the demo; production has no such accounts.
DEMO_PHRASE = "calm harbour lantern orchard"

LYCEE = "Lycée Gandon"
OFFICE = "Rivenne prevention office"
YOUTH = "Rivenne youth service"
FAMILY = "Family support Rivenne"
POLICE = "Rivenne police"
HEALTH = "Rivenne health centre"
PROBATION = "Probation Rivenne"
HOUSING = "Rivenne housing"
MENTORS = "Mentors of Rivenne"
CITY = "City of Rivenne"


@dataclass(frozen=True, slots=True)
class CastMember:
    """One person: where they work, as what, and who they are in one sentence."""

    name: str
    email: str
    agency: str
    role: Role
    sentence: str | Promise
    deputy_of: str = ""


CAST = (
    CastMember(
        "Anke Vos",
        "anke@rivenne.example",
        OFFICE,
        Role.COORDINATOR,
        _("Coordinator: reads what arrives at the intake desk"),
    ),
    CastMember(
        "Maud Terrel",
        "maud@gandon.example",
        LYCEE,
        Role.FRONTLINE,
        _("Teacher: asks for advice and sends referrals"),
    ),
    CastMember(
        "Idris Bekele",
        "idris@gandon.example",
        LYCEE,
        Role.AGENCY_LEAD,
        _("Safeguarding lead at the school: checks what colleagues ask him to check"),
    ),
    CastMember(
        "Sofia Ruiz",
        "sofia@youth.example",
        YOUTH,
        Role.AGENCY_LEAD,
        _("Lead of the youth service: screens together with Anke"),
    ),
    CastMember(
        "Noor Haddad",
        "noor@family.example",
        FAMILY,
        Role.AGENCY_LEAD,
        _("Lead of family support, and Anke's deputy at the intake desk: wears two hats"),
    ),
    CastMember(
        "Nora Lind",
        "nora@city.example",
        CITY,
        Role.AUDITOR,
        _("Auditor: reviews who opened what, never reads a case"),
    ),
    CastMember(
        "Per Holm",
        "per@city.example",
        CITY,
        Role.PADMIN,
        _("Administrator: looks after agencies and people, reads no case"),
    ),
    CastMember(
        "Claire Nuñez",
        "claire@city.example",
        CITY,
        Role.DPO,
        _("Data protection officer of the city"),
    ),
    CastMember(
        "Lena Marsh",
        "lena@city.example",
        CITY,
        Role.CHAIR,
        _("Panel chair"),
    ),
    CastMember(
        "Rolf Sand",
        "rolf@police.example",
        POLICE,
        Role.AGENCY_LEAD,
        _("Police captain: keeps protected addresses, was asked nothing and sees nothing else"),
    ),
    CastMember(
        "Ines Falk",
        "ines@health.example",
        HEALTH,
        Role.AGENCY_LEAD,
        _("Doctor: lead of the health centre"),
    ),
    CastMember(
        "Tom Okoro",
        "tom@probation.example",
        PROBATION,
        Role.AGENCY_LEAD,
        _("Lead of the probation service"),
    ),
    CastMember(
        "Piet Dolan",
        "piet@housing.example",
        HOUSING,
        Role.PANEL_MEMBER,
        _("Panel member for housing"),
    ),
    CastMember(
        "Kai Brandt",
        "kai@youth.example",
        YOUTH,
        Role.PANEL_MEMBER,
        _("Youth worker and panel member: a colleague of Sofia without a part in her screenings"),
    ),
    CastMember(
        "Elif Cam",
        "elif@mentors.example",
        MENTORS,
        Role.PROVIDER,
        _("Mentor: delivers support"),
    ),
    CastMember(
        "Henri Colas",
        "henri@gandon.example",
        LYCEE,
        Role.FRONTLINE,
        _("Headmaster of the school: has no part in a teacher's referral"),
    ),
    CastMember(
        "Jo Weiss",
        "jo@city.example",
        CITY,
        Role.ANALYST,
        _("City analyst: figures only"),
    ),
)
