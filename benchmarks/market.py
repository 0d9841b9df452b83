"""A market of a million listings and two million claims, made like the catalogue of the relevance test."""

import json
import random
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.db import connection

from benchmarks.calendar import GUARD, NO_GUARD
from marketplace.actions import search_documents, taken_times
from marketplace.models import Category, Equipment, Listing, ListingUnit, Organization, SearchDocument, Site
from marketplace.rules import categories
from marketplace.rules.categories import NUMBER
from tests.factories import marketplace as make

CATALOGUE = Path("tests/search/listings.json")
AT = datetime(2026, 11, 24, 4, tzinfo=UTC)
KINDS, EACH = 20_000, 50  # listings that differ, and how often each is repeated with another number
OWNERS, SITES = 1_000, 4_000
CROWDED = "苏州"  # whose machines are taken nearly always
SAID = (
    "带自动上下料,可夜班生产。",
    "附三坐标检测报告,精度有保证。",
    "支持按件计费,提供编程和工装服务。",
    "设备使用不满两年,保养记录齐全。",
    "可提供操作员培训。",
    "适合小批量多品种。",
    "适合汽车零部件批量加工。",
    "适合航空航天结构件。",
    "适合医疗器械精密加工。",
    "适合模具钢、铝合金、不锈钢。",
    "含切削液与常用刀具。",
    "厂房恒温,地面承重充足。",
    "可联网采集数据,工艺参数归承租方。",
    "提供上门安装调试。",
    "交期稳定,夜间可用。",
    "按小时或按月均可。",
)
FOR = (
    *("精密", "二手八成新", "高精度", "进口", "国产", "全新", "重型", "经济型"),
    *("自动化", "智能", "节能", "大批量", "小批量", "试制", "军工", "汽车"),
)
COPY_LISTINGS = """
INSERT INTO marketplace_listing ({names})
SELECT {values} FROM marketplace_listing, generate_series(1, %s) n ORDER BY n, id
"""
COPY_MACHINES = """
INSERT INTO marketplace_equipment ({names})
SELECT {values} FROM marketplace_equipment, generate_series(1, %s) n ORDER BY n, id
"""
COPY_UNITS = """
INSERT INTO marketplace_listingunit (listing_id, equipment_id)
SELECT listing_id + n * %s, equipment_id + n * %s FROM marketplace_listingunit, generate_series(1, %s) n
"""
COPY_DOCUMENTS = """
INSERT INTO marketplace_searchdocument ({names})
SELECT {values} FROM marketplace_searchdocument, generate_series(1, %s) n ORDER BY n, listing_id
"""
# Five leases of twelve days each, in a row: on one machine of four, in the crowded city on nearly all.
CLAIMS = """
INSERT INTO marketplace_claim
    (public_id, equipment_id, reason, reference, core, period, active, note, movable, version, created_at)
SELECT 'clm_bench' || machine.id || '_' || n, machine.id, 'LEASE', '',
    tstzrange(start + interval '1 day', start + interval '11 days'),
    tstzrange(start, start + interval '12 days'), true, '', false, 1, %s
FROM marketplace_equipment machine JOIN marketplace_site site ON site.id = machine.site_id,
    generate_series(0, 4) n,
    LATERAL (SELECT timestamptz '2026-11-10'
        + make_interval(days => (machine.id %% 9 + n * 13)::int)) s(start)
WHERE CASE WHEN site.city = %s THEN machine.id %% 20 > 0 ELSE machine.id %% 4 = 0 END
"""
GIN = "marketplace_searchdoc_tokens"
# A million rows are not told one by one: the times are made from the claims at once.
TOLD = (
    "ALTER TABLE marketplace_claim {how} TRIGGER marketplace_claim_times_told",
    "ALTER TABLE marketplace_listingunit {how} TRIGGER marketplace_listingunit_times_told",
)
COMPARED = 20_000  # listings


