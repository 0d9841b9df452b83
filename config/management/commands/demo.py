"""``manage.py demo``: load the demonstration."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from config.demo.build import OtherData, load
from marketplace.shared import clock


class Command(BaseCommand):
    """Fictional organizations, real recordings; running it again changes nothing."""

    help = "Load the demonstration into an empty database."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            self.stdout.write(load(clock.now()))
        except OtherData:
            raise CommandError(
                "This database holds other organizations; the demonstration needs one of its own. "
                "Start without --demo, or point DATABASE_URL at an empty database."
            ) from None
