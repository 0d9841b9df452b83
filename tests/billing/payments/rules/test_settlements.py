"""Payouts and what they are made of; the published figures."""

from datetime import UTC, datetime

import pytest

from billing.payments.rules.providers import Movement
from billing.payments.rules.settlements import Verdict, composed
from billing.payments.rules.stripe_facts import CLASSIFIED
from tests.marketplace.vectors import FINANCE

AT = datetime(2026, 11, 5, tzinfo=UTC)


def movement(given):
    names = {"id": given["id"], "kind": given["type"], "source_ref": given["source"] or ""}
    return Movement(
        occurred_at=AT, currency="CNY", gross=given["amount"], fee=given["fee"], net=given["net"], **names
    )


@pytest.mark.parametrize("case", FINANCE["payouts"], ids=lambda case: case["payout"])
def test_published_figures(case):
    found = composed(
        case["amount_fen"], [movement(each) for each in case["balance_transactions"]], known=CLASSIFIED
    )

    expected = case["expect"]
    assert found.net == expected["sum_net_fen"]
    assert found.unclassified == expected["unclassified_net_fen"]
    assert found.difference == expected["difference_fen"]
    assert (found.difference == 0) is expected["equals_payout"]
    assert found.verdict == expected["status"]
    assert sum(part.count for part in found.parts) == len(case["balance_transactions"])


def test_what_no_change_explains_is_a_difference():
    found = composed(1_000, [], known=CLASSIFIED)

    assert found.verdict is Verdict.DIFFERENT
    assert found.difference == 1_000


def test_a_movement_that_does_not_add_up_is_none():
    with pytest.raises(ValueError, match="100 - 10 is not 91"):
        Movement("txn_1", AT, "charge", 100, 10, 91, "CNY")
