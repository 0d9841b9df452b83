"""An invoice run at size: leases a batch, beside the same rows by bare COPY; and a run of corrections."""

import multiprocessing
import os
import statistics
import time
from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, models, transaction

from benchmarks import worker
from benchmarks.figures import words_of
from billing.actions import batches, corrected_days, invoices
from billing.models import (
    BillingMark,
    BookingTerms,
    Invoice,
    InvoiceLine,
    InvoiceLineUsage,
    Journal,
    JournalLine,
    WindowSet,
)
from leasing.models import Lease, LeaseUnit
from marketplace.actions.parties import robot
from marketplace.models import AuditEntry, Claim, Equipment
from tests.billing import world
from tests.billing.test_tariffs import RULES
from tests.marketplace.rules.pricing.plans import base, document, hours, parts

Row = tuple[str, str, str, str]
AT = world.midnight("2026-11-02")
LATER = AT + timedelta(days=3)
FIRST, DAYS = world.midnight("2026-10-15"), 17
METERS = {"run_time": "28800.5", "parts": "120", "power": "64800", "load_time": "7200"}
PLAN = document(
    base("3000"),
    hours("86", round_to="0.01"),
    parts("2", included="20"),
    {**hours("8", id="load"), "meter": "load_time"},
    {"id": "energy", "kind": "per_unit", "meter": "power", "unit": "kWh", "price": "0.75"},
)
EACH, ROUNDS, PROCESSES = 400, 5, 2
CORRECTED = 10_000
WRITTEN: tuple[type[models.Model], ...] = (
    InvoiceLine,
    InvoiceLineUsage,
    Invoice,
    Journal,
    JournalLine,
    AuditEntry,
    BillingMark,
)
COUNT_DAYS = """
INSERT INTO billing_windowset (device_id, unit_id, meter, local_day, version, quantity, held, arrival_hi,
    rule_version, digest, created_at)
SELECT %s, u.id, m.meter, date %s + d, 1, m.quantity + (u.id * 7 + d) %% 40, 0, 1, 3,
    encode(sha256((u.id || m.meter || d)::bytea), 'hex'), %s
FROM leasing_leaseunit u, unnest(%s::text[], %s::numeric[]) m (meter, quantity), generate_series(0, %s) d
WHERE u.id > %s
"""


def rows() -> list[Row]:
    """Return the rows of the table: much lineage, little lineage, one by one, and what a bare COPY takes."""
    scene = prototype()
    return [*measured(scene, "a", DAYS), *measured(scene, "b", 1)]


def prototype() -> world.Scene:
    """Return a lease of five lines; the commission makes the second journal of its invoice."""
    return world.build("okuma", count_rules=RULES, price_plan=PLAN)


def crowd(
    scene: world.Scene,
    prefix: str,
    count: int,
    days: int,
    machine: Mapping[str, str] | None = None,
    lease: Mapping[str, str] | None = None,
) -> list[int]:
    """
    Make leases like the first, each of a machine of its own that counted something on so many days.

    ``machine`` and ``lease`` are SQL for more columns that differ, as for :func:`like`.
    """
    last = LeaseUnit.objects.aggregate(last=models.Max("pk"))["last"]
    with transaction.atomic():
        name = f"'{prefix}' || n"
        named = {"public_id": f"'e_' || {name}", "serial_number": name}
        like(Equipment, scene.unit.equipment, count, **named, **machine or {})
        of_machine = f"(SELECT id FROM marketplace_equipment WHERE public_id = 'e_' || {name})"
        of_lease = f"(SELECT id FROM leasing_lease WHERE public_id = 'l_' || {name})"
        of_claim = f"(SELECT id FROM marketplace_claim WHERE public_id = 'c_' || {name})"
        like(Lease, scene.lease, count, public_id=f"'l_' || {name}", number=name, **lease or {})
        claim = {"public_id": f"'c_' || {name}", "equipment_id": of_machine, "reference": f"'l_' || {name}"}
        like(Claim, scene.unit.claim, count, **claim)
        unit = {"public_id": f"'u_' || {name}", "lease_id": of_lease, "equipment_id": of_machine}
        like(LeaseUnit, scene.unit, count, claim_id=of_claim, **unit)
        made = list(Lease.objects.filter(number__startswith=prefix).exclude(pk=scene.lease.pk).order_by("pk"))
        rate = {"settlement_model": "AGENT", "commission_rate": Decimal("0.1")}
        BookingTerms.objects.bulk_create(BookingTerms(lease=one, **rate) for one in made)
    counted = [list(METERS), list(map(Decimal, METERS.values())), days - 1, last]
    with connection.cursor() as cursor:
        cursor.execute(COUNT_DAYS, [scene.device.pk, FIRST.date() + timedelta(days=1), AT, *counted])
        cursor.execute("VACUUM ANALYZE")
    return [one.pk for one in made]


