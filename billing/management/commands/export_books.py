"""``manage.py export_books``: write a book so that other programs can prove it."""

import hashlib
import json
from argparse import ArgumentParser
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction

from billing.models import Book
from billing.queries.exports import book_file, last_seal
from billing.rules.export_beancount import beancount
from billing.rules.export_hledger import hledger
from billing.rules.export_tables import csv_rows, json_rows
from billing.rules.export_values import BookFile, Posted, manifest

WRITERS: dict[str, Callable[[BookFile], Iterator[str]]] = {
    "beancount": beancount,
    "hledger": hledger,
    "csv": csv_rows,
    "json": json_rows,
}


class Counted:
    """Counts journals and lines as they pass."""

    def __init__(self, journals: Iterable[Posted]) -> None:
        self.source = journals
        self.journals = self.lines = 0

    def __iter__(self) -> Iterator[Posted]:
        for journal in self.source:
            self.journals += 1
            self.lines += len(journal.lines)
            yield journal


class Command(BaseCommand):
    """Reads one moment of the database, so that journals and balances belong together."""

    help = "Export a book for beancount, hledger, a spreadsheet or a program, with a manifest beside it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--book", required=True, metavar="CODE")
        parser.add_argument("--format", required=True, choices=sorted(WRITERS))
        parser.add_argument("--through", required=True, type=date.fromisoformat, metavar="YYYY-MM-DD")
        parser.add_argument("--to", required=True, type=Path, metavar="FILE")

    def handle(self, *args: Any, book: str, through: date, to: Path, **options: Any) -> None:
        found = Book.objects.filter(code=book).first()
        if found is None:
            raise CommandError(f"There is no book with the code {book!r}.")
        form, part = options["format"], to.with_name(to.name + ".part")
        is_outermost = not connection.in_atomic_block
        try:
            with transaction.atomic():
                if is_outermost:
                    one_moment()
                content = self._write(found, form, through, part)
            part.replace(to)
            beside = to.with_name(to.name + ".manifest.json")
            beside.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
        except OSError as error:
            raise CommandError(str(error)) from error
        finally:
            part.unlink(missing_ok=True)
        self.stdout.write(f"{to}: {content['journals']} journals, {content['lines']} lines")

    def _write(self, book: Book, form: str, through: date, part: Path) -> dict[str, Any]:
        made = book_file(book, through)
        counted, total = Counted(made.journals), hashlib.sha256()
        with part.open("wb") as file:
            for row in WRITERS[form](replace(made, journals=counted)):
                line = f"{row}\n".encode()
                total.update(line)
                file.write(line)
        number, last_hash = last_seal(book, through)
        return manifest(
            book=book.code,
            form=form,
            through=through,
            journals=counted.journals,
            lines=counted.lines,
            sealed=number,
            last_hash=last_hash,
            sha256=total.hexdigest(),
        )


def one_moment() -> None:
    """Let all that follows in the transaction see the database as it is at its first query."""
    with connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
