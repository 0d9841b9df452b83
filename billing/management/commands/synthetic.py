"""``manage.py synthetic start|stop|state``: the contract that the platform keeps with itself as a check."""

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import translation

from billing.actions import synthetic
from billing.models import CheckFinding, SyntheticContract
from billing.queries.check_synthetic import lags_of
from billing.rules.checks import SYNTHETIC
from marketplace.actions.parties import robot
from marketplace.shared import clock
from marketplace.shared.errors import DomainError


class Command(BaseCommand):
    """Starting twice is starting once; stopping keeps everything."""

    help = "Start, stop or show the synthetic contract; `state` exits with 1 if a check of it is broken."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("do", choices=("start", "stop", "state"))

    def handle(self, *args: Any, do: str, **options: Any) -> None:
        at = clock.now()
        try:
            if do == "start":
                synthetic.start(at=at, by=robot(name="synthetic"))
            if do == "stop":
                synthetic.stop(at=at, by=robot(name="synthetic"))
        except DomainError as error:
            raise CommandError(str(error)) from error
        found = SyntheticContract.objects.select_related("lease__lessor", "device").first()
        if found is None:
            self.stdout.write("No synthetic contract. Start one with manage.py synthetic start.")
            return
        stopped = f"stopped {found.stopped_at:%F %T} UTC" if found.stopped_at else "running"
        self.stdout.write(f"{found.public_id} lease {found.lease.number}: {stopped}")
        lags = lags_of(found, at)
        for name in ("silent_for", "unmetered_for", "issued_after"):
            self.stdout.write(f"  {name:14} {_seconds(getattr(lags, name))}")
        if do == "state" and not found.stopped_at:
            self._broken()

    def _broken(self) -> None:
        broken = CheckFinding.objects.standing().filter(code__in=SYNTHETIC).order_by("code", "pk")
        with translation.override("en"):
            for one in broken:
                self.stdout.write(f"BROKEN {one.code} since {one.since:%F %T} UTC\n  {one.about}")
        if broken:
            raise CommandError(f"{len(broken)} findings stand; see docs/checks.md.")


def _seconds(lag: timedelta | None) -> str:
    return "not known yet" if lag is None else f"{int(lag.total_seconds())} s"
