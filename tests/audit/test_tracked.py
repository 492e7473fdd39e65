"""History of people and agencies: allow-listed fields only, ids for names, never rewritten."""

from datetime import date
from typing import Any

import pytest
from auditlog.context import set_actor
from auditlog.registry import auditlog
from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ImproperlyConfigured
from django.db.models import ProtectedError

from accounts.models import Agency, Membership, Partnership, User
from audit import context, tracked
from audit.models import AppendOnlyError, HistoryEntry

pytestmark = pytest.mark.django_db(transaction=True)


def _school() -> Agency:
    partnership = Partnership.objects.create(name="RivePrev", city="Rivenne", country="FR")
    return Agency.objects.create(partnership=partnership, name="Lycée Gandon", kind="SCHOOL")


def _person() -> User:
    return User.objects.create(email="maud.terrel@example.org", name="Maud Terrel")


def _entries(row: Any) -> list[HistoryEntry]:
    return list(HistoryEntry.objects.get_for_object(row).order_by("id"))


def test_change_is_kept_before_and_after() -> None:
    school = _school()
    school.legal_regime = "LED"
    school.save()
    change = _entries(school)[-1]
    assert change.changes == {"legal_regime": ["GDPR", "LED"]}
    assert change.object_repr == str(school.id)


def test_person_leaves_no_name_and_no_address() -> None:
    person = _person()
    person.name = "Maud Martin"
    person.email = "maud.martin@example.org"
    person.is_active = False
    person.save()
    stored = str(list(HistoryEntry.objects.values()))
    assert "Maud" not in stored
    assert "example.org" not in stored
    assert [set(entry.changes) for entry in _entries(person)] == [
        {"is_active", "is_superuser"},
        {"is_active"},
    ]


def test_actor_is_kept_by_id_without_e_mail() -> None:
    person, school = _person(), _school()
    with set_actor(person):
        school.kind = "NGO"
        school.save()
    entry = _entries(school)[-1]
    assert entry.actor_id == person.id
    assert "example.org" not in str(HistoryEntry.objects.values().get(id=entry.id))


def test_membership_history_names_people_by_id() -> None:
    person, school = _person(), _school()
    hat = Membership.objects.create(
        user=person, agency=school, role="FRONTLINE", starts_on=date(2026, 11, 1)
    )
    changes = _entries(hat)[0].changes
    assert changes["user"] == [None, str(person.id)]
    assert changes["role"][1] == "FRONTLINE"


def test_history_points_to_the_request() -> None:
    with context.begin() as request_context:
        school = _school()
    assert _entries(school)[0].cid == str(request_context.request_ref)


def test_history_survives_the_row_and_the_person() -> None:
    person, school = _person(), _school()
    user_id, school_id = person.id, school.id
    with set_actor(person):
        school.delete()
    person.delete()
    kept = HistoryEntry.objects.filter(object_pk=str(school_id)).order_by("id")
    assert [entry.actor_id for entry in kept] == [None, user_id]


def test_content_type_with_history_stays() -> None:
    _school()
    with pytest.raises(ProtectedError):
        ContentType.objects.get_for_model(Agency).delete()
    ContentType.objects.clear_cache()


def test_history_is_never_rewritten_by_the_orm() -> None:
    _school()
    entry = HistoryEntry.objects.first()
    assert entry is not None
    for attempt in (
        entry.save,
        entry.delete,
        HistoryEntry.objects.all().delete,
        lambda: HistoryEntry.objects.update(object_repr="other"),
        lambda: HistoryEntry.objects.bulk_update([entry], ["object_repr"]),
    ):
        with pytest.raises(AppendOnlyError):
            attempt()


def test_only_listed_models_have_history() -> None:
    assert set(auditlog.get_models()) == {apps.get_model(label) for label in tracked.TRACKED}


def test_listed_fields_hold_no_content_of_people() -> None:
    assert set(tracked.TRACKED["accounts.User"]) == {"is_active", "is_superuser"}


def test_missing_field_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tracked, "TRACKED", {"accounts.Agency": ("colour",)})
    with pytest.raises(ImproperlyConfigured, match=r"accounts\.Agency\.colour"):
        tracked.register_tracked()


def test_missing_model_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tracked, "TRACKED", {"accounts.Nothing": ()})
    with pytest.raises(LookupError):
        tracked.register_tracked()


def test_mask_shows_nothing() -> None:
    assert tracked.mask("Maud Terrel") == tracked.MASKED
