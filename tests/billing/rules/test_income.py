"""The months and sums of an owner's income."""

from datetime import date

import pytest

from billing.rules import accounts as chart
from billing.rules.events import MOVES, Event
from billing.rules.income import ACCOUNTS, BILLS, FEES, MOVED, PAID, Part, Sums, after, months, total

MONEY = {chart.CLIENT_MONEY, chart.AVAILABLE, chart.BANK, chart.DEPOSIT_MONEY, chart.FUND_MONEY}
# What each event is on an owner's account. Orders are told by their source, whatever their event.
PARTS = {
    Part.BILLED: "INVOICE_ISSUED OWNER_COST",
    Part.CREDITED: "CREDIT_NOTE",
    Part.FEE: "COMMISSION COMMISSION_REVERSED",
    Part.PAID_OUT: """OWNER_TRANSFERRED OWNER_PAID OWNER_PAYMENT_RETURNED OWNER_PAID_BACK AWARD_PAID
        FUND_OWNER_PAID""",
    Part.MOVED: "OWNER_COLLECTED OWNER_SET_OFF",
    Part.OTHER: """FUND_LEVY FUND_RECOVERED DEPOSIT_SET_OFF RENT_UNCOLLECTIBLE CLAIM_APPROVED DISPUTE_LOST
        FEE_CHARGED_ON MOVEMENT_CLASSIFIED""",
}
NEVER = """CARD_PAID BANK_RECEIVED UNKNOWN_RECEIVED ALLOCATED FUNDS_AVAILABLE FUND_PAID PAYOUT_CREATED
    PAYOUT_SEEN PAYOUT_FAILED TOPPED_UP DEPOSIT_RECEIVED DEPOSIT_RETURNED REFUNDED ALLOWANCE FEE_WRITTEN_OFF
    CLAIM_RECEIVED DISPUTE_OPENED DISPUTE_WON EXCHANGED CAPITAL_PAID_IN LOAN_PAID_OUT INTEREST_ACCRUED
    INSTALMENT_RECEIVED CONTRIBUTION_RECEIVED FUND_CLAIM_PAID SUBSIDY_PREPAID SUBSIDY_REFUSED
    SUBSIDY_CONFIRMED SUBSIDY_RECEIVED SUBSIDY_HANDED_ON PAYMENT_ORDERED PAYMENT_SEEN PAYMENT_RETURNED
    PROVIDER_FEE BANK_FEE BANK_INTEREST OWN_TRANSFER BILL_RECEIVED BILL_HONOURED BILL_FAILED"""


def test_twelve_months_end_with_the_one_of_the_day():
    found = months(date(2026, 11, 28))

    assert (found[0], found[-1], len(found)) == (date(2025, 12, 1), date(2026, 11, 1), 12)
    assert (after(date(2026, 12, 1)), after(date(2027, 1, 1))) == (date(2027, 1, 1), date(2027, 2, 1))


def test_parts_add_up_to_what_is_still_to_come():
    one = Sums(
        {
            Part.BILLED: 904_000,
            Part.CREDITED: -4_000,
            Part.FEE: -84_800,
            Part.PAID_OUT: -800_000,
            Part.MOVED: 0,
            Part.OTHER: -200,
        },
        3,
    )
    whole = total({"a": one, "b": Sums()})

    assert (one.earned, one.still_to_come) == (815_000, 15_000)
    assert (whole.earned, whole.still_to_come, whole.open_minor, whole[Part.FEE]) == (
        815_000,
        15_000,
        3,
        -84_800,
    )


def test_every_event_is_told_what_it_is_to_an_owner():
    told = {part: set(names.split()) for part, names in PARTS.items()}
    listed = [name for names in (*PARTS.values(), NEVER) for name in names.split()]

    assert sorted(listed) == sorted(Event), "a new event needs a part, or never is on an owner's account"
    assert told[Part.BILLED] == BILLS
    assert told[Part.FEE] == FEES
    assert told[Part.PAID_OUT] == PAID
    assert told[Part.MOVED] == MOVED


@pytest.mark.parametrize("event", [one for one, move in MOVES.items() if set(move) & set(ACCOUNTS)])
def test_money_that_comes_or_goes_is_no_income(event):
    sides = set(MOVES[event])

    assert (event in PAID) == bool(sides & MONEY)
    assert (event in MOVED) == (sides <= set(ACCOUNTS))
    assert event not in NEVER.split()
