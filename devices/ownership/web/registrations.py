"""Pages: registration certificates of data property, to be looked at, printed and decided."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from devices.ownership import queries
from devices.ownership.actions import registrations
from devices.ownership.models import DataAsset, Registration, RegistrationEntry
from devices.ownership.rules import registrations as rules
from devices.ownership.rules.registrations import Ground, State, Step
from devices.ownership.web import console
from marketplace.gateway.files import asked_format, list_answer, moment_cell
from marketplace.models import Organization
from marketplace.models.parties import OrganizationKind
from marketplace.permissions import Permission, allowed, require
from marketplace.queries import acting_organization
from marketplace.shared import clock, signing
from marketplace.shared.errors import DomainError

PAGE = 30
BADGES = {
    State.APPLIED: "info",
    State.REFUSED: "fault",
    State.WITHDRAWN: "off",
    State.IN_FORCE: "run",
    State.EXPIRED: "idle",
    State.CANCELLED: "off",
}


@login_required
def listed(request: HttpRequest) -> HttpResponseBase:
    """List the certificates that concern the organization: what waits for a decision first."""
    organization, at = reader(request), clock.now()
    found = known_to(organization, at).order_by("-is_pending", "-pk")
    if form := asked_format(request):
        named = [_("Number"), _("Right"), _("Holder"), _("From"), _("Until")]
        columns = [*named, _("Valid until"), _("State"), _("Waits for a decision")]
        return list_answer(form, "registrations", columns, found, lambda one: _cells(_row(one, at)))
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    page.rows = [_row(one, at) for one in page]  # type: ignore[attr-defined]
    may = allowed(request.user, Permission.DATA_GRANT, within=organization)  # type: ignore[arg-type]
    context = {"page": page, "may": may, "platform": organization.kind == OrganizationKind.PLATFORM}
    return console.show(request, "ownership/registrations.html", "data-registrations", context)


@login_required
def certificate(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show a certificate, ready to be printed, with its history and what may be done about it."""
    organization, at = reader(request), clock.now()
    found = get_object_or_404(known_to(organization, at), public_id=public_id)
    current = found.current
    assets = assets_of(found)
    chain = found.chain
    told = [one.told for one in chain]
    context = {
        "registration": found,
        "row": _row(found, at),
        "entry": current,
        "last": found.last,
        "assets": [assets[one] for one in current.assets],
        "asked": [assets[one] for one in found.last.assets],
        "gone": queries.subject_of(current.assets, current.span).gone(),
        "facts": _facts(found, current),
        "checks": _checks(current),
        "history": [
            {"entry": one, "state": _(rules.STATES[rules.version_state(told, place, at=at)])}
            if one.step == Step.GRANTED
            else {"entry": one, "state": ""}
            for place, one in enumerate(chain)
        ],
        "grounds": [said_against(one, found.last, assets) for one in found.last.grounds],
        "signed": _signed(chain),
        "may": _may(request, found, organization, at),
        "platform": organization.kind == OrganizationKind.PLATFORM,
        "terms": range(1, rules.MOST_YEARS[current.right] + 1),
    }
    return console.show(request, "ownership/registration.html", "data-registrations", context)


@require_POST
@login_required
def step(request: HttpRequest, public_id: str, verb: str) -> HttpResponse:
    """Do one step; what stands against it is said on the page."""
    organization, at = reader(request), clock.now()
    require(request.user, Permission.DATA_GRANT, within=organization)  # type: ignore[arg-type]
    found = get_object_or_404(known_to(organization, at), public_id=public_id)
    act, facts = _acts(request)[verb]
    try:
        act(registration=found, by=request.user, within=organization, at=at, **facts)
    except DomainError as error:
        for told in error.flaws or (error,):
            messages.error(request, _(told.text).format(**told.facts))
    else:
        messages.success(request, _("It is written down in the history of the certificate."))
    return redirect("data-registration", found.public_id)


def _acts(request: HttpRequest) -> dict[str, tuple[Callable[..., RegistrationEntry], dict[str, Any]]]:
    """Return what each verb does with what was sent."""
    given = {name: request.POST.get(name, "") for name in ("digest", "reason", "years")}
    years = int(given["years"]) if given["years"] in {str(one) for one in range(10)} else 0
    return {
        "agree": (registrations.agree, {"digest": given["digest"]}),
        "withdraw": (registrations.withdraw, {}),
        "renew": (registrations.renew, {"years": years}),
        "cancel": (registrations.cancel, {"reason": given["reason"]}),
    }


