"""Pages: sharing data of a lease with a third party, for lessee, owner and recipient."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from devices.ownership import queries
from devices.ownership.actions import sharing, sharing_answers
from devices.ownership.actions.sharing_answers import Objection
from devices.ownership.models import Agreement, SharingObjection, SharingRequest
from devices.ownership.rules import sharing as rules
from devices.ownership.rules.explanations import ARTICLES, CATEGORIES, PARTIES
from devices.ownership.rules.screening import Outcome
from devices.ownership.rules.sentences import listed, purpose_words, rule_words
from devices.ownership.rules.sharing import Reason, State
from devices.ownership.web import console, sharing_rows
from devices.ownership.web.sharing_form import SharingForm
from marketplace.models import Organization
from marketplace.models.parties import OrganizationKind
from marketplace.permissions import Permission, allowed, require
from marketplace.queries import acting_organization
from marketplace.shared import clock
from marketplace.shared.errors import DomainError, Flaw
from marketplace.shared.money import PLACES, Money, format_money

PAGE = 30
MOST = 50  # leases from which something can be shared, in the list
OUTCOMES = {Outcome.PASSED: "run", Outcome.NARROWED: "info", Outcome.REFUSED: "fault"}
OPEN = (State.ASKED, State.OFFERED, State.WITHHELD)
GIVEN = (State.AGREED, State.IN_FORCE)


@login_required
def listed_all(request: HttpRequest) -> HttpResponse:
    """List the sharing requests that concern the organization, and the leases that more can be shared of."""
    organization, at = _reader(request), clock.now()
    page = Paginator(queries.sharing_of(organization), PAGE).get_page(request.GET.get("page"))
    page.rows = [sharing_rows.row(one, at) for one in page]  # type: ignore[attr-defined]
    may = allowed(request.user, Permission.DATA_GRANT, within=organization)  # type: ignore[arg-type]
    held = Agreement.objects.filter(lessee=organization).select_related("equipment").order_by("-period")
    leases = held[:MOST] if may else []
    return console.show(
        request, "ownership/sharing_list.html", "data-sharing", {"page": page, "leases": leases}
    )


@login_required
def share(request: HttpRequest, public_id: str) -> HttpResponse:
    """Fill in what is to be shared, see what the screening says of it, and send it."""
    organization, at = acting_organization(request), clock.now()
    require(request.user, Permission.DATA_GRANT, within=organization)  # type: ignore[arg-type]
    held = Agreement.objects.filter(lessee=organization).select_related("equipment__owner", "owner", "lessee")
    agreement = get_object_or_404(held, public_id=public_id)
    given = request.POST if request.method == "POST" else request.GET
    form = SharingForm(given if "recipient" in given else None, agreement=agreement, at=at)
    context: dict[str, Any] = {"agreement": agreement, "form": form}
    if form.is_bound and form.is_valid():
        found = queries.screened(form.wish, within=organization, at=at)
        if request.method == "POST" and not found.flaws:
            return _sent(request, form, organization, at)
        context |= {"findings": [_finding(one) for one in found.findings], "passed": not found.flaws}
    return console.show(request, "ownership/share.html", "data-sharing", context)


@login_required
def detail(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show one request: what it opens, to whom, at what price, by what clauses, and what can be done."""
    organization, at = _reader(request), clock.now()
    found = _known(organization, public_id)
    row = sharing_rows.row(found, at)
    may = _may(request, found, organization, row["state"], at)
    given = found.grant.given_at is not None
    context = {
        "one": found,
        "row": row,
        "may": may,
        "facts": _facts(found),
        "clauses": [_(rules.CLAUSES[code]) for code in found.offer.clauses],
        "objections": [_objection(one) for one in found.objections.all()],
        "reasons": _reasons(may),
        "effect": queries.effect_of_withdrawal(found.grant) if given else None,
        "devices": _readable(found, row["state"], organization, at),
        "at_cost": found.grant.recipient.kind in rules.AT_COST,
    }
    return console.show(request, "ownership/sharing.html", "data-sharing", context)


