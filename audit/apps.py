"""Tells Django about the app and registers its system check."""

from django.apps import AppConfig

from audit import checks


class AuditConfig(AppConfig):
    """The access log."""

    name = "audit"
    checks_module = checks
