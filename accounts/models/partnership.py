"""Tables of the partnership and its agencies (the controllers)."""

import uuid
from datetime import time
from typing import TYPE_CHECKING, Any

from django.db import models
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from accounts.models.people import Membership


class AgencyKind(models.TextChoices):
    """What an agency is; statistics and words on screens follow from it."""

    SCHOOL = "SCHOOL", _("school")
    YOUTH = "YOUTH", _("youth service")
    FAMILY = "FAMILY", _("family support")
    HEALTH = "HEALTH", _("health service")
    PROBATION = "PROBATION", _("probation")
    POLICE = "POLICE", _("police")
    HOUSING = "HOUSING", _("housing")
    NGO = "NGO", _("association")
    CITY = "CITY", _("city")


class LegalRegime(models.TextChoices):
    """Which data protection law binds the agency: the GDPR or the Law Enforcement Directive."""

    GDPR = "GDPR", "GDPR"
    LED = "LED", "LED"


class Partnership(models.Model):
    """An agreed set of agencies for one territory, with the hours of its intake desk."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=120)
    city = models.CharField(max_length=120)
    country = models.CharField(max_length=2, help_text="ISO 3166 code; public holidays follow")
    time_zone = models.CharField(max_length=64, default="Europe/Paris")
    desk_opens_at = models.TimeField(default=time(8, 30))
    desk_closes_at = models.TimeField(default=time(17, 0))
    emergency_numbers = models.JSONField(default=list, help_text="pairs of label and number")
    coordination_office = models.OneToOneField(
        "Agency", on_delete=models.PROTECT, null=True, blank=True, related_name="coordinates"
    )
    protected_place_custodians: "models.ManyToManyField[Membership, Any]" = models.ManyToManyField(
        "Membership", blank=True, related_name="custodian_for"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return str(self.id)


class Agency(models.Model):
    """One controller: a school, a service, the police, the city."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    partnership = models.ForeignKey(Partnership, on_delete=models.PROTECT, related_name="agencies")
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=16, choices=AgencyKind.choices)
    legal_regime = models.CharField(
        max_length=8, choices=LegalRegime.choices, default=LegalRegime.GDPR
    )
    left_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["partnership", "name"], name="agency_name_once"),
        ]

    def __str__(self) -> str:
        return str(self.id)
