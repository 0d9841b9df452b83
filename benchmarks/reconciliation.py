"""Reconciliation: 100,000 lines of a bank against 100,000 open invoices, by the pure rule."""

import random
import time
from datetime import date, timedelta
from itertools import count

from billing.payments.rules.matching import match
from billing.payments.rules.matching.decisions import Status
from billing.payments.rules.matching.facts import Facts, Line, OpenItem
from billing.rules.references import reference_of

DAY = date(2026, 11, 1)
MANY = 100_000


def build(many: int = MANY, seed: int = 7) -> tuple[list[Line], Facts]:
    """
    Return lines and facts: 60 % name their invoice, 20 % are sums over a payer's invoices, 10 % fit several
    equally, 10 % are noise.
    """
    chance, keys = random.Random(seed), count(1)
    items: list[OpenItem] = []
    lines: list[Line] = []
    accounts: dict[str, int] = {}
    payers = count(1)

    def item(payer: int, minor: int) -> OpenItem:
        key = next(keys)
        due = DAY + timedelta(days=chance.randrange(60))
        number = f"MA{payer % 10_000:05d}XY-2026-{key:06d}"
        made = OpenItem(key, number, reference_of(key), payer, minor, minor, "CNY", due, DAY)
        items.append(made)
        return made

    def line(minor: int, account: str, memo: str) -> None:
        on = DAY + timedelta(days=chance.randrange(30))
        name = f"{account}机械有限公司" if account else ""
        lines.append(Line(len(lines) + 1, on, minor, "CNY", name, account, memo, f"TX{len(lines):08d}"))

    def payer() -> tuple[int, str]:
        key = next(payers)
        accounts[f"62{key:08d}"] = key
        return key, f"62{key:08d}"

    for place in range(many * 60 // 100):
        who, account = payer()
        one = item(who, chance.randrange(10_000, 5_000_000))
        name = one.reference if place % 2 else one.number
        line(one.open_minor, account, f"支付租金 {name} 11月")
    left = many - len(items)
    while len(lines) < many * 80 // 100:
        who, account = payer()
        own = [item(who, chance.randrange(10_000, 5_000_000)) for _ in range(left * 5 // 4 * 8 // many or 8)]
        for start in (0, 3):
            line(sum(one.open_minor for one in own[start : start + 3]), account, "设备租金")
        left = many - len(items)
        if left <= many * 10 // 100:
            break
    while len(lines) < many * 80 // 100:
        line(chance.randrange(10_000, 5_000_000), f"62{chance.randrange(1, len(accounts)):08d}", "设备租金")
    while len(lines) < many * 90 // 100:
        who, account = payer()
        minor = chance.randrange(100, 50_000) * 100
        for _ in range(2 if len(items) + 2 <= many else 0):
            item(who, minor)
        line(minor, account, "租金")
    while len(lines) < many:
        line(
            chance.randrange(1, 5_000_000),
            "",
            chance.choice(["款", "货款 20261105", "往来 INV-2025-000007", "ZL12345678"]),
        )
    return lines, Facts(items=items, accounts=accounts)


def main() -> None:
    """Print how long it takes."""
    lines, facts = build()
    begun = time.perf_counter()
    made = match(lines, facts)
    took = time.perf_counter() - begun
    tally = {status.value: sum(one.status is status for one in made) for status in Status}
    print(len(lines), len(facts.items), took, tally)


if __name__ == "__main__":
    main()
