"""What an invoice bears for late payment: terms, days and amounts, what was claimed and what waived."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Sum

from billing.models import (
    InterestClaim,
    InterestWaiver,
    Invoice,
    InvoiceLine,
    JournalLine,
    LateTerms,
    LineDispute,
)
from billing.queries.statements import versions_of
from billing.rules import late_interest as rules
from billing.rules.accounts import RECEIVABLES
from billing.rules.events import Event
from billing.rules.late_interest import Change, Freeze, Stretch, Taxed
from marketplace.shared.money import vat


@dataclass(frozen=True)
class Account:
    """
    The late interest of an invoice through a day, in minor units, tax included.

    ``stretches`` are its days, ``total_minor`` what they amount to under the cap, ``to_claim`` what is
    left by
    tax category, negative where too much was claimed.
    """

    invoice: Invoice
    terms: LateTerms
    through: date
    stretches: Sequence[Stretch]
    total_minor: int
    waived_minor: int
    claimed_minor: int
    to_claim: dict[str, Taxed]
    rates: dict[str, tuple[Decimal, str]]

    @property
    def wanted_minor(self) -> int:
        """The running total less what was waived."""
        return max(0, self.total_minor - self.waived_minor)

    @property
    def to_claim_minor(self) -> int:
        """What is left to claim."""
        return self.wanted_minor - self.claimed_minor


def terms_for(invoice: Invoice) -> LateTerms | None:
    """Return the seller's terms under which an invoice was issued; ``None`` if it had none."""
    on = _issued_on(invoice)
    found = LateTerms.objects.filter(seller=invoice.seller_id, valid_from__lte=on)
    return found.order_by("-valid_from").first()


def account_of(invoice: Invoice, through: date) -> Account | None:
    """
    Return the late interest of an issued invoice with its notes through a day.

    ``None`` if its seller had no terms when it was issued, or neither they nor the law give a rate.
    """
    stated = terms_for(invoice)
    if stated is None or invoice.due_on is None:
        return None
    terms = stated.for_invoice(buyer_kind=invoice.buyer.kind, issued_on=_issued_on(invoice))
    if terms is None:
        return None
    versions = list(versions_of(invoice).order_by("version"))
    changes = changes_of(versions, terms.grace_days)
    found = rules.stretches(changes, freezes_of(versions), terms, due_on=invoice.due_on, through=through)
    total = rules.total(found, terms, billed_minor=sum(one.gross_minor for one in versions))
    waived = (
        InterestWaiver.objects.granted().filter(invoice=invoice).aggregate(sum=Sum("amount_minor"))["sum"]
    )
    weights, rates = _categories(versions)
    claimed = _claimed(invoice)
    wanted = rules.split(
        max(0, total - int(waived or 0)), weights, {name: row[0] for name, row in rates.items()}
    )
    return Account(
        invoice=invoice,
        terms=stated,
        through=through,
        stretches=found,
        total_minor=total,
        waived_minor=int(waived or 0),
        claimed_minor=sum(one.net + one.tax for one in claimed.values()),
        to_claim=rules.less(wanted, claimed),
        rates=rates,
    )


def changes_of(versions: Sequence[Invoice], grace_days: int = 0) -> list[Change]:
    """
    Return how what is owed of an invoice with its notes moved, by day, from the books.

    What a credit note takes back was never owed; a debit note is owed from its own due day on, with
    its own grace. What a programme prepays of a document was owed by the authority from the same day on,
    and so was not what it takes back with a note. Everything else
    that moves a receivable is a payment, or one that was taken back, and counts on the day of the fact.
    """
    by_pk = {one.pk: one for one in versions}
    lines = JournalLine.objects.filter(invoice__in=by_pk).order_by()
    booked: dict[int, int] = {}
    moved: list[Change] = []
    known: set[int] = set()
    columns = ("invoice", "amount_minor", "account__code", "journal__source_type", "journal__source_id")
    more = ("journal__kind", "journal__occurred_on")
    for pk, minor, code, kind, source, event, on in lines.values_list(*columns, *more):
        known.add(pk)
        if code not in RECEIVABLES:
            continue
        if (kind, source) == ("invoice", by_pk[pk].public_id) or event == Event.SUBSIDY_PREPAID:
            booked[pk] = booked.get(pk, 0) + minor
        else:
            moved.append(Change(on, minor))
    for one in versions:
        owed = booked.get(one.pk, 0) if one.pk in known else _unbooked(one)
        is_later = one.kind == Invoice.Kind.DEBIT_NOTE
        moved.append(Change(_after(one.due_on, grace_days) if is_later else rules.BEGINNING, owed))
    return [one for one in moved if one.minor]


def freezes_of(versions: Sequence[Invoice]) -> list[Freeze]:
    """Return what disputes of an invoice and its notes keep from bearing interest."""
    left: dict[tuple[str, str], int] = {}
    rows = InvoiceLine.objects.filter(invoice__in=versions).order_by()
    for component, category, gross in rows.values_list("component", "tax_category").annotate(
        Sum("gross_minor")
    ):
        left[component, category] = int(gross)
    zone = versions[0].zone
    found: list[Freeze] = []
    disputes = LineDispute.objects.filter(line__invoice__in=versions)
    pending = set(disputes.uncredited().values_list("pk", flat=True))
    for one in disputes.select_related("line").order_by("pk"):
        decided = one.decided_at
        found += rules.freezes(
            one.outcome,
            one.raised_at.astimezone(zone).date(),
            decided.astimezone(zone).date() if decided else None,
            left_minor=max(0, left[one.line.key]),
            conceded_minor=one.conceded_minor + vat(one.conceded_minor, one.line.tax_rate),
            is_credited=one.pk not in pending,
        )
    return found


def _issued_on(invoice: Invoice) -> date:
    assert invoice.issued_at is not None, "an issued invoice has its time"
    return invoice.issued_at.astimezone(invoice.zone).date()


def _after(due_on: date | None, days: int) -> date:
    assert due_on is not None, "an issued note has its due day"
    return due_on + timedelta(days=days)


def _unbooked(one: Invoice) -> int:
    return 0 if one.seller_id == one.buyer_id else one.gross_minor


def _categories(versions: Sequence[Invoice]) -> tuple[dict[str, int], dict[str, tuple[Decimal, str]]]:
    """Return what was billed by tax category, and each one's rate with its legal basis."""
    weights: dict[str, int] = {}
    rates: dict[str, tuple[Decimal, str]] = {}
    lines = InvoiceLine.objects.filter(invoice__in=versions).order_by("invoice__version", "position")
    columns: Any = ("tax_category", "gross_minor", "tax_rate", "legal_basis")
    for category, gross, rate, basis in lines.values_list(*columns):
        weights[category] = weights.get(category, 0) + gross
        rates.setdefault(category, (rate, basis))
    return weights, rates


def _claimed(invoice: Invoice) -> dict[str, Taxed]:
    papers = InterestClaim.objects.filter(invoice=invoice).values("document")
    lines = InvoiceLine.objects.filter(invoice__in=papers).order_by().values("tax_category")
    summed = lines.annotate(sum_net=Sum("net_minor"), sum_tax=Sum("tax_minor"))
    return {row["tax_category"]: Taxed(int(row["sum_net"]), int(row["sum_tax"])) for row in summed}
