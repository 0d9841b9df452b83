"""Reconciliation: 100,000 lines of a bank against 100,000 open invoices, the rule alone and in a database."""

import hashlib
import random
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection, models, transaction

from benchmarks import figures
from benchmarks.bare import copied, last_of
from benchmarks.invoices import like, server_time
from billing.actions import books, journals
from billing.gateway import copies
from billing.models import Book, Invoice, InvoiceLine, Journal, JournalLine
from billing.payments.actions import banks, matching
from billing.payments.models import (
    Allocation,
    BankAccount,
    BankLine,
    LineBooking,
    OwnerRelease,
    PayerAccount,
    Receipt,
    ReconException,
    Suggestion,
)
from billing.payments.rules.matching import match
from billing.payments.rules.matching.decisions import Decision, Status
from billing.payments.rules.matching.facts import Facts, Line, OpenItem
from billing.rules import accounts as chart
from billing.rules.journals import Dims, Entry
from billing.rules.journals import Line as Posting
from billing.rules.references import reference_of
from leasing.models import Lease
from marketplace.actions.parties import robot
from marketplace.gateway.rows import new_row
from marketplace.models import Event, Organization
from marketplace.models.parties import Role
from tests.billing import world as leases
from tests.factories import marketplace as make

DAY = date(2026, 11, 1)
MANY = 100_000
GOAL_SECONDS = 30
AT = datetime(2026, 12, 1, 2, tzinfo=UTC)
AN_HOUR = timedelta(hours=1)
WRITTEN: tuple[type[models.Model], ...] = (
    Journal,
    JournalLine,
    Receipt,
    LineBooking,
    Allocation,
    OwnerRelease,
    Suggestion,
    ReconException,
    Event,
)
ISSUED = """
UPDATE billing_invoice i SET status = 'ISSUED', issued_at = %s, number = g.number, due_on = g.due_on
FROM unnest(%s::bigint[], %s::text[], %s::date[]) g (id, number, due_on) WHERE g.id = i.id
"""
NUMBERED = """
UPDATE marketplace_organization o SET id = -r.place
FROM (SELECT id, row_number() OVER (ORDER BY id) place
    FROM marketplace_organization WHERE public_id LIKE 'org_bench_%') r
WHERE r.id = o.id
"""


