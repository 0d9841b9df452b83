"""What the pages of data rights have in common: where one can go, and what waits for this person."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from itertools import groupby
from operator import attrgetter
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from devices.ownership import queries
from devices.ownership.models import Grant, Notice, ProductVersion, Proposal, SharingRequest
from devices.ownership.rules.duties import RETENTIONS
from devices.ownership.rules.explanations import CATEGORIES
from devices.ownership.rules.sentences import listed
from devices.ownership.web import words
from marketplace.models import Organization
from marketplace.permissions import Permission, allowed
from marketplace.queries import acting_organization
from marketplace.shared import clock

PLACES = {
    "data-agreements": gettext_noop("Agreements"),
    "data-assets": gettext_noop("Data assets"),
    "data-registrations": gettext_noop("Certificates"),
    "data-grants": gettext_noop("Grants"),
    "data-products": gettext_noop("Data products"),
    "data-sharing": gettext_noop("Sharing"),
    "data-duties": gettext_noop("Duties"),
    "data-borders": gettext_noop("Transfers abroad"),
    "data-log": gettext_noop("Access log"),
}
SOON = timedelta(days=14)
MOST = 20


def show(
    request: HttpRequest, template: str, place: str, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    """Render a page of the console; ``place`` is the part of it that the page belongs to."""
    count = queries.grants_to_answer(acting_organization(request), clock.now()).count()
    tabs = [
        {
            "label": _(label),
            "url": reverse(name),
            "active": name == place,
            "count": count if name == "data-grants" and count else None,
        }
        for name, label in PLACES.items()
    ]
    return render(request, template, {**context, "places": tabs}, status=status)


def waiting(request: HttpRequest, organization: Organization, at: datetime) -> list[dict[str, Any]]:
    """Return what this person has to answer, to accept or to look at: a sentence and a link each."""
    may = partial(allowed, request.user, within=organization)  # type: ignore[arg-type]
    found: list[dict[str, Any]] = []
    if may(Permission.DATA_GRANT):
        found += [_sharing(one, organization) for one in queries.sharing_to_answer(organization, at)[:MOST]]
        found += [_request(one) for one in queries.grants_to_answer(organization, at)[:MOST]]
        found += [_product(one) for one in queries.products_to_consent(organization)[:MOST]]
    if may(Permission.AGREEMENT_EDIT):
        found += [
            _proposal(one, organization) for one in queries.proposals_to_answer(organization, at)[:MOST]
        ]
    if may(Permission.LEASE_REQUEST):
        found += [_notice(one) for one in queries.notices_to_accept(organization)[:MOST]]
    return found + list(_erasures(organization, at))


def _item(sentence: str, url: str, link: str, kind: str = "info") -> dict[str, Any]:
    return {"sentence": sentence, "url": url, "link": link, "kind": kind}


def _request(grant: Grant) -> dict[str, Any]:
    data = listed((_(CATEGORIES[one]) for one in grant.categories), _)
    said = _("{who} asks to read data of {machine}: {data}.")
    sentence = said.format(who=grant.recipient.name, machine=grant.equipment.name, data=data)
    return _item(sentence, reverse("data-grant", args=[grant.public_id]), _("Read and answer"))


def _product(version: ProductVersion) -> dict[str, Any]:
    said = _("{who} wants to sell a data product that touches your rights: {title}.")
    sentence = said.format(who=version.product.seller.name, title=version.title)
    return _item(sentence, reverse("data-product", args=[version.product.public_id]), _("Read and answer"))


def _sharing(one: SharingRequest, organization: Organization) -> dict[str, Any]:
    grant, machine = one.grant, one.grant.equipment.name
    if grant.given_at is not None:
        said = _("The purpose for which {who} let you read data of {machine} is over: erase what you got.")
    elif grant.recipient_id == organization.pk:
        said = _("{who} wants to share data of {machine} with you.")
    else:
        said = _("{who} shares data of {machine} with {recipient}. You can state a price or object.")
    who = grant.agreement.lessee.name if grant.agreement else ""
    sentence = said.format(who=who, machine=machine, recipient=grant.recipient.name)
    return _item(sentence, reverse("data-sharing-request", args=[one.public_id]), _("Read and answer"))


def _proposal(proposal: Proposal, organization: Organization) -> dict[str, Any]:
    held = proposal.agreement
    other = held.owner if held.lessee_id == organization.pk else held.lessee
    said = _("{who} proposes other data terms for {machine}.")
    sentence = said.format(who=other.name, machine=held.equipment.name)
    return _item(
        sentence, reverse("data-agreement", args=[held.public_id]) + "#proposal", _("Read and answer")
    )


def _notice(notice: Notice) -> dict[str, Any]:
    machines = listed((one["name"] for one in notice.document["machines"]), _)
    said = _("{who} hands {machines} over when you have read and accepted the data notice.")
    sentence = said.format(who=notice.owner.name, machines=machines)
    return _item(sentence, reverse("lease-notice", args=[notice.reference]), _("Read the notice"))


def _erasures(organization: Organization, at: datetime) -> Iterator[dict[str, Any]]:
    """Yield a sentence for each agreement and day: what goes, and that it can be exported before."""
    found = queries.erasures_until(organization, at + SOON)[:MOST]
    together = attrgetter("due_at", "agreement_id")
    for (due, _agreement), duties in groupby(sorted(found, key=together), key=together):
        rows = list(duties)
        held = rows[0].agreement
        what = listed((_(RETENTIONS[name]) for one in rows for name in one.retentions), _)
        if due <= at:
            said = _("Since {day}, {what} of {machine} are due to be erased.")
        elif held.lessee_id == organization.pk:
            said = _("On {day}, {what} of {machine} are erased. Export first what you need.")
        else:
            said = _("On {day}, {what} of {machine} are erased.")
        sentence = said.format(day=words.day(due), what=what, machine=held.equipment.name)
        yield _item(sentence, reverse("data-duties"), _("See the duties"), "idle")
