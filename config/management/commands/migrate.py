"""``manage.py migrate``: Django's, which gives an empty database the whole schema at once."""

from typing import Any

from django.core.management.base import CommandParser
from django.core.management.commands import migrate
from django.db import connections

from config import migrated


class Command(migrate.Command):
    """The result is that of the migrations alone; ``--each`` runs them."""

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--each", action="store_true", help="run each migration, even on an empty database"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        whole = not any(
            options.get(name) for name in ("each", "app_label", "plan", "check_unapplied", "fake")
        )
        if whole and migrated.give(connections[options["database"]]) and options["verbosity"] >= 1:
            self.stdout.write("An empty database: given the schema of config/schema.sql.")
        super().handle(*args, **options)
