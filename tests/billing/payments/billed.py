"""Acceptance bills for tests: what one says, recorded and confirmed by two people of the desk."""

from dataclasses import replace
from datetime import date
from typing import Any

from billing.payments.actions import allocations, bill_ends, bills
from billing.payments.models import AcceptanceBill, Allocation, Receipt
from billing.payments.rules.bill_facts import BillFacts
from marketplace.models import Organization
from tests.billing.payments.world import Desk

NUMBER = "510403380001202611270000000123"
SAID = BillFacts(
    NUMBER, "宁波链主股份", "宁波银行", 500_000, date(2026, 11, 1), date(2026, 11, 20), date(2027, 5, 1)
)


def recorded(desk: Desk, payer: Organization, **given: Any) -> AcceptanceBill:
    """Return a bill that the first person recorded."""
    who = desk.acts()
    return bills.record(book=desk.book, payer=payer, kind="BANK", facts=replace(SAID, **given), **who)


def held(desk: Desk, payer: Organization, **given: Any) -> AcceptanceBill:
    """Return a bill that the second one confirmed."""
    return bills.confirm(bill=recorded(desk, payer, **given), **desk.acts(desk.second))


def pays(desk: Desk, bill: AcceptanceBill, *shares: Any) -> list[Allocation]:
    """Let a bill pay invoices."""
    receipt = Receipt.objects.select_related("book__organization").get(bill=bill)
    return allocations.allocate(receipt=receipt, shares=shares, **desk.acts())


def failed(desk: Desk, bill: AcceptanceBill) -> AcceptanceBill:
    """Let a bill end without money, by two people."""
    bills.ask(bill=bill, reason="承兑人拒付", **desk.acts())
    return bill_ends.decide(bill=bill, **desk.acts(desk.second))