def reader(request: HttpRequest) -> Organization:
    """Return the organization for which somebody looks."""
    organization = acting_organization(request)
    require(request.user, Permission.TELEMETRY_READ, within=organization)  # type: ignore[arg-type]
    return organization


def known_to(organization: Organization, at: datetime) -> Any:
    """Return the certificates that concern an organization, with all their entries."""
    return Registration.objects.visible_in(organization).shown(at).with_entries()


def _row(found: Registration, at: datetime) -> dict[str, Any]:
    state = found.state(at)
    return {
        "registration": found,
        "entry": found.current,
        "state": _(rules.STATES[state]),
        "badge": BADGES[state],
        "waits": found.last.get_kind_display() if found.is_pending else "",  # type: ignore[attr-defined]
    }


def _cells(row: dict[str, Any]) -> list[object]:
    """Return a certificate as a row of a file."""
    entry: RegistrationEntry = row["entry"]
    named = [str(row["registration"]), entry.get_right_display(), str(entry.holder)]
    ends = [moment_cell(one) for one in (entry.period.lower, entry.period.upper, entry.valid_until)]
    return [*named, *ends, str(row["state"]), str(row["waits"])]


def assets_of(found: Registration) -> dict[str, DataAsset]:
    """Return every asset that a certificate names or named, by id."""
    wanted = {one for entry in found.chain for one in entry.assets}
    known = DataAsset.objects.filter(public_id__in=wanted).select_related("device", "channel")
    return {one.public_id: one for one in known}


def _facts(found: Registration, entry: RegistrationEntry) -> list[tuple[str, Any]]:
    agreements = [one["id"] for one in entry.evidence["agreements"]]
    return [
        (_("Number"), found.number or "–"),
        (_("Right"), entry.get_right_display()),
        (_("Agreements that it rests on"), ", ".join(agreements) or _("none: the owner's own time")),
        (_("Kept for at least"), _("{years} years").format(years=rules.KEPT_YEARS)),
    ]


def _checks(entry: RegistrationEntry) -> list[tuple[str, Any]]:
    """Return what somebody needs who checks it."""
    log = entry.evidence.get("log")
    return [
        (_("Entries in the log of reads at that moment"), log["size"] if log else 0),
        (_("Digest of the subject"), entry.content),
        (_("Digest of the entry"), entry.digest),
    ]


def _item(pointer: str, entry: RegistrationEntry, assets: dict[str, DataAsset]) -> str:
    if not pointer.startswith("/assets/"):
        return _("The period")
    return str(assets[entry.assets[int(pointer.removeprefix("/assets/"))]])


def said_against(
    one: dict[str, str], entry: RegistrationEntry, assets: dict[str, DataAsset]
) -> dict[str, str]:
    """Say a ground of refusal, and the item that it concerns."""
    text = rules.GROUNDS[Ground(one["ground"])]
    return {"item": _item(one["pointer"], entry, assets), "ground": _(text)}


def items_of(entry: RegistrationEntry, assets: dict[str, DataAsset]) -> list[tuple[str, str]]:
    """Return what a ground can concern: the period and each asset, with its pointer."""
    pointers = ["/period", *(f"/assets/{place}" for place in range(len(entry.assets)))]
    return [(one, _item(one, entry, assets)) for one in pointers]


def _signed(chain: list[RegistrationEntry]) -> dict[str, Any] | None:
    for one in reversed(chain):
        if hasattr(one, "signed"):
            signature = signing.written(bytes(one.signed.signature))
            return {"text": one.text, "signature": signature, "key": one.signed.key_id}
    return None


def _may(request: HttpRequest, found: Registration, within: Organization, at: datetime) -> dict[str, bool]:
    """Return what is offered; the actions decide."""
    if not allowed(request.user, Permission.DATA_GRANT, within=within):  # type: ignore[arg-type]
        return {}
    last, waits = found.last, rules.pending([one.told for one in found.chain]) is not None
    holds, offered = last.holder_id == within.pk, last.recipient_id == within.pk
    platform, in_force = within.kind == OrganizationKind.PLATFORM, found.state(at) is State.IN_FORCE
    return {
        "decide": waits and platform,
        "agree": waits and offered and last.step == Step.APPLIED,
        "withdraw": waits and (holds or offered),
        "renew": in_force and holds and not waits,
        "change": in_force and holds and not waits,
        "cancel": in_force and (holds or platform),
    }
