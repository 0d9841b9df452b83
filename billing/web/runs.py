"""Invoice runs: what would be billed beside last month, what to look at, who approves, how far it is."""

from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from billing.actions import billing_modes, runs
from billing.filters import FLAG_WORDS, RunItemFilter
from billing.models import BillingMode, InvoiceRun, RunItem, RunPart
from billing.permissions import runs_in
from billing.queries import (
    hidden_parts,
    items_with_parts,
    others_who_approve,
    states_in,
    sums_of_run,
    told_of,
)
from billing.rules.run_preview import JUMP_PERCENT, MOST_PERCENT, Cause, Flag
from billing.rules.run_states import RunState, may_become, needs_second
from marketplace.filters import DayField, refuse_unread
from marketplace.gateway.files import asked_format, table_answer
from marketplace.permissions import Permission, allowed
from marketplace.queries import acting_organization
from marketplace.rules.pricing.words import LINES
from marketplace.shared import clock
from marketplace.shared.errors import Invalid, NotPossible
from marketplace.shared.money import Money
from marketplace.shared.period import local_midnight

PAGE = 50
LISTED = 30
CAUSES = {
    Cause.USAGE: gettext_lazy("usage"),
    Cause.PRICE: gettext_lazy("price"),
    Cause.FACTS: gettext_lazy("recorded by the lease"),
    Cause.NEW: gettext_lazy("new on the bill"),
    Cause.GONE: gettext_lazy("no longer on the bill"),
    Cause.OTHER: gettext_lazy("days of the period, minimum, cap or share"),
}
KINDS = {
    "READY": "info",
    "BILLED": "run",
    "ALREADY": "off",
    "LEFT_OUT": "off",
    "PREVIEWED": "idle",
    "FINISHED": "run",
    "PREVIEWING": "info",
    "RUNNING": "info",
    "CANCELLED": "off",
    "APPROVED": "run",
}


