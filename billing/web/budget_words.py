"""What the pages of budgets say and ask, in the reader's language."""

import re
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from django import forms
from django.db import models
from django.db.models.functions import JSONObject
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.models import Budget, BudgetCrossing, Invoice
from billing.queries import lease_figures
from billing.queries.usage import RunningCost
from billing.rules.budgets import MOST_IDLE_DAYS, PERCENTS, Figures, Kind, Wanted
from billing.web.loan_forms import minor, money_field
from billing.web.words import meter_name, unit_name
from leasing.models import Lease
from leasing.models.leases import LeaseQuerySet
from marketplace.permissions import Permission, allowed
from marketplace.queries import acting_organization
from marketplace.shared import clock
from marketplace.shared.money import Money, format_money

METER = "meter_"
BESIDE = ("public_id", "side", "currency", "amount_minor")
SEPARATORS = re.compile(r"[,，、;；\s]+")


class PercentsField(forms.CharField):
    """Whole percentages with commas between them."""

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value) or ""
        words = [word.rstrip("%％") for word in SEPARATORS.split(text) if word]
        if not all(word.isascii() and word.isdecimal() and len(word) <= 4 for word in words):
            raise forms.ValidationError(_("Write whole numbers with commas, such as 50, 80, 100."))
        return tuple(dict.fromkeys(int(word) for word in words)) or PERCENTS


class BudgetForm(forms.Form):
    """Of what a side wants to be told; of a single lease also its meters, its cap, and days without use."""

    amount = money_field(gettext_lazy("Budget in yuan, before tax"), required=False)
    percents = PercentsField(
        label=gettext_lazy("Tell us at these percentages"), max_length=60, required=False
    )

    def __init__(self, *args: Any, lease: Lease | None, **given: Any) -> None:
        super().__init__(*args, **given)
        plan = None if lease is None else lease.agreed.price_plan
        self.meters = () if plan is None else tuple(plan.meters())
        for meter in self.meters:
            label = _("Tell us at this quantity: {meter} ({unit})")
            self.fields[METER + meter] = forms.DecimalField(
                label=label.format(meter=meter_name(meter), unit=unit_name(meter)),
                max_digits=18,
                decimal_places=6,
                required=False,
                widget=forms.NumberInput({"inputmode": "decimal", "step": "any"}),
            )
        if plan is not None and plan.cap is not None:
            self.fields["at_cap"] = forms.BooleanField(
                label=_("Tell us when the cap of the price is reached"), required=False
            )
        if plan is not None:
            self.fields["idle_days"] = forms.IntegerField(
                label=_("Tell us after so many days without use"),
                min_value=1,
                max_value=MOST_IDLE_DAYS,
                required=False,
                widget=forms.NumberInput({"inputmode": "numeric"}),
            )

    def wanted(self) -> Wanted:
        """Return what was typed as the actions take it."""
        typed = self.cleaned_data
        quantities = {meter: typed[METER + meter] for meter in self.meters}
        return Wanted(
            amount_minor=None if typed["amount"] is None else minor(typed["amount"]),
            percents=typed["percents"],
            quantities={meter: one.normalize() for meter, one in quantities.items() if one is not None},
            at_cap=typed.get("at_cap", False),
            idle_days=typed.get("idle_days"),
        )


def typed_of(budget: Budget) -> dict[str, Any]:
    """Return a budget as its form shows it."""
    quantities = {METER + meter: quantity for meter, quantity in budget.quantities.items()}
    amount = None if budget.amount is None else budget.amount.amount
    percents = ", ".join(map(str, budget.percents))
    return quantities | {
        "amount": amount,
        "percents": percents,
        "at_cap": budget.at_cap,
        "idle_days": budget.idle_days,
    }


def budget_name(budget: Budget) -> str:
    """Say what a budget is for."""
    if budget.lease is not None:
        return budget.lease.number
    return _("All machines we lease") if budget.side == Budget.Of.LESSEE else _("All machines we let")


