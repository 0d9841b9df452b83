"""
An objected return before the platform: either side asks, who asked may take it back, the mediator decides.

Each step is a move in the history of its lease, and a word that both sides and the platform read.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_noop

from leasing.actions import mediators, moves, records, returns
from leasing.models import ConditionRecord, Lease, LeaseUnit, Photo, RecordAnswer, ReferralWord
from leasing.rules import referrals as rules
from leasing.rules.condition import Kind
from leasing.rules.leases import Physical, Side
from leasing.rules.referrals import Act, State
from marketplace.actions import notifications
from marketplace.gateway.transactions import atomic
from marketplace.models import Organization, User
from marketplace.models.parties import OrganizationKind
from marketplace.rules.notifications import Kind as Told
from marketplace.shared.errors import Invalid, NotPossible

TOLD = {State.STANDS: Told.RETURN_STANDS, State.FALLS: Told.RETURN_FALLS}


class ReferralInvalid(Invalid):
    """Something that was given is wrong; ``flaws`` say what, each at its field."""

    code = "referral_invalid"
    text = gettext_noop("This cannot be said to the record like this. Mend what is marked.")


class ReferralRefused(NotPossible):
    """How the record stands does not allow the act; ``allowed`` names those that it does."""

    code = "referral_refused"
    text = gettext_noop(
        "The platform decides about the newest record of a return that the other side objected to, when a "
        "side has asked. What was asked for is not possible now."
    )


@atomic
def refer(
    *,
    record: ConditionRecord,
    text: str,
    by: User,
    within: Organization,
    at: datetime,
    evidence: Sequence[str] = (),
) -> ReferralWord:
    """
    Ask the platform, as either side, to decide about a return that was objected to; once for each record.

    ``evidence`` are public ids of photos of the lease and records of the machine. Until it is decided, or the
    question is taken back, nobody writes another record in its place.

    :raises MissingRight: if ``within`` is no side, or ``by`` may not operate its leases
    :raises LeaseMoveRefused: if the lease is past its return
    :raises PlatformIsParty: if the platform is a side itself
    :raises ReferralRefused: if nobody objected, another record took its place, or it was asked already
    :raises ReferralInvalid: if no words are given, or what is to show it is unknown
    """
    record, side = _begin(record, Act.REFER, within=within, by=by)
    word = _write_down(record, Act.REFER, side, by=by, within=within, at=at, text=text, evidence=evidence)
    _tell(record, Told.RETURN_REFERRED, [record.lease.other_party(side), *_platforms()], within, at)
    return word


@atomic
def withdraw(
    *, record: ConditionRecord, by: User, within: Organization, at: datetime, text: str = ""
) -> ReferralWord:
    """
    Take the question back, as the side that asked; the record stands as it did before.

    :raises MissingRight: if ``within`` is no side, or ``by`` may not operate its leases
    :raises LeaseMoveRefused: if the lease is past its return
    :raises ReferralRefused: if this side has not asked, or it is decided
    :raises ReferralInvalid: if too much is said
    """
    record, side = _begin(record, Act.WITHDRAW, within=within, by=by)
    word = _write_down(record, Act.WITHDRAW, side, by=by, within=within, at=at, text=text)
    told = [record.lease.other_party(side), *_platforms()]
    _tell(record, Told.RETURN_REFERRAL_WITHDRAWN, told, within, at)
    return word


@atomic
def decide(
    *,
    record: ConditionRecord,
    stands: bool,
    text: str,
    by: User,
    within: Organization,
    at: datetime,
    evidence: Sequence[str] = (),
) -> ReferralWord:
    """
    Decide for the platform whether the record stands, with reasons and with what shows it.

    Where it stands it is as if it had been confirmed now: a machine that was held not to be back is back, and
    its days to be inspected begin. Where it does not, the machine stays as it is, and either side writes
    another record.

    :raises MissingRight: if ``by`` may not decide leases for the platform
    :raises MediatorIsParty: if who decides belongs to one of the sides as well
    :raises LeaseMoveRefused: if the lease is past its return
    :raises ReferralRefused: if nobody has asked, or it is decided
    :raises ReferralInvalid: if no reasons are given, or what is to show it is unknown
    """
    record, side = _begin(record, Act.DECIDE, within=within, by=by)
    state = State.STANDS if stands else State.FALLS
    word = _write_down(
        record, Act.DECIDE, side, by=by, within=within, at=at, text=text, evidence=evidence, stands=stands
    )
    _tell(record, TOLD[state], [record.lease.lessor, record.lease.lessee], within, at)
    return word


def allowed_acts(*, record: ConditionRecord, side: Side | None) -> tuple[Act, ...]:
    """Return what a side may do about a record that was read with its answer and its referral."""
    answer = records.answer_of(record=record)
    if record.kind != Kind.RETURN or answer is None or answer.word != RecordAnswer.Word.OBJECTED:
        return ()
    asked = [Side(word.side) for word in record.referral_words.all() if word.act == Act.REFER]
    state = record.referral_state
    asker = asked[-1] if state is State.REFERRED else None
    acts = rules.acts_of(state, side, asked=asked, asker=asker)
    newest = ConditionRecord.objects.latest_for(record.unit, Kind.RETURN)
    if newest != record or not mediators.can_mediate(lease=record.lease):
        return tuple(one for one in acts if one is not Act.REFER)
    return acts


def _begin(
    record: ConditionRecord, act: Act, *, within: Organization, by: User
) -> tuple[ConditionRecord, Side]:
    """Ask for the right, lock machines and lease, and look whether the act is possible now."""
    move = rules.TABLE[act].move
    side = mediators.require_side(lease=record.lease, move=move, within=within, by=by)
    lease = moves.lock(lease=record.lease, move=move, expected=None)
    record = ConditionRecord.objects.with_answers().get(pk=record.pk)
    record.lease = lease
    if act is Act.REFER:
        mediators.check_can_mediate(lease=lease)
    possible = allowed_acts(record=record, side=side)
    if act not in possible:
        raise ReferralRefused(allowed=[str(one) for one in possible])
    return record, side


def _write_down(
    record: ConditionRecord,
    act: Act,
    side: Side,
    *,
    by: User,
    within: Organization,
    at: datetime,
    text: str,
    evidence: Sequence[str] = (),
    stands: bool | None = None,
) -> ReferralWord:
    """Append the word, and the move of the lease; a machine whose return stands is back."""
    known = _known(record, evidence)
    found = rules.flaws(text, evidence, known, needed=act is not Act.WITHDRAW)
    if found:
        raise ReferralInvalid(flaws=found)
    shown = [{"id": one, "sha256": known[one]} for one in dict.fromkeys(evidence)]
    word = ReferralWord.objects.create(
        record=record,
        position=record.referral_words.count() + 1,
        act=act,
        side=side,
        stands=stands,
        text=text.strip(),
        evidence=shown,
        person=by.public_id,
        person_name=by.name,
        organization_name=within.name,
        at=at,
    )
    facts: dict[str, Any] = {
        "record": record.digest,
        "record_id": record.public_id,
        "unit": record.unit.public_id,
        "written_by": record.side,
    }
    facts |= {"answer": act.value} if stands is None else {"decision": "STANDS" if stands else "FALLS"}
    back = bool(stands) and record.unit.state == LeaseUnit.State.STOPPED
    record.lease = moves.carry_out(
        lease=record.lease,
        move=rules.TABLE[act].move,
        by=by,
        within=within,
        at=at,
        reason=text.strip(),
        evidence=[record.digest, *(one["sha256"] for one in shown)],
        facts=facts,
        unit=record.unit,
        physical=Physical.RETURNED if back else None,
    )
    if back:
        returns.stands(unit=record.unit, lease=record.lease, at=at)
    return word


def _known(record: ConditionRecord, evidence: Sequence[str]) -> dict[str, str]:
    """Return the digests of what is named of the photos of the lease and the records of the machine."""
    photos = Photo.objects.filter(lease=record.lease_id, public_id__in=evidence)
    written = ConditionRecord.objects.filter(unit=record.unit_id, public_id__in=evidence)
    return dict(photos.values_list("public_id", "sha256")) | dict(written.values_list("public_id", "digest"))


def _platforms() -> list[Organization]:
    return list(Organization.objects.filter(kind=OrganizationKind.PLATFORM).order_by("pk"))


def _tell(
    record: ConditionRecord, kind: Told, to: Sequence[Organization], within: Organization, at: datetime
) -> None:
    lease: Lease = record.lease
    facts = {"who": within.name, "lease": lease.number, "machine": record.unit.equipment.name}
    link = f"/records/{record.public_id}/"
    notifications.notify(kind=kind, to=list(to), facts=facts, at=at, link=link)
