"""Tables for ``manage.py replay``: the mapping, the rows, and their numbers."""

import hashlib
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

from django.core.management.base import CommandError

from devices.actions import replays
from devices.models import Device
from devices.rules import ranges, tables
from devices.rules.admission import Item, Refusal
from devices.rules.readings import Problem, Refused
from marketplace.models import User
from marketplace.shared import clock

MOST_MAPPING = 1024 * 1024


class Batch(NamedTuple):
    """The items of one epoch in a file, and what of it could not be read."""

    epoch: str
    items: list[Item]
    covered: list[tuple[int, int]]
    refusals: list[Refusal]


def mapping(form: str, path: Path | None) -> tables.Mapping | None:
    """Read the mapping, which goes with tables and with nothing else."""
    if (form == "csv") != (path is not None):
        raise CommandError("--mapping FILE.json goes with --format csv, which needs it.")
    if path is None:
        return None
    try:
        with path.open("rb") as file:
            return tables.mapping(file.read(MOST_MAPPING).decode())
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{path.name} cannot be read, nothing was sent: {error}") from error
    except Refused as refused:
        raise CommandError(f"{path.name}: {refused}") from refused


def table(path: Path, content: bytes, how: tables.Mapping) -> list[tables.Row | Problem]:
    """Read a whole table; one whose header is not the mapping's is refused before anything is sent."""
    try:
        return list(tables.read(BytesIO(content), how))
    except Refused as refused:
        raise CommandError(
            f"{path.name} is refused ({refused.reason}), nothing was sent: {refused}"
        ) from refused


def batch(
    device: Device, path: Path, content: bytes, how: tables.Mapping, by: User, epoch: str, shift: int
) -> Batch:
    """Give the readings of a table their numbers; ``shift`` is in microseconds."""
    found = table(path, content, how)
    rows = [row for row in found if isinstance(row, tables.Row)]
    base = 0
    if how.sequence is None:
        base = replays.assign_numbers(
            device=device,
            epoch=epoch,
            digest=hashlib.sha256(content).hexdigest(),
            name=path.name,
            count=max((row.covered[1] for row in rows), default=0),
            by=by,
            at=clock.now(),
        )
    items = [
        item._replace(sequence=base + item.sequence, at=item.at + shift) for row in rows for item in row.items
    ]
    covered = ranges.union([(base + start, base + end) for start, end in (row.covered for row in rows)])
    refusals = [
        Refusal(one.line, Item(None, None, f"{path.name}:{one.line}", None), one.reason, one.text)
        for one in found
        if isinstance(one, Problem)
    ]
    return Batch(epoch, items, covered, refusals)
