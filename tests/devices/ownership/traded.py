"""A leased machine whose lessee sells hourly energy; each step of offering, buying and paying is one call."""

from datetime import timedelta
from typing import Any

from devices.actions import deliveries
from devices.actions import devices as devices_actions
from devices.ownership.actions import access, licences, products
from devices.ownership.actions.offering import Wanted
from devices.ownership.models import DataLicence, DataProduct, ProductVersion
from devices.ownership.rules.products import Share
from devices.rules.admission import Item
from marketplace.models import Organization
from marketplace.shared.period import Period
from tests.devices.ownership.actions.test_access import DAY, NOW, START
from tests.devices.ownership.registered import Registered
from tests.factories import marketplace as make

OF_A = Period(START + DAY, START + 3 * DAY)
AT = NOW + timedelta(hours=1)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


class Traded(Registered):
    """The registered world with an energy channel, a verified buyer, and a product's life as calls."""

    def __init__(self) -> None:
        super().__init__()
        self.buyer = self.joined("Buyer")
        Organization.objects.update(verified_at=START)
        for one in [*self.people, self.buyer]:
            one.refresh_from_db()
        row = {"key": "power", "name": "power", "name_zh": "power", "kind": "GAUGE", "category": "energy"}
        devices_actions.add_channels(
            device=self.device,
            channels=[row | {"retention": "EVIDENCE", "unit": "kW"}],
            by=self.clock,
            at=START,
        )
        self.say(half_hours=14 * 24)

    def joined(self, name: str, kind: str = "SME", **fields: Any) -> Organization:
        made = make.organization(name, kind=kind, verified_at=START, **fields)
        self.people[made] = make.member(made)
        return made

    def say(self, half_hours: int) -> None:
        """Let the machine report its power each half hour, from the first day on."""
        items = [
            Item(1_000 + n, (START + n * HOUR / 2).isoformat(), "power", str(n)) for n in range(half_hours)
        ]
        delivery = deliveries.Delivery(epoch="e2", items=items)
        assert deliveries.take(device=self.device, delivery=delivery, by=self.clock, at=NOW).refusals == []

    def shares(self, lessee: int = 7_000, owner: int = 2_500, platform: int = 500) -> list[Share]:
        return [
            Share(self.platform.public_id, "platform", platform),
            Share(self.owner.public_id, "owner", owner),
            Share(self.a.public_id, "lessee", lessee),
        ]

    def terms(self, **changes: Any) -> Wanted:
        given: dict[str, Any] = {
            "title": "数控车床逐小时用电",
            "assets": self.ids("power"),
            "period": OF_A,
            "interval": "PT1H",
            "purposes": ["operation"],
            "days": 30,
            "most_licences": 2,
            "price": 10_001,
            "shares": self.shares(),
            "source": "租用设备的网关自动采集",
            "basis": "租约数据约定：承租方有权经营能耗数据",
        }
        return Wanted(**(given | changes))

    def offered(self, who: Any = None, at: Any = AT, product: Any = None, **changes: Any) -> ProductVersion:
        given = {"wanted": self.terms(**changes), "product": product}
        return products.offer(**given, **self.who(who or self.a, at))

    def consent(self, version: ProductVersion, who: Any = None, at: Any = AT) -> Any:
        return products.consent(**named(version), **self.who(who or self.owner, at))

    def publish(self, version: ProductVersion, who: Any = None, at: Any = AT) -> Any:
        return products.publish(**named(version), **self.who(who or self.a, at))

    def withdraw(self, version: ProductVersion, who: Any = None, at: Any = AT, reason: str = "") -> Any:
        return products.withdraw(**named(version), reason=reason, **self.who(who or self.owner, at))

    def on_sale(self, **changes: Any) -> ProductVersion:
        version = self.offered(**changes)
        self.consent(version)
        self.publish(version)
        return version

    def buy(self, version: ProductVersion, who: Any = None, at: Any = AT, **more: Any) -> DataLicence:
        return licences.buy(**named(version), **self.who(who or self.buyer, at), **more)

    def pay(self, licence: DataLicence, at: Any = AT, **changes: Any) -> Any:
        given = {"reference": f"BANK-{licence.pk}", "amount": licence.price, **self.who(self.platform, at)}
        return licences.record_payment(licence=licence, **(given | changes))

    def end(self, licence: DataLicence, who: Any = None, at: Any = AT, reason: str = "") -> Any:
        return licences.terminate(licence=licence, reason=reason, **self.who(who or self.buyer, at))

    def sold(self, **changes: Any) -> DataLicence:
        licence = self.buy(self.on_sale(**changes))
        self.pay(licence)
        return licence

    def look(self, who: Any = None, at: Any = AT + MINUTE, **more: Any) -> Any:
        given = {"device": self.device, "channels": None, "period": OF_A, "purpose": "operation"}
        return access.read(**(given | self.who(who or self.buyer, at) | more))

    def given(self, who: Any = None, **more: Any) -> dict[str, int]:
        """Return how many figures or readings of each channel somebody gets."""
        answer = self.look(who, **more)
        return {one.channel: len(one.buckets) + len(one.points) for one in answer.series}


def named(version: ProductVersion) -> dict[str, Any]:
    return {"product": DataProduct.objects.get(pk=version.product_id), "digest": version.digest}
