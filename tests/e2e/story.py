"""What two companies, the platform and a machine do while one of them is watched at the browser."""

import json
from datetime import timedelta

from rest_framework.test import APIClient

from billing.actions import books, invoices, metering
from billing.models import Invoice
from billing.payments.actions import banks, matching, order_files, payees, payouts
from billing.payments.actions import orders as payment_orders
from billing.payments.models import BankLine, PayerAccount
from devices.actions import devices
from leasing.actions import leases
from leasing.models import Lease
from marketplace.actions import background_jobs, parties
from marketplace.models import BackgroundJob
from marketplace.shared import clock
from marketplace.shared.period import Period
from tests.factories import marketplace as make
from tests.factories.leasing import bring_back, recorded, secure

HOURS = {
    "id": "run",
    "kind": "per_unit",
    "meter": "run_time",
    "unit": "h",
    "round_to": "0.01",
    "price": "86.00",
}
FEE = {"id": "fee", "kind": "percentage", "rate": "0.03", "of": "rent", "seller": "platform"}
PLAN = {"version": 1, "currency": "CNY", "components": [HOURS, FEE], "minimum": None, "cap": None}
RUNS = {
    "key": "execution",
    "name": "Execution",
    "kind": "STATE",
    "category": "billing_counters",
    "retention": "EVIDENCE",
}
# Ten hours at ¥86.00, 13 % VAT; 3 % of them to the platform, 6 % VAT.
RENT, WHOLE = "¥971.80", "¥999.15"


class Story:
    """Who takes part, and what others than the workshop do in it."""

    def __init__(self, times):
        self.times, now = times, clock.now()
        make.category()
        self.lessor = make.organization("苏州远澜精密", kind="LEAD_ENTERPRISE")
        self.lessee = make.organization("昆山恒立五金")
        self.owner, self.bob = make.member(self.lessor, name="Ann"), make.member(self.lessee, name="Bob")
        self.robot, self.platform = parties.robot(name="clock"), make.platform()
        self.finance = [make.member(self.platform) for _ in range(2)]
        self.book = books.platform_book(at=now)
        self.acts = [{"within": self.platform, "by": one} for one in self.finance]
        self.account = banks.open_account(
            book=self.book,
            ledger_code="1002.02",
            holder="Jijian",
            number="31050001",
            bank_name="ICBC",
            at=now,
            **self.acts[0],
        )

    def offers(self):
        """Let there be two machines on offer, one of the owner, which is connected."""
        self.listing = make.listing(self.lessor, title="五轴加工中心 DMU 50", price_plan=PLAN)
        make.listing(make.organization("无锡三和机床"), title="立式加工中心 VMC 850", price_plan=PLAN)
        make.searchable()
        self.connects(self.listing.units.get().equipment)
        return self

    def connects(self, machine):
        """Let the owner's gateway be known, and stand at a machine."""
        now = clock.now()
        who = {"by": self.owner, "at": now}
        self.device = devices.register(
            owner=self.lessor, code="dmu-1", name="DMU 50", channels=[RUNS], commissioned_at=now, **who
        )
        devices.bind(device=self.device, equipment=machine, period=Period(now, None), **who)

    @property
    def lease(self):
        return Lease.objects.get()

    def hands_over(self):
        """Let the owner take the deposit and hand the machine over at nine on the first day."""
        at = self.times.go_to(self.lease.starts_at + timedelta(hours=9))
        secure(self.lease, by=self.owner, at=at)
        recorded(self.lease, by=self.owner, at=at)

    def machine_runs(self, token=""):
        """Let the machine say that it runs from ten to eight in the evening, and let it be metered."""
        begins = self.lease.starts_at + timedelta(hours=10)
        now = self.times.go_to(begins + timedelta(hours=11))
        said = [
            (0, "READY", -15),
            (1, "ACTIVE", 0),
            *((n + 1, "ACTIVE", n * 60) for n in range(1, 10)),
            (11, "READY", 600),
        ]
        readings = [
            {
                "sequence": n,
                "at": (begins + timedelta(minutes=late)).isoformat(),
                "channel": "execution",
                "value": state,
            }
            for n, state, late in said
        ]
        if not token:
            _key, token = devices.issue_key(device=self.device, by=self.owner, at=now)
        door = APIClient(HTTP_AUTHORIZATION=f"Bearer {token}")
        for part in (readings[:6], readings[6:]):
            answer = door.post(
                "/api/v1/telemetry",
                json.dumps({"epoch": "1", "readings": part}),
                content_type="application/json",
            )
            assert (answer.status_code, answer.json()["accepted"]) == (200, len(part)), answer.content
        metering.meter_unit(unit=self.lease.units.get(), at=now, by=self.robot)

    def is_billed(self):
        """Let the lease end and be billed."""
        ended = self.times.go_to(self.lease.ends_at + timedelta(minutes=5))
        leases.close_due(lease=self.lease, by=self.robot, at=ended)
        bring_back(self.lease, owner=self.owner, at=clock.now())
        at = self.times.go_to(ended + timedelta(days=2))
        metering.meter_unit(unit=self.lease.units.get(), at=at, by=self.robot)
        invoices.bill(lease=self.lease, at=at, by=self.robot)
        return Invoice.objects.get(seller=self.lessor)

    def is_paid(self, invoice):
        """Let the transfer stand in the bank's statement, and be matched."""
        now = clock.now()
        PayerAccount.objects.create(
            number="32001",
            holder=self.lessee.name,
            organization=self.lessee,
            stage="APPROVED",
            maker="usr_1",
            made_at=now,
            checker="usr_2",
            checked_at=now,
        )
        BankLine.objects.create(
            bank_account=self.account,
            identity="1" * 64,
            booked_on=clock.today(),
            amount_minor=invoice.gross_minor,
            currency="CNY",
            counterparty_account="32001",
            memo=invoice.number,
            taken_at=now,
        )
        matching.run(book=self.book, at=now, **self.acts[0])

    def pays_out(self):
        """Let the platform send the owner what came in for it; two people decide."""
        now = clock.now()
        named = payees.name(
            organization=self.lessor,
            holder="苏州远澜精密",
            number="33009",
            bank_name="ICBC",
            by=self.owner,
            at=now,
        )
        payees.approve(payee=named, book=self.book, at=now, **self.acts[1])
        order = payouts.propose(book=self.book, owner=self.lessor, at=now, **self.acts[0])
        payment_orders.approve(order=order, at=now, **self.acts[1])
        order_files.make(bank_account=self.account, chosen=[order], format="TABLE", at=now, **self.acts[1])
        return order


def works():
    """Let the worker do what waits for it."""
    for job in BackgroundJob.objects.filter(status__in=("QUEUED", "RUNNING")):
        while background_jobs.advance(job=job.pk, at=clock.now()):
            continue
