"""Pages of the register: what data there are of a machine, how sensitive, and who may do what with them."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from itertools import groupby
from operator import attrgetter
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from devices.ownership import queries
from devices.ownership.actions import gradings
from devices.ownership.filters import DataAssetFilter
from devices.ownership.models import DataAsset
from devices.ownership.rules.explanations import ARTICLES, CATEGORIES, GRADE_RULES, PARTIES, RIGHTS
from devices.ownership.rules.notice_words import place_words
from devices.ownership.rules.register import Right
from devices.ownership.rules.sentences import INTERVALS, listed, purpose_words
from devices.ownership.web import console, fields
from marketplace.filters import refuse_unread
from marketplace.gateway.files import asked_format, list_answer
from marketplace.models import Equipment, Organization
from marketplace.models.parties import OrganizationKind
from marketplace.permissions import Permission, allowed, require
from marketplace.queries import acting_organization
from marketplace.shared import clock

PAGE, MACHINES, HISTORY = 30, 200, 20
FIELDS = {name: name for name in ("grade", "reason", "reference")}


class GradeForm(forms.Form):
    """Another grade, why, and what it rests on."""

    grade = forms.ChoiceField(label=gettext_lazy("Grade"), choices=DataAsset.Grade.choices)
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=300, required=False)
    reference = forms.CharField(
        label=gettext_lazy("Catalogue entry or notice (for L5 and L6)"), max_length=120, required=False
    )


@login_required
def register(request: HttpRequest) -> HttpResponseBase:
    """List the data assets that the organization may know of."""
    organization = _reader(request)
    known = queries.assets_known_to(organization, at=clock.now())
    filterset = DataAssetFilter(request.GET, queryset=known.order_by("device__name", "pk"))
    filterset.form.fields["machine"].widget = forms.Select(choices=_machines(organization))
    if form := asked_format(request):
        refuse_unread(filterset)
        columns = [_("Data"), _("Device"), _("Category"), _("Grade"), _("Now")]
        return list_answer(form, "data-assets", columns, filterset.qs, _cells)
    page = Paginator(filterset.qs, PAGE).get_page(request.GET.get("page"))
    page.rows = [_row(one, one.is_readable, one.is_readable_past) for one in page]  # type: ignore[attr-defined]
    return console.show(
        request, "ownership/assets.html", "data-assets", {"form": filterset.form, "page": page}
    )


@login_required
def asset(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show what an asset is, its grade and why, who may do what with it until when, and where it is from."""
    return _page(request, public_id)


def _page(
    request: HttpRequest, public_id: str, form: GradeForm | None = None, status: int = 200
) -> HttpResponse:
    """Show an asset; ``form`` is one with faults."""
    organization, now = _reader(request), clock.now()
    found = queries.asset_known_to(organization, public_id, now)
    if found is None:
        raise Http404
    at = queries.own_moment(found, organization, now)
    seen = queries.rights_seen(found, organization, at, now)
    told = {*seen.names.values(), *(one.organization for one in seen.rights if one.organization)}
    names = _names(told, organization)
    side: bool = found.is_side  # type: ignore[attr-defined]
    may_grade = organization.kind == OrganizationKind.PLATFORM or organization.pk == found.device.owner_id
    may_grade = may_grade and allowed(request.user, Permission.DEVICE_EDIT, within=organization)  # type: ignore[arg-type]
    context = {
        "asset": found,
        "row": _row(found, seen.may_read and at == now),
        "place": place_words({"place": found.place}, _),
        "at": at,
        "seen": seen,
        "parties": [
            {"party": _(PARTIES[party]), "name": names.get(seen.names.get(party, ""), ""), "rights": rights}
            for party, rights in _by_party(seen.rights, names)
        ],
        "gradings": [
            {"made": one, "rule": _(GRADE_RULES.get(one.rule, one.rule))}
            for one in (found.gradings.select_related("within")[:HISTORY] if side else ())
        ],
        # What else there is of the machine, and in which words its sides graded it, is the sides':
        **(_lineage(found) if side else {}),
        "form": (form or GradeForm(initial={"grade": found.grade})) if may_grade else None,
        "may_register": allowed(request.user, Permission.DATA_GRANT, within=organization),  # type: ignore[arg-type]
    }
    return console.show(request, "ownership/asset.html", "data-assets", context, status=status)


