"""
The contract of a lease: drawn up when it is approved, signed by both sides, checked by anybody who sees it.

The machines are locked first, then the lease; both signatures are counted under its lock.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_noop

from devices.ownership.models import Notice
from leasing.actions import commission, finance, mandates, moves, service_openings
from leasing.gateway import signers
from leasing.models import (
    Contract,
    FinanceLease,
    Lease,
    LeaseUnit,
    Offer,
    Signature,
    TermsTemplate,
    Transition,
)
from leasing.rules import contracts as rules
from leasing.rules.canonical import digest as digest_of
from leasing.rules.contracts import Agreed, Basis, Form, Party
from leasing.rules.leases import Move, Side
from leasing.rules.signing import Brought, Statement
from marketplace.actions import audit, parties
from marketplace.actions.notifications import notify
from marketplace.gateway.transactions import atomic
from marketplace.models import Organization, User
from marketplace.permissions import MissingRight, Permission, require
from marketplace.rules.notifications import Kind
from marketplace.shared.errors import Flaw, Invalid, NotPossible


class ContractDiffers(Invalid):
    """The digest is not that of the contract: something else was shown than is signed."""

    code = "contract_differs"
    text = gettext_noop("This is not the fingerprint of the contract. Read it again, then sign it: {digest}.")


class SignedAlready(NotPossible):
    """Each side signs once."""

    code = "contract_signed_already"
    text = gettext_noop("{organization} has signed this contract already. It waits for the other side.")


@dataclass(frozen=True)
class Verdict:
    """Whether a contract is what was signed, and which of its signatures hold."""

    document: bool
    signatures: tuple[tuple[Signature, bool], ...]

    @property
    def is_complete(self) -> bool:
        """Whether both sides are bound."""
        return {signature.side for signature, _holds in self.signatures} == set(Signature.SignedAs.values)

    @property
    def holds(self) -> bool:
        """Whether both sides are bound to exactly this document."""
        return self.document and self.is_complete and all(holds for _signature, holds in self.signatures)


@dataclass(frozen=True)
class Bound:
    """What has bound both sides: offer, acceptance and data notice; and the machines with their claims."""

    offer: Offer
    accepted: Transition
    notice: Notice
    units: Sequence[LeaseUnit]


def bound_by(*, lease: Lease) -> Bound:
    """Read what has bound the sides of an accepted lease."""
    notice = Notice.objects.latest_for(lease.public_id)
    assert notice is not None, "the acceptance has delivered it"
    accepted = Transition.objects.get(lease=lease, move=Move.ACCEPT)
    units = lease.units.select_related("equipment", "claim").order_by("equipment")
    return Bound(Offer.objects.latest_for(lease), accepted, notice, list(units))


def draw_up(*, lease: Lease, bound: Bound, at: datetime) -> Lease:
    """
    Write the contract of a locked lease that was approved; conclude it if offer and acceptance are enough.

    For six months and more, and for a finance lease, both sides are asked to sign. The approval has asked for
    the rights.

    :raises NoLicence: if it is a finance lease and its lessor has no licence for them that holds
    """
    document = rules.document(_agreed(lease, bound, finance.open(lease=lease, at=at)))
    form, digest = document["form"], digest_of(document)
    contract = Contract.objects.create(lease=lease, form=form, document=document, digest=digest, made_at=at)
    if form == Form.WRITTEN:
        for side in (lease.lessor, lease.lessee):
            _tell(Kind.CONTRACT_TO_SIGN, lease, side, at)
        return lease
    steps = Transition.objects.filter(lease=lease)
    offered = steps.filter(facts__offer=document["offer"]).exclude(move=Move.ACCEPT).first()
    offered = offered or steps.get(move=Move.REQUEST)  # asked for before there were offers
    said = ((offered, Basis.OFFER), (bound.accepted, Basis.ACCEPTANCE))
    signed = Signature.objects.bulk_create(
        [_signature(contract, lease, _said(contract, lease, step, basis), Brought()) for step, basis in said]
    )
    signed.sort(key=lambda one: one.at)
    return _conclude(contract, lease, signed, by=parties.robot(name="clock"), within=None, at=at)


@atomic
def sign(
    *,
    lease: Lease,
    digest: str,
    mandate: str,
    within: Organization,
    by: User,
    at: datetime,
    mandate_reference: str = "",
    signature: str = "",
    expected: int | None = None,
) -> Lease:
    """
    Sign the contract of a lease for one side, by its digest; with the second signature it is concluded.

    ``signature`` is one by a registered key of the organization (base64), if it has its own; the platform
    signs the statement in any case.

    :raises MissingRight: if ``by`` may not sign for a side of the lease
    :raises LeaseMoveRefused: if no contract waits to be signed
    :raises ContractDiffers: if ``digest`` is not that of the contract
    :raises MandateInvalid: if ``by`` does not say by what it binds its organization
    :raises SignedAlready: if that side has signed
    :raises OwnSignatureWrong: if ``signature`` is not one by a key of the organization
    """
    require(by, Permission.LEASE_END, within=within)
    sides = {lease.lessor_id: Side.LESSOR, lease.lessee_id: Side.LESSEE}
    if within.pk not in sides:
        raise MissingRight(organization=within.name)
    lease = moves.lock(lease=lease, move=Move.CONTRACT, expected=expected)
    contract = Contract.objects.get(lease=lease)
    _check_digest(contract, digest)
    if contract.signatures.filter(side=sides[within.pk]).exists():
        raise SignedAlready(organization=within.name)
    statement = Statement(
        contract=contract.digest,
        side=sides[within.pk],
        organization=within.public_id,
        organization_name=within.name,
        signer=by.public_id,
        signer_name=by.name,
        roles=tuple(sorted(by.roles_in(within))),
        basis=Basis.SIGNATURE,
        offer=contract.document["offer"],
        at=at,
        **mandates.checked(mandate=mandate, reference=mandate_reference),
    )
    keys = within.signing_keys.filter(revoked_at=None).values_list("public_key", flat=True)
    _write(contract, lease, statement, Brought(signature, tuple(bytes(key) for key in keys)))
    facts = {"contract": contract.digest, "side": statement.side, "mandate": statement.mandate}
    audit.record(by=by, action="contract.sign", subject=lease.public_id, at=at, within=within, **facts)
    signed = list(contract.signatures.all())
    if len(signed) == len(sides):
        return _conclude(contract, lease, signed, by=by, within=within, at=at)
    other = lease.lessee if within.pk == lease.lessor_id else lease.lessor
    _tell(Kind.CONTRACT_SIGNED, lease, other, at)
    return lease


def verify(*, contract: Contract) -> Verdict:
    """Look whether the document is the one whose digest was signed, and whether each signature holds."""
    found = contract.signatures.select_related("organization").all()
    checked = tuple((one, signers.signer(one.adapter).holds(one.statement(), one.seal)) for one in found)
    return Verdict(digest_of(contract.document) == contract.digest, checked)


def _agreed(lease: Lease, bound: Bound, financed: FinanceLease | None) -> Agreed:
    site, offer = lease.listing.site, bound.offer
    return Agreed(
        lease=lease.public_id,
        number=lease.number,
        lessor=_party(lease.lessor),
        lessee=_party(lease.lessee),
        machines=[_machine(lease, unit) for unit in bound.units],
        place={"name": site.name, "city": site.city, "region_code": site.region_code},
        period=lease.period,
        zone=lease.agreed.zone,
        terms=lease.terms,
        terms_digest=lease.terms_digest,
        expected_usage=lease.expected_usage,
        offer=offer.digest,
        offered_at=offer.made_at,
        data_notice=bound.notice.digest,
        templates=[
            one.named() for one in TermsTemplate.objects.in_force(offer.made_at).defer("text_zh", "text_en")
        ],
        finance=_financed(financed) if financed else None,
    )


def _machine(lease: Lease, unit: LeaseUnit) -> dict[str, str]:
    """Describe a machine; one that nobody chose may be another of its listing until it is on its way."""
    machine = unit.equipment
    return {
        "id": machine.public_id,
        "name": machine.name,
        "maker": machine.maker_name,
        "model": machine.model_name,
        "serial_number": machine.serial_number,
    } | ({"or_another_of": lease.listing.public_id} if unit.claim.movable else {})


def _financed(financed: FinanceLease) -> dict[str, Any]:
    """Write by what licence it is made, and every instalment, so that both sides sign the figures."""
    licence = financed.licence
    return {
        "licence": {"number": licence.number, "authority": licence.authority},
        "schedule": [one.value().dump() for one in financed.instalments.all()],
    }


def _party(organization: Organization) -> Party:
    return Party(organization.public_id, organization.name, organization.credit_code)


def _said(contract: Contract, lease: Lease, step: Transition, basis: Basis) -> Statement:
    """Return what an offer or its acceptance says as a signature."""
    lessor = step.organization == lease.lessor.public_id
    return Statement(
        contract=contract.digest,
        side=Side.LESSOR if lessor else Side.LESSEE,
        organization=step.organization,
        organization_name=step.organization_name,
        signer=step.actor,
        signer_name=step.actor_name,
        roles=tuple(step.roles),
        mandate=step.facts.get("mandate", ""),
        mandate_reference=step.facts.get("mandate_reference", ""),
        basis=basis,
        offer=contract.document["offer"],
        at=step.occurred_at,
    )


def _check_digest(contract: Contract, given: str) -> None:
    if given != contract.digest:
        flaw = Flaw("/digest", ContractDiffers.code, ContractDiffers.text, {"digest": contract.digest})
        raise ContractDiffers(flaws=[flaw], digest=contract.digest)


def _write(contract: Contract, lease: Lease, statement: Statement, brought: Brought) -> None:
    _signature(contract, lease, statement, brought).save()


def _signature(contract: Contract, lease: Lease, statement: Statement, brought: Brought) -> Signature:
    adapter = settings.CONTRACT_SIGNER
    said = {name: getattr(statement, name) for name in ("side", "basis", "organization_name", "at", "offer")}
    person = {name: getattr(statement, name) for name in ("signer", "signer_name")}
    return Signature(
        contract=contract,
        organization=lease.lessor if statement.side == Side.LESSOR else lease.lessee,
        roles=list(statement.roles),
        mandate=statement.mandate,
        mandate_reference=statement.mandate_reference,
        adapter=adapter,
        seal=signers.signer(adapter).seal(statement, brought),
        **said,
        **person,
    )


def _conclude(
    contract: Contract,
    lease: Lease,
    signatures: Sequence[Signature],
    *,
    by: User,
    within: Organization | None,
    at: datetime,
) -> Lease:
    signed = [{"side": one.side, "basis": one.basis, "digest": digest_of(one.seal)} for one in signatures]
    facts: dict[str, Any] = {
        "document": contract.digest,
        "template": contract.document["templates"],
        "signatures": signed,
    }
    lease = moves.carry_out(
        lease=lease,
        move=Move.CONTRACT,
        by=by,
        within=within,
        at=at,
        facts=facts,
        evidence=[contract.digest, *(one["digest"] for one in signed)],
    )
    commission.take(lease=lease, at=at)
    service_openings.begin_with_lease(lease=lease, at=at)
    for side in (lease.lessor, lease.lessee):
        _tell(Kind.CONTRACT_CONCLUDED, lease, side, at)
    return lease


def _tell(kind: Kind, lease: Lease, to: Organization, at: datetime) -> None:
    other = lease.lessee if to.pk == lease.lessor_id else lease.lessor
    facts, link = {"number": lease.number, "who": other.name}, f"/leases/{lease.public_id}/contract/"
    notify(kind=kind, to=[to], facts=facts, at=at, link=link)
