"""
A bad day of paying out: processes approve, send and run payouts and refunds of one owner at the same time,
Stripe fails at random, and each process is killed again and again. Nothing is paid twice, and no account goes
below its floor.

``storm`` lets it happen over the database of a test and settles what is left as the clock does; ``verdict``
says what must hold then. ``make test`` runs a short one, ``make rounds`` fifty payouts and fifty refunds.
What is drawn from a seed is what happens, never whether it may pass.
"""

import argparse
import json
import logging
import os
import signal
import subprocess
import sys
import threading
import time
import traceback
import urllib.request
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import accumulate
from random import Random
from typing import Any
from unittest.mock import patch

# What a worker waits for Stripe, in seconds: less than a slow answer takes.
TIMEOUT = 0.4
TROUBLES = ("drop_before", "drop_after", "500_before", "500_after", "429", "garbage", "slow")
PLACES = ("/v1/transfers", "/v1/refunds", "/v1/")
# So many of the oldest are chosen from, so that processes meet at the same one.
NEAREST = 4
NO_SLEEP = "stripe.HTTPClient._sleep_time_seconds"


@dataclass(frozen=True)
class Size:
    """How large a storm is; each process is killed ``deaths`` times, then takes ``steps`` and ends."""

    orders: int = 4
    processes: int = 2
    deaths: int = 3
    steps: int = 15


