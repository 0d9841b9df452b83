"""What waits for an organization: to be answered, accepted, or known before it is too late."""

from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from devices.ownership.models import (
    Duty,
    Grant,
    Notice,
    ProductStep,
    ProductVersion,
    Proposal,
    SharingObjection,
    SharingRequest,
)
from devices.ownership.queries.rights import grants_of
from devices.ownership.rules.sharing import OWNER_TIME
from marketplace.models import Claim, Organization
from marketplace.models.parties import OrganizationKind


def grants_to_answer(organization: Organization, at: datetime) -> "QuerySet[Grant]":
    """Return the requests that an organization can still answer, the oldest first."""
    lessee, own = Q(agreement__lessee=organization), Q(agreement=None, equipment__owner=organization)
    job = Q(kind=Grant.Kind.SERVICE_JOB, agreement__owner=organization)
    now = Q(kind=Grant.Kind.REMOTE_DIAGNOSIS, agreement__period__contains=at)
    asked = grants_of(organization).filter(asked_at__isnull=False, given_at=None, refused_at=None)
    if organization.kind == OrganizationKind.PLATFORM:
        return asked.filter(kind=Grant.Kind.ORDER, readable__endswith__gt=at).order_by("pk")
    mine = asked.filter(lessee | own | job, now | Q(readable__endswith__gt=at))
    others = mine.exclude(recipient=organization)
    return others.exclude(kind__in=(Grant.Kind.ORDER, Grant.Kind.SHARING)).order_by("pk")


def proposals_to_answer(organization: Organization, at: datetime) -> "QuerySet[Proposal]":
    """Return what other sides propose to an organization for agreements that run, the oldest first."""
    to_lessee = Q(agreement__lessee=organization, side=Proposal.Side.OWNER)
    to_owner = Q(agreement__owner=organization, side=Proposal.Side.LESSEE)
    runs = Q(agreement__period__upper_inf=True) | Q(agreement__period__endswith__gt=at)
    found = Proposal.objects.open().filter(to_lessee | to_owner, runs, agreement__closed_at=None)
    sides = ("agreement__equipment", "agreement__owner", "agreement__lessee")
    return found.select_related(*sides).order_by("pk")


def products_to_consent(organization: Organization) -> "QuerySet[ProductVersion]":
    """Return the data products that touch an organization and wait for its consent, the oldest first."""
    steps = ProductStep.objects.filter(version=OuterRef("pk"))
    newer = ProductVersion.objects.filter(product=OuterRef("product"), number__gt=OuterRef("number"))
    mine = ProductVersion.objects.filter(
        ~Exists(steps.filter(Q(kind="WITHDRAWN") | Q(kind="CONSENTED", organization=organization))),
        ~Exists(newer),
        parties__contains=[organization.public_id],
    )
    return mine.select_related("product__seller").order_by("pk")


def notices_to_accept(organization: Organization) -> "QuerySet[Notice]":
    """Return the notices that a lessee has to accept before a machine is handed over, the oldest first."""
    same = {"reference": OuterRef("reference")}
    held = Claim.objects.active().filter(reason=Claim.Reason.LEASE, **same)
    newer = Notice.objects.filter(number__gt=OuterRef("number"), **same)
    found = Notice.objects.filter(Exists(held), ~Exists(newer), lessee=organization, acceptance=None)
    return found.select_related("owner").order_by("pk")


def erasures_until(organization: Organization, until: datetime) -> "QuerySet[Duty]":
    """Return what of an organization's agreements is to be erased until a moment and nobody suspends."""
    found = Duty.objects.visible_in(organization).undone().filter(kind=Duty.Kind.ERASE, due_at__lte=until)
    return found.shown().filter(held_for__isnull=True)  # type: ignore[misc]


_HELD = SharingObjection.objects.filter(request=OuterRef("pk"), reason="DAMAGE", overruled_at=None)


def sharing_to_answer(organization: Organization, at: datetime) -> "QuerySet[SharingRequest]":
    """
    Return what waits for an organization in sharing requests, the oldest first.

    That is a price or an objection of the owner, the word of the recipient, and that it erased what it got.
    """
    open_ = Q(stop="", grant__given_at=None, grant__readable__endswith__gt=at)
    unpriced = Q(priced_at=None, grant__asked_at__gt=at - OWNER_TIME)
    priced, held = open_ & unpriced, Exists(_HELD)
    to_owner = priced & Q(grant__agreement__owner=organization) & ~held
    to_recipient = open_ & ~unpriced & Q(grant__recipient=organization) & ~held
    ended = Q(grant__readable__endswith__lte=at) | Q(grant__withdrawn_at__isnull=False)
    to_erase = Q(grant__given_at__isnull=False, erased_at=None, grant__recipient=organization) & ended
    found = SharingRequest.objects.visible_in(organization).filter(to_owner | to_recipient | to_erase)
    return found.shown().order_by("pk")
