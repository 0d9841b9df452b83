"""A price that two sides agreed on in the place of the contract's, as it is recorded with a billed period."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from marketplace.rules.pricing.lines import OWNER
from marketplace.rules.pricing.plans import PricePlan

KIND = "price"


@dataclass(frozen=True)
class Repriced:
    """
    The price plan of one billing period, where a change of the price holds in it; no line of its own.

    ``source`` is the change of the lease and the beginning of the period; ``at`` that beginning, ``plan`` the
    whole plan as JSON. The other fields are those of a fact (:class:`billing.rules.facts.Fact`). It is kept
    with the invoice like a fact, so what was billed can be priced once more, and a price that holds for a
    period that is billed is found as what nothing was billed by.
    """

    name: str
    source: str
    at: datetime
    plan: Mapping[str, Any]
    subject: str = ""
    text: str = ""

    @property
    def kind(self) -> str:
        """What is recorded."""
        return KIND

    @property
    def seller(self) -> str:
        """It is the owner's price; the platform's share of the rent follows it."""
        return OWNER

    @property
    def component(self) -> str:
        """No line is called so."""
        return f"{KIND}.{self.name}"

    def dump(self) -> dict[str, Any]:
        """Write it as JSON-able data, to be kept with an invoice."""
        return {**vars(self), "kind": KIND, "at": self.at.isoformat(), "plan": dict(self.plan)}

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> "Repriced":
        """Read what :meth:`dump` wrote."""
        given = {name: value for name, value in data.items() if name != "kind"}
        return cls(**{**given, "at": datetime.fromisoformat(data["at"])})


def price_in(plan: PricePlan, recorded: Iterable[object]) -> PricePlan:
    """Return the price of a period: what was agreed instead of the contract's ``plan``, if anything was."""
    found = [one for one in recorded if isinstance(one, Repriced)]
    return PricePlan.parse(found[-1].plan, agreed=True) if found else plan
