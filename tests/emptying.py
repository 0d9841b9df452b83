"""
How the database is emptied after a test that commits: only what has rows, and without its guards.

Django truncates every table, which for each of three hundred makes new files for it and its indexes, and then
writes types and permissions anew. Here rows are deleted where a table has any; types and permissions stay.
"""

import os
from typing import Any

from django.core.management import call_command
from django.db import connection

# Tables that Django does not manage, so that it leaves their rows behind when it empties the others.
UNMANAGED = ("devices_block", "devices_archive", "devices_logpage")
STAY = {"django_content_type", "auth_permission"}  # what Django writes anew when it emptied them
WITH_ROWS = """SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relname = ANY(%s)
    AND (relkind = 'p' OR (relkind = 'r' AND pg_relation_size(oid) > 0))"""


def empty(*_: Any) -> None:
    """Empty the tables; on the server of somebody else, as Django does."""
    if os.environ.keys().isdisjoint(("TESTS_OWN_SERVER", "TESTS_MAY_EMPTY")):
        call_command("flush", verbosity=0, interactive=False, allow_cascade=False)
        with connection.cursor() as cursor:
            cursor.execute(f"TRUNCATE {', '.join(UNMANAGED)}")
        return
    known = {*connection.introspection.django_table_names(only_existing=True, include_views=False)} - STAY
    with connection.cursor() as cursor:
        cursor.execute(WITH_ROWS, [[*known, *UNMANAGED]])
        steps = [f'DELETE FROM "{name}"' for (name,) in cursor.fetchall()]
        # Nothing but rows goes: neither what refuses the deletion of facts nor a reference is asked.
        guards = "SET LOCAL session_replication_role = {}"
        cursor.execute("; ".join(["BEGIN", guards.format("replica"), *steps, "COMMIT"]))
