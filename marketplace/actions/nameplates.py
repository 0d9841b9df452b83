"""
Two machines of different owners with one nameplate are put before the platform, and both owners are told.

The newcomer is held until the platform has decided. What was on offer before stays there meanwhile: else
anybody could take a competitor's offer down by registering its serial number.
"""

from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.utils.translation import gettext_noop

from marketplace.actions import audit, notifications, search_documents
from marketplace.actions.checks import require_platform
from marketplace.gateway.transactions import atomic
from marketplace.models import Equipment, Listing, NameplateCase, Organization, User
from marketplace.models.parties import OrganizationKind
from marketplace.rules.nameplates import CLAIMS_A_DAY, DECISIONS, LONGEST_REASON, State
from marketplace.rules.notifications import Kind as Told
from marketplace.shared.errors import Flaw, Invalid, NotPossible


class MachineHeld(NotPossible):
    """The platform has not decided yet whose machine it is, or has decided against it."""

    code = "machine_held"
    text = gettext_noop(
        "The nameplate of {machine} is that of another machine, or can hardly be told from it. The platform "
        "looks at both; until then it is not offered. Send the platform a photo of the nameplate."
    )


class CaseClosed(NotPossible):
    """The case was decided."""

    code = "nameplate_case_closed"
    text = gettext_noop("This case was decided already. Read the list again.")


class DecisionInvalid(Invalid):
    """A decision needs an outcome and a reason."""

    code = "nameplate_decision_invalid"
    text = gettext_noop("The decision cannot be kept like this. Mend what is marked.")


class NotDecided(NotPossible):
    """A case is opened again when it was decided."""

    code = "nameplate_case_open"
    text = gettext_noop("This case is open: decide it.")


class NameplateInUse(NotPossible):
    """Since the decision somebody else stands there with the nameplate."""

    code = "nameplate_in_use"
    text = gettext_noop(
        "Another machine was registered with this nameplate since. Decide about that one first."
    )


TEXTS = {
    "decision": gettext_noop("Choose which of the two is wrong, or that they are different machines."),
    "reason": gettext_noop("Write the reason, in at most 300 characters: both owners read it."),
}


@atomic
def look(*, equipment: Equipment, at: datetime) -> list[NameplateCase]:
    """
    Open a case for every machine of others that a machine can hardly be told from; return what is new.

    Of two the one that was registered later is the second, whichever is looked at. Again it changes nothing.
    """
    made = []
    for other in Equipment.objects.alike(equipment).select_related("owner"):
        first, second = sorted((equipment, other), key=lambda one: one.pk)
        found = _open(first, second.owner, second.maker_name, second.serial_number, at, second=second)
        made += [found] if found else []
    return made


@atomic
def claimed(
    *, first: Equipment, claimant: Organization, maker_name: str, serial_number: str, at: datetime
) -> NameplateCase | None:
    """
    Open a case for a registration that was refused because the nameplate is taken; once for a company.

    Only some a day: whoever tries the nameplates of many machines is refused each, and troubles nobody.
    """
    if first.owner_id == claimant.pk:
        return None
    Organization.objects.locked().get(pk=claimant.pk)  # its claims are counted one after the other
    lately = NameplateCase.objects.filter(
        claimant=claimant, second=None, opened_at__gt=at - timedelta(days=1)
    )
    if lately.count() >= CLAIMS_A_DAY:
        return None
    return _open(first, claimant, maker_name, serial_number, at)


@atomic
def decide(
    *, case: NameplateCase, state: State, reason: str, within: Organization, by: User, at: datetime
) -> NameplateCase:
    """
    Decide for the platform, with a reason that both owners are told. A machine that is wrong leaves the
    catalogue and stays out, and its nameplate is free for the genuine one.

    :raises MissingRight: if ``by`` may not record checks for the platform
    :raises DecisionInvalid: if the outcome is none, or no reason is given
    :raises CaseClosed: if it was decided
    :raises NameplateInUse: if a machine is right after all whose nameplate another one has taken meanwhile
    """
    require_platform(by=by, within=within)
    flaws = [] if state in DECISIONS else [Flaw("/state", "required", TEXTS["decision"])]
    if not 0 < len(reason.strip()) <= LONGEST_REASON:
        flaws.append(Flaw("/reason", "required", TEXTS["reason"]))
    if flaws:
        raise DecisionInvalid(flaws=flaws)
    both = Equipment.objects.locked().filter(pk__in=[case.first_id, case.second_id])
    machines = {one.pk: one for one in both.select_related("owner")}
    case = NameplateCase.objects.locked().select_related("claimant").get(pk=case.pk)
    if case.state != State.OPEN:
        raise CaseClosed
    case.state, case.decided_at, case.reason = state, at, reason.strip()
    case.decided_by, case.decided_by_name = by.public_id, by.name
    case.save()
    wrong = {State.FIRST_WRONG: case.first_id, State.SECOND_WRONG: case.second_id}.get(state)
    if wrong is not None:
        _disprove(machines[wrong], by, at)
    for pk, machine in machines.items():
        if case.reopened_at is not None and pk != wrong and machine.is_disproved:
            _rehabilitate(machine, case, by, at)
    facts = {"state": state.value}
    audit.record(by=by, action="nameplate_case.decide", subject=case.public_id, at=at, within=within, **facts)
    first = machines[case.first_id]
    _tell(Told.NAMEPLATE_DECIDED, first.owner, first, at, case)
    _tell(Told.NAMEPLATE_DECIDED, case.claimant, machines.get(case.second_id or 0), at, case)
    return case


