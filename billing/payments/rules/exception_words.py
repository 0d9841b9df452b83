"""What to do next about each reason of the closed list (finance.md §4.3), as English msgids."""

from marketplace.rules.msgids import gettext_noop

ACTIONS = {
    "UNKNOWN_PAYER": gettext_noop("Find out who paid, and say whose money it is; or give it back."),
    "NO_OPEN_ITEM": gettext_noop("Ask the payer what it is for. It stays with the payer until then."),
    "AMBIGUOUS": gettext_noop("Ask the payer which invoice is meant, then choose it."),
    "AMOUNT_WITHIN_TOLERANCE": gettext_noop("Take the suggestion; a second person lets the rest off."),
    "AMOUNT_MISMATCH": gettext_noop("Ask the payer what it is for, then choose the invoices."),
    "POSSIBLE_DUPLICATE_PAYMENT": gettext_noop("Ask the payer; if it was paid twice, give it back."),
    "INVOICE_ALREADY_PAID": gettext_noop("Ask the payer what it is for; or give it back."),
    "CURRENCY_MISMATCH": gettext_noop("Settle with the payer in which currency it is owed."),
    "REFERENCE_CHECK_FAILED": gettext_noop("Read the reference again on the bank's paper, then choose."),
    "PAYER_NOT_LESSEE": gettext_noop("Ask for the order of payment of the one who owes, then take it."),
    "RETURNED_PAYMENT": gettext_noop("Ask the payee for the right account, then pay again."),
    "REVERSAL_OF_MATCHED_LINE": gettext_noop("Undo what the line paid, then book the reversal."),
    "STATEMENT_UNBALANCED": gettext_noop("Ask the bank for the statement again."),
    "STATEMENT_GAP": gettext_noop("Get the statement that is missing."),
    "PAYOUT_DIFFERENCE": gettext_noop("Compare the payout with the provider's list."),
    "PAYOUT_UNCLASSIFIED": gettext_noop(
        "Look up at the provider what it is, then say so on the page of the change."
    ),
    "MOVEMENT_WITHOUT_LEDGER": gettext_noop(
        "Find out what it is: a change at a provider is booked on its page, a line of a bank on its own."
    ),
    "LEDGER_WITHOUT_MOVEMENT": gettext_noop("Find the movement at bank or provider, or take the entry back."),
    "DISPUTE_OPEN": gettext_noop("Answer the dispute with invoice and evidence in time."),
    "LATE_IN_CLOSED_PERIOD": gettext_noop("It counts on the first open day. Tell who closed the month."),
    "BILL_OVERDUE": gettext_noop(
        "Present the bill, or ask its bank; then book the money, or that none comes."
    ),
    "STALE": gettext_noop("Decide it: it has waited for more than three days."),
}
