"""Triggers that keep events append-only, and the index that finds a case in the lists that showed it."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from audit import triggers

TABLE = "audit_accessevent"
INDEX = "event_refs"


def put_on(_apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    triggers.put_on(schema_editor, TABLE)
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(f"CREATE INDEX {INDEX} ON {TABLE} USING gin (refs jsonb_path_ops)")


def take_off(_apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(f"DROP INDEX {INDEX}")
    triggers.take_off(schema_editor, TABLE)


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_access_event")]

    operations = [migrations.RunPython(put_on, take_off, elidable=False)]
