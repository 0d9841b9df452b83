"""A machine with a second life and its papers, and one that stands idle at nights and on weekends."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from config.demo.live import ZONE
from config.demo.parties import People
from config.demo.quality import drawn
from devices.actions import deliveries, devices
from devices.rules import idle
from devices.rules.admission import Item
from devices.rules.readings import instant
from marketplace.actions import equipment, equipment_documents, listings, second_life
from marketplace.actions.equipment_documents import Given
from marketplace.models import Category, Equipment, Site
from marketplace.rules.equipment_documents import Audience, Kind
from marketplace.rules.second_life import Entry, Finish, Grade, Work
from marketplace.shared.period import Period

OWNER = "yuanlan"
LATHE = {"turning_diameter": "420", "turning_length": "1000", "spindle_speed": "4000", "controller": "FANUC"}
PLAN: dict[str, Any] = {
    "version": 1,
    "currency": "CNY",
    "components": [
        {
            "id": "use",
            "kind": "per_unit",
            "meter": "run_time",
            "unit": "h",
            "round_to": "0.01",
            "price": "38.00",
        }
    ],
}
RULE = {"version": 1, "meter": "run_time", "channel": "execution", "states": ["ACTIVE"]}
STATES = {
    "key": "execution",
    "name": "Execution",
    "name_zh": "执行状态",
    "kind": "STATE",
    "category": "billing_counters",
    "retention": "EVIDENCE",
}
SHIFTS = ((6, "ACTIVE"), (22, "READY"))  # on working days


def begin(people: People, now: datetime) -> None:
    """Refurbish one machine and list it; let another one tell eight weeks of two shifts."""
    _refurbished(people, now)
    _idle(people, now)


def _refurbished(people: People, now: datetime) -> None:
    today, by = now.astimezone(ZONE).date(), people.admins[OWNER]
    machine = _machine(people, "数控车床 CK6150(翻新)", "CK6150-0917", date(2014, 3, 1), now)
    who: dict[str, Any] = {"equipment": machine, "by": by}
    second_life.set_aside(reason="主轴轴承磨损，加工精度不足", at=now - timedelta(days=40), **who)
    life = second_life.begin(at=now - timedelta(days=38), **who)
    for kind, what, part, days in (
        (Work.WORK, "拆检主轴箱，清洗、重新刮研导轨", "", 30),
        (Work.PART, "更换主轴轴承一套", "7014-P4S", 24),
        (Work.PART, "更换刀塔编码器", "RCN-2310", 20),
        (Work.MEASURED, "主轴径向跳动 3 µm，重复定位精度 4 µm", "", 12),
    ):
        given = Entry(kind, what, "苏州恒锐机床再制造厂", today - timedelta(days=days), part)
        second_life.add_entry(given=given, on=today, at=now - timedelta(days=days), **who)
    fit = Finish("苏州恒锐机床再制造厂", Decimal("26180.5"), "连续试切 8 小时，尺寸合格率 100%", Grade.B)
    second_life.finish(given=fit, at=now - timedelta(days=10), **who)
    paper = Given(Kind.INSPECTION, "翻新后精度检验报告", Audience.EVERYBODY, today + timedelta(days=355))
    equipment_documents.add(data=drawn(4, 1), given=paper, at=now, on=today, refurbishment=life, **who)
    offer: dict[str, Any] = {"title": machine.name, "price_plan": PLAN, "count_rules": [RULE]}
    summary = "再制造设备，附完整翻新履历和检验报告。"
    made = listings.create(owner=machine.owner, equipment=[machine], summary=summary, by=by, at=now, **offer)
    listings.publish(listing=made, by=by, at=now)


def _idle(people: People, now: datetime) -> None:
    owner, by = people.organizations[OWNER], people.admins[OWNER]
    machine = _machine(people, "数控车床 CAK50(未挂牌)", "CAK50-2210", date(2022, 10, 1), now)
    since = now - timedelta(days=70)
    told: dict[str, Any] = {
        "code": "demo-cak50",
        "name": "CAK50 网关",
        "channels": [STATES],
        "commissioned_at": since,
    }
    device = devices.register(owner=owner, by=by, at=now, **told)
    devices.bind(device=device, equipment=machine, period=Period(since, None), by=by, at=now)
    start = idle.span(now.astimezone(ZONE).date(), ZONE).start
    told_at = [
        (start + timedelta(weeks=week, days=day, hours=hour), state)
        for week in range(idle.WEEKS)
        for day in range(5)
        for hour, state in SHIFTS
    ]
    said = [Item(n, instant(at), "execution", state) for n, (at, state) in enumerate(told_at)]
    deliveries.take(device=device, delivery=deliveries.Delivery("demo", said), by=by, at=now)


def _machine(people: People, name: str, serial: str, built_on: date, now: datetime) -> Equipment:
    owner = people.organizations[OWNER]
    site = Site.objects.filter(organization=owner).earliest("pk")
    return equipment.register(
        owner=owner,
        category=Category.objects.get(code="M1-LATHE"),
        site=site,
        name=name,
        maker_name="沈阳机床",
        model_name=name.split()[1].split("(")[0],
        serial_number=serial,
        specs=LATHE,
        by=people.admins[OWNER],
        at=now - timedelta(days=60),
        built_on=built_on,
    )
