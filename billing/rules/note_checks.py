"""What a note in a bundle should say: the charge as computed, less what the versions before it billed."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from billing.rules.corrections import Amounts, Billed, Note, NoteLine, notes
from billing.rules.drafting import trimmed
from marketplace.rules.pricing.charge import Charge
from marketplace.rules.pricing.lines import LineKey
from marketplace.rules.pricing.sellers import NOBODY, Taxes
from marketplace.shared.money import Money


def expected(charge: Charge, invoice: Mapping[str, Any], *, on: date, taxes: Taxes = NOBODY) -> Note | None:
    """Return the note of the document's seller, or none if nothing differs from what was billed before."""
    seller = invoice["seller"]
    before: dict[LineKey, Billed] = {}
    for told in invoice["before"]:
        key = LineKey(seller, told["component"], told["tax_category"])
        quantity = None if told["quantity"] is None else Decimal(told["quantity"])
        amounts = Amounts(told["net_minor"], told["tax_minor"], quantity)
        known = before[key].amounts.plus(amounts) if key in before else amounts
        before[key] = Billed(known, told["kind"], told["meter"], told["unit"])
    given = {
        LineKey(seller, told["component"], told["tax_category"]): Money(told["net_minor"], charge.currency)
        for told in invoice["conceded"]
    }
    mine = replace(charge, lines=charge.of(seller))
    return next(iter(notes(mine, before, on=on, conceded=given, taxes=taxes)), None)


def lines_of(note: Note) -> Iterable[dict[str, Any]]:
    """Write the lines of a note as a bundle does."""
    return (_line(position, line) for position, line in enumerate(note.lines, start=1))


def told_of(invoice: Mapping[str, Any]) -> str:
    """Say what a note rests on that its own bundle cannot prove."""
    gross = sum(told["net_minor"] + told["tax_minor"] for told in invoice["before"])
    return (
        f"this is a note, the difference of two versions: {gross} of the smallest coin were billed by "
        f"versions 1 to {invoice['version'] - 1}, whose own bundles prove that"
    )


def _line(position: int, line: NoteLine) -> dict[str, Any]:
    return {
        "position": position,
        "component": line.key.component,
        "kind": line.kind,
        "meter": line.meter,
        "unit": line.unit,
        "quantity": _plain(line.quantity),
        "unit_price": _plain(line.unit_price),
        "amount": _plain(line.net.amount),
        "net_minor": line.net.minor,
        "tax_minor": line.tax.minor,
        "gross_minor": line.gross.minor,
        "tax_category": line.key.tax_category,
        "tax_rate": _plain(line.rate.rate),
        "legal_basis": line.rate.legal_basis,
        "facts": json.loads(json.dumps(line.facts())),
    }


def _plain(value: Decimal | None) -> str | None:
    if value is None:
        return None
    return format(trimmed(value), "f") if value else "0"