class RunForm(forms.Form):
    """Through which day periods are billed, what a large change is, and which leases, if not all."""

    through = DayField(
        label=gettext_lazy("Periods that end by the end of"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    jump_percent = forms.IntegerField(
        label=gettext_lazy("Large change, in per cent"),
        min_value=1,
        max_value=MOST_PERCENT,
        initial=JUMP_PERCENT,
        widget=forms.NumberInput({"inputmode": "numeric"}),
    )
    leases = forms.CharField(
        label=gettext_lazy("Only these leases"),
        help_text=gettext_lazy("Their ids, separated by spaces. Left empty, all."),
        max_length=40_000,
        required=False,
    )


@login_required
def listed(request: HttpRequest) -> HttpResponse:
    """List the runs of the acting organization, say how it bills, and offer the next run."""
    return _list(request, RunForm(initial={"through": _last_of_month()}))


def _list(request: HttpRequest, form: RunForm, status: int = 200) -> HttpResponse:
    organization = acting_organization(request)
    found = runs_in(organization, request.user).select_related("maker", "approver")  # type: ignore[arg-type]
    mine = list(found[:LISTED])
    mode = BillingMode.objects.of(organization)
    context = {
        "form": form,
        "rows": [_run(run) for run in mine],
        "mode": mode,
        "mode_words": mode.label,
        "other": "AUTOMATIC" if mode == BillingMode.Mode.REVIEWED else "REVIEWED",
        "may_read": allowed(request.user, Permission.INVOICE_READ, within=organization),  # type: ignore[arg-type]
        "may_set": allowed(request.user, Permission.BILLING_SET, within=organization),  # type: ignore[arg-type]
        "may_run": allowed(request.user, Permission.INVOICE_RUN, within=organization),  # type: ignore[arg-type]
        "is_open": any(run.ended_at is None for run in mine),
    }
    return render(request, "billing/runs_list.html", context, status=status)


@require_POST
@login_required
def start(request: HttpRequest) -> HttpResponse:
    """Order a preview; what is wrong with the form stands in it."""
    form = RunForm(request.POST)
    if not form.is_valid():
        return _list(request, form, status=400)
    typed = form.cleaned_data
    edge = local_midnight(typed["through"] + timedelta(days=1), ZoneInfo(settings.TIME_ZONE))
    try:
        made = runs.start(
            organization=acting_organization(request),
            cut_off=edge,
            only=typed["leases"].replace(",", " ").split(),
            jump_percent=typed["jump_percent"],
            by=request.user,  # type: ignore[arg-type]
            at=clock.now(),
        )
    except Invalid as error:
        for flaw in error.flaws:
            name = "leases" if flaw.pointer.startswith("/leases") else "through"
            form.add_error(name, _(flaw.text).format(**flaw.facts))
        return _list(request, form, status=400)
    except NotPossible as error:
        form.add_error(None, _(error.text).format(**error.facts))
        return _list(request, form, status=409)
    return redirect("invoice-run", made.public_id)


@require_POST
@login_required
def choose_mode(request: HttpRequest) -> HttpResponse:
    """Choose whether a run has to be approved before anything is billed."""
    chosen = request.POST.get("mode", "")
    who: dict[str, Any] = {"by": request.user, "at": clock.now()}
    try:
        billing_modes.choose(organization=acting_organization(request), mode=chosen, **who)
    except Invalid as error:
        messages.error(request, _(error.text))
    else:
        messages.success(request, _("Chosen. It holds for everything that is not billed yet."))
    return redirect("invoice-runs")


@login_required
def detail(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Show a run: sums by state, each lease and period with what changed, and files of what is filtered."""
    run = _found(request, public_id)
    everything = items_with_parts(run).order_by("pk")
    filterset = RunItemFilter(_given(request), queryset=everything)
    items = filterset.qs if filterset.is_valid() else everything.none()
    if form := asked_format(request):
        refuse_unread(filterset)
        return table_answer(form, run.public_id, _columns(), (row for one in items for row in _cells(one)))
    after = request.GET.get("after", "")
    is_number = after.isascii() and after.isdecimal() and len(after) < 19
    shown = list((items.filter(pk__gt=int(after)) if is_number else items)[: PAGE + 1])
    may = allowed(request.user, Permission.INVOICE_RUN, within=run.organization)  # type: ignore[arg-type]
    states = states_in(run)
    sums = sums_of_run(run, run.items.all())
    is_filtered = bool(filterset.form.changed_data)
    context = {
        "row": _run(run),
        "run": run,
        "form": filterset.form,
        "is_filtered": is_filtered,
        "items": [_item(one) for one in shown[:PAGE]],
        "pages": _pages(request, shown, after if is_number else ""),
        "sums": [
            {"sum": one, "label": RunItem.State(one.state).label, "kind": KINDS.get(one.state, "fault")}
            for one in sums
        ],
        "totals": _totals(sums_of_run(run, items) if is_filtered else sums),
        "states": [
            {
                "state": state,
                "label": RunItem.State(state).label,
                "count": count,
                "kind": KINDS.get(state, "fault"),
            }
            for state, count in sorted(states.items())
        ],
        "settled": sum(states.values()) - states.get("READY", 0),
        "count": sum(states.values()),
        "hidden": hidden_parts(run),
        "may": may,
        "may_change": may and run.state == RunState.PREVIEWED,
        "may_approve": may and may_become(run.state, RunState.APPROVED) and states.get("READY", 0),
        "needs_other": _needs_other(run, request),
        "may_cancel": may and may_become(run.state, RunState.CANCELLED),
        "is_working": run.state in (RunState.PREVIEWING, RunState.APPROVED, RunState.RUNNING),
        "zone": settings.TIME_ZONE,
    }
    return render(request, "billing/runs_detail.html", context)


@require_POST
@login_required
def act(request: HttpRequest, public_id: str, verb: str) -> HttpResponse:
    """Approve the preview that was looked at, or cancel the run."""
    run = _found(request, public_id)
    who: dict[str, Any] = {"by": request.user, "at": clock.now()}
    try:
        if verb == "approve":
            runs.approve(run=run, digest=request.POST.get("digest", ""), **who)
        else:
            runs.cancel(run=run, **who)
    except (NotPossible, runs.SamePersonApprovesRun) as error:
        messages.error(request, _(error.text).format(**error.facts))
    return redirect("invoice-run", run.public_id)


@require_POST
@login_required
def act_on_item(request: HttpRequest, public_id: str, item: str, verb: str) -> HttpResponse:
    """Leave a lease out, or put it back."""
    run = _found(request, public_id)
    found = get_object_or_404(
        run.items.select_related("run__organization", "lease", "booking"), public_id=item
    )
    who: dict[str, Any] = {"by": request.user, "at": clock.now()}
    try:
        if verb == "leave-out":
            runs.leave_out(item=found, reason=request.POST.get("reason", ""), **who)
        else:
            runs.put_back(item=found, **who)
    except Invalid as error:
        messages.error(request, " ".join(_(flaw.text).format(**flaw.facts) for flaw in error.flaws))
    except NotPossible as error:
        messages.error(request, _(error.text).format(**error.facts))
    return redirect("invoice-run", run.public_id)


def _needs_other(run: InvoiceRun, request: HttpRequest) -> bool:
    """Tell whether somebody else than the person who looks has to approve."""
    if run.maker_id != request.user.pk or run.state != RunState.PREVIEWED:
        return False
    others = others_who_approve(run.organization, run.maker)
    return needs_second(run.maker.public_id, run.maker.public_id, others=others)


def _found(request: HttpRequest, public_id: str) -> InvoiceRun:
    """Return a run of any organization of the person in which its role reads invoices."""
    visible = InvoiceRun.objects.visible_to(request.user)  # type: ignore[arg-type]
    return get_object_or_404(visible.select_related("organization", "maker", "approver"), public_id=public_id)


def _last_of_month() -> date:
    return clock.today().replace(day=1) - timedelta(days=1)


def _run(run: InvoiceRun) -> dict[str, Any]:
    last = (run.cut_off - timedelta(microseconds=1)).astimezone(ZoneInfo(settings.TIME_ZONE)).date()
    return {
        "run": run,
        "through": last,
        "label": run.get_state_display(),
        "kind": KINDS.get(run.state, "fault"),
    }


def _item(item: RunItem) -> dict[str, Any]:
    return {
        "item": item,
        "label": item.get_state_display(),
        "kind": KINDS.get(item.state, "fault"),
        "zone": item.zone.key,
        "told": told_of(item),
        "flags": [FLAG_WORDS[Flag(flag)] for flag in item.flags],
        "parts": [_part(part) for part in item.shown],  # type: ignore[attr-defined]
    }


def _part(part: RunPart) -> dict[str, Any]:
    return {
        "part": part,
        "flags": [FLAG_WORDS[Flag(flag)] for flag in part.flags],
        "changes": [
            {
                "line": _(LINES.get(one["kind"], one["kind"])),
                "cause": CAUSES[Cause(one["cause"])],
                "difference": Money(one["after_minor"] - one["before_minor"], part.currency),
            }
            for one in part.changes
        ],
    }


def _totals(sums: Any) -> list[dict[str, Any]]:
    """Add up all states, per currency."""
    found: dict[str, list[Money]] = {}
    for one in sums:
        zero = Money.zero(one.money.currency)
        money, last = found.get(one.money.currency, [zero, zero])
        found[one.money.currency] = [money + one.money, last + one.last]
    return [
        {"gross": money, "last": last, "difference": money - last}
        for _currency, (money, last) in sorted(found.items())
    ]


def _given(request: HttpRequest) -> dict[str, str]:
    """Return the filters in force; those left empty are none."""
    return {name: value for name, value in request.GET.items() if isinstance(value, str) and value}


def _pages(request: HttpRequest, shown: list[RunItem], after: str) -> dict[str, str]:
    query = {name: value for name, value in _given(request).items() if name != "after"}
    pages = {"previous": f"?{urlencode(query)}" if after else "", "next": ""}
    if len(shown) > PAGE:
        pages["next"] = "?" + urlencode(query | {"after": str(shown[PAGE - 1].pk)})
    return pages


def _columns() -> list[str]:
    return [
        _("Lease"),
        _("Buyer"),
        _("Period from"),
        _("Period to"),
        _("State"),
        _("Seller"),
        _("Net"),
        _("VAT"),
        _("Gross"),
        _("Last period"),
        _("Difference"),
        _("Currency"),
        _("To look at"),
        _("What changed"),
        _("Reason"),
        _("Invoice"),
    ]


def _cells(item: RunItem) -> list[list[object]]:
    """Return a row a seller; one without amounts, if there is nothing to show of any."""
    zone = item.zone
    about: list[object] = [
        item.name,
        item.subject.lessee.name,
        item.period_start.astimezone(zone).date(),
        item.period_end.astimezone(zone).date(),
        item.get_state_display(),
    ]
    why = item.reason or told_of(item)
    own = [str(FLAG_WORDS[Flag(flag)]) for flag in item.flags]
    rows = [about + _part_cells(part, own) + [why, _number(part)] for part in item.shown]  # type: ignore[attr-defined]
    return rows or [[*about, "", "", "", "", "", "", "", "; ".join(own), "", why, ""]]


def _part_cells(part: RunPart, own: list[str]) -> list[object]:
    told = _part(part)
    last, difference = part.last_gross, part.difference
    return [
        part.seller.name,
        Money(part.net_minor, part.currency).amount,
        Money(part.tax_minor, part.currency).amount,
        part.gross.amount,
        "" if last is None else last.amount,
        "" if difference is None else difference.amount,
        part.currency,
        "; ".join([*own, *(str(flag) for flag in told["flags"])]),
        "; ".join(f"{one['line']} {one['difference'].amount} ({one['cause']})" for one in told["changes"]),
    ]


def _number(part: RunPart) -> str:
    return (part.invoice.number or "") if part.invoice else ""
