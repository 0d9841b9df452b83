"""Delivery blocks: what was reported lately, one row a delivery, one compact column a retention class."""

from django.db import models

from devices.models.devices import Device


class Block(models.Model):
    """
    One accepted delivery, while it is hot.

    ``at_lo`` and ``at_hi`` are the least and greatest device time in it, in microseconds since 1970 UTC. The
    three class columns and the life trace are encoded by ``devices.rules.blocks``. ``body_hash`` finds a
    delivery that is sent again; ``leaf`` chains the deliveries of a device, so that nothing can be left out.
    The table is insert-only and partitioned by received month (migration 0002); no foreign key leads here.
    Rows leave it only for an archive (migration 0010): to read deliveries, ask ``Holding``, which shows both.
    """

    pk = models.CompositePrimaryKey("device_id", "arrival", "received_at")
    device = models.ForeignKey(Device, on_delete=models.PROTECT, related_name="+", db_index=False)
    arrival = models.BigIntegerField()
    received_at = models.DateTimeField()
    epoch_number = models.PositiveIntegerField()
    sequence_lo = models.BigIntegerField()
    sequence_hi = models.BigIntegerField()
    count = models.PositiveIntegerField()
    at_lo = models.BigIntegerField()
    at_hi = models.BigIntegerField()
    evidence = models.BinaryField()
    ordinary = models.BinaryField()
    private = models.BinaryField()
    life = models.BinaryField()
    body_hash = models.BinaryField()
    leaf = models.BinaryField()
    salt = models.BinaryField()

    class Meta:
        managed = False
        db_table = "devices_block"

    def __str__(self) -> str:
        return f"{self.device_id} #{self.arrival}"
