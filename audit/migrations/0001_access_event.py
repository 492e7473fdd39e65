"""The table of the access log."""

from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="AccessEvent",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("version", models.PositiveSmallIntegerField()),
                ("at", models.DateTimeField()),
                ("writer", models.UUIDField(null=True)),
                ("wseq", models.PositiveBigIntegerField(null=True)),
                ("tag", models.BinaryField(max_length=16, null=True)),
                ("actor", models.UUIDField(null=True)),
                ("hat_agency", models.UUIDField(null=True)),
                ("hat_role", models.CharField(max_length=40)),
                ("action", models.CharField(max_length=40)),
                ("outcome", models.CharField(max_length=40)),
                ("reason", models.CharField(max_length=40)),
                ("purpose", models.CharField(max_length=40)),
                ("case_ref", models.UUIDField(null=True)),
                ("object_ref", models.UUIDField(null=True)),
                ("compartment", models.CharField(max_length=40)),
                ("recipients", models.JSONField()),
                ("refs", models.JSONField()),
                ("session_ref", models.UUIDField(null=True)),
                ("request_ref", models.UUIDField(null=True)),
                ("client_class", models.CharField(max_length=40)),
                ("detail_digest", models.BinaryField(max_length=32, null=True)),
                ("detail", models.BinaryField(null=True)),
                ("event_hash", models.BinaryField(max_length=32)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["case_ref", "at"], name="event_case_at"),
                    models.Index(fields=["actor", "at"], name="event_actor_at"),
                    models.Index(fields=["hat_agency", "at"], name="event_agency_at"),
                    models.Index(fields=["action", "at"], name="event_action_at"),
                    models.Index(fields=["at"], name="event_at"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("outcome__in", ["done", "refused"])),
                        name="event_outcome_known",
                    )
                ],
            },
        ),
    ]
