"""The hand-over on a phone: the lessor fills in the checklist, the lessee confirms; and the photos."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from leasing.actions import deposits, handovers, photos, records
from leasing.models import ConditionRecord, Lease, LeaseUnit, Photo
from leasing.rules import record_papers
from leasing.rules.checklists import checklist
from leasing.rules.condition import Acceptance, Condition, Kind, Reading, Result, Seen, Shot, Source
from leasing.rules.leases import BOUND, Move, Status, can
from leasing.web import batch_records, insurance, returned
from leasing.web.words import said
from marketplace.models import Organization
from marketplace.permissions import Permission, allowed, require
from marketplace.rules.photos import LARGEST_UPLOAD, MEDIA_TYPE
from marketplace.rules.pricing import words
from marketplace.shared import clock
from marketplace.shared.errors import Flaw, Invalid, NotPossible

RESULTS = {one: gettext_lazy(text) for one, text in record_papers.RESULTS.items()}
ACCEPTANCES = {one: gettext_lazy(text) for one, text in record_papers.ACCEPTANCES.items()}
# A photo is a photo: whoever opens its address gets no page.
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
    "Content-Disposition": "inline; filename=photo.jpg",
}


class HandoverForm(forms.Form):
    """What is written down of one machine; a field, words and a photo for each item of its checklist."""

    serial = forms.CharField(label=gettext_lazy("Serial number, read from the nameplate"), max_length=120)
    place = forms.CharField(label=gettext_lazy("Place of use"), max_length=200, required=False)
    acceptance = forms.ChoiceField(
        label=gettext_lazy("Acceptance run"), choices=[(one.value, text) for one, text in ACCEPTANCES.items()]
    )
    trained = forms.BooleanField(label=gettext_lazy("The people were trained"), required=False)
    note = forms.CharField(
        label=gettext_lazy("Accessories and whatever else should be said"),
        max_length=500,
        required=False,
        widget=forms.Textarea({"rows": 2}),
    )

    def __init__(self, *args: Any, unit: LeaseUnit, meters: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.items, self.meters = checklist(unit.equipment.category.family), meters
        for meter in meters:
            label = _("Counter now: {meter}").format(meter=_(words.METERS[meter]))
            self.fields[f"meter-{meter}"] = forms.DecimalField(
                label=label, min_value=0, max_digits=15, decimal_places=3
            )
        for item in self.items:
            results = [(one.value, text) for one, text in RESULTS.items()]
            self.fields[f"seen-{item.code}"] = forms.ChoiceField(label=_("How it is"), choices=results)
            self.fields[f"text-{item.code}"] = forms.CharField(
                label=_("What is to be seen"), max_length=500, required=False
            )
            self.fields[f"photo-{item.code}"] = forms.FileField(
                label=_("Photo"),
                required=item.photo,
                widget=forms.FileInput({"accept": "image/*", "capture": "environment"}),
            )

    def rows(self) -> list[dict[str, Any]]:
        """Return the items, each with its words and its three fields."""
        names = ("seen", "text", "photo")
        return [
            {"words": _(item.text)} | {name: self[f"{name}-{item.code}"] for name in names}
            for item in self.items
        ]

    def readings(self) -> list[Any]:
        """Return the fields of the counters."""
        return [self[f"meter-{meter}"] for meter in self.meters]

    def uploads(self) -> dict[str, bytes]:
        """Return the bytes of each photo by its item, cut behind what a photo may have."""
        files = {item.code: self.cleaned_data.get(f"photo-{item.code}") for item in self.items}
        return {code: file.read(LARGEST_UPLOAD + 1) for code, file in files.items() if file}

    def condition(self, shots: tuple[Shot, ...]) -> Condition:
        """Return what was typed as the action takes it."""
        typed, at = self.cleaned_data, clock.now()
        return Condition(
            happened_at=at,
            place=typed["place"],
            checklist=tuple(
                Seen(one.code, Result(typed[f"seen-{one.code}"]), typed[f"text-{one.code}"].strip())
                for one in self.items
            ),
            serials=(typed["serial"].strip(),),
            readings=tuple(
                Reading(meter, format(typed[f"meter-{meter}"], "f"), Source.PANEL, at)
                for meter in self.meters
            ),
            photos=shots,
            acceptance=Acceptance(typed.get("acceptance", Acceptance.NOT_RUN)),
            trained=typed.get("trained", False),
            note=typed["note"],
        )

    def show(self, flaws: tuple[Flaw, ...]) -> None:
        """Put each flaw of the record at its field."""
        for flaw in flaws:
            item = flaw.pointer.rpartition("/")[2]
            name = {"/serials": "serial", "/place": "place", "/note": "note"}.get(flaw.pointer)
            name = f"text-{item}" if f"text-{item}" in self.fields else name
            self.add_error(name, _(flaw.text).format(**flaw.facts))


@login_required
def hand_over(request: HttpRequest, public_id: str) -> HttpResponse:
    """Hand a machine over as the lessor: the checklist is filled in, faults are said, photos are taken."""
    lease = get_object_or_404(_leases(request), public_id=public_id)
    require(request.user, Permission.LEASE_OPERATE, within=lease.lessor)  # type: ignore[arg-type]
    unit = _unit(request, lease)
    if unit is None:
        messages.info(request, _("No machine of this lease waits to be handed over."))
        return redirect("lease", public_id)
    known = records.measured(unit=unit, lease=lease, at=clock.now())
    meters = [rule.meter for rule in lease.agreed.count_rules if rule.meter not in known]
    form = HandoverForm(
        request.POST or None,
        request.FILES or None,
        unit=unit,
        meters=meters,
        initial={"place": f"{lease.listing.site.city} {lease.listing.site.name}"},
    )

    def act(given: Condition) -> Lease:
        return handovers.hand_over(
            lease=lease,
            unit=unit.public_id,
            given=given,
            by=request.user,  # type: ignore[arg-type]
            at=clock.now(),
        )

    if request.method == "POST" and form.is_valid() and kept(request, lease, form, act):
        messages.success(request, _handed(lease))
        return redirect("lease", public_id)
    context = {"form": form, "lease": lease, "machine": unit.equipment, "unit": unit, "known": list(known)}
    early = clock.now() < unit.claim.core.lower
    context |= {
        "comes": lease.active_from is not None,
        "comes_from": unit.claim.core.lower if early else None,
    }
    context |= batch_records.handover_part(unit, clock.now())
    context |= insurance.handover_part(unit, clock.now())
    return render(request, "leasing/handover.html", context)


@require_POST
@login_required
def secure(request: HttpRequest, public_id: str) -> HttpResponse:
    """Write down that the deposit is held."""
    lease = get_object_or_404(_leases(request), public_id=public_id)
    reference = request.POST.get("reference", "")
    try:
        deposits.secure(lease=lease, reference=reference, by=request.user, at=clock.now())  # type: ignore[arg-type]
    except (NotPossible, Invalid) as error:
        messages.error(request, said(error))
    return redirect("lease", public_id)


@login_required
def photo(request: HttpRequest, public_id: str) -> HttpResponse:
    """Give a photo to the two sides of its lease, as a picture and nothing else."""
    visible = Photo.objects.visible_to(request.user)  # type: ignore[arg-type]
    found = get_object_or_404(visible, public_id=public_id)
    return HttpResponse(bytes(found.content), content_type=MEDIA_TYPE, headers=HEADERS)


def part(request: HttpRequest, lease: Lease) -> dict[str, Any]:
    """Return what the page of a lease shows of its hand-over."""
    if lease.status not in BOUND and lease.active_from is None:
        return {}
    found = ConditionRecord.objects.filter(lease=lease).select_related("answer").with_referrals()
    found = found.order_by("-pk")
    held = getattr(lease, "held_deposit", None)
    lessor = allowed(request.user, Permission.LEASE_OPERATE, within=lease.lessor)  # type: ignore[arg-type]
    lessee = allowed(request.user, Permission.LEASE_OPERATE, within=lease.lessee)  # type: ignore[arg-type]
    may_secure = can(Move.SECURE, Status(lease.status)) and lessor
    open_now = can(Move.HAND_OVER, Status(lease.status)) and lessor
    coming = _coming(lease)
    return {
        "condition_records": [one for one in found if one.kind == Kind.HANDOVER],
        "way_back": returned.way_back(lease, list(found), may_operate=lessor, may_give_back=lessee),
        "held_deposit": held,
        "may_secure": may_secure and bool(lease.deposit) and held is None,
        "may_hand_over": may_secure and lease.period.contains(clock.now()),
        "coming": coming if open_now and not may_secure else [],
        "silent": _silent(lease, list(found), {one.pk for one in coming}),
    }


def _coming(lease: Lease) -> list[LeaseUnit]:
    """Return the machines of a lease whose use has not begun."""
    return [one for one in lease.units.all() if one.active_from is None and one.state != LeaseUnit.State.GONE]


def _silent(lease: Lease, found: list[ConditionRecord], coming: set[int]) -> bool:
    """Tell whether the lessee let the time pass in which it could answer the last record of a machine."""
    last = next((one for one in found if one.kind == Kind.HANDOVER and one.unit_id in coming), None)
    if last is None or not can(Move.ACTIVATE, Status(lease.status)):
        return False
    return records.answer_of(record=last) is None and last.answer_until <= clock.now()


def kept(
    request: HttpRequest,
    lease: Lease,
    form: HandoverForm,
    act: Callable[[Condition], Lease],
    within: Organization | None = None,
) -> bool:
    """
    Keep photos and record of a side (else the lessor's) together, or neither; flaws stand in the form.

    ``act`` writes the record of the condition that was typed, with its photos.
    """
    by, at, item = request.user, clock.now(), ""
    try:
        pictures = {}
        for item, data in form.uploads().items():
            pictures[item] = photos.read(data=data, pointer="/photo")
        with transaction.atomic():
            shots = []
            for item, picture in pictures.items():
                taken = photos.put(lease=lease, picture=picture, by=by, within=within or lease.lessor, at=at)  # type: ignore[arg-type]
                shots.append(Shot(taken.public_id, "", item))
            act(form.condition(tuple(shots)))
    except photos.PhotoInvalid as error:
        form.add_error(f"photo-{item}", said(error))
    except records.ConditionInvalid as error:
        form.show(error.flaws)
    except (NotPossible, Invalid) as error:
        form.add_error(None, said(error))
    return not form.errors


def _handed(lease: Lease) -> str:
    if lease.active_from is not None:
        return _("Handed over. The lessee confirms the record; then the machine is in use and billed.")
    return _("Handed over. The lessee confirms the record; then the lease runs.")


def _leases(request: HttpRequest) -> Any:
    return Lease.objects.visible_to(request.user).with_parties()  # type: ignore[arg-type]


def _unit(request: HttpRequest, lease: Lease) -> LeaseUnit | None:
    """Return the machine that the address names, or the first that has no record yet; none if none waits."""
    units = lease.units.coming().select_related("equipment__category", "claim").order_by("pk")
    named = request.GET.get("unit")
    if named:
        return get_object_or_404(units, public_id=named)
    handed = ConditionRecord.objects.filter(lease=lease, kind=Kind.HANDOVER).values("unit")
    return units.exclude(pk__in=handed).first() or units.first()
