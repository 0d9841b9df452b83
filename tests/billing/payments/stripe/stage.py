"""The desk with a stand-in of Stripe at the other end: payers pay, owners are ready, messages come."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from billing.payments.actions import movements, operations, orders, provider_accounts, provider_events
from billing.payments.actions import refunds as back
from billing.payments.gateway.stripe import StripeProvider, event_ref
from billing.payments.models import PaymentRequest, ProviderEvent, ProviderFact, Receipt
from billing.payments.rules.providers import Request
from config.stand_in import FakeStripe
from tests.billing.payments.world import Desk

DAY = 86_400
GROSS, FEE = 925_200, 32_382


@dataclass
class Stage:
    """Everything at once; times are the stand-in's."""

    desk: Desk
    fake: FakeStripe
    provider: StripeProvider

    @property
    def at(self) -> datetime:
        return datetime.fromtimestamp(self.fake.clock.now, UTC)

    def on(self, code):
        return self.desk.on(code)

    def asked(self, minor=GROSS, method="card"):
        """Ask the owner, here a payer, for money; return the request and its intent."""
        request = PaymentRequest.objects.create(
            payer=self.desk.owner, provider="stripe", method=method, amount_minor=minor, currency="CNY",
            made_by="x", made_at=self.at,
        )  # fmt: skip
        wanted = Request(request.public_id, minor, "CNY", method, return_url="https://example.com/")
        instruction = self.provider.open_request(wanted, f"request:{request.public_id}")
        return request, instruction.result.reference

    def paid(self, minor=GROSS, method="pm_card_visa"):
        """Let a card pay; return the charge's id."""
        _, intent = self.asked(minor)
        self.provider.v1.payment_intents.confirm(intent, {"payment_method": method})
        return self.provider.fetch("payment_intent", intent)["latest_charge"]["id"]

    def received(self, minor=GROSS):
        """Let a card pay and the message about it arrive; return the receipt."""
        charge = self.paid(minor)
        self.arrive()
        return Receipt.objects.get(fact__object_reference=charge)

    def usable(self):
        """Let the time pass until the money can be used, and pull."""
        self.fake.clock.advance(8 * DAY)
        return self.pull()

    def pull(self):
        return movements.pull(provider=self.provider, at=self.at + timedelta(seconds=1), by=self.desk.clock)

    def arrive(self, events=None):
        """Let messages arrive, those that wait or given ones, and look at each."""
        if events is None:
            events, self.fake.events.outbox = list(self.fake.events.outbox), []
        for ref in events:
            self.receive(self.fake.events.all[ref])
            self.look()
        self.look()

    def receive(self, event):
        found = event_ref(event)
        return provider_events.receive(event=found, provider="stripe", at=self.at)

    def look(self):
        """Look at all messages that wait."""
        for event in ProviderEvent.objects.filter(state__in=("RECEIVED", "PARKED")):
            provider_events.look_at(event=event, provider=self.provider, at=self.at, by=self.desk.clock)

    def ready(self):
        """Let the owner finish its account."""
        organization = self.desk.owner
        acts = {"by": self.desk.keeper, "at": self.at}
        found = provider_accounts.onboard(
            organization=organization, provider=self.provider, back="https://example.com/", **acts
        )
        self.fake.play(f"accounts/{found.result.reference}/active")
        self.arrive()
        return found.result.reference

    def payout(self, minor):
        """Approve a payout of the owner through Stripe and send it; return its operation, not run yet."""
        self.desk.collected(minor, f"collected {self.fake.clock.now}")
        order = self.desk.propose(provider="stripe")
        orders.approve(order=order, **self.desk.acts(self.desk.second))
        return self.send(order)

    def refund(self, receipt, minor):
        """Approve a refund of a receipt and send it; return its operation, not run yet."""
        order = back.of_receipt(
            receipt=receipt, amount_minor=minor, reason="多付", provider="stripe", **self.desk.acts()
        )
        orders.approve(order=order, **self.desk.acts(self.desk.second))
        return self.send(order)

    def send(self, order):
        return operations.send(order=order, provider="stripe", **self.desk.acts(self.desk.second))

    def run(self, operation, later=0):
        at = self.at + timedelta(seconds=later)
        return operations.run(operation=operation, provider=self.provider, at=at, by=self.desk.clock)

    def books(self):
        """Return what the facts made of the books: (key, kind of journal, lines)."""
        found = ProviderFact.objects.select_related("journal").order_by("key")
        return [(fact.key, fact.journal.kind, sorted(lines(fact))) for fact in found]


def lines(fact):
    return fact.journal.lines.values_list("account__code", "amount_minor")
