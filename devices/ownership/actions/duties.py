"""Duties begin, are asked for, put off, waived; the clock tells people of them and notes what is overdue."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy, gettext_noop

from devices.models import Channel
from devices.ownership.actions import telling
from devices.ownership.models import Agreement, Duty, erasures_of
from devices.ownership.models.duties import DutyQuerySet
from devices.ownership.permissions import require_clock, terms
from devices.ownership.queries import table_of
from devices.ownership.rules import duties
from devices.ownership.rules.defaults import BILLING_COUNTERS
from devices.ownership.rules.explanations import CATEGORIES
from devices.ownership.rules.parties import Party
from marketplace.actions import audit
from marketplace.models import Organization, User
from marketplace.permissions import Permission, require
from marketplace.shared.errors import NotAllowed, NotPossible

OPERATOR_DATA = "operator_data"
AT_ONCE = 200  # duties in one run of the clock


class NotYoursToErase(NotAllowed):
    """The class holds data that the lessee may not erase before its time."""

    code = "not_yours_to_erase"
    text = gettext_noop(
        "You may not have {categories} erased before their time: the owner has a right to them, too."
    )


class OnlyLesseeAsks(NotAllowed):
    """Erasing early, later or never is the lessee's to ask for."""

    code = "only_lessee_asks"
    text = gettext_noop("Only the lessee whose data they are may ask for this.")


class DutyDone(NotPossible):
    """The duty is fulfilled, waived, or being carried out."""

    code = "duty_done"
    text = gettext_noop("This duty is fulfilled, waived or begun. Nothing about it can be changed any more.")


class PostponedBefore(NotPossible):
    """A duty is put off once."""

    code = "postponed_before"
    text = gettext_noop("Erasing was put off once already. Export your data before {due}.")


class NoPersonalData(NotPossible):
    """Nothing that the machine reports says who was at it."""

    code = "no_personal_data"
    text = gettext_noop("No device of this machine reports operator data, so there is nothing to erase.")


@transaction.atomic
def incur(*, agreement: Agreement, by: User, at: datetime) -> list[Duty]:
    """
    Begin the duties of an agreement that is over or whose end is settled; again it changes nothing.

    Whoever ends an agreement begins its duties, so that action has asked for permission.
    """
    Agreement.objects.locked().get(pk=agreement.pk)  # the clock may come twice at once
    span = agreement.span
    assert span.end is not None
    made = []
    for one in duties.at_close(ends_at=span.end, at=at, terms=terms()):
        like = {"kind": one.kind, "source": one.source, "retentions": list(one.retentions)}
        if Duty.objects.filter(agreement=agreement, **like).exists():
            continue
        made.append(
            Duty.objects.create(
                agreement=agreement,
                period=(span.start, span.end),
                **like,
                due_at=one.due_at,
                incurred_at=at,
            )
        )
    return made


def incur_missing(*, by: User, at: datetime) -> int:
    """
    Begin the duties of agreements that are over and have none; return of how many.

    :raises ClockOnly: if ``by`` is a person
    """
    require_clock(by)
    over = Agreement.objects.filter(period__endswith__lte=at, duties=None)
    found = list(over.order_by("pk")[:AT_ONCE])
    for agreement in found:
        incur(agreement=agreement, by=by, at=at)
    return len(found)


@transaction.atomic
def ask(
    *,
    agreement: Agreement,
    retentions: Sequence[str],
    by: User,
    within: Organization,
    at: datetime,
    channels: Sequence[str] = (),
    source: str = "on_request",
) -> list[Duty]:
    """
    Ask, as the lessee, that classes of its data go now: what was said until now, or until the end.

    It is due at once. What waits for its time anyhow is brought forward; with ``channels`` only these go.

    :raises MissingRight: if ``by`` may not have data erased for ``within``
    :raises OnlyLesseeAsks: if ``within`` is not the lessee
    :raises NotYoursToErase: if the lessee has no right to erase one of the categories in it
    """
    require(by, Permission.DATA_ERASE, within=within)
    if within.pk != agreement.lessee_id:
        raise OnlyLesseeAsks
    _require_erasable(agreement, retentions, channels)
    agreement = Agreement.objects.locked().get(pk=agreement.pk)
    return [
        _asked(agreement, one, sorted(channels), source, by, within, at) for one in sorted(set(retentions))
    ]