@require_POST
@login_required
def step(request: HttpRequest, public_id: str, verb: str) -> HttpResponse:
    """Do one step; what stands against it is said on the page."""
    organization, at = _reader(request), clock.now()
    require(request.user, Permission.DATA_GRANT, within=organization)  # type: ignore[arg-type]
    found = _known(organization, public_id)
    unreadable = _unreadable(request) if verb == "object" else []
    for why in unreadable:
        messages.error(request, why)
    if unreadable:
        return redirect("data-sharing-request", found.public_id)
    act, facts = _acts(request, found.currency)[verb]
    try:
        act(request=found, by=request.user, within=organization, at=at, **facts)
    except DomainError as error:
        for told in error.flaws or (error,):
            messages.error(request, _(told.text).format(**_in_words(told.facts, found.currency)))
    else:
        messages.success(request, _("It is written down. The other sides see it on this page."))
    return redirect("data-sharing-request", found.public_id)


def _sent(request: HttpRequest, form: SharingForm, organization: Organization, at: datetime) -> HttpResponse:
    reason = form.cleaned_data["reason"]
    made = sharing.ask(wish=form.wish, reason=reason, by=request.user, within=organization, at=at)  # type: ignore[arg-type]
    messages.success(request, _("The owner and the recipient see your request. Nothing is opened yet."))
    return redirect("data-sharing-request", made.public_id)


def _acts(
    request: HttpRequest, currency: str
) -> dict[str, tuple[Callable[..., SharingRequest], dict[str, Any]]]:
    """Return what each verb does with what was sent."""

    def given(name: str) -> str:
        return request.POST.get(name, "").strip()

    reason = given("objection")
    objection = Objection(
        Reason(reason) if reason in SharingObjection.Reason.values else Reason.MEASURES,  # of other verbs
        given("text"),
        given("measures"),
        given("authority")[:120],
        given("notice")[:80],
        _day(given("noticed_on")),
    )
    return {
        "price": (
            sharing_answers.price,
            {"basis": given("basis"), **_amounts(given("price"), given("cost"), currency)},
        ),
        "object": (sharing_answers.object_to, {"objection": objection}),
        "overrule": (sharing_answers.overrule, {"why": given("why")}),
        "agree": (sharing_answers.agree, {"digest": given("digest")}),
        "decline": (sharing_answers.decline, {"why": given("why")}),
        "withdraw": (sharing.withdraw, {}),
        "erased": (sharing_answers.confirm_erasure, {"statement": given("statement")}),
    }


def _amounts(price: str, cost: str, currency: str) -> dict[str, int | None]:
    places = PLACES[currency]
    return {"amount": _minor(price or "0", places), "cost": _minor(cost, places) if cost else None}


def _minor(text: str, places: int) -> int:
    """Read an amount with at most the currency's places; what is none is refused as below zero."""
    whole, _dot, rest = text.replace(",", "").partition(".")
    digits = whole + rest.ljust(places, "0")
    known = digits.isascii() and digits.isdigit() and whole and len(rest) <= places and len(digits) <= 13
    return int(digits) if known else -1


def _unreadable(request: HttpRequest) -> list[str]:
    """Say which fields of an objection hold what is no choice of theirs, and no day."""
    said = []
    if request.POST.get("objection", "").strip() not in SharingObjection.Reason.values:
        said.append(_("Choose one of the reasons."))
    day = request.POST.get("noticed_on", "").strip()
    if day and _day(day) is None:
        said.append(_("The day of the notice is no date: write it as 2026-03-01."))
    return said


def _day(text: str) -> Any:
    try:
        return parse_date(text)
    except ValueError:
        return None


def _reader(request: HttpRequest) -> Organization:
    organization = acting_organization(request)
    require(request.user, Permission.TELEMETRY_READ, within=organization)  # type: ignore[arg-type]
    return organization


def _known(organization: Organization, public_id: str) -> SharingRequest:
    return get_object_or_404(queries.sharing_of(organization), grant__public_id=public_id)


