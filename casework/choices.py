"""The closed lists of the domain: states, parts, kinds, reasons. Codes are stored and stable."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Compartment(TextChoices):
    """Classes of information with their own readers (domain P-02); a screen says "part"."""

    C1 = "C1", _("Who it is about")
    C2 = "C2", _("Concern")
    C3 = "C3", _("Education")
    C4 = "C4", _("Family and social care")
    C5 = "C5", _("Health")
    C6 = "C6", _("Belief and political views")
    C7 = "C7", _("Police")
    C8 = "C8", _("Probation and justice")
    C9 = "C9", _("Housing and benefits")
    C10 = "C10", _("Protected place and contact")
    C11 = "C11", _("Who told us")
    C12 = "C12", _("Other people")
    C13 = "C13", _("Deliberation and minutes")
    C14 = "C14", _("Plan and actions")
    C15 = "C15", _("Consent, rights and legal")


class ItemKind(TextChoices):
    """What an item holds. The code is bound into its seal: add, never rename."""

    IDENTITY = "identity", _("Who it is about")
    KNOWLEDGE = "knowledge", _("What the person knows and how to reach them safely")
    CONCERN = "concern", _("What was seen or heard")
    OPINION = "opinion", _("What the referrer thinks")
    STRENGTHS = "strengths", _("Strengths, and what makes contact safe and fair")
    RISK = "risk", _("Immediate risk")
    BACKGROUND = "background", _("Services involved and hopes")
    OTHERS = "others", _("Other people at risk")
    PROTECTED_PLACE = "protected_place", _("Protected address")
    SOURCE = "source", _("Who told us, and how they know")
    CONSENT = "consent", _("Consent to the referral")
    ADDITION = "addition", _("What happened since")
    MESSAGE = "message", _("Message")
    QUESTION = "question", _("Question for advice")


class Mark(TextChoices):
    """Facts are told apart from opinions and from what somebody else said (LED Art. 7)."""

    FACT = "FACT", _("fact")
    OPINION = "OPINION", _("opinion")
    HEARSAY = "HEARSAY", _("told by someone else")


class AgeBand(TextChoices):
    """Shown in lists instead of an age, and the base of statistics (domain F3)."""

    UNKNOWN = "UNKNOWN", _("age not known")
    UP_TO_10 = "UP_TO_10", _("10 or younger")
    FROM_11 = "FROM_11", _("11 to 15")
    FROM_16 = "FROM_16", _("16 or 17")
    FROM_18 = "FROM_18", _("18 to 20")
    FROM_21 = "FROM_21", _("21 to 30")
    FROM_31 = "FROM_31", _("31 or older")


class Urgency(TextChoices):
    """How soon the desk must read; never an emergency channel."""

    NORMAL = "NORMAL", _("normal")
    URGENT = "URGENT", _("urgent")


class Channel(TextChoices):
    """How a referral came."""

    WRITTEN = "WRITTEN", _("written by the referrer")
    TELEPHONE = "TELEPHONE", _("taken by telephone")


class ReferralState(TextChoices):
    """States of a referral after its draft (domain 2.1)."""

    AGENCY_CHECK = "AGENCY_CHECK", _("with the agency lead for a check")
    NOT_PURSUED = "NOT_PURSUED", _("not pursued by the agency lead")
    SUBMITTED = "SUBMITTED", _("sent, waiting to be read")
    RETURNED = "RETURNED", _("returned to the referrer")
    URGENT_ROUTED = "URGENT_ROUTED", _("passed on by telephone as urgent")
    SCREENING = "SCREENING", _("being looked at")
    SCREENED = "SCREENED", _("decided")
    WITHDRAWN = "WITHDRAWN", _("withdrawn")


class CaseState(TextChoices):
    """States of a case up to the end of screening (domain 2.2); later states come with casework."""

    CONSULTATION = "CONSULTATION", _("advice without a name")
    SCREENING = "SCREENING", _("screening")
    SCREENED_OUT = "SCREENED_OUT", _("not for this partnership")
    SIGNPOSTED = "SIGNPOSTED", _("another service is the better place")
    EMERGENCY = "EMERGENCY", _("handed to the emergency services")
    CRIMINAL_ROUTE = "CRIMINAL_ROUTE", _("police matter only")
    CHILD_PROTECTION = "CHILD_PROTECTION", _("child protection")
    TRANSFERRED = "TRANSFERRED", _("transferred to another partnership")
    AWAITING_BASIS = "AWAITING_BASIS", _("waiting for its lawful basis")
    WITHDRAWN = "WITHDRAWN", _("withdrawn before screening")
    CONSULTATION_ENDED = "CONSULTATION_ENDED", _("advice given")


SCREENING_OUTCOMES = (
    CaseState.AWAITING_BASIS,
    CaseState.SIGNPOSTED,
    CaseState.CHILD_PROTECTION,
    CaseState.SCREENED_OUT,
    CaseState.EMERGENCY,
    CaseState.CRIMINAL_ROUTE,
    CaseState.TRANSFERRED,
)


class ScreeningReason(TextChoices):
    """Why a screening ended as it did; nobody is ever called malicious on a screen."""

    NEEDS_SEVERAL_AGENCIES = "needs_several_agencies", _("several services are needed")
    ONE_SERVICE_SUFFICES = "one_service_suffices", _("one service can help alone")
    NO_CONCERN = "no_concern", _("no concern after a second look")
    MISUNDERSTANDING = "misunderstanding", _("a misunderstanding")
    CHILD_AT_RISK = "child_at_risk", _("a child needs protection first")
    LIFE_IN_DANGER = "life_in_danger", _("somebody is in danger now")
    CRIME_IN_PROGRESS = "crime_in_progress", _("a serious crime must be stopped")
    LIVES_ELSEWHERE = "lives_elsewhere", _("the person lives elsewhere")


class ReturnReason(TextChoices):
    """Why the desk returns a referral."""

    MISSING_CONSENT = "missing_consent", _("it is not clear what the person knows or agrees to")
    MISSING_FACTS = "missing_facts", _("we cannot tell what was seen or heard")
    WRONG_CHANNEL = "wrong_channel", _("another service is the right address")


class NotPursuedReason(TextChoices):
    """Why an agency lead does not pass a referral on; the author may send it past the lead."""

    HANDLED_HERE = "handled_here", _("we take care of it ourselves")
    MISSING_FACTS = "missing_facts", _("too little is known yet")
    WRONG_CHANNEL = "wrong_channel", _("another service is the right address")


class FeedbackAnswer(TextChoices):
    """The three answers a referrer may get; none says that somebody is in a programme."""

    TAKEN_OVER = "TAKEN_OVER", _("It was right to tell us. We have taken it over.")
    OTHER_SERVICE = (
        "OTHER_SERVICE",
        _("It was right to tell us. Another service is the better place."),
    )
    NOTHING_MORE = "NOTHING_MORE", _("It was right to tell us. Nothing more needs to happen.")


class DisclosurePurpose(TextChoices):
    """Why an item is made readable to somebody."""

    INTAKE = "INTAKE", _("to be read by the intake desk")
    AUTHOR = "AUTHOR", _("the author keeps reading the own text")
    AGENCY_CHECK = "AGENCY_CHECK", _("to be checked by the agency lead")
    SCREENING = "SCREENING", _("to be screened by a second agency")
    ADVICE = "ADVICE", _("to give advice")
    PROTECTION = "PROTECTION", _("to keep a protected place safe")


class Basis(TextChoices):
    """The lawful basis of a disclosure as a code; the law itself stands in the agreement."""

    PUBLIC_TASK = "GDPR_6_1_E", _("task in the public interest (GDPR Art. 6(1)(e))")
    VITAL = "GDPR_6_1_D", _("vital interests (GDPR Art. 6(1)(d))")


class CaseRoleKind(TextChoices):
    """What somebody is on one case. The value is the codename of guardian's permission."""

    AUTHOR = "case_author", _("referrer")
    CHECKER = "case_checker", _("agency lead who checks")
    INTAKE = "case_intake", _("intake desk")
    SCREENER = "case_screener", _("second screener")
    CUSTODIAN = "case_custodian", _("custodian of a protected place")


