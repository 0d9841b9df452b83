"""Records of a machine on pages: what was done and until when it holds, with one form a kind."""

import hashlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from marketplace.actions import equipment_records
from marketplace.filters import DayField
from marketplace.gateway.files import asked_format, list_answer, moment_cell
from marketplace.models import Equipment, EquipmentRecord, Organization
from marketplace.permissions import Permission, allowed
from marketplace.queries import whole_days
from marketplace.rules.equipment_records import HAS, LONGEST, NEEDS, Kind, Result, Written
from marketplace.shared import clock
from marketplace.shared.errors import DomainError, Invalid, NotPossible

PAGE = 50
LARGEST_DOCUMENT = 20 * 1024 * 1024
DONE = {Kind.BATCH: gettext_lazy("When it ended, or began if it is still running")}
REFERENCE = {Kind.CALIBRATION: gettext_lazy("Number of the certificate")}
BADGES = {Result.OPEN: "info", Result.PASSED: "run", Result.FAILED: "fault"}


class EquipmentRecordForm(forms.Form):
    """One record; it has the fields of its kind alone."""

    result = forms.ChoiceField(label=gettext_lazy("Result"))
    done_at = forms.DateTimeField(
        label=gettext_lazy("When it was done"),
        widget=forms.DateTimeInput({"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
    )
    done_by = forms.CharField(label=gettext_lazy("Who did it"), max_length=LONGEST["done_by"])
    batch = forms.CharField(label=gettext_lazy("Batch number"), max_length=LONGEST["batch"])
    product = forms.CharField(label=gettext_lazy("Code of the product"), max_length=LONGEST["product"])
    released_by = forms.CharField(
        label=gettext_lazy("Released or rejected by"),
        help_text=gettext_lazy("Leave it empty while the batch is running."),
        max_length=LONGEST["released_by"],
        required=False,
    )
    reference = forms.CharField(label=gettext_lazy("Number of the paper"), max_length=LONGEST["reference"])
    valid_until = DayField(
        label=gettext_lazy("Last day on which it holds"),
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
        required=False,
    )
    document = forms.FileField(
        label=gettext_lazy("The document"),
        help_text=gettext_lazy("Its fingerprint is kept, the file stays with you. At most 20 MB."),
        required=False,
    )
    note = forms.CharField(
        label=gettext_lazy("Note"),
        max_length=LONGEST["note"],
        required=False,
        widget=forms.Textarea({"rows": 2}),
    )

    def __init__(self, *args: Any, kind: Kind, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind = kind
        for name in ("batch", "product", "released_by", "reference", "valid_until"):
            if name not in HAS[kind]:
                del self.fields[name]
        self.fields["reference"].required = "reference" in NEEDS.get(kind, ())
        self.fields["done_at"].label = DONE.get(kind, self.fields["done_at"].label)
        self.fields["reference"].label = REFERENCE.get(kind, self.fields["reference"].label)
        if kind is Kind.CALIBRATION:
            self.fields["valid_until"].help_text = gettext_lazy("Needed if it was found good.")
        results = [one for one in EquipmentRecord.Outcome.choices if kind is Kind.BATCH or one[0] != "OPEN"]
        self.fields["result"].choices = results  # type: ignore[attr-defined]

    def clean_document(self) -> str:
        """Return the SHA-256 of the document, or nothing."""
        file = self.cleaned_data["document"]
        if file is None:
            return ""
        if file.size > LARGEST_DOCUMENT:
            raise forms.ValidationError(_("The document has more than 20 MB."))
        digest = hashlib.sha256()
        for part in file.chunks():
            digest.update(part)
        return digest.hexdigest()

    def written(self) -> Written:
        """Return what was typed as the action takes it."""
        typed = dict(self.cleaned_data)
        last = typed.pop("valid_until", None)
        return Written(
            kind=self.kind,
            result=Result(typed.pop("result")),
            valid_until=whole_days(last, last).end if last else None,
            document_sha256=typed.pop("document"),
            **typed,
        )

    def say(self, error: DomainError) -> None:
        """Put each flaw of a refusal at its field."""
        for flaw in error.flaws:
            name = flaw.pointer.removeprefix("/")
            self.add_error(name if name in self.fields else None, _(flaw.text).format(**flaw.facts))
        if not error.flaws:
            self.add_error(None, _(error.text).format(**error.facts))


@login_required
def of_machine(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Show the records of one's own machine, and append one."""
    mine = Equipment.objects.visible_to(request.user).select_related("owner")  # type: ignore[arg-type]
    machine = get_object_or_404(mine, public_id=public_id)

    def add(**given: Any) -> Any:
        return equipment_records.add(equipment=machine, by=request.user, at=clock.now(), **given)  # type: ignore[arg-type]

    may_add = allowed(request.user, Permission.EQUIPMENT_EDIT, within=machine.owner)  # type: ignore[arg-type]
    context = {"machine": machine, "heading": machine.name}
    found = EquipmentRecord.objects.filter(equipment=machine)
    return records_page(request, found, machine.owner, tuple(Kind), may_add, add, context)


def records_page(
    request: HttpRequest,
    found: Any,
    organization: Organization,
    kinds: tuple[Kind, ...],
    may_add: bool,
    add: Callable[..., Any],
    context: dict[str, Any],
    query: str = "",
) -> HttpResponseBase:
    """
    Show records that somebody may see, with a form of the chosen kind for ``add``.

    ``query`` is what all addresses of the page begin with, such as ``unit=lun_1&``.
    """
    if asked := asked_format(request):
        return list_answer(asked, "equipment-records", _columns(), found.listed(), _cells)
    kind = next((one for one in kinds if one.value == request.GET.get("kind")), kinds[0])
    old = (
        found.in_force().filter(public_id=request.GET.get("replaces", ""), organization=organization).first()
    )
    kind = Kind(old.kind) if old is not None else kind
    sent = (request.POST, request.FILES) if request.method == "POST" else ()
    form = EquipmentRecordForm(*sent, kind=kind, initial=_initial(old))
    if sent and form.is_valid() and _added(form, old, add):
        messages.success(request, _("Written down. It cannot be changed; a newer record can take its place."))
        return redirect(f"{request.path}?{query}" if query else request.path)
    page = Paginator(found.listed(), PAGE).get_page(request.GET.get("page"))
    now = clock.now()
    more = {
        "page": page,
        "rows": [row(one, organization, kinds, now) for one in page],
        "form": form,
        "old": old,
        "may_add": may_add,
        "tabs": [_tab(one, kind, query) for one in kinds],
        "unit_query": query,
    }
    status = 400 if form.errors else 200
    return render(request, "leasing/equipment_records.html", context | more, status=status)


def row(
    record: EquipmentRecord, organization: Organization, kinds: tuple[Kind, ...], now: Any
) -> dict[str, Any]:
    """Return what a page shows of a record."""
    replaced = getattr(record, "replaced_by", None) is not None
    return {
        "record": record,
        "badge": "off" if replaced else BADGES[Result(record.result)],
        "replaced": replaced,
        "over": record.valid_until is not None and record.valid_until <= now and not replaced,
        "last_day": record.valid_until and timezone.localdate(record.valid_until - timedelta(microseconds=1)),
        "may_replace": not replaced and _may_replace(record, organization, kinds),
    }


def _columns() -> list[str]:
    done = [_("Record"), _("Result"), _("When it was done"), _("Who did it"), _("Released or rejected by")]
    what = [_("Batch number"), _("Code of the product"), _("Last day on which it holds")]
    return [
        *done,
        *what,
        _("Number of the paper"),
        _("Fingerprint (SHA-256)"),
        _("Note"),
        _("Written down by"),
    ]


def _cells(record: EquipmentRecord) -> list[object]:
    """Return a record as a row of a file; of a brief one what its row on the page says, and no names."""
    brief = getattr(record, "brief", False)
    replaced = getattr(record, "replaced_by", None) is not None
    result = _("a newer one holds") if replaced else record.get_result_display()
    last = record.valid_until and timezone.localdate(record.valid_until - timedelta(microseconds=1))
    what = [record.released_by, record.batch, record.product, last]
    who = "" if brief else f"{record.organization.name} · {record.recorded_by_name}"
    evidence = ["", "", ""] if brief else [record.reference, record.document_sha256, record.note]
    done = [moment_cell(record.done_at), "" if brief else record.done_by]
    return [record.get_kind_display(), result, *done, *what, *evidence, who]


def _may_replace(record: EquipmentRecord, organization: Organization, kinds: tuple[Kind, ...]) -> bool:
    """Tell whether an organization may write a newer record: of its own, and the owner of what is open."""
    owner = record.equipment.owner_id == organization.pk
    mine = record.organization_id == organization.pk or (owner and record.result == Result.OPEN)
    return mine and Kind(record.kind) in kinds


def _initial(old: EquipmentRecord | None) -> dict[str, Any]:
    """Begin with the record whose place is taken, or with now."""
    now = timezone.localtime(clock.now()).replace(second=0, microsecond=0)
    if old is None:
        return {"done_at": now, "result": Result.PASSED}
    names = ("result", "done_at", "done_by", "batch", "product", "released_by", "reference", "note")
    known = {name: getattr(old, name) for name in names}
    if old.result == Result.OPEN:
        known |= {"result": Result.PASSED, "done_at": now}
    if old.valid_until:
        known["valid_until"] = timezone.localdate(old.valid_until - timedelta(microseconds=1))
    return known


def _added(form: EquipmentRecordForm, old: EquipmentRecord | None, add: Callable[..., Any]) -> bool:
    try:
        add(given=form.written(), replaces=old.public_id if old else "")
    except (NotPossible, Invalid) as error:
        form.say(error)
    return not form.errors


def _tab(kind: Kind, chosen: Kind, query: str) -> dict[str, Any]:
    label = EquipmentRecord.About(kind.value).label
    return {"label": label, "url": f"?{query}kind={kind.value}#add", "active": kind is chosen}
