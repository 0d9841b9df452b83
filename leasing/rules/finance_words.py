"""A finance lease in sentences and a table; whoever shows it gives the function that translates."""

from collections.abc import Mapping, Sequence
from typing import Any

from devices.ownership.rules.sentences import Translate
from leasing.rules.finance import End, Finance, Timing
from marketplace.rules.msgids import gettext_noop
from marketplace.rules.papers import Table
from marketplace.shared.money import Money, format_money

PRINCIPAL = gettext_noop("{principal} before tax is financed at {percent}% a year, nominal.")
PAID = {
    Timing.ARREARS: gettext_noop("{count} instalments, one at the end of each {rhythm} of the lease."),
    Timing.ADVANCE: gettext_noop("{count} instalments, one at the beginning of each {rhythm} of the lease."),
}
RHYTHMS = {
    1: gettext_noop("month"),
    3: gettext_noop("quarter"),
    6: gettext_noop("half-year"),
    12: gettext_noop("year"),
}
ENDS = {
    End.TRANSFER: gettext_noop(
        "After the last one the lessee gets the machine for the nominal price of {price}; until then it is "
        "the lessor's."
    ),
    End.RETURN: gettext_noop("The machine is the lessor's and goes back at the end."),
}
COLUMNS = (
    gettext_noop("No."),
    gettext_noop("Due on"),
    gettext_noop("Principal"),
    gettext_noop("Interest"),
    gettext_noop("Payment"),
)
SUM = gettext_noop("Sum")


def phrases(finance: Finance, translate: Translate) -> list[str]:
    """Say what is financed, how it is paid, and whose the machine is."""
    percent = format(finance.yearly_percent.normalize(), "f")
    rhythm = translate(RHYTHMS[finance.every_months])
    return [
        translate(PRINCIPAL).format(principal=format_money(finance.principal), percent=percent),
        translate(PAID[finance.timing]).format(count=finance.instalments, rhythm=rhythm),
        translate(ENDS[finance.end]).format(price=format_money(finance.nominal_price)),
    ]


def table(schedule: Sequence[Mapping[str, Any]], currency: str, translate: Translate) -> Table:
    """Return the instalments as a contract holds them, and their sums."""
    names = ("principal_minor", "interest_minor", "payment_minor")
    rows = [
        [str(one["number"]), str(one["due_on"]), *(_money(one[name], currency) for name in names)]
        for one in schedule
    ]
    sums = [_money(sum(one[name] for one in schedule), currency) for name in names]
    return Table([translate(text) for text in COLUMNS], [*rows, [translate(SUM), "", *sums]], figures=3)


def _money(minor: int, currency: str) -> str:
    return format_money(Money(minor, currency))
