"""What a journal records, in words."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

EVENTS = {
    "INVOICE_ISSUED": gettext_noop("Invoice issued"),
    "COMMISSION": gettext_noop("Commission"),
    "COMMISSION_REVERSED": gettext_noop("Commission taken back"),
    "OWNER_COST": gettext_noop("Capacity rented"),
    "CARD_PAID": gettext_noop("Paid through a provider"),
    "BANK_RECEIVED": gettext_noop("Bank transfer received"),
    "UNKNOWN_RECEIVED": gettext_noop("Receipt of an unknown payer"),
    "ALLOCATED": gettext_noop("Receipt allocated"),
    "OWNER_COLLECTED": gettext_noop("Owner's share collected"),
    "FUNDS_AVAILABLE": gettext_noop("Provider balance available"),
    "FUND_LEVY": gettext_noop("Contribution to the fund"),
    "FUND_PAID": gettext_noop("Contribution paid"),
    "OWNER_TRANSFERRED": gettext_noop("Transferred to the owner"),
    "OWNER_PAID": gettext_noop("Paid to the owner"),
    "OWNER_PAYMENT_RETURNED": gettext_noop("Payment to the owner returned"),
    "OWNER_PAID_BACK": gettext_noop("Paid back by the owner"),
    "PAYOUT_CREATED": gettext_noop("Payout under way"),
    "PAYOUT_SEEN": gettext_noop("Payout arrived"),
    "PAYOUT_FAILED": gettext_noop("Payout failed"),
    "TOPPED_UP": gettext_noop("Provider balance topped up"),
    "DEPOSIT_RECEIVED": gettext_noop("Deposit received"),
    "DEPOSIT_SET_OFF": gettext_noop("Deposit set off"),
    "DEPOSIT_RETURNED": gettext_noop("Deposit given back"),
    "AWARD_PAID": gettext_noop("Award paid"),
    "CREDIT_NOTE": gettext_noop("Credit note"),
    "REFUNDED": gettext_noop("Refunded"),
    "ALLOWANCE": gettext_noop("Allowance for a loss"),
    "FEE_WRITTEN_OFF": gettext_noop("Fee written off"),
    "RENT_UNCOLLECTIBLE": gettext_noop("Rent that cannot be collected"),
    "CLAIM_APPROVED": gettext_noop("Claim on the fund approved"),
    "CLAIM_RECEIVED": gettext_noop("Claim on the fund received"),
    "DISPUTE_OPENED": gettext_noop("Payment disputed"),
    "DISPUTE_WON": gettext_noop("Dispute won"),
    "DISPUTE_LOST": gettext_noop("Dispute lost"),
    "FEE_CHARGED_ON": gettext_noop("Fee charged to the owner"),
    "EXCHANGED": gettext_noop("Received in another currency"),
    "CAPITAL_PAID_IN": gettext_noop("Capital paid in"),
    "LOAN_PAID_OUT": gettext_noop("Loan paid out"),
    "INTEREST_ACCRUED": gettext_noop("Interest accrued"),
    "INSTALMENT_RECEIVED": gettext_noop("Instalment received"),
    "CONTRIBUTION_RECEIVED": gettext_noop("Contribution to the fund received"),
    "FUND_CLAIM_PAID": gettext_noop("Claim paid by the fund"),
    "FUND_RECOVERED": gettext_noop("Recovered from the lessee for the fund"),
    "FUND_OWNER_PAID": gettext_noop("Owner's share of a recovery paid"),
    "SUBSIDY_PREPAID": gettext_noop("Subsidy borne on an invoice"),
    "SUBSIDY_REFUSED": gettext_noop("Subsidy refused by the authority"),
    "SUBSIDY_CONFIRMED": gettext_noop("Subsidy confirmed by the authority"),
    "SUBSIDY_RECEIVED": gettext_noop("Subsidy received from the authority"),
    "SUBSIDY_HANDED_ON": gettext_noop("Subsidy handed on to the lessee"),
    "OWNER_SET_OFF": gettext_noop("Debt of the owner set off"),
    "PAYMENT_ORDERED": gettext_noop("Payment ordered"),
    "PAYMENT_SEEN": gettext_noop("Ordered payment left the account"),
    "PAYMENT_RETURNED": gettext_noop("Ordered payment came back"),
    "PROVIDER_FEE": gettext_noop("Fee of the payment provider"),
    "BANK_FEE": gettext_noop("Fee of the bank"),
    "BANK_INTEREST": gettext_noop("Interest of the bank"),
    "OWN_TRANSFER": gettext_noop("Between our own accounts"),
    "BILL_RECEIVED": gettext_noop("Acceptance bill received"),
    "BILL_HONOURED": gettext_noop("Acceptance bill paid"),
    "BILL_FAILED": gettext_noop("Acceptance bill ended without money"),
}


def event_name(kind: str) -> str:
    """
    Return what a journal records in the language that is asked for; an adjustment where nothing is named.
    """
    return _(EVENTS[kind]) if kind in EVENTS else _("Adjustment")
