"""Tells Django about the app."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """The DRF adapter."""

    name = "api"
