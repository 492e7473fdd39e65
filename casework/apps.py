"""Tells Django about the app."""

from django.apps import AppConfig


class CaseworkConfig(AppConfig):
    """Referrals, consultations, cases."""

    name = "casework"
