"""Check who an organization is: hand in papers, ask for more, decide, and check again a year later."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_noop

from marketplace.actions import audit, listings, notifications, search_documents
from marketplace.actions.parties import CreditCodeTaken
from marketplace.gateway.transactions import atomic
from marketplace.models import Listing, Organization, User, Verification, VerificationPaper, VerificationStep
from marketplace.models.parties import OrganizationKind
from marketplace.permissions import MissingRight, Permission, require
from marketplace.rules import verifications as rules
from marketplace.rules.joining import LATER, UNVERIFIED, mended, tidy
from marketplace.rules.notifications import Kind
from marketplace.rules.proofs import Paper, Proof
from marketplace.rules.verifications import DECISIONS, LEADS_TO, LONGEST_REASON, WITH_REASON, State, Step
from marketplace.shared.errors import Flaw, Invalid, NotPossible

MOST_PAPERS = 12
AT_ONCE = 200
TOLD = {
    Step.ASK: Kind.VERIFICATION_ASKED,
    Step.APPROVE: Kind.VERIFICATION_APPROVED,
    Step.REFUSE: Kind.VERIFICATION_REFUSED,
    Step.RECHECK: Kind.VERIFICATION_AGAIN,
}
AGAIN = gettext_noop(
    "The regular check is due: upload the current business licence within 30 days. Business stops then."
)
LAPSED = gettext_noop("The regular check was not answered within 30 days. Hand in the current papers.")


class VerificationMoved(NotPossible):
    """The case does not stand where this step begins; somebody else may have been faster."""

    code = "verification_moved"
    text = gettext_noop(
        "This cannot be done any more: the verification stands at “{state}”. Reload the page."
    )


class ReasonMissing(Invalid):
    """Whoever asks for more or refuses says why."""

    code = "verification_reason_missing"
    text = gettext_noop("Say why: the organization reads it.")


class AnswerEmpty(Invalid):
    """An answer brings a paper or mends what was typed."""

    code = "verification_answer_empty"
    text = gettext_noop("Upload a paper, or mend what was typed.")


class TooManyPapers(NotPossible):
    """A case holds so many papers."""

    code = "too_many_papers"
    text = gettext_noop("A verification holds at most {most} papers.")


@dataclass(frozen=True)
class Upload:
    """A paper that came in and was read (``marketplace.rules.proofs``)."""

    kind: Paper
    name: str
    proof: Proof


@atomic
def submit(
    *, organization: Organization, given: Mapping[str, str], papers: Sequence[Upload], by: User, at: datetime
) -> Verification:
    """Open the case of an organization that has just signed up; joining calls it in its own transaction."""
    made = _opened(organization, given, at, State.WAITING)
    _keep(made, papers, by, at)
    _write(made, Step.SUBMIT, "", by, at, within=organization)
    _tell_platform(made, at)
    return made


@atomic
def answer(
    *,
    organization: Organization,
    given: Mapping[str, Any],
    papers: Sequence[Upload],
    by: User,
    at: datetime,
) -> Verification:
    """
    Answer what the platform asked, or hand in papers: anew after a refusal, or as one that was never checked.

    What was typed may be mended.

    :raises MissingRight: if ``by`` may not edit members of the organization, as its administrators may
    :raises ApplicantInvalid: with every fault at its field
    :raises AnswerEmpty: if it brings nothing
    :raises VerificationMoved: if the platform has nothing to hear at the moment
    :raises TooManyPapers: if there would be more than ``MOST_PAPERS``
    """
    require(by, Permission.MEMBER_EDIT, within=organization)
    organization = Organization.objects.locked().get(pk=organization.pk)
    known = {name: getattr(organization, name) for name in (*LATER, "kind", "credit_code")}
    changes = mended(known, given, UNVERIFIED if organization.awaits_verification else LATER)
    if not papers and not changes:
        raise AnswerEmpty
    case = Verification.objects.locked().filter(organization=organization).last()
    step = Step.ANSWER
    if organization.verified_at is None and (case is None or case.decided_at is not None):
        case, step = _opened(organization, known, at, State.WAITING), Step.SUBMIT
    elif case is None or not rules.is_possible(step, State(case.state)):
        raise VerificationMoved(state=case.get_state_display() if case else "–")
    if organization.awaits_verification:  # else what is verified stands until the check is over
        _mend(organization, changes)
    case.given, case.submitted_at = {**known, **changes}, at
    case.save(update_fields=["given", "submitted_at"])
    _keep(case, papers, by, at)
    _moved(case, step, "", by, at, within=organization)
    _tell_platform(case, at)
    return case


@atomic
def decide(
    *, case: Verification, step: str, reason: str = "", within: Organization, by: User, at: datetime, on: date
) -> Verification:
    """
    Approve, ask for more, or refuse, for the platform; ``on`` is the local day, from which a year is counted.

    A refused organization does no business, and what it offers is paused.

    :raises MissingRight: if ``by`` may not decide verifications, or ``within`` is not the platform
    :raises ReasonMissing: if it asks or refuses without saying why
    :raises VerificationMoved: if it was decided before
    :raises CreditCodeTaken: if another organization with its code was verified
    """
    _require_platform(by, within)
    decision, why = Step(step), tidy(reason)[:LONGEST_REASON]
    assert decision in DECISIONS, step
    if decision in WITH_REASON and not why:
        raise ReasonMissing(flaws=[Flaw("/reason", "required", ReasonMissing.text)])
    organization = Organization.objects.locked().get(pk=case.organization_id)
    case = Verification.objects.locked().get(pk=case.pk)
    if not rules.is_possible(decision, State(case.state)):
        raise VerificationMoved(state=case.get_state_display())
    if decision is Step.APPROVE:
        _mend(organization, {name: case.given[name] for name in LATER if name in case.given})
        _verify(organization, at, rules.a_year_after(on))
    elif decision is Step.REFUSE:
        _stop(organization, by, at)
    _decided(case, decision, why, within=within, by=by, at=at)
    if decision is Step.APPROVE:
        offered = Listing.objects.published().filter(owner=organization)
        search_documents.renew(listings=list(offered.values_list("pk", flat=True)), at=at)
    return case


@atomic
def recheck(*, organization: Organization, within: Organization, by: User, at: datetime) -> Verification:
    """
    Begin the regular check of a verified organization, which goes on with its business meanwhile.

    While a check is open it is returned as it is.

    :raises MissingRight: if ``by`` may not decide verifications, or ``within`` is not the platform
    :raises VerificationMoved: if the organization was never verified
    """
    _require_platform(by, within)
    return _recheck(organization, within, by, at)


def due(*, on: date) -> list[Organization]:
    """Return organizations whose regular check is to begin on a local day, at most some."""
    open_ = Verification.objects.open().values("organization")
    return list(Organization.objects.to_check(on).exclude(pk__in=open_)[:AT_ONCE])


@atomic
def begin_due(*, organization: Organization, by: User, at: datetime) -> Verification:
    """Begin the regular check of an organization whose day has come, for the clock; an open one stays."""
    return _recheck(organization, organization, by, at)


@atomic
def lapse(*, case: Verification, by: User, at: datetime) -> Verification:
    """Refuse what a verified organization did not answer in time, for the clock; nothing if it did."""
    organization = Organization.objects.locked().get(pk=case.organization_id)
    case = Verification.objects.locked().get(pk=case.pk)
    if Verification.objects.unanswered(at).filter(pk=case.pk).exists():
        _stop(organization, by, at)
        _decided(case, Step.REFUSE, LAPSED, within=organization, by=by, at=at)
    return case


def _recheck(organization: Organization, within: Organization, by: User, at: datetime) -> Verification:
    organization = Organization.objects.locked().get(pk=organization.pk)
    known = Verification.objects.open().filter(organization=organization).first()
    if known is not None:
        return known
    if organization.verified_at is None:
        raise VerificationMoved(state="–")
    given = {name: getattr(organization, name) for name in (*LATER, "kind", "credit_code")}
    case = _opened(organization, given, at, State.ASKED)
    case.reason = AGAIN
    case.save(update_fields=["reason"])
    _write(case, Step.RECHECK, AGAIN, by, at, within=within)
    notifications.notify(
        kind=TOLD[Step.RECHECK],
        to=[organization],
        facts={"organization": organization.name},
        at=at,
        link="/verification/",
    )
    return case


def _require_platform(by: User, within: Organization) -> None:
    if within.kind != OrganizationKind.PLATFORM:
        raise MissingRight(organization=within.name, permission=str(Permission.VERIFICATION_DECIDE))
    require(by, Permission.VERIFICATION_DECIDE, within=within)


def _opened(organization: Organization, given: Mapping[str, str], at: datetime, state: State) -> Verification:
    return Verification.objects.create(
        organization=organization, state=state.value, given=dict(given), submitted_at=at
    )


def _keep(case: Verification, papers: Sequence[Upload], by: User, at: datetime) -> None:
    if case.papers.count() + len(papers) > MOST_PAPERS:
        raise TooManyPapers(most=MOST_PAPERS)
    rows = [
        VerificationPaper(
            verification=case,
            kind=one.kind.value,
            name=tidy(one.name)[-120:] or "–",
            media_type=one.proof.media_type,
            content=one.proof.content,
            sha256=one.proof.sha256,
            added_by=by.public_id,
            added_by_name=by.name,
            added_at=at,
        )
        for one in papers
    ]
    VerificationPaper.objects.bulk_create(rows, ignore_conflicts=True)


def _mend(organization: Organization, changes: Mapping[str, str]) -> None:
    for name, value in changes.items():
        setattr(organization, name, value)
    organization.save(update_fields=list(changes))


def _stop(organization: Organization, by: User, at: datetime) -> None:
    _stands(organization, verified_at=None, awaits=True, again_on=None)
    listings.pause_all(owner=organization, by=by, at=at)


def _decided(
    case: Verification, decision: Step, why: str, *, within: Organization, by: User, at: datetime
) -> None:
    _moved(case, decision, why, by, at, within=within)
    whose = case.organization
    facts = {"organization": whose.name}
    notifications.notify(kind=TOLD[decision], to=[whose], facts=facts, at=at, link="/verification/")


def _verify(organization: Organization, at: datetime, again_on: date) -> None:
    try:
        with transaction.atomic():
            _stands(organization, verified_at=at, awaits=False, again_on=again_on)
    except IntegrityError as error:
        raise CreditCodeTaken(credit_code=organization.credit_code) from error


def _stands(
    organization: Organization, *, verified_at: datetime | None, awaits: bool, again_on: date | None
) -> None:
    organization.verified_at, organization.awaits_verification = verified_at, awaits
    organization.verify_again_on = again_on
    organization.save(update_fields=["verified_at", "awaits_verification", "verify_again_on"])


def _moved(
    case: Verification, step: Step, reason: str, by: User, at: datetime, *, within: Organization
) -> None:
    case.state, case.reason = LEADS_TO[step].value, reason
    case.decided_at = at if step in (Step.APPROVE, Step.REFUSE) else None
    case.save(update_fields=["state", "reason", "decided_at"])
    _write(case, step, reason, by, at, within=within)


def _write(
    case: Verification, step: Step, reason: str, by: User, at: datetime, *, within: Organization
) -> None:
    VerificationStep.objects.create(
        verification=case, verb=step.value, reason=reason, by=by.public_id, by_name=by.name, at=at
    )
    audit.record(
        by=by,
        action=f"verification.{step.lower()}",
        subject=case.public_id,
        at=at,
        within=within,
        organization=case.organization.public_id,
        reason=reason,
    )


def _tell_platform(case: Verification, at: datetime) -> None:
    platform = Organization.objects.filter(kind=OrganizationKind.PLATFORM)
    notifications.notify(
        kind=Kind.VERIFICATION_SUBMITTED,
        to=platform,
        facts={"organization": case.organization.name},
        at=at,
        link=f"/verifications/{case.public_id}/",
    )
