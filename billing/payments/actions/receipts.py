"""Whose money it is that came in without a name."""

from datetime import datetime

from django.utils.translation import gettext_noop

from billing.actions import journals
from billing.models.loan_products import local_day
from billing.payments.actions import orders
from billing.payments.actions.allocations import payer_dims
from billing.payments.models import Receipt
from billing.payments.rules import receipt_postings
from billing.rules import accounts as chart
from billing.rules.posting import Head
from marketplace.actions import audit
from marketplace.gateway.transactions import atomic
from marketplace.models import Organization, User
from marketplace.permissions import Permission
from marketplace.shared.errors import NotPossible

SOURCE = "receipt"


class PayerNamed(NotPossible):
    """Whose money it is, is known."""

    code = "payer_named"
    text = gettext_noop("It is known whose money this is: {payer}.")


@atomic
def name_payer(
    *, receipt: Receipt, payer: Organization, within: Organization, by: User, at: datetime
) -> Receipt:
    """
    Say whose money in suspense is; what is left of it is held for that payer from now on.

    :raises MissingRight: if ``by`` may not match payments of the book
    :raises PayerNamed: if it is known, also by somebody at the same moment
    """
    orders.in_book(book=receipt.book, within=within, permission=Permission.PAYMENT_MATCH, by=by)
    found = Receipt.objects.filter(pk=receipt.pk).locked().select_related("book", "payer").get()
    if found.payer is not None:
        raise PayerNamed(payer=found.payer.name)
    found.payer, found.holding = payer, chart.UNALLOCATED
    found.save(update_fields=["payer", "holding"])
    if found.left_minor:
        key = f"{SOURCE}:{found.public_id}:payer"
        head = Head(
            found.book.code, key, local_day(at), found.currency, found.public_id, SOURCE, found.public_id
        )
        entry = receipt_postings.named(head, minor=found.left_minor, payer=payer_dims(payer=payer))
        journals.write(entries=[entry], at=at, by=by)
    audit.record(
        by=by,
        action="receipt.name_payer",
        subject=found.public_id,
        at=at,
        within=within,
        payer=payer.public_id,
    )
    return found
