"""What sellers gave back of disputed lines, and what of it no correction has covered yet."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Max, Sum

from billing.models import Correction, Invoice, InvoiceLine, LineDispute
from billing.queries.statements import versions_of
from billing.rules.mediations import State
from leasing.models import Lease

A_MOMENT = timedelta(microseconds=1)


def left_minor(line: InvoiceLine) -> int:
    """
    Return what is still billed of a line before tax, in its minor units: never more than it asked for.

    All versions count together, and what was given back counts before a note credits it, too.
    """
    same: Any = InvoiceLine.objects.filter(
        invoice__in=versions_of(line.invoice), component=line.component, tax_category=line.tax_category
    )
    billed = same.aggregate(sum=Sum("net_minor"))["sum"]
    given = LineDispute.objects.uncredited().filter(line__in=same)
    conceded = given.aggregate(sum=Sum("conceded_minor"))["sum"]
    return max(0, min(line.net_minor, int(billed or 0) - int(conceded or 0)))


def agreed_minor(*, lease: Lease, start: datetime) -> dict[tuple[int, str, str], int] | None:
    """
    Return what is to be credited of a period by seller and line, if all of it was agreed by both sides.

    ``None`` if nothing is, or if a seller gave some of it back alone.
    """
    about = {"line__invoice__lease": lease, "line__invoice__period_start": start}
    found: dict[tuple[int, str, str], int] = {}
    for one in LineDispute.objects.uncredited().filter(**about).with_cases().select_related("line__invoice"):
        case = getattr(one, "mediation", None)
        if case is None or case.state != State.AGREED:
            return None
        key = one.line.invoice.seller_id, *one.line.key
        found[key] = found.get(key, 0) + one.conceded_minor
    return found or None


def after_corrections(*, invoice: Invoice, at: datetime) -> datetime:
    """
    Return the moment of a decision under the lock of the lease or booking: after all corrections that were.

    A clock that was read before the lock would else say that a correction covered what it did not know.
    """
    made = Correction.objects.filter(**_of(invoice)).aggregate(last=Max("made_at"))["last"]
    return at if made is None else max(at, made + A_MOMENT)


def after_concessions(*, at: datetime, **about: Any) -> datetime:
    """Return the moment of a correction under the same lock: it covers all that was decided before it."""
    mine: Any = {f"line__invoice__{name}": value for name, value in about.items()}
    found = LineDispute.objects.conceded().filter(**mine)
    decided = found.aggregate(last=Max("decided_at"))["last"]
    return at if decided is None else max(at, decided)


def _of(invoice: Invoice) -> dict[str, Any]:
    if invoice.booking_id is not None:
        return {"booking": invoice.booking_id}
    return {"lease": invoice.lease_id}