class RoleEnd(TextChoices):
    """Why a case role ended."""

    SCREENING_DECIDED = "screening_decided", _("the screening is decided")
    NOT_PURSUED = "not_pursued", _("the agency lead did not pass it on")
    WITHDRAWN = "withdrawn", _("the referrer withdrew it")
    CHECK_DONE = "check_done", _("the agency check is done")
    BARRED = "barred", _("the person was barred")
    REPLACED = "replaced", _("somebody else does it")
    LEFT = "left", _("the person acts for the agency no more")


class BarSource(TextChoices):
    """Who asked that somebody must not see a case."""

    REFERRER = "REFERRER", _("the referrer")


class IdentityReason(TextChoices):
    """Why a name is opened before the case has its lawful basis (domain P-04)."""

    SAFETY = "safety", _("somebody may be in danger")
    EARLIER_REFERRAL = "earlier_referral", _("to see whether there was an earlier referral")
    CONTACT_REFERRER = "contact_referrer", _("to talk with the referrer about the person")
    CHILD_PROTECTION = "child_protection", _("to hand over to child protection")


class FileKind(TextChoices):
    """What one key of the keeper covers."""

    REFERRAL = "REFERRAL", "REFERRAL"
    CONSULTATION = "CONSULTATION", "CONSULTATION"


class DraftKind(TextChoices):
    """What a draft will become."""

    REFERRAL = "REFERRAL", _("referral")
    CONSULTATION = "CONSULTATION", _("question for advice")
