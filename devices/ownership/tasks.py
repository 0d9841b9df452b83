"""Celery tasks: load by id, call one action."""

from typing import Any

from celery import shared_task

from devices.ownership.actions import assets, registrar, sealing, sharing_answers
from marketplace.actions.parties import robot
from marketplace.shared import clock


@shared_task
def seal_reads(**kwargs: Any) -> None:
    """Append the reads since the last time to the sealed log, and sign its head."""
    sealing.seal(by=robot(name="clock"), at=clock.now())


@shared_task
def keep_register(**kwargs: Any) -> None:
    """Register what is missing in the register of data, and measure how often series speak."""
    assets.keep_register(by=robot(name="clock"), at=clock.now())


@shared_task
def sign_registrations(**kwargs: Any) -> None:
    """Sign the certificates that the platform has granted."""
    registrar.sign(by=robot(name="clock"), at=clock.now())


@shared_task
def note_overdue_sharing(**kwargs: Any) -> None:
    """Note which recipients have not confirmed in time that they erased what was shared with them."""
    sharing_answers.note_overdue(by=robot(name="clock"), at=clock.now())
