"""What every step in the life of a certificate does: lock its chain, look at it, append an entry."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_noop

from devices.ownership.models import Registration, RegistrationEntry
from devices.ownership.models.registrations import taken
from devices.ownership.queries import Subject
from devices.ownership.rules import registrations as rules
from devices.ownership.rules.registrations import Finding, Kind, Step
from marketplace.actions import audit
from marketplace.models import Organization, User
from marketplace.shared.errors import NotPossible

CARRIED = ("right", "holder", "assets", "period", "years", "content", "evidence")


class RegistrationChanged(NotPossible):
    """What the caller has seen is not the newest entry."""

    code = "registration_changed"
    text = gettext_noop("Something has happened to this registration since you saw it. Look at it again.")


class NothingToDecide(NotPossible):
    """No application waits."""

    code = "nothing_to_decide"
    text = gettext_noop("No application waits here: it has been decided or withdrawn.")


@dataclass(frozen=True)
class Chain:
    """A registration that is locked, with its entries, oldest first."""

    registration: Registration
    entries: Sequence[RegistrationEntry]

    @property
    def last(self) -> RegistrationEntry:
        """The newest entry."""
        return self.entries[-1]

    @property
    def granted(self) -> RegistrationEntry | None:
        """The newest granted version."""
        found = [one for one in self.entries if one.step == Step.GRANTED]
        return found[-1] if found else None

    @property
    def told(self) -> list[rules.Told]:
        """What its state follows from."""
        return [one.told for one in self.entries]

    @property
    def was_transferred(self) -> bool:
        """Tell whether the holder got it from somebody else."""
        return any(one.kind == Kind.TRANSFER and one.step == Step.GRANTED for one in self.entries)

    def waiting(self) -> RegistrationEntry:
        """
        Return the application that waits.

        :raises NothingToDecide: if there is none
        """
        if rules.pending(self.told) is None:
            raise NothingToDecide
        return self.last


def lock(*, registration: Registration, seen: str | None = None) -> Chain:
    """
    Lock a registration and read its chain; ``seen`` is the digest of the entry that the caller acts on.

    :raises RegistrationChanged: if that is not the newest one
    """
    locked = Registration.objects.locked().get(pk=registration.pk)
    entries = list(locked.entries.select_related("holder", "recipient").order_by("position"))
    chain = Chain(locked, entries)
    if seen is not None and seen != chain.last.digest:
        raise RegistrationChanged
    return chain


def append(
    *, chain: Chain, base: RegistrationEntry, by: User, within: Organization, at: datetime, **changes: Any
) -> RegistrationEntry:
    """Append an entry that says what ``base`` says but for ``changes``, and write it into the audit trail."""
    facts = {name: getattr(base, name) for name in CARRIED} | changes
    return write(
        registration=chain.registration, previous=chain.last, by=by, within=within, at=at, facts=facts
    )


def write(
    *,
    registration: Registration,
    previous: RegistrationEntry | None,
    by: User,
    within: Organization,
    at: datetime,
    facts: dict[str, Any],
) -> RegistrationEntry:
    """Write the next entry of a chain."""
    entry = RegistrationEntry(
        registration=registration,
        position=0 if previous is None else previous.position + 1,
        previous="" if previous is None else previous.digest,
        by=by,
        within=within,
        at=at,
        **facts,
    )
    said = rules.text(_said(entry))
    entry.text, entry.digest = said.decode(), rules.digest(said)
    entry.save(force_insert=True)
    audit.record(
        by=by,
        action=f"registration.{entry.step.lower()}",
        subject=registration.public_id,
        at=at,
        within=within,
        kind=entry.kind,
        digest=entry.digest,
    )
    return entry


def findings(
    *,
    entry: RegistrationEntry,
    subject: Subject,
    applicant: Organization,
    at: datetime,
    transferred: bool = False,
) -> list[Finding]:
    """Return what stands against an entry now."""
    items = subject.items(applicant, taken(entry, at=at))
    return rules.findings(entry.right, entry.span, items, at=at, transferred=transferred)


def written(*, found: Sequence[Finding]) -> list[dict[str, str]]:
    """Return grounds as they are stored."""
    return [{"pointer": one.pointer, "ground": str(one.ground)} for one in found]


def _said(entry: RegistrationEntry) -> dict[str, Any]:
    span = entry.span
    return {
        "id": entry.registration.public_id,
        "number": entry.registration.number,
        "position": entry.position,
        "kind": str(entry.kind),
        "step": str(entry.step),
        "right": entry.right,
        "holder": entry.holder.public_id,
        "recipient": entry.recipient.public_id if entry.recipient else None,
        "from": span.start,
        "to": span.end,
        "years": entry.years,
        "valid_from": entry.valid_from,
        "valid_until": entry.valid_until,
        "content": entry.content,
        "evidence": entry.evidence,
        "grounds": entry.grounds,
        "reason": entry.reason,
        "previous": entry.previous,
        "within": entry.within.public_id,
        "at": entry.at,
    }
