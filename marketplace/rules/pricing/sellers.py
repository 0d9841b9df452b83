"""
By what a seller's lines are taxed: its status as a taxpayer on the tax day, and how its tax is rounded.

A small-scale taxpayer (小规模纳税人) pays the levy in force instead of the rate of the category. Tax is
rounded at each line (``LINE``, as the official e-invoice of China prints it) or once for all lines of one
category and rate (``GROUP``, EN 16931 BR-CO-17), and then laid back on the lines by largest remainder: both
add up.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Any, NamedTuple

from marketplace.rules.pricing.lines import OWNER, PLATFORM
from marketplace.rules.pricing.tax import NOT_TAXED, SMALL_SCALE, TaxRate, rate_on
from marketplace.shared.money import vat


class VatStatus(StrEnum):
    """How an organization is registered for VAT."""

    GENERAL = "GENERAL"
    SMALL_SCALE = "SMALL_SCALE"


class Rounding(StrEnum):
    """Where tax is rounded."""

    LINE = "LINE"
    GROUP = "GROUP"


# By legal country of the seller; every organization here has a credit code of mainland China.
ROUNDING: Mapping[str, Rounding] = {"CN": Rounding.LINE}


@dataclass(frozen=True)
class SellerTax:
    """By what the lines of one seller are taxed on one day."""

    status: VatStatus = VatStatus.GENERAL
    rounding: Rounding = ROUNDING["CN"]

    def dump(self) -> dict[str, str]:
        """Write it as it is kept with an invoice."""
        return {"status": str(self.status), "rounding": str(self.rounding)}

    @classmethod
    def read(cls, kept: Mapping[str, Any]) -> "SellerTax":
        """
        Read what is kept with an invoice; one from before it was kept is a general taxpayer's.

        :raises ValueError: if it is none of the known
        """
        usual = cls()
        return cls(
            VatStatus(kept.get("status", usual.status)), Rounding(kept.get("rounding", usual.rounding))
        )


USUAL = SellerTax()
# By the name under which a line knows its seller; who is not named is taxed as usual.
Taxes = Mapping[str, SellerTax]
NOBODY: Taxes = {}


class Said(NamedTuple):
    """What was stated of an organization: how it is taxed from a day on."""

    valid_from: date
    tax: SellerTax


def tax_on(said: Iterable[Said], day: date) -> SellerTax:
    """
    Return how an organization is taxed on a day, from what was stated in the order of statement.

    The latest day that has come counts; of two statements for one day the later corrects the earlier.

    >>> tax_on([], date(2026, 10, 31)) == USUAL
    True
    """
    begun = [one for one in said if one.valid_from <= day]
    latest = max((one.valid_from for one in begun), default=None)
    return [USUAL, *(one.tax for one in begun if one.valid_from == latest)][-1]


def taxes_said(stated: Iterable[tuple[Any, ...]], *, owner: int, day: date) -> "Taxes":
    """
    Return how an owner, by its key, and the platform are taxed on a day, by the names of a price plan.

    ``stated`` are key and kind of an organization, the day from which it holds, status and rounding.
    """
    said: dict[str, list[Said]] = {OWNER: [], PLATFORM: []}
    for organization, kind, valid_from, status, rounding in stated:
        one = Said(valid_from, SellerTax(VatStatus(status), Rounding(rounding)))
        if organization == owner:
            said[OWNER].append(one)
        if kind == "PLATFORM":
            said[PLATFORM].append(one)
    return {name: tax_on(found, day) for name, found in said.items()}


def rate_for(category: str, day: date, tax: SellerTax) -> TaxRate:
    """
    Return the rate of a category on a day for a seller; what is no supply is taxed for nobody.

    :raises NoTaxRate: if the table has none
    """
    if tax.status is VatStatus.SMALL_SCALE and category != NOT_TAXED:
        return rate_on(SMALL_SCALE, day)
    return rate_on(category, day)


class Taxed(NamedTuple):
    """A net in minor units with what taxes it; lines of one ``group`` are rounded together."""

    group: tuple[str, str]
    net_minor: int
    rate: Decimal
    rounding: Rounding


def taxes_of(lines: Sequence[Taxed]) -> list[int]:
    """
    Return the tax of each line in minor units.

    Those of a group add up to the tax of the group's net, rounded once. A credit mirrors its charge.
    """
    found = [vat(line.net_minor, line.rate) for line in lines]
    groups: dict[tuple[object, ...], list[int]] = {}
    for place, line in enumerate(lines):
        if line.rounding is Rounding.GROUP:
            groups.setdefault((*line.group, line.rate), []).append(place)
    for (*_, rate), places in groups.items():
        assert isinstance(rate, Decimal), "a group ends with its rate"
        shares = _shared([lines[place].net_minor for place in places], rate)
        for place, share in zip(places, shares, strict=True):
            found[place] = share
    return found


def _shared(nets: Sequence[int], rate: Decimal) -> list[int]:
    """Lay the tax of a sum on its parts: each rounded down, what is left to the largest rests, first come."""
    total = vat(sum(nets), rate)
    sign = -1 if (total or next((net for net in nets if net), 0)) < 0 else 1
    exact = [sign * net * Fraction(rate) for net in nets]
    floors = [one.__floor__() for one in exact]
    left = sign * total - sum(floors)
    order = sorted(range(len(nets)), key=lambda place: (floors[place] - exact[place], place))
    for place in order[:left]:
        floors[place] += 1
    return [sign * one for one in floors]
