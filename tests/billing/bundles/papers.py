"""Bundles to check: made as people make them, opened, changed and closed again as a forger would."""

import base64
import hashlib
import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from billing.actions import bundles, invoices
from billing.models import Invoice
from billing.rules import bundles as rules
from billing.rules import rechecking
from devices.actions import sealing
from devices.rules import digests
from tests.billing import world

ALONE = (sys.executable, "-I", "-S")


def seal(scene: world.Scene) -> None:
    """Seal all deliveries."""
    sealing.seal(by=scene.clock, at=world.LATER)


def packed(invoice: Invoice, scene: world.Scene, **changes: Any) -> bytes:
    """Make the bundle of an invoice."""
    given = {"within": scene.lessee, "by": scene.buyer, "at": world.LATER} | changes
    to = io.BytesIO()
    bundles.make(invoice=invoice, to=to, **given)
    return to.getvalue()


def rent(scene: world.Scene) -> Invoice:
    """Return the owner's first issued invoice."""
    return Invoice.objects.issued().filter(seller=scene.lessor).earliest("period_start")


def bill(scene: world.Scene, at: Any) -> Invoice:
    """Bill what is due, seal, and return the owner's invoice."""
    invoices.bill(lease=scene.lease, at=at, by=scene.clock)
    seal(scene)
    return rent(scene)


def verify(bundle: Path, *arguments: str) -> tuple[int, str]:
    """Check a bundle with nothing of the project in reach; return exit code and what was said."""
    program = bundle.parent / "verify.py"
    with zipfile.ZipFile(bundle) as found:
        program.write_bytes(found.read("verify.py"))
    return run(program, str(bundle), *arguments)


def verify_folder(folder: Path) -> tuple[int, str]:
    """Check an unpacked bundle with its own program."""
    return run(folder / "verify.py")


def run(program: Path, *arguments: str) -> tuple[int, str]:
    """Run a program with nothing of the project in reach, from an empty folder."""
    empty = program.parent.parent / "empty"
    empty.mkdir(exist_ok=True)
    done = subprocess.run(
        [*ALONE, str(program), *arguments],
        cwd=empty,
        env={},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    return done.returncode, done.stdout + done.stderr


class Papers:
    """An opened bundle: its files by name, its deliveries as rows."""

    def __init__(self, bundle: bytes) -> None:
        with zipfile.ZipFile(io.BytesIO(bundle)) as found:
            self.files = {name: found.read(name) for name in found.namelist()}

    def document(self, name: str) -> Any:
        """Return one JSON document."""
        return json.loads(self.files[name])

    def rows(self) -> list[dict[str, Any]]:
        """Return the deliveries."""
        return [json.loads(line) for line in self.files["deliveries.jsonl"].splitlines()]

    def change(self, name: str, change: Callable[[Any], None]) -> None:
        """Change a document in place."""
        document = self.document(name)
        change(document)
        self.files[name] = json.dumps(document, ensure_ascii=False).encode()

    def deliver(self, rows: list[dict[str, Any]]) -> None:
        """Put other deliveries in."""
        self.files["deliveries.jsonl"] = b"".join(json.dumps(row).encode() + b"\n" for row in rows)

    def close(self, to: Path, *, forged: bool = True) -> Path:
        """Pack again; a forger makes the manifest fit."""
        if forged:
            self.change("manifest.json", self._fit)
        with zipfile.ZipFile(to, "w") as packed:
            for name, content in self.files.items():
                packed.writestr(name, content)
        return to

    def recheck(self, *, trusted: tuple[str, ...] = ()) -> list[str]:
        """Check with the rules of the project itself; return what differs."""
        known = {name: self.document(name) for name in rules.DOCUMENTS}
        lines = self.files["deliveries.jsonl"].decode().splitlines()
        result = rechecking.check(known, lines, trusted=trusted)
        return [f"DIFFERS {one.code}: {one.text}" for one in result.differences]

    def _fit(self, manifest: dict[str, Any]) -> None:
        others = {name: one for name, one in self.files.items() if name != "manifest.json"}
        totals = {name: hashlib.sha256(one).hexdigest() for name, one in sorted(others.items())}
        rules = {name: total for name, total in totals.items() if name.startswith("rules/")}
        text = json.dumps(rules, sort_keys=True, separators=(",", ":"))
        manifest |= {"files": totals, "rules": hashlib.sha256(text.encode()).hexdigest()}


def group(row: dict[str, Any], name: str) -> dict[str, Any]:
    """Return one open group of a delivery."""
    return next(one for one in row["open"] if one["name"] == name)


def redigest(row: dict[str, Any], name: str) -> None:
    """Make the digest of a group fit what it now holds."""
    one = group(row, name)
    pairs = [[tuple(pair) for pair in one[part]] for part in ("channels", "words")]
    content = digests.hashed_of(name, base64.b64decode(one["block"]), *pairs)
    row["groups"][name] = digests.salted(bytes.fromhex(one["salt"]), content).hex()


def releaf(rows: list[dict[str, Any]]) -> None:
    """Make all leaves fit their groups, and the chain fit the leaves."""
    previous = bytes.fromhex(rows[0]["previous"])
    for row in rows:
        row["previous"] = previous.hex()
        groups = {name: bytes.fromhex(total) for name, total in row["groups"].items()}
        facts = {"device": row["device"], "arrival": row["arrival"], "previous": previous}
        previous = digests.leaf(**facts, groups=digests.joined(groups))
        row["leaf"] = previous.hex()
