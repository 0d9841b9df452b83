"""What the pages of loans say, in the reader's language."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from billing.models import Invoice, LoanApplication, LoanOffer, LoanProduct
from billing.models.loan_products import local_day
from billing.rules.loan_states import Side, Status, moves_for, shows_data
from billing.rules.loan_terms import amount_text
from billing.rules.loan_tracking import State, overdue, settlement, settlement_flaws
from billing.web.loan_forms import CONSENTS
from billing.web.words import meter_name
from leasing.models import Lease
from marketplace.models import Organization
from marketplace.shared import clock
from marketplace.shared.money import Money

STATES = {
    State.PLANNED: (gettext_noop("not due yet"), "off"),
    State.DUE: (gettext_noop("due today"), "idle"),
    State.OVERDUE: (gettext_noop("overdue"), "fault"),
    State.PAID: (gettext_noop("paid"), "run"),
    State.SETTLED: (gettext_noop("settled early"), "off"),
}
KINDS = {
    Status.APPLIED: "info",
    Status.OFFERED: "idle",
    Status.ACCEPTED: "info",
    Status.PAID_OUT: "run",
    Status.REPAID: "off",
    Status.SETTLED: "off",
    Status.DECLINED: "fault",
    Status.WITHDRAWN: "off",
}
HEADINGS = {
    "number": gettext_noop("Number"),
    "lessor": gettext_noop("Lessor"),
    "machines": gettext_noop("Machines"),
    "status": gettext_noop("State"),
    "starts_at": gettext_noop("From"),
    "ends_at": gettext_noop("Until"),
    "from": gettext_noop("From"),
    "to": gettext_noop("Until"),
    "currency": gettext_noop("Currency"),
    "deposit_minor": gettext_noop("Deposit"),
    "financed_minor": gettext_noop("Financed"),
    "kind": gettext_noop("Kind"),
    "due_on": gettext_noop("Due"),
    "net_minor": gettext_noop("Net"),
    "tax_minor": gettext_noop("VAT"),
    "gross_minor": gettext_noop("Gross"),
    "open_minor": gettext_noop("Open"),
    "paid_minor": gettext_noop("Paid"),
    "month": gettext_noop("Month"),
    "meter": gettext_noop("Meter"),
    "quantity": gettext_noop("Quantity"),
}

DAY_BEFORE = timedelta(microseconds=1)  # of a half-open end people are told the last day
BORDERS = {"starts_at": timedelta(0), "from": timedelta(0), "ends_at": DAY_BEFORE, "to": DAY_BEFORE}
NAMED: Mapping[str, Callable[[str], Any]] = {
    "meter": meter_name,
    "status": lambda value: Lease.State(value).label,
    "kind": lambda value: Invoice.Kind(value).label,
}


def loan_words(loan: LoanApplication, within: Organization, *, whole: bool = False) -> dict[str, Any]:
    """Return what a list shows of a loan to one of its sides, and what its page shows beside."""
    today, side, status = local_day(clock.now()), loan.side_of(within), Status(loan.status)
    standing, offer = loan.standings(today), loan.offer
    words: dict[str, Any] = {
        "loan": loan,
        "name": loan.product.name,
        "lender": loan.lender.name,
        "lessee": loan.lessee.name,
        "state": loan.get_status_display(),
        "kind": KINDS[status],
        "amount": offer.amount if offer else loan.amount,
        "overdue": Money(overdue(standing), loan.currency),
        "lends": side is Side.LENDER,
    }
    if not whole:
        return words
    sees = side is Side.LESSEE or shows_data(status)
    return words | {
        "moves": moves_for(side, status) if side else (),
        "offer": offer,
        "cost": offer.yearly_cost if offer else None,
        "rows": schedule_rows(loan),
        "sums": _sums(offer),
        "payments": [
            {"one": one, "money": Money(one.amount_minor, loan.currency)} for one in loan.payments.all()
        ],
        "consents": [CONSENTS[kind] for kind in loan.consents],
        "data": data_rows(loan.handed_over) if sees else [],
        "sees_data": sees,
        "figure": _figure(loan),
        "events": _events(loan),
    }


def loan_cells(loan: LoanApplication, within: Organization) -> list[object]:
    """Return the row of a loan in the file of a list."""
    row = loan_words(loan, within)
    named = [row[name] for name in ("name", "lender", "lessee", "state")]
    return [*named, row["amount"].amount, row["overdue"].amount]


def product_columns() -> list[str]:
    """Return the columns of what lenders offer as a file; percents are 6 for 6 %."""
    what = [_("Loan"), _("Lender"), _("For"), _("How it is paid back"), _("Day count")]
    price = [_("Highest rate a year (%)"), _("Fee (%)"), _("Paying back early (%)")]
    limits = [_("Smallest amount"), _("Largest amount"), _("Currency"), _("Fewest months"), _("Most months")]
    return [*what, *price, *limits, _("From"), _("Until")]


def product_cells(product: LoanProduct) -> list[object]:
    """Return what a lender offers as a row of a file."""
    limits = [Money(minor, product.currency).amount for minor in (product.least_minor, product.most_minor)]
    named = [product.name, product.lender.name, product.get_purpose_display(), product.get_method_display()]
    told = (product.yearly_percent, product.fee_percent, product.early_percent)
    percents = [Decimal(f"{one.normalize():f}") for one in told]
    months = [product.currency, product.least_months, product.most_months]
    days = [product.valid_from, product.valid_until]
    return [*named, product.get_day_count_display(), *percents, *limits, *months, *days]


def schedule_rows(loan: LoanApplication) -> list[dict[str, Any]]:
    """Return the instalments of the offer that stands as money, with how each stands today."""
    if loan.offer is None:
        return []
    known = {one.row.number: one for one in loan.standings(local_day(clock.now()))}
    rows = []
    for one in loan.offer.values():
        stands = known.get(one.number)
        label, kind = STATES[stands.state if stands else State.PLANNED]
        minors = (one.principal_minor, one.interest_minor, one.value.payment, stands.paid if stands else 0)
        money = [Money(minor, loan.currency) for minor in minors]
        late = stands.days_late if stands else 0
        state = stands.state if stands else State.PLANNED
        rows.append(
            {"number": one.number, "due_on": one.due_on, "money": money, "late": late}
            | {"state": str(state), "label": _(label), "kind": kind}
        )
    return rows


def schedule_columns() -> list[str]:
    """Name the columns of a schedule's file."""
    return [
        _("No."),
        _("Due"),
        _("Principal"),
        _("Interest"),
        _("Instalment due"),
        _("Paid"),
        _("State"),
        _("Days late"),
    ]


