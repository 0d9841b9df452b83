"""An integrator lets time pass: a lease ends, is billed and paid, by the tasks and ways of real life."""

from datetime import UTC, datetime, timedelta

import pytest
from celery import current_app
from django.core.cache import cache
from django.db import connection
from django.utils import timezone
from rest_framework.test import APIClient

from billing.actions import books
from billing.models import Invoice
from billing.payments.actions import banks
from billing.payments.models import BankAccount, BankLine, ReconException, Statement, StatementFile
from billing.rules import accounts as chart
from config import right_database
from leasing.models import Transition
from leasing.rules.leases import Status
from marketplace.actions import api_keys
from marketplace.models import AuditEntry, Event, MovedClock
from marketplace.models.apikeys import Scope
from marketplace.queries.clocks import KEY
from tests import once
from tests.billing import world

pytestmark = pytest.mark.django_db
MACHINE = datetime(2026, 10, 20, 4, tzinfo=UTC)  # within the lease
CLOCK, LINES = "/api/v1/test/clock/", "/api/v1/test/bank-lines/"


def begin():
    """Let a lease run, and the platform have an account at a bank."""
    with connection.cursor() as cursor:
        right_database.move_defaults(cursor)
    found = world.build("okuma")
    banks.open_account(
        book=books.platform_book(at=MACHINE),
        ledger_code=chart.CLIENT_MONEY,
        holder="计件平台",
        number="320201880920",
        bank_name="工商银行",
        within=found.platform,
        by=world.member(found.platform),
        at=MACHINE,
    )
    MovedClock.objects.create()
    return found


begun = once.fixture(begin)


@pytest.fixture
def scene(begun, settings, monkeypatch):
    """The same in a test installation, where the worker works at once."""
    settings.JIJIAN_MODE = "test"
    monkeypatch.setattr(timezone, "now", lambda: MACHINE)
    current_app.conf.update(task_always_eager=True)
    cache.delete(KEY)
    yield begun
    current_app.conf.update(task_always_eager=False)
    cache.delete(KEY)


@pytest.fixture
def lessee(scene):
    """The lessee's program."""
    _, text = api_keys.create(
        organization=scene.lessee, name="ERP", scopes=Scope.values, by=scene.buyer, at=MACHINE
    )
    return APIClient(headers={"authorization": f"Bearer {text}"})


@pytest.fixture
def posted(lessee, django_capture_on_commit_callbacks):
    """Post, commit, and let the worker do what was queued."""

    def post(address, **said):
        with django_capture_on_commit_callbacks(execute=True):
            return lessee.post(address, said, format="json")

    return post


def test_a_lease_ends_is_billed_and_is_paid(scene, lessee, posted):
    lease = scene.lease
    assert lease.status == Status.ACTIVE
    assert posted(CLOCK, days=20).status_code == 200
    lease.refresh_from_db()
    rent = Invoice.objects.get(lease=lease, seller=scene.lessor)

    assert lease.status == Status.ENDED
    last = Transition.objects.filter(lease=lease).latest("pk")
    assert last.recorded_at > datetime.now(UTC) + timedelta(days=19)  # the database's own clock is ahead, too
    assert rent.status == Invoice.Status.ISSUED
    assert rent.gross_minor > 0
    assert Event.objects.filter(
        type="invoice.issued", object=rent.public_id, organization=scene.lessee
    ).exists()

    slip = lessee.get(f"/api/v1/invoices/{rent.public_id}/payment/").json()
    said = {"amount_minor": slip["open_minor"], "reference": f"租金 {slip['reference']}"}
    answer = posted(LINES, **said)
    assert answer.status_code == 201
    assert answer.json()["amount_minor"] == slip["open_minor"]
    assert lessee.get(f"/api/v1/invoices/{rent.public_id}/payment/").json()["open_minor"] == 0
    assert Event.objects.filter(
        type="invoice.paid", object=rent.public_id, organization=scene.lessee
    ).exists()


def test_what_is_not_paid_is_overdue_after_another_move(scene, posted):
    posted(CLOCK, days=20)
    rent = Invoice.objects.get(lease=scene.lease, seller=scene.lessor)
    before = Event.objects.filter(type="invoice.overdue").count()
    posted(CLOCK, days=35)

    assert before == 0
    assert Event.objects.filter(type="invoice.overdue", object=rent.public_id).count() == 2


class TestLinesOfTheBank:
    def test_come_with_balances_that_hold_one_after_the_other(self, scene, posted):
        for amount in (10_000, -2_500, 1):
            assert posted(LINES, amount_minor=amount, reference="x <&> 货款").status_code == 201

        lines = BankLine.objects.order_by("pk")
        assert [one.amount_minor for one in lines] == [10_000, -2_500, 1]
        assert {one.memo for one in lines} == {"x <&> 货款"}
        assert {one.counterparty for one in lines} == {scene.lessee.name}
        assert set(StatementFile.objects.values_list("state", flat=True)) == {"READ"}
        assert not StatementFile.objects.exclude(flaws=[]).exists()
        balances = Statement.objects.order_by("pk").values_list("opening_minor", "closing_minor")
        assert list(balances) == [(0, 10_000), (10_000, 7_500), (7_500, 7_501)]
        about_files = ReconException.objects.filter(reason__startswith="STATEMENT")
        assert not about_files.exists()
        assert AuditEntry.objects.filter(action="bank_line.play").count() == 3

    @pytest.mark.parametrize(
        ("said", "code", "pointer"),
        [
            ({"amount_minor": 0}, "played_line_invalid", "/amount_minor"),
            ({"amount_minor": 10**14}, "invalid", "/amount_minor"),
            ({"amount_minor": 1, "currency": "XXX"}, "invalid", "/currency"),
            ({"amount_minor": 1, "on": "2026-10-01"}, "played_line_invalid", "/on"),
            ({"amount_minor": 1, "on": "2026-10-21"}, "played_line_invalid", "/on"),
            ({}, "invalid", "/amount_minor"),
        ],
    )
    def test_that_no_bank_would_write_are_refused(self, scene, posted, said, code, pointer):
        posted(LINES, amount_minor=100)
        answer = posted(LINES, **said)

        assert (answer.status_code, answer.json()["code"]) == (400, code)
        assert [one["pointer"] for one in answer.json()["errors"]] == [pointer]
        assert BankLine.objects.count() == 1

    def test_need_an_account(self, scene, posted):
        BankAccount.objects.update(is_open=False)
        answer = posted(LINES, amount_minor=1)

        assert (answer.status_code, answer.json()["code"]) == (409, "no_account_to_pay_to")
        assert not BankLine.objects.exists()

    def test_are_played_by_administrators_alone(self, scene, posted, lessee):
        scene.buyer.memberships.update(role="VIEWER")
        answer = posted(LINES, amount_minor=1)

        assert (answer.status_code, answer.json()["code"]) == (403, "missing_right")
        assert not BankLine.objects.exists()
