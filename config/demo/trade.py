"""Data products: one on sale with a licence that is paid, and one that waits for the owner's consent."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet

from config.demo.parties import People
from devices.ownership.actions import licences, products
from devices.ownership.actions.offering import Wanted
from devices.ownership.models import Agreement, DataAsset, DataProduct, ProductVersion
from devices.ownership.rules.products import shares_of
from marketplace.shared.period import Period

SELLER, BUYER = "xiaotiejiang", "hengli"
SOURCE = "租用期间由设备网关自动采集，按整小时统计，未作人工修改。"
BASIS = "租约数据约定：承租方对租用期间的设备状态数据享有共享权；《数据安全法》第三十三条。"


def begin(people: People, agreement: Agreement, now: datetime) -> None:
    """
    Let the lessee of an ended lease sell hours of the machine's condition, once.

    A demonstration from before there was a register has nothing to sell until the clock has made one.
    """
    if DataProduct.objects.exists() or not series(agreement).exists():
        return
    end = agreement.span.end
    assert end is not None
    on_sale = offer(people, agreement, "数控铣床运行状态小时统计", agreement.span, 19_900, now)
    named: dict[str, Any] = {"product": on_sale.product, "digest": on_sale.digest, "at": now}
    by = people.admins
    owner = next(key for key, one in people.organizations.items() if one.pk == agreement.owner_id)
    products.consent(by=people.admins[owner], within=agreement.owner, **named)
    products.publish(by=by[SELLER], within=agreement.lessee, **named)
    licence = licences.buy(by=by[BUYER], within=people.organizations[BUYER], **named)
    licences.record_payment(
        licence=licence,
        reference="YH20260001",
        amount=licence.price,
        by=by["platform"],
        within=people.organizations["platform"],
        at=now,
    )
    last = Period(end - timedelta(days=1), end)
    offer(people, agreement, "数控铣床最后一天运行状态小时统计", last, 2_001, now)


def series(agreement: Agreement) -> "QuerySet[DataAsset]":
    """Return what tells the condition of the agreement's machine."""
    found = DataAsset.objects.filter(device__bindings__equipment=agreement.equipment)
    return found.filter(channel__kind="STATE", retention="EVIDENCE").order_by("pk").distinct()


def offer(
    people: People, agreement: Agreement, title: str, period: Period, price: int, now: datetime
) -> ProductVersion:
    """Offer hours of the machine's condition; the owner gets a fifth, the platform its fee."""
    sides = {agreement.lessee.public_id: "lessee", agreement.owner.public_id: "owner"}
    wanted = Wanted(
        title=title,
        about="可用于同类机床的产能评估和检修安排。",
        assets=list(series(agreement).values_list("public_id", flat=True)[:3]),
        period=period,
        interval="PT1H",
        purposes=["maintenance_planning", "operation"],
        days=90,
        most_licences=20,
        price=price,
        shares=shares_of(sides, people.organizations["platform"].public_id, owner=2_000, fee=500),
        source=SOURCE,
        basis=BASIS,
    )
    by = people.admins[SELLER]
    return products.offer(wanted=wanted, by=by, within=agreement.lessee, at=now)