def _facts(one: SharingRequest) -> list[tuple[str, Any]]:
    """Return price, channels, place and dates of a request, in words."""
    agreement = one.grant.agreement
    assert agreement is not None
    free = _("nothing") if one.price is not None or one.grant.given_at else _("not stated yet")
    price = _money(one.price, one.currency) if one.price else free
    found = [
        (_("Lessee"), agreement.lessee.name),
        (_("Owner"), agreement.owner.name),
        (_("Recipient"), f"{one.grant.recipient.name} · {one.grant.recipient.get_kind_display()}"),
        (_("The recipient pays the owner"), price),
    ]
    if one.price_basis:
        found.append((_("How the price is made up"), one.price_basis))
    if one.cost is not None:
        found.append((_("What making them available costs"), _money(one.cost, one.currency)))
    if one.price_cap is not None:
        found.append((_("At most, by the lessee's word"), _money(one.price_cap, one.currency)))
    if one.grant.channels:
        found.append((_("Only these channels"), listed(one.grant.channels, _)))
    if one.destination != queries.HOME:
        found.append((_("Processed in"), one.destination))
    return found


def _objection(one: SharingObjection) -> dict[str, Any]:
    return {"one": one, "reason": _(rules.REASONS[Reason(one.reason)])}


def _reasons(may: Mapping[str, bool]) -> list[tuple[str, str]]:
    """Return the reasons for which the owner can object where the request stands."""
    known = [Reason.MEASURES, Reason.DAMAGE] if may.get("price") else [Reason.MEASURES_BROKEN]
    return [(str(one), _(rules.REASONS[one])) for one in known]


def _may(
    request: HttpRequest, one: SharingRequest, within: Organization, state: State, at: datetime
) -> dict[str, bool]:
    """Return what is offered; the actions decide."""
    if not allowed(request.user, Permission.DATA_GRANT, within=within):  # type: ignore[arg-type]
        return {}
    agreement, due = one.grant.agreement, one.erase_due_at
    assert agreement is not None
    owner, lessee = within.pk == agreement.owner_id, within.pk == agreement.lessee_id
    recipient = within.pk == one.grant.recipient_id
    return {
        "price": owner and state in OPEN,
        "object": owner and (state in OPEN or (state in GIVEN and bool(one.measures))),
        "overrule": within.kind == OrganizationKind.PLATFORM and state is State.WITHHELD,
        "agree": recipient and state is State.OFFERED,
        "decline": recipient and state in OPEN,
        "withdraw": lessee and state in (*OPEN, *GIVEN),
        "erased": recipient and due is not None and due <= at and one.erased_at is None,
    }


def _readable(
    one: SharingRequest, state: State, organization: Organization, at: datetime
) -> list[dict[str, str]]:
    """Return the devices that a recipient can read now, with the time of the data."""
    if state is not State.IN_FORCE or organization.pk != one.grant.recipient_id:
        return []
    made = one.grant.generated
    bound = one.grant.equipment.bindings.overlapping(made.lower, made.upper or at + timedelta(seconds=1))
    return [
        {"public_id": it.device.public_id, "name": it.device.name} for it in bound.select_related("device")
    ]


def _finding(one: Any) -> dict[str, Any]:
    return {
        "kind": OUTCOMES[one.outcome],
        "label": {
            Outcome.PASSED: _("fits"),
            Outcome.NARROWED: _("narrows"),
            Outcome.REFUSED: _("stands against it"),
        }[one.outcome],
        "text": _(one.text),
        "flaws": [_said(flaw) for flaw in one.flaws],
    }


def _said(flaw: Flaw) -> str:
    return _(flaw.text).format(**_in_words(flaw.facts, "CNY"))


def _in_words(facts: Mapping[str, Any], currency: str) -> dict[str, Any]:
    """Say rules, articles, data and amounts in words; pages show no codes."""
    said = dict(facts)
    if "rule" in said:
        said["rule"] = rule_words(said["rule"], _)
    if "purpose" in said:
        said["purpose"] = purpose_words(said["purpose"], _)
    for name, known in (("article", ARTICLES), ("party", PARTIES), ("category", CATEGORIES)):
        if said.get(name) in known:
            said[name] = _(known[said[name]])
    for name in ("cap", "cost"):
        if isinstance(said.get(name), int):
            said[name] = _money(said[name], currency)
    return said


def _money(minor: int, currency: str) -> str:
    return format_money(Money(minor, currency))
