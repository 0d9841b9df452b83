"""
Other terms for an agreement that runs: one side proposes them, the other accepts exactly those.

The agreement is locked before its proposal is looked at, so a proposal is answered once.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_noop

from devices.ownership.actions import versions
from devices.ownership.actions.agreements import DataTermsVoid
from devices.ownership.models import Agreement, AgreementVersion, Proposal
from devices.ownership.rules import data_terms
from devices.ownership.rules.data_terms import Acceptance
from marketplace.actions import audit
from marketplace.models import Organization, User
from marketplace.permissions import MissingRight, Permission, require
from marketplace.shared.errors import Invalid, NotPossible


class AgreementOver(NotPossible):
    """The terms of an agreement that ended stay what they are."""

    code = "agreement_over"
    text = gettext_noop("This agreement has ended: its terms stay as they are.")


class ProposalWaits(NotPossible):
    """One proposal at a time."""

    code = "proposal_waits"
    text = gettext_noop("Another proposal waits for an answer. Let it be answered or withdrawn first.")


class ProposalAnswered(NotPossible):
    """The proposal was accepted, refused or withdrawn, or ended with the agreement."""

    code = "proposal_answered"
    text = gettext_noop("This proposal is not open any more: {state}.")


class ProposalDiffers(Invalid):
    """The digest is not that of the proposal: something else was shown than is accepted."""

    code = "proposal_differs"
    text = gettext_noop("This is not the fingerprint of the proposal. Read it again, then accept it.")


class NothingProposed(Invalid):
    """The proposal says what holds already."""

    code = "nothing_proposed"
    text = gettext_noop("These are the terms that hold now. Propose other ones.")


@transaction.atomic
def propose(
    *,
    agreement: Agreement,
    terms: Mapping[str, Any],
    by: User,
    within: Organization,
    at: datetime,
    covers_earlier: bool = False,
    note: str = "",
    expected: int | None = None,
) -> Proposal:
    """
    Offer the other side of an agreement new data terms: all of them, not what is new about them.

    What they give more holds for data from the acceptance on; with ``covers_earlier`` for earlier data too.

    :raises MissingRight: if ``within`` is no side, or ``by`` may not decide on agreements for it
    :raises AgreementChanged: if the agreement has another version than the caller saw
    :raises AgreementOver: if the agreement has ended
    :raises ProposalWaits: if another proposal is open
    :raises DataTermsVoid: if the terms take away what nobody can give away
    :raises NothingProposed: if they say what holds already
    """
    require(by, Permission.AGREEMENT_EDIT, within=within)
    side = _side(agreement, within)
    agreement = versions.lock(agreement=agreement, expected=expected)
    _check_runs(agreement, at)
    if agreement.proposals.open().exists():
        raise ProposalWaits
    last = agreement.versions.latest("number")
    flaws = data_terms.flaws(terms)
    if flaws:
        raise DataTermsVoid(flaws=flaws, count=len(flaws))
    same = terms.get("changes", []) == last.terms.get("changes", [])
    if same and (last.covers_earlier or not covers_earlier):
        raise NothingProposed
    number = last.number + 1
    proposal = Proposal.objects.create(
        agreement=agreement,
        number=number,
        terms=dict(terms),
        covers_earlier=covers_earlier,
        digest=data_terms.digest([agreement.public_id, number, terms, covers_earlier]),
        side=side,
        person=by.public_id,
        person_name=by.name,
        note=note.strip(),
        proposed_at=at,
    )
    _audit(proposal, "propose", by, at, within)
    return proposal


@transaction.atomic
def accept(*, proposal: Proposal, digest: str, by: User, at: datetime) -> AgreementVersion:
    """
    Accept what the other side proposed; it holds from this moment on.

    :raises MissingRight: if ``by`` may not decide on agreements for the side that was asked
    :raises ProposalAnswered: if the proposal is not open any more
    :raises AgreementOver: if the agreement has ended
    :raises ProposalDiffers: if ``digest`` is not that of the proposal
    """
    within = asked_side(proposal=proposal)
    require(by, Permission.AGREEMENT_EDIT, within=within)
    agreement = versions.lock(agreement=proposal.agreement)
    proposal = _open(proposal)
    _check_runs(agreement, at)
    if digest != proposal.digest:
        raise ProposalDiffers
    _answer(proposal, Proposal.State.ACCEPTED, by, at)
    version = AgreementVersion.objects.create(
        agreement=agreement,
        number=proposal.number,
        terms=proposal.terms,
        digest=proposal.digest,
        valid_from=max(at, agreement.versions.latest("number").valid_from),
        covers_earlier=proposal.covers_earlier,
        accepted=[one.dump() for one in _acceptances(proposal, agreement, by, within, at)],
    )
    agreement.version += 1
    agreement.save(update_fields=["version"])
    _audit(proposal, "accept", by, at, within)
    return version


@transaction.atomic
def refuse(*, proposal: Proposal, reason: str, by: User, at: datetime) -> Proposal:
    """
    Refuse what the other side proposed, and tell it why.

    :raises MissingRight: if ``by`` may not decide on agreements for the side that was asked
    :raises ProposalAnswered: if the proposal is not open any more
    """
    within = asked_side(proposal=proposal)
    require(by, Permission.AGREEMENT_EDIT, within=within)
    versions.lock(agreement=proposal.agreement)
    refused = _answer(_open(proposal), Proposal.State.REFUSED, by, at, reason)
    _audit(refused, "refuse", by, at, within)
    return refused


@transaction.atomic
def withdraw(*, proposal: Proposal, by: User, at: datetime) -> Proposal:
    """
    Take back what the own side proposed, while it waits for an answer.

    :raises MissingRight: if ``by`` may not decide on agreements for the side that proposed it
    :raises ProposalAnswered: if the proposal is not open any more
    """
    within = own_side(proposal=proposal)
    require(by, Permission.AGREEMENT_EDIT, within=within)
    versions.lock(agreement=proposal.agreement)
    withdrawn = _answer(_open(proposal), Proposal.State.WITHDRAWN, by, at)
    _audit(withdrawn, "withdraw", by, at, within)
    return withdrawn


def own_side(*, proposal: Proposal) -> Organization:
    """Return the organization that proposed."""
    agreement = proposal.agreement
    return agreement.owner if proposal.side == Proposal.Side.OWNER else agreement.lessee


def asked_side(*, proposal: Proposal) -> Organization:
    """Return the organization that was asked."""
    agreement = proposal.agreement
    return agreement.lessee if proposal.side == Proposal.Side.OWNER else agreement.owner


def _side(agreement: Agreement, within: Organization) -> str:
    sides = {agreement.owner_id: Proposal.Side.OWNER, agreement.lessee_id: Proposal.Side.LESSEE}
    if within.pk not in sides:
        raise MissingRight(organization=within.name)
    return sides[within.pk]


def _check_runs(agreement: Agreement, at: datetime) -> None:
    end = agreement.span.end
    if agreement.closed_at is not None or (end is not None and at >= end):
        raise AgreementOver


def _open(proposal: Proposal) -> Proposal:
    """Return the proposal as it is now that its agreement is locked."""
    found = Proposal.objects.select_related("agreement").get(pk=proposal.pk)
    if found.state != Proposal.State.OPEN:
        raise ProposalAnswered(state=Proposal.State(found.state).label)
    return found


def _answer(proposal: Proposal, state: Proposal.State, by: User, at: datetime, reason: str = "") -> Proposal:
    proposal.state, proposal.decided_at, proposal.reason = state, at, reason.strip()
    proposal.decided_by, proposal.decided_name = by.public_id, by.name
    proposal.save(update_fields=["state", "decided_at", "reason", "decided_by", "decided_name"])
    return proposal


def _acceptances(
    proposal: Proposal, agreement: Agreement, by: User, within: Organization, at: datetime
) -> list[Acceptance]:
    """Return both sides' acceptances: one proposed the terms, the other took them."""
    sides = {Proposal.Side.OWNER.value: agreement.owner, Proposal.Side.LESSEE.value: agreement.lessee}
    proposed = Acceptance(
        proposal.side,
        sides[proposal.side].public_id,
        proposal.person,
        proposal.person_name,
        proposal.proposed_at,
        proposal.digest,
    )
    side = next(name for name, organization in sides.items() if organization == within)
    return [proposed, Acceptance(side, within.public_id, by.public_id, by.name, at, proposal.digest)]


def _audit(proposal: Proposal, verb: str, by: User, at: datetime, within: Organization) -> None:
    facts = {"agreement": proposal.agreement.public_id, "digest": proposal.digest, "reason": proposal.reason}
    audit.record(by=by, action=f"proposal.{verb}", subject=proposal.public_id, at=at, within=within, **facts)
