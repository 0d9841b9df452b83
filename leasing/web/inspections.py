"""Inspection, repair and readiness on a phone: findings stand beside what the hand-over said."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from leasing.actions import inspections, readiness
from leasing.models import ConditionRecord, Lease, LeaseUnit
from leasing.rules.condition import Condition, Kind, Shot
from leasing.rules.inspections import LONGEST_REPLY, SHORTEST_REPLY, WHOLE, Finding, FindingKind
from leasing.rules.leases import BACK
from leasing.rules.returns import is_left
from leasing.web.handovers import HandoverForm, kept
from leasing.web.record_words import FINDINGS
from leasing.web.records import seen_before
from leasing.web.words import said
from marketplace.models import Claim
from marketplace.permissions import Permission, require
from marketplace.shared import clock
from marketplace.shared.errors import Flaw, Invalid, NotPossible
from marketplace.shared.money import PLACES

DAYS_TO_REPLY = 7


class InspectionForm(HandoverForm):
    """What is found at a machine that came back; beside each item stands what the hand-over said."""

    def __init__(
        self,
        *args: Any,
        unit: LeaseUnit,
        currency: str,
        before: Mapping[str, Any] | None,
        memory_left: bool,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, unit=unit, meters=[], **kwargs)
        self.before, self.currency = before, currency
        self.fields["place"].label = _("Place of the inspection")
        self.fields["note"].label = _("Whatever else should be said")
        for name in ("acceptance", "trained"):
            del self.fields[name]
        for item in self.items:
            self._add_finding(item.code)
        self.fields["reply_days"] = forms.IntegerField(
            label=_("Days that the lessee has to answer"),
            min_value=SHORTEST_REPLY.days,
            max_value=LONGEST_REPLY.days,
            initial=DAYS_TO_REPLY,
        )
        if memory_left:
            self.fields["wiped"] = forms.BooleanField(
                label=_("The memory of the machine is wiped now"), required=False
            )

    def _add_finding(self, code: str) -> None:
        choices = [("", _("no finding")), *((one.value, text) for one, text in FINDINGS.items())]
        self.fields[f"kind-{code}"] = forms.ChoiceField(
            label=_("Finding"), choices=choices, required=False, help_text=_("Its words are those above.")
        )
        self.fields[f"estimate-{code}"] = forms.DecimalField(
            label=_("Estimate before tax, {currency}").format(currency=self.currency),
            min_value=0,
            max_digits=12,
            decimal_places=PLACES[self.currency],
            required=False,
        )
        self.fields[f"percent-{code}"] = forms.IntegerField(
            label=_("Share of the lessee, per cent"), min_value=0, max_value=WHOLE, required=False
        )

    def rows(self) -> list[dict[str, Any]]:
        """Return the items, each with its fields and with what the hand-over said of it."""
        then, names = seen_before(self.before), ("kind", "estimate", "percent")
        return [
            row | {"before": then.get(item.code)} | {name: self[f"{name}-{item.code}"] for name in names}
            for item, row in zip(self.items, super().rows(), strict=True)
        ]

    def condition(self, shots: tuple[Shot, ...]) -> Condition:
        """Return what was typed as the action takes it."""
        given = super().condition(shots)
        return Condition(
            happened_at=given.happened_at,
            place=given.place,
            checklist=given.checklist,
            serials=given.serials,
            photos=given.photos,
            data_wiped=self.cleaned_data.get("wiped", False),
            note=given.note,
        )

    def findings(self) -> list[Finding]:
        """Return what was found at the items that have a finding."""
        typed, places = self.cleaned_data, PLACES[self.currency]
        return [
            Finding(
                item=one.code,
                kind=FindingKind(typed[f"kind-{one.code}"]),
                text=typed[f"text-{one.code}"].strip(),
                estimate_minor=int((typed[f"estimate-{one.code}"] or Decimal(0)).scaleb(places)),
                lessee_percent=typed[f"percent-{one.code}"] or 0,
            )
            for one in self.items
            if typed[f"kind-{one.code}"]
        ]

    def reply_until(self, at: datetime) -> datetime:
        """Return until when the lessee may answer."""
        return at + timedelta(days=self.cleaned_data["reply_days"])

    def show(self, flaws: tuple[Flaw, ...]) -> None:
        """Put each flaw of the record at its field."""
        mine = tuple(flaw for flaw in flaws if flaw.pointer.startswith("/findings/"))
        for flaw in mine:
            name = f"kind-{flaw.pointer.rpartition('/')[2]}"
            self.add_error(name if name in self.fields else None, _(flaw.text).format(**flaw.facts))
        super().show(tuple(flaw for flaw in flaws if flaw not in mine))


class RepairForm(forms.Form):
    """What is repaired, and how long."""

    work = forms.CharField(
        label=gettext_lazy("What is repaired"), max_length=500, widget=forms.Textarea({"rows": 2})
    )
    days = forms.IntegerField(
        label=gettext_lazy("For how many days"),
        min_value=1,
        max_value=366,
        required=False,
        help_text=gettext_lazy("The calendar of the machine is taken for so long, where it is free."),
    )


class ReadyForm(forms.Form):
    """That the machine is ready; its memory must be wiped."""

    wiped = forms.BooleanField(label=gettext_lazy("The memory of the machine is wiped now"), required=False)


@login_required
def inspect(request: HttpRequest, public_id: str) -> HttpResponse:
    """Inspect a machine that came back; one that cannot be inspected now is said, with what to do."""
    lease, unit = _found(request, public_id)
    form = _form(request, lease, unit)

    def act(given: Condition) -> Lease:
        at = clock.now()
        return inspections.inspect(
            lease=lease,
            unit=unit.public_id,
            given=given,
            findings=form.findings(),
            reply_until=form.reply_until(at),
            by=request.user,  # type: ignore[arg-type]
            at=at,
        )

    if request.method == "POST" and form.is_valid() and kept(request, lease, form, act):
        messages.success(request, _("Inspected. What follows stands with the machine."))
        return redirect("lease", public_id)
    context = {"form": form, "lease": lease, "machine": unit.equipment}
    context["refusal"] = _refusal(lambda: inspections.check(unit=unit))
    return render(request, "leasing/inspection.html", context)


@login_required
def make_ready(request: HttpRequest, public_id: str) -> HttpResponse:
    """Repair an inspected machine, or make it ready."""
    lease, unit = _found(request, public_id)
    wanted = request.POST.get("act", "")
    repair = RepairForm(request.POST if wanted == "repair" else None)
    ready = ReadyForm(request.POST if wanted == "ready" else None)
    if wanted == "repair" and repair.is_valid() and _repaired(request, lease, unit, repair):
        return redirect("lease", public_id)
    if wanted == "ready" and ready.is_valid() and _made_ready(request, lease, unit, ready):
        return redirect("lease", public_id)
    context = {
        "repair": repair,
        "ready": ready,
        "lease": lease,
        "unit": unit,
        "machine": unit.equipment,
        "memory_open": readiness.memory_open(unit=unit),
        "refusal": _refusal(lambda: readiness.check(unit=unit, at=clock.now())),
    }
    return render(request, "leasing/readiness.html", context)


def _repaired(request: HttpRequest, lease: Lease, unit: LeaseUnit, form: RepairForm) -> bool:
    at, days = clock.now(), form.cleaned_data["days"]
    until = at + timedelta(days=days) if days else None
    given: dict[str, Any] = {"by": request.user, "at": at, "unit": unit.public_id, "until": until}
    try:
        done = readiness.repair(lease=lease, work=form.cleaned_data["work"], **given)
    except (NotPossible, Invalid) as error:
        form.add_error(None, said(error))
        return False
    step = done.transitions.order_by("position").last()
    if step is not None and step.facts.get("meets"):
        messages.warning(request, _meets(step.facts["meets"], lease))
    messages.success(request, _("The machine is being repaired. The lessee is told."))
    return True


def _meets(claim: str, lease: Lease) -> str:
    """Say which lease stands in the time of a repair that the calendar could not take."""
    met = Claim.objects.get(public_id=claim)
    other = Lease.objects.filter(public_id=met.reference).first()
    text = _("From {starts_at} the calendar is taken: {whose}. The repair is not entered there.")
    moment = met.period.lower.astimezone(lease.agreed.zone)
    whose = f"{met.get_reason_display()} {other.number if other else ''}".strip()
    return text.format(whose=whose, starts_at=f"{moment:%Y-%m-%d %H:%M}")


def _made_ready(request: HttpRequest, lease: Lease, unit: LeaseUnit, form: ReadyForm) -> bool:
    given: dict[str, Any] = {"by": request.user, "at": clock.now(), "unit": unit.public_id}
    try:
        readiness.ready(lease=lease, wiped=form.cleaned_data["wiped"], **given)
    except (NotPossible, Invalid) as error:
        form.add_error(None, said(error))
        return False
    messages.success(request, _("The machine is ready: it can be leased from now on."))
    return True


def _found(request: HttpRequest, public_id: str) -> tuple[Lease, LeaseUnit]:
    """Return the lease and the machine that the address names, or the first that is back and not ready."""
    visible = Lease.objects.visible_to(request.user).with_parties()  # type: ignore[arg-type]
    lease = get_object_or_404(visible, public_id=public_id)
    require(request.user, Permission.LEASE_OPERATE, within=lease.lessor)  # type: ignore[arg-type]
    units = lease.units.select_related("equipment__category", "lease").order_by("pk")
    if named := request.GET.get("unit"):
        return lease, get_object_or_404(units, public_id=named)
    back = units.filter(state__in=BACK - {LeaseUnit.State.READY}).first()
    return lease, back or units.first() or get_object_or_404(units, pk=None)


def _form(request: HttpRequest, lease: Lease, unit: LeaseUnit) -> InspectionForm:
    handed = ConditionRecord.objects.latest_for(unit, Kind.HANDOVER)
    back = ConditionRecord.objects.latest_for(unit, Kind.RETURN)
    document = back.document if back else {"serials": [], "place": ""}
    left = back is not None and is_left(back.document)
    return InspectionForm(
        request.POST or None,
        request.FILES or None,
        unit=unit,
        currency=lease.agreed.price_plan.currency,
        before=handed.document if handed else None,
        memory_left=left,
        initial={"serial": next(iter(document["serials"]), ""), "place": document["place"]},
    )


def _refusal(check: Any) -> str:
    """Say why it cannot be done now, if it cannot."""
    try:
        check()
    except NotPossible as error:
        return said(error)
    return ""
