"""Pages: data products, offered, looked at, consented to and bought; and the licences that came of them."""

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_POST

from devices.ownership import queries
from devices.ownership.actions import licences, products
from devices.ownership.actions.selling import LIVE
from devices.ownership.models import DataAsset, DataLicence, DataProduct, ProductVersion
from devices.ownership.rules.explanations import CATEGORIES
from devices.ownership.rules.grant_sentences import INTERVALS
from devices.ownership.rules.products import LicenceState, State, sold_as
from devices.ownership.rules.sentences import listed
from devices.ownership.web import console
from devices.ownership.web.product_forms import ProductForm
from marketplace.gateway.files import asked_format, list_answer, moment_cell
from marketplace.models import Organization
from marketplace.models.parties import OrganizationKind
from marketplace.permissions import Permission, allowed, require
from marketplace.queries import acting_organization
from marketplace.shared import clock
from marketplace.shared.errors import DomainError

PAGE = 30
PLACE = "data-products"
STAMP = "%Y-%m-%dT%H:%M:%SZ"
STATES = {
    State.WAITING: (gettext_noop("waits for consents"), "info"),
    State.READY: (gettext_noop("ready to be published"), "info"),
    State.ON_SALE: (gettext_noop("on sale"), "run"),
    State.WITHDRAWN: (gettext_noop("withdrawn"), "off"),
    State.SUPERSEDED: (gettext_noop("superseded"), "off"),
}
LICENCE_STATES = {
    LicenceState.UNPAID: (gettext_noop("to be paid"), "info"),
    LicenceState.LAPSED: (gettext_noop("lapsed"), "off"),
    LicenceState.ACTIVE: (gettext_noop("readable"), "run"),
    LicenceState.ENDED: (gettext_noop("ended"), "idle"),
    LicenceState.TERMINATED: (gettext_noop("terminated"), "off"),
}
ROLES = {
    "lessee": gettext_noop("Lessee of that time"),
    "owner": gettext_noop("Owner of the machine"),
    "maker": gettext_noop("Maker of the machine"),
    "seller": gettext_noop("Seller, by a certificate"),
    "platform": gettext_noop("Platform"),
}


@login_required
def catalogue(request: HttpRequest) -> HttpResponseBase:
    """List what is on sale, and what the organization sells, is asked about or bought."""
    organization = _reader(request)
    found = _known(organization).order_by("-is_on_sale", "-pk")
    if form := asked_format(request):
        sold = [_("Product"), _("Seller"), _("Data"), _("Figures over"), _("Grade"), _("From"), _("Until")]
        columns = [*sold, _("Price of a licence"), _("Currency"), _("State")]
        return list_answer(form, "data-products", columns, found, lambda one: _cells(_row(one, organization)))
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    page.rows = [_row(one, organization) for one in page]  # type: ignore[attr-defined]
    may = allowed(request.user, Permission.DATA_GRANT, within=organization)  # type: ignore[arg-type]
    return console.show(request, "ownership/products.html", PLACE, {"page": page, "may": may})


