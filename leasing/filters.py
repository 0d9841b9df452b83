"""FilterSets, one a noun, used by pages and REST alike."""

from typing import Any

import django_filters as filters
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from leasing.models import (
    CommissionProposal,
    CommissionRate,
    DowntimeCredit,
    HealthWarning,
    Lease,
    MaintenanceRule,
    MaintenanceTicket,
    ProductionOrder,
    Rating,
    ServiceOrder,
    SlotBooking,
    Sublease,
    Ticket,
)
from leasing.rules import subleases
from leasing.rules.leases import Side
from marketplace.filters import DayFilter
from marketplace.models import Category, ListingService
from marketplace.queries import acting_organization, whole_days

ROLES = [(Side.LESSOR.value, _("We lease out")), (Side.LESSEE.value, _("We lease in"))]


SUBLEASE_ROLES = [
    (subleases.Side.SUBLESSOR.value, _("We sub-let")),
    (subleases.Side.SUBLESSEE.value, _("We sub-lease")),
    (subleases.Side.ABOVE.value, _("We consent")),
]


class LeaseFilter(filters.FilterSet):
    """Filters of leases: state, our side of it, listing."""

    status = filters.MultipleChoiceFilter(choices=Lease.State, label=_("State"))
    role = filters.ChoiceFilter(choices=ROLES, method="by_role", label=_("Our side"), empty_label=_("Both"))
    listing = filters.CharFilter(field_name="listing__public_id", label=_("Listing"))
    q = filters.CharFilter(method="by_words", label=_("Number, machine or partner"))

    class Meta:
        model = Lease
        fields: list[str] = []

    def by_words(self, queryset: Any, name: str, value: str) -> Any:
        """Keep leases whose number, listing or other side holds what was typed."""
        sides = Q(lessor__name__icontains=value) | Q(lessee__name__icontains=value)
        return queryset.filter(Q(number__icontains=value) | Q(listing__title__icontains=value) | sides)

    def by_role(self, queryset: Any, name: str, value: str) -> Any:
        """Keep the leases in which the caller's organization is on this side."""
        return queryset.filter(**{value: acting_organization(self.request)})


class RatingFilter(filters.FilterSet):
    """Filters of ratings: who wrote them, lease."""

    side = filters.ChoiceFilter(choices=Rating.By, label=_("Written by"))
    lease = filters.CharFilter(field_name="round__lease__public_id", label=_("Lease"))

    class Meta:
        model = Rating
        fields: list[str] = []


class SubleaseFilter(filters.FilterSet):
    """Filters of sub-leases: state, our side of it, lease."""

    status = filters.MultipleChoiceFilter(choices=Sublease.State, label=_("State"))
    role = filters.ChoiceFilter(
        choices=SUBLEASE_ROLES, method="by_role", label=_("Our side"), empty_label=_("All")
    )
    lease = filters.CharFilter(field_name="lease__public_id", label=_("Lease"))

    class Meta:
        model = Sublease
        fields: list[str] = []

    def by_role(self, queryset: Any, name: str, value: str) -> Any:
        """Keep the sub-leases in which the caller's organization is on this side."""
        organization = acting_organization(self.request)
        if value == subleases.Side.ABOVE:
            return queryset.filter(asked__contains=[organization.public_id])
        return queryset.filter(**{value: organization})


class TicketFilter(filters.FilterSet):
    """Filters of fault tickets: state of the repair, who bears the standstill, lease."""

    status = filters.MultipleChoiceFilter(choices=Ticket.State, label=_("State"))
    attribution = filters.MultipleChoiceFilter(choices=Ticket.Answer, label=_("Who bears it"))
    lease = filters.CharFilter(field_name="lease__public_id", label=_("Lease"))

    class Meta:
        model = Ticket
        fields: list[str] = []


class DowntimeCreditFilter(filters.FilterSet):
    """Filters of what standstills give: lease, less rent or a longer lease."""

    lease = filters.CharFilter(field_name="lease__public_id", label=_("Lease"))
    remedy = filters.ChoiceFilter(choices=Ticket.Remedy, label=_("Less rent or a longer lease"))

    class Meta:
        model = DowntimeCredit
        fields: list[str] = []


class ProductionOrderFilter(filters.FilterSet):
    """Filters of the order book: state, category, own reference, due in a span of days."""

    state = filters.MultipleChoiceFilter(choices=ProductionOrder.State, label=_("State"))
    category = filters.ModelChoiceFilter(
        to_field_name="code", queryset=Category.objects.all(), label=_("Category"), empty_label=_("All")
    )
    reference = filters.CharFilter(label=_("Order number"))
    due_from = DayFilter(field_name="due_before", lookup_expr="gte", label=_("From"))
    due_to = DayFilter(field_name="due_before", lookup_expr="lte", label=_("Until"))

    class Meta:
        model = ProductionOrder
        fields: list[str] = []


