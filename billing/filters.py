"""FilterSets, one a noun, used by pages and REST alike."""

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import django_filters as filters
from django import forms
from django.conf import settings
from django.db import models
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field

from billing.models import (
    Budget,
    CheckFinding,
    FundClaim,
    FundTransfer,
    Invoice,
    InvoiceRun,
    LineMediation,
    LoanApplication,
    LoanProduct,
    RedLetter,
    RunItem,
    RunPart,
    SubsidySettlement,
    TaxInvoice,
)
from billing.rules.checks import CHECKS
from billing.rules.loan_states import Side
from billing.rules.run_preview import Flag
from marketplace.filters import DayField
from marketplace.models import Organization
from marketplace.models.parties import OrganizationKind
from marketplace.queries import acting_organization
from marketplace.shared.period import Period, local_midnight

LOAN_ROLES = [(Side.LENDER.value, _("We lend")), (Side.LESSEE.value, _("We borrow"))]
FLAG_WORDS = {
    Flag.NEW: _("New lease"),
    Flag.NONE_LAST: _("Nothing billed last time"),
    Flag.JUMP: _("Large change"),
    Flag.NEGATIVE: _("Less than nothing"),
    Flag.DISPUTED: _("Disputed lines"),
    Flag.OBJECTED: _("Objected to before issue"),
    Flag.REVIEWS: _("Quantities held for review"),
    Flag.SILENT: _("No telemetry"),
    Flag.GAP: _("Gap in the telemetry"),
}


class MonthField(DayField):
    """A month as ``2026-10``."""

    widget = forms.DateInput(attrs={"type": "month"}, format="%Y-%m")

    def __init__(self, **kwargs: Any) -> None:
        kwargs["input_formats"] = ["%Y-%m"]
        super().__init__(**kwargs)


@extend_schema_field(OpenApiTypes.STR)
class MonthFilter(filters.Filter):
    """A month of the server's zone."""

    field_class = MonthField


class InvoiceFilter(filters.FilterSet):
    """Filters of invoices: kind, state, month of the period, lease, slot booking, seller."""

    kind = filters.ChoiceFilter(choices=Invoice.Kind, label=_("Kind"), empty_label=_("All"))
    status = filters.ChoiceFilter(choices=Invoice.Status, label=_("State"), empty_label=_("All"))
    period = MonthFilter(method="in_month", label=_("Month"))
    lease = filters.CharFilter(method="of_lease", label=_("Lease"))
    booking = filters.CharFilter(field_name="booking__public_id", label=_("Slot booking"))
    seller = filters.ModelChoiceFilter(
        queryset=Organization.objects.none(),
        to_field_name="public_id",
        label=_("Seller"),
        empty_label=_("All"),
    )

    official = filters.ChoiceFilter(
        choices=[
            ("recorded", _("recorded")),
            ("missing", _("missing")),
            ("red_missing", _("red letter missing")),
        ],
        method="with_official",
        label=_("Official e-invoice"),
        empty_label=_("All"),
    )

    class Meta:
        model = Invoice
        fields: list[str] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        sellers = Organization.objects.filter(pk__in=self.queryset.order_by().values("seller"))
        self.filters["seller"].queryset = sellers.order_by("name")

    def in_month(self, queryset: Any, name: str, first: date) -> Any:
        """Keep the invoices whose period begins in a month."""
        zone = ZoneInfo(settings.TIME_ZONE)
        month = Period(local_midnight(first, zone), local_midnight(_next_month(first), zone))
        return queryset.filter(period_start__gte=month.start, period_start__lt=month.end)

    def with_official(self, queryset: Any, name: str, wanted: str) -> Any:
        """
        Keep the issued invoices whose official e-invoices are all recorded, or are not.

        A note that the first official e-invoice of its invoice takes in has none of its own. ``red_missing``
        keeps the credit notes over a recorded one whose red e-invoices do not come to the note yet.
        """
        is_there, is_missing = _is_recorded(), ~_is_recorded() & ~_waits_for_the_first()
        kept = queryset.filter(is_there if wanted == "recorded" else is_missing)
        if wanted == "red_missing":
            kept = kept.filter(kind=Invoice.Kind.CREDIT_NOTE)
        kept = kept.filter(status=Invoice.Status.ISSUED)
        return kept.exclude(kind=Invoice.Kind.INTEREST, gross_minor__lte=0)

    def of_lease(self, queryset: Any, name: str, text: str) -> Any:
        """Keep the invoices of a lease, by its number or id; who sells a service there is not told which."""
        within = acting_organization(self.request)
        if within.kind != OrganizationKind.PLATFORM:
            sides = models.Q(lease__lessor=within) | models.Q(lease__lessee=within)
            queryset = queryset.filter(sides)
        return queryset.filter(models.Q(lease__number=text) | models.Q(lease__public_id=text))