def like(model: type[models.Model], row: models.Model, count: int, **other: str) -> None:
    """Copy a row so many times; ``other`` are SQL for columns that differ, ``n`` the number of the copy."""
    columns = [str(field.column) for field in model._meta.concrete_fields if not field.primary_key]
    values = ", ".join(other.get(column, column) for column in columns)
    table = model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({', '.join(columns)}) SELECT {values} FROM {table}, "
            f"generate_series(1, %s) n WHERE {table}.id = %s",
            [count, row.pk],
        )


def measured(scene: world.Scene, prefix: str, days: int) -> list[Row]:
    """Bill five rounds of leases, then copy what was written into bare tables."""
    size, by = settings.LEASES_BILLED_AT_ONCE, robot(name="bench")
    leases = crowd(scene, prefix, EACH * (ROUNDS + 1) + 20, days)
    alone, warm, leases = leases[:20], leases[20 : EACH + 20], leases[EACH + 20 :]
    run(warm, size)
    before = {model: last_of(model) for model in WRITTEN}
    mine, began, worked = [], time.process_time(), server_time()
    for turn in range(ROUNDS):
        mine.append(run(leases[turn * EACH : (turn + 1) * EACH], size))
    took = [1e6 * each / (EACH * ROUNDS) for each in (time.process_time() - began, server_time() - worked)]
    written = {model: model._default_manager.filter(pk__gt=before[model]).count() for model in WRITTEN}
    limit = bare(before, size)
    one_by_one, at_once = single(alone, by), together(crowd(scene, f"{prefix}t", 3 * EACH, days), size)
    lines, lineage = (written[model] / written[Invoice] for model in (InvoiceLine, InvoiceLineUsage))
    about = f"{lines:.0f} lines, {written[Journal] / written[Invoice]:.0f} journals, {lineage:.0f} of lineage"
    ratio = statistics.median(mine) / statistics.median(limit)
    of_lines = [rate * lines for rate in mine]
    return [
        (
            f"invoice run, {size} leases a batch; {about}",
            words_of(mine, "invoices/s"),
            "COPY " + words_of(limit, "invoices/s"),
            f"{ratio:.3f}",
        ),
        ("… its lines", words_of(of_lines, "lines/s"), "", ""),
        ("… processor time an invoice", f"application {took[0]:,.0f} µs, database {took[1]:,.0f} µs", "", ""),
        (f"… in {PROCESSES} processes", words_of([at_once], "invoices/s"), "", ""),
        ("… the same, one by one", words_of(one_by_one, "invoices/s"), "", ""),
    ]


def run(leases: Sequence[int], size: int) -> float:
    """Bill leases in batches of a size; return how many invoices a second were issued."""
    began, by = time.perf_counter(), robot(name="bench")
    for start in range(0, len(leases), size):
        part = leases[start : start + size]
        outcome = batches.bill(leases=part, at=AT, by=by)
        assert len(outcome.invoices) == len(part) and not outcome.failures
    return len(leases) / (time.perf_counter() - began)


def together(leases: Sequence[int], size: int) -> float:
    """Bill leases in as many processes as there are cores; return the invoices a second of all of them."""
    new = multiprocessing.get_context("spawn")
    gate, answers = new.Barrier(PROCESSES), new.Queue()
    workers = [
        new.Process(target=worker.bill, args=(leases[n::PROCESSES], size, gate, answers))
        for n in range(PROCESSES)
    ]
    for one in workers:
        one.start()
    rates = [answers.get(timeout=600) for _ in workers]
    for one in workers:
        one.join()
    return float(sum(rates))


