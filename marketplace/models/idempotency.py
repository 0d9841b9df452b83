"""Answers already given to a POST with an ``Idempotency-Key``."""

from typing import ClassVar

from django.db import models


class IdempotencyRecord(models.Model):
    """
    The stored answer to one key of one caller on one path.

    ``status`` 0 marks a request still running. Answers 409, 429 and 5xx are not kept, because they are meant
    to be tried again.
    """

    caller = models.CharField(max_length=40)
    method_path = models.CharField(max_length=200)
    key = models.CharField(max_length=100)
    body_hash = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(default=0)
    content_type = models.CharField(max_length=80, blank=True)
    body = models.BinaryField(default=b"")
    headers = models.JSONField(default=dict)
    created_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="%(app_label)s_%(class)s_once", fields=["caller", "method_path", "key"]
            )
        ]

    def __str__(self) -> str:
        return f"{self.method_path} {self.key}"
