"""What the pages of billing say: lines, ladders, quantities, in the reader's language."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from billing.models import InvoiceLine, InvoiceLineFact
from devices.rules.increments import Flag
from marketplace.rules import count_words
from marketplace.rules.count_rules import LOAD_TIME, RUN_TIME, CountRule
from marketplace.rules.pricing import words
from marketplace.rules.pricing.plans import PricePlan
from marketplace.rules.pricing.quantity import METERS
from marketplace.rules.quotes import TaxedLine
from marketplace.shared.money import round_half_away

UNITS = {meter: next(iter(units)) for meter, units in METERS.items()}
FLAGS = {
    Flag.UNOBSERVED: gettext_noop("grew while the machine was not connected"),
    Flag.AFTER_DIP: gettext_noop("after a false reading of the counter"),
    Flag.RESET: gettext_noop("the counter had started again"),
    Flag.ROLLED_OVER: gettext_noop("the counter had reached its end"),
    Flag.AT_LAST_LIFE: gettext_noop("closed at the last sign of life"),
    Flag.HELD: gettext_noop("held: a person decides"),
    Flag.EDGE: gettext_noop("the counter grew over an edge of the lease"),
    Flag.DIP: gettext_noop("the counter fell, and nothing explained it"),
    Flag.WITNESS: gettext_noop("the machine's own timer saw less"),
    Flag.REJECTED: gettext_noop("inspection rejected it"),
    Flag.CHANGED: gettext_noop("up to the recorded end of a counter that was changed"),
    Flag.PARTIAL: gettext_noop("ended before it was done"),
    Flag.BAD: gettext_noop("the machine itself called it bad"),
    Flag.AGREED: gettext_noop("had been held; both sides agreed that it counts"),
    Flag.DROPPED: gettext_noop("had been held; it does not count"),
}


def meter_name(meter: str) -> str:
    """Name a meter."""
    return _(words.METERS[meter])


def unit_name(meter: str) -> str:
    """Name the unit in which the pages show a meter."""
    return _(words.UNITS[UNITS[meter]])


def shown(meter: str, quantity: Decimal) -> Decimal:
    """Return a quantity as the pages show it: hours, and what comes from a level, with two places."""
    size = METERS[meter][UNITS[meter]]
    if size != 1:
        return round_half_away(Fraction(quantity) / size, 2)
    return round_half_away(quantity, 0) if quantity == quantity.to_integral_value() else quantity.normalize()


def exactly(meter: str, quantity: Decimal) -> timedelta | None:
    """Return time as a length of time; nothing for what is counted."""
    is_time = meter in (RUN_TIME, LOAD_TIME)
    return timedelta(microseconds=int(quantity * 1_000_000)) if is_time else None


def flag_words(flags: int) -> list[str]:
    """Say what is special about a window."""
    return [_(text) for flag, text in FLAGS.items() if flags & flag]


def line_name(kind: str, meter: str | None) -> str:
    """Say what a line bills."""
    name = _(words.LINES[kind])
    return f"{name} · {meter_name(meter)}" if meter else name


def ladder(steps: Iterable[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Write the stored steps of a line for the ladder."""
    phrases = [words.step(step["step"], step["numbers"]) for step in steps]
    return [{"label": _(phrase.msgid).format(**phrase.facts), "value": ""} for phrase in phrases]


def plan_words(plan: PricePlan) -> list[str]:
    """Say what a plan means."""
    return [_(phrase.msgid).format(**phrase.facts) for phrase in words.phrases(plan)]


def rule_words(rules: Iterable[CountRule]) -> list[list[str]]:
    """Say how each meter is counted."""
    return [
        [_(phrase.msgid).format(**phrase.facts) for phrase in count_words.phrases(rule)] for rule in rules
    ]


def invoice_line(line: InvoiceLine) -> dict[str, Any]:
    """Return what the paper shows of a line."""
    rate_of_rent = line.kind == "percentage"
    fact = getattr(line, "fact", None)
    return {
        "position": line.position,
        "name": line_name(line.kind, line.meter),
        "component": line.component,
        "fact": None if fact is None else {"text": fact.text, "at": fact.at, "url": fact_url(line, fact)},
        "quantity": line.quantity if line.unit else None,
        "unit": _(words.UNITS[line.unit]) if line.unit else "",
        "price": line.unit_price if line.unit else None,
        "share": line.unit_price if rate_of_rent else None,
        "net": line.net,
        "rate": line.tax_rate,
        "tax": line.tax,
        "gross": line.gross,
        "steps": ladder(line.steps),
        "basis": line.legal_basis,
        "meter": line.meter,
    }


def fact_url(line: InvoiceLine, fact: InvoiceLineFact) -> str:
    """Return the page of what a line bills: ticket, service order, damage claim, finance lease or lease."""
    lease = line.invoice.of_lease.public_id
    if fact.kind == "damage":
        return reverse("lease-damage-claim", args=[lease, fact.subject])
    if fact.kind in ("principal", "interest"):
        return reverse("lease-finance", args=[lease])
    pages = {"svo_": "job", "tkt_": "ticket", "lea_": "lease"}
    return reverse(pages[fact.subject[:4]], args=[fact.subject])


def running_line(taxed: TaxedLine) -> dict[str, Any]:
    """Return what the running cost shows of a line."""
    dumped = taxed.line.dump()
    return {
        "name": line_name(taxed.line.kind, taxed.line.meter),
        "seller": taxed.line.seller,
        "steps": ladder(dumped["steps"]),
        "net": taxed.line.net,
        "rate": taxed.rate.rate,
        "tax": taxed.tax,
    }
