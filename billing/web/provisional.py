"""The bill of a period before it is issued: both sides see it, object, answer; finance sees what waits."""

from collections import Counter
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from billing.actions import objections, provisional
from billing.actions.provisional import Bill, Part
from billing.models import BillingMode, BillObjection, BillTelling
from billing.permissions import bill_reader, lease_with_books
from billing.queries import (
    Changing,
    changing_facts,
    ended_of,
    ended_periods,
    is_left_to_runs,
    maybe_provisional,
    objections_until,
    told_of_bills,
)
from billing.rules.completeness import State
from billing.rules.provisional import METER
from billing.web import words
from leasing.models import Lease
from marketplace.models import Organization
from marketplace.models.parties import OrganizationKind
from marketplace.permissions import Permission, allowed
from marketplace.queries import acting_organization
from marketplace.rules.pricing.words import LINES
from marketplace.shared import clock
from marketplace.shared.errors import DomainError, Invalid, NotAllowed

WITHDRAW, ANSWER = "withdraw", "answer"
MOST = 200  # leases on one page of bills that wait


@login_required
def bill(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show what a period will be billed, with the next step of the reader; what was shown first is kept."""
    lease, reader = _read(request, public_id)
    now, zone = clock.now(), lease.agreed.zone
    days = {one.start.astimezone(zone).date().isoformat(): one for one in ended_periods(lease, now)}
    asked = request.GET.get("period", "")
    day = asked if asked in days else next(iter(days), "")
    context: dict[str, Any] = {
        "lease": lease,
        "zone": zone.key,
        "periods": [{"label": value, "url": f"?period={value}", "active": value == day} for value in days],
        "day": day,
        "reasons": BillObjection.Reason.choices,
        "by_runs": is_left_to_runs(lease),
    }
    if day:
        context |= _shown(request, lease, reader, days[day], now)
    else:
        found = BillObjection.objects.filter(lease=lease).shown_to(reader).with_names()
        context["objections"] = [_objection(one, reader, may=False) for one in found[:MOST]]
    return render(request, "billing/provisional_bill.html", context)


@require_POST
@login_required
def raise_(request: HttpRequest, public_id: str) -> HttpResponse:
    """Object to what a seller will bill, or one component of it; ``about`` is seller and component."""
    lease, _reader = _read(request, public_id)
    zone, day = lease.agreed.zone, request.POST.get("period", "")
    periods = ended_periods(lease, clock.now())
    found = next((one for one in periods if one.start.astimezone(zone).date().isoformat() == day), None)
    seller, _dot, component = request.POST.get("about", "").partition(":")
    try:
        if found is None:
            raise objections.NoBillYet
        objections.raise_objection(
            lease=lease,
            start=found.start,
            seller=seller,
            component=component,
            reason=request.POST.get("reason", ""),
            text=request.POST.get("text", ""),
            **_by(request),
        )
    except DomainError as error:
        _say(request, error)
    else:
        messages.success(request, _("Your objection is written down, and the other side is told."))
    return _back(lease, day)


@require_POST
@login_required
def act(request: HttpRequest, public_id: str, item: str, act: str) -> HttpResponse:
    """Answer an objection or take it back; who may do which is the action's to say."""
    lease, reader = _read(request, public_id)
    found = get_object_or_404(BillObjection.objects.filter(lease=lease).shown_to(reader), public_id=item)
    if act not in (WITHDRAW, ANSWER):
        raise Http404
    effect, _dot, source = request.POST.get("fact", "").partition(":")
    try:
        if act == WITHDRAW:
            objections.withdraw(objection=found, **_by(request))
            said = _("Your objection is withdrawn.")
        else:
            objections.answer(
                objection=found,
                agreed=bool(effect),
                effect=effect,
                source=source,
                text=request.POST.get("text", ""),
                **_by(request),
            )
            said = _("Your answer is written down, and the other side is told.")
    except DomainError as error:
        _say(request, error)
    else:
        messages.success(request, said)
    return _back(lease, found.period_start.astimezone(lease.agreed.zone).date().isoformat())


@login_required
def waiting(request: HttpRequest) -> HttpResponse:
    """List the bills of an organization that wait to be issued: until when, and what is objected to."""
    within, now = acting_organization(request), clock.now()
    may_read = allowed(request.user, Permission.INVOICE_READ, within=within)  # type: ignore[arg-type]
    mine = Lease.objects.of(within) if may_read else Lease.objects.none()
    mine = mine.filter(pk__in=maybe_provisional(now) if may_read else ())
    leases = {lease.pk: lease for lease in mine.select_related("lessor", "lessee").order_by("pk")[: MOST + 1]}
    found, told = ended_of(leases.values(), now), told_of_bills(leases)
    open_ = BillObjection.objects.open().filter(lease__in=leases).shown_to(within).order_by()
    rows_of = open_.values_list("lease", "period_start").annotate(Count("pk"))
    counts = {(lease, start): count for lease, start, count in rows_of}
    shown = BillTelling.objects.filter(organization=within, lease__in=leases)
    amounts: dict[Any, Any] = {(one.lease_id, one.period_start, one.period_end): one.gross for one in shown}
    rows = [
        {
            "lease": leases[key],
            "zone": leases[key].agreed.zone.key,
            "period": period,
            "day": period.start.astimezone(leases[key].agreed.zone).date().isoformat(),
            "until": objections_until(leases[key], period, told),
            "objections": counts.get((key, period.start), 0),
            "told": amounts.get((key, period.start, period.end)),
        }
        for key, periods in list(found.items())[:MOST]
        for period in periods
    ]
    rows.sort(key=lambda row: (row["until"], row["lease"].pk))
    context = {
        "rows": rows,
        "may_read": may_read,
        "more": len(leases) > MOST,
        "now": now,
        "by_runs": _by_runs(within),
    }
    return render(request, "billing/provisional_bills.html", context)


def _by_runs(within: Organization) -> bool:
    return BillingMode.objects.of(within) == BillingMode.Mode.REVIEWED


def _read(request: HttpRequest, public_id: str) -> tuple[Lease, Organization]:
    lease = lease_with_books(public_id, request.user)  # type: ignore[arg-type]
    return lease, bill_reader(lease, request.user, acting_organization(request))  # type: ignore[arg-type]


def _shown(
    request: HttpRequest, lease: Lease, reader: Organization, period: Any, now: datetime
) -> dict[str, Any]:
    try:
        found = provisional.compute(lease=lease, period=period, reader=reader, at=now)
    except NotAllowed:
        raise
    except DomainError as error:
        return {"period": period, "problem": _(error.text).format(**error.facts)}
    side = reader.pk in (lease.lessee_id, lease.lessor_id)
    if side:
        how = provisional.How.SHOWN
        provisional.tell(bill=found, within=reader, how=how, at=now, by=request.user)  # type: ignore[arg-type]
    about = {"lease": lease, "period_start": period.start}
    told = BillTelling.objects.filter(organization=reader, period_end=period.end, **about).first()
    rows = BillObjection.objects.filter(**about).shown_to(reader).with_names()
    is_open = now < found.until
    needed = Permission.INVOICE_READ if reader.pk == lease.lessee_id else Permission.INVOICE_RUN
    may = is_open and side and allowed(request.user, needed, within=reader)  # type: ignore[arg-type]
    shown = [_objection(one, reader, may=_may_answer(request, one, reader)) for one in rows]
    return {
        "period": period,
        "bill": found,
        "parts": [_part(part) for part in found.parts],
        "days": [(_state(state), count) for state, count in found.days.items() if count],
        "held": [_held(one) for one in found.held],
        "told": told,
        "objections": shown,
        "is_open": is_open,
        "may_object": may,
        "choices": _choices(found, lease, reader) if may else [],
        "facts": [_fact(one) for one in changing_facts(lease, period)] if shown else [],
        "to_answer": sum(row["may_answer"] for row in shown),
        "is_lessee": reader.pk == lease.lessee_id,
    }


def _may_answer(request: HttpRequest, one: BillObjection, reader: Organization) -> bool:
    needed = Permission.INVOICE_RUN if one.is_of_lessee else Permission.INVOICE_READ
    return allowed(request.user, needed, within=reader)  # type: ignore[arg-type]


def _objection(one: BillObjection, reader: Organization, *, may: bool) -> dict[str, Any]:
    is_open = one.outcome == BillObjection.Outcome.OPEN
    return {
        "objection": one,
        "about": _about(one),
        "is_open": is_open,
        "may_answer": may and is_open and one.answers.pk == reader.pk,
        "may_withdraw": is_open and one.organization_id == reader.pk,
    }


def _about(one: BillObjection) -> str:
    """Say in words what of a bill an objection names; nothing if it is about all of it."""
    named = one.component
    if not named or named.startswith(METER):
        return words.meter_name(named.removeprefix(METER)) if named else ""
    plan = {part.id: part for part in one.lease.agreed.price_plan.components}
    if named in plan:
        counts = getattr(plan[named], "counts", None)
        return words.line_name(plan[named].kind, counts.meter if counts else None)
    kind = named.partition(".")[0]  # of a fact: damage.dmg_…
    return words.line_name(kind, None) if kind in LINES else _("One line of the bill")


def _part(part: Part) -> dict[str, Any]:
    lines = [words.running_line(taxed) | {"gross": taxed.line.net + taxed.tax} for taxed in part.draft.lines]
    return {"seller": part.seller, "draft": part.draft, "lines": lines}


def _choices(found: Bill, lease: Lease, reader: Organization) -> list[dict[str, str]]:
    """Return what can be objected to: each seller as a whole, what a meter counted, and each component."""
    made = []
    for part in found.parts:
        is_platform = part.seller.kind == OrganizationKind.PLATFORM and reader.pk == lease.lessee_id
        if part.seller.pk != lease.lessor_id and not is_platform:
            continue
        whole = _("All that {seller} bills").format(seller=part.seller.name)
        made.append({"value": f"{part.seller.public_id}:", "label": whole})
        lines = {one.line.component: one.line for one in part.draft.lines}
        meters = Counter(line.meter for line in lines.values() if line.meter)
        for meter in (one for one, count in meters.items() if count > 1):
            label = _("{seller} · all of: {meter}").format(
                seller=part.seller.name, meter=words.meter_name(meter)
            )
            made.append({"value": f"{part.seller.public_id}:{METER}{meter}", "label": label})
        for component, line in lines.items():
            name = words.line_name(line.kind, line.meter)
            label = f"{part.seller.name} · {name}"
            made.append({"value": f"{part.seller.public_id}:{component}", "label": label})
    return made


def _fact(one: Changing) -> dict[str, Any]:
    name = BillObjection.Effect(one.effect).label
    return {"value": f"{one.effect}:{one.source}", "name": name, "day": one.day, "text": one.text}


def _held(one: Any) -> dict[str, Any]:
    meter = one.meter
    return {
        "item": one,
        "name": words.meter_name(meter),
        "quantity": words.shown(meter, one.quantity),
        "unit": words.unit_name(meter),
    }


def _state(state: State) -> str:
    names = {
        State.COMPLETE: _("complete"),
        State.INCOMPLETE: _("incomplete"),
        State.PROVISIONAL: _("provisional"),
    }
    return names[state]


def _say(request: HttpRequest, error: DomainError) -> None:
    if isinstance(error, NotAllowed):
        raise error
    if isinstance(error, Invalid):
        said = " ".join(_(flaw.text).format(**flaw.facts) for flaw in error.flaws)
    else:
        said = _(error.text).format(**error.facts)
    messages.error(request, said)


def _back(lease: Lease, day: str) -> HttpResponse:
    query = urlencode({"period": day[:10]})
    return redirect(f"{provisional.page_of(lease=lease)}?{query}")


def _by(request: HttpRequest) -> dict[str, Any]:
    return {"within": acting_organization(request), "by": request.user, "at": clock.now()}
