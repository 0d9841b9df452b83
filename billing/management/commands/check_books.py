"""``manage.py check_books``: run the standing checks, say what breaks a rule, and fail if anything does."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import translation

from billing.actions import checks
from billing.models import CheckFinding
from billing.rules.checks import CHECKS
from marketplace.actions.parties import robot
from marketplace.shared import clock
from marketplace.shared.errors import DomainError

MOST_SHOWN = 50


class Command(BaseCommand):
    """Keeps the run and what it found as the nightly one does, and can run while everybody works."""

    help = "Check invoices, use and books against their standing rules; exits with 1 if one is broken."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--only",
            action="append",
            default=[],
            metavar="CHECK",
            help=f"run this check alone; may be repeated. One of: {', '.join(CHECKS)}",
        )

    def handle(self, *args: Any, only: list[str], **options: Any) -> None:
        try:
            run = checks.run(at=clock.now(), by=robot(name="check_books"), only=only)
        except DomainError as error:
            raise CommandError(str(error)) from error
        results = list(run.results.all())
        for result in results:
            said = result.failure or (f"{result.count} found" if result.count else "holds")
            self.stdout.write(f"{result.code:22} {said}")
        codes = [result.code for result in results]
        broken = CheckFinding.objects.standing().filter(code__in=codes).order_by("code", "pk")
        with translation.override("en"):
            for one in broken[:MOST_SHOWN]:
                self.stdout.write(f"BROKEN {one.code} {one.public_id} since {one.since:%F %T} UTC")
                self.stdout.write(f"  {one.about}")
                self.stdout.write(f"  {one.next_step}")
        if count := broken.count():
            raise CommandError(f"{count} findings stand. Change nothing; see docs/checks.md.")
        self.stdout.write(f"OK: {len(results)} checks hold.")
