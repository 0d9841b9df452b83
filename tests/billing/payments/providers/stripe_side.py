"""What happens on the other side of Stripe: payers pay, owners finish their onboarding, time passes."""

import uuid

import pytest

from billing.payments.rules.providers import Party, Request


class StandIn:
    """Plays it at the stand-in."""

    def __init__(self, fake, provider):
        self.fake, self.provider = fake, provider

    def request(self, amount):
        return Request("prq_1", amount, "CNY", "card", group="INV-1", return_url="https://example.com/back")

    def paid(self, amount):
        """Return what was paid, as it is given back, and what its movement is of."""
        ref = self.provider.open_request(self.request(amount), self.key()).result.reference
        self.pay(ref)
        charge = self.provider.fetch("payment_intent", ref)["latest_charge"]["id"]
        return charge, charge

    def payee(self):
        """Return somebody who can be paid, with enough there to do so."""
        ref = self.provider.onboard(Party("org_1", "Owner", return_url="https://x.cn/"), self.key())
        self.activate(ref.result.reference)
        self.fake.world.balance.change("topup", 1_000_000, "cny", "tu_1")
        return ref.result.reference

    def pay(self, intent, method="pm_card_visa"):
        self.provider.v1.payment_intents.confirm(intent, {"payment_method": method})

    def make_available(self):
        self.fake.clock.advance(8 * 86_400)

    def activate(self, account):
        self.fake.play(f"accounts/{account}/active")

    def key(self):
        return uuid.uuid4().hex


class Real(StandIn):
    """Plays it in Stripe's test mode: a card whose money can be used at once, no owners."""

    def __init__(self, provider):
        super().__init__(None, provider)

    def pay(self, intent, method="pm_card_bypassPending"):
        asks = {"payment_method": method, "return_url": "https://example.com/"}
        self.provider.v1.payment_intents.confirm(intent, asks)

    def make_available(self):
        """The card did that."""

    def payee(self):
        pytest.skip("nobody finishes the onboarding there")