def ask_personal(*, agreement: Agreement, by: User, within: Organization, at: datetime) -> list[Duty]:
    """
    Ask, as the lessee and employer, that operator data go now, on a person's request (PIPL Article 47).

    All operator channels go, whoever was at the machine: a reading does not say whose it is.

    :raises MissingRight: if ``by`` may not have data erased for ``within``
    :raises OnlyLesseeAsks: if ``within`` is not the lessee
    :raises NoPersonalData: if no device of the machine reports operator data
    """
    require(by, Permission.DATA_ERASE, within=within)
    if within.pk != agreement.lessee_id:
        raise OnlyLesseeAsks
    named = Channel.objects.filter(
        device__bindings__equipment=agreement.equipment,
        device__bindings__period__overlap=agreement.period,
        category=OPERATOR_DATA,
    )
    keys = sorted(set(named.values_list("key", flat=True)))
    if not keys:
        raise NoPersonalData
    return ask(
        agreement=agreement,
        retentions=[duties.PRIVATE],
        channels=keys,
        source="pipl_47",
        by=by,
        within=within,
        at=at,
    )


def _require_erasable(agreement: Agreement, retentions: Sequence[str], channels: Sequence[str]) -> None:
    found = Channel.objects.filter(device__bindings__equipment=agreement.equipment, retention__in=retentions)
    if channels:
        found = found.filter(key__in=channels)
    categories = set(found.values_list("category", flat=True).distinct())
    table = table_of(Agreement.objects.with_terms().get(pk=agreement.pk))
    kept = sorted(one for one in categories if not table.allows(Party.LESSEE, one, "erase"))
    if kept or duties.EVIDENCE in retentions:
        words = [gettext_lazy(CATEGORIES[one]) for one in kept or [BILLING_COUNTERS]]
        raise NotYoursToErase(categories=format_lazy(", ".join(["{}"] * len(words)), *words))


def _asked(
    agreement: Agreement,
    retention: str,
    channels: list[str],
    source: str,
    by: User,
    within: Organization,
    at: datetime,
) -> Duty:
    span = agreement.span
    over = span.end is not None and span.end <= at
    waiting = Duty.objects.locked().undone().filter(agreement=agreement, kind=Duty.Kind.ERASE)
    known = waiting.filter(retentions=[retention], channels=channels, asked_at=None).first() if over else None
    if known is not None and not erasures_of(known).exists():
        known.due_at = at
        known.asked_by, known.asked_at = within.public_id, at
        known.save(update_fields=["due_at", "asked_by", "asked_at"])
        duty = known
    else:
        end = span.end if over else at
        duty, _ = Duty.objects.get_or_create(
            agreement=agreement,
            kind=Duty.Kind.ERASE,
            source=source,
            retentions=[retention],
            channels=channels,
            period=(span.start, end),
            defaults={"due_at": at, "incurred_at": at, "asked_by": within.public_id, "asked_at": at},
        )
    duty.refresh_from_db()
    _record("ask", duty, by, within, at)
    return duty


@transaction.atomic
def postpone(*, duty: Duty, by: User, within: Organization, at: datetime) -> Duty:
    """
    Put erasing off once, as the lessee, to export the data first (``DATA_POSTPONE_DAYS``).

    :raises MissingRight: if ``by`` may not have data erased for ``within``
    :raises OnlyLesseeAsks: if ``within`` is not the lessee
    :raises DutyDone: if it is no erasing that is still to begin
    :raises PostponedBefore: if it was put off before
    """
    duty = _waiting(duty, by, within)
    if duty.postponed_at is not None:
        raise PostponedBefore(due=duty.due_at.date().isoformat())
    duty.due_at += terms().postpone
    duty.postponed_at, duty.noted_overdue_at, duty.noted = at, None, ""
    duty.save(update_fields=["due_at", "postponed_at", "noted_overdue_at", "noted"])
    _returns(duty).update(due_at=duty.due_at, noted="", noted_overdue_at=None)
    _record("postpone", duty, by, within, at, due_at=duty.due_at.isoformat())
    return duty


@transaction.atomic
def waive(*, duty: Duty, because: str, by: User, within: Organization, at: datetime) -> Duty:
    """
    Let, as the lessee, its data stay after all, or do without a copy of them; ``because`` stands beside it.

    :raises MissingRight: if ``by`` may not have data erased for ``within``
    :raises OnlyLesseeAsks: if ``within`` is not the lessee
    :raises DutyDone: if it is no erasing that is still to begin, and no giving back
    """
    duty = _waiting(duty, by, within, Duty.Kind.ERASE, Duty.Kind.RETURN)
    duty.waived_at, duty.waived_by, duty.waived_because = at, within.public_id, because[:300]
    duty.save(update_fields=["waived_at", "waived_by", "waived_because"])
    _record("waive", duty, by, within, at, because=because[:300])
    if duty.kind == Duty.Kind.ERASE:
        _needless(duty, "data_stay", by, at)
    return duty


@transaction.atomic
def begin(*, duty: Duty, by: User, at: datetime) -> None:
    """
    Let whoever reads while erasing begins decide anew: the agreement has another version from now on.

    What nobody took along until now is not given back any more.

    :raises ClockOnly: if ``by`` is a person
    """
    require_clock(by)
    agreement = Agreement.objects.locked().get(pk=duty.agreement_id)
    agreement.version += 1
    agreement.save(update_fields=["version"])
    _needless(duty, "not_taken", by, at)


