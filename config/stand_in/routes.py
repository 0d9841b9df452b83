"""Which address does what: Stripe's own, and ``/_fake/…`` for those who play the rest of the world."""

import re

from config.stand_in.errors import invalid, missing
from config.stand_in.lists import expanded, page
from config.stand_in.outgoing import Outgoing
from config.stand_in.payments import Payments, whole

KINDS = {
    "payment_intents": "payment_intent",
    "charges": "charge",
    "refunds": "refund",
    "disputes": "dispute",
    "transfers": "transfer",
    "payouts": "payout",
    "topups": "topup",
}


class Routes:
    """One method a call; ``answer`` finds it."""

    def __init__(self, world):
        self.world = world
        self.payments, self.outgoing = Payments(world), Outgoing(world)
        pay, out = self.payments, self.outgoing
        self.table = [
            ("POST", r"/v1/payment_intents", pay.create_intent),
            ("POST", r"/v1/payment_intents/(\w+)/confirm", pay.confirm_intent),
            ("POST", r"/v1/payment_intents/(\w+)/cancel", pay.cancel_intent),
            ("POST", r"/v1/refunds", pay.create_refund),
            ("POST", r"/v1/transfers", out.create_transfer),
            ("POST", r"/v1/transfers/(\w+)/reversals", out.create_reversal),
            ("GET", r"/v1/transfers/(\w+)/reversals", self.reversals),
            ("GET", r"/v1/transfers/(\w+)/reversals/(\w+)", self.reversal),
            ("POST", r"/v1/payouts", self.payout),
            ("GET", r"/v1/balance", lambda params: world.balance.shown()),
            ("GET", r"/v1/balance_transactions", self.changes),
            ("GET", r"/v1/balance_transactions/(\w+)", self.change),
            ("GET", r"/v1/events", self.events),
            ("GET", r"/v1/events/(\w+)", self.event),
            ("GET", r"/v1/(\w+)", self.list),
            ("GET", r"/v1/(\w+)/(\w+)", self.show),
            ("POST", r"/v2/core/accounts", out.create_account),
            ("GET", r"/v2/core/accounts/(\w+)", out.show_account),
            ("POST", r"/v2/core/account_links", out.create_link),
            ("POST", r"/_fake/clock", self.advance),
            ("POST", r"/_fake/troubles", self.trouble),
            ("POST", r"/_fake/intents/(\w+)/(pay|process|fail)", self.play_customer),
            ("POST", r"/_fake/charges/(\w+)/(dispute|inquiry)", self.play_bank),
            ("POST", r"/_fake/disputes/(\w+)/(won|lost|warning_closed)", self.end_dispute),
            ("POST", r"/_fake/refunds/(\w+)/(succeed|fail)", self.end_refund),
            ("POST", r"/_fake/accounts/(\w+)/(active|restricted|pending)", self.capability),
            ("POST", r"/_fake/accounts/(\w+)/drain", self.drain),
            ("POST", r"/_fake/payouts", self.automatic),
            ("POST", r"/_fake/payouts/(\w+)/(pay|fail)", self.end_payout),
            ("POST", r"/_fake/topups", self.top_up),
            ("POST", r"/_fake/changes", self.odd_change),
            ("POST", r"/_fake/webhooks/(lose|duplicate|shuffle|deliver)", self.webhooks),
        ]

    def answer(self, method, path, params):
        """:raises Refused: 404, for an address that is not there"""
        for verb, pattern, run in self.table:
            found = re.fullmatch(pattern, path)
            if verb == method and found:
                paths = params.pop("expand", []) if path.startswith("/v1/") else []
                item = run(*found.groups(), params)
                return expanded(self.world, item, paths) if paths else item
        raise invalid("unrecognized_url", f"Unrecognized request URL ({method}: {path}).", status=404)

    # -- reading ------------------------------------------------------------------------------------------

    def show(self, plural, ref, params):
        if plural not in KINDS:
            raise invalid("unrecognized_url", status=404)
        return self.world.get(KINDS[plural], ref)

    def list(self, plural, params):
        if plural not in KINDS:
            raise invalid("unrecognized_url", status=404)
        names = ("payment_intent", "charge", "transfer_group", "destination", "status")
        items = self.world.all(KINDS[plural])
        for name in names:
            if name in params:
                items = [item for item in items if item.get(name) == params[name]]
        return page(items, params, f"/v1/{plural}")

    def reversal(self, transfer, ref, params):
        found = self.world.get("transfer_reversal", ref)
        if found["transfer"] != transfer:
            raise missing("transfer_reversal", ref)
        return found

    def reversals(self, ref, params):
        found = self.world.get("transfer", ref)["reversals"]["data"]
        return page(found, params, f"/v1/transfers/{ref}/reversals")

    def changes(self, params):
        self.world.balance.mature()
        items = list(reversed(self.world.balance.changes.values()))
        if "payout" in params:
            wanted = self.outgoing.paid_in.get(params["payout"])
            if wanted is None:
                raise invalid("parameter_invalid", "Balance transactions of automatic payouts only.")
            items = [item for item in items if item["id"] in set(wanted)]
        for name in ("type", "currency", "source"):
            if name in params:
                items = [item for item in items if item[name] == params[name]]
        return page(items, params, "/v1/balance_transactions")

    def change(self, ref, params):
        self.world.balance.mature()
        if ref not in self.world.balance.changes:
            raise missing("balance_transaction", ref)
        return self.world.balance.changes[ref]

    def events(self, params):
        wanted = params.get("delivery_success")
        items = self.world.events.undelivered() if wanted == "false" else self.world.events.all.values()
        month = self.world.clock.now - 30 * 86_400
        snapshots = [each for each in items if each["object"] == "event" and each["created"] >= month]
        return page(snapshots[::-1], params, "/v1/events")

    def event(self, ref, params):
        if ref not in self.world.events.all:
            raise missing("event", ref)
        return self.world.events.all[ref]

    # -- the rest of the world ----------------------------------------------------------------------------

    def payout(self, params):
        return self.outgoing.pay_out(params["currency"], amount=whole(params, "amount"))

    def advance(self, params):
        self.world.clock.advance(params["seconds"])
        return {"now": self.world.clock.now}

    def trouble(self, params):
        """``{"path": prefix, "kind": …, "times": n}``; see ``server.TROUBLES``."""
        self.world.troubles.append({"times": 1, "path": "/v1/", **params})
        return {"troubles": self.world.troubles}

    def play_customer(self, ref, does, params):
        intent = self.world.get("payment_intent", ref)
        kind = params.get("type") or intent["payment_method_types"][0]
        if intent["status"] in ("succeeded", "canceled"):
            return intent
        if does == "pay":
            self.payments.succeed(intent, kind)
        elif does == "process":
            self.payments.process(intent, kind)
        else:
            self.payments.fail(intent, params.get("code", "generic_decline"))
        return intent

    def play_bank(self, ref, does, params):
        return self.payments.dispute(self.world.get("charge", ref), is_inquiry=does == "inquiry")

    def end_dispute(self, ref, outcome, params):
        return self.payments.close_dispute(self.world.get("dispute", ref), outcome)

    def end_refund(self, ref, how, params):
        refund = self.world.get("refund", ref)
        self.payments.end_refund(refund, is_done=how == "succeed")
        return refund

    def capability(self, ref, status, params):
        self.outgoing.set_capability(ref, status)
        return self.outgoing.account(ref)

    def drain(self, ref, params):
        self.outgoing.drain(ref, params.get("currency", "cny"))
        return {}

    def automatic(self, params):
        return self.outgoing.pay_out(params.get("currency", "cny"))

    def end_payout(self, ref, how, params):
        payout = self.world.get("payout", ref)
        self.outgoing.end_payout(payout, is_done=how == "pay")
        return payout

    def top_up(self, params):
        return self.outgoing.top_up(int(params["amount"]), params.get("currency", "cny"))

    def odd_change(self, params):
        """A change of the balance of a kind that nobody has heard of."""
        return self.world.balance.change(
            params["type"], int(params["amount"]), params.get("currency", "cny"), None
        )

    def webhooks(self, does, params):
        events = self.world.events
        if does != "deliver":
            getattr(events, does)()
        return {"waiting": len(events.outbox)}
