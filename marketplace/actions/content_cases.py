"""
People report what is wrong with an offer; the platform hides it with a reason; its owner answers.

Nobody is told who reported. What is hidden is served to its owner and the platform alone; an offer that is
hidden is paused, and is not published before the platform shows it again.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext_noop

from marketplace.actions import audit, notifications, search_documents
from marketplace.actions.checks import require_platform
from marketplace.gateway.transactions import atomic
from marketplace.models import (
    AuditEntry,
    ContentCase,
    ContentStep,
    EquipmentDocument,
    Listing,
    ListingPhoto,
    Organization,
    User,
)
from marketplace.models.parties import OrganizationKind
from marketplace.permissions import MissingRight, Permission, require
from marketplace.rules import content_cases as rules
from marketplace.rules.content_cases import DECISIONS, REPORTS_A_DAY, About, Ground, State, Step
from marketplace.rules.notifications import Kind as Told
from marketplace.shared.errors import Flaw, Invalid, NotPossible

TOLD = {Step.HIDE: Told.CONTENT_HIDDEN, Step.KEEP: Told.CONTENT_KEPT, Step.SHOW: Told.CONTENT_SHOWN}
ADDED = {About.PHOTO: "listing_photo.add", About.DOCUMENT: "equipment_document.add"}
HIDDEN_BEFORE = gettext_noop(
    "The platform has hidden this very file: {reason} It stays hidden until the platform shows it again:"
    " answer the case, or choose another file."
)


class ReportInvalid(Invalid):
    """A report, a decision or an answer needs its words; ``flaws`` say what, each at its field."""

    code = "report_invalid"
    text = gettext_noop("This cannot be kept like this. Mend what is marked.")


class OwnOffer(NotPossible):
    """Nobody reports what is its own."""

    code = "own_offer"
    text = gettext_noop("This offer is your own: change it, or take the picture or document away.")


class TooManyReports(NotPossible):
    """An organization reports some things a day."""

    code = "too_many_reports"
    text = gettext_noop("At most {most} reports a day. The platform looks at those that are there first.")


class CaseMoved(NotPossible):
    """The case does not stand where this step begins."""

    code = "content_case_moved"
    text = gettext_noop("This cannot be done any more: the case stands at “{state}”. Reload the page.")


class OfferHidden(NotPossible):
    """The platform has hidden the offer."""

    code = "offer_hidden"
    text = gettext_noop(
        "The platform has hidden this offer: {reason} Answer it; it is published when the platform shows it."
    )


@dataclass(frozen=True, slots=True)
class Thing:
    """What a case is about: the offer itself, or one picture or document of it."""

    listing: Listing
    photo: ListingPhoto | None = None
    document: EquipmentDocument | None = None

    @property
    def about(self) -> About:
        """What kind of thing it is."""
        if self.photo is not None:
            return About.PHOTO
        return About.LISTING if self.document is None else About.DOCUMENT

    @property
    def item(self) -> str:
        """The id of the picture or document, nothing of the offer itself."""
        found = self.photo or self.document
        return found.public_id if found else ""

    @property
    def named(self) -> str:
        """How it is called for its owner."""
        if self.photo is not None:
            return self.photo.alt_zh
        return self.document.title if self.document is not None else self.listing.title


@atomic
def report(
    *, thing: Thing, ground: Ground, text: str, within: Organization, by: User, at: datetime
) -> ContentCase:
    """
    Report what is wrong with an offer that one sees; the same again, while it waits, is the same case.

    :raises MissingRight: if ``by`` does not belong to ``within``
    :raises OwnOffer: if it is an offer of ``within``
    :raises ReportInvalid: if nothing is said, or too much
    :raises TooManyReports: if ``within`` has reported ten things in a day
    """
    if not by.roles_held(within):
        raise MissingRight(organization=within.name)
    if thing.listing.owner_id == within.pk:
        raise OwnOffer
    _refuse(rules.text_flaws("text", text))
    Organization.objects.locked().get(pk=within.pk)  # its reports are counted one after the other
    mine = ContentCase.objects.filter(reporter=within)
    known = mine.filter(listing=thing.listing, item=thing.item, state=State.OPEN).first()
    if known is not None:
        return known
    if mine.filter(opened_at__gt=at - timedelta(days=1)).count() >= REPORTS_A_DAY:
        raise TooManyReports(most=REPORTS_A_DAY)
    said: dict[str, object] = {"ground": ground.value, "text": text.strip(), "reporter": within}
    made = _opened(thing, State.OPEN, at, said)
    _write(made, Step.REPORT, text, within, by, at)
    platform = Organization.objects.filter(kind=OrganizationKind.PLATFORM)
    _tell(Told.CONTENT_REPORTED, list(platform), made, at)
    return made


@atomic
def hide(*, thing: Thing, reason: str, within: Organization, by: User, at: datetime) -> ContentCase:
    """
    Hide something for the platform that nobody reported; what is hidden stays as it is.

    :raises MissingRight: if ``by`` may not record checks for the platform
    :raises ReportInvalid: if no reason is given
    """
    require_platform(by=by, within=within)
    _refuse(rules.text_flaws("reason", reason))
    listing = Listing.objects.locked().select_related("owner").get(pk=thing.listing.pk)
    known = ContentCase.objects.hiding().filter(listing=listing, item=thing.item).first()
    if known is not None:
        return known
    made = _opened(thing, State.HIDDEN, at, {"ground": Ground.OTHER.value, "reason": reason.strip()})
    _write(made, Step.HIDE, reason, within, by, at)
    _follow(made, listing, Step.HIDE, by, at)
    return made


@atomic
def decide(
    *, case: ContentCase, step: Step, reason: str, within: Organization, by: User, at: datetime
) -> ContentCase:
    """
    Decide for the platform: hide it, find nothing wrong, leave it hidden, or show it again, with a reason.

    Other cases about the same thing, where the step can be done, go the same way: what is shown again by one
    is hidden by none, and what was merely reported is dismissed with it.

    :raises MissingRight: if ``by`` may not record checks for the platform
    :raises ReportInvalid: if no reason is given
    :raises CaseMoved: if the case does not stand where this begins
    """
    require_platform(by=by, within=within)
    assert step in DECISIONS, step
    _refuse(rules.text_flaws("reason", reason))
    listing, case = _locked(case)
    _settle(case, step, reason, within, by, at)
    others = ContentCase.objects.locked().filter(listing=listing, item=case.item).exclude(pk=case.pk)
    for other in others.select_related("reporter"):
        with_it = rules.goes_along(State(other.state), step)
        if with_it is not None:
            other.listing = listing
            _settle(other, with_it, reason, within, by, at)
    _follow(case, listing, step, by, at)
    return case


@atomic
def answer(*, case: ContentCase, text: str, by: User, at: datetime) -> ContentCase:
    """
    Answer as the owner of what was hidden; the platform looks again.

    :raises MissingRight: if ``by`` may not edit listings of the owner
    :raises ReportInvalid: if nothing is said, or too much
    :raises CaseMoved: if it is not hidden, or was answered
    """
    owner = case.listing.owner
    require(by, Permission.LISTING_EDIT, within=owner)
    _refuse(rules.text_flaws("answer", text))
    _listing, case = _locked(case)
    _move(case, Step.ANSWER, at)
    case.answer = text.strip()
    case.save(update_fields=["state", "moved_at", "answer"])
    _write(case, Step.ANSWER, text, owner, by, at)
    platform = Organization.objects.filter(kind=OrganizationKind.PLATFORM)
    _tell(Told.CONTENT_ANSWERED, list(platform), case, at)
    return case


def check_offered(*, listing: Listing) -> None:
    """
    Let a listing, whose row is locked, be published if the platform has not hidden it.

    :raises OfferHidden: if it has
    """
    found = ContentCase.objects.hiding().filter(listing=listing, about=About.LISTING).first()
    if found is not None:
        raise OfferHidden(reason=found.reason)


def hidden_flaws(*, owner: Organization, about: About, sha256s: Mapping[str, str]) -> list[Flaw]:
    """
    Return a flaw for each file of an owner, by its pointer, whose very bytes the platform has hidden.

    Also of what was taken away since: the audit trail of its adding says which bytes it had.
    """
    cases = ContentCase.objects.hiding().filter(listing__owner=owner, about=about)
    reasons = {one.item: one.reason for one in cases}
    if not reasons:
        return []
    added = AuditEntry.objects.filter(subject__in=reasons, action=ADDED[about])
    hidden = {facts.get("sha256"): reasons[item] for item, facts in added.values_list("subject", "facts")}
    return [
        Flaw(pointer, "hidden_by_platform", HIDDEN_BEFORE, {"reason": hidden[one]})
        for pointer, one in sha256s.items()
        if one in hidden
    ]


def _opened(thing: Thing, state: State, at: datetime, said: dict[str, object]) -> ContentCase:
    return ContentCase.objects.create(
        listing=thing.listing,
        about=thing.about.value,
        photo=thing.photo,
        document=thing.document,
        item=thing.item,
        named=thing.named[:160],
        state=state.value,
        opened_at=at,
        moved_at=at,
        **said,
    )


def _locked(case: ContentCase) -> tuple[Listing, ContentCase]:
    """Lock the listing, then the case."""
    listing = Listing.objects.locked().select_related("owner").get(pk=case.listing_id)
    found = ContentCase.objects.locked().select_related("reporter").get(pk=case.pk)
    found.listing = listing
    return listing, found


def _settle(case: ContentCase, step: Step, reason: str, within: Organization, by: User, at: datetime) -> None:
    """Write a decision of the platform down in one case, and tell who reported."""
    _move(case, step, at)
    case.reason = reason.strip()
    case.save(update_fields=["state", "moved_at", "reason"])
    _write(case, step, reason, within, by, at)
    if case.reporter is not None and step in (Step.HIDE, Step.DISMISS):
        _tell(Told.CONTENT_DECIDED, [case.reporter], case, at, link=f"/listings/{case.listing.public_id}/")


def _move(case: ContentCase, step: Step, at: datetime) -> None:
    to = rules.leads_to(State(case.state), step)
    if to is None:
        raise CaseMoved(state=case.get_state_display())
    case.state, case.moved_at = to.value, at


def _follow(case: ContentCase, listing: Listing, step: Step, by: User, at: datetime) -> None:
    """Pause an offer that was hidden, and tell the owner."""
    offered = listing.status == Listing.Status.PUBLISHED
    if step is Step.HIDE and case.about == About.LISTING and offered:
        listing.status, listing.version = Listing.Status.PAUSED, listing.version + 1
        listing.save(update_fields=["status", "version"])
        search_documents.renew(listings=[listing.pk], at=at)
        audit.record(by=by, action="listing.paused", subject=listing.public_id, at=at, within=listing.owner)
    if step in TOLD:
        _tell(TOLD[step], [listing.owner], case, at)


def _write(case: ContentCase, step: Step, text: str, within: Organization, by: User, at: datetime) -> None:
    said = {"text": text.strip(), "by": by.public_id, "by_name": by.name, "at": at}
    ContentStep.objects.create(case=case, verb=step.value, **said)
    act = f"content_case.{step.lower()}"
    audit.record(by=by, action=act, subject=case.public_id, at=at, within=within, item=case.item)


def _tell(kind: Told, to: list[Organization], case: ContentCase, at: datetime, link: str = "") -> None:
    facts = {"listing": case.listing.title, "named": case.named, "reason": case.reason}
    where = link or f"/content-cases/{case.public_id}/"
    notifications.notify(kind=kind, to=to, facts=facts, at=at, link=where)


def _refuse(flaws: list[Flaw]) -> None:
    if flaws:
        raise ReportInvalid(flaws=flaws)
