"""Start a PostgreSQL with durable settings, fill an empty database, measure, print a table."""

import base64
import contextlib
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from config.up import postgres, redis_server


def main() -> None:
    """
    Run every measurement against services of its own; nothing of the machine's is used or kept.

    ``KEEP=<directory>`` keeps the database there: a market that was filled once is asked again.
    """
    with contextlib.ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="jijian-bench-")))
        data = Path(os.environ.get("KEEP") or home)
        data.mkdir(exist_ok=True)
        for each in {home, data}:
            each.chmod(0o711)
        cluster = postgres.cluster_at(data / "pg", sockets=home)
        if cluster.isolation.owner != os.geteuid():
            for each in {home, data}:
                os.chown(each, cluster.isolation.owner, -1)
        cluster.create()
        options = postgres.for_serving()  # fsync and synchronous_commit stay on
        server = cluster.start(log=home / "postgres.log", options=options)
        stack.callback(server.wait, 20)
        stack.callback(server.ask_to_stop)
        queue, url = redis_server.start(
            data=home, sockets=home, log=home / "redis.log", env=os.environ, durable=False
        )
        stack.callback(queue.wait, 20)
        stack.callback(queue.ask_to_stop)
        os.environ |= {
            "DATABASE_URL": cluster.url(postgres.OWNER),
            "REDIS_URL": url,
            "SECRET_KEY": "only-for-measuring",
            "LOG_SIGNING_KEY": base64.b64encode(bytes(32)).decode(),
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "LOG_LEVEL": "ERROR",
            "TELEMETRY_READINGS_PER_SECOND": "100000000",  # the server is measured, not the limit
            "TELEMETRY_BURST": "10000000000",
        }
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        from benchmarks import (
            acceptances,
            books,
            calendar,
            figures,
            imports,
            ingest,
            invoices,
            month,
            pages,
            rating,
            reads,
            reconciliation,
            rights,
            search,
            statements,
        )
        from tests.factories import marketplace as make

        tables: dict[str, Callable[[], list[tuple[str, str, str, str]]]] = {
            "ingest": lambda: ingest.measure({}),
            "memory": lambda: ingest.memory({}),
            "reads": reads.rows,
            "rights": rights.rows,
            "rating": rating.rows,
            "reconciliation": reconciliation.rows,
            "statements": statements.rows,
            "month": month.rows,
            "pages": pages.rows,
            "acceptances": lambda: acceptances.rows(make.organization("Bench owner")),
            "invoices": invoices.rows,
            "corrections": invoices.corrections,
            "books": books.rows,
            "calendar": calendar.rows,
            "search": search.rows,
            "imports": imports.rows,
        }
        only = sys.argv[1:]
        for name in only:
            if name in tables:
                figures.table(tables[name]())
        if not set(only) & set(tables):
            figures.run(list if only else lambda: ingest.measure({}))


if __name__ == "__main__":
    main()
