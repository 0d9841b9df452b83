"""A supply chain with a listing for its members alone, and two needs that owners have answered."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from config.demo.live import ZONE
from config.demo.parties import People
from marketplace.actions import chains, needs
from marketplace.models import Listing

LEADER = "yuanlan"
FOR_MEMBERS = "风冷冷水机组 130 kW"
CENTRE, HORIZONTAL, LATHE = (
    "五轴立式加工中心 DMU 50",
    "卧式加工中心 HCN-5000(双交换台)",
    "数控车床 CK6150(带棒料机)",
)
NEEDS: tuple[dict[str, Any], ...] = (
    {
        "poster": "hengli",
        "title": "水泵壳体 200 件",
        "description": "压铸毛坯，一次装夹加工五个面，来料加工。",
        "words": "加工中心",
        "material": "铝合金 ADC12",
        "quantity": 200,
        "hours": 80,
        "flexible_days": 3,
        "requirements": ["X轴行程≥500 mm", "公差≤0.02 mm"],
        "region": "3205",
        "budget_minor": 2_000_000,
        "answers": ((CENTRE, "五轴一次装夹可完成，可先试做两件。"), (HORIZONTAL, "双交换台，适合批量。")),
    },
    {
        "poster": "jingyi",
        "title": "导柱 5000 件",
        "words": "数控车床",
        "material": "45 钢",
        "quantity": 5_000,
        "budget_minor": 400,
        "budget_per": "PART",
        "budget_shown": True,
        "answers": ((LATHE, "带棒料机，可夜间无人生产。"),),
    },
)


def begin(people: People, listings: Mapping[str, Listing], now: datetime) -> None:
    """Let a leader open a machine to its chain, and workshops need something."""
    leader: dict[str, Any] = {"by": people.admins[LEADER], "at": now}
    chain = chains.create(leader=people.organizations[LEADER], name="远澜精密配套链", **leader)
    for member in ("hengli", "xiaotiejiang", "jingyi"):
        chains.invite(chain=chain, member=people.organizations[member], **leader)
    for member in ("hengli", "xiaotiejiang"):
        chains.accept(chain=chain, within=people.organizations[member], by=people.admins[member], at=now)
    chains.open_listing(listing=listings[FOR_MEMBERS], chain=chain, **leader)
    for entry in NEEDS:
        _answered(people, listings, entry, now)


def _answered(
    people: People, listings: Mapping[str, Listing], entry: Mapping[str, Any], now: datetime
) -> None:
    """Post a need, invite the owners of what would do, and let them answer."""
    given = {name: value for name, value in entry.items() if name not in ("poster", "answers")}
    key, first = entry["poster"], now.astimezone(ZONE).date() + timedelta(days=30)
    poster: dict[str, Any] = {"by": people.admins[key], "at": now}
    days: dict[str, Any] = {"starts_on": first, "ends_on": first + timedelta(days=10)}
    until = now + timedelta(days=14)
    need = needs.create(poster=people.organizations[key], expires_at=until, **days, **given, **poster)
    needs.post(need=need, **poster)
    wanted = [(listings[title], note) for title, note in entry["answers"]]
    needs.invite(need=need, listings=[one for one, _note in wanted], **poster)
    for listing, note in wanted:
        by = people.admins[_key_of(people, listing)]
        needs.answer(need=need, listing=listing, within=listing.owner, note=note, by=by, at=now)


def _key_of(people: People, listing: Listing) -> str:
    return next(key for key, one in people.organizations.items() if one.pk == listing.owner_id)