@transaction.atomic
def remind(*, by: User, at: datetime) -> list[Duty]:
    """
    Tell lessees, on their pages and over REST, what goes when; return the duties that this fulfils.

    :raises ClockOnly: if ``by`` is a person
    """
    require_clock(by)
    found = Duty.objects.locked().undone().filter(kind=Duty.Kind.INFORM, due_at__lte=at)
    told = list(found.select_related("agreement__lessee")[:AT_ONCE])
    for duty in told:
        duty.fulfilled_at, duty.evidence = at, duty.public_id
        duty.save(update_fields=["fulfilled_at", "evidence"])
        _record("inform", duty, by, duty.agreement.lessee, at)
    return told


@transaction.atomic
def escalate(*, by: User, at: datetime) -> list[Duty]:
    """
    Note what is overdue, once each: from then on it stands in the platform's list, too.

    What somebody suspends is not late. What had to be kept until now has been kept.

    :raises ClockOnly: if ``by`` is a person
    """
    require_clock(by)
    kept = Duty.objects.locked().undone().filter(kind=Duty.Kind.RETAIN, due_at__lte=at)
    for duty in kept.select_related("agreement__owner"):
        duty.fulfilled_at, duty.evidence = at, duty.public_id
        duty.save(update_fields=["fulfilled_at", "evidence"])
        _record("retain", duty, by, duty.agreement.owner, at)
    late = []
    waiting = Duty.objects.undone().filter(noted_overdue_at=None, due_at__lte=at - terms().grace)
    for duty in waiting.shown()[:AT_ONCE]:
        if duties.state(duty.facts, at=at, grace=terms().grace) is duties.State.OVERDUE:
            Duty.objects.filter(pk=duty.pk).update(noted_overdue_at=at, noted=duties.Step.ESCALATED)
            _record("overdue", duty, by, duty.agreement.lessee, at)
            telling.of_duty(duty=duty, step=duties.Step.OVERDUE, at=at)
            late.append(duty)
    return late


@transaction.atomic
def note(*, by: User, at: datetime) -> list[tuple[Duty, duties.Step]]:
    """
    Note what is due soon and what is due, once each; return what was noted of which duty.

    :raises ClockOnly: if ``by`` is a person
    """
    require_clock(by)
    steps = [duties.Step.SOON, duties.Step.DUE]
    near = Duty.objects.undone().filter(kind__in=duties.STEPPED, due_at__lte=at + terms().notice)
    waiting = near.filter(noted="") | near.filter(noted=duties.Step.SOON, due_at__lte=at)
    told = []
    for duty in waiting.shown()[:AT_ONCE]:
        reached = [one for one in duties.steps(duty.facts, at=at, terms=terms()) if one in steps]
        fresh = reached[steps.index(duties.Step(duty.noted)) + 1 if duty.noted else 0 :]
        if fresh and Duty.objects.filter(pk=duty.pk, noted=duty.noted).update(noted=fresh[-1]):
            for step in fresh:
                _record(step.lower(), duty, by, duty.agreement.lessee, at)
                telling.of_duty(duty=duty, step=step, at=at)
            told += [(duty, step) for step in fresh]
    return told


def _returns(duty: Duty) -> "DutyQuerySet":
    """The giving back of what a duty erases whole, as long as it is owed."""
    found = Duty.objects.undone().filter(agreement=duty.agreement_id, kind=Duty.Kind.RETURN)
    if duty.channels:
        return found.none()
    return found.filter(retentions=duty.retentions, period__contained_by=duty.period)


def _needless(duty: Duty, why: str, by: User, at: datetime) -> None:
    for one in _returns(duty).locked().select_related("agreement__lessee"):
        one.waived_at, one.waived_because = at, why
        one.save(update_fields=["waived_at", "waived_because"])
        _record("lapse", one, by, one.agreement.lessee, at, because=why)


def _waiting(duty: Duty, by: User, within: Organization, *kinds: Duty.Kind) -> Duty:
    require(by, Permission.DATA_ERASE, within=within)
    if within.pk != duty.agreement.lessee_id:
        raise OnlyLesseeAsks
    found = Duty.objects.locked().undone().filter(pk=duty.pk, kind__in=kinds or [Duty.Kind.ERASE]).first()
    if found is None or duties.EVIDENCE in found.retentions or erasures_of(found).exists():
        raise DutyDone
    return found


def _record(verb: str, duty: Duty, by: User, within: Organization, at: datetime, **facts: object) -> None:
    told = {"agreement": duty.agreement.public_id, "kind": duty.kind, "retentions": duty.retentions}
    audit.record(by=by, action=f"duty.{verb}", subject=duty.public_id, at=at, within=within, **(told | facts))