class CheckFindingFilter(filters.FilterSet):
    """Filters of findings of the standing checks: whether they stand, and of which check."""

    state = filters.ChoiceFilter(
        choices=[("standing", _("Stands")), ("solved", _("Solved"))],
        method="in_state",
        label=_("State"),
        empty_label=_("All"),
    )
    check = filters.ChoiceFilter(
        field_name="code",
        choices=[(code, _(check.says)) for code, check in CHECKS.items()],
        label=_("Rule"),
        empty_label=_("All"),
    )

    class Meta:
        model = CheckFinding
        fields: list[str] = []

    def in_state(self, queryset: Any, name: str, wanted: str) -> Any:
        """Keep what is still found, or what is found no more."""
        return queryset.filter(solved_at__isnull=wanted == "standing")


class LoanFilter(filters.FilterSet):
    """Filters of loans: state, and our side."""

    status = filters.MultipleChoiceFilter(choices=LoanApplication.State, label=_("State"))
    role = filters.ChoiceFilter(
        choices=LOAN_ROLES, method="by_role", label=_("Our side"), empty_label=_("Both")
    )

    class Meta:
        model = LoanApplication
        fields: list[str] = []

    def by_role(self, queryset: Any, name: str, value: str) -> Any:
        """Keep the loans in which the caller's organization is on this side."""
        return queryset.filter(**{value: acting_organization(self.request)})


class BudgetFilter(filters.FilterSet):
    """Filters of budgets: our side, and one lease."""

    role = filters.ChoiceFilter(
        choices=Budget.Of, field_name="side", label=_("Our side"), empty_label=_("Both")
    )
    lease = filters.CharFilter(field_name="lease__public_id", label=_("Lease"))

    class Meta:
        model = Budget
        fields: list[str] = []


class LoanProductFilter(filters.FilterSet):
    """Filters of loan products: what they are for, and who lends."""

    purpose = filters.ChoiceFilter(choices=LoanProduct.For, label=_("For"), empty_label=_("All"))
    lender = filters.CharFilter(field_name="lender__public_id", label=_("Lender"))

    class Meta:
        model = LoanProduct
        fields: list[str] = []


class FundClaimFilter(filters.FilterSet):
    """Filters of claims on risk funds: their state."""

    status = filters.MultipleChoiceFilter(choices=FundClaim.State, label=_("State"))

    class Meta:
        model = FundClaim
        fields: list[str] = []


class FundTransferFilter(filters.FilterSet):
    """Filters of payments of risk funds: what moved, and whether it is confirmed."""

    kind = filters.MultipleChoiceFilter(choices=FundTransfer.Kind, label=_("Kind"))
    stage = filters.MultipleChoiceFilter(choices=FundTransfer.Stage, label=_("State"))

    class Meta:
        model = FundTransfer
        fields: list[str] = []


class SubsidySettlementFilter(filters.FilterSet):
    """Filters of settlements of subsidies: their state."""

    status = filters.MultipleChoiceFilter(choices=SubsidySettlement.State, label=_("State"))

    class Meta:
        model = SubsidySettlement
        fields: list[str] = []


