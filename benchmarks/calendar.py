"""The calendar at size: a hundred listings among two million claims, and fifty people who accept at once."""

import statistics
import threading
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from django.db import connection

from leasing.actions import leases, offers
from leasing.models import Lease
from marketplace.models import Claim, Listing, Organization, User
from marketplace.models.parties import Role
from marketplace.queries import availability, listings_with_room
from marketplace.shared.period import Period
from tests.factories import marketplace as make

AT = datetime(2026, 11, 24, 4, tzinfo=UTC)
FIRST, DAYS = date(2026, 12, 1), 90
LISTINGS, MACHINES, EACH = 100, 2, 100  # listings that are asked for, machines of each, claims of a machine
CLAIMS = 2_000_000
ROUNDS, AT_ONCE = 60, 50
Row = tuple[str, str, str, str]

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
DOUBLE = """
SELECT count(*) FROM marketplace_claim a JOIN marketplace_claim b
    ON a.equipment_id = b.equipment_id AND a.id < b.id AND a.period && b.period
WHERE a.active AND b.active AND a.reference <> ''
"""


def rows() -> list[Row]:
    """Return the rows of the table."""
    owner = make.organization("Bench owner")
    listings = [make.listing(owner, machines=MACHINES) for _ in range(LISTINGS)]
    crowd(listings[0])
    return [*free(listings), *commits(owner)]


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
        cursor.execute(FILL, [AT, EACH - 1])
        cursor.execute(GUARD)
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
            _said(shown),
            f"reading their claims {_said(read)}",
            f"{p95(shown) / p95(read):.2f}",
        ),
        (f"which listings have room for two days, {claims}", _said(searched), "", ""),
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


def commits(owner: Organization) -> list[Row]:
    """Let fifty people accept at once, each its own request; for as many listings, and for one pool."""
    lessor = make.member(owner, Role.ADMIN)
    many = [make.listing(owner) for _ in range(AT_ONCE)]
    pool = make.listing(owner, machines=AT_ONCE)
    return [
        accepted(f"{AT_ONCE} leases of as many listings, accepted at once", many, lessor),
        accepted(f"{AT_ONCE} leases of one pool, accepted at once", [pool] * AT_ONCE, lessor),
    ]


def accepted(what: str, listings: list[Listing], lessor: User) -> Row:
    """Return how long each acceptance took, from its start to its commit, all begun at the same moment."""
    lessee = make.organization("Bench lessee")
    buyer = make.member(lessee, Role.ADMIN)
    period = Period(AT + timedelta(days=20), AT + timedelta(days=50))
    asked = [
        leases.request(
            listing=one,
            lessee=lessee,
            period=period,
            expected_usage={"run_time": Decimal(100)},
            note="",
            by=buyer,
            at=AT,
        )
        for one in listings
    ]
    alone = spread(lambda n: _committed(), rounds=AT_ONCE)
    took: list[float] = []
    gate = threading.Barrier(len(asked))

    def one(lease: Lease) -> None:
        by = User.objects.get(pk=lessor.pk)
        connection.close()  # a process has fewer connections than people, and they wait for them as well
        gate.wait()
        began = time.perf_counter()
        offers.accept(lease=lease, by=by, at=AT)
        took.append(time.perf_counter() - began)
        connection.close()

    threads = [threading.Thread(target=one, args=(lease,)) for lease in asked]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    held = Claim.objects.active().filter(reference__in=[lease.public_id for lease in asked])
    with connection.cursor() as cursor:
        cursor.execute(DOUBLE)
        (double,) = cursor.fetchone()
    what = f"{what}; lost {len(asked) - held.count()}, double {double}"
    return what, _said(took), f"one durable row {_said(alone)}", f"{p95(took) / p95(alone):.0f}"


def _committed() -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE IF NOT EXISTS bench_commits (number bigint)")
        cursor.execute("INSERT INTO bench_commits VALUES (1)")


def spread(work: Callable[[int], object], rounds: int = ROUNDS) -> list[float]:
    """Return how long each round took, in seconds; the first one, which prepares, is left out."""
    took = []
    for turn in range(rounds + 1):
        began = time.perf_counter()
        work(turn)
        took.append(time.perf_counter() - began)
    return took[1:]


def p95(took: list[float]) -> float:
    """Return the time within which 95 of 100 were done."""
    return statistics.quantiles(took, n=20)[-1]


def _said(took: list[float]) -> str:
    first, middle, most = (1000 * each for each in (p95(took), statistics.median(took), max(took)))
    return f"p95 {first:.1f} ms (median {middle:.1f}, most {most:.1f})"
