"""``manage.py prepare``: schema, grants and, if asked for, the demonstration, in one start of Django."""

import io
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError, call_command
from django.db import connection

from config import right_database
from config.up.say import step


class Command(BaseCommand):
    help = "Bring the database up to date: migrate, grant the application's role, load the demonstration."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--role", required=True, help="the role that the application works as")
        parser.add_argument("--demo", action="store_true", help="also load the demonstration, as that role")

    def handle(self, *args: Any, role: str, demo: bool, **options: Any) -> None:
        """Each part can be repeated; what is already there stays."""
        try:
            with connection.cursor() as cursor:
                right_database.check(settings.JIJIAN_MODE, cursor)
            call_command("migrate", interactive=False, verbosity=0)
            with connection.cursor() as cursor:
                right_database.claim(settings.JIJIAN_MODE, cursor)
        except right_database.WrongDatabase as error:
            raise CommandError(str(error)) from error
        call_command("grant_app_role", role=role, stdout=io.StringIO())
        step("schema is up to date")
        if demo:
            work_as(role)
            said = io.StringIO()
            call_command("demo", stdout=said)
            step(next(iter(said.getvalue().strip().splitlines()[-1:]), "demo is loaded"))


def work_as(role: str) -> None:
    """From here on use the rights of the application, not those of the owner."""
    connection.close()
    if hasattr(connection, "close_pool"):
        connection.close_pool()
    options = connection.settings_dict["OPTIONS"]
    options["options"] = f"{options.get('options', '')} -c role={role}".strip()
