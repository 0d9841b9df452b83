"""
A platform that lives: it bills, is paid by bank and Stripe, pays out, gives back; and things go wrong.

The bank is a list of what really happened on the account; statements tell parts of it, in any order. Stripe
is the stand-in. ``step`` does one thing at random; ``clock`` is what the periodic tasks do.
"""

from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from unittest.mock import patch

from billing.models import Invoice
from billing.payments.actions import (
    allocations,
    bills,
    matching,
    movements,
    operations,
    order_files,
    orders,
    payment_requests,
    payouts,
    provider_events,
    provider_facts,
    refunds,
    settlements,
    statements,
)
from billing.payments.gateway.stripe import StripeProvider
from billing.payments.models import (
    AcceptanceBill,
    Allocation,
    Operation,
    PaymentOrder,
    ProviderAccount,
    ProviderEvent,
    Receipt,
)
from billing.payments.queries import waiting
from billing.payments.queries.checks import LOOKS
from billing.payments.rules.providers import ProviderSilent
from billing.queries.check_books import floors_as_booked, journals_balance
from billing.rules.references import reference_of
from config.stand_in import FakeStripe
from marketplace.models.parties import Role
from marketplace.shared.errors import DomainError
from tests.billing.payments import billed, matched
from tests.billing.payments.rules.statements.samples import table
from tests.billing.payments.stripe.stage import Stage
from tests.billing.payments.world import AT, DAY
from tests.billing.world import member

HEAD = "交易日期,借方发生额,贷方发生额,账户余额,对方户名,对方账号,用途,交易流水号"
A_DAY = 86_400
TROUBLES = ("drop_before", "drop_after", "500_before", "500_after", "429", "garbage")
PLACES = ("/v1/transfers", "/v1/refunds", "/v1/payment_intents", "/v1/balance_transactions", "/v1/")


class Killed(BaseException):
    """A worker that is gone: nothing catches it, and nothing after it happens."""


# Between one commit and the next: what a worker that dies there has not done.
CRASHES = (
    (operations, "answer"),
    (provider_facts, "take"),
    (provider_events, "_note"),
    (movements, "link"),
    (movements, "book_missing"),
    (settlements, "_written"),
    (matching, "write"),
)


