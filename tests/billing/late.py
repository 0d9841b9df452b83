"""A lease whose invoice is paid late: terms that were announced in time, and payments in the books."""

from copy import copy
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from billing.actions import invoices, journals, late_terms
from billing.actions.late_terms import Wanted
from billing.models import Invoice
from billing.rules.journals import Dims, Entry, Line
from tests.billing import world
from tests.billing.actions.test_corrections import DUE, say

ANNOUNCED = DUE - timedelta(days=20)
FIRST = date(2026, 10, 20)
DUE_ON = date(2026, 11, 17)
DECEMBER = world.midnight("2026-12-01")
FIVE = Decimal("0.0005")


def announce(scene, at=ANNOUNCED, by=None, seller=None, **changes):
    wanted = Wanted(**({"valid_from": FIRST, "rate": FIVE} | changes))
    return late_terms.announce(seller=seller or scene.lessor, wanted=wanted, by=by or scene.owner, at=at)


def billed(scene, **terms):
    """Bill rent of 2,461.21, due on 17 November, under terms of 0.05 % a day."""
    announce(scene, **terms)
    say(scene, 0, 4)
    invoices.bill(lease=scene.lease, at=DUE, by=scene.clock)
    return scene


def rent(scene):
    return Invoice.objects.get(seller=scene.lessor, kind="INVOICE")


def overdue_times(monkeypatch, module, count):
    """Let a page find each overdue row so many times, as invoices of their own."""
    found = module.overdue_of

    def many(seller, today):
        for row in found(seller, today):
            for number in range(count):
                paper = copy(row.invoice)
                paper.pk, paper.number = paper.pk + number, f"{paper.number}-{number}"
                yield replace(row, invoice=paper)

    monkeypatch.setattr(module, "overdue_of", lambda seller, today: list(many(seller, today)))


def pay(scene, minor, on, invoice=None, key="", at=DECEMBER):
    """Let the bank have received money for an invoice on a day."""
    about = invoice or rent(scene)
    whose = Dims(party=scene.lessee.public_id, invoice=about.public_id)
    lines = (Line("1002.02", minor, "CNY", whose), Line("1122.02", -minor, "CNY", whose))
    given = Entry("P", "BANK_RECEIVED", key or f"pay:{about.public_id}:{on}:{minor}", on, lines)
    return journals.write(entries=[given], at=at, by=scene.clock)