class World:
    """Lines and items of a seed: ``many`` lines, as many items."""

    def __init__(self, many: int = MANY, seed: int = 7, items: int = 0, payers: int = 0) -> None:
        """Make 60 % by reference, 20 % sums, 10 % ties, 10 % noise; keys come behind those that are there."""
        self.chance, self.many = random.Random(seed), many
        self.last_item, self.last_payer = items, payers
        self.items: list[OpenItem] = []
        self.lines: list[Line] = []
        self.accounts: dict[str, int] = {}
        for kind in (self.references, self.sums, self.ties, self.noise):
            kind()

    @property
    def facts(self) -> Facts:
        """What the lines are compared with."""
        return Facts(items=self.items, accounts=self.accounts)

    def references(self) -> None:
        """Six of ten lines name an invoice, by reference or number; half of the invoices in two parts."""
        for place in range(self.many * 40 // 100):
            who, account = self.payer()
            one = self.item(who, self.minor())
            name = one.reference if place % 2 else one.number
            parts = [one.open_minor // 3, one.open_minor - one.open_minor // 3]
            for minor in parts if place % 2 else [one.open_minor]:
                self.line(minor, account, f"支付租金 {name} 11月")

    def sums(self) -> None:
        """Two of ten are the sum of two or three of a payer's ten invoices."""
        for _place in range(self.many * 5 // 100):
            who, account = self.payer()
            own = [self.item(who, self.minor()) for _ in range(10)]
            for some in (own[:2], own[2:5], own[5:7], own[7:]):
                self.line(sum(one.open_minor for one in some), account, "设备租金")

    def ties(self) -> None:
        """One of ten fits two invoices of its payer equally."""
        for _place in range(self.many * 5 // 100):
            who, account = self.payer()
            minor = self.chance.randrange(100, 50_000) * 100
            for _ in range(2):
                self.item(who, minor)
                self.line(minor, account, "租金")

    def noise(self) -> None:
        """One of ten names nothing, or something that is not there."""
        memos = ("款", "货款 20261105", "往来 INV-2025-000007", "ZL123456789")
        for _place in range(self.many * 10 // 100):
            self.line(self.minor(), "", self.chance.choice(memos))

    def payer(self) -> tuple[int, str]:
        """Return a new payer and its account."""
        key = self.last_payer + len(self.accounts) + 1
        self.accounts[f"62{key:08d}"] = key
        return key, f"62{key:08d}"

    def minor(self) -> int:
        """Return an amount of 100 to 50,000 yuan."""
        return self.chance.randrange(10_000, 5_000_000)

    def item(self, payer: int, minor: int) -> OpenItem:
        """Let a payer owe an invoice."""
        key = self.last_item + len(self.items) + 1
        due = DAY + timedelta(days=self.chance.randrange(60))
        number = f"MA{payer % 100_000:05d}XY-2026-{key:06d}"
        self.items.append(OpenItem(key, number, reference_of(key), payer, minor, minor, "CNY", due, DAY))
        return self.items[-1]

    def line(self, minor: int, account: str, memo: str) -> None:
        """Put a line on the account."""
        key = len(self.lines) + 1
        on = DAY + timedelta(days=self.chance.randrange(30))
        self.lines.append(Line(key, on, minor, "CNY", account, account, memo, f"TX{key:08d}"))


def rows() -> list[tuple[str, str, str, str]]:
    """Return the rows: seconds of the rule, and of a whole run with its database, beside the goal."""
    made = World()
    took, decided = [], []
    for _ in range(figures.ROUNDS):
        took.append(timed(lambda: decided.append(match(made.lines, made.facts))))
    sure = sum(one.status is Status.AUTO for one in latest(decided))
    seconds = statistics.median(took)
    about = f"{len(made.lines):,} lines against {len(made.items):,} open invoices, {sure:,} sure"
    alone = f"{seconds:.1f} s ({min(took):.1f}–{max(took):.1f})"
    return [
        (f"{about}: the rule alone", alone, f"goal {GOAL_SECONDS} s", f"{seconds / GOAL_SECONDS:.2f}"),
        *in_database(MANY),
    ]


def in_database(many: int) -> list[tuple[str, str, str, str]]:
    """Fill a database with the same world, run the matcher over it, and run it again."""
    desk = Desk(many)
    before = {model: last_of(model) for model in WRITTEN}
    first, said = desk.run()
    again, _ = desk.run()
    count, limit, served = copied(before, -(-many // matching.AT_ONCE))
    return [
        (
            f"… the whole run, {many:,} lines and invoices in the database",
            said,
            f"goal {GOAL_SECONDS} s",
            f"{first / GOAL_SECONDS:.2f}",
        ),
        (
            f"… beside its {count:,} rows by bare binary COPY, with their indexes, in as many commits",
            f"{first:.1f} s",
            f"{limit:.1f} s (processor: database {served:.1f} s)",
            f"{first / limit:.1f}",
        ),
        ("… again, nothing new", f"{again:.1f} s", "", ""),
    ]


@contextmanager
def unguarded() -> Iterator[None]:
    """Write without triggers and keys to others; what is measured begins behind it, and has all of them."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        yield
        cursor.execute("RESET session_replication_role")


class Desk:
    """The world of a seed in the database: invoices issued and booked, lines imported, accounts known."""

    def __init__(self, many: int) -> None:
        """Fill it; a lease stands for all of them."""
        scene = leases.build("okuma")
        self.by: Any = make.member(scene.platform, Role.ADMIN)
        book = books.platform_book(at=AT)
        assert book is not None, "the scene has a platform"
        self.book, self.platform, self.lease = book, scene.platform, scene.lease
        last_item, last_payer = last_of(Invoice), last_of(Organization)
        self.world = World(many, items=last_item, payers=last_payer)
        with unguarded():
            payers(scene.lessee, last_payer, len(self.world.accounts))
            invoices(self.world, self.lease)
            post(self.world, self.book, self.lease)
        about: dict[str, Any] = {"within": self.platform, "by": self.by, "at": AT}
        account = banks.open_account(
            book=book, ledger_code="1002.02", holder="P", number="31050009", bank_name="ICBC", **about
        )
        with unguarded():
            lines(self.world, account, self.by)
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")

    def run(self) -> tuple[float, str]:
        """Match all that waits; return the seconds, and how they are made up."""
        began, worked, served = time.perf_counter(), time.process_time(), server_time()
        matching.run(book=self.book, within=self.platform, by=self.by, at=AT)
        took = time.perf_counter() - began
        own, server = time.process_time() - worked, server_time() - served
        return took, f"{took:.1f} s (processor: application {own:.1f} s, database {server:.1f} s)"


def payers(like_this: Organization, last: int, count: int) -> None:
    """Make organizations with the keys that the world names."""
    name = "'Bench payer ' || n"
    like(
        Organization,
        like_this,
        count,
        public_id="'org_bench_' || n",
        name=name,
        credit_code="'91320200' || lpad(n::text, 10, '0')",
    )
    with connection.cursor() as cursor:
        cursor.execute(NUMBERED)
        cursor.execute("UPDATE marketplace_organization SET id = %s - id WHERE id < 0", [last])


def invoices(world: World, lease: Lease) -> None:
    """Write issued invoices with the keys that the world names."""
    start = leases.midnight("2001-01-01")
    made = [
        new_row(
            Invoice,
            id=one.id,
            lease_id=lease.pk,
            seller_id=lease.lessor_id,
            buyer_id=one.payer,
            period_start=start + place * AN_HOUR,
            period_end=start + (place + 1) * AN_HOUR,
            version=1,
            kind=Invoice.Kind.INVOICE.value,
            currency="CNY",
            net_minor=one.gross_minor,
            tax_minor=0,
            gross_minor=one.gross_minor,
            digest="0" * 64,
            drafted_at=AT - 30 * 24 * AN_HOUR,
        )
        for place, one in enumerate(world.items)
    ]
    lines = [
        new_row(
            InvoiceLine,
            invoice_id=one.id,
            position=1,
            component="rent",
            kind="base",
            description="Base fee",
            amount=Decimal(one.gross_minor) / 100,
            currency="CNY",
            net_minor=one.gross_minor,
            tax_minor=0,
            gross_minor=one.gross_minor,
            tax_category="LEASE_MOVABLE",
            tax_rate=Decimal(0),
            legal_basis="",
        )
        for one in world.items
    ]
    with transaction.atomic():
        copies.copy_rows(made)
        copies.copy_rows(lines)
        with connection.cursor() as cursor:
            given = [[str(getattr(one, name)) for one in world.items] for name in ("id", "number", "due_on")]
            cursor.execute(ISSUED, [AT - 30 * 24 * AN_HOUR, *given])


def post(world: World, book: Book, lease: Lease) -> None:
    """Book each invoice: what the payer owes is the owner's once it is collected."""
    named = dict(Invoice.objects.values_list("pk", "public_id"))
    owner, by = lease.lessor.public_id, robot(name="bench")
    whose = dict(Organization.objects.values_list("pk", "public_id"))
    for part in parts_of(world.items):
        entries = []
        for one in part:
            about = {"invoice": named[one.id], "owner": owner, "lease": lease.public_id}
            debit = Posting(chart.RENT_AGENCY, one.gross_minor, "CNY", Dims(party=whose[one.payer], **about))
            credit = Posting(chart.OWNER_UNCOLLECTED, -one.gross_minor, "CNY", Dims(party=owner, **about))
            key = f"bench:{one.id}"
            entries.append(Entry(book.code, "INVOICE_ISSUED", key, DAY, (debit, credit)))
        journals.write_new(entries=entries, at=AT, by=by)


def lines(world: World, account: BankAccount, by: Any) -> None:
    """Put the lines on an account of ours, and let the accounts of payers be known."""
    with transaction.atomic():
        copies.copy_rows(
            [
                new_row(
                    BankLine,
                    bank_account_id=account.pk,
                    identity=hashlib.sha256(one.bank_ref.encode()).hexdigest(),
                    booked_on=one.on,
                    amount_minor=one.amount_minor,
                    currency=one.currency,
                    counterparty=one.counterparty,
                    counterparty_account=one.counterparty_account,
                    memo=one.memo,
                    bank_ref=one.bank_ref,
                    kind="",
                    is_reversal=False,
                    taken_at=AT,
                )
                for one in world.lines
            ]
        )
        known = {"stage": "APPROVED", "maker": "usr_1", "made_at": AT, "checker": "usr_2", "checked_at": AT}
        copies.copy_rows(
            [
                new_row(PayerAccount, number=number, holder="P", organization_id=whose, **known)
                for number, whose in world.accounts.items()
            ]
        )


def parts_of(items: list[OpenItem], size: int = 1000) -> Iterator[list[OpenItem]]:
    """Yield items some at a time."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def latest(decided: list[list[Decision]]) -> list[Decision]:
    """Return what was decided last."""
    return decided[-1]


def timed(act: Callable[[], object]) -> float:
    """Return the seconds of processor time that something takes."""
    began = time.process_time()
    act()
    return time.process_time() - began
