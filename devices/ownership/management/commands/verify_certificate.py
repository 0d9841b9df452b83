"""``manage.py verify_certificate``: check a certificate of erasure fetched over REST, with its records."""

import base64
import json
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from devices.ownership.rules.certificates import FIRST_LINE, tree
from marketplace.shared import ed25519, signing

LINES = 5  # of one record


class Command(BaseCommand):
    """Reads two files, no database; says OK, or what differs."""

    help = "Check a certificate of erasure (JSON of the REST API) and, if given, the records it is over."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("certificate", type=Path, help="the answer of erasure-certificates/<id>/")
        parser.add_argument("--records", type=Path, help="the answer of erasure-certificates/<id>/records/")
        parser.add_argument("--key", metavar="KEY_ID", help="the key that must have signed")

    def handle(
        self, *args: Any, certificate: Path, records: Path | None, key: str | None, **options: Any
    ) -> None:
        given = json.loads(certificate.read_text(encoding="utf-8"))
        wrong = list(_differs(given, records, key))
        for one in wrong:
            self.stdout.write(f"DIFFERS {one}")
        if wrong:
            raise CommandError(f"{len(wrong)} differences. See docs/data-ownership.md.")
        if records is None:
            self.stdout.write("The records were not given: that the root is theirs was not checked.")
        self.stdout.write(f"OK: signed by key {given['key_id']}.")


def _differs(given: dict[str, Any], records: Path | None, key: str | None) -> Iterator[str]:
    text = given["text"].encode()
    public, signature = (base64.b64decode(given[name]) for name in ("public_key", "signature"))
    if not ed25519.verify(public, text, signature):
        yield "signature: the text was not signed by this key"
    if given["key_id"] != signing.key_id(public) or (key is not None and key != given["key_id"]):
        yield "key: it is not the key that is named, or not the one that may sign"
    if not text.startswith(FIRST_LINE):
        yield "text: it is no certificate of erasure"
        return
    said = json.loads(text[len(FIRST_LINE) :])
    named = (given["id"], given["size"], given["root"], given["duty"], given["agreement"])
    if named != (said["id"], said["size"], said["root"], said["duty"], said["agreement"]):
        yield "text: it says other than what stands beside it"
    if records is not None:
        size, root = tree(_records(records.read_bytes()))
        if (size, root.hex()) != (said["size"], said["root"]):
            yield f"root: these {size} records are not those that the certificate is over"


def _records(data: bytes) -> Iterator[bytes]:
    lines = data.splitlines(keepends=True)
    for start in range(0, len(lines), LINES):
        yield b"".join(lines[start : start + LINES])
