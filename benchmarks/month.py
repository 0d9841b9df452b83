"""
A month of many leases from use to closed books: billed, paid through a bank statement, matched, paid out,
checked, locked. Each stage is what people and the clock do; use, leases and organizations are there before.
"""

import os
import time
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from benchmarks import invoices as billing
from benchmarks import statements as files
from benchmarks.invoices import like, server_time
from billing.actions import books, checks, deposit_bookings, sealing
from billing.models import Book, CheckFinding, Invoice, JournalLine
from billing.payments.actions import banks, matching, month_close, payouts, statements
from billing.payments.models import Allocation, BankAccount, BankLine, PayeeAccount
from billing.payments.queries.month_close import checklist
from billing.queries import leases_to_bill
from billing.rules.locks import Level
from billing.rules.references import reference_of
from marketplace.actions.parties import robot
from marketplace.models import Organization
from marketplace.models.parties import Role
from tests.billing import world
from tests.factories import marketplace as make

Row = tuple[str, str, str, str]
LEASES = int(os.environ.get("LEASES", "2000"))
OF_AN_OWNER, OF_A_LESSEE = 20, 5
MONTH = date(2026, 11, 1)
ISSUED, PAID, CLOSED = billing.AT, world.midnight("2026-12-01"), world.midnight("2026-12-01")
SHOWN = 6  # checks that take longest


def rows() -> list[Row]:
    """Return a row a stage; two runs with another number of ``LEASES`` show what grows faster than these."""
    return measured(LEASES)


def measured(many: int) -> list[Row]:
    """Fill a database with so many leases, and let their month go by; a row a stage, and one in total."""
    TIMES.watch()
    began = time.perf_counter()
    month = Month(many)
    made = time.perf_counter() - began
    took: list[Row] = [(f"a month of {many:,} leases: set-up, not counted below", f"{made:.1f} s", "", "")]
    total = 0.0
    for what, stage in month.stages().items():
        seconds, said = clocked(stage)
        total += seconds
        limit = month.limits.get(what)
        words = "" if limit is None else f"{limit[0]} {limit[1]:.2f} s"
        took.append((f"… {what}", said, words, "" if limit is None else f"{limit[1] / seconds:.3f}"))
    took.extend((f"… … {name}", f"{seconds:.1f} s", "", "") for name, seconds in month.slowest())
    about = f"… in total, {many / total:,.0f} leases/s"
    return [*took, (about, f"{total:.1f} s", "", "")]


def clocked(stage: Callable[[], object]) -> tuple[float, str]:
    """Return the seconds that a stage takes, and of what they are made up."""
    began, worked, served = time.perf_counter(), time.process_time(), server_time()
    stage()
    seconds = time.perf_counter() - began
    own, server = time.process_time() - worked, server_time() - served
    return seconds, f"{seconds:.1f} s (processor: application {own:.1f} s, database {server:.1f} s)"


