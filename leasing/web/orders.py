"""The order book on pages: the list, one order in a form, and a file with many."""

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from leasing.actions import orders
from leasing.filters import ProductionOrderFilter
from leasing.models import ProductionOrder
from leasing.rules.order_tables import COLUMNS, MOST_BYTES, MOST_ROWS
from leasing.rules.orders import LONGEST
from marketplace.filters import refuse_unread
from marketplace.gateway.files import asked_format, list_answer
from marketplace.models import Category, Organization, SavedFilter
from marketplace.permissions import Permission, allowed, require
from marketplace.queries import acting_organization
from marketplace.rules.reading import plain
from marketplace.rules.saved_filters import OF_A_MOMENT, kept_query
from marketplace.shared import clock, versions
from marketplace.shared.errors import Flaw
from marketplace.shared.money import round_half_away

PAGE = 50
SHOWN_FAULTS = 200


class OrderForm(forms.Form):
    """One order; what it may hold is said by the rule, so that page, file and REST refuse the same."""

    reference = forms.CharField(label=gettext_lazy("Order number"), max_length=LONGEST["reference"])
    part = forms.CharField(label=gettext_lazy("Part"), max_length=LONGEST["part"])
    material = forms.CharField(label=gettext_lazy("Material"), max_length=LONGEST["material"], required=False)
    quantity = forms.CharField(
        label=gettext_lazy("Quantity"), widget=forms.TextInput({"inputmode": "decimal"})
    )
    category = forms.ModelChoiceField(
        Category.objects.exclude(parent=None).order_by("position"),
        to_field_name="code",
        label=gettext_lazy("Kind of machine"),
    )
    cycle_seconds = forms.CharField(
        label=gettext_lazy("Seconds a part"), widget=forms.TextInput({"inputmode": "decimal"})
    )
    setup_seconds = forms.CharField(
        label=gettext_lazy("Seconds of set-up"),
        required=False,
        widget=forms.TextInput({"inputmode": "decimal"}),
    )
    earliest_start = forms.DateField(
        label=gettext_lazy("Earliest start"),
        required=False,
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
    )
    due_before = forms.DateField(
        label=gettext_lazy("Finished before"),
        help_text=gettext_lazy("The first day on which it would be too late."),
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
    )
    state = forms.ChoiceField(label=gettext_lazy("State"), choices=ProductionOrder.State.choices)

    def node(self) -> dict[str, Any]:
        """Return what was typed, as the rule reads it."""
        typed = dict(self.cleaned_data)
        return typed | {"category": typed["category"].code}

    def show(self, flaws: tuple[Flaw, ...]) -> None:
        """Put each flaw at its field."""
        for flaw in flaws:
            name = flaw.pointer.removeprefix("/")
            self.add_error(name if name in self.fields else None, _(flaw.text).format(**flaw.facts))


class FileForm(forms.Form):
    """A file of orders."""

    file = forms.FileField(
        label=gettext_lazy("CSV file"), widget=forms.FileInput({"accept": ".csv,text/csv"})
    )


@login_required
def listed(request: HttpRequest) -> HttpResponseBase:
    """List the orders of the acting organization, the next one due first."""
    organization = acting_organization(request)
    mine = ProductionOrder.objects.of(organization).select_related("category")
    asked = {name: request.GET.getlist(name) for name in request.GET if name not in OF_A_MOMENT}
    given = MultiValueDict(asked or {"state": ["OPEN"]})
    wanted = ProductionOrderFilter(given, queryset=mine, request=request)
    found = wanted.qs.order_by("due_before", "reference")
    if form := asked_format(request):
        refuse_unread(wanted)
        return list_answer(form, "orders", _heads(), found, _cells)
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    rows = [{"order": one, "hours": one.value().seconds / 3600} for one in page]
    context = {"page": page, "rows": rows, "filter": wanted.form, "may_edit": _may(request, organization)}
    context |= {
        "saved": SavedFilter.objects.of(request.user, organization).filter(page="orders"),  # type: ignore[arg-type]
        "query": kept_query(request.GET.urlencode()),
    }
    return render(request, "leasing/orders_list.html", context)


def _heads() -> list[str]:
    names = [_("Order number"), _("Part"), _("Material"), _("Quantity"), _("Kind of machine")]
    return [*names, _("Machine hours"), _("Finished before"), _("State")]


