"""What comes in: PaymentIntents, charges, refunds, disputes."""

from config.stand_in.errors import declined, invalid, short
from config.stand_in.money import DISPUTE_FEE, FEES, rounded
from config.stand_in.shapes import made

METHODS = ("card", "alipay", "wechat_pay")
DECLINES = {
    "pm_card_chargeDeclined": "generic_decline",
    "pm_card_chargeDeclinedInsufficientFunds": "insufficient_funds",
    "pm_card_chargeDeclinedExpiredCard": "expired_card",
}
DISPUTED = "pm_card_createDispute"
_NEW = {
    "amount",
    "currency",
    "payment_method_types",
    "payment_method",
    "payment_method_data",
    "metadata",
    "transfer_group",
    "confirm",
    "return_url",
    "description",
    "expand",
    "payment_method_options",
}


class Payments:
    """The customer's side of the account."""

    def __init__(self, world):
        self.world = world

    # -- PaymentIntents -----------------------------------------------------------------------------------

    def create_intent(self, params):
        if unknown := sorted(set(params) - _NEW):
            raise invalid("parameter_unknown", f"Received unknown parameter: {unknown[0]}", param=unknown[0])
        amount = whole(params, "amount")
        types = list(params.get("payment_method_types", ["card"]))
        if wrong := [each for each in types if each not in METHODS]:
            raise invalid("payment_intent_invalid_parameter", f"{wrong[0]} is not activated")
        ref = self.world.new_id("pi")
        intent = made(
            "payment_intent",
            id=ref,
            amount=amount,
            currency=params["currency"],
            payment_method_types=types,
            metadata=dict(params.get("metadata", {})),
            transfer_group=params.get("transfer_group"),
            description=params.get("description"),
            client_secret=f"{ref}_secret_fake",
            created=self.world.clock.now,
            automatic_payment_methods=None,
        )
        self.world.keep(intent)
        if params.get("confirm") == "true":
            return self.confirm_intent(ref, params)
        return intent

    def confirm_intent(self, ref, params):
        intent = self.world.get("payment_intent", ref)
        if intent["status"] not in ("requires_payment_method", "requires_confirmation", "requires_action"):
            raise unexpected(intent)
        method = params.get("payment_method", "")
        kind = params.get("payment_method_data", {}).get("type", "card")
        if kind not in intent["payment_method_types"]:
            raise invalid("payment_intent_invalid_parameter", f"{kind} is not among the types of this one")
        if kind != "card":
            back = params.get("return_url")
            action = _next_action(kind, f"{self.world.url}/pay/{ref}", back)
            intent.update(status="requires_action", next_action=action)
            self.world.events.tell("payment_intent.requires_action", intent)
            return intent
        if method in DECLINES:
            self.fail(intent, DECLINES[method])
            raise declined(DECLINES[method], payment_intent=intent)
        charge = self.succeed(intent, kind)
        if method == DISPUTED:
            self.dispute(charge)
        return intent

    def cancel_intent(self, ref, params):
        intent = self.world.get("payment_intent", ref)
        if intent["status"] in ("succeeded", "canceled", "processing"):
            raise unexpected(intent)
        intent.update(status="canceled", canceled_at=self.world.clock.now, next_action=None)
        self.world.events.tell("payment_intent.canceled", intent)
        return intent

    def fail(self, intent, code):
        error = {"type": "card_error", "code": "card_declined", "decline_code": code, "message": "Declined."}
        intent.update(status="requires_payment_method", last_payment_error=error, next_action=None)
        self.world.events.tell("payment_intent.payment_failed", intent)

    def process(self, intent, kind):
        intent.update(status="processing", next_action=None)
        self.world.events.tell("payment_intent.processing", intent)

    def succeed(self, intent, kind):
        """Take the money: a charge, a change of the balance with its fee, both told of."""
        world, balance = self.world, self.world.balance
        ref = world.new_id("ch")
        amount, currency, rate = balance.settled(intent["amount"], intent["currency"])
        change = balance.change(
            "charge",
            amount,
            currency,
            ref,
            fee=rounded(amount * FEES[kind]),
            delay=balance.delay,
            rate=rate,
        )
        charge = made(
            "charge",
            id=ref,
            amount=intent["amount"],
            amount_captured=intent["amount"],
            captured=True,
            currency=intent["currency"],
            balance_transaction=change["id"],
            payment_intent=intent["id"],
            metadata=dict(intent["metadata"]),
            transfer_group=intent["transfer_group"] or f"group_{intent['id']}",
            payment_method_details={"type": kind},
            created=world.clock.now,
            status="succeeded",
        )
        world.keep(charge)
        intent.update(
            status="succeeded", amount_received=intent["amount"], latest_charge=ref, next_action=None
        )
        world.events.tell("payment_intent.succeeded", intent)
        world.events.tell("charge.succeeded", charge)
        return charge

    # -- refunds ------------------------------------------------------------------------------------------

    def create_refund(self, params):
        charge = self._charge_of(params)
        left = charge["amount"] - charge["amount_refunded"]
        amount = whole(params, "amount") if "amount" in params else left
        if charge["refunded"]:
            raise invalid("charge_already_refunded")
        if amount > left:
            raise invalid("amount_too_large", param="amount")
        balance = self.world.balance
        settled, currency, rate = balance.settled(amount, charge["currency"])
        if balance.sum("available", currency) < settled:
            raise short()
        ref = self.world.new_id("re")
        change = balance.change("refund", -settled, currency, ref, rate=rate)
        is_card = charge["payment_method_details"]["type"] == "card"
        refund = made(
            "refund",
            id=ref,
            amount=amount,
            balance_transaction=change["id"],
            charge=charge["id"],
            payment_intent=charge["payment_intent"],
            currency=charge["currency"],
            metadata=dict(params.get("metadata", {})),
            reason=params.get("reason"),
            created=self.world.clock.now,
            status="succeeded" if is_card else "pending",
        )
        self._count(charge, amount)
        self.world.keep(refund)
        self.world.events.tell("refund.created", refund)
        return refund

    def end_refund(self, refund, *, is_done):
        """Let a refund that was on its way arrive, or come back days later (also one that had succeeded)."""
        if is_done:
            refund["status"] = "succeeded"
            self.world.events.tell("refund.updated", refund)
            return
        charge = self.world.get("charge", refund["charge"])
        amount, currency, rate = self.world.balance.settled(refund["amount"], refund["currency"])
        change = self.world.balance.change("refund_failure", amount, currency, refund["id"], rate=rate)
        refund.update(
            status="failed",
            failure_reason="expired_or_canceled_card",
            failure_balance_transaction=change["id"],
        )
        self._count(charge, -refund["amount"])
        self.world.events.tell("refund.failed", refund)

    def _count(self, charge, amount):
        charge["amount_refunded"] += amount
        charge["refunded"] = charge["amount_refunded"] == charge["amount"]
        self.world.events.tell("charge.refunded", charge)

    def _charge_of(self, params):
        if "charge" in params:
            return self.world.get("charge", params["charge"])
        intent = self.world.get("payment_intent", params.get("payment_intent", ""))
        return self.world.get("charge", intent["latest_charge"] or "")

    # -- disputes -----------------------------------------------------------------------------------------

    def dispute(self, charge, *, is_inquiry=False):
        """Let the customer's bank ask about a charge; unless it only asks, the money goes at once."""
        status = "warning_needs_response" if is_inquiry else "needs_response"
        found = made(
            "dispute",
            id=self.world.new_id("dp"),
            amount=charge["amount"],
            charge=charge["id"],
            payment_intent=charge["payment_intent"],
            currency=charge["currency"],
            created=self.world.clock.now,
            status=status,
            balance_transactions=[],
            metadata={},
        )
        self.world.keep(found)
        self.world.events.tell("charge.dispute.created", found)
        if not is_inquiry:
            self._adjust(found, -1, DISPUTE_FEE)
            charge["disputed"] = True
            self.world.events.tell("charge.dispute.funds_withdrawn", found)
        return found

    def close_dispute(self, found, outcome):
        """End a dispute: ``won``, ``lost`` or ``warning_closed``."""
        found["status"] = outcome
        if outcome == "won":
            self._adjust(found, 1, 0)
            self.world.events.tell("charge.dispute.funds_reinstated", found)
        self.world.events.tell("charge.dispute.closed", found)
        return found

    def _adjust(self, found, sign, fee):
        amount, currency, rate = self.world.balance.settled(found["amount"], found["currency"])
        kind = "dispute" if sign < 0 else "dispute_reversal"
        change = self.world.balance.change(
            "adjustment", sign * amount, currency, found["id"], fee=fee, rate=rate, category=kind
        )
        found["balance_transactions"] = [*found["balance_transactions"], dict(change)]


def whole(params, name):
    """:raises Refused: if it is not a positive whole number that Stripe would take"""
    value = str(params.get(name, ""))
    if not value.isascii() or not value.isdigit() or not 0 < int(value) < 100_000_000:
        raise invalid("parameter_invalid_integer", f"Invalid integer: {value}", param=name)
    return int(value)


def unexpected(intent):
    return invalid(
        "payment_intent_unexpected_state",
        f"This PaymentIntent's status is {intent['status']}, which does not allow this.",
    )


def _next_action(kind, url, back):
    if kind == "alipay":
        address = {"url": url, "return_url": back}
        return {"type": "alipay_handle_redirect", "alipay_handle_redirect": address}
    code = {"data": f"weixin://wxpay/{url.rpartition('/')[2]}", "image_data_url": ""}
    return {"type": "wechat_pay_display_qr_code", "wechat_pay_display_qr_code": code}