class Market:
    """Makes the listings; everything follows from the seed."""

    def __init__(self, kinds: int = KINDS, each: int = EACH, seed: int = 5) -> None:
        self.kinds, self.each, self.chance = kinds, each, random.Random(seed)
        known = json.loads(CATALOGUE.read_text(encoding="utf-8"))
        self.cities, self.kept = known["cities"], known["listings"]

    def fill(self, say: Callable[[str], None] = lambda text: None) -> None:
        """Write all of it, and count its tokens."""
        make.category()
        owners = self.owners()
        sites = self.sites(owners)
        _telling("DISABLE")
        kept = self.listings(sites)
        say(f"{len(kept)} listings made")
        for first in range(0, len(kept), 2000):
            search_documents.renew(listings=kept[first : first + 2000], at=AT)
        say("documents made")
        self.repeat()
        say("repeated")
        with connection.cursor() as cursor:
            cursor.execute("SET maintenance_work_mem = '1GB'")
            cursor.execute(NO_GUARD)
            cursor.execute(CLAIMS, [AT, CROWDED])
            say(f"{cursor.rowcount} claims")
            cursor.execute(GUARD)
            cursor.execute("VACUUM ANALYZE")
        _telling("ENABLE")
        for first in range(0, taken_times.last_key(), COMPARED):
            taken_times.compare(at=AT, first=first, last=first + COMPARED)
        say("times made")
        search_documents.count()
        with connection.cursor() as cursor:
            cursor.execute("VACUUM (FULL, ANALYZE) marketplace_searchdocument")
            cursor.execute("VACUUM ANALYZE marketplace_takentimes")
        say("counted")

    def owners(self) -> list[Organization]:
        """Return owners of all kinds, three of four verified."""
        kinds = ["LEAD_ENTERPRISE"] * 6 + ["LESSOR"] * 3 + ["INSTITUTE"]
        return [
            make.organization(kind=self.chance.choice(kinds), verified_at=AT if n % 4 else None)
            for n in range(min(OWNERS, self.kinds))
        ]

    def sites(self, owners: list[Organization]) -> list[Site]:
        """Return sites spread around the cities, a fifth of them in the crowded one."""
        names = [*self.cities, *[CROWDED] * (len(self.cities) // 4)]
        return Site.objects.bulk_create(
            self._site(owners, n, self.chance.choice(names)) for n in range(SITES)
        )

    def _site(self, owners: list[Organization], n: int, city: str) -> Site:
        known = self.cities[city]
        around = (Decimal(self.chance.randrange(-4000, 4000)).scaleb(-4) for _ in range(2))
        latitude, longitude = (
            Decimal(known[name]) + away for name, away in zip(("latitude", "longitude"), around, strict=True)
        )
        return Site(
            organization=self.chance.choice(owners), name=f"Hall {n}", city=city, city_en=known["en"],
            region_code=known["region"], latitude=latitude, longitude=longitude,
        )  # fmt: skip

    def listings(self, sites: list[Site]) -> list[int]:
        """Return the keys of published listings that differ from each other."""
        ids = dict(Category.objects.values_list("code", "pk"))
        machines, offers = [], []
        for n in range(self.kinds):
            like, site = self.chance.choice(self.kept), self.chance.choice(sites)
            specs = self.specs(like)
            title = f"{self.chance.choice(FOR)}{like['title'].split(' ')[0]} {like['model']}-{n % 997}"
            shared = {
                "owner_id": site.organization_id,
                "category_id": ids[like["category"]],
                "site": site,
                "specs": specs,
                "created_at": AT,
            }
            machines.append(
                Equipment(
                    name=title,
                    maker_name=like["maker"],
                    model_name=f"{like['model']}-{n % 997}",
                    serial_number=f"M{n}",
                    **shared,
                )
            )
            plan = self.plan(n)
            said = {"title": title, "summary": "".join(self.chance.sample(SAID, 3)), "price_plan": plan}
            published = {"status": Listing.Status.PUBLISHED, "published_at": AT}
            offers.append(Listing(count_rules=[make.RUN_RULE], **said, **published, **shared))
        machines = Equipment.objects.bulk_create(machines, batch_size=2000)
        offers = Listing.objects.bulk_create(offers, batch_size=2000)
        ListingUnit.objects.bulk_create(
            (
                ListingUnit(listing=offer, equipment=machine)
                for offer, machine in zip(offers, machines, strict=True)
            ),
            batch_size=5000,
        )
        return [offer.pk for offer in offers]

    def plan(self, n: int) -> dict[str, Any]:
        """Return a plan by the hour, or for every third listing by the part."""
        base, run = make.HOURLY["components"][:2]
        part = {"id": "part", "kind": "per_unit", "meter": "parts", "unit": "piece", "round_to": "1"}
        used = (
            {**part, "price": f"{self.chance.randrange(20, 900) / 100:.2f}"}
            if n % 3 == 0
            else {**run, "price": f"{self.chance.randrange(20, 400)}.00"}
        )
        return make.HOURLY | {
            "components": [{**base, "amount": f"{self.chance.randrange(5, 90)}00.00"}, used]
        }

    def specs(self, like: dict[str, Any]) -> dict[str, Any]:
        """Return the specifications of a listing of the catalogue, its larger numbers half to double."""
        fields = {each.code: each for each in categories.fields_of(like["category"])}
        return {code: self._about(fields[code], value) for code, value in like["specs"].items()}

    def _about(self, field: categories.Field, value: Any) -> Any:
        if field.kind != NUMBER or Decimal(value) < 20:
            return value
        other = round(Decimal(value) * self.chance.choice((50, 65, 80, 100, 100, 125, 160, 200)) / 100)
        return str(max(field.minimum or 0, min(other, field.maximum or other)))

    def repeat(self) -> None:
        """Write every listing again and again, with its machine and what it is found by."""
        other = {"id": f"id + n * {self.kinds}"}
        with connection.cursor() as cursor:
            cursor.execute(f"DROP INDEX {GIN}")
            self._again(
                cursor, COPY_LISTINGS, Listing, other | {"public_id": "'lst_bench' || n || '_' || id"}
            )
            machine = {"public_id": "'eqp_bench' || n || '_' || id", "serial_number": "'B' || n || '-' || id"}
            self._again(cursor, COPY_MACHINES, Equipment, other | machine)
            cursor.execute(COPY_UNITS, [self.kinds, self.kinds, self.each - 1])
            self._again(cursor, COPY_DOCUMENTS, SearchDocument, self._document())
            cursor.execute(f"CREATE INDEX {GIN} ON marketplace_searchdocument USING gin (tokens)")

    def _document(self) -> dict[str, str]:
        """Return what a repeated document has of its own: two words, and how much it says for itself."""
        words = "ARRAY['w:n' || n, '^w:n' || n, 'w:' || n * 1000 + listing_id %% 1000]"
        return {
            "listing_id": f"listing_id + n * {self.kinds}",
            "tokens": f"tokens || array_to_tsvector({words})",
            "points": "greatest(0, points - (n * 7 + listing_id) %% 20)",
            "rank": "(n * 31 + listing_id) %% 100",
        }

    def _again(self, cursor: Any, sql: str, model: type[Any], own: dict[str, str]) -> None:
        names = [each.column for each in model._meta.concrete_fields]
        values = ", ".join(own.get(name, name) for name in names)
        cursor.execute(sql.format(names=", ".join(names), values=values), [self.each - 1])


def _telling(how: str) -> None:
    """Switch the triggers that write down whose times changed."""
    with connection.cursor() as cursor:
        for each in TOLD:
            cursor.execute(each.format(how=how))
