"""Documents of a machine on pages: handed out to those for whom they are meant; its owner keeps them."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from marketplace.actions import equipment_documents
from marketplace.actions.equipment_documents import Given
from marketplace.filters import DayField
from marketplace.models import Equipment, EquipmentDocument, Refurbishment
from marketplace.permissions import Permission, allowed, require
from marketplace.queries.equipment_documents import readable
from marketplace.rules.equipment_documents import LONGEST_TITLE, MOST, Audience, Kind
from marketplace.rules.proofs import LARGEST
from marketplace.shared import clock
from marketplace.shared.errors import DomainError, Invalid, NotPossible
from marketplace.web.figures import day_text
from marketplace.web.listing_photos import said
from marketplace.web.papers import ACCEPT

DONE = {
    "first": gettext_lazy("This document comes first now."),
    "describe": gettext_lazy("Kept."),
    "remove": gettext_lazy("The document is gone."),
}


class DescribeForm(forms.Form):
    """What a document is, until when it holds, and who reads it."""

    title = forms.CharField(label=gettext_lazy("Title"), max_length=LONGEST_TITLE)
    kind = forms.ChoiceField(label=gettext_lazy("Kind of document"), choices=EquipmentDocument.Kind.choices)
    audience = forms.ChoiceField(
        label=gettext_lazy("Who reads it"), choices=EquipmentDocument.Audience.choices
    )
    valid_until = DayField(
        label=gettext_lazy("Last day on which it holds"),
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
        required=False,
    )

    def given(self) -> Given:
        """Return what was typed as the action takes it."""
        typed = self.cleaned_data
        kind, audience = Kind(typed["kind"]), Audience(typed["audience"])
        return Given(kind, typed["title"], audience, typed["valid_until"])

    def say(self, error: DomainError) -> None:
        """Put each flaw of a refusal at its field."""
        for flaw in error.flaws:
            name = flaw.pointer.removeprefix("/")
            self.add_error(name if name in self.fields else None, _(flaw.text).format(**flaw.facts))
        if not error.flaws:
            self.add_error(None, _(error.text).format(**error.facts))


class DocumentForm(DescribeForm):
    """A new document; of a machine that was refurbished it is asked whether it belongs to that."""

    file = forms.FileField(
        label=gettext_lazy("File"),
        widget=forms.FileInput({"accept": ACCEPT}),
        help_text=gettext_lazy(
            "A PDF of at most 5 MB without scripts and attachments, or a JPEG, PNG or WebP of at most 15 MB."
        ),
    )
    refurbishment = forms.ModelChoiceField(
        label=gettext_lazy("Paper of the refurbishment"),
        queryset=Refurbishment.objects.none(),
        to_field_name="public_id",
        required=False,
        empty_label=gettext_lazy("of none"),
    )
    field_order = ("file", "title", "kind", "refurbishment", "audience", "valid_until")

    def __init__(self, machine: Equipment, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        lives = Refurbishment.objects.filter(equipment=machine).order_by("-begun_at", "-pk")
        if lives:
            known = self.fields["refurbishment"]
            known.queryset, known.label_from_instance = lives, _life_said  # type: ignore[attr-defined]
        else:
            del self.fields["refurbishment"]


def _life_said(one: Refurbishment) -> str:
    begun = _("begun on {day}").format(day=day_text(one.begun_at))
    return f"{begun} · {one.workshop}" if one.workshop else begun


@require_safe
def file(request: HttpRequest, public_id: str) -> HttpResponse:
    """Hand out a document: a picture to look at, a PDF as a download that no browser opens in the page."""
    found = get_object_or_404(readable(request, clock.today()), public_id=public_id)
    how = "inline" if found.ending == "jpg" else "attachment"
    headers = {
        "Content-Disposition": f'{how}; filename="{found.public_id}.{found.ending}"',
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-cache",
    }
    return HttpResponse(bytes(found.content), content_type=found.media_type, headers=headers)


@login_required
def of_machine(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show the documents of one's own machine, and add one."""
    machine = _mine(request, public_id)
    sent = request.method == "POST"
    if sent:
        require(request.user, Permission.EQUIPMENT_EDIT, within=machine.owner)  # type: ignore[arg-type]
    form = (
        DocumentForm(machine, request.POST, request.FILES)
        if sent
        else DocumentForm(machine, initial=_asked(request))
    )
    if sent and form.is_valid() and _added(request, machine, form):
        messages.success(request, _("Added. Listings of the machine show it to those for whom it is meant."))
        return redirect("equipment-documents", public_id)
    held = list(EquipmentDocument.objects.known().filter(equipment=machine).select_related("refurbishment"))
    hidden = set(EquipmentDocument.objects.filter(equipment=machine).hidden().values_list("pk", flat=True))
    context = {
        "machine": machine,
        "form": form,
        "rows": [_row(one, one.pk in hidden) for one in held],
        "left": MOST - len(held),
        "today": clock.today(),
        "may_edit": allowed(request.user, Permission.EQUIPMENT_EDIT, within=machine.owner),  # type: ignore[arg-type]
    }
    status = 400 if form.errors else 200
    return render(request, "marketplace/equipment_documents.html", context, status=status)


