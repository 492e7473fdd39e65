"""How often one person may call: far above any person's work, far below a harvest."""

from rest_framework.throttling import UserRateThrottle


class Reading(UserRateThrottle):
    """Own list and schema."""

    scope = "api_reading"
    rate = "120/min"


class Sending(UserRateThrottle):
    """A referral takes minutes to write; each one seals many items. Refused ones count too."""

    scope = "api_sending"
    rate = "60/hour"


class LookingUp(UserRateThrottle):
    """Each look-up in the log stands in the log itself."""

    scope = "api_looking_up"
    rate = "60/min"
