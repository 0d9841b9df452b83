"""``manage.py bundle``: write the bundle of an issued invoice to a file."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from billing.actions import bundles
from billing.models import Invoice
from marketplace.actions.parties import robot
from marketplace.models import Organization
from marketplace.models.parties import OrganizationKind
from marketplace.shared import clock
from marketplace.shared.errors import DomainError


class Command(BaseCommand):
    """Reads as the platform, which stands in the access log like every read."""

    help = "Write the evidence of an issued invoice as a ZIP that verify.py in it checks."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--invoice", required=True, metavar="NUMBER")
        parser.add_argument("--to", required=True, type=Path, metavar="FILE")

        parser.add_argument(
            "--from-period", action="store_true", help="only deliveries from the beginning of its period on"
        )

    def handle(self, *args: Any, invoice: str, to: Path, from_period: bool, **options: Any) -> None:
        found = Invoice.objects.with_parties().filter(number=invoice).first()
        platform = Organization.objects.filter(kind=OrganizationKind.PLATFORM).first()
        if found is None or platform is None:
            raise CommandError(f"There is no issued invoice with the number {invoice!r}.")
        part = to.with_name(to.name + ".part")
        try:
            with part.open("wb") as file:
                by = robot(name="operator")
                bundles.make(
                    invoice=found,
                    to=file,
                    within=platform,
                    by=by,
                    at=clock.now(),
                    from_handover=not from_period,
                )
            part.replace(to)
        except (DomainError, OSError) as error:
            raise CommandError(str(error)) from error
        finally:
            part.unlink(missing_ok=True)
        self.stdout.write(f"{to}: check it with python3 verify.py {to.name}, on any machine.")
