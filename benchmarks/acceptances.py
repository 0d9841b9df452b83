"""Fifty people who accept at once: how long each waits, and how long it holds its machines."""

import multiprocessing
import statistics
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection

from benchmarks import worker
from leasing.actions import leases as requests
from leasing.actions import offers
from leasing.models import Lease
from marketplace.models import Claim, Listing, Organization, User
from marketplace.models.parties import Role
from marketplace.shared.period import Period
from tests.factories import marketplace as make

AT = datetime(2026, 11, 24, 4, tzinfo=UTC)
AT_ONCE, PROCESSES = 50, 2  # as many processes as cores, as gunicorn has
PERIOD = Period(AT + timedelta(days=20), AT + timedelta(days=50))
LOCK = "FOR NO KEY UPDATE"
Row = tuple[str, str, str, str]
# Of each acceptance: from its start to its commit, from its first lock to its commit, processor time.
Took = list[tuple[float, float, float]]

DOUBLE = """
SELECT count(*) FROM marketplace_claim a JOIN marketplace_claim b
    ON a.equipment_id = b.equipment_id AND a.id < b.id AND a.period && b.period
WHERE a.active AND b.active AND a.reference <> ''
"""


def rows(owner: Organization) -> list[Row]:
    """Let fifty people accept at once, each its own request: in one process, and in one for each core."""
    lessor = make.member(owner, Role.ADMIN)
    many = [make.listing(owner) for _ in range(AT_ONCE)]
    pool = make.listing(owner, machines=AT_ONCE)
    again = [make.listing(owner) for _ in range(AT_ONCE)]
    apart = [make.listing(owner) for _ in range(AT_ONCE)]
    cores = f"accepted at once in {PROCESSES} processes"
    one_by_one = _asked([make.listing(owner) for _ in range(AT_ONCE)], lessees=1)
    return [
        *accepted(f"{AT_ONCE} leases of as many listings, accepted one by one", one_by_one, lessor, in_turn),
        *accepted(f"{AT_ONCE} leases of as many listings, accepted at once", _asked(many), lessor, together),
        *accepted(
            f"{AT_ONCE} leases of one pool, accepted at once", _asked([pool] * AT_ONCE), lessor, together
        ),
        *accepted(f"{AT_ONCE} leases of as many listings, {cores}", _asked(again), lessor, _on_all_cores),
        *accepted(
            f"the same of as many lessees, {cores}", _asked(apart, lessees=AT_ONCE), lessor, _on_all_cores
        ),
    ]


def _asked(listings: Sequence[Listing], lessees: int = 1) -> list[Lease]:
    people = []
    for _ in range(lessees):
        lessee = make.organization("Bench lessee")
        people.append((lessee, make.member(lessee, Role.ADMIN)))
    return [
        requests.request(
            listing=one,
            lessee=people[turn % lessees][0],
            period=PERIOD,
            expected_usage={"run_time": Decimal(100)},
            note="",
            by=people[turn % lessees][1],
            at=AT,
        )
        for turn, one in enumerate(listings)
    ]


def accepted(what: str, asked: list[Lease], lessor: User, way: Callable[[list[int], int], Took]) -> list[Row]:
    """Return how long each acceptance took, and how long it held its machines."""
    alone = [_committed() for _ in range(AT_ONCE + 1)][1:]
    took = way([one.pk for one in asked], lessor.pk)
    held = Claim.objects.active().filter(reference__in=[lease.public_id for lease in asked])
    with connection.cursor() as cursor:
        cursor.execute(DOUBLE)
        (double,) = cursor.fetchone()
    lost = len(asked) - held.count()
    waited, locked, worked = (list(each) for each in zip(*took, strict=True))
    limit = f"one durable row {said(alone)}"
    return [
        (f"{what}; lost {lost}, double {double}", said(waited), limit, f"{p95(waited) / p95(alone):.0f}"),
        ("… from its first lock to its commit", said(locked), limit, f"{p95(locked) / p95(alone):.0f}"),
        ("… processor time of the application", said(worked), "", ""),
    ]


def in_turn(leases: list[int], lessor: int) -> Took:
    """Accept one after the other."""
    return [_accept(lease, lessor) for lease in leases]


def together(leases: list[int], lessor: int, gate: Any = None) -> Took:
    """Accept them in threads of this process, all begun at the same moment."""
    took: Took = []
    gate = gate or threading.Barrier(len(leases))
    threads = [
        threading.Thread(target=lambda lease=lease: took.append(_accept(lease, lessor, gate)))
        for lease in leases
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return took


def _on_all_cores(leases: list[int], lessor: int) -> Took:
    """Accept them in processes of their own, which have read and written before, as a server's have."""
    new = multiprocessing.get_context("spawn")
    gate, answers = new.Barrier(len(leases)), new.Queue()
    owner = User.objects.get(pk=lessor).memberships.get().organization
    warm = [one.pk for one in _asked([make.listing(owner) for _ in range(PROCESSES * 2)])]
    workers = [
        new.Process(target=worker.run, args=(leases[n::PROCESSES], lessor, warm[n::PROCESSES], gate, answers))
        for n in range(PROCESSES)
    ]
    for one in workers:
        one.start()
    took = [each for _ in workers for each in answers.get(timeout=300)]
    for one in workers:
        one.join()
    return took


def _accept(pk: int, lessor: int, gate: Any = None) -> tuple[float, float, float]:
    lease, by = Lease.objects.select_related("lessor").get(pk=pk), User.objects.get(pk=lessor)
    connection.close()  # a process has fewer connections than people, and they wait for them as well
    locked: list[float] = []

    def watch(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        done = execute(sql, params, many, context)
        if LOCK in sql:
            locked.append(time.perf_counter())
        return done

    if gate is not None:
        gate.wait()
    began, worked = time.perf_counter(), time.thread_time()
    with connection.execute_wrapper(watch):
        offers.accept(lease=lease, by=by, at=AT)
    ended, worked = time.perf_counter(), time.thread_time() - worked
    connection.close()
    return ended - began, ended - locked[0], worked


def _committed() -> float:
    began = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE IF NOT EXISTS bench_commits (number bigint)")
        cursor.execute("INSERT INTO bench_commits VALUES (1)")
    return time.perf_counter() - began


def p95(took: list[float]) -> float:
    """Return the time within which 95 of 100 were done."""
    return statistics.quantiles(took, n=20)[-1]


def said(took: list[float]) -> str:
    """Say times in milliseconds."""
    first, middle, most = (1000 * each for each in (p95(took), statistics.median(took), max(took)))
    return f"p95 {first:.1f} ms (median {middle:.1f}, most {most:.1f})"
