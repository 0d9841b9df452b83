"""A file of 100 machines, 7 of them with a fault, from the request to the last row, beside one by one."""

import csv
import io
import time
from datetime import UTC, datetime
from typing import Any

from benchmarks.figures import words_of
from marketplace.actions import background_jobs, equipment, imports, listings
from marketplace.models import Import, Site
from marketplace.rules.import_columns import COLUMNS
from tests.factories import marketplace as make

Row = tuple[str, str, str, str]
AT = datetime(2026, 12, 1, tzinfo=UTC)
MANY, BAD, ROUNDS = 100, 7, 5


def rows() -> list[Row]:
    """Return the row: how long a file takes, and how long its good rows take one by one."""
    make.category()
    taken, single = [], []
    for number in range(ROUNDS):
        taken.append(_timed(lambda number=number: _imported(number)))
        single.append(_timed(lambda number=number: _one_by_one(number)))
    return [
        (
            f"import of {MANY} machines with their offers, {BAD} with a fault, published",
            words_of([MANY / one for one in taken], "rows/s"),
            "one by one, each committed: " + words_of([(MANY - BAD) / one for one in single], "machines/s"),
            f"{sum(single) / sum(taken):.2f}",
        )
    ]


def _timed(act: Any) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def _imported(number: int) -> None:
    owner = make.organization()
    make.site(owner, name="一号车间")
    usual = {one.field: one.example for one in COLUMNS}
    text = io.StringIO()
    writer = csv.DictWriter(text, list(usual))
    writer.writeheader()
    for n in range(MANY):
        writer.writerow(usual | {"serial": f"B{number}-{n}", "price": "x" if n < BAD else "128.00"})
    about: dict[str, Any] = {"by": make.member(owner), "at": AT, "mode": Import.Mode.REJECT_FAILED_ROWS}
    found = imports.take(organization=owner, content=text.getvalue().encode(), is_trial=False, **about)
    assert found.job is not None
    while background_jobs.advance(job=found.job.pk, at=AT):
        continue
    counts = found.counts()
    assert (counts["CREATED"], counts["REFUSED"]) == (MANY - BAD, BAD), counts


def _one_by_one(number: int) -> None:
    owner = make.organization()
    place: Site = make.site(owner)
    who: dict[str, Any] = {"by": make.member(owner), "at": AT}
    for n in range(MANY - BAD):
        machine = equipment.register(
            owner=owner,
            category=make.category(),
            site=place,
            name="DMU 50",
            maker_name="DMG MORI",
            model_name="DMU 50",
            serial_number=f"S{number}-{n}",
            specs=make.CENTRE,
            **who,
        )
        listing = listings.create(
            owner=owner,
            equipment=[machine],
            title="DMU 50",
            price_plan=make.HOURLY,
            count_rules=[make.RUN_RULE],
            **who,
        )
        listings.publish(listing=listing, **who)
