"""What goes out: transfers to owners and back, payouts to our bank, top-ups, and the owners' accounts."""

import time

from config.stand_in.errors import invalid, missing, short
from config.stand_in.money import DAY
from config.stand_in.payments import whole
from config.stand_in.shapes import made


class Outgoing:
    """The owners' side of the account, and our bank's."""

    def __init__(self, world):
        self.world, self.paid_in = world, {}

    # -- accounts of /v2 ----------------------------------------------------------------------------------

    def create_account(self, params):
        recipient = params.get("configuration", {}).get("recipient")
        if not recipient:
            raise invalid("parameter_missing", param="configuration.recipient")
        duties = params.get("defaults", {}).get("responsibilities", {})
        if set(duties.values()) != {"application"}:
            raise invalid("parameter_missing", "losses_collector and fees_collector must be application")
        ref = self.world.new_id("acct")
        pending = {"status": "pending", "status_details": [{"code": "requirements_past_due"}]}
        account = {
            "id": ref,
            "object": "v2.core.account",
            "applied_configurations": ["recipient"],
            "configuration": {
                "recipient": {
                    "applied": True,
                    "capabilities": {"stripe_balance": {"stripe_transfers": {"requested": True, **pending}}},
                }
            },
            "contact_email": params.get("contact_email"),
            "display_name": params.get("display_name"),
            "dashboard": params.get("dashboard"),
            "defaults": params.get("defaults"),
            "identity": params.get("identity"),
            "metadata": params.get("metadata", {}),
            "created": stamp(self.world.clock.now),
            "livemode": False,
            "closed": False,
        }
        self.world.accounts[ref] = {"shown": account, "balance": {}}
        return account

    def account(self, ref):
        if ref not in self.world.accounts:
            raise missing("v2.core.account", ref)
        return self.world.accounts[ref]["shown"]

    def show_account(self, ref, params):
        account = self.account(ref)
        return account if "configuration.recipient" in params.get("include", []) else {**account, **_HIDDEN}

    def create_link(self, params):
        self.account(params.get("account", ""))
        asked = params.get("use_case", {}).get("account_onboarding", {})
        self.world.links[params["account"]] = asked.get("return_url", "")
        return {
            "object": "v2.core.account_link",
            "account": params["account"],
            "created": stamp(self.world.clock.now),
            "expires_at": stamp(self.world.clock.now + 600),
            "livemode": False,
            "url": f"{self.world.url}/setup/{params['account']}",
            "use_case": params.get("use_case"),
        }

    def set_capability(self, ref, status):
        """Let an owner finish its onboarding (``active``), or lose the right again (``restricted``)."""
        path = self.account(ref)["configuration"]["recipient"]["capabilities"]["stripe_balance"]
        path["stripe_transfers"].update(status=status, status_details=[])
        self.world.events.tell_thin("v2.core.account[configuration.recipient].capability_status_updated", ref)

    # -- transfers ----------------------------------------------------------------------------------------

    def create_transfer(self, params):
        amount, currency = whole(params, "amount"), params["currency"]
        account = self.world.accounts.get(params.get("destination"))
        if account is None:
            raise missing("destination", params.get("destination"))
        able = account["shown"]["configuration"]["recipient"]["capabilities"]["stripe_balance"]
        if able["stripe_transfers"]["status"] != "active":
            raise invalid("insufficient_capabilities_for_transfer")
        source = params.get("source_transaction")
        if source:
            self._check_source(self.world.get("charge", source), amount)
        elif self.world.balance.sum("available", currency) < amount:
            raise short()
        ref = self.world.new_id("tr")
        wait = self._wait(source) if source else 0
        change = self.world.balance.change("transfer", -amount, currency, ref, delay=wait)
        transfer = made(
            "transfer",
            id=ref,
            amount=amount,
            currency=currency,
            balance_transaction=change["id"],
            destination=params["destination"],
            destination_payment=self.world.new_id("py"),
            source_transaction=source,
            transfer_group=params.get("transfer_group"),
            metadata=dict(params.get("metadata", {})),
            description=params.get("description"),
            created=self.world.clock.now,
        )
        self.world.keep(transfer)
        account["balance"][currency] = account["balance"].get(currency, 0) + amount
        self.world.events.tell("transfer.created", transfer)
        return transfer

    def _check_source(self, charge, amount):
        made_of = (t for t in self.world.all("transfer") if t["source_transaction"] == charge["id"])
        used = sum(each["amount"] - each["amount_reversed"] for each in made_of)
        if used + amount > charge["amount"]:
            raise invalid("transfer_source_balance_parameters_mismatch", param="amount")

    def _wait(self, source):
        """A transfer of a charge goes when the charge can be used."""
        charge = self.world.get("charge", source)
        change = self.world.balance.changes[charge["balance_transaction"]]
        return max(0, change["available_on"] - self.world.clock.now)

    def create_reversal(self, ref, params):
        transfer = self.world.get("transfer", ref)
        left = transfer["amount"] - transfer["amount_reversed"]
        amount = whole(params, "amount") if "amount" in params else left
        if not 0 < amount <= left:
            raise invalid("amount_too_large", param="amount")
        owned = self.world.accounts[transfer["destination"]]["balance"]
        if owned.get(transfer["currency"], 0) < amount:
            raise short()
        owned[transfer["currency"]] -= amount
        new = self.world.new_id("trr")
        change = self.world.balance.change("transfer_refund", amount, transfer["currency"], new)
        reversal = made(
            "transfer_reversal",
            id=new,
            amount=amount,
            currency=transfer["currency"],
            balance_transaction=change["id"],
            transfer=ref,
            metadata=dict(params.get("metadata", {})),
            created=self.world.clock.now,
        )
        self.world.keep(reversal)
        transfer["amount_reversed"] += amount
        transfer["reversed"] = transfer["amount_reversed"] == transfer["amount"]
        data = [reversal, *transfer["reversals"]["data"]]
        transfer["reversals"] = {**transfer["reversals"], "data": data}
        self.world.events.tell("transfer.reversed", transfer)
        return reversal

    def drain(self, ref, currency):
        """Let an owner take its money to its own bank."""
        self.world.accounts[ref]["balance"][currency] = 0

    # -- payouts and top-ups ------------------------------------------------------------------------------

    def pay_out(self, currency, *, amount=None):
        """Send what is available to our bank: everything, with a known list of changes, or an amount."""
        balance = self.world.balance
        available = balance.sum("available", currency)
        if amount is not None and amount > available:
            raise short()
        ref, is_automatic = self.world.new_id("po"), amount is None
        if is_automatic:
            amount = available
            self.paid_in[ref] = self._unpaid(currency)
        change = balance.change("payout", -amount, currency, ref)
        self.paid_in.get(ref, []).append(change["id"])
        payout = made(
            "payout",
            id=ref,
            amount=amount,
            currency=currency,
            automatic=is_automatic,
            arrival_date=self.world.clock.now + 2 * DAY,
            balance_transaction=change["id"],
            created=self.world.clock.now,
            reconciliation_status="in_progress" if is_automatic else "not_applicable",
        )
        self.world.keep(payout)
        self.world.events.tell("payout.created", payout)
        if is_automatic:
            payout["reconciliation_status"] = "completed"
            self.world.events.tell("payout.reconciliation_completed", payout)
        return payout

    def _unpaid(self, currency):
        gone = {ref for refs in self.paid_in.values() for ref in refs}
        of = (c for c in self.world.balance.changes.values() if c["currency"] == currency)
        return [c["id"] for c in of if c["status"] == "available" and c["id"] not in gone]

    def end_payout(self, payout, *, is_done):
        """Let a payout arrive, or fail; one may fail after it was paid."""
        if is_done:
            payout["status"] = "paid"
            self.world.events.tell("payout.paid", payout)
            return
        amount, currency = payout["amount"], payout["currency"]
        change = self.world.balance.change("payout_failure", amount, currency, payout["id"])
        payout.update(
            status="failed", failure_code="account_closed", failure_balance_transaction=change["id"]
        )
        self.world.events.tell("payout.failed", payout)

    def top_up(self, amount, currency):
        ref = self.world.new_id("tu")
        change = self.world.balance.change("topup", amount, currency, ref)
        found = made(
            "topup",
            id=ref,
            amount=amount,
            currency=currency,
            balance_transaction=change["id"],
            created=self.world.clock.now,
            status="succeeded",
            metadata={},
        )
        self.world.keep(found)
        self.world.events.tell("topup.succeeded", found)
        return found


_HIDDEN = {"configuration": None, "identity": None, "defaults": None}


def stamp(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(seconds))