@dataclass
class Life:
    """Everything at once, and what is drawn from."""

    match: matched.Match
    fake: FakeStripe
    provider: StripeProvider
    luck: Random
    bank: list = field(default_factory=list)
    told: int = 0
    done: list = field(default_factory=list)

    @property
    def stage(self):
        return Stage(self.match.desk, self.fake, self.provider)

    @property
    def desk(self):
        return self.match.desk

    @property
    def owner(self):
        return self.match.scene.lessor

    @property
    def today(self):
        return DAY + timedelta(days=(self.stage.at - AT).days)

    def acts(self, by=None):
        return {"within": self.desk.office.platform, "by": by or self.desk.first, "at": self.stage.at}

    # -- what people do ---------------------------------------------------------------------------------

    def bill(self):
        number = f"INV-2026-{len(self.match.invoices) + 1:06d}"
        return self.match.bill(number, self.luck.choice(["L1", "L2"]), self.luck.randrange(100, 500_000))

    def credit(self):
        """A credit note over a part of an invoice that has none."""
        found = [one for one in self.invoices() if not one.notes.exists()]
        if found:
            one = self.luck.choice(found)
            self.match.bill(
                f"{one.number}-N", one.buyer.name[-2:], -self.luck.randrange(1, one.gross_minor), one
            )

    def invoices(self):
        return list(Invoice.objects.issued().filter(kind="INVOICE", seller=self.owner).order_by("pk"))

    def transfer_in(self):
        """A lessee pays by bank: all, a part, too much, by another's name, or without saying what."""
        one = self.luck.choice(self.invoices() or [self.bill()])
        minor = self.luck.choice([one.gross_minor, one.gross_minor // 2 or 1, one.gross_minor + 777])
        memo = self.luck.choice([reference_of(one.pk), one.number, "货款"])
        payer = self.luck.choice(["32001L1", "33002L2", "9999"])
        self.money(minor, payer, f"{memo}")

    def money(self, minor, account, memo, name="某公司"):
        self.bank.append((self.today, minor, name, account, memo, f"TX{len(self.bank) + 1:05d}"))

    def statement(self):
        """The bank sends what is new, with some of what it sent before; or the same again."""
        start = max(0, self.told - self.luck.randrange(4))
        rows, balance = [], sum(minor for _, minor, *_ in self.bank[:start])
        for day, minor, name, account, memo, ref in self.bank[start:]:
            balance += minor
            out, into = (f"{-minor / 100:.2f}", "") if minor < 0 else ("", f"{minor / 100:.2f}")
            rows.append(f"{day:%Y%m%d},{out},{into},{balance / 100:.2f},{name},{account},{memo},{ref}")
        if rows:
            content = table("币种：,人民币", HEAD, *rows)
            for _ in range(self.luck.choice([1, 1, 2])):
                statements.take(
                    bank_account=self.desk.account, name="bank.csv", content=content, **self.acts()
                )
            self.told = len(self.bank)

    def pay_online(self):
        found = self.invoices()
        if not found:
            return
        one = self.luck.choice(found)
        reader = member(one.buyer, Role.FINANCE)
        asked, _ = payment_requests.ask(
            payer=one.buyer, invoices=[one], provider=self.provider, method="alipay",
            back="https://example.com/", by=reader, at=self.stage.at,
        )  # fmt: skip
        if self.luck.random() < 0.8:
            self.fake.play(f"intents/{asked.provider_reference}/pay")

    def mature(self):
        self.fake.clock.advance(8 * A_DAY)

    def later(self):
        self.fake.clock.advance(self.luck.choice([60, 600, 30_000]))

    def pay_owner(self):
        provider = self.luck.choice(["stripe", "bank_transfer"])
        order = payouts.propose(book=self.desk.book, owner=self.owner, provider=provider, **self.acts())
        self.approve_and_send(order)

    def approve_and_send(self, order):
        orders.approve(order=order, **self.acts(self.desk.second))
        if self.luck.random() < 0.1:
            orders.drop(order=order, reason="no", **self.acts(self.desk.second))
        elif order.provider == "stripe":
            operations.send(order=order, provider="stripe", **self.acts(self.desk.second))
        else:
            order_files.make(
                bank_account=self.desk.account,
                chosen=[order],
                format="PAIN001",
                **self.acts(self.desk.second),
            )

    def refund(self):
        found = list(Receipt.objects.filter(left_minor__gt=0).exclude(payer=None).order_by("pk"))
        if found:
            one = self.luck.choice(found)
            provider = "stripe" if one.source == "CHARGE" else "bank_transfer"
            minor = self.luck.randrange(1, one.left_minor + 1)
            order = refunds.of_receipt(
                receipt=one, amount_minor=minor, reason="多付", provider=provider, **self.acts()
            )
            self.approve_and_send(order)

    def bank_pays(self):
        """The bank carries out an order, refuses it, or it comes back."""
        found = list(PaymentOrder.objects.filter(state="SENT").exclude(file=None).order_by("pk"))
        known = {memo for *_, memo, _ in self.bank}
        for one in found:
            if one.reference not in known:
                self.money(-one.amount_minor, one.payee_account.number, one.reference)
                return
        gone = list(PaymentOrder.objects.filter(state="DONE").exclude(file=None).order_by("pk"))
        if gone and self.luck.random() < 0.5:
            one = gone[0]
            if f"退汇 {one.reference}" not in known:
                self.money(one.amount_minor, one.payee_account.number, f"退汇 {one.reference}")

    def take_bill(self):
        """A lessee gives an acceptance bill; two people take it, and it pays what is open of an invoice."""
        payer = self.match.lessee(self.luck.choice(["L1", "L2"]))
        number = f"{AcceptanceBill.objects.count() + 1:030d}"
        bill = billed.held(self.desk, payer, number=number)
        opened = self.match.open()
        found = [one for one in self.invoices() if one.buyer == payer and opened[one.number] > 0]
        if found:
            one = self.luck.choice(found)
            billed.pays(self.desk, bill, (one, min(opened[one.number], bill.amount_minor)))

    def end_bill(self):
        """A bill is paid, so that a line of the bank names it, or it ends without money."""
        known = {memo for *_, memo, _ in self.bank}
        standing = AcceptanceBill.objects.filter(state__in=("HELD", "PRESENTED")).order_by("pk")
        found = [one for one in standing if one.number not in known]
        if not found:
            return
        one = self.luck.choice(found)
        if self.luck.random() < 0.3:
            bills.present(bill=one, **self.acts())
        if self.luck.random() < 0.5:
            billed.failed(self.desk, one)
        else:
            self.money(one.amount_minor, "BANK", one.number, "宁波银行")

    def undo(self):
        found = list(
            Allocation.objects.filter(undoes=None, undone_by=None, receipt__isnull=False).order_by("pk")
        )
        if found:
            one = self.luck.choice(found)
            allocations.undo(allocation=one, comment="wrong", **self.acts())
            if self.luck.random() < 0.5:
                allocations.allocate(
                    receipt=one.receipt, shares=[(one.invoice, one.amount_minor)], **self.acts()
                )

    # -- what Stripe does -------------------------------------------------------------------------------

    def all(self, kind, *states):
        return [one for one in self.fake.world.all(kind) if not states or one["status"] in states]

    def dispute(self):
        found = [one for one in self.all("charge", "succeeded") if not one.get("disputed")]
        if found:
            self.fake.play(
                f"charges/{self.luck.choice(found)['id']}/{self.luck.choice(['dispute', 'inquiry'])}"
            )

    def end_dispute(self):
        found = self.all("dispute", "needs_response")
        if found:
            self.fake.play(f"disputes/{found[0]['id']}/{self.luck.choice(['won', 'lost'])}")

    def end_refund(self):
        found = self.all("refund", "pending")
        if found:
            self.fake.play(f"refunds/{found[0]['id']}/{self.luck.choice(['succeed', 'fail'])}")

    def stripe_pays_us(self):
        if self.fake.world.balance.sum("available", "cny") > 0:
            self.fake.play("payouts", currency="cny")

    def end_payout(self):
        found = self.all("payout", "pending", "in_transit")
        if found:
            is_paid = self.luck.random() < 0.7
            self.fake.play(f"payouts/{found[0]['id']}/{'pay' if is_paid else 'fail'}")
            if is_paid:
                self.money(found[0]["amount"], "ESCROW", found[0]["id"], "STRIPE PAYMENTS")

    def trouble(self):
        self.fake.trouble(
            self.luck.choice(TROUBLES), self.luck.choice(PLACES), times=self.luck.choice([1, 2, 5])
        )

    def messages(self):
        """Messages get lost, come twice, in another order."""
        how = self.luck.choice(["lose", "duplicate", "shuffle"])
        self.fake.play(f"webhooks/{how}")

    # -- what the clock does ----------------------------------------------------------------------------

    def clock(self):
        """Everything that runs by itself, once; what fails is left to the next round."""
        at, by = self.stage.at, self.desk.clock
        for ref in self._arrived():
            with suppress(ProviderSilent):
                self.stage.receive(self.fake.events.all[ref])
        for event in ProviderEvent.objects.filter(state__in=("RECEIVED", "PARKED")).order_by("pk"):
            with suppress(ProviderSilent):
                provider_events.look_at(event=event, provider=self.provider, at=at, by=by)
        for name in waiting.operations():
            with suppress(ProviderSilent):
                row = Operation.objects.get(public_id=name)
                operations.run(operation=row, provider=self.provider, at=at, by=by)
        self.match.desk.book.refresh_from_db()
        matching.run(book=self.desk.book, **self.acts(by))

    def night(self):
        at, by = self.stage.at + timedelta(seconds=1), self.desk.clock
        with suppress(ProviderSilent):
            movements.pull(provider=self.provider, at=at, by=by)
            for one in self.provider.list_settlements(waiting.since("stripe")):
                settlements.take(provider=self.provider, found=one, at=at, by=by)

    def _arrived(self):
        found, self.fake.events.outbox = list(self.fake.events.outbox), []
        return found

    def killed(self):
        """A worker dies between two commits."""
        place, name = self.luck.choice(CRASHES)
        with patch.object(place, name, _die), suppress(Killed):
            self.luck.choice([self.clock, self.night])()

    # -- one thing after the other ----------------------------------------------------------------------

    STEPS = (
        ("bill", 3), ("credit", 1), ("transfer_in", 4), ("statement", 4), ("pay_online", 4), ("later", 3),
        ("mature", 2), ("pay_owner", 3), ("refund", 2), ("bank_pays", 3), ("undo", 2), ("dispute", 1),
        ("end_dispute", 1), ("end_refund", 1), ("stripe_pays_us", 1), ("end_payout", 1), ("trouble", 2),
        ("messages", 2), ("clock", 6), ("night", 2), ("killed", 2), ("take_bill", 2), ("end_bill", 2),
    )  # fmt: skip

    def step(self):
        """Do one thing at random; what is refused with a reason is refused."""
        names, weights = zip(*self.STEPS, strict=True)
        name = self.luck.choices(names, weights)[0]
        self.done.append(name)
        with as_refused():
            getattr(self, name)()

    def settle(self):
        """Let troubles end and everything that waits come to its end."""
        self.fake.world.troubles.clear()
        for one in self.all("refund", "pending"):
            self.fake.play(f"refunds/{one['id']}/succeed")
        for _ in range(4):
            self.fake.clock.advance(2 * A_DAY)
            self.bank_pays()
            self.statement()
            self.night()
            self.clock()
        self.night()


def _die(*args, **given):
    raise Killed


def as_refused():
    """What is refused with a reason is refused; what gets no answer is tried later."""
    return suppress(DomainError, ProviderSilent)


@contextmanager
def begin(seed, match=None):
    """Return a life at its beginning: two lessees whose accounts are known, an owner who may be paid."""
    with FakeStripe(now=int(AT.timestamp())) as fake:
        provider = StripeProvider("sk_test_fake", address=fake.url, timeout=5)
        made = Life(match or matched.begin(), fake, provider, Random(seed))
        yield ready(made)


def ready(life):
    """Let lessees be known, and let the owner name its account and finish Stripe's questions."""
    life.match.knows("32001L1", life.match.lessee("L1"))
    life.match.knows("33002L2", life.match.lessee("L2"))
    keeper = member(life.owner, Role.FINANCE)
    for whose in (life.match.lessee("L1"), life.match.lessee("L2")):
        life.desk.pays(whose, member(whose, Role.FINANCE))
    life.desk.pays(life.owner, keeper)
    ProviderAccount.objects.create(
        organization=life.owner,
        provider="stripe",
        reference=_account(life.fake),
        state="ACTIVE",
        looked_at=AT,
    )
    return life


def _account(fake):
    duties = {"fees_collector": "application", "losses_collector": "application"}
    made = fake.outgoing.create_account(
        {"configuration": {"recipient": {"x": 1}}, "defaults": {"responsibilities": duties}}
    )
    fake.play(f"accounts/{made['id']}/active")
    fake.events.outbox.clear()
    return made["id"]


# -- what must hold -----------------------------------------------------------------------------------------

LATER = timedelta(days=30)


# What the clock does not come to at once: true once it went its rounds.
IN_TIME = ("waiting_lines_told", "movements_as_booked")


def broken(at, *, only=None, without=()):
    """Return what the standing checks of payments and books find now: names and figures."""
    looks = {**LOOKS, "journals_balance": journals_balance, "floors_as_booked": floors_as_booked}
    return {
        str(code): [(one.subject, int(one.expected), int(one.found)) for one in found]
        for code, look in looks.items()
        if (only is None or code in only) and code not in without
        for found in [list(look(at))]
        if found
    }
