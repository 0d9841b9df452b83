"""Celery tasks: load by id, call one action."""

from typing import Any

from celery import shared_task

from devices.actions import archiving, carrying_out, partitions, sealing, silences
from marketplace.actions.parties import robot
from marketplace.shared import clock


@shared_task
def prepare_partitions(**kwargs: Any) -> None:
    """Make the partitions of this month and the two that follow; drop those of past months that are empty."""
    partitions.prepare(at=clock.now())
    partitions.retire()


@shared_task
def seal_log(**kwargs: Any) -> None:
    """Append what was delivered since the last time to the evidence log, and sign its head."""
    sealing.seal(by=robot(name="clock"), at=clock.now())


@shared_task
def archive_hours(**kwargs: Any) -> None:
    """Fold the deliveries of hours long over into archives, and old entries of the log into pages."""
    by = robot(name="clock")
    archiving.fold(by=by, at=clock.now())
    archiving.fold_log(by=by, at=clock.now())


@shared_task
def watch_silences(**kwargs: Any) -> None:
    """Note the leased devices that fell silent, and end the silences of those that speak again."""
    silences.watch(by=robot(name="clock"), at=clock.now())


@shared_task
def carry_out_duties(**kwargs: Any) -> None:
    """Tell lessees what goes when, erase what is due, certify it, and note what is late."""
    carrying_out.run(by=robot(name="clock"), at=clock.now())
