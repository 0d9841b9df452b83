"""What all components of a price plan share: an id, a seller, and the tax category of their line."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar

from marketplace.rules.pricing.conditions import NONE, Conditions
from marketplace.rules.pricing.lines import CAP, MINIMUM, OWNER, PLATFORM, SELLERS
from marketplace.rules.pricing.tax import CATEGORIES, LEASE_MOVABLE, SERVICE
from marketplace.rules.reading import Reader

CONDITIONS = ("discount", "minimum", "cap", "term_minimum")
FIELDS = ("id", "kind", "seller", "tax_category", *CONDITIONS)
RESERVED = (MINIMUM, CAP)
USUAL_CATEGORY = {OWNER: LEASE_MOVABLE, PLATFORM: SERVICE}


@dataclass(frozen=True)
class Component:
    """One thing that a plan bills."""

    kind: ClassVar[str]

    id: str
    seller: str
    tax_category: str
    conditions: Conditions = field(default=NONE, kw_only=True)

    @property
    def is_rent(self) -> bool:
        """Tell whether the owner sells it as rent: what minimum, cap and percentages look at."""
        return self.seller == OWNER

    @cached_property
    def head_of_line(self) -> Mapping[str, Any]:
        """What every line of it begins with."""
        counts = getattr(self, "counts", None)
        return {
            "component": self.id,
            "kind": self.kind,
            "seller": self.seller,
            "tax_category": self.tax_category,
            "meter": counts and counts.meter,
            "unit": counts and counts.unit,
        }

    def head(self) -> dict[str, Any]:
        """Write the shared fields."""
        return {
            "id": self.id,
            "kind": self.kind,
            "seller": self.seller,
            "tax_category": self.tax_category,
            **self.conditions.dump(),
        }


def read_head(reader: Reader, usual_seller: str = OWNER) -> tuple[str, str, str]:
    """Read id, seller and tax category; the seller's usual category if none is named."""
    name = reader.name("id")
    if name in RESERVED:
        reader.refuse("id", "reserved_id", id=name)
    seller = reader.choice("seller", SELLERS, usual_seller)
    return name, seller, reader.choice("tax_category", CATEGORIES, USUAL_CATEGORY[seller])
