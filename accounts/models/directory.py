"""The table of signed statements: who owns which public key and who says so."""

from django.db import models


class DirectoryStatement(models.Model):
    """One link of the chain. `body` is canonical JSON; the other columns help to find it."""

    seq = models.PositiveBigIntegerField(primary_key=True)
    kind = models.CharField(max_length=16)
    subject_id = models.UUIDField(db_index=True)
    body = models.BinaryField()
    signature = models.BinaryField(max_length=64)
    digest = models.BinaryField(max_length=32)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return str(self.seq)