def schedule_cells(loan: LoanApplication) -> Iterator[list[object]]:
    """Yield the rows of a schedule's file."""
    for row in schedule_rows(loan):
        amounts = [one.amount for one in row["money"]]
        yield [row["number"], row["due_on"], *amounts, row["label"], row["late"]]


def data_rows(data: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the figures that are handed over as tables: a heading, columns, and cells as text."""
    found = []
    for kind, content in data.items():
        records = content if isinstance(content, list) else [content]
        columns = [name for name in (records[0] if records else {}) if name != "currency"]
        rows = [[(_(HEADINGS[name]), _cell(name, one)) for name in columns] for one in records]
        headings = [_(HEADINGS[name]) for name in columns]
        found.append({"title": CONSENTS[kind], "columns": headings, "rows": rows})
    return found


def _cell(name: str, record: Mapping[str, Any]) -> str:
    value = record[name]
    if name.endswith("_minor"):
        return amount_text(value, record.get("currency", "CNY"))
    if name in NAMED:
        return str(NAMED[name](value))
    if name in BORDERS:
        return str((datetime.fromisoformat(value) - BORDERS[name]).date())
    return str(value)


def _events(loan: LoanApplication) -> list[dict[str, Any]]:
    """Return the history for the timeline, newest first; who acted is named by its organization alone."""
    return [
        {
            "at": step.occurred_at,
            "who": step.organization_name,
            "what": step.get_move_display(),
            "why": step.reason,
            "kind": KINDS[Status(step.status_after)],
        }
        for step in loan.steps.order_by("-position")
    ]


def _sums(offer: LoanOffer | None) -> list[Money]:
    if offer is None:
        return []
    rows = offer.values()
    principal, interest = sum(one.principal_minor for one in rows), sum(one.interest_minor for one in rows)
    return [Money(minor, offer.currency) for minor in (principal, interest, principal + interest)]


def _figure(loan: LoanApplication) -> Money | None:
    """Return what would settle the loan today, if it can be settled."""
    if loan.offer is None or loan.status != LoanApplication.State.PAID_OUT:
        return None
    today, payments = local_day(clock.now()), [one.value for one in loan.standing_payments()]
    if settlement_flaws(loan.offer.terms, payments, today):
        return None
    return Money(settlement(loan.offer.terms, payments, today).total, loan.currency)
