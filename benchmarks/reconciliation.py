"""Reconciliation: 100,000 lines of a bank against 100,000 open invoices, by the pure rule on one core."""

import random
import statistics
import time
from collections.abc import Callable
from datetime import date, timedelta

from benchmarks import figures
from billing.payments.rules.matching import match
from billing.payments.rules.matching.decisions import Decision, Status
from billing.payments.rules.matching.facts import Facts, Line, OpenItem
from billing.rules.references import reference_of

DAY = date(2026, 11, 1)
MANY = 100_000
GOAL_SECONDS = 30


class World:
    """Lines and items of a seed: ``many`` lines, as many items."""

    def __init__(self, many: int = MANY, seed: int = 7) -> None:
        """Make 60 % by reference, 20 % sums, 10 % ties, 10 % noise."""
        self.chance, self.many = random.Random(seed), many
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
        key = len(self.accounts) + 1
        self.accounts[f"62{key:08d}"] = key
        return key, f"62{key:08d}"

    def minor(self) -> int:
        """Return an amount of 100 to 50,000 yuan."""
        return self.chance.randrange(10_000, 5_000_000)

    def item(self, payer: int, minor: int) -> OpenItem:
        """Let a payer owe an invoice."""
        key = len(self.items) + 1
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
    """Return the row: seconds for all lines, beside the goal."""
    made = World()
    took, decided = [], []
    for _ in range(figures.ROUNDS):
        took.append(timed(lambda: decided.append(match(made.lines, made.facts))))
    sure = sum(one.status is Status.AUTO for one in latest(decided))
    seconds = statistics.median(took)
    return [
        (
            f"{len(made.lines):,} lines against {len(made.items):,} open invoices, {sure:,} sure",
            f"{seconds:.1f} s ({min(took):.1f}–{max(took):.1f})",
            f"goal {GOAL_SECONDS} s",
            f"{seconds / GOAL_SECONDS:.2f}",
        )
    ]


def latest(decided: list[list[Decision]]) -> list[Decision]:
    """Return what was decided last."""
    return decided[-1]


def timed(act: Callable[[], object]) -> float:
    """Return the seconds of processor time that something takes."""
    began = time.process_time()
    act()
    return time.process_time() - began