@require_POST
@login_required
def act(request: HttpRequest, public_id: str, item: str, verb: str) -> HttpResponse:
    """Put a document first, say what it is, or take it away; a refusal is said on the page."""
    machine = _mine(request, public_id)
    require(request.user, Permission.EQUIPMENT_EDIT, within=machine.owner)  # type: ignore[arg-type]
    mine = EquipmentDocument.objects.known().filter(equipment=machine)
    found = get_object_or_404(mine, public_id=item)
    found.equipment = machine
    who: dict[str, Any] = {"by": request.user, "at": clock.now()}
    try:
        if verb == "describe":
            form = DescribeForm(request.POST)
            if not form.is_valid():
                messages.error(
                    request, " ".join(str(text) for texts in form.errors.values() for text in texts)
                )
                return redirect("equipment-documents", public_id)
            equipment_documents.describe(document=found, given=form.given(), on=clock.today(), **who)
        elif verb == "first":
            others = mine.exclude(pk=found.pk).values_list("public_id", flat=True)
            equipment_documents.arrange(equipment=machine, order=[item, *others], **who)
        else:
            equipment_documents.remove(document=found, **who)
    except (NotPossible, Invalid) as error:
        messages.error(request, said(error))
    else:
        messages.success(request, str(DONE[verb]))
    return redirect("equipment-documents", public_id)


def _added(request: HttpRequest, machine: Equipment, form: DocumentForm) -> bool:
    data = form.cleaned_data["file"].read(LARGEST + 1)
    who: dict[str, Any] = {"by": request.user, "at": clock.now(), "on": clock.today()}
    who["refurbishment"] = form.cleaned_data.get("refurbishment")
    try:
        equipment_documents.add(equipment=machine, data=data, given=form.given(), **who)
    except (NotPossible, Invalid) as error:
        form.say(error)
    return not form.errors


def _asked(request: HttpRequest) -> dict[str, str]:
    """Return what a page that leads here has said already: which refurbishment has a paper."""
    named = request.GET.get("refurbishment", "").replace("\0", "")
    return {"refurbishment": named, "kind": Kind.REFURBISHMENT.value} if named else {}


def _row(one: EquipmentDocument, hidden: bool) -> dict[str, Any]:
    known = {"title": one.title, "kind": one.kind, "audience": one.audience, "valid_until": one.valid_until}
    return {
        "document": one,
        "hidden": hidden,
        "form": DescribeForm(initial=known, auto_id=f"{one.public_id}-%s"),
    }


def _mine(request: HttpRequest, public_id: str) -> Equipment:
    mine = Equipment.objects.visible_to(request.user).select_related("owner")  # type: ignore[arg-type]
    return get_object_or_404(mine, public_id=public_id)