@atomic
def reopen(
    *, case: NameplateCase, reason: str, within: Organization, by: User, at: datetime
) -> NameplateCase:
    """
    Open a decided case again for the platform, with a reason that both owners are told.

    Until it is decided anew the later machine is held again; a machine that was found wrong stays out.

    :raises MissingRight: if ``by`` may not record checks for the platform
    :raises DecisionInvalid: if no reason is given
    :raises NotDecided: if it is open
    """
    require_platform(by=by, within=within)
    if not 0 < len(reason.strip()) <= LONGEST_REASON:
        raise DecisionInvalid(flaws=[Flaw("/reason", "required", TEXTS["reason"])])
    case = NameplateCase.objects.locked().select_related("claimant", "first__owner", "second").get(pk=case.pk)
    if case.state == State.OPEN:
        raise NotDecided
    before = case.state
    case.state, case.decided_at, case.reason = State.OPEN, None, ""
    case.decided_by = case.decided_by_name = ""
    case.reopened_at, case.reopened_why = at, reason.strip()
    case.save()
    facts = {"before": before, "reason": case.reopened_why}
    audit.record(by=by, action="nameplate_case.reopen", subject=case.public_id, at=at, within=within, **facts)
    _tell(Told.NAMEPLATE_REOPENED, case.first.owner, case.first, at, case)
    _tell(Told.NAMEPLATE_REOPENED, case.claimant, case.second, at, case)
    return case


def check_offered(*, listing: Listing) -> None:
    """
    Let a listing be published if nobody doubts the nameplates of its machines.

    :raises MachineHeld: if one waits for the platform, or was found wrong
    """
    _refuse_held(Equipment.objects.filter(listing_unit__listing=listing))


def check_let(*, equipment: Equipment) -> None:
    """
    Let a machine be let if nobody doubts its nameplate; its row is locked, so a decision waits or is seen.

    :raises MachineHeld: if it waits for the platform, or was found wrong
    """
    _refuse_held(Equipment.objects.filter(pk=equipment.pk))


def _refuse_held(mine: QuerySet[Equipment]) -> None:
    waiting = NameplateCase.objects.open().filter(second__in=mine).values("second")
    held = mine.filter(is_disproved=True) | mine.filter(pk__in=waiting)
    machine = held.order_by("pk").first()
    if machine is not None:
        raise MachineHeld(machine=machine.name)


def _open(
    first: Equipment,
    claimant: Organization,
    maker: str,
    serial: str,
    at: datetime,
    *,
    second: Equipment | None = None,
) -> NameplateCase | None:
    """Open a case unless there is one; of two who do so at once one does."""
    values = {"maker_name": maker, "serial_number": serial, "opened_at": at}
    Equipment.objects.locked().get(pk=first.pk)
    case, is_new = NameplateCase.objects.get_or_create(
        first=first, second=second, claimant=claimant, defaults=values
    )
    if not is_new:
        return None
    _tell(Told.NAMEPLATE_ALIKE, first.owner, first, at, case)
    _tell(Told.NAMEPLATE_HELD, claimant, second, at, case)
    for platform in Organization.objects.filter(kind=OrganizationKind.PLATFORM):
        _tell(Told.NAMEPLATE_CASE, platform, None, at, case, link="/offer-checks/")
    return case


def _disprove(machine: Equipment, by: User, at: datetime) -> None:
    machine.is_disproved = True
    machine.save(update_fields=["is_disproved"])
    offered = Listing.objects.published().filter(units__equipment=machine).values("pk")
    for listing in Listing.objects.locked().filter(pk__in=offered):
        listing.status = Listing.Status.PAUSED
        listing.version += 1
        listing.save(update_fields=["status", "version"])
        search_documents.renew(listings=[listing.pk], at=at)
        audit.record(by=by, action="listing.paused", subject=listing.public_id, at=at, within=machine.owner)


def _rehabilitate(machine: Equipment, case: NameplateCase, by: User, at: datetime) -> None:
    """Take back what was decided against a machine, unless another case says so as well."""
    wrong = NameplateCase.objects.filter(first=machine, state=State.FIRST_WRONG)
    wrong |= NameplateCase.objects.filter(second=machine, state=State.SECOND_WRONG)
    if wrong.exclude(pk=case.pk).exists():
        return
    same = {"maker_name": machine.maker_name, "serial_number": machine.serial_number}
    if Equipment.objects.filter(is_disproved=False, **same).exists():
        raise NameplateInUse
    machine.is_disproved = False
    machine.save(update_fields=["is_disproved"])
    audit.record(
        by=by, action="equipment.rehabilitate", subject=machine.public_id, at=at, within=machine.owner
    )


def _tell(
    kind: Told,
    to: Organization,
    machine: Equipment | None,
    at: datetime,
    case: NameplateCase,
    link: str = "",
) -> None:
    """Tell a company of its own machine; of the other owner it learns nothing."""
    about = f"/equipment/{machine.public_id}/" if machine else link
    named = machine.name if machine else f"{case.maker_name} {case.serial_number}"
    facts = {"machine": named, "reason": case.reason or case.reopened_why}
    notifications.notify(kind=kind, to=[to], facts=facts, at=at, link=about)
