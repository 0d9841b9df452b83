"""``manage.py verify_certificate``: check a certificate of an erasure or a registration."""

import base64
import json
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from devices.ownership.rules import registrations
from devices.ownership.rules.certificates import FIRST_LINE, tree
from marketplace.shared import ed25519, signing

LINES = 5  # of one record
GIVEN = "the answer of erasure-certificates/<id>/ or data-registrations/<id>/statement/"


class Command(BaseCommand):
    """Reads two files, no database; says OK, or what differs."""

    help = "Check a certificate (JSON of the REST API) and, of an erasure, the records it is over if given."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("certificate", type=Path, help=GIVEN)
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
        if records is None and given["text"].startswith(FIRST_LINE.decode()):
            self.stdout.write("The records were not given: that the root is theirs was not checked.")
        self.stdout.write(f"OK: signed by key {given['key_id']}.")


def _differs(given: dict[str, Any], records: Path | None, key: str | None) -> Iterator[str]:
    text = given["text"].encode()
    public, signature = (base64.b64decode(given[name]) for name in ("public_key", "signature"))
    if not ed25519.verify(public, text, signature):
        yield "signature: the text was not signed by this key"
    if given["key_id"] != signing.key_id(public) or (key is not None and key != given["key_id"]):
        yield "key: it is not the key that is named, or not the one that may sign"
    if text.startswith(registrations.FIRST_LINE):
        yield from _registration_differs(given, text)
        return
    if not text.startswith(FIRST_LINE):
        yield "text: it is no certificate of erasure or registration"
        return
    said = json.loads(text[len(FIRST_LINE) :])
    named = (given["id"], given["size"], given["root"], given["duty"], given["agreement"])
    if named != (said["id"], said["size"], said["root"], said["duty"], said["agreement"]):
        yield "text: it says other than what stands beside it"
    if records is not None:
        size, root = tree(_records(records.read_bytes()))
        if (size, root.hex()) != (said["size"], said["root"]):
            yield f"root: these {size} records are not those that the certificate is over"


def _registration_differs(given: dict[str, Any], text: bytes) -> Iterator[str]:
    said = json.loads(text[len(registrations.FIRST_LINE) :])
    if (given["id"], given["number"]) != (said["id"], said["number"]):
        yield "text: it says other than what stands beside it"
    if given["digest"] != registrations.digest(text):
        yield "digest: it is not that of the text"
    if said["step"] != "GRANTED":
        yield "text: it was not granted"


def _records(data: bytes) -> Iterator[bytes]:
    lines = data.splitlines(keepends=True)
    for start in range(0, len(lines), LINES):
        yield b"".join(lines[start : start + LINES])
