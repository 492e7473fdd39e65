"""The tables of the log: events of access, and the history of what administrators change."""

from typing import Any, NoReturn
from uuid import UUID

from auditlog.models import AbstractLogEntry, LogEntryManager
from django.conf import settings
from django.db import models

from audit.events import Outcome
from audit.evidence.encoding import DIGEST_BYTES, MAX_CODE_CHARS, EventFields


class AppendOnlyError(Exception):
    """Rows of the log are written once: nothing changes or deletes them."""


def _refuse(queryset: models.QuerySet[Any], *_args: object, **_kwargs: object) -> NoReturn:
    raise AppendOnlyError(queryset.model.__name__)


class AppendOnlyQuerySet(models.QuerySet[Any]):
    """Refuses what would change or remove rows; the database's triggers refuse it as well."""

    update = delete = bulk_update = update_or_create = _refuse
    _raw_delete = _update = _refuse


class WrittenByRecordQuerySet(AppendOnlyQuerySet):
    """Refuses inserts too: audit.record writes by raw SQL, and nothing else writes."""

    create = bulk_create = get_or_create = _refuse
    _insert = _refuse


def _code_field() -> "models.CharField[str, str]":
    return models.CharField(max_length=MAX_CODE_CHARS)


class AccessEvent(models.Model):
    """One act, done or refused. Ids are random pseudonyms; no foreign key leads in or out."""

    id = models.UUIDField(primary_key=True, editable=False)
    version = models.PositiveSmallIntegerField()
    at = models.DateTimeField()
    # The forward-secure tag per writer comes with the evidence tree.
    writer = models.UUIDField(null=True)
    wseq = models.PositiveBigIntegerField(null=True)
    tag = models.BinaryField(max_length=16, null=True)
    actor = models.UUIDField(null=True)
    hat_agency = models.UUIDField(null=True)
    hat_role = _code_field()
    action = _code_field()
    outcome = _code_field()
    reason = _code_field()
    purpose = _code_field()
    case_ref = models.UUIDField(null=True)
    object_ref = models.UUIDField(null=True)
    compartment = _code_field()
    recipients = models.JSONField()
    refs = models.JSONField()
    session_ref = models.UUIDField(null=True)
    request_ref = models.UUIDField(null=True)
    client_class = _code_field()
    detail_digest = models.BinaryField(max_length=DIGEST_BYTES, null=True)
    detail = models.BinaryField(null=True)
    event_hash = models.BinaryField(max_length=DIGEST_BYTES)

    objects = WrittenByRecordQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["case_ref", "at"], name="event_case_at"),
            models.Index(fields=["actor", "at"], name="event_actor_at"),
            models.Index(fields=["hat_agency", "at"], name="event_agency_at"),
            models.Index(fields=["action", "at"], name="event_action_at"),
            models.Index(fields=["at"], name="event_at"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(outcome__in=Outcome.values), name="event_outcome_known"
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)

    def save(self, *_args: object, **_kwargs: object) -> NoReturn:
        """Refuse: audit.record is the only writer."""
        raise AppendOnlyError(type(self).__name__)

    def delete(self, *_args: object, **_kwargs: object) -> NoReturn:
        """Refuse: events are dropped by period only, after their retention."""
        raise AppendOnlyError(type(self).__name__)

    def fields(self) -> EventFields:
        """The row as the canonical encoding takes it, to recompute its hash."""
        return EventFields(
            id=self.id,
            at=self.at,
            actor=self.actor,
            hat_agency=self.hat_agency,
            hat_role=self.hat_role,
            action=self.action,
            outcome=self.outcome,
            reason=self.reason,
            purpose=self.purpose,
            case_ref=self.case_ref,
            object_ref=self.object_ref,
            compartment=self.compartment,
            recipients=tuple(map(UUID, self.recipients)),
            refs=tuple(map(UUID, self.refs)),
            session_ref=self.session_ref,
            request_ref=self.request_ref,
            client_class=self.client_class,
            detail_digest=None if self.detail_digest is None else bytes(self.detail_digest),
        )


class HistoryManager(LogEntryManager.from_queryset(AppendOnlyQuerySet)):  # type: ignore[misc]
    """django-auditlog's manager over rows that only grow."""


class HistoryEntry(AbstractLogEntry):  # type: ignore[misc]
    """Before and after of one change to a partnership, agency, person or membership.

    The library's foreign keys would delete or empty entries when a row goes: a content type stays
    while it has history, and the actor stays named by id when the person's row is gone. E-mail and
    network address of the actor have no column, so that the library cannot fill them.
    """

    content_type = models.ForeignKey(
        "contenttypes.ContentType", on_delete=models.PROTECT, related_name="+"
    )
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        blank=True,
        null=True,
        related_name="+",
    )
    actor_email = None
    remote_addr = None
    remote_port = None
    changes_text = None

    objects = HistoryManager()

    def __str__(self) -> str:
        return str(self.pk)

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Insert once; an entry that is stored already is refused."""
        if not self._state.adding:
            raise AppendOnlyError(type(self).__name__)
        super().save(*args, **kwargs)

    def delete(self, *_args: object, **_kwargs: object) -> NoReturn:
        """Refuse: history is never rewritten."""
        raise AppendOnlyError(type(self).__name__)
