"""Tells Django about the app and puts its history under django-auditlog."""

from django.apps import AppConfig

from audit.tracked import register_tracked


class AccountsConfig(AppConfig):
    """People and keys."""

    name = "accounts"

    def ready(self) -> None:
        """Register the allow-list of tracked fields once all models are loaded."""
        register_tracked()
