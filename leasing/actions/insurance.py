"""Write insurance policies of machines down; what is wrong or cancelled gets a newer record in its place."""

from dataclasses import asdict
from datetime import datetime

from django.utils.translation import gettext_noop

from leasing.models import InsurancePolicy, Lease, LeaseUnit
from leasing.models.insurance import TOLD_ONCE
from leasing.rules import insurance as rules
from leasing.rules.insurance import Kind, Policy
from marketplace.actions import audit
from marketplace.actions.notifications import notify
from marketplace.gateway.transactions import atomic
from marketplace.models import Equipment, Organization, User
from marketplace.permissions import MissingRight, Permission, require
from marketplace.rules.notifications import Kind as Told
from marketplace.shared.errors import Invalid, NotPossible


class PolicyInvalid(Invalid):
    """Something in the policy is wrong or missing; ``flaws`` say what, each at its field."""

    code = "insurance_policy_invalid"
    text = gettext_noop("The policy cannot be kept like this. Mend what is marked.")


class NoSuchPolicy(Invalid):
    """A newer record names a policy of the same machine and lease that its own organization wrote down."""

    code = "no_such_policy"
    text = gettext_noop("You wrote no such policy down of this machine here. Read the list again.")


class PolicyReplaced(NotPossible):
    """Another record has taken the place of this one."""

    code = "insurance_policy_replaced"
    text = gettext_noop("A newer record of this policy is there. Read the list again, and correct that one.")


@atomic
def add(
    *, equipment: Equipment, given: Policy, by: User, at: datetime, replaces: str = ""
) -> InsurancePolicy:
    """
    Write a policy of a machine down as its owner; ``replaces`` names the one whose place it takes.

    :raises MissingRight: if ``by`` may not edit equipment of the owner
    :raises PolicyInvalid: with every fault at its field
    :raises NoSuchPolicy: if ``replaces`` names none that the owner wrote down of the machine
    :raises PolicyReplaced: if another record took its place
    """
    require(by, Permission.EQUIPMENT_EDIT, within=equipment.owner)
    return _keep(equipment, None, given, equipment.owner, by=by, at=at, replaces=replaces)


@atomic
def add_to_lease(
    *, unit: LeaseUnit, given: Policy, within: Organization, by: User, at: datetime, replaces: str = ""
) -> InsurancePolicy:
    """
    Write a policy of a leased machine down as one side of its lease; the other one is told.

    :raises MissingRight: if ``within`` is no side of the lease, or ``by`` may not operate its leases
    :raises PolicyInvalid: with every fault at its field
    :raises NoSuchPolicy: if ``replaces`` names none that ``within`` wrote down of the machine on this lease
    :raises PolicyReplaced: if another record took its place
    """
    lease = unit.lease
    if within.pk not in (lease.lessor_id, lease.lessee_id):
        raise MissingRight(organization=within.name)
    require(by, Permission.LEASE_OPERATE, within=within)
    made = _keep(unit.equipment, lease, given, within, by=by, at=at, replaces=replaces)
    other = lease.lessee if within.pk == lease.lessor_id else lease.lessor
    facts = {"who": within.name, "machine": unit.equipment.name, "lease": lease.number}
    notify(kind=Told.INSURANCE_WRITTEN, to=[other], facts=facts, at=at, link=page_of(policy=made))
    return made


@atomic
def remind(*, policy: InsurancePolicy, by: User, at: datetime) -> bool:
    """
    Tell who wrote a policy down, and both sides of its lease, that it ends; once. Return whether it was told.

    :raises MissingRight: if ``by`` may not operate leases of who wrote it down; the clock may
    """
    require(by, Permission.LEASE_OPERATE, within=policy.organization)
    if not InsurancePolicy.objects.to_remind(at).filter(pk=policy.pk).exists():
        return False
    sides = [policy.lease.lessor, policy.lease.lessee] if policy.lease else []
    facts = {"machine": policy.equipment.name, "policy": policy.number}
    told = notify(
        kind=Told.INSURANCE_ENDS,
        to=[policy.organization, *sides],
        facts=facts | {"ends_at": policy.ends_at.isoformat()},
        at=at,
        link=page_of(policy=policy),
        once=f"{TOLD_ONCE}{policy.pk}",
    )
    return bool(told)


def has_property_cover(*, unit: LeaseUnit, at: datetime) -> bool:
    """Tell whether a policy on the property of a leased machine, known to both sides, holds at a moment."""
    found = InsurancePolicy.objects.at(at).known_to(unit.lease)
    return found.filter(equipment=unit.equipment_id, kind=Kind.PROPERTY).exists()


def page_of(*, policy: InsurancePolicy) -> str:
    """Return where a policy is read."""
    if policy.lease is not None:
        return f"/leases/{policy.lease.public_id}/insurance/"
    return f"/equipment/{policy.equipment.public_id}/insurance/"


def _keep(
    equipment: Equipment,
    lease: Lease | None,
    given: Policy,
    within: Organization,
    *,
    by: User,
    at: datetime,
    replaces: str,
) -> InsurancePolicy:
    found = rules.flaws(given, at=at, on_lease=lease is not None, replaces=bool(replaces))
    if found:
        raise PolicyInvalid(flaws=found)
    Equipment.objects.locked().get(pk=equipment.pk)
    old = _replaced(equipment, lease, within, replaces) if replaces else None
    values = {name: value.strip() if type(value) is str else value for name, value in asdict(given).items()}
    made = InsurancePolicy.objects.create(
        equipment=equipment,
        lease=lease,
        organization=within,
        replaces=old,
        recorded_by=by.public_id,
        recorded_by_name=by.name,
        recorded_at=at,
        **values,
    )
    audit.record(
        by=by,
        action="equipment.insurance",
        subject=equipment.public_id,
        at=at,
        within=within,
        policy=made.public_id,
        kind=made.kind,
    )
    return made


def _replaced(equipment: Equipment, lease: Lease | None, within: Organization, named: str) -> InsurancePolicy:
    """Return the record whose place is taken; the machine is locked, so nobody else takes it meanwhile."""
    mine = InsurancePolicy.objects.filter(equipment=equipment, lease=lease, organization=within)
    old = mine.select_related("replaced_by").filter(public_id=named).first()
    if old is None:
        raise NoSuchPolicy
    if getattr(old, "replaced_by", None) is not None:
        raise PolicyReplaced
    return old
