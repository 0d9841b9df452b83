"""The return on a phone: either side fills in the checklist beside what the hand-over said."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from leasing.actions import records, returns
from leasing.models import ConditionRecord, Lease, LeaseUnit
from leasing.rules.condition import Condition, Kind, Shot
from leasing.rules.leases import BACK, Side
from leasing.rules.returns import DataWipe, Wipe
from leasing.rules.sla import sla_of
from leasing.web.handovers import HandoverForm, kept
from leasing.web.record_words import WIPES
from leasing.web.records import seen_before
from leasing.web.words import said
from marketplace.permissions import Permission, require
from marketplace.queries import acting_organization
from marketplace.shared import clock
from marketplace.shared.errors import Flaw, NotPossible

WRITTEN = {
    False: gettext_lazy("Taken back. The lessee confirms how, or objects within three days."),
    True: gettext_lazy("Written down. The lessor confirms it, or objects within three days."),
}


class ReturnForm(HandoverForm):
    """What is written down of a machine that came back; each item and accessory beside what went out."""

    def __init__(
        self, *args: Any, unit: LeaseUnit, meters: list[str], before: Mapping[str, Any] | None, **kwargs: Any
    ) -> None:
        super().__init__(*args, unit=unit, meters=meters, **kwargs)
        self.before = before
        self.fields["place"].label = _("Place of the return")
        self.fields["note"].label = _("Whatever else should be said")
        for name in ("acceptance", "trained"):
            del self.fields[name]
        self.sent = sorted((before or {}).get("accessories", {}).items())
        for number, (name, count) in enumerate(self.sent):
            label = _("{name}: {count} went out, came back").format(name=name, count=count)
            self.fields[f"accessory-{number}"] = forms.IntegerField(label=label, min_value=0, max_value=9999)
        self.fields["wipe"] = forms.ChoiceField(
            label=_("Memory of the machine: programs and parameters of the lessee"),
            choices=[("", "–"), *((one.value, text) for one, text in WIPES.items())],
        )
        self.fields["wipe_reason"] = forms.CharField(
            label=_("Why it is not wiped"), max_length=500, required=False
        )

    def rows(self) -> list[dict[str, Any]]:
        """Return the items, each with its fields and with what the hand-over said of it."""
        then = seen_before(self.before)
        pairs = zip(self.items, super().rows(), strict=True)
        return [row | {"before": then.get(item.code)} for item, row in pairs]

    def counts(self) -> list[Any]:
        """Return the fields of the accessories."""
        return [self[f"accessory-{number}"] for number, _sent in enumerate(self.sent)]

    def condition(self, shots: tuple[Shot, ...]) -> Condition:
        """Return what was typed as the action takes it."""
        back = {name: self.cleaned_data[f"accessory-{n}"] for n, (name, _count) in enumerate(self.sent)}
        wiped = self.wiped().state == Wipe.WIPED
        return replace(super().condition(shots), accessories=back, data_wiped=wiped)

    def wiped(self) -> DataWipe:
        """Return what was said of the memory."""
        return DataWipe(Wipe(self.cleaned_data["wipe"]), self.cleaned_data["wipe_reason"])

    def show(self, flaws: tuple[Flaw, ...]) -> None:
        """Put each flaw of the record at its field."""
        reasons = tuple(flaw for flaw in flaws if flaw.pointer == "/data_wipe/reason")
        for flaw in reasons:
            self.add_error("wipe_reason", _(flaw.text).format(**flaw.facts))
        super().show(tuple(flaw for flaw in flaws if flaw not in reasons))


@login_required
def take_back(request: HttpRequest, public_id: str) -> HttpResponse:
    """Write a return down as either side; a machine that cannot come back yet is said, with what to do."""
    visible = Lease.objects.visible_to(request.user).with_parties()  # type: ignore[arg-type]
    lease = get_object_or_404(visible, public_id=public_id)
    acting = acting_organization(request)
    within = lease.lessee if acting == lease.lessee else lease.lessor
    require(request.user, Permission.LEASE_OPERATE, within=within)  # type: ignore[arg-type]
    unit = _unit(request, lease)
    form = _form(request, lease, unit)

    def act(given: Condition) -> Lease:
        return returns.take_back(
            lease=lease,
            unit=unit.public_id,
            given=given,
            wipe=form.wiped(),
            within=within,
            by=request.user,  # type: ignore[arg-type]
            at=clock.now(),
        )

    if request.method == "POST" and form.is_valid() and kept(request, lease, form, act, within):
        messages.success(request, str(WRITTEN[within == lease.lessee]))
        return redirect("lease", public_id)
    context = {
        "by_lessee": within == lease.lessee,
        "inspection_days": sla_of(lease.terms).inspection.days,
        "form": form,
        "lease": lease,
        "machine": unit.equipment,
        "refusal": _refusal(unit, Side.LESSEE if within == lease.lessee else Side.LESSOR),
        "measured": list(records.measured(unit=unit, lease=lease, at=clock.now())),
    }
    return render(request, "leasing/return.html", context)


def _form(request: HttpRequest, lease: Lease, unit: LeaseUnit) -> ReturnForm:
    known = records.measured(unit=unit, lease=lease, at=clock.now())
    handed = ConditionRecord.objects.latest_for(unit, Kind.HANDOVER)
    return ReturnForm(
        request.POST or None,
        request.FILES or None,
        unit=unit,
        meters=[rule.meter for rule in lease.agreed.count_rules if rule.meter not in known],
        before=handed.document if handed else None,
        initial={"place": f"{lease.listing.site.city} {lease.listing.site.name}"},
    )


def _refusal(unit: LeaseUnit, side: Side) -> str:
    """Say why a side cannot write a return down now, if it cannot."""
    try:
        returns.check(unit=unit, side=side, at=clock.now())
    except NotPossible as error:
        return said(error)
    return ""


def _unit(request: HttpRequest, lease: Lease) -> LeaseUnit:
    """Return the machine that the address names, or the first one that is still to come back."""
    units = lease.units.select_related("equipment__category").order_by("pk")
    if named := request.GET.get("unit"):
        return get_object_or_404(units, public_id=named)
    coming = units.exclude(active_to=None).exclude(state__in=[*BACK, LeaseUnit.State.GONE])
    return coming.first() or units.first() or get_object_or_404(units, pk=None)