class Month:
    """Leases of many owners and lessees that ran and counted, and the platform's desk."""

    def __init__(self, many: int) -> None:
        """Make it; each owner lets twenty machines and has named its account, each lessee rents five."""
        scene = billing.prototype()
        self.many, self.limits = many, dict[str, tuple[str, float]]()
        self.clock = robot(name="clock")
        self.chief: Any = make.member(scene.platform, Role.ADMIN)
        self.about: dict[str, Any] = {"within": scene.platform, "by": self.chief}
        self.owners = [scene.lessor, *organizations(scene.lessor, "owner", -(-(many - 1) // OF_AN_OWNER))]
        organizations(scene.lessee, "lessee", -(-many // OF_A_LESSEE))
        accounts(self.owners)
        lessor, lessee = whose("owner", OF_AN_OWNER), whose("lessee", OF_A_LESSEE)
        sides = {"owner_id": lessor}, {"lessor_id": lessor, "lessee_id": lessee}
        self.leases = billing.crowd(scene, "m", many - 1, billing.DAYS, machine=sides[0], lease=sides[1])
        book = books.platform_book(at=ISSUED)
        assert book is not None, "the scene has a platform"
        self.book = book
        self.account: BankAccount = banks.open_account(
            book=book,
            ledger_code="1002.02",
            holder="P",
            number="31050009",
            bank_name="ICBC",
            **self.about,
            at=ISSUED,
        )
        self.leases.insert(0, scene.lease.pk)
        deposit_bookings.catch_up(at=ISSUED, by=self.clock)
        fresh()

    def stages(self) -> dict[str, Callable[[], object]]:
        """Return the stages of a month, in their order."""
        return {
            "invoices issued": self.bill,
            "statement imported": self.import_statement,
            "lines matched": self.match,
            "payouts proposed": self.pay_owners,
            "journals sealed": self.seal,
            "standing checks, all for the first time": self.check,
            "standing checks, the night after": self.check_again,
            "month closed": self.close,
        }

    def bill(self) -> None:
        """Bill what is due, some hundreds of leases at once."""
        due = leases_to_bill(ISSUED)
        assert due == sorted(self.leases)
        billing.run(due, settings.LEASES_BILLED_AT_ONCE)

    def import_statement(self) -> None:
        """Read a file in which each invoice is paid, by its reference."""
        content = files.csv(self.account.number, self.paid())
        file, _ = statements.take(bank_account=self.account, name="a", content=content, at=PAID, **self.about)
        file = statements.read(file=file, by=self.clock, at=PAID)
        assert file.new_lines == self.many, file.flaws

    def paid(self) -> list[files.Moved]:
        """Return a movement for each invoice."""
        made, balance = [], 0
        found = Invoice.objects.filter(lease__in=self.leases).order_by("pk")
        for place, one in enumerate(found.only("pk", "gross_minor", "buyer_id")):
            balance += one.gross_minor
            on = MONTH + timedelta(days=29 - (self.many - 1 - place) * 26 // self.many)
            account, memo = f"62{one.buyer_id:08d}", f"支付租金 {reference_of(one.pk)} 10月"
            made.append(
                files.Moved(
                    on, one.gross_minor, balance, f"承租企业{one.buyer_id}", account, memo, f"TX{one.pk:08d}"
                )
            )
        return made

    def match(self) -> None:
        """Run the matcher: each line pays its invoice, and the owner's share is freed."""
        fresh()
        matching.run(book=self.book, at=PAID, within=self.about["within"], by=self.clock)
        assert Allocation.objects.count() == self.many == BankLine.objects.count()

    def pay_owners(self) -> None:
        """Propose a payout to each owner."""
        fresh()
        made, nowhere = payouts.propose_all(book=self.book, at=PAID, **self.about)
        assert len(made) == len(self.owners) and not nowhere

    def seal(self) -> None:
        """Seal all journals of all books."""
        now = later()
        for book in Book.objects.select_related("organization").order_by("pk"):
            while sealing.seal(book=book, at=now, by=self.clock) >= sealing.AT_ONCE:
                continue

    def check(self) -> None:
        """Run the standing checks, which have looked at nothing yet."""
        fresh()
        checks.run(at=CLOSED, by=self.clock)
        self.limits["standing checks, all for the first time"] = (
            "counting the lines of all journals",
            counted(),
        )
        found = CheckFinding.objects.standing()
        assert not found.exists(), list(found.values_list("code", "subject", "failure")[:5])

    def check_again(self) -> None:
        """Run them the night after."""
        checks.run(at=CLOSED + timedelta(days=1), by=self.clock)

    def close(self) -> None:
        """Lock the month for good: each step of the checklist is done."""
        open_ = [item for item in checklist(self.book, MONTH) if not item.is_done]
        assert not open_, open_
        given: dict[str, Any] = {"level": Level.HARD, "at": CLOSED + timedelta(days=2)}
        month_close.close(book=self.book, month=MONTH, **given, **self.about)

    def slowest(self) -> list[tuple[str, float]]:
        """Return the checks that took longest in the first run; each writes its result as it ends."""
        return TIMES.slowest()


class _Times:
    """How long each check takes, by its name."""

    def __init__(self) -> None:
        self.took: dict[str, float] = {}

    def watch(self) -> None:
        """Put a clock around each check, once."""
        for code, look in list(checks.LOOKS.items()):
            checks.LOOKS[code] = self._timed(code, look)

    def _timed(self, code: str, look: checks.Look) -> checks.Look:
        def run(at: datetime) -> list[Any]:
            began = time.perf_counter()
            found = list(look(at))
            self.took[code] = max(self.took.get(code, 0.0), time.perf_counter() - began)
            return found

        return run

    def slowest(self) -> list[tuple[str, float]]:
        """Return those that take longest."""
        found = sorted(self.took.items(), key=lambda each: -each[1])
        return found[:SHOWN]


TIMES = _Times()


def organizations(like_this: Organization, kind: str, count: int) -> list[Organization]:
    """Make organizations like one that is there."""
    name = f"'org_{kind}_' || n"
    code = f"'91320200{len(kind)}' || lpad(n::text, 8, '0') || '0'"  # numbers of invoices begin with it
    like(Organization, like_this, count, public_id=name, name=f"'Bench {kind} ' || n", credit_code=code)
    return list(Organization.objects.filter(public_id__startswith=f"org_{kind}_").order_by("pk"))


def whose(kind: str, of: int) -> str:
    """Return SQL for the organization of the row ``n``, where each has so many rows."""
    return (
        f"(SELECT id FROM marketplace_organization WHERE public_id = 'org_{kind}_' || (1 + (n - 1) / {of}))"
    )


def accounts(owners: list[Organization]) -> None:
    """Let owners have named where they are paid, and the platform have approved it."""
    two = {"maker": "usr_1", "made_at": ISSUED, "checker": "usr_2", "checked_at": ISSUED, "stage": "APPROVED"}
    PayeeAccount.objects.bulk_create(
        PayeeAccount(organization=one, number=f"33{one.pk:08d}", holder=one.name, bank_name="ICBC", **two)
        for one in owners
    )


def fresh() -> None:
    """Let the database know its tables, as its own clock does within a minute or so."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def later() -> datetime:
    """Return a moment behind all that was posted."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT max(posted_at) + interval '1 second' FROM billing_journal")
        found: datetime = cursor.fetchone()[0]
    return found


def counted() -> float:
    """Return the seconds in which the lines of all journals are read once."""
    began = time.perf_counter()
    JournalLine.objects.count()
    return time.perf_counter() - began
