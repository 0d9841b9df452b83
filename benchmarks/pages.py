"""
Pages at size: 100,000 machines on offer and the month of some hundred leases, asked of the server as
production runs it, by people who are signed in.
"""

import http.client
import os
import statistics
import threading
import time
from typing import Any, NamedTuple

from django.contrib.auth import SESSION_KEY
from django.db import connection
from django.test import Client
from django.urls import reverse

from benchmarks import http as served
from benchmarks.market import Market
from benchmarks.month import Month
from marketplace.models import Listing, Organization, User
from marketplace.models.parties import Role
from tests.factories import marketplace as make

Row = tuple[str, str, str, str]
KINDS, EACH = int(os.environ.get("KINDS", "2000")), int(os.environ.get("EACH", "50"))
LEASES = int(os.environ.get("LEASES", "300"))
ROUNDS, CONNECTIONS = int(os.environ.get("ROUNDS", "40")), 2
COOKIE = "sessionid"
# The copies bring their keys along, so what numbers the next row is told where they end.
NUMBERED = """
SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))
"""
COPIED = ("marketplace_listing", "marketplace_equipment", "marketplace_listingunit")


class Visit(NamedTuple):
    """A page, and who opens it; nobody's name is empty."""

    what: str
    who: str
    path: str


def rows() -> list[Row]:
    """Return a row a page."""
    world = World()
    with served.server({"RATE_LIMIT": os.environ.get("RATE_LIMIT", "")}) as server:
        limit = _driven(server.port, Visit("", "", reverse("livez")), world)
        return [_row(world, visit, _driven(server.port, visit, world), limit) for visit in world.visits()]


class World:
    """The market and the month, and people of it who are signed in."""

    def __init__(self) -> None:
        Market(KINDS, EACH).fill()
        with connection.cursor() as cursor:
            for table in COPIED:
                cursor.execute(NUMBERED.format(table=table))
        self.month = Month(LEASES)
        self.month.bill()
        self.month.import_statement()
        self.month.match()
        self.month.pay_owners()
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
        self.size = Listing.objects.count()
        lease = self.lease()
        people = {
            "owner of many machines": make.member(self.largest(), Role.ADMIN),
            "lessor": make.member(lease.lessor, Role.ADMIN),
            "lessee": make.member(lease.lessee, Role.ADMIN),
            "platform": self.month.chief,
        }
        self.cookies = {"": ""} | {name: _signed_in(one) for name, one in people.items()}
        connection.close()

    def lease(self) -> Any:
        """Return the lease of the month that was made by its actions; the others are copies of its rows."""
        from leasing.models import Lease

        return Lease.objects.select_related("lessor", "lessee").get(pk=self.month.leases[0])

    def largest(self) -> Organization:
        """Return the owner with the most offers."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT owner_id FROM marketplace_listing GROUP BY owner_id ORDER BY count(*) DESC LIMIT 1"
            )
            return Organization.objects.get(pk=cursor.fetchone()[0])

    def visits(self) -> list[Visit]:
        """Return the pages that people open most."""
        from billing.models import Invoice

        lease, listing = self.lease(), Listing.objects.order_by("pk")[7]
        invoice = Invoice.objects.filter(lease=lease).order_by("pk")[0]
        of_lease, of_listing = {"public_id": lease.public_id}, {"public_id": listing.public_id}
        owner, lessor, lessee, platform = "owner of many machines", "lessor", "lessee", "platform"
        catalogue = reverse("catalogue")
        return [
            Visit("catalogue", "", catalogue),
            Visit("catalogue, in words", "", f"{catalogue}?q=%E4%BA%94%E8%BD%B4"),
            Visit(
                "catalogue, free on days near a city",
                lessee,
                f"{catalogue}?near=31.30,120.62&km=50&free_from=2026-12-10&free_to=2026-12-19",
            ),
            Visit("listing", "", reverse("listing", kwargs=of_listing)),
            Visit("machines of an owner", owner, reverse("equipment")),
            Visit("today", owner, reverse("today")),
            Visit("part of today: machines", owner, reverse("machine-calendar-summary")),
            Visit("part of today: income", owner, reverse("income-summary")),
            Visit("part of today: devices", owner, reverse("devices-summary")),
            Visit("calendar of all machines", owner, reverse("machine-calendar")),
            Visit("utilisation", owner, reverse("utilisation")),
            Visit("income", lessor, reverse("income")),
            Visit("idle machines", owner, reverse("idle-machines")),
            Visit("today", lessee, reverse("today")),
            Visit("part of today: what runs", lessee, reverse("leases-running")),
            Visit("part of today: invoices", lessee, reverse("invoices-due")),
            Visit("leases", lessor, reverse("leases")),
            Visit("lease", lessee, reverse("lease", kwargs=of_lease)),
            Visit("usage of a lease", lessee, reverse("usage", kwargs=of_lease)),
            Visit("back office", platform, reverse("platform")),
            Visit("invoices", platform, reverse("invoices")),
            Visit("invoice", lessee, reverse("invoice", kwargs={"public_id": invoice.public_id})),
            Visit("finance", platform, reverse("finance")),
            Visit("match board", platform, reverse("match-board")),
            Visit("bank lines", platform, reverse("bank-lines")),
            Visit("payouts", platform, reverse("payment-orders")),
            Visit("checks", platform, reverse("checks")),
            Visit("indicators", platform, reverse("indicators")),
        ]


def _signed_in(person: User) -> str:
    client = Client()
    client.force_login(person)
    assert client.session[SESSION_KEY]
    return client.cookies[COOKIE].value


def _driven(port: int, visit: Visit, world: World) -> list[float]:
    """Open a page again and again over two connections at once; the first round does not count."""
    took: list[float] = []
    threads = [
        threading.Thread(target=_open, args=(port, visit, world.cookies[visit.who], took))
        for _ in range(CONNECTIONS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return took


def _open(port: int, visit: Visit, cookie: str, took: list[float]) -> None:
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    headers = {"Accept-Language": "zh-hans"} | ({"Cookie": f"{COOKIE}={cookie}"} if cookie else {})
    for turn in range(ROUNDS + 3):
        began = time.perf_counter()
        link.request("GET", visit.path, headers=headers)
        answer = link.getresponse()
        answer.read()
        assert answer.status == 200, (visit, answer.status)
        if turn > 2:
            took.append(time.perf_counter() - began)


def _row(world: World, visit: Visit, took: list[float], limit: list[float]) -> Row:
    ratio = statistics.median(took) / statistics.median(limit)
    who = f" ({visit.who})" if visit.who else ""
    return f"{world.size:,} listings: {visit.what}{who}", _said(took), f"livez {_said(limit)}", f"{ratio:.1f}"


def _said(took: list[float]) -> str:
    cuts = statistics.quantiles([1000 * each for each in took], n=100)
    return f"p50 {cuts[49]:.1f} ms, p95 {cuts[94]:.1f}"
