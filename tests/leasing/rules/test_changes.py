"""What leaving early costs, and what follows from the cause of a suspension."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from leasing.rules import early_exit, suspensions
from leasing.rules.leases import Side
from leasing.rules.suspensions import TABLE, Cause, Treatment
from marketplace.rules.pricing.plans import PricePlan
from tests.leasing.world import END, PLAN, START

DAY = timedelta(days=1)
ZONE = ZoneInfo("Asia/Shanghai")


class TestEarlyExit:
    """A base fee of 3,000.00 a month; April has 30 days, so a day is 100.00."""

    @pytest.mark.parametrize(
        ("side", "told", "given_up", "days", "fee"),
        [
            (Side.LESSEE, 0, 30, 30, 300_000),
            (Side.LESSEE, 10, 30, 20, 200_000),
            (Side.LESSEE, 30, 30, 0, 0),
            (Side.LESSEE, 31, 30, 0, 0),
            (Side.LESSEE, 0, 5, 5, 50_000),
            (Side.LESSOR, 0, 30, 0, 0),
        ],
    )
    def test_is_the_fixed_rent_of_the_days_that_are_missing_to_thirty(self, side, told, given_up, days, fee):
        ends_at = END - given_up * DAY
        found = early_exit.early_exit(
            side=side,
            given_at=ends_at - told * DAY,
            ends_at=ends_at,
            agreed_end=END,
            plan=PricePlan.parse(PLAN),
            zone=ZONE,
            anchor_day=1,
        )
        assert (found.days, found.fee.minor, found.fee.currency) == (days, fee, "CNY")

    def test_what_a_month_costs_whole_is_owed_by_its_invoice_alone(self):
        """1,000.00 whenever the machine is leased in a month: whoever leaves on the tenth saves nothing."""
        whole = {"id": "base", "kind": "base_fee", "amount": "1000", "prorate": "none"}
        april = datetime(2026, 4, 10, tzinfo=ZONE)
        given = {"side": Side.LESSEE, "given_at": april, "ends_at": april, "zone": ZONE, "anchor_day": 1}
        plan = PricePlan.parse({"version": 1, "currency": "CNY", "components": [whole]})

        within = early_exit.early_exit(agreed_end=datetime(2026, 4, 25, tzinfo=ZONE), plan=plan, **given)
        beyond = early_exit.early_exit(agreed_end=datetime(2026, 6, 1, tzinfo=ZONE), plan=plan, **given)

        assert (within.days, within.fee.minor) == (15, 0)
        assert (beyond.days, beyond.fee.minor) == (30, 100_000)  # that of May

    def test_the_end_lies_between_now_and_the_agreed_end(self):
        def codes(ends_at):
            return [flaw.code for flaw in early_exit.flaws(ends_at, at=START, agreed_end=END, shown="x")]

        assert codes(START) == ["too_soon"]
        assert codes(END) == ["not_early"]
        assert codes(START + DAY) == []


class TestSuspension:
    def test_every_cause_has_a_row(self):
        assert set(TABLE) == set(Cause)
        paused = {cause for cause, rule in TABLE.items() if rule.treatment == Treatment.PAUSED}
        assert paused == {cause for cause, rule in TABLE.items() if rule.adds_time}

    @pytest.mark.parametrize(
        ("cause", "time", "days"),
        [
            (Cause.LESSOR_FAULT, 3 * DAY, 3),
            (Cause.LESSOR_FAULT, 2 * DAY + timedelta(hours=23), 2),
            (Cause.LESSOR_FAULT, timedelta(minutes=1), 0),
            (Cause.LESSEE_FAULT, 3 * DAY, 0),
        ],
    )
    def test_adds_the_whole_days(self, cause, time, days):
        assert suspensions.days_to_add(cause, START, START + time) == days
