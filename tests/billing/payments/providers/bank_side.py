"""What happens on the other side of a bank: payers transfer, and the statement says so."""

import uuid

from billing.payments.gateway.bank import BankTransfer
from billing.payments.queries.slips import slip_of
from billing.payments.rules.providers import Request
from marketplace.models.parties import Role
from tests.billing.world import member


class BankSide:
    """Plays it with invoices, lines of the account, and the matcher."""

    def __init__(self, match):
        self.match, self.invoices = match, 0
        self.provider = BankTransfer(match.desk.account)

    def request(self, amount):
        self.invoices += 1
        slip = slip_of(self.match.bill(f"A-2026-{self.invoices:06}", "L1", amount or 100))
        return Request(slip.reference, amount, "CNY", return_url="https://example.com/back")

    def pay(self, reference, minor=925_200):
        line = self.match.line(minor, f"line {reference}", memo=f"租金 {reference}")
        self.match.run()
        return line

    def paid(self, amount):
        ref = self.provider.open_request(self.request(amount), self.key()).result.reference
        line = self.pay(ref, amount)
        payer = self.match.lessee("L1")
        if not payer.payee_accounts.exists():
            self.match.desk.pays(payer, member(payer, Role.FINANCE))
        return line.receipt.public_id, line.public_id

    def payee(self):
        return self.match.desk.owner.payee_accounts.get().public_id

    def make_available(self):
        """Money on an account can be used at once."""

    def key(self):
        return uuid.uuid4().hex