@require_POST
@login_required
def grade(request: HttpRequest, public_id: str) -> HttpResponse:
    """Grade an asset anew; what stands against it is said at its field."""
    organization, at = _reader(request), clock.now()
    found = get_object_or_404(queries.assets_known_to(organization, at=at), public_id=public_id)
    require(request.user, Permission.DEVICE_EDIT, within=organization)  # type: ignore[arg-type]
    form = GradeForm(request.POST)

    def act() -> Any:
        given = form.cleaned_data
        return gradings.regrade(asset=found, by=request.user, within=organization, at=at, **given)  # type: ignore[arg-type]

    made, status = fields.tried(form, act, FIELDS)
    if made is None:
        return _page(request, public_id, form, status)
    messages.success(request, _("The grade is changed, and the history says why."))
    return redirect("data-asset", found.public_id)


def _reader(request: HttpRequest) -> Organization:
    organization = acting_organization(request)
    require(request.user, Permission.TELEMETRY_READ, within=organization)  # type: ignore[arg-type]
    return organization


def _machines(organization: Organization) -> list[tuple[str, str]]:
    mine = Equipment.objects.filter(owner=organization)
    held = Equipment.objects.filter(agreements__lessee=organization)
    found = (mine | held).distinct().order_by("name").values_list("public_id", "name")
    return [("", _("All")), *found[:MACHINES]]


def _names(told: set[str], organization: Organization) -> dict[str, str]:
    """Return the names of organizations by id; one's own is at hand."""
    others = told - {organization.public_id}
    found = Organization.objects.filter(public_id__in=others).values_list("public_id", "name")
    return {organization.public_id: organization.name} | (dict(found) if others else {})


def _row(found: DataAsset, readable: bool, past: bool = False) -> dict[str, Any]:
    told = _("the past is readable") if past else _("not readable")
    return {
        "asset": found,
        "category": _(CATEGORIES[found.category]) if found.category in CATEGORIES else _("Unknown"),
        "pace": found.per_hour if readable else None,
        "kind": "run" if readable else "idle" if past else "off",
        "readable": _("readable") if readable else told,
    }


def _cells(found: Any) -> list[object]:
    row = _row(found, found.is_readable, found.is_readable_past)
    return [found.label, found.device.name, row["category"], found.get_grade_display(), row["readable"]]


def _lineage(found: DataAsset) -> dict[str, list[DataAsset]]:
    """Return what an asset is derived from and what is derived from it, in one query."""
    links = DataAsset.derived_from.through.objects.filter(Q(from_dataasset=found) | Q(to_dataasset=found))
    known = list(links.select_related("from_dataasset__channel", "to_dataasset__channel").order_by("pk"))
    return {
        "sources": [one.to_dataasset for one in known if one.from_dataasset_id == found.pk],
        "derived": [one.from_dataasset for one in known if one.to_dataasset_id == found.pk],
    }


def _by_party(rights: list[Right], names: Mapping[str, str]) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Yield what each party may do, together what rests on the same sources or the same grant."""
    for party, held in groupby(rights, key=attrgetter("party")):
        together: dict[tuple[Any, ...], list[str]] = defaultdict(list)
        for one in held:
            source = " · ".join(_(ARTICLES[name]) for name in one.basis)
            together[source, one.grant, one.organization, one.holds].append(_words(one))
        yield (
            party,
            [
                {
                    "source": source,
                    "grant": grant,
                    "who": names.get(who or "", ""),
                    "holds": holds,
                    "rights": listed(words, _),
                }
                for (source, grant, who, holds), words in together.items()
            ],
        )


def _words(right: Right) -> str:
    """Say a right with the interval of its figures and its purposes, if it has them."""
    words = str(_(RIGHTS[right.right]))
    if right.interval is not None:
        words = _("{right} over {interval}").format(right=words, interval=_(INTERVALS[right.interval]))
    if right.purposes is None:
        return words
    purposes = listed((purpose_words(one, _) for one in right.purposes), _)
    return _("{right} (for {purposes})").format(right=words, purposes=purposes)
