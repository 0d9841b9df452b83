"""The sentences about risk funds, by kind; amounts stand on the page alone, which fewer people read."""

from marketplace.rules.msgids import gettext_noop

FUNDS = {
    "fund_claim_made": gettext_noop(
        "{who} claims on the fund {fund} for invoice {invoice}. Next: review the claim."
    ),
    "fund_claim_withdrawn": gettext_noop(
        "{who} withdraws its claim on the fund {fund} for invoice {invoice}."
    ),
    "fund_claim_approved": gettext_noop(
        "The fund {fund} approves your claim for invoice {invoice}. "
        "Next: nothing to do; you are told when it is paid."
    ),
    "fund_claim_rejected": gettext_noop(
        "The fund {fund} rejects your claim for invoice {invoice}. Next: read the reason; you may claim anew."
    ),
    "fund_claim_paid": gettext_noop(
        "The fund {fund} has paid for invoice {invoice}, and the platform passes it on to you."
    ),
    "fund_owner_paid": gettext_noop(
        "What the fund {fund} pays for invoice {invoice} was passed on to you. "
        "Next: look for it at your bank."
    ),
    "fund_recovered": gettext_noop(
        "{who} has paid something of invoice {invoice} later. The fund {fund} has shared it with you by what "
        "each has lost."
    ),
    "fund_levy_due": gettext_noop(
        "Invoices of yours bear the levy of the fund {fund} from {day} on. It comes off your rent. "
        "Next: the amounts stand at the fund."
    ),
}
