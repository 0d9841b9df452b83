"""The calendar at size: a hundred listings among two million claims, and fifty people who accept at once."""

import time
from collections.abc import Callable
from datetime import date, timedelta

from django.db import connection

from benchmarks import acceptances
from benchmarks.acceptances import AT, Row, p95, said
from marketplace.models import Claim, Listing
from marketplace.queries import availability, listings_with_room
from marketplace.shared.period import Period
from tests.factories import marketplace as make

FIRST, DAYS = date(2026, 12, 1), 90
LISTINGS, MACHINES, EACH = 100, 2, 100  # listings that are asked for, machines of each, claims of a machine
CLAIMS = 2_000_000
ROUNDS = 60

CROWD = """
INSERT INTO marketplace_equipment ({columns})
SELECT {values} FROM marketplace_equipment, generate_series(1, %s) n WHERE marketplace_equipment.id = %s
"""
# Twelve days of every fourteen are taken, from half a year ago on; each machine begins on another day.
FILL = """
INSERT INTO marketplace_claim
    (public_id, equipment_id, reason, reference, core, period, active, note, movable, created_at)
SELECT 'clm_bench' || machine.id || '_' || n, machine.id, 'LEASE', '',
    tstzrange(start + interval '1 day', start + interval '11 days'),
    tstzrange(start, start + interval '12 days'), true, '', false, %s
FROM marketplace_equipment machine, generate_series(0, %s) n,
    LATERAL (SELECT timestamptz '2026-06-01'
        + make_interval(days => (machine.id %% 14 + n * 14)::int)) s(start)
"""
NO_GUARD = "ALTER TABLE marketplace_claim DROP CONSTRAINT marketplace_claim_no_double_booking"
GUARD = """
ALTER TABLE marketplace_claim ADD CONSTRAINT marketplace_claim_no_double_booking
    EXCLUDE USING gist (int8range(equipment_id, equipment_id, '[]') WITH &&, period WITH &&)
    WHERE (active) DEFERRABLE INITIALLY IMMEDIATE
"""


def rows() -> list[Row]:
    """Return the rows of the table."""
    owner = make.organization("Bench owner")
    listings = [make.listing(owner, machines=MACHINES) for _ in range(LISTINGS)]
    crowd(listings[0])
    return [*free(listings), *acceptances.rows(owner)]


def crowd(listing: Listing) -> None:
    """Give the calendar its two million claims, most of them on machines that nobody asks for."""
    machine = listing.units.get_queryset().earliest("pk").equipment
    more = CLAIMS // EACH - LISTINGS * MACHINES
    names = [field.column for field in machine._meta.concrete_fields if not field.primary_key]
    unique = {"public_id": "'eqp_bench' || n", "serial_number": "'B-' || n"}
    columns, values = ", ".join(names), ", ".join(unique.get(name, name) for name in names)
    with connection.cursor() as cursor:
        cursor.execute(CROWD.format(columns=columns, values=values), [more, machine.pk])
        cursor.execute(NO_GUARD)
        cursor.execute("ALTER TABLE marketplace_claim DISABLE TRIGGER marketplace_claim_times_told")
        cursor.execute(FILL, [AT, EACH - 1])
        cursor.execute(GUARD)
        cursor.execute("ALTER TABLE marketplace_claim ENABLE TRIGGER marketplace_claim_times_told")
        cursor.execute("VACUUM ANALYZE marketplace_claim")
        cursor.execute("VACUUM ANALYZE marketplace_equipment")


def free(listings: list[Listing]) -> list[Row]:
    """Ask what is free on each of 90 days, and which of all listings has room; beside the claims alone."""
    claims = f"{Claim.objects.count():,} claims"
    shown = spread(lambda n: availability(listings, FIRST + timedelta(days=n), DAYS))
    read = spread(lambda n: _read(listings, n))
    searched = spread(lambda n: _search(n))
    return [
        (
            f"availability of {len(listings)} listings over {DAYS} days, {claims}",
            said(shown),
            f"reading their claims {said(read)}",
            f"{p95(shown) / p95(read):.2f}",
        ),
        (f"which listings have room for two days, {claims}", said(searched), "", ""),
    ]


def _read(listings: list[Listing], turn: int) -> list[tuple[int, object]]:
    start = AT + timedelta(days=turn)
    found = Claim.objects.active().overlapping(start, start + timedelta(days=DAYS))
    return list(
        found.filter(equipment__listing_unit__listing__in=listings).values_list("equipment_id", "period")
    )


def _search(turn: int) -> list[int]:
    start = AT + timedelta(days=14 + turn)
    return list(
        listings_with_room(Period(start, start + timedelta(days=2))).values_list("listing", flat=True)
    )


def spread(work: Callable[[int], object], rounds: int = ROUNDS) -> list[float]:
    """Return how long each round took, in seconds; the first one, which prepares, is left out."""
    took = []
    for turn in range(rounds + 1):
        began = time.perf_counter()
        work(turn)
        took.append(time.perf_counter() - began)
    return took[1:]
