"""What people are told of red letters over official e-invoices: the sentence of each kind, by its name."""

from marketplace.rules.msgids import gettext_noop

RED_LETTERS = {
    "red_letter_applied": gettext_noop(
        "{who} takes {amount} of the official e-invoice {blue} back ({note}); nobody has to confirm it. "
        "Next: do not deduct that part, the red e-invoice follows."
    ),
    "red_letter_to_confirm": gettext_noop(
        "{who} asks to take {amount} of the official e-invoice {blue} back ({note}). "
        "Next: confirm or refuse it within 72 hours, until {until_at}; then it is void."
    ),
    "red_letter_confirmed": gettext_noop(
        "{who} confirms red letter {number} of {amount} ({note}). "
        "Next: the seller has the red e-invoice issued, and records it."
    ),
    "red_letter_refused": gettext_noop(
        "{who} refuses red letter {number} of {amount} ({note}). Next: speak to each other, and apply anew."
    ),
    "red_letter_revoked": gettext_noop("{who} revokes red letter {number} of {amount} ({note})."),
    "red_letter_lapsed": gettext_noop(
        "Red letter {number} of {amount} ({note}) is void: nobody confirmed it within 72 hours. "
        "Next: apply anew."
    ),
    "red_invoice_recorded": gettext_noop(
        "The red e-invoice for {invoice} is there: no. {number}. "
        "Next: if you deducted the blue one, transfer that input tax out."
    ),
}
