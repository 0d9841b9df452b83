"""What people are told of bills before they are issued: the sentence of each kind, by its name."""

from marketplace.rules.msgids import gettext_noop

BILLS = {
    "bill_provisional": gettext_noop(
        "The bill of a period of lease {lease} will be {amount}. "
        "Next: look at it, and object until {until_at} if something is wrong."
    ),
    "bill_objected": gettext_noop(
        "{who} objects to the bill of lease {lease}. Next: answer before it is issued on {until_at}."
    ),
    "bill_objection_answered": gettext_noop(
        "{who} has answered your objection to the bill of lease {lease}. Next: read the answer."
    ),
}
