"""The registrar: the platform grants or refuses what is applied for, and signs what it has granted."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.translation import gettext_noop

from devices.models import LogKey
from devices.ownership.actions import registering
from devices.ownership.actions.registering import Chain
from devices.ownership.models import Registration, RegistrationEntry, RegistrationSignature
from devices.ownership.queries import Subject, lock_subject, subject_of
from devices.ownership.rules import registrations as rules
from devices.ownership.rules.registrations import Finding, Ground, Kind, Step
from devices.permissions import signing_seed
from marketplace.models import Organization, User
from marketplace.models.parties import OrganizationKind
from marketplace.permissions import Permission, require
from marketplace.shared import signing
from marketplace.shared.errors import Flaw, Invalid, NotAllowed, NotPossible

ZONE = ZoneInfo("Asia/Shanghai")  # in whose years certificates are numbered
AT_ONCE = 1000  # signed in one run
POINTER = re.compile(r"^/(?:period|assets/(?P<place>0|[1-9][0-9]{0,4}))$")


class RegistrarOnly(NotAllowed):
    """Only the platform decides."""

    code = "registrar_only"
    text = gettext_noop("Registrations are decided by the platform alone.")


class OwnCase(NotAllowed):
    """Nobody decides in its own case."""

    code = "own_case"
    text = gettext_noop(
        "{organization} is concerned, and you or the platform belong to it. Nobody decides in its own case."
    )


class GroundsStand(NotPossible):
    """Something stands against what would be granted."""

    code = "grounds_stand"
    text = gettext_noop("This cannot be registered; {count} grounds stand against it.")


class RecipientHasNotAgreed(NotPossible):
    """A transfer needs both sides."""

    code = "recipient_has_not_agreed"
    text = gettext_noop("The recipient has not agreed to this transfer yet.")


class GroundMissing(Invalid):
    """Nothing is refused without a ground of the list, at an item."""

    code = "ground_missing"
    text = gettext_noop("Name a ground of the list, and the item that it concerns: nothing was found.")


@transaction.atomic
def grant(
    *, registration: Registration, digest: str, by: User, within: Organization, at: datetime
) -> RegistrationEntry:
    """
    Register what is applied for, by the digest of the application, if nothing stands against it.

    Decisions are made one after the other, so that nothing is registered twice and numbers have no gaps.

    :raises MissingRight: if ``by`` may not deal with grants for ``within``
    :raises RegistrarOnly: if ``within`` is not the platform
    :raises RegistrationChanged: if the digest is not that of the newest entry
    :raises NothingToDecide: if nothing waits
    :raises OwnCase: if holder or recipient is the platform, or ``by`` belongs to one of them
    :raises RecipientHasNotAgreed: if a transfer waits for its recipient
    :raises GroundsStand: with the ground at each item
    """
    _require_registrar(by, within)
    Registration.objects.decide_alone()
    chain = registering.lock(registration=registration, seen=digest)
    asked = chain.waiting()
    _require_no_own_case(asked, by, within)
    if asked.kind == Kind.TRANSFER and asked.step != Step.AGREED:
        raise RecipientHasNotAgreed
    subject = lock_subject(asked.assets, asked.span)
    found = _found(chain, subject, at)
    if found:
        flaws = [Flaw(one.pointer, str(one.ground), rules.GROUNDS[one.ground]) for one in found]
        raise GroundsStand(flaws=flaws, count=len(flaws))
    _give_number(chain.registration, at)
    told = _term(chain, asked, at) | {"evidence": subject.evidence(), "step": Step.GRANTED}
    return registering.append(chain=chain, base=asked, by=by, within=within, at=at, **told)


@transaction.atomic
def refuse(
    *,
    registration: Registration,
    digest: str,
    by: User,
    within: Organization,
    at: datetime,
    grounds: Sequence[Mapping[str, str]] = (),
    reason: str = "",
) -> RegistrationEntry:
    """
    Refuse what is applied for: on what is found against it, and on ``grounds`` that the registrar names.

    Each of those has a ``ground`` of the closed list and the ``pointer`` of an item of the application:
    ``/period`` or ``/assets/<place>``.

    :raises MissingRight: if ``by`` may not deal with grants for ``within``
    :raises RegistrarOnly: if ``within`` is not the platform
    :raises RegistrationChanged: if the digest is not that of the newest entry
    :raises NothingToDecide: if nothing waits
    :raises OwnCase: if ``by`` belongs to holder or recipient
    :raises GroundMissing: if nothing is found and nothing named, or a ground or pointer is none
    """
    _require_registrar(by, within)
    Registration.objects.decide_alone()
    chain = registering.lock(registration=registration, seen=digest)
    asked = chain.waiting()
    _require_no_own_case(asked, by, within, granting=False)
    named = [_named(one, place, len(asked.assets)) for place, one in enumerate(grounds)]
    found = _found(chain, lock_subject(asked.assets, asked.span), at)
    against = list(dict.fromkeys([*found, *named]))
    if not against:
        raise GroundMissing
    told: dict[str, Any] = {"kind": asked.kind, "step": Step.REFUSED, "recipient": asked.recipient}
    told |= {"grounds": registering.written(found=against), "reason": reason.strip()[:300]}
    return registering.append(chain=chain, base=asked, by=by, within=within, at=at, **told)


def against(*, registration: Registration, at: datetime) -> tuple[Subject, list[Finding]]:
    """
    Return what an application that waits is about, and what stands against it now, to prepare a decision.

    :raises NothingToDecide: if nothing waits
    """
    chain = Chain(registration, registration.chain)
    asked = chain.waiting()
    subject = subject_of(asked.assets, asked.span)
    return subject, _found(chain, subject, at)


@transaction.atomic
def sign(*, by: User, at: datetime) -> int:
    """
    Sign the text of every granted entry that is not signed yet; return how many.

    :raises SealerOnly: if ``by`` is a person
    :raises NoSigningKey: if the platform has no key to sign with
    """
    seed = signing_seed(by)
    waiting = list(RegistrationEntry.objects.unsigned()[:AT_ONCE])
    if not waiting:
        return 0
    key = LogKey.objects.of(signing.public_key(seed), at=at)
    signed = [
        RegistrationSignature(
            entry=one, key=key, signature=signing.sign(seed, one.text.encode()), signed_at=at
        )
        for one in waiting
    ]
    RegistrationSignature.objects.bulk_create(signed, ignore_conflicts=True)
    return len(signed)


def _require_registrar(by: User, within: Organization) -> None:
    require(by, Permission.DATA_GRANT, within=within)
    if within.kind != OrganizationKind.PLATFORM:
        raise RegistrarOnly


def _require_no_own_case(
    asked: RegistrationEntry, by: User, within: Organization, *, granting: bool = True
) -> None:
    """
    Refuse a registrar who is concerned.

    The platform registers nothing for itself, not even with a second person: both would be its own, and no
    other registrar is here. It may refuse itself. A person decides nothing of an organization it belongs to.
    """
    for one in (asked.holder, asked.recipient):
        if one is None:
            continue
        own = one.pk == within.pk
        if (own and granting) or (not own and by.roles_in(one)):
            raise OwnCase(organization=one.name)


def _found(chain: Chain, subject: Subject, at: datetime) -> list[Finding]:
    """Return what stands against the application that waits; what was transferred is the recipient's."""
    asked = chain.last
    recipient = asked.recipient if asked.kind == Kind.TRANSFER else None
    got = recipient is not None or (asked.kind == Kind.RENEWAL and chain.was_transferred)
    applicant = recipient or asked.holder
    return registering.findings(entry=asked, subject=subject, applicant=applicant, at=at, transferred=got)


def _term(chain: Chain, asked: RegistrationEntry, at: datetime) -> dict[str, Any]:
    """Return from when until when it holds, and whose it is: a transfer passes on what is left of a term."""
    if asked.kind == Kind.TRANSFER:
        assert chain.granted is not None  # nothing else is offered
        until = chain.granted.valid_until
        return {"kind": asked.kind, "holder": asked.recipient, "valid_from": at, "valid_until": until}
    until = rules.years_after(at, asked.years)
    return {"kind": asked.kind, "valid_from": at, "valid_until": until}


def _give_number(registration: Registration, at: datetime) -> None:
    if registration.year is not None:
        return
    registration.year = at.astimezone(ZONE).year
    registration.running = Registration.objects.next_running(registration.year)
    registration.save(update_fields=["year", "running"])


def _named(one: Mapping[str, str], place: int, assets: int) -> Finding:
    found = POINTER.match(one.get("pointer", ""))
    known = one.get("ground", "") in set(Ground)
    if found is None or not known or (found["place"] and int(found["place"]) >= assets):
        flaw = Flaw(f"/grounds/{place}", GroundMissing.code, GroundMissing.text)
        raise GroundMissing(flaws=[flaw])
    return Finding(one["pointer"], Ground(one["ground"]))