class LineMediationFilter(filters.FilterSet):
    """Filters of disputed lines before the platform: their state."""

    state = filters.MultipleChoiceFilter(choices=LineMediation.Stage, label=_("State"))

    class Meta:
        model = LineMediation
        fields: list[str] = []


class InvoiceRunFilter(filters.FilterSet):
    """Filters of invoice runs: their state."""

    state = filters.ChoiceFilter(choices=InvoiceRun.State, label=_("State"), empty_label=_("All"))

    class Meta:
        model = InvoiceRun
        fields: list[str] = []


class RunItemFilter(filters.FilterSet):
    """Filters of what stands in an invoice run: state, what is odd about it, lease."""

    state = filters.ChoiceFilter(choices=RunItem.State, label=_("State"), empty_label=_("All"))
    flag = filters.ChoiceFilter(
        choices=[(flag.value, FLAG_WORDS[flag]) for flag in Flag],
        method="with_flag",
        label=_("To look at"),
        empty_label=_("All"),
    )
    lease = filters.CharFilter(method="of_lease", label=_("Lease"))

    class Meta:
        model = RunItem
        fields: list[str] = []

    def with_flag(self, queryset: Any, name: str, flag: str) -> Any:
        """Keep what has a flag; those of other sellers' amounts are not told to a lessor."""
        is_told = models.Q(seller=models.F("item__run__organization")) | models.Q(
            item__run__organization__kind=OrganizationKind.PLATFORM
        )
        parts = RunPart.objects.filter(is_told, item=models.OuterRef("pk"), flags__contains=[flag])
        return queryset.filter(models.Q(flags__contains=[flag]) | models.Exists(parts))

    def of_lease(self, queryset: Any, name: str, text: str) -> Any:
        """Keep what is of a lease, by its number or id."""
        return queryset.filter(models.Q(lease__number=text) | models.Q(lease__public_id=text))


class RedLetterFilter(filters.FilterSet):
    """Filters of red letters: state, month of the application."""

    state = filters.ChoiceFilter(choices=RedLetter.State, label=_("State"), empty_label=_("All"))
    period = MonthFilter(method="in_month", label=_("Month"))

    class Meta:
        model = RedLetter
        fields: list[str] = []

    def in_month(self, queryset: Any, name: str, first: date) -> Any:
        """Keep those that were applied for in a month."""
        zone = ZoneInfo(settings.TIME_ZONE)
        edges = [local_midnight(day, zone) for day in (first, _next_month(first))]
        return queryset.filter(applied_at__gte=edges[0], applied_at__lt=edges[1])


def _is_recorded() -> Any:
    """Ask whether what the bureau issued for an invoice, or for a note, comes to all of it."""
    standing = TaxInvoice.objects.standing()
    own = standing.filter(invoice=models.OuterRef("pk")).order_by().values("invoice")
    first = standing.filter(invoice=models.OuterRef("corrects"), through__gte=models.OuterRef("version"))
    is_whole = models.Q(net_minor=_sum_of(own, "net_minor"), tax_minor=_sum_of(own, "tax_minor"))
    is_invoice = models.Q(kind=Invoice.Kind.INVOICE) & models.Exists(
        standing.filter(invoice=models.OuterRef("pk"))
    )
    return is_invoice | ~models.Q(kind=Invoice.Kind.INVOICE) & (models.Exists(first) | is_whole)


def _waits_for_the_first() -> Any:
    """Ask whether a note is over an invoice without an official e-invoice, which will take it in."""
    first = TaxInvoice.objects.standing().filter(invoice=models.OuterRef("corrects"))
    stands_alone = models.Q(kind__in=(Invoice.Kind.INVOICE, Invoice.Kind.INTEREST))
    return ~stands_alone & ~models.Exists(first)


def _sum_of(papers: Any, field: str) -> Coalesce:
    return Coalesce(models.Subquery(papers.annotate(whole=models.Sum(field)).values("whole")), 0)


def _next_month(first: date) -> date:
    return date(first.year + first.month // 12, first.month % 12 + 1, 1)
