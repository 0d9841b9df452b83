"""What happens on the other side of Stripe: payers pay, owners finish their onboarding, time passes."""

import uuid


class StandIn:
    """Plays it at the stand-in."""

    def __init__(self, fake, provider):
        self.fake, self.provider = fake, provider

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
