"""Leases in several states around today, so that every page has something to decide."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from config.demo.leases import agree, connect, offer
from config.demo.live import CODE, ZONE, send_until
from config.demo.parties import People
from devices.models import Device
from leasing.actions import leases, offers
from leasing.models import Lease
from marketplace.actions.parties import robot
from marketplace.models import Listing
from marketplace.shared.period import Period, local_midnight

LIVE: dict[str, Any] = {
    "lessor": "yuanlan",
    "lessee": "hengli",
    "recording": {"dictionary": "Mazak03"},
    "device": {"code": CODE, "name": "Quick Turn 控制器网关(实时)"},
    "equipment": {
        "category": "M1-LATHE",
        "name": "数控车床 Quick Turn Nexus 300",
        "maker_name": "Mazak",
        "model_name": "Quick Turn Nexus 300",
        "serial_number": "QTN300-1605",
        "specs": {
            "turning_diameter": "420",
            "turning_length": "1000",
            "spindle_speed": "4000",
            "controller": "Mazatrol",
        },
    },
    "listing": {
        "title": "数控车床 Quick Turn Nexus 300(按小时，实时计量)",
        "summary": "轴类、盘类零件。运行时间由控制器直接计量，费用随用随见。",
        "deposit_minor": 1_500_000,
        "minimum_days": 7,
        "price_plan": {
            "version": 1,
            "currency": "CNY",
            "components": [
                {"id": "base", "kind": "base_fee", "amount": "1500.00", "prorate": "day"},
                {
                    "id": "hours",
                    "kind": "per_unit",
                    "meter": "run_time",
                    "unit": "h",
                    "round_to": "0.01",
                    "price": "72.00",
                },
                {"id": "cycles", "kind": "per_unit", "meter": "cycles", "unit": "cycle", "price": "0.80"},
                {
                    "id": "service",
                    "kind": "percentage",
                    "rate": "0.03",
                    "of": "rent",
                    "seller": "platform",
                },
            ],
            "minimum": None,
            "cap": {"amount": "12000.00"},
        },
        "count_rules": [
            {"version": 1, "meter": "run_time", "channel": "execution", "states": ["ACTIVE"]},
            {"version": 1, "meter": "cycles", "channel": "execution", "states": ["ACTIVE"]},
        ],
    },
    "expected_usage": {"run_time": "80", "cycles": "800"},
}


def live(people: People, now: datetime) -> Device:
    """Hand over the machine that runs now; it has been running since yesterday's midnight."""
    today = now.astimezone(ZONE).date()
    handed = local_midnight(today - timedelta(days=1), ZONE)
    moments = {
        "period": {
            "from": (today - timedelta(days=1)).isoformat(),
            "to": (today + timedelta(days=29)).isoformat(),
        },
        "requested_at": (handed - timedelta(days=8)).isoformat(),
        "accepted_at": (handed - timedelta(days=6)).isoformat(),
        "active_from": handed.isoformat(),
    }
    entry: Mapping[str, Any] = LIVE | moments
    listing, machine = offer(people, entry, handed - timedelta(days=40))
    device = connect(people, entry, machine, handed - timedelta(days=39))
    agree(people, entry, listing, ZONE)
    return device


def catch_up(device: Device, now: datetime) -> None:
    """Deliver yesterday, and today up to now."""
    by, today = robot(name="replayer"), now.astimezone(ZONE).date()
    for day in (today - timedelta(days=1), today):
        send_until(device, day=day, now=now, sent=0, by=by)


def pending(people: People, listings: Mapping[str, Listing], now: datetime) -> None:
    """Two requests for the same days, a quote, a counter-offer, two leases accepted for soon, one refused."""
    ask(people, "xiaotiejiang", listings["五轴立式加工中心 DMU 50"], now, 7, 21, {"run_time": "90"})
    ask(people, "jingyi", listings["五轴立式加工中心 DMU 50"], now, 10, 24, {"run_time": "120"})
    soon = ask(people, "jingyi", listings["三坐标测量机 Global 7107"], now, 2, 5, {"run_time": "16"})
    offers.accept(lease=soon, by=people.admins["yanjiuyuan"], at=now - timedelta(hours=20))
    next_week = ask(people, "hengli", listings["光纤激光切割机 12 kW"], now, 5, 9, {"run_time": "24"})
    offers.accept(lease=next_week, by=people.admins["yuanlan"], at=now - timedelta(hours=4))
    _quotes(people, listings, now)
    never = ask(people, "hengli", listings["工业 CT 225 kV"], now, 1, 3, {"run_time": "6"})
    reason = "设备正在做年度校准，下周起可以安排。"
    leases.refuse(lease=never, reason=reason, by=people.admins["yanjiuyuan"], at=now - timedelta(hours=3))


def _quotes(people: People, listings: Mapping[str, Listing], now: datetime) -> None:
    """A quote with less deposit that keeps a machine free, and a quote that the lessee has answered."""
    machine = listings["光纤激光切割机 12 kW"]
    quoted = ask(people, "xiaotiejiang", machine, now, 16, 46, {"run_time": "150"})
    offers.quote(
        lease=quoted,
        terms={"deposit_minor": quoted.deposit.minor // 2},
        valid_until=now + timedelta(days=5),
        hold=True,
        note="租满一个月，押金减半；设备先为您留着。",
        by=people.admins["yuanlan"],
        at=now - timedelta(hours=6),
    )
    tested = ask(people, "jingyi", listings["三坐标测量机 Global 7107"], now, 12, 26, {"run_time": "60"})
    tested = offers.quote(
        lease=tested,
        valid_until=now + timedelta(days=7),
        note="这两周可以安排，价格按挂牌。",
        by=people.admins["yanjiuyuan"],
        at=now - timedelta(hours=18),
    )
    offers.counter(
        lease=tested,
        terms={"deposit_minor": 0},
        note="我们上次租用无任何损坏，希望免押金。",
        by=people.admins["jingyi"],
        at=now - timedelta(hours=2),
    )


def ask(
    people: People,
    lessee: str,
    listing: Listing,
    now: datetime,
    start: int,
    end: int,
    usage: Mapping[str, str],
) -> Lease:
    """Request a listing from ``start`` to ``end`` days from today."""
    zone, today = ZoneInfo(listing.zone), now.astimezone(ZONE).date()
    period = Period(
        local_midnight(today + timedelta(days=start), zone), local_midnight(today + timedelta(days=end), zone)
    )
    return leases.request(
        listing=listing,
        lessee=people.organizations[lessee],
        period=period,
        expected_usage={meter: Decimal(value) for meter, value in usage.items()},
        note="",
        by=people.admins[lessee],
        at=now - timedelta(days=1),
    )