@login_required
def product(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show what a product holds, its price and who gets what, its policy, and what can be done."""
    organization, at = _reader(request), clock.now()
    found = _found(organization, public_id)
    row = _row(found, organization)
    version: ProductVersion = row["version"]
    side = found.is_side(version, organization)
    names, may = _names(version), _may(request, found, version, organization)
    held = not side and _holds(version, organization, at)
    context = {
        "product": found,
        "row": row,
        "version": version,
        "series": _series(version),
        "split": _split(version, names),
        "policy": version.policy_said,
        "odrl": json.dumps(queries.offer_of(version), indent=1, ensure_ascii=False),
        "consents": _consents(version, names) if side else [],
        "effect": queries.effect_of_product_withdrawal(version, at) if side else None,
        "may": may | {"buy": bool(may.get("buy")) and not held},
        "held": held,
    }
    return console.show(request, "ownership/product.html", PLACE, context)


@login_required
def offer(request: HttpRequest) -> HttpResponse:
    """Offer a product: the form, and what stands against it."""
    organization, at = _reader(request), clock.now()
    require(request.user, Permission.DATA_GRANT, within=organization)  # type: ignore[arg-type]
    form = ProductForm(request.POST or None, organization=organization, at=at)
    if request.method == "POST" and form.is_valid():
        given: dict[str, Any] = {"by": request.user, "within": organization, "at": at}
        try:
            made = products.offer(wanted=form.wanted(), **given)
        except DomainError as error:
            _tell(request, error)
        else:
            messages.success(request, _("Offered. It is on sale when all have consented and you publish it."))
            return redirect("data-product", made.product.public_id)
    return console.show(request, "ownership/product_offer.html", PLACE, {"form": form})


@require_POST
@login_required
def step(request: HttpRequest, public_id: str, verb: str) -> HttpResponse:
    """Consent, publish, withdraw or buy, by the digest that was shown."""
    organization = _reader(request)
    require(request.user, Permission.DATA_GRANT, within=organization)  # type: ignore[arg-type]
    found = _found(organization, public_id)
    facts = {"product": found, "digest": request.POST.get("digest", "")}
    if verb == "withdraw":
        facts["reason"] = request.POST.get("reason", "")
    acts: dict[str, tuple[Callable[..., Any], str]] = {
        "consent": (products.consent, _("You have consented to exactly this version.")),
        "publish": (products.publish, _("It is on sale from now on.")),
        "withdraw": (products.withdraw, _("Withdrawn. Nothing more is sold of it.")),
        "buy": (licences.buy, _("Bought. You can read when the platform has recorded your payment.")),
    }
    act, told = acts[verb]
    if not _done(request, act, told, organization, facts):
        return redirect("data-product", public_id)
    if verb == "buy":
        return redirect("data-licences")
    still = DataProduct.objects.visible_in(organization).filter(pk=found.pk).exists()
    return redirect("data-product", public_id) if still else redirect("data-products")


@login_required
def policy(request: HttpRequest, public_id: str) -> HttpResponse:
    """Hand out the policy of the version that is shown, as an ODRL offer."""
    organization = _reader(request)
    version = _row(_found(organization, public_id), organization)["version"]
    text = json.dumps(queries.offer_of(version), indent=2, ensure_ascii=False)
    return HttpResponse(text, content_type="application/ld+json")


@login_required
def bought(request: HttpRequest) -> HttpResponse:
    """List the licences in which the organization is a side."""
    organization, at = _reader(request), clock.now()
    found = DataLicence.objects.visible_in(organization).shown()
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    may = allowed(request.user, Permission.DATA_GRANT, within=organization)  # type: ignore[arg-type]
    rows = [_licence(one, organization, at, may=may) for one in page]
    page.rows = _with_devices(rows)  # type: ignore[attr-defined]
    return console.show(request, "ownership/licences.html", PLACE, {"page": page})


@require_POST
@login_required
def licence_step(request: HttpRequest, public_id: str, verb: str) -> HttpResponse:
    """Record the payment of a licence, or end it."""
    organization = _reader(request)
    require(request.user, Permission.DATA_GRANT, within=organization)  # type: ignore[arg-type]
    found = get_object_or_404(DataLicence.objects.visible_in(organization), public_id=public_id)
    facts: dict[str, Any] = {"licence": found}
    if verb == "pay":
        facts |= {"reference": request.POST.get("reference", ""), "amount": found.price}
        _done(request, licences.record_payment, _("Recorded. The buyer can read now."), organization, facts)
    else:
        facts["reason"] = request.POST.get("reason", "")
        _done(request, licences.terminate, _("Ended. The next read is refused."), organization, facts)
    return redirect("data-licences")


def _done(
    request: HttpRequest,
    act: Callable[..., Any],
    told: str,
    organization: Organization,
    facts: dict[str, Any],
) -> bool:
    """Do it and say so, or say what stands against it."""
    try:
        act(by=request.user, within=organization, at=clock.now(), **facts)
    except DomainError as error:
        _tell(request, error)
        return False
    messages.success(request, told)
    return True


def _tell(request: HttpRequest, error: DomainError) -> None:
    for told in error.flaws or (error,):
        messages.error(request, _(told.text).format(**told.facts))


def _reader(request: HttpRequest) -> Organization:
    organization = acting_organization(request)
    require(request.user, Permission.TELEMETRY_READ, within=organization)  # type: ignore[arg-type]
    return organization


def _found(organization: Organization, public_id: str) -> DataProduct:
    found: DataProduct = get_object_or_404(_known(organization), public_id=public_id)
    return found


def _known(organization: Organization) -> Any:
    return DataProduct.objects.visible_in(organization).with_versions()


def _row(found: DataProduct, organization: Organization) -> dict[str, Any]:
    """Return a product with the version that is shown: the newest one for its sides, else what is on sale."""
    shown = found.shown_to(organization)
    states = {one.number: found.state_of(one) for one in shown}
    on_sale = [one for one in shown if states[one.number] is State.ON_SALE]
    newest = shown[-1]
    version = newest if found.is_side(newest, organization) or not on_sale else on_sale[-1]
    label, kind = STATES[states[version.number]]
    return {
        "product": found,
        "version": version,
        "state": states[version.number],
        "label": _(label),
        "kind": kind,
        "data": listed((_(CATEGORIES[one]) for one in version.categories), _),
        "interval": _(INTERVALS[version.interval]),
    }


def _cells(row: dict[str, Any]) -> list[object]:
    """Return a product as a row of a file."""
    version: ProductVersion = row["version"]
    told = [version.title, str(row["product"].seller), row["data"], row["interval"]]
    span = [moment_cell(version.period.lower), moment_cell(version.period.upper)]
    money = [version.money.amount, version.money.currency]
    return [*told, version.get_grade_display(), *span, *money, row["label"]]


def _names(version: ProductVersion) -> dict[str, str]:
    wanted = {*version.parties, *(one["organization"] for one in version.shares)}
    found = Organization.objects.filter(public_id__in=wanted)
    return dict(found.values_list("public_id", "name"))


def _series(version: ProductVersion) -> Sequence[dict[str, Any]]:
    found = DataAsset.objects.filter(public_id__in=version.assets).select_related("channel")
    return [
        {
            "label": one.label,
            "category": _(CATEGORIES[sold_as(one.category, counts=one.counts)]),
            "unit": one.unit,
        }
        for one in found.order_by("pk")
    ]


def _split(version: ProductVersion, names: dict[str, str]) -> list[dict[str, Any]]:
    return [
        {"name": names[share.organization], "role": _(ROLES[share.role]), "minor": one["minor"]}
        for share, one in zip(version.shared, version.amounts, strict=True)
    ]


def _consents(version: ProductVersion, names: dict[str, str]) -> list[dict[str, Any]]:
    given = {one.organization.public_id: one.at for one in version.steps.all() if one.kind == "CONSENTED"}
    return [{"name": names[one], "at": given.get(one)} for one in version.parties]


def _may(
    request: HttpRequest, found: DataProduct, version: ProductVersion, within: Organization
) -> dict[str, bool]:
    """Return what is offered; the actions decide."""
    if not allowed(request.user, Permission.DATA_GRANT, within=within):  # type: ignore[arg-type]
        return {}
    state, sells = found.state_of(version), found.seller_id == within.pk
    party = within.public_id in version.parties
    is_open = state in (State.WAITING, State.READY, State.ON_SALE)
    platform = within.kind == OrganizationKind.PLATFORM
    return {
        "consent": is_open and party and within.public_id not in version.consented,
        "publish": state is State.READY and sells,
        "withdraw": is_open and (sells or party or platform),
        "buy": state is State.ON_SALE and not (sells or party or platform),
    }


def _holds(version: ProductVersion, organization: Organization, at: datetime) -> bool:
    """Tell whether an organization has a licence that runs or is to be paid."""
    found = DataLicence.objects.filter(version=version, buyer=organization).shown()
    return any(one.state(at) in LIVE for one in found)


def _with_devices(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Say beside each licence that the reader can read by, where over REST; one query for all."""
    opened = [row for row in rows if row["mine"] and row["state"] is LicenceState.ACTIVE]
    wanted = {asset for row in opened for asset in row["licence"].version.assets}
    found = DataAsset.objects.filter(public_id__in=wanted).select_related("device") if wanted else ()
    devices = {one.public_id: one.device for one in found}
    for row in opened:
        version: ProductVersion = row["licence"].version
        asked = {
            "purpose": version.purposes[0],
            "from": f"{version.span.start:{STAMP}}",
            "to": f"{version.period.upper:{STAMP}}",
        }
        named = {devices[one].public_id: devices[one].name for one in version.assets}
        row["devices"] = [
            {"name": name, "url": f"GET {reverse('api-device-readings', args=[one])}?{urlencode(asked)}"}
            for one, name in named.items()
        ]
    return rows


def _licence(one: DataLicence, within: Organization, at: datetime, *, may: bool) -> dict[str, Any]:
    state = one.state(at)
    label, kind = LICENCE_STATES[state]
    platform, mine = within.kind == OrganizationKind.PLATFORM, one.buyer_id == within.pk
    sold = one.version.product.seller_id == within.pk
    own = [each["minor"] for each in one.split if each["organization"] == within.public_id]
    return {
        "licence": one,
        "state": state,
        "label": _(label),
        "kind": kind,
        "readable": one.readable,
        "mine": mine,
        "own": sum(own) if own else None,
        "url": reverse("data-product", args=[one.version.product.public_id]),
        "pays": may and platform and state is LicenceState.UNPAID,
        "ends": may and state in LIVE and (mine or sold or platform),
    }