class SlotBookingFilter(filters.FilterSet):
    """Filters of slot bookings: state, our side of it, listing, days."""

    status = filters.MultipleChoiceFilter(choices=SlotBooking.State, label=_("State"))
    role = filters.ChoiceFilter(choices=ROLES, method="by_role", label=_("Our side"), empty_label=_("Both"))
    listing = filters.CharFilter(field_name="listing__public_id", label=_("Listing"))
    first_day = DayFilter(method="from_day", label=_("From"))
    last_day = DayFilter(method="until_day", label=_("Until"))

    class Meta:
        model = SlotBooking
        fields: list[str] = []

    def by_role(self, queryset: Any, name: str, value: str) -> Any:
        """Keep the bookings in which the caller's organization is on this side."""
        return queryset.filter(**{value: acting_organization(self.request)})

    def from_day(self, queryset: Any, name: str, value: Any) -> Any:
        """Keep what is not over when the day begins."""
        return queryset.filter(ends_at__gt=whole_days(value, value).start)

    def until_day(self, queryset: Any, name: str, value: Any) -> Any:
        """Keep what has begun when the day is over."""
        return queryset.filter(starts_at__lt=whole_days(value, value).end)


JOB_ROLES = [("provider", _("We do the work")), *ROLES]


class ServiceOrderFilter(filters.FilterSet):
    """Filters of service orders: state, kind, our side of it, lease."""

    status = filters.MultipleChoiceFilter(choices=ServiceOrder.State, label=_("State"))
    kind = filters.MultipleChoiceFilter(choices=ListingService.Kind, label=_("Service"))
    role = filters.ChoiceFilter(
        choices=JOB_ROLES, method="by_role", label=_("Our side"), empty_label=_("All")
    )
    lease = filters.CharFilter(method="by_lease", label=_("Lease"))

    class Meta:
        model = ServiceOrder
        fields: list[str] = []

    def by_role(self, queryset: Any, name: str, value: str) -> Any:
        """Keep the orders in which the caller's organization is on this side."""
        side = value if value == "provider" else f"lease__{value}"
        return queryset.filter(**{side: acting_organization(self.request)})

    def by_lease(self, queryset: Any, name: str, value: str) -> Any:
        """Keep the orders of a lease of which the caller sees the lease itself."""
        organization = acting_organization(self.request)
        return queryset.of_lease_of(organization).filter(lease__public_id=value)


class MaintenanceRuleFilter(filters.FilterSet):
    """Filters of rules of maintenance: machine, what they count."""

    machine = filters.CharFilter(field_name="equipment__public_id", label=_("Machine"))
    basis = filters.MultipleChoiceFilter(choices=MaintenanceRule.Counts, label=_("What is counted"))

    class Meta:
        model = MaintenanceRule
        fields: list[str] = []


class MaintenanceTicketFilter(filters.FilterSet):
    """Filters of maintenance: state, machine, lease."""

    status = filters.MultipleChoiceFilter(choices=MaintenanceTicket.State, label=_("State"))
    machine = filters.CharFilter(field_name="equipment__public_id", label=_("Machine"))
    lease = filters.CharFilter(field_name="lease__public_id", label=_("Lease"))

    class Meta:
        model = MaintenanceTicket
        fields: list[str] = []


class HealthWarningFilter(filters.FilterSet):
    """Filters of warnings: kind, machine, days."""

    kind = filters.MultipleChoiceFilter(choices=HealthWarning.Sign, label=_("Kind of warning"))
    machine = filters.CharFilter(field_name="equipment__public_id", label=_("Machine"))
    first_day = DayFilter(field_name="day", lookup_expr="gte", label=_("From"))
    last_day = DayFilter(field_name="day", lookup_expr="lte", label=_("Until"))

    class Meta:
        model = HealthWarning
        fields: list[str] = []


class CommissionRateFilter(filters.FilterSet):
    """Filters of commission rates: for whom they are, and whether they hold on a day."""

    scope = filters.ChoiceFilter(
        choices=CommissionRate.Scope, label=_("Whom it is for"), empty_label=_("All")
    )
    holds_on = DayFilter(method="by_day", label=_("In force on"))

    class Meta:
        model = CommissionRate
        fields: list[str] = []

    def by_day(self, queryset: Any, name: str, value: Any) -> Any:
        """Keep the rates in force on a day."""
        return queryset.holding(value)


class CommissionProposalFilter(filters.FilterSet):
    """Filters of proposals for commission rates: state, for whom."""

    state = filters.MultipleChoiceFilter(choices=CommissionProposal.State, label=_("State"))
    scope = filters.ChoiceFilter(
        choices=CommissionProposal.Scope, label=_("Whom it is for"), empty_label=_("All")
    )

    class Meta:
        model = CommissionProposal
        fields: list[str] = []
