"""Fills the twin: planned referrals and texts, and every grant in both kinds of tables."""

from collections.abc import Iterator
from random import Random
from uuid import UUID

from auditlog.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.contrib.contenttypes.models import ContentType
from guardian.models import UserObjectPermission

from bench.loading import Row, load, loading, settle
from bench.plan import (
    AGENCIES,
    EVENTS_EACH,
    KINDS,
    PASSWORD,
    PEOPLE,
    READER,
    SEED,
    TEXT,
    Planned,
    new_id,
    planned,
)
from bench.twin.direct.models import CaseUserPermission
from bench.twin.models import Agency, Case, Item, Referral
from casework.choices import Channel, Compartment, Mark

_GRANT = "view_case"


def fill(total: int) -> None:
    """The planned referrals in an empty, migrated database."""
    _Filling(total).run()


class _Filling:
    """One filling of an empty database."""

    def __init__(self, total: int) -> None:
        self.referrals = list(planned(total))
        self.dice = Random(SEED + 1)
        self.agencies = [new_id(self.dice) for _ in range(AGENCIES)]
        self.people: list[int] = []
        self.reader = 0

    def run(self) -> None:
        """Everything in one transaction, then statistics."""
        self._people()
        with loading():
            load(Agency, ("id", "name"), [(each, f"Agency {each[:6]}") for each in self.agencies])
            load(Case, ("id", "state", "age_band", "opened_at"), self._cases())
            load(
                Referral,
                (
                    "id",
                    "reference",
                    "case",
                    "agency",
                    "state",
                    "urgency",
                    "channel",
                    "submitted_at",
                    "due_at",
                ),
                self._referral_rows(),
            )
            load(
                Item,
                ("id", "case", "kind", "compartment", "mark", "agency", "text", "created_at"),
                self._items(),
            )
            self._grants()
            self._log()
        settle()

    def _people(self) -> None:
        users = User.objects
        self.reader = users.create_user(username=READER, password=PASSWORD).pk
        names = [f"person{number}" for number in range(PEOPLE)]
        users.bulk_create(User(username=name, password="!") for name in names)
        self.people = list(
            users.exclude(pk=self.reader).order_by("pk").values_list("pk", flat=True)
        )

    def _cases(self) -> Iterator[Row]:
        for each in self.referrals:
            yield each.case_id, each.case_state.value, each.age_band.value, each.at

    def _referral_rows(self) -> Iterator[Row]:
        for each in self.referrals:
            yield (
                each.id,
                each.reference,
                each.case_id,
                self.agencies[each.agency],
                each.state.value,
                each.urgency.value,
                Channel.WRITTEN.value,
                each.at,
                each.at,
            )

    def _items(self) -> Iterator[Row]:
        for each in self.referrals:
            for number in range(each.items):
                yield (
                    new_id(self.dice),
                    each.case_id,
                    KINDS[number].value,
                    Compartment.C2.value,
                    Mark.FACT.value,
                    self.agencies[each.agency],
                    TEXT,
                    each.at,
                )

    def _grants(self) -> None:
        permission = Permission.objects.get(codename=_GRANT, content_type__app_label="twin")
        load(
            CaseUserPermission,
            ("user", "permission", "content_object"),
            ((user, permission.pk, each.case_id) for each, user in self._holders()),
        )
        load(
            UserObjectPermission,
            ("user", "permission", "content_type", "object_pk"),
            (
                (user, permission.pk, permission.content_type_id, str(UUID(each.case_id)))
                for each, user in self._holders()
            ),
        )

    def _holders(self) -> Iterator[tuple[Planned, int]]:
        """The author and one reader of each case."""
        for each in self.referrals:
            author = self.people[each.author]
            yield each, author
            reader = self.reader if each.visible else self.people[each.reader]
            if reader != author:
                yield each, reader

    def _log(self) -> None:
        content_type = ContentType.objects.get_for_model(Case).pk
        load(
            LogEntry,
            (
                "content_type",
                "object_pk",
                "object_repr",
                "action",
                "changes_text",
                "changes",
                "actor",
                "timestamp",
            ),
            (
                (
                    content_type,
                    str(UUID(each.case_id)),
                    each.case_id,
                    LogEntry.Action.ACCESS,
                    "",
                    "{}",
                    self.people[each.author],
                    each.at,
                )
                for each in self.referrals
                for _event in range(EVENTS_EACH)
            ),
        )