def _cells(order: ProductionOrder) -> list[object]:
    hours = round_half_away(order.value().seconds / 3600, 2)
    made = [order.reference, order.part, order.material, Decimal(plain(order.quantity.normalize()))]
    return [*made, str(order.category), hours, order.due_before, order.get_state_display()]


@login_required
def new(request: HttpRequest) -> HttpResponse:
    """Take an order that is typed; one with the same reference is changed."""
    organization = _writer(request)
    form = OrderForm(request.POST or None, initial={"state": "OPEN", "setup_seconds": "0"})
    if request.method == "POST" and form.is_valid():
        try:
            order, outcome = orders.put(
                organization=organization,
                node=form.node(),
                by=request.user,  # type: ignore[arg-type]
                at=clock.now(),
            )
        except orders.OrderInvalid as error:
            form.show(error.flaws)
        else:
            said = _("Order {reference} is in the book.") if outcome != orders.SAME else _("Nothing changed.")
            messages.success(request, said.format(reference=order.reference))
            return redirect("orders")
    return render(request, "leasing/order_form.html", {"form": form, "order": None}, status=_code(form))


@login_required
def edit(request: HttpRequest, public_id: str) -> HttpResponse:
    """Change an order; somebody else's change meanwhile is not overwritten."""
    organization = acting_organization(request)
    mine = ProductionOrder.objects.of(organization).select_related("category", "organization")
    order = get_object_or_404(mine, public_id=public_id)
    require(request.user, Permission.LEASE_REQUEST, within=organization)  # type: ignore[arg-type]
    form = OrderForm(request.POST or None, initial=_initial(order))
    if request.method == "POST" and form.is_valid():
        version = request.POST.get("version", "")
        try:
            orders.change(
                order=order,
                changes=form.node(),
                by=request.user,  # type: ignore[arg-type]
                at=clock.now(),
                expected=versions.typed(version),
            )
        except orders.OrderInvalid as error:
            form.show(error.flaws)
        except orders.OrderChanged as error:
            form.add_error(None, _(error.text).format(**error.facts))
        else:
            messages.success(
                request, _("Order {reference} is in the book.").format(reference=order.reference)
            )
            return redirect("orders")
    return render(request, "leasing/order_form.html", {"form": form, "order": order}, status=_code(form))


@login_required
def import_file(request: HttpRequest) -> HttpResponse:
    """Take all orders of a file, or none and say what is wrong at which row and column."""
    organization = _writer(request)
    form, faults = FileForm(*((request.POST, request.FILES) if request.method == "POST" else ())), []
    if request.method == "POST" and form.is_valid():
        content = form.cleaned_data["file"].read(MOST_BYTES + 1)
        try:
            done = orders.import_table(
                organization=organization,
                content=content,
                by=request.user,  # type: ignore[arg-type]
                at=clock.now(),
            )
        except orders.OrderFileInvalid as error:
            form.add_error(None, _(error.text).format(**error.facts))
            faults = [
                {"row": one.row, "column": one.column or "–", "text": _(one.text).format(**one.facts)}
                for one in error.faults
            ]
        else:
            said = _("{created} orders are new, {changed} changed, {same} are as they were.")
            messages.success(request, said.format(**done))
            return redirect("orders")
    context = {
        "form": form,
        "faults": faults[:SHOWN_FAULTS],
        "more": max(len(faults) - SHOWN_FAULTS, 0),
        "columns": COLUMNS.items(),
        "most": MOST_ROWS,
    }
    return render(request, "leasing/orders_import.html", context, status=_code(form))


def _initial(order: ProductionOrder) -> dict[str, Any]:
    """Return what the order holds, numbers without the zeros that the table adds."""
    fields = order.fields()
    for name in ("quantity", "cycle_seconds", "setup_seconds"):
        fields[name] = f"{fields[name].normalize():f}"
    return fields | {"category": order.category.code, "state": str(fields["state"])}


def _writer(request: HttpRequest) -> Organization:
    organization = acting_organization(request)
    require(request.user, Permission.LEASE_REQUEST, within=organization)  # type: ignore[arg-type]
    return organization


def _may(request: HttpRequest, organization: Organization) -> bool:
    return allowed(request.user, Permission.LEASE_REQUEST, within=organization)  # type: ignore[arg-type]


def _code(form: forms.Form) -> int:
    return 400 if form.errors else 200
