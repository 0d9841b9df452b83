"""From the charges of a lease's earlier periods to what its last one is charged with."""

from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction

from marketplace.rules.pricing.charge import Charge
from marketplace.rules.pricing.closing import counted
from marketplace.rules.pricing.term import Term
from marketplace.shared.money import Money


def ending(earlier: Iterable[Charge], *, currency: str, share: Fraction, years: Fraction) -> Term:
    """
    Add up the charges of the earlier periods of a lease, each as its last run made it.

    ``share`` is the part of the agreed term that ran, ``years`` the years that ran.
    """
    rent, nets, units = Money.zero(currency), dict[str, Money](), dict[str, Decimal]()
    for charge in earlier:
        rent += Money.total((line.net for line in charge.rent()), currency)
        for name in dict.fromkeys(line.component for line in charge.lines):
            lines = [line for line in charge.lines if line.component == name]
            nets[name] = nets.get(name, Money.zero(currency)) + Money.total(
                (one.net for one in lines), currency
            )
            if any(line.meter for line in lines):
                units[name] = units.get(name, Decimal(0)) + counted(lines)
    return Term(share, years, rent, nets, units)
