"""The allow-list of what django-auditlog keeps, before and after; no content."""

from collections.abc import Mapping
from types import MappingProxyType

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist, ImproperlyConfigured
from django.utils.module_loading import import_string

# No name, e-mail or text of a person. The library does not see update(), bulk_create() and
# bulk_update(): services save these models one by one.
TRACKED: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "accounts.Partnership": (
            "name",
            "city",
            "country",
            "time_zone",
            "desk_opens_at",
            "desk_closes_at",
            "emergency_numbers",
            "coordination_office",
        ),
        "accounts.Agency": ("partnership", "name", "kind", "legal_regime", "left_at"),
        "accounts.User": ("is_active", "is_superuser"),
        "accounts.Membership": (
            "user",
            "agency",
            "role",
            "deputy_of",
            "starts_on",
            "ends_on",
            "ended_at",
            "admitted_at",
        ),
    }
)
TRACKED_RELATIONS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"accounts.Partnership": ("protected_place_custodians",)}
)
MASKED = "masked"


def register_tracked() -> None:
    """Register every row of the list once; a model or field that is missing stops the start.

    Called from AppConfig.ready. The library's registry imports models, so it is named by string:
    app configurations import this module before any model may load.
    """
    registry = import_string("auditlog.registry.auditlog")
    for label, fields in TRACKED.items():
        model = apps.get_model(label)
        relations = TRACKED_RELATIONS.get(label, ())
        for field in (*fields, *relations):
            try:
                model._meta.get_field(field)  # noqa: SLF001 - Django's documented API
            except FieldDoesNotExist as error:
                raise ImproperlyConfigured(f"tracked field {label}.{field} is missing") from error
        if not registry.contains(model):
            registry.register(model, include_fields=list(fields), m2m_fields=list(relations))


def mask(_value: str) -> str:
    """Hide all of a value: the library's own mask shows half of it."""
    return MASKED