@dataclass(frozen=True)
class Work:
    """What one worker needs."""

    url: str
    first: int
    second: int
    luck: Random

    @property
    def at(self) -> datetime:
        """The moment at the stand-in, which has the clock."""
        asked = urllib.request.Request(
            f"{self.url}/_fake/clock", b'{"seconds": 0}', {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(asked, timeout=20) as answer:
            return datetime.fromtimestamp(json.load(answer)["now"], UTC)

    def one(self, rows: Any) -> Any:
        """Return one of the oldest rows, or nothing."""
        found = list(rows.order_by("pk")[:NEAREST])
        return self.luck.choice(found) if found else None


# -- a worker -----------------------------------------------------------------------------------------------


def main() -> int:
    """Be the supervisor of one worker: let it live, kill it, and start it again."""
    ask = argparse.ArgumentParser(prog="python -m tests.billing.payments.storm")
    for name in ("first", "second", "seed", "deaths", "steps"):
        ask.add_argument(f"--{name}", type=int, required=True)
    ask.add_argument("--url", required=True)
    asked = ask.parse_args()
    import django

    django.setup()
    logging.getLogger("stripe").setLevel(logging.ERROR)
    _ready()
    luck = Random(asked.seed)
    for death in range(asked.deaths + 1):
        is_last = death == asked.deaths
        work = Work(asked.url, asked.first, asked.second, Random(luck.random()))
        worker = _fork(work, asked.steps if is_last else None)
        if not is_last:
            time.sleep(luck.uniform(0.05, 0.6))
            os.kill(worker, signal.SIGKILL)
        _, status = os.waitpid(worker, 0)
        code = os.waitstatus_to_exitcode(status)
        if code != (0 if is_last else -signal.SIGKILL):
            return 1
    return 0


def _ready() -> None:
    """Import what workers need, so that they die at work, not before; nothing is connected yet."""
    import stripe  # noqa: F401

    from billing.payments.actions import allocations, operations, orders, payouts, refunds  # noqa: F401
    from billing.payments.gateway.stripe import StripeProvider

    StripeProvider("sk_test_fake", address="http://127.0.0.1:1")


def _fork(work: Work, steps: int | None) -> int:
    worker = os.fork()
    if worker:
        return worker
    try:
        live(work, steps)
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
        os._exit(1)
    os._exit(0)


def live(work: Work, steps: int | None) -> None:
    """Do one thing after the other, ``steps`` of them or until killed; what is refused with a reason is."""
    from billing.payments.gateway.stripe import StripeProvider
    from billing.payments.rules.providers import ProviderSilent
    from marketplace.shared.errors import DomainError

    provider = StripeProvider("sk_test_fake", address=work.url, timeout=TIMEOUT)
    acts, weights = zip(*ACTS, strict=True)
    with patch(NO_SLEEP, lambda *_: 0):
        while steps is None or steps > 0:
            steps = None if steps is None else steps - 1
            with suppress(DomainError, ProviderSilent):
                work.luck.choices(acts, weights)[0](work, provider)


def approve(work: Work, provider: Any) -> None:
    """The second person approves an order."""
    from billing.payments.actions import orders
    from billing.payments.models import PaymentOrder

    order = work.one(PaymentOrder.objects.filter(state="PROPOSED"))
    if order:
        orders.approve(order=order, **_acts(work, work.second))


def send(work: Work, provider: Any) -> None:
    """The second person sends an order; or drops it, which happens seldom."""
    from billing.payments.actions import operations, orders
    from billing.payments.models import PaymentOrder

    order = work.one(PaymentOrder.objects.filter(state="APPROVED"))
    if order and work.luck.random() < 0.05:
        orders.drop(order=order, reason="no", **_acts(work, work.second))
    elif order:
        operations.send(order=order, provider="stripe", **_acts(work, work.second))


def run(work: Work, provider: Any) -> None:
    """The clock does what is next of an operation."""
    from billing.payments.actions import operations
    from billing.payments.models import Operation
    from billing.payments.rules.operations import CLOSED
    from marketplace.actions.parties import robot

    row = work.one(Operation.objects.exclude(state__in=[state.value for state in CLOSED]))
    if row:
        operations.run(operation=row, provider=provider, at=work.at, by=robot(name="clock"))


def propose(work: Work, provider: Any) -> None:
    """The first person proposes to pay the owner what is free (again)."""
    from billing.models import Invoice
    from billing.payments.actions import payouts

    owner = Invoice.objects.select_related("seller").earliest("pk").seller
    acts = _acts(work, work.first)
    payouts.propose(book=_book(), owner=owner, provider="stripe", **acts)


def give_back(work: Work, provider: Any) -> None:
    """The first person proposes to give back a part of what is left of some money."""
    from billing.payments.actions import refunds

    receipt = work.one(_left())
    if receipt:
        minor = work.luck.randrange(1, receipt.left_minor + 1)
        acts = _acts(work, work.first)
        refunds.of_receipt(receipt=receipt, amount_minor=minor, reason="多付", provider="stripe", **acts)


def undo(work: Work, provider: Any) -> None:
    """The first person undoes what was allocated, so the owner's share goes back, and allocates it anew."""
    from billing.payments.actions import allocations
    from billing.payments.models import Allocation

    standing = Allocation.objects.filter(undoes=None, undone_by=None).select_related("receipt", "invoice")
    one = work.one(standing)
    if one:
        acts = _acts(work, work.first)
        allocations.undo(allocation=one, comment="wrong", **acts)
        if work.luck.random() < 0.7:
            allocations.allocate(receipt=one.receipt, shares=[(one.invoice, one.amount_minor)], **acts)


ACTS: tuple[tuple[Callable[[Work, Any], None], int], ...] = (
    (approve, 6), (send, 6), (run, 9), (propose, 2), (give_back, 2), (undo, 2),
)  # fmt: skip


def _acts(work: Work, by: int) -> dict[str, Any]:
    from marketplace.models import User

    return {"within": _book().organization, "by": User.objects.get(pk=by), "at": work.at}


def _book() -> Any:
    from billing.models import Book

    return Book.objects.select_related("organization").get(code="P")


def _left() -> Any:
    from billing.payments.models import Receipt

    return Receipt.objects.filter(left_minor__gt=0).exclude(payer=None).select_related("book")


# -- the storm ----------------------------------------------------------------------------------------------


def prepare(life: Any, size: Size) -> None:
    """Let lessees pay more than they owe, and somebody propose to pay the owner and to give the rest back."""
    from billing.payments.actions import allocations, payouts, refunds
    from billing.payments.models import PaymentRequest, Receipt
    from billing.payments.rules.providers import Request

    for place in range(size.orders):
        invoice = life.match.bill(f"INV-2026-{place + 1:06d}", "L1", life.luck.randrange(10_000, 500_000))
        method = life.luck.choice(["card", "alipay"])
        request = PaymentRequest.objects.create(
            payer=invoice.buyer, provider="stripe", method=method,
            amount_minor=invoice.gross_minor + life.luck.randrange(100, 90_000),
            currency="CNY", made_by="x", made_at=life.stage.at,
        )  # fmt: skip
        wanted = Request(request.public_id, request.amount_minor, "CNY", method)
        intent = life.provider.open_request(wanted, f"request:{request.public_id}").result.reference
        life.fake.play(f"intents/{intent}/pay")
    life.fake.clock.advance(8 * 86_400)
    life.night()
    acts = life.acts()
    for receipt, invoice in zip(Receipt.objects.order_by("pk"), life.invoices(), strict=True):
        allocations.allocate(receipt=receipt, shares=[(invoice, invoice.gross_minor)], **acts)
        payouts.propose(book=life.desk.book, owner=life.owner, provider="stripe", **acts)
        receipt.refresh_from_db()
        minor = life.luck.randrange(1, receipt.left_minor + 1)
        refunds.of_receipt(receipt=receipt, amount_minor=minor, reason="多付", provider="stripe", **acts)


def storm(life: Any, size: Size, env: dict[str, str]) -> list[int]:
    """Let the processes loose while things go wrong at Stripe; return how each ended."""
    from django.db import connection

    connection.close()
    over = threading.Event()
    weather = threading.Thread(target=_weather, args=(life, Random(life.luck.random()), over))
    people = {"first": life.desk.first.pk, "second": life.desk.second.pk}
    given = people | {"deaths": size.deaths, "steps": size.steps}
    command = [sys.executable, "-m", "tests.billing.payments.storm", "--url", life.fake.url]
    command += [part for name, value in given.items() for part in (f"--{name}", str(value))]
    seeds = [life.luck.randrange(2**31) for _ in range(size.processes)]
    running = [
        subprocess.Popen([*command, "--seed", str(seed)], env=env, start_new_session=True) for seed in seeds
    ]
    weather.start()
    try:
        return [one.wait(300) for one in running]
    finally:
        over.set()
        weather.join()
        for one in running:
            with suppress(ProcessLookupError):
                os.killpg(one.pid, signal.SIGKILL)


def _weather(life: Any, luck: Random, over: threading.Event) -> None:
    """Let things go wrong at the stand-in, and the time go by."""
    [account] = life.fake.world.accounts
    while not over.wait(0.03):
        with life.fake.world.lock:
            if not any(one["times"] for one in life.fake.world.troubles):
                life.fake.trouble(luck.choice(TROUBLES), luck.choice(PLACES), times=luck.choice([1, 3, 6]))
            life.fake.clock.advance(luck.choice([1, 20, 150]))
            if luck.random() < 0.03:
                life.fake.play(f"accounts/{account}/{luck.choice(['restricted', 'active'])}")
            for one in life.all("refund", "pending"):
                if luck.random() < 0.2:
                    life.fake.play(f"refunds/{one['id']}/{luck.choice(['succeed', 'fail'])}")


def settle(life: Any) -> None:
    """Let Stripe be well again, people decide what waits, and the clock go on until nothing is open."""
    from billing.payments.queries import waiting

    [account] = life.fake.world.accounts
    life.fake.world.troubles.clear()
    life.fake.play(f"accounts/{account}/active")
    for _ in range(4):
        _decide(life)
        life.fake.clock.advance(3600)
        life.clock()
    life.settle()
    assert not waiting.operations()


def _decide(life: Any) -> None:
    """Approve and send what waits; drop what cannot be paid any more."""
    from billing.payments.actions import operations, orders
    from billing.payments.models import PaymentOrder
    from marketplace.shared.errors import DomainError

    acts = life.acts(life.desk.second)
    for order in PaymentOrder.objects.filter(state="PROPOSED").order_by("pk"):
        try:
            orders.approve(order=order, **acts)
        except DomainError:
            orders.drop(order=order, reason="no money", **acts)
    for order in PaymentOrder.objects.filter(state="APPROVED").order_by("pk"):
        operations.send(order=order, provider="stripe", **acts)


# -- what must hold -----------------------------------------------------------------------------------------


def verdict(life: Any, codes: list[int]) -> dict[str, Any]:
    """Return what is wrong after a storm that was settled, by name; nothing, if all is well."""
    from billing.payments.models import OperationAttempt, PaymentOrder
    from tests.billing.payments.life import LATER, broken

    orders = list(PaymentOrder.objects.order_by("pk"))
    found = {
        "processes that ended otherwise than by being killed": [code for code in codes if code],
        "orders that are open": [
            (one.reference, one.state) for one in orders if one.state in ("PROPOSED", "APPROVED", "SENT")
        ],
        "attempts without a final answer": list(
            OperationAttempt.objects.exclude(state__in=("DONE", "REJECTED")).values_list("key", "state")
        ),
        "paid more than once": _twice(life),
        "what Stripe paid and what is paid here": _differences(life, orders),
        "lowest balance of the owner": [low for low in [_lowest(life)] if low < 0],
        "trial balance": _unbalanced(),
        "standing checks": broken(life.stage.at + LATER),
    }
    return {name: what for name, what in found.items() if what}


def _twice(life: Any) -> list[str]:
    """Return the orders and keys under which more than one transfer or refund was made."""
    made = Counter(one["transfer_group"] for one in life.all("transfer"))
    made += Counter(one["metadata"]["operation"] for one in life.all("refund"))
    return [name for name, count in made.items() if count > 1]


def _differences(life: Any, orders: list[Any]) -> list[Any]:
    """Return what one side has as paid and the other has not: (id at Stripe, fen)."""
    from billing.payments.models import Operation

    there = {(one["id"], one["amount"]) for one in life.all("transfer")}
    there |= {(one["id"], one["amount"]) for one in life.all("refund", "succeeded")}
    done = Operation.objects.filter(order__in=[one for one in orders if one.state == "DONE"])
    here = {(one.reference, one.order.amount_minor) for one in done.select_related("order")}
    return sorted(there ^ here)


def _lowest(life: Any) -> int:
    """Return the lowest that was ever payable to the owner, one journal after the other; fen."""
    from billing.models import JournalLine

    lines = JournalLine.objects.filter(account__code="2241.01", account__party=life.owner)
    by_journal: dict[int, int] = {}
    for journal, minor in lines.order_by("pk").values_list("journal", "amount_minor"):
        by_journal[journal] = by_journal.get(journal, 0) - minor
    return min(accumulate(by_journal.values()), default=0)


def _unbalanced() -> list[Any]:
    """Return books and currencies whose lines do not add up to nothing."""
    from django.db.models import Sum

    from billing.models import JournalLine

    sums = JournalLine.objects.order_by().values("account__book__code", "currency")
    return [one for one in sums.annotate(total=Sum("amount_minor")) if one["total"]]


if __name__ == "__main__":
    sys.exit(main())
