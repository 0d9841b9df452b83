"""``manage.py reset_second_factor E-MAIL``: for somebody whose phone and recovery codes are lost."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from marketplace.actions import second_factors
from marketplace.actions.parties import robot
from marketplace.models import User
from marketplace.shared import clock


class Command(BaseCommand):
    """Take a person's second factor away; make sure first who asks (docs/operations.md)."""

    help = "take the second factor of a person away, whose phone and recovery codes are lost"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")

    def handle(self, *args: Any, **options: Any) -> None:
        email = options["email"].strip().lower()
        found = User.objects.filter(email=email, is_robot=False).first()
        if found is None:
            raise CommandError(f"{email} has no account.")
        second_factors.reset(user=found, by=robot(name="operator"), at=clock.now())
        self.stdout.write(f"{email} signs in with the password alone.")
