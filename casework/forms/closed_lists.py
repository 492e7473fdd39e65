"""The closed lists that a referrer chooses from. Codes are sealed in answers: add, never rename.

There is no list of ideologies, religions or origins, and none of health or family.
"""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class ConcernType(TextChoices):
    """R2: what kind of concern it is, several at once."""

    VIOLENCE_FIXATION = (
        "violence_fixation",
        _("Violence: admires it, or comes back to it again and again"),
    )
    THREAT_WEAPON = "threat_weapon", _("A threat, or a weapon")
    EXPLOITATION = "exploitation", _("Somebody uses, grooms or pressures the person")
    TRAVEL = "travel", _("Wants to go away, to a conflict or to people who draw them in")
    HATE = "hate", _("Hate of a group of people")
    ONLINE = "online", _("What the person does or meets online")
    OTHER = "other", _("Something else, or not clear")


class HowKnown(TextChoices):
    """How the referrer knows; kept with the source."""

    SAW = "saw", _("I saw or heard it myself")
    TOLD_BY_PERSON = "told_by_person", _("The person told me")
    TOLD_BY_OTHER = "told_by_other", _("Somebody else told me")
    ONLINE = "online", _("I saw it online")


class Risk(TextChoices):
    """R6: what may happen soon."""

    SELF_HARM = "self_harm", _("The person may hurt themselves")
    THREAT = "threat", _("The person may hurt somebody else")
    WEAPON = "weapon", _("There is a weapon, or an attempt to get one")
    TRAVEL = "travel", _("The person may leave soon")
    CHILDREN_AT_HOME = "children_at_home", _("Children live in the home")


class YesNo(TextChoices):
    """A plain question."""

    YES = "yes", _("Yes")
    NO = "no", _("No")


class YesNoUnknown(TextChoices):
    """A question to which one may not know the answer."""

    YES = "yes", _("Yes")
    NO = "no", _("No")
    UNKNOWN = "unknown", _("I do not know")


class Consent(TextChoices):
    """R7: whether the person agrees to the referral."""

    YES = "yes", _("Yes")
    NO = "no", _("No")
    NOT_ASKED = "not_asked", _("Not asked")


class NotInformedReason(TextChoices):
    """R7: why the person does not know of the referral."""

    UNSAFE = "unsafe", _("It would not be safe")
    IMPEDE = "impede", _("It would make helping harder")
    NOT_PRACTICABLE = "not_practicable", _("There was no way to ask")


class Sex(TextChoices):
    """R1: as the person says it."""

    FEMALE = "female", _("Female")
    MALE = "male", _("Male")
    OTHER = "other", _("Another word")
    UNKNOWN = "unknown", _("I do not know")
