"""``manage.py grant_app_role``: let the application use tables it does not own."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.db import connection
from psycopg import sql

from config.roles import APPEND_ONLY, statements


class Command(BaseCommand):
    """Creates the role where it is missing and grants exactly what the application needs."""

    help = "Create the application's database role and grant its rights (run after migrate, as the owner)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--role", default=settings.DATABASE_APP_ROLE or "jijian_app")

    def handle(self, *args: Any, **options: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [options["role"]])
            if cursor.fetchone() is None:
                cursor.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(sql.Identifier(options["role"])))
            cursor.execute(
                "SELECT current_user = %s OR pg_has_role(current_user, %s, 'MEMBER')",
                [options["role"], options["role"]],
            )
            if not cursor.fetchone()[0]:
                cursor.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(sql.Identifier(options["role"])))
            for statement in statements(options["role"]):
                cursor.execute(statement)
        self.stdout.write(f"role {options['role']}: {len(APPEND_ONLY)} append-only tables")