def share_of(budget: Budget, net_minor: int | None) -> Decimal | None:
    """Return which part of a budget is used, as a number of which 1 is the whole; three places, cut."""
    if budget.amount_minor is None or net_minor is None:
        return None
    return Decimal(net_minor * 1000 // budget.amount_minor) / 1000


def bar(budget: Budget, net_minor: int | None, forecast_minor: int | None) -> dict[str, Any]:
    """Return what the bar of a budget shows."""
    amounts = {"amount": budget.amount_minor, "net": net_minor, "forecast": forecast_minor}
    shown = {name: budget.money(minor) for name, minor in amounts.items()}
    is_over = budget.amount_minor is not None and (forecast_minor or 0) > budget.amount_minor
    is_spent = budget.amount_minor is not None and (net_minor or 0) >= budget.amount_minor
    done = max(0, min(net_minor or 0, budget.amount_minor or 0))
    rest = {"share": share_of(budget, net_minor), "done": done, "most": budget.amount_minor}
    rest |= {"is_over": is_over, "is_spent": is_spent}
    return shown | rest | {"budget": budget, "name": budget_name(budget)}


def with_budget(request: HttpRequest, leases: LeaseQuerySet) -> Any:
    """Add what the bar shows of the acting organization's budget to leases, in the same query."""
    within = acting_organization(request)
    mine = Budget.objects.readable_in(within, request.user).active()  # type: ignore[arg-type]
    facts = JSONObject(**{name: name for name in BESIDE})
    found = mine.filter(lease=models.OuterRef("pk")).annotate(facts=facts).values("facts")
    return leases.annotate(budget_facts=models.Subquery(found[:1]))


def budget_beside(
    request: HttpRequest, cost: RunningCost, billed: Iterable[Invoice]
) -> dict[str, Any] | None:
    """Return the bar of the budget of a lease from :func:`with_budget`, by a cost, or by what is billed."""
    facts = cost.lease.budget_facts  # type: ignore[attr-defined]
    if facts is None:
        return None
    budget = Budget(organization=acting_organization(request), lease=cost.lease, **facts)
    figures = lease_figures(budget, cost.lease, clock.now(), cost=cost, billed=billed)
    assert figures is not None
    return bar(budget, figures.net_minor, figures.forecast_minor)


def may_budget(request: HttpRequest, lease: Lease) -> bool:
    """Tell whether the acting organization is a side of the lease, and the person may set its budgets."""
    within = acting_organization(request)
    is_side = within.pk in (lease.lessor_id, lease.lessee_id)
    return is_side and allowed(request.user, Permission.INVOICE_READ, within=within)  # type: ignore[arg-type]


def crossing_rows(budget: Budget, figures: Figures | None, most: int) -> list[dict[str, Any]]:
    """Return what came about, the newest first; what the cost fell below again says so."""
    return [
        {
            "at": one.made_at,
            "what": crossing_words(one),
            "net": one.net,
            "forecast": one.forecast,
            "below": _is_below(one, figures),
        }
        for one in budget.crossings.select_related("budget").order_by("-pk")[:most]
    ]


def _is_below(one: BudgetCrossing, figures: Figures | None) -> bool:
    """Tell whether late data, or a correction, has lowered the cost of the running span below it again."""
    if figures is None or one.limit_minor is None or one.span_start != figures.span.start:
        return False
    return figures.net_minor < one.limit_minor


def crossing_words(one: BudgetCrossing) -> str:
    """Say what came about."""
    if one.kind == Kind.PERCENT:
        words = _("{percent} % of the budget: {limit}")
        return words.format(percent=one.percent, limit=_money(one.limit_minor, one.budget.currency))
    if one.kind == Kind.QUANTITY and one.limit is not None:
        facts = {"meter": meter_name(one.meter), "limit": f"{one.limit.normalize():f}"}
        return _("{meter}: {limit} {unit} reached").format(**facts, unit=unit_name(one.meter))
    if one.kind == Kind.CAP:
        return _("The rent has reached its cap")
    return _("No use for {days} days").format(days=one.days)


def _money(minor_units: int | None, currency: str) -> str:
    return format_money(Money(minor_units or 0, currency))


def budget_cells(budget: Budget) -> Iterator[object]:
    """Yield the cells of a budget in a file: amounts in major units."""
    yield budget_name(budget)
    yield budget.get_side_display()
    for one in (budget.amount, budget.net, budget.forecast):
        yield None if one is None else one.amount
    share = share_of(budget, budget.net_minor)
    yield None if share is None else share * 100
    yield (
        None if budget.checked_at is None else timezone.localtime(budget.checked_at).isoformat("T", "minutes")
    )
