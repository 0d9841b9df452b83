"""A reminder as a paper: what is overdue, since when, and what to do."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from billing.rules.invoice_papers import LACKS, Party, party
from marketplace.rules.msgids import gettext_noop
from marketplace.rules.papers import Paper, Section, Table, day_said
from marketplace.shared.money import Money, format_money

TITLE = gettext_noop("Reminder of payment")
HEADINGS = {
    "sides": gettext_noop("Sender and recipient"),
    "items": gettext_noop("What is overdue"),
    "next": gettext_noop("What to do"),
}
SENDER, RECIPIENT, DAY = gettext_noop("Sender"), gettext_noop("Recipient"), gettext_noop("Date")
COLUMNS = (
    gettext_noop("Invoice no."),
    gettext_noop("Due on"),
    gettext_noop("Days late"),
    gettext_noop("Still open"),
    gettext_noop("Disputed part"),
    gettext_noop("Please pay"),
)
TOTAL, ACCOUNT = gettext_noop("Please pay in all"), gettext_noop("Account of the sender")
PAY = gettext_noop("Pay the sum to the account above and name the invoice numbers.")
OTHERWISE = gettext_noop(
    "If you have paid meanwhile, nothing is left to do. If you cannot pay yet, say when."
)
LAST = gettext_noop(
    "This is the last reminder. The next step of the sender may be a notice of default under the lease."
)
FOOTER = gettext_noop("Reminder {number} · {seller}")


def paper(
    content: Mapping[str, Any], number: str, made_at: datetime, translate: Callable[[str], str]
) -> Paper:
    """Say a letter as it was sent, in Chinese."""

    def money(minor: int) -> str:
        return format_money(Money(minor, content["currency"]))

    seller, buyer = (
        Party(content[side]["name"], content[side]["credit_code"]) for side in ("seller", "buyer")
    )
    rows = [
        [
            one["number"],
            one["due_on"],
            str(one["late_days"]),
            money(one["open_minor"]),
            money(one["disputed_minor"]),
            money(one["asked_minor"]),
        ]
        for one in content["items"]
    ]
    pay = [(translate(TOTAL), money(content["total_minor"]))]
    if content["seller"]["bank_account"]:
        pay.append((translate(ACCOUNT), content["seller"]["bank_account"]))
    sentences = [translate(PAY), translate(OTHERWISE), *([translate(LAST)] if content["is_last"] else [])]
    facts = [
        (translate(SENDER), party(seller, translate)),
        (translate(RECIPIENT), party(buyer, translate)),
        (translate(DAY), day_said(date.fromisoformat(content["on"]))),
    ]
    return Paper(
        title=translate(TITLE),
        number=number,
        lead=content["zh"],
        made_at=made_at,
        sections=[
            Section(translate(HEADINGS["sides"]), facts),
            Section(
                translate(HEADINGS["items"]),
                table=Table([translate(one) for one in COLUMNS], rows, 3),
            ),
            Section(translate(HEADINGS["next"]), pay, sentences),
        ],
        footer=translate(FOOTER).format(number=number, seller=seller.name),
        lacks=translate(LACKS),
    )
