"""``manage.py receivables_tape``: make a receivables tape of a book and write it to a file."""

import json
import secrets
from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from billing.actions import tapes
from billing.models import Book, Tape
from billing.rules.tape_dictionary import csv_text, dictionary
from marketplace.models import User
from marketplace.queries import organization_named
from marketplace.shared import clock
from marketplace.shared.errors import DomainError


class Command(BaseCommand):
    """Acts as a person who may post to the book; the tape and who took it stand in the audit trail."""

    help = "Make a receivables tape of a book, as CSV or JSON with its dictionary."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--book", required=True, metavar="CODE")
        parser.add_argument("--by", required=True, metavar="EMAIL")
        parser.add_argument("--through", required=True, type=date.fromisoformat, metavar="YYYY-MM-DD")
        parser.add_argument("--seller", default="", metavar="CREDIT_CODE")
        parser.add_argument("--format", required=True, choices=["csv", "json"])
        parser.add_argument("--to", required=True, type=Path, metavar="FILE")

    def handle(self, *args: Any, book: str, by: str, through: date, to: Path, **options: Any) -> None:
        found = Book.objects.select_related("organization").filter(code=book).first()
        person = User.objects.filter(email=by.strip().lower(), is_active=True).first()
        seller = organization_named(options["seller"]) if options["seller"] else None
        if found is None or person is None or bool(options["seller"]) is not (seller is not None):
            raise CommandError("There is no such book, person, or seller.")
        who: dict[str, Any] = {"by": person, "at": clock.now()}
        try:
            made = tapes.make(book=found, through=through, seller=seller, salt=secrets.token_hex(16), **who)
            tapes.hand_out(tape=made, form=options["format"], **who)
            _write(made, options["format"], to)
        except (DomainError, OSError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{to}: {made.rows} rows, tape {made.public_id}, {made.digest}")


def _write(tape: Tape, form: str, to: Path) -> None:
    if form == "json":
        content = {"dictionary": dictionary(), "content": tape.content, "digest": tape.digest}
        to.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        return
    to.write_text(csv_text(tape.content["rows"]), encoding="utf-8-sig", newline="")