def server_time() -> float:
    """Return the seconds of processor time that the database's process behind this connection has used."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        fields = Path(f"/proc/{cursor.fetchone()[0]}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / float(os.sysconf("SC_CLK_TCK"))


def single(leases: Sequence[int], by: Any) -> list[float]:
    """Bill leases one by one, as a person does."""
    rates = []
    for lease in Lease.objects.filter(pk__in=leases).select_related("lessor", "lessee"):
        began = time.perf_counter()
        invoices.bill(lease=lease, at=AT, by=by)
        rates.append(1 / (time.perf_counter() - began))
    return rates


def last_of(model: type[models.Model]) -> int:
    """Return the last key of a table."""
    return model._default_manager.aggregate(last=models.Max("pk"))["last"] or 0


def bare(before: dict[type[models.Model], int], size: int) -> list[float]:
    """Copy the rows of all rounds into tables without index, key or trigger, in the same transactions."""
    parts = EACH * ROUNDS // size
    data: dict[type[models.Model], list[bytes]] = {model: [] for model in WRITTEN}
    with connection.cursor() as cursor:
        for model in WRITTEN:
            table = model._meta.db_table
            cursor.execute(f"CREATE TABLE IF NOT EXISTS bare_{table} (LIKE {table})")
            for part in range(parts):
                found, ranked = BytesIO(), f"SELECT *, ntile({parts}) OVER (ORDER BY id) FROM {table}"
                columns = ", ".join(str(field.column) for field in model._meta.concrete_fields)
                query = (
                    f"SELECT {columns} FROM ({ranked} WHERE id > {before[model]}) r WHERE ntile = {part + 1}"
                )
                with cursor.copy(f"COPY ({query}) TO STDOUT (FORMAT BINARY)") as out:
                    for piece in out:
                        found.write(piece)
                data[model].append(found.getvalue())
    rates = []
    for part in range(parts):
        began = time.perf_counter()
        with transaction.atomic(), connection.cursor() as cursor:
            for model in WRITTEN:
                columns = ", ".join(str(field.column) for field in model._meta.concrete_fields)
                into = f"COPY bare_{model._meta.db_table} ({columns}) FROM STDIN (FORMAT BINARY)"
                with cursor.copy(into) as copy:
                    copy.write(data[model][part])
        rates.append(size / (time.perf_counter() - began))
    return rates


def corrections() -> list[Row]:
    """Ask which of ten thousand billed leases are to be corrected, where nothing and where 1 % changed."""
    scene, by = prototype(), robot(name="bench")
    leases = crowd(scene, "k", CORRECTED, 1)
    size = settings.LEASES_BILLED_AT_ONCE
    for start in range(0, len(leases), size):
        batches.bill(leases=leases[start : start + size], at=AT, by=by)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    found = [_asked(0)]
    changed = Lease.objects.filter(pk__in=leases[:: CORRECTED // 100])
    for one in WindowSet.objects.filter(unit__lease__in=changed, meter="parts"):
        one.pk, one.version, one.quantity, one.digest, one.created_at = None, 2, 500, "0" * 64, LATER
        one.save()
    return [*found, _asked(100)]


def _asked(expected: int) -> Row:
    at, by, taken = LATER + timedelta(days=2), robot(name="clock"), []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        keys = corrected_days.candidates(at=at, look_back=settings.CORRECTIONS_LOOK_BACK)
        taken.append(1000 * (time.perf_counter() - began))
        assert len(keys) == expected
    began = time.perf_counter()
    for lease in Lease.objects.filter(pk__in=keys).select_related("lessor"):
        assert corrected_days.due_of(lease=lease, at=at, by=by)
    exact = 1000 * (time.perf_counter() - began)
    said = f"{statistics.median(taken):.0f} ms ({min(taken):.0f}–{max(taken):.0f})"
    return (
        f"corrections: candidates of {CORRECTED:,} billed leases, {expected} changed",
        said,
        f"looked at exactly, all of them: {exact:,.0f} ms",
        "–",
    )
