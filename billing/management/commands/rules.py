"""``manage.py rules``: print the digest of the rules that count here."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from billing.actions import bundle_files


class Command(BaseCommand):
    """Needs no database: on a checkout of the published source it says what a bundle must name."""

    help = "Print the digest for verify.py --rules, of the source that this runs from."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--files", action="store_true", help="also the SHA-256 of each file")

    def handle(self, *args: Any, files: bool, **options: Any) -> None:
        if files:
            for name, total in sorted(bundle_files.digests().items()):
                self.stdout.write(f"{total}  {name}")
        self.stdout.write(bundle_files.fingerprint())
