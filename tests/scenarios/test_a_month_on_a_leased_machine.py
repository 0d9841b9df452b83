"""
The main job, told once: an owner lists an idle machine, a workshop leases it, the machine's own telemetry is
metered by a worker, and an invoice appears that can be followed back to the readings.
"""

import json
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from billing.actions import invoices
from billing.models import Invoice, WindowSet
from billing.tasks import meter_all
from devices.actions import devices
from leasing.actions import leases, offers
from leasing.models import Lease
from marketplace.actions import api_keys
from marketplace.actions.parties import robot
from marketplace.models import Listing
from marketplace.models.apikeys import Scope
from marketplace.shared.period import Period, local_midnight
from tests.factories import marketplace as make
from tests.factories.leasing import hand_over
from tests.scenarios.conftest import wait_until

ZONE = ZoneInfo("Asia/Shanghai")
FIRST = date(2026, 10, 1)
RECORDING = settings.BASE_DIR / "tests" / "data" / "telemetry" / "nist-sms" / "Mazak03"
SHIFT = int(
    (datetime(2026, 10, 12, tzinfo=ZONE) - datetime(2016, 5, 2, tzinfo=ZoneInfo("UTC"))).total_seconds()
)


def midnight(day: date) -> datetime:
    return local_midnight(day, ZONE)


@pytest.mark.slow
def test_list_find_lease_meter_invoice(worker):
    factory = make.organization("苏州远澜精密", kind="LEAD_ENTERPRISE")
    workshop = make.organization("昆山恒立五金")
    make.platform()
    ada, bob = make.member(factory, name="Ada"), make.member(workshop, name="Bob")
    clock = robot(name="clock")

    # The owner lists a machine over REST.
    machine = make.equipment(factory)
    owner = APIClient()
    _, key = api_keys.create(organization=factory, name="ERP", scopes=Scope.values, by=ada, at=timezone.now())
    owner.credentials(HTTP_AUTHORIZATION=f"Bearer {key}")
    body = {
        "equipment": [machine.public_id],
        "title": "数控车床 Quick Turn",
        "price_plan": make.HOURLY,
        "count_rules": [make.RUN_RULE],
    }
    listed = owner.post("/api/v1/listings/", body, format="json").json()
    assert owner.post(f"/api/v1/listings/{listed['id']}/publish/").status_code == 200

    # The workshop finds it, and sees what forty hours would cost before it signs in.
    page = Client()
    assert "数控车床 Quick Turn" in page.get("/?q=Quick+Turn").content.decode()
    priced = page.get(f"/listings/{listed['id']}/?days=30&usage_run_time=40").content.decode()
    assert "7,481.99" in priced

    # It asks, the owner agrees, the machine is handed over with the device that reports for it.
    listing = Listing.objects.get(public_id=listed["id"])
    lease = leases.request(
        listing=listing,
        lessee=workshop,
        period=Period(midnight(FIRST), midnight(date(2026, 11, 1))),
        expected_usage={"run_time": Decimal(40)},
        note="",
        by=bob,
        at=midnight(FIRST) - timedelta(days=9),
    )
    offers.accept(lease=lease, by=ada, at=midnight(FIRST) - timedelta(days=8))
    lease = hand_over(lease, owner=ada, buyer=bob, at=midnight(FIRST))
    dictionary = json.loads((settings.BASE_DIR / "devices" / "dictionaries" / "Mazak03.json").read_text())
    device = devices.register(
        owner=factory,
        code="lathe-1",
        name="Gateway",
        channels=dictionary,
        commissioned_at=midnight(date(2026, 1, 1)),
        by=ada,
        at=midnight(FIRST),
    )
    devices.bind(
        device=device, equipment=machine, period=Period(midnight(FIRST), None), by=ada, at=midnight(FIRST)
    )

    # Five working days of a real lathe arrive.
    files = sorted(RECORDING.glob("Mazak03-2016*.txt.gz"))
    call_command("replay", *files, format="shdr", device="lathe-1", shift=SHIFT)

    # The worker meters them: the figures are those of the recording's reference file, day by day.
    meter_all.delay()
    wait_until(lambda: WindowSet.objects.filter(meter="run_time").count() >= 5)
    days = {
        str(found.local_day): round(found.quantity, 3)
        for found in WindowSet.objects.filter(meter="run_time").order_by("local_day", "version")
    }
    assert days == {
        "2026-10-12": Decimal("4546.075"),
        "2026-10-13": Decimal("11323.669"),
        "2026-10-14": Decimal("10598.438"),
        "2026-10-15": Decimal("16176.219"),
        "2026-10-16": Decimal("9095.057"),
    }

    # The month ends. 51,739.458 s are 14.3721 h, billed as 14.37 h.
    leases.close_due(lease=lease, by=clock, at=midnight(date(2026, 11, 1)))
    invoices.bill(lease=Lease.objects.get(pk=lease.pk), at=midnight(date(2026, 11, 5)), by=clock)
    rent = Invoice.objects.get(lease=lease, seller=factory)
    fee = Invoice.objects.exclude(seller=factory).get(lease=lease)
    assert rent.net_minor == 300_000 + 123_582  # 3,000.00 base, 14.37 h × 86.00
    assert rent.tax_minor == 39_000 + 16_066  # 13 % of each line
    assert (fee.net_minor, fee.tax_minor) == (12_707, 762)  # 3 % of the rent, 6 % VAT

    # The workshop opens the invoice; a stranger does not even learn that it exists.
    page.force_login(bob)
    shown = page.get(f"/invoices/{rent.public_id}/")
    assert shown.status_code == 200
    assert "4,786.48" in shown.content.decode()
    stranger = Client()
    stranger.force_login(make.member(make.organization()))
    assert stranger.get(f"/invoices/{rent.public_id}/").status_code == 404
