"""
Whether a lease is approved by itself, or a person of the lessor decides: its credit limit for the lessee.

The exposure is what this lease and the others that bind the lessee to this lessor are expected to cost in
all, tax included, by the estimate that their pages show. Deposits do not count: they secure, they do not owe.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from marketplace.rules.msgids import gettext_noop
from marketplace.shared.money import Money, format_money

NO_LIMIT = "NONE"

TEXTS = {
    "no_limit": gettext_noop("The lessor asks for no limit."),
    "within_limit": gettext_noop(
        "Expected charges of {exposure}, {others} of them from other leases ({count}), are within the limit "
        "of {limit}."
    ),
    "over_limit": gettext_noop(
        "Expected charges of {exposure}, {others} of them from other leases ({count}), exceed the limit "
        "of {limit}."
    ),
    "other_currency": gettext_noop(
        "The limit is in {currency}, and charges are expected in other currencies, too."
    ),
    "short_enough": gettext_noop("The lease runs for {months} months at most, which needs no decision."),
    "too_long": gettext_noop("The lease runs for more than {months} months, which needs a decision."),
}


@dataclass(frozen=True)
class Limit:
    """A credit limit in force: an amount, or none; up to how many months no decision is needed, or any."""

    reference: str
    amount: Money | None
    months: int | None = None


@dataclass(frozen=True)
class Check:
    """One thing that was looked at; ``facts`` fill its sentence in :data:`TEXTS`."""

    code: str
    passed: bool
    facts: dict[str, str]

    def dump(self) -> dict[str, Any]:
        """Write it as JSON."""
        return {"code": self.code, "passed": self.passed, "facts": self.facts}


@dataclass(frozen=True)
class Decision:
    """The limit, the exposure in the currency of the lease, and every check."""

    limit: Limit | None
    exposure: Money
    checks: tuple[Check, ...]

    @property
    def is_automatic(self) -> bool:
        """Whether nobody has to decide."""
        return all(check.passed for check in self.checks)

    def facts(self) -> dict[str, Any]:
        """Return all of it, for the audit trail of the lessor; amounts are minor units."""
        amount = self.limit.amount if self.limit else None
        return {
            "limit": self.limit.reference if self.limit else NO_LIMIT,
            "limit_minor": amount.minor if amount else None,
            "exposure_minor": self.exposure.minor,
            "currency": self.exposure.currency,
            "automatic": self.is_automatic,
            "checks": [check.dump() for check in self.checks],
        }


def decide(*, limit: Limit | None, charges: Money, others: Sequence[Money], is_longer: bool) -> Decision:
    """
    Look at a lease with its expected ``charges``; ``others`` are those of the lessee's other leases.

    ``is_longer`` tells whether it runs for longer than the months of the limit. Without a limit no decision
    is asked for: a lessor that wants one sets a limit, of 0 if it wants to decide always.
    """
    same = [money for money in others if money.currency == charges.currency]
    exposure = Money.total([charges, *same], charges.currency)
    checks = [_amount(limit, charges, others, exposure), *_length(limit, is_longer)]
    return Decision(limit, exposure, tuple(checks))


def _amount(limit: Limit | None, charges: Money, others: Sequence[Money], exposure: Money) -> Check:
    if limit is None or limit.amount is None:
        return Check("no_limit", True, {})
    currency = limit.amount.currency
    if {charges.currency, *(money.currency for money in others)} != {currency}:
        return Check("other_currency", False, {"currency": currency})
    within = exposure.minor <= limit.amount.minor
    facts = {
        "exposure": format_money(exposure),
        "others": format_money(exposure - charges),
        "count": str(len(others)),
        "limit": format_money(limit.amount),
    }
    return Check("within_limit" if within else "over_limit", within, facts)


def _length(limit: Limit | None, is_longer: bool) -> list[Check]:
    if limit is None or limit.months is None:
        return []
    code = "too_long" if is_longer else "short_enough"
    return [Check(code, not is_longer, {"months": str(limit.months)})]
