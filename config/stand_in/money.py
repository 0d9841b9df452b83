"""The balance: one transaction for each change of it, with its fee and the day from which it can be used."""

from decimal import ROUND_HALF_UP, Decimal

from config.stand_in.shapes import made

DAY = 86_400
FEES = {"card": Decimal("0.035"), "alipay": Decimal("0.022"), "wechat_pay": Decimal("0.022")}
DISPUTE_FEE = 1500
CATEGORIES = {"payout": "payout", "transfer": "transfer", "adjustment": "dispute"}


def rounded(amount):
    return int(Decimal(amount).quantize(Decimal(1), ROUND_HALF_UP))


class Balance:
    """All changes of the balance, in order; ``rates`` turn a currency into the one that is settled in."""

    def __init__(self, clock, new_id):
        self.clock, self.new_id = clock, new_id
        self.changes, self.rates, self.delay = {}, {}, 7 * DAY

    def change(self, kind, amount, currency, source, *, fee=0, delay=0, rate=None, category=None):
        """Write down a change; ``amount`` and ``fee`` are in the currency of the balance."""
        details = [
            {
                "amount": fee,
                "application": None,
                "currency": currency,
                "description": "Fee",
                "type": "stripe_fee",
            }
        ]
        change = made(
            "balance_transaction",
            id=self.new_id("txn"),
            amount=amount,
            fee=fee,
            net=amount - fee,
            currency=currency,
            source=source,
            type=kind,
            reporting_category=category or CATEGORIES.get(kind, kind),
            created=self.clock.now,
            available_on=self.clock.now + delay,
            exchange_rate=rate,
            fee_details=details if fee else [],
            status="pending" if delay else "available",
        )
        self.changes[change["id"]] = change
        return change

    def settled(self, amount, currency):
        """Return an amount as it is settled, in which currency, and the rate (None for the same)."""
        if currency not in self.rates:
            return amount, currency, None
        other, rate = self.rates[currency]
        return rounded(amount * Decimal(rate)), other, float(rate)

    def mature(self):
        """Let what has waited long enough be used."""
        for change in self.changes.values():
            if change["status"] == "pending" and change["available_on"] <= self.clock.now:
                change["status"] = "available"

    def sum(self, status, currency):
        self.mature()
        of = (c for c in self.changes.values() if c["status"] == status and c["currency"] == currency)
        return sum(change["net"] for change in of)

    def shown(self):
        """Return the balance as Stripe shows it."""
        currencies = sorted({change["currency"] for change in self.changes.values()}) or ["cny"]

        def lines(status):
            return [
                {"amount": self.sum(status, each), "currency": each, "source_types": {"card": 0}}
                for each in currencies
            ]

        return made("balance", available=lines("available"), pending=lines("pending"), connect_reserved=[])
