"""Contracts of leases and the signatures under them; both stay as they were made."""

from functools import partial
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from leasing.models.leases import Lease
from leasing.rules.contracts import Basis, Form
from leasing.rules.leases import Side
from leasing.rules.offers import Mandate
from leasing.rules.signing import Statement
from marketplace.models import Organization
from marketplace.shared.ids import new_id


class Contract(models.Model):
    """The contract of a lease: ``digest`` is the SHA-256 of ``document`` in canonical JSON."""

    class ContractForm(models.TextChoices):
        ACCEPTANCES = Form.ACCEPTANCES.value, _("Offer and acceptance")
        WRITTEN = Form.WRITTEN.value, _("Written form")

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "ctr"), editable=False)
    lease = models.OneToOneField(Lease, on_delete=models.PROTECT, related_name="contract")
    form = models.CharField(max_length=12, choices=ContractForm)
    document = models.JSONField()
    digest = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.lease} · {self.digest[:16]}"


class Signature(models.Model):
    """
    By what one side is bound to a contract: its offer, its acceptance, or its signature under the document.

    ``adapter`` names the signer (``settings.CONTRACT_SIGNERS``) that made ``seal`` and can check it.
    """

    class SignedAs(models.TextChoices):
        LESSEE = Side.LESSEE.value, _("Lessee")
        LESSOR = Side.LESSOR.value, _("Lessor")

    class BoundBy(models.TextChoices):
        OFFER = Basis.OFFER.value, _("Offer")
        ACCEPTANCE = Basis.ACCEPTANCE.value, _("Acceptance by fingerprint")
        SIGNATURE = Basis.SIGNATURE.value, _("Signature")

    class SignedBy(models.TextChoices):
        OFFICE = Mandate.OFFICE.value, _("By office in the organization")
        LEGAL_REPRESENTATIVE = Mandate.LEGAL_REPRESENTATIVE.value, _("As legal representative")
        POWER_OF_ATTORNEY = Mandate.POWER_OF_ATTORNEY.value, _("By power of attorney")

    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="signatures")
    side = models.CharField(max_length=6, choices=SignedAs)
    basis = models.CharField(max_length=12, choices=BoundBy)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    organization_name = models.CharField(max_length=120)
    signer = models.CharField(max_length=30)
    signer_name = models.CharField(max_length=80)
    roles = models.JSONField(default=list)
    mandate = models.CharField(max_length=24, choices=SignedBy, blank=True)
    mandate_reference = models.CharField(max_length=120, blank=True)
    offer = models.CharField(max_length=64)
    at = models.DateTimeField()
    adapter = models.CharField(max_length=40)
    seal = models.JSONField()

    class Meta:
        ordering: ClassVar = ["contract", "at", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="%(app_label)s_%(class)s_once", fields=["contract", "side"]),
        ]

    def __str__(self) -> str:
        return f"{self.contract} · {self.side}"

    def statement(self) -> Statement:
        """Return what was signed, from what is stored."""
        return Statement(
            contract=self.contract.digest,
            side=self.side,
            organization=self.organization.public_id,
            organization_name=self.organization_name,
            signer=self.signer,
            signer_name=self.signer_name,
            roles=tuple(self.roles),
            mandate=self.mandate,
            mandate_reference=self.mandate_reference,
            basis=self.basis,
            offer=self.offer,
            at=self.at,
        )
