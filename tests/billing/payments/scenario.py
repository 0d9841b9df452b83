"""The published reconciliation scenario as the facts of the rule: see ``tests/data/vectors/README.md``."""

from datetime import date, timedelta

from billing.payments.rules.matching.facts import Facts, Line, OpenItem, Order, Payout
from tests.marketplace.vectors import FINANCE

SCENARIO = FINANCE["reconciliation_scenario"]
ISSUED = date(2026, 11, 1)
LESSEES = sorted({one["lessee"] for one in SCENARIO["invoices"]})
OWNER = 900
PAYERS = {name: key for key, name in enumerate(LESSEES, start=1)} | {"owner O1": OWNER}


def items():
    return [
        OpenItem(
            id=place,
            number=one["no"],
            reference="",
            payer=PAYERS[one["lessee"]],
            open_minor=one["gross_fen"],
            gross_minor=one["gross_fen"],
            currency="CNY",
            due_on=ISSUED + timedelta(days=place),
            issued_on=ISSUED,
        )
        for place, one in enumerate(SCENARIO["invoices"], start=1)
    ]


def lines():
    return [
        Line(
            id=place,
            on=date.fromisoformat(one["date"]),
            amount_minor=one["amount_fen"],
            counterparty=one["counterparty"],
            counterparty_account=one["counterparty_account"],
            memo=one["memo"],
            bank_ref=one["bank_txn_id"] or "",
        )
        for place, one in enumerate(SCENARIO["bank_lines"], start=1)
    ]


def facts():
    return Facts(
        items=items(),
        accounts={number: PAYERS[who] for number, who in SCENARIO["known_payer_accounts"].items()},
        orders=[Order(one["id"], "", "33009O1", one["amount_fen"]) for one in SCENARIO["outgoing"]],
        payouts=[
            Payout(one["id"], "", one["amount_fen"], date(2026, 11, 10), ("STRIPE",))
            for one in SCENARIO["provider_payouts"]
        ],
    )
