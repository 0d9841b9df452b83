"""The terms of a lease: a copy of the offer as it was when it was asked for."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from leasing.rules import sla as service_levels
from leasing.rules.canonical import canonical, digest
from leasing.rules.finance import Finance
from marketplace.rules import count_rules as counting
from marketplace.rules import services
from marketplace.rules.count_rules import CountRule, InvalidCountRules
from marketplace.rules.msgids import gettext_noop
from marketplace.rules.offers import carried_flaws
from marketplace.rules.pricing.plans import InvalidPlan, PricePlan
from marketplace.rules.reading import Reader
from marketplace.rules.services import Service
from marketplace.shared.errors import Flaw, Invalid
from marketplace.shared.money import Money
from marketplace.shared.period import LONGEST_MONTH

VERSION = 1
CALENDAR_MONTH = 1
USUAL_GRACE_HOURS = 24
DEFAULT_DATA_TERMS: Mapping[str, Any] = {"template": "default_rights", "version": 1}
DATA_FIELDS = ("template", "version", "changes", "lessee_pays", "waives")  # devices.ownership reads them
FIELDS = (
    "version",
    "price_plan",
    "count_rules",
    "zone",
    "billing_anchor_day",
    "deposit_minor",
    "currency",
    "grace_hours",
    "listing_id",
    "listing_title",
    "data_terms",
    "sla",
    "services",
    "finance",
)


class InvalidTerms(Invalid):
    """The terms contradict themselves; ``flaws`` say where."""

    code = "invalid_terms"
    text = gettext_noop("The terms have {count} faults. The owner has to mend the offer first.")


@dataclass(frozen=True)
class Terms:
    """
    What both sides agreed to, as a value: equal terms have equal digests.

    Billing periods begin at local midnight of ``billing_anchor_day`` in ``zone``; an invoice waits
    ``grace_hours`` after the end of its period for late readings. Without ``sla`` the default service level
    holds; then it is not written, so that older terms keep their digest. With ``finance`` it is a finance
    lease, and instalments are paid beside what the price plan says.
    """

    price_plan: PricePlan
    count_rules: tuple[CountRule, ...]
    zone: ZoneInfo
    billing_anchor_day: int
    deposit: Money
    grace_hours: int
    listing_id: str
    listing_title: str
    data_terms: Mapping[str, Any]
    sla: Mapping[str, Any] | None = None
    services: tuple[Service, ...] = ()
    finance: Finance | None = None

    @classmethod
    def parse(cls, document: Mapping[str, Any], *, agreed: bool = False) -> "Terms":
        """
        Read terms from their JSON form; ``agreed`` ones bind both sides as they were written.

        :raises InvalidTerms: with all flaws at once, a meter that is billed but not counted among them
        """
        flaws: list[Flaw] = []
        reader = Reader(document, FIELDS, "", flaws)
        reader.whole("version", least=VERSION, most=VERSION)
        plan, rules = _read_offer(reader, flaws, agreed)
        zone = _read_zone(reader)
        anchor = reader.whole("billing_anchor_day", least=1, most=LONGEST_MONTH)
        deposit = reader.whole("deposit_minor", most=10**15)
        reader.choice("currency", (plan.currency,) if plan else (str(reader.get("currency")),))
        grace = reader.whole("grace_hours", most=24 * LONGEST_MONTH)
        listing = (str(reader.get("listing_id")), str(reader.get("listing_title")))
        data_terms = Reader(reader.get("data_terms"), DATA_FIELDS, "/data_terms", flaws).node
        level = reader.get("sla", None)
        flaws += service_levels.flaws(level, "/sla") if level is not None else []
        done = _read_services(reader, plan)
        financed = _read_finance(reader, plan)
        if plan is None or zone is None or flaws:
            raise InvalidTerms(flaws=flaws, count=len(flaws))
        return cls(
            plan,
            rules,
            zone,
            anchor,
            Money(deposit, plan.currency),
            grace,
            *listing,
            dict(data_terms),
            level,
            done,
            financed,
        )

    def dump(self) -> dict[str, Any]:
        """Write the terms in their JSON form, as the lease stores them; without services they name none."""
        document = {
            "version": VERSION,
            "price_plan": self.price_plan.dump(),
            "count_rules": counting.dump(self.count_rules),
            "zone": self.zone.key,
            "billing_anchor_day": self.billing_anchor_day,
            "deposit_minor": self.deposit.minor,
            "currency": self.deposit.currency,
            "grace_hours": self.grace_hours,
            "listing_id": self.listing_id,
            "listing_title": self.listing_title,
            "data_terms": dict(self.data_terms),
        }
        named: dict[str, Any] = {"sla": dict(self.sla)} if self.sla is not None else {}
        if self.services:
            named["services"] = [service.dump() for service in self.services]
        if self.finance is not None:
            named["finance"] = self.finance.dump()
        return document | named

    def canonical(self) -> bytes:
        """Write the terms in the one form whose digest both sides can compute."""
        return canonical(self.dump())

    def digest(self) -> str:
        """Return the fingerprint of the terms: what a side accepts by."""
        return digest(self.dump())

    def billing_channels(self) -> list[str]:
        """Return the channels that the count rules name, which both sides may read in full."""
        return sorted(counting.evidence_channels(self.count_rules))


def _read_offer(
    reader: Reader, flaws: list[Flaw], agreed: bool
) -> tuple[PricePlan | None, tuple[CountRule, ...]]:
    plan: PricePlan | None = None
    rules: tuple[CountRule, ...] = ()
    try:
        plan = _plan(reader.get("price_plan"), agreed)
        flaws += carried_flaws(plan, "/price_plan")
    except InvalidPlan as error:
        flaws += [replace(flaw, pointer=f"/price_plan{flaw.pointer}") for flaw in error.flaws]
    try:
        meters = plan.meters() if plan else ()
        rules = _rules(reader.get("count_rules"), meters, agreed)
    except InvalidCountRules as error:
        flaws += [replace(flaw, pointer=f"/count_rules{flaw.pointer}") for flaw in error.flaws]
    return plan, rules


def _plan(document: object, agreed: bool) -> PricePlan:
    """Read a plan; what was agreed is read again and again, and many leases agree to the same."""
    return _agreed_plan(json.dumps(document)) if agreed else PricePlan.parse(document)


def _rules(document: object, meters: Sequence[str], agreed: bool) -> tuple[CountRule, ...]:
    if agreed:
        return _agreed_rules(json.dumps(document), tuple(meters))
    return counting.parse(document, meters=meters)


@lru_cache(1000)
def _agreed_plan(text: str) -> PricePlan:
    return PricePlan.parse(json.loads(text), agreed=True)


@lru_cache(1000)
def _agreed_rules(text: str, meters: tuple[str, ...]) -> tuple[CountRule, ...]:
    return counting.parse(json.loads(text), meters=meters, agreed=True)


def _read_services(reader: Reader, plan: PricePlan | None) -> tuple[Service, ...]:
    """Read what is done beside the lease; terms of earlier versions, and of most leases, name nothing."""
    if "services" not in reader.node or plan is None:
        return ()
    return services.read_all(reader.node["services"], "/services", reader.flaws, currency=plan.currency)


def _read_finance(reader: Reader, plan: PricePlan | None) -> Finance | None:
    """Read what is financed; most terms are those of an operating lease and say nothing of it."""
    if reader.node.get("finance") is None or plan is None:
        return None
    return Finance.read(reader.node["finance"], "/finance", reader.flaws, currency=plan.currency)


def _read_zone(reader: Reader) -> ZoneInfo | None:
    try:
        return ZoneInfo(str(reader.get("zone")))
    except (OSError, ValueError, KeyError):
        reader.refuse("zone", "not_a_choice", choices="Asia/Shanghai, …")
        return None
