"""The morning of finance and the end of its month: figures, a checklist, a lock, vouchers for accounting."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from billing.actions import journals, periods, sealing
from billing.models import PeriodLock
from billing.payments.actions import month_close, orders
from billing.payments.actions.month_close import MonthNotReady
from billing.payments.models import PaymentOrder, ReconException, Statement, StatementFile
from billing.payments.queries.month_close import checklist
from billing.payments.queries.today import heat, morning
from billing.payments.rules.month_close import Step, before, last_day
from billing.queries.exports import month_of
from billing.rules.export_vouchers import KINGDEE, VoucherCurrency, kingdee, yonyou
from billing.rules.journals import Line
from billing.rules.locks import Level
from marketplace.permissions import MissingRight
from marketplace.shared import clock
from tests import once
from tests.billing.ledger.world import entry
from tests.billing.payments import world
from tests.billing.payments.world import AT
from tests.spreadsheets import opened

NOVEMBER = date(2026, 11, 1)
DECEMBER = datetime.fromisoformat("2026-12-02T09:00:00+08:00")
desk = once.fixture(world.desk)


def state(desk, month=NOVEMBER):
    return {item.step: item.count for item in checklist(desk.book, month) if not item.is_done}


def told(desk, closing, day=date(2026, 11, 30)):
    """Let the bank have said what is on the account when a day ends."""
    file = StatementFile.objects.create(
        bank_account=desk.account,
        name="s",
        content=b"",
        sha256=f"{day}{closing}",
        taken_by="x",
        taken_by_name="x",
        taken_at=AT,
    )
    Statement.objects.create(
        file=file, position=1, currency="CNY", ends_on=day, closing_minor=closing, sum_minor=0
    )


def odd(desk, reason, at=AT, **given):
    return ReconException.objects.create(book=desk.book, reason=reason, opened_at=at, **given)


def seal(desk):
    sealing.seal(book=desk.book, at=DECEMBER, by=desk.clock)


class TestTheChecklist:
    def test_of_a_month_in_order_is_clear(self, desk):
        desk.collected(500, "release")
        told(desk, 500)
        seal(desk)

        assert state(desk) == {}

    def test_names_what_is_in_the_way(self, desk):
        desk.collected(500, "release")
        desk.receipt(300, "unknown")
        told(desk, 799, day=date(2026, 11, 29))
        desk.propose()
        orders.approve(order=PaymentOrder.objects.get(), **desk.acts(desk.second))
        odd(desk, "UNKNOWN_PAYER")
        odd(desk, "STALE", at=DECEMBER)

        found = {item.step: item for item in checklist(desk.book, NOVEMBER)}

        assert {step for step, item in found.items() if not item.is_done} == set(Step) - {
            Step.UNBILLED,
            Step.CHECKS,
        }
        assert found[Step.STATEMENTS].details == (str(desk.account),)
        assert found[Step.BALANCES].details == ("1002.02 ¥0.01",)
        assert found[Step.SUSPENSE].details == ("¥3.00",)
        assert found[Step.EXCEPTIONS].count == 1
        assert found[Step.PAYMENTS].count == 1

    def test_of_an_earlier_month_asks_nothing_of_later_accounts(self, desk):
        assert state(desk, date(2026, 10, 1)) == {}


class TestClosing:
    def close(self, desk, level=Level.HARD, by=None):
        who = {"within": desk.office.platform, "by": by or desk.office.chief, "at": DECEMBER}
        return month_close.close(book=desk.book, month=NOVEMBER, level=level, **who)

    def test_softly_is_always_possible_and_hard_once_all_is_done(self, desk):
        desk.collected(500, "release")

        self.close(desk, Level.SOFT)
        with pytest.raises(MonthNotReady) as refused:
            self.close(desk)

        assert refused.value.facts["steps"] == ["STATEMENTS", "BALANCES", "SEALED"]
        assert PeriodLock.objects.of(desk.book).hard is None
        told(desk, 500)
        seal(desk)
        self.close(desk)
        assert PeriodLock.objects.of(desk.book).hard == last_day(NOVEMBER)

    def test_is_for_administrators_after_the_month(self, desk):
        with pytest.raises(MissingRight):
            self.close(desk, by=desk.first)
        with pytest.raises(periods.LockedDayNotOver):
            month_close.close(
                book=desk.book, month=NOVEMBER, level=Level.SOFT, **desk.acts(desk.office.chief)
            )
        assert not PeriodLock.objects.exists()


class TestTheMorning:
    def test_counts_exceptions_by_reason_and_age(self, desk):
        for number, days in enumerate((0, 2, 2, 5, 30)):
            odd(desk, "UNKNOWN_PAYER", at=AT - timedelta(days=days), reference=str(number))
        odd(desk, "STALE", at=AT)

        rows = heat(desk.book, AT)

        assert [(row.reason, row.counts) for row in rows] == [
            ("UNKNOWN_PAYER", (1, 2, 1, 1)),
            ("STALE", (1, 0, 0, 0)),
        ]

    def test_adds_up_what_waits(self, desk):
        desk.collected(500, "release")
        desk.receipt(300, "unknown")
        desk.receipt(700, "known", desk.owner)
        desk.propose()

        found = morning(desk.book, AT)

        assert (found.suspense.minor, found.unallocated.minor) == (300, 700)
        assert (found.proposed.minor, found.approved.minor, found.sent.minor) == (500, 0, 0)
        assert found.unmatched == 2

    def test_page_leads_to_the_lines(self, desk, client):
        odd(desk, "UNKNOWN_PAYER")
        client.force_login(desk.first)
        client.cookies["django_language"] = "en"

        page = client.get(reverse("finance")).content.decode()

        assert "1 thing does not agree." in page
        for state in ("PROPOSED", "APPROVED", "SENT"):
            assert f"{reverse('payment-orders')}?state={state}" in page
        assert "Close the month" in page
        client.force_login(desk.keeper)
        assert client.get(reverse("finance")).status_code == 404


class TestThePageOfAMonth:
    def test_its_steps_stand_on_the_desk_too(self, desk, client):
        client.force_login(desk.office.chief)
        url = reverse("month-close", args=[f"{before(clock.today()):%Y-%m}"])
        assert f'hx-get="{url}"' in client.get(reverse("finance")).content.decode()

        part = client.get(url, headers={"hx-request": "true"}).content.decode()

        assert part.count("<li>") == len(Step) and "<h1" not in part

    def test_locks_and_says_why_not(self, desk, client):
        client.force_login(desk.office.chief)
        client.cookies["django_language"] = "en"
        url = reverse("month-close", args=["2026-10"])
        assert "Everything is done" in client.get(url).content.decode()

        soft = reverse("month-lock", args=["2026-10", "soft"])
        assert "locked through this month" in client.post(soft, follow=True).content.decode()
        assert PeriodLock.objects.of(desk.book).soft == date(2026, 10, 31)
        hard = reverse("month-lock", args=["2026-10", "hard"])
        assert "locked through this month" in client.post(hard, follow=True).content.decode()
        assert "This month is closed" in client.get(url).content.decode()
        for odd_month in ("2026-13", "1999-01", "x", "9999-12"):
            assert client.get(reverse("month-close", args=[odd_month])).status_code == 404
        assert client.post(reverse("month-lock", args=["2026-10", "firm"])).status_code == 404


class TestVouchers:
    def journals(self, desk):
        return month_of(desk.book, NOVEMBER, last_day(NOVEMBER))

    def test_for_kingdee_have_a_row_a_line_and_balance(self, desk):
        desk.collected(815_200, "one")
        desk.collected(4_000, "two")

        rows = list(kingdee(self.journals(desk), "CNY"))

        assert all(len(row) == len(KINGDEE) for row in rows)
        assert [(row[2], row[5], row[7], row[8]) for row in rows] == [
            (1, "1002.02", Decimal("8152.00"), 0),
            (1, "2241.01", 0, Decimal("8152.00")),
            (2, "1002.02", Decimal("40.00"), 0),
            (2, "2241.01", 0, Decimal("40.00")),
        ]

    def test_for_yonyou_keep_their_fields(self, desk):
        lines = (Line("1002.01", 100, "CNY"), Line("6001.02", -100, "CNY"))
        journals.post(entry=entry("k", lines=lines, memo="a,b"), at=AT, by=desk.office.chief)

        rows = list(yonyou(self.journals(desk), "CNY", "王, 会计"))

        assert rows[0] == "填制凭证,V800"
        fields = rows[1].split(",")
        assert (fields[:4], fields[5:8], fields[11]) == (
            ["2026-11-01", "记", "1", "0"],
            ["1002.01", "1.00", "0"],
            "王 会计",
        )
        assert fields[4].startswith("a b ")

    def test_of_another_currency_are_refused(self, desk):
        lines = (Line("1012.01", 100, "HKD"), Line("9999", -100, "HKD"))
        journals.post(entry=entry("k", lines=lines), at=AT, by=desk.office.chief)

        with pytest.raises(VoucherCurrency):
            list(kingdee(self.journals(desk), "CNY"))

    def test_are_files_of_the_month(self, desk, client):
        desk.collected(500, "one")
        client.force_login(desk.first)

        table = client.get(reverse("month-vouchers", args=["2026-11", "kingdee"]))
        text = client.get(reverse("month-vouchers", args=["2026-11", "yonyou"]))

        rows = opened(table)
        assert rows[0][:3] == list(KINGDEE[:3])
        assert len(rows) == 3
        assert text.content.decode("gb18030").splitlines()[0] == "填制凭证,V800"
        assert client.get(reverse("month-vouchers", args=["2026-11", "sap"])).status_code == 404
