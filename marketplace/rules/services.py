"""
Services beside a lease (租赁+服务): what is done, by whom, for how much, and how long before it is ordered.

A service is priced by a component of the price plans, so that its cost is computed as the rent's is. Its
seller is its provider, by public id: it is never rent; no minimum, cap or percentage of a plan looks at it.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Any

from marketplace.rules.msgids import Phrase
from marketplace.rules.pricing import words
from marketplace.rules.pricing.base_fee import BY_DAY, BaseFee
from marketplace.rules.pricing.charge import Charge, charge
from marketplace.rules.pricing.per_unit import PerUnit
from marketplace.rules.pricing.plans import PricePlan
from marketplace.rules.pricing.quantity import NEAREST, Quantity
from marketplace.rules.reading import Reader, flaw
from marketplace.shared.errors import Flaw
from marketplace.shared.money import PLACES, Money


class Kind(StrEnum):
    """What is done."""

    MAINTENANCE = "MAINTENANCE"
    TRAINING = "TRAINING"
    INSTALLATION = "INSTALLATION"
    OPERATOR = "OPERATOR"
    ENERGY_MANAGEMENT = "ENERGY_MANAGEMENT"


class Basis(StrEnum):
    """For what the price is: an order, an hour of work, or a billing period whether ordered or not."""

    ORDER = "ORDER"
    HOUR = "HOUR"
    MONTH = "MONTH"


METERS = {Basis.ORDER: ("service_orders", "order"), Basis.HOUR: ("service_hours", "h")}
TAX_CATEGORIES = ("SERVICE", "REPAIR", "INSTALLATION", "SMALL_SCALE")
USUAL_CATEGORY = {Kind.MAINTENANCE: "REPAIR", Kind.INSTALLATION: "INSTALLATION"}
LONGEST_DESCRIPTION = 500
LONGEST_LEAD_HOURS = 24 * 90
MOST_PRICE_MINOR = 10**12
MOST = 20  # services of one listing
FIELDS = (
    "id",
    "kind",
    "provider",
    "provider_name",
    "basis",
    "price_minor",
    "currency",
    "tax_category",
    "lead_hours",
    "required",
    "description_zh",
    "description_en",
)


@dataclass(frozen=True)
class Service:
    """
    One service as a value; ``id`` and ``provider`` are public ids, the price is in minor units a ``basis``.

    A ``required`` one comes with every lease; the others are chosen. An order begins ``lead_hours`` after it
    was given, or later.
    """

    id: str
    kind: Kind
    provider: str
    provider_name: str
    basis: Basis
    price: Money
    tax_category: str
    lead_hours: int
    required: bool
    description_zh: str
    description_en: str

    @classmethod
    def read(cls, node: object, pointer: str, flaws: list[Flaw]) -> "Service":
        """Read the JSON form and note its flaws, each at its pointer."""
        reader = Reader(node, FIELDS, pointer, flaws)
        kind = Kind(reader.choice("kind", tuple(Kind)))
        minor = reader.whole("price_minor", most=MOST_PRICE_MINOR)
        return cls(
            id=_text(reader, "id", 30),
            kind=kind,
            provider=_text(reader, "provider", 30),
            provider_name=_text(reader, "provider_name", 120),
            basis=Basis(reader.choice("basis", tuple(Basis))),
            price=Money(minor, reader.choice("currency", tuple(PLACES))),
            tax_category=reader.choice("tax_category", TAX_CATEGORIES, usual_category(kind)),
            lead_hours=reader.whole("lead_hours", 0, most=LONGEST_LEAD_HOURS),
            required=_yes_or_no(reader, "required"),
            description_zh=_text(reader, "description_zh", LONGEST_DESCRIPTION),
            description_en=_text(reader, "description_en", LONGEST_DESCRIPTION, ""),
        )

    def dump(self) -> dict[str, Any]:
        """Write the JSON form, as terms hold it."""
        return {
            "id": self.id,
            "kind": str(self.kind),
            "provider": self.provider,
            "provider_name": self.provider_name,
            "basis": str(self.basis),
            "price_minor": self.price.minor,
            "currency": self.price.currency,
            "tax_category": self.tax_category,
            "lead_hours": self.lead_hours,
            "required": self.required,
            "description_zh": self.description_zh,
            "description_en": self.description_en,
        }

    def digest(self) -> str:
        """Return the SHA-256 of the sorted JSON form: by it the provider agrees to be named."""
        text = json.dumps(self.dump(), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()

    def description(self, language: str) -> str:
        """Return what is done, in the language of a reader where it was written in it."""
        return (
            self.description_zh if language.startswith("zh") else self.description_en or self.description_zh
        )

    def component(self) -> BaseFee | PerUnit:
        """Return the price as a component of a plan, sold by the provider."""
        head = (self.id, self.provider, self.tax_category)
        if self.basis is Basis.MONTH:
            return BaseFee(*head, self.price.amount, BY_DAY)
        meter, unit = METERS[self.basis]
        return PerUnit(*head, Quantity(meter, unit, None, NEAREST, Decimal(0)), self.price.amount)

    def charge(self, quantity: Decimal, *, share_of_period: Fraction | Decimal | int = 1) -> Charge:
        """
        Price hours or orders by the plans' own function; a month, by its share of the billing period.

        :raises UsageNotRateable: if the quantity is below zero
        """
        plan = PricePlan(self.price.currency, (self.component(),))
        usage = dict.fromkeys(plan.meters(), quantity)
        return charge(plan, usage, share_of_period=share_of_period, final=True)

    def price_phrases(self) -> list[Phrase]:
        """Say the price in the words of the plans."""
        return words.describe(self.component(), self.price.currency)


def usual_category(kind: Kind) -> str:
    """Return the tax category that a kind of service usually has."""
    return USUAL_CATEGORY.get(kind, "SERVICE")


def read_all(nodes: object, pointer: str, flaws: list[Flaw], *, currency: str) -> tuple[Service, ...]:
    """Read the services of terms: a list, each once, all in the currency of the price plan."""
    if not isinstance(nodes, list) or len(nodes) > MOST:
        flaws.append(flaw(pointer, "not_a_list"))
        return ()
    found: list[Service] = []
    for index, node in enumerate(nodes):
        at = f"{pointer}/{index}"
        service = Service.read(node, at, flaws)
        if service.id and service.id in [earlier.id for earlier in found]:
            flaws.append(flaw(f"{at}/id", "service_twice"))
        if service.price.currency != currency:
            flaws.append(flaw(f"{at}/currency", "other_currency", currency=currency))
        found.append(service)
    return tuple(found)


def chosen(offered: Sequence[Service], wanted: Sequence[str]) -> tuple[tuple[Service, ...], list[str]]:
    """Return the required services and those wanted (ids), in the order of the offer, and the unknown ids."""
    known = {service.id for service in offered}
    picked = tuple(one for one in offered if one.required or one.id in wanted)
    return picked, [name for name in wanted if name not in known]


def by_id(services: Sequence[Service]) -> Mapping[str, Service]:
    """Return services under their ids."""
    return {service.id: service for service in services}


def _text(reader: Reader, field: str, most: int, default: Any = None) -> str:
    value = reader.get(field) if default is None else reader.get(field, default)
    if isinstance(value, str) and len(value) <= most and (value.strip() or default is not None):
        return value.strip()
    if field in reader.node:
        reader.refuse(field, "not_text", most=most)
    return ""


def _yes_or_no(reader: Reader, field: str) -> bool:
    value = reader.get(field, False)
    if not isinstance(value, bool):
        reader.refuse(field, "not_yes_or_no")
    return value is True
