"""What nobody answered of the objections to a bill, at its issue: disputed lines from the first moment."""

from datetime import datetime, timedelta

from billing.models import BillObjection, Invoice, LineDispute
from billing.rules.provisional import Asked, to_freeze
from marketplace.actions import audit
from marketplace.models import User

ANSWER_DAYS = 10
Outcome = BillObjection.Outcome


def freeze(*, invoice: Invoice, is_last: bool, at: datetime, by: User) -> None:
    """
    Turn open objections of the lessee to an invoice that is just issued into disputes; others lapse.

    A line that two objections are about is disputed once. ``is_last`` says that nothing else of the period
    is to be issued: objections to a seller that asks for nothing lapse then. Asking for the right is the
    caller's part, who holds the lease's lock.
    """
    about = BillObjection.objects.open().locked().select_related("lease", "organization")
    known = list(about.filter(lease=invoice.lease_id, period_start=invoice.period_start))
    for objection in known:
        if objection.seller_id == invoice.seller_id:
            frozen = objection.is_of_lessee and _disputed(objection, invoice, at)
            _close(objection, Outcome.FROZEN if frozen else Outcome.LAPSED, invoice, at, by)
        elif is_last:
            _close(objection, Outcome.LAPSED, None, at, by)


def _disputed(objection: BillObjection, invoice: Invoice, at: datetime) -> bool:
    """Dispute the lines that an objection is about; tell whether any of them asks for money."""
    lines = {line.position: line for line in invoice.lines.all()}
    asked = [
        Asked(place, one.component, one.tax_category, one.net_minor, one.meter)
        for place, one in lines.items()
    ]
    found = [lines[place] for place in to_freeze(asked, objection.component)]
    open_ = LineDispute.objects.freezing().filter(line__in=found).values_list("line", flat=True)
    known = set(open_)
    LineDispute.objects.bulk_create(
        LineDispute(
            line=line,
            objection=objection,
            reason=objection.text,
            raised_by_id=objection.raised_by_id,
            raised_at=at,
            answer_by=at + timedelta(days=ANSWER_DAYS),
        )
        for line in found
        if line.pk not in known
    )
    return bool(found)


def _close(objection: BillObjection, outcome: str, invoice: Invoice | None, at: datetime, by: User) -> None:
    objection.outcome, objection.invoice = outcome, invoice
    objection.decided_by, objection.decided_at = by, at
    objection.save()
    audit.record(
        by=by,
        action="bill_objection.close",
        subject=objection.public_id,
        at=at,
        within=objection.seller,
        outcome=str(outcome),
        invoice=invoice.public_id if invoice else "",
    )
