"""The table of invoices: which columns it has, how it is sorted, and its cells in files, all of it once."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import F
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.filters import InvoiceFilter
from billing.models import Invoice
from billing.models.invoices import InvoiceQuerySet
from billing.queries import with_open
from marketplace.models import Organization
from marketplace.rules import tables
from marketplace.shared.money import Money

Cells = Callable[[Invoice, Organization], Sequence[object]]


@dataclass(frozen=True)
class Column:
    """A column as the page shows it; in a file it stands in as many columns as it shows figures and words."""

    name: str
    label: str | Promise
    heads: tuple[str | Promise, ...]
    cells: Cells
    is_usual: bool = True
    is_money: bool = False


def _number(found: Invoice, reader: Organization) -> Sequence[object]:
    corrects = (found.corrects.number or "") if found.corrects else ""
    lease = found.of_lease.number if found.is_told_the_lease(reader) else ""
    booking = found.booking.public_id if found.booking else ""
    return found.number or "", found.get_kind_display(), corrects, lease or booking


def _state(found: Invoice, reader: Organization) -> Sequence[object]:
    return found.get_status_display(), None if found.kind == Invoice.Kind.CREDIT_NOTE else found.due_on


def _parties(found: Invoice, reader: Organization) -> Sequence[object]:
    return found.seller.name, found.buyer.name


def _period(found: Invoice, reader: Organization) -> Sequence[object]:
    zone = found.zone
    return found.period_start.astimezone(zone).date(), found.period_end.astimezone(zone).date()


def _issued(found: Invoice, reader: Organization) -> Sequence[object]:
    return (found.issued_at.astimezone(found.zone).date() if found.issued_at else None,)


def _money(name: str, label: Promise) -> Column:
    def cells(found: Invoice, reader: Organization) -> Sequence[object]:
        return (Money(getattr(found, f"{name}_minor"), found.currency).amount,)

    return Column(name, label, (label,), cells, is_money=True)


COLUMNS = (
    Column(
        "number",
        gettext_lazy("Number and lease"),
        (
            gettext_lazy("Number"),
            gettext_lazy("Kind"),
            gettext_lazy("Corrects"),
            gettext_lazy("Lease or slot booking"),
        ),
        _number,
    ),
    Column("state", gettext_lazy("State"), (gettext_lazy("State"), gettext_lazy("Due")), _state),
    Column(
        "parties",
        gettext_lazy("Seller and buyer"),
        (gettext_lazy("Seller"), gettext_lazy("Buyer")),
        _parties,
    ),
    Column(
        "period",
        gettext_lazy("Period"),
        (gettext_lazy("Period from"), gettext_lazy("Period to")),
        _period,
    ),
    Column("issued", gettext_lazy("Issued"), (gettext_lazy("Issued"),), _issued, is_usual=False),
    _money("net", gettext_lazy("Net")),
    _money("tax", gettext_lazy("VAT")),
    _money("gross", gettext_lazy("Gross")),
    _money("open", gettext_lazy("Still open")),
)
NAMES = tuple(column.name for column in COLUMNS)
USUAL = tuple(column.name for column in COLUMNS if column.is_usual)
ALWAYS = ("number",)  # the way to the invoice
SORTS: Mapping[str, str] = {
    "number": "number",
    "state": "due_on",
    "period": "period_start",
    "issued": "issued_at",
    "net": "net_minor",
    "tax": "tax_minor",
    "gross": "gross_minor",
    "open": "open_minor",
}
BESIDE = ("columns", "ordering", "page", "format")


@dataclass(frozen=True)
class Shown:
    """What is asked of the table: filter values, columns, order and page."""

    given: Mapping[str, str]
    columns: tuple[Column, ...]
    ordering: str
    page: int

    @property
    def query(self) -> str:
        """What stands behind the question mark for the same table, from its first page."""
        chosen = [column.name for column in self.columns]
        asked = dict(self.given)
        if tuple(chosen) != USUAL:
            asked["columns"] = ",".join(chosen)
        if self.ordering:
            asked["ordering"] = self.ordering
        return urlencode(asked)

    def at(self, page: int) -> str:
        """Return the address of another page of it."""
        return f"?{self.query}&page={page}" if self.query else f"?page={page}"

    def ordered(self, found: InvoiceQuerySet) -> InvoiceQuerySet:
        """Sort as asked, the newest first where that leaves a tie; what is not known stands last."""
        field = SORTS.get(self.ordering.removeprefix("-"))
        if field is None:
            return with_open(found).order_by("-pk")
        downwards = self.ordering.startswith("-")
        by = F(field).desc(nulls_last=True) if downwards else F(field).asc(nulls_last=True)
        return with_open(found).order_by(by, "-pk")

    def heads(self) -> list[str]:
        """Return the headings of a file; money has its currency beside it."""
        heads = [str(head) for column in self.columns for head in column.heads]
        return [*heads, _("Currency")] if self._has_money else heads

    def rows(self, found: InvoiceQuerySet, reader: Organization) -> Iterator[list[object]]:
        """Yield the rows of a file, which are those of the page and all its other pages, in their order."""
        for invoice in found.iterator(2_000):
            cells = [cell for column in self.columns for cell in column.cells(invoice, reader)]
            yield [*cells, invoice.currency] if self._has_money else cells

    @property
    def _has_money(self) -> bool:
        return any(column.is_money for column in self.columns)


def asked_of(request: HttpRequest) -> Shown:
    """
    Read what an address asks for; whether filter values mean something is the filter's to say.

    :raises UnknownFilter: if it names a parameter that the page has not
    :raises UnknownColumn: if it names a column that the table has not
    :raises UnknownOrder: if the table cannot be sorted so
    :raises UnknownPage: if the page is no number of one
    """
    known = list(InvoiceFilter.base_filters)
    tables.filters(request.GET, [*known, *BESIDE])
    named = request.GET.getlist("columns")
    chosen = tables.columns(named, NAMES, always=ALWAYS) if any(named) else USUAL
    ordering = request.GET.get("ordering", "")
    tables.order(ordering, SORTS)
    given: dict[str, Any] = {name: request.GET[name] for name in known if request.GET.get(name)}
    columns = tuple(column for column in COLUMNS if column.name in chosen)
    return Shown(given, columns, ordering, tables.page(request.GET.get("page", "")))
