"""``manage.py replay``: deliver recordings of a device through the ingest door."""

import gzip
import hashlib
import zlib
from argparse import ArgumentParser
from collections import Counter
from io import BytesIO
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from devices.actions import replays
from devices.management import tabular
from devices.management.tabular import Batch
from devices.models import Device
from devices.rules import mtconnect, shdr, tables
from devices.rules.admission import Item, Refusal
from devices.rules.readings import Observation, Problem, Refused
from marketplace.actions.parties import robot
from marketplace.models import User
from marketplace.shared import clock

LARGEST = 512 * 1024 * 1024
SECOND = 1_000_000


class Command(BaseCommand):
    """Reads every file whole before anything is sent: a damaged file is refused, nothing is half-sent."""

    help = "Replay SHDR logs, MTConnect documents or CSV tables (.gz or plain) as deliveries of a device."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="files, or folders of files")
        parser.add_argument("--format", choices=("shdr", "mtconnect", "csv"), required=True)
        parser.add_argument("--mapping", type=Path, help="JSON that says how to read the tables (CSV only)")
        parser.add_argument("--device", required=True, help="the device's code")
        parser.add_argument("--epoch", default="recording", help="name of the numbering (SHDR and CSV)")
        parser.add_argument("--shift", type=int, default=0, help="seconds to add to every time")
        parser.add_argument("--delivery", type=int, default=5000, help="readings in a delivery")
        parser.add_argument("--create-channels", action="store_true", help="add unknown keys, as private")

    def handle(self, *args: Any, **options: Any) -> None:
        device = Device.objects.select_related("owner").filter(code=options["device"]).first()
        if device is None:
            raise CommandError(f"There is no device with the code {options['device']!r}.")
        if options["delivery"] < 1:
            raise CommandError("--delivery is the number of readings in a delivery, 1 or more.")
        paths, how = _files(options["paths"]), tabular.mapping(options["format"], options["mapping"])
        for path in paths:
            _checked(path, options["format"], how)
        by, total = robot(name="replayer"), Counter[str]()
        for path in paths:
            for batch in _batches(device, path, by, how, options):
                total += self.send(device, batch, by, options)
        self.stdout.write(", ".join(f"{total[name]} {name}" for name in NAMES))

    def send(self, device: Device, batch: Batch, by: User, options: dict[str, Any]) -> Counter[str]:
        """Deliver one batch; return how much of it became what."""
        at = clock.now()
        if options["create_channels"]:
            replays.create_channels(device=device, items=batch.items, by=by, at=at)
        replays.keep_unreadable(device=device, epoch=batch.epoch, refusals=batch.refusals, by=by, at=at)
        total = Counter(unreadable=len(batch.refusals))
        for receipt in replays.send(
            device=device,
            epoch=batch.epoch,
            items=batch.items,
            covered=batch.covered,
            size=options["delivery"],
            by=by,
            at=at,
        ):
            total["accepted"] += receipt.accepted
            total["duplicates"] += receipt.duplicates
            total["conflicts"] += len(receipt.conflicts)
            total["rejected"] += len(receipt.refusals)
        return total


NAMES = ("accepted", "duplicates", "conflicts", "rejected", "unreadable")


def _files(paths: list[Path]) -> list[Path]:
    found: list[Path] = []
    for path in paths:
        found += sorted(one for one in path.iterdir() if one.is_file()) if path.is_dir() else [path]
    return found


def _content(path: Path) -> bytes:
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise CommandError(f"{path.name} cannot be read, nothing was sent: {error}") from error
    if len(content) > LARGEST:
        raise CommandError(f"{path.name} has more than {LARGEST} bytes, nothing was sent. Cut it.")
    return content


def _checked(path: Path, form: str, how: tables.Mapping | None) -> None:
    content = _content(path)
    if form == "mtconnect":
        _document(path, content)
    if how is not None:
        tabular.table(path, content, how)


def _document(path: Path, content: bytes) -> mtconnect.Document:
    try:
        return mtconnect.read(content, size=LARGEST)
    except Refused as refused:
        raise CommandError(
            f"{path.name} is refused ({refused.reason}), nothing was sent: {refused}"
        ) from refused


def _batches(
    device: Device, path: Path, by: User, how: tables.Mapping | None, options: dict[str, Any]
) -> list[Batch]:
    content, shift = _content(path), options["shift"] * SECOND
    if how is not None:
        return [tabular.batch(device, path, content, how, by, options["epoch"], shift)]
    if options["format"] == "mtconnect":
        return [_streams(path, _document(path, content), shift)]
    return [_lines(device, path, content, by, options["epoch"], shift)]


def _lines(device: Device, path: Path, content: bytes, by: User, epoch: str, shift: int) -> Batch:
    said: list[Observation] = []
    refusals: list[Refusal] = []
    for found in shdr.read(BytesIO(content)):
        if isinstance(found, Problem):
            where = f"{path.name}:{found.line}"
            refusals.append(Refusal(found.line, Item(None, None, where, None), found.reason, found.text))
        else:
            said.append(found)
    base = replays.assign_numbers(
        device=device,
        epoch=epoch,
        digest=hashlib.sha256(content).hexdigest(),
        name=path.name,
        count=len(said),
        by=by,
        at=clock.now(),
    )
    items = [Item(base + place, one.at + shift, one.key, one.text) for place, one in enumerate(said)]
    return Batch(epoch, items, [], refusals)


def _streams(path: Path, document: mtconnect.Document, shift: int) -> Batch:
    said = sorted(item for stream in document.streams for item in stream.items)
    items = [Item(one.sequence, one.at + shift, one.key, one.text) for one in said]
    problems = [problem for stream in document.streams for problem in stream.problems]
    refusals = [
        Refusal(place, Item(None, None, f"{path.name}:{place}", None), problem.reason, str(problem))
        for place, problem in enumerate(problems, start=1)
    ]
    covered = [(items[0].sequence, max(document.header.next, items[-1].sequence + 1))] if items else []
    return Batch(document.header.instance, items, covered, refusals)
