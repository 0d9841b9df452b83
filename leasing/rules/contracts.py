"""
The contract of a lease as a document, and in which form it is concluded.

A lease of six months or more is made in writing (Civil Code, article 707): both sides sign the document. For
a shorter one the offer and its acceptance by digest are the signatures. The document says everything that
was agreed, so that it can be read without the platform; its digest is the SHA-256 of its canonical JSON.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from leasing.rules.months import reaches
from marketplace.shared.period import Period

VERSION = 1
WRITTEN_FROM_MONTHS = 6


class Form(StrEnum):
    """How a contract is concluded."""

    ACCEPTANCES = "ACCEPTANCES"
    WRITTEN = "WRITTEN"


class Basis(StrEnum):
    """By what a side is bound."""

    OFFER = "OFFER"
    ACCEPTANCE = "ACCEPTANCE"
    SIGNATURE = "SIGNATURE"


@dataclass(frozen=True)
class Party:
    """A side of a contract as the register of companies knows it."""

    id: str
    name: str
    credit_code: str

    def dump(self) -> dict[str, str]:
        """Write it as JSON."""
        return {"id": self.id, "name": self.name, "credit_code": self.credit_code}


@dataclass(frozen=True)
class Agreed:
    """What a contract is drawn up from."""

    lease: str
    number: str
    lessor: Party
    lessee: Party
    machines: Sequence[Mapping[str, str]]
    place: Mapping[str, str]
    period: Period
    zone: ZoneInfo
    terms: Mapping[str, Any]
    terms_digest: str
    expected_usage: Mapping[str, str]
    offer: str
    offered_at: datetime
    data_notice: str
    templates: Sequence[Mapping[str, Any]]
    finance: Mapping[str, Any] | None = None


def form_of(period: Period, zone: ZoneInfo) -> Form:
    """Return in which form a lease of that period is concluded."""
    return Form.WRITTEN if reaches(period, WRITTEN_FROM_MONTHS, zone) else Form.ACCEPTANCES


def document(agreed: Agreed) -> dict[str, Any]:
    """
    Write the contract; times are UTC, ``templates`` those in force when it was offered.

    ``finance`` has licence and schedule of a finance lease, which is made in writing (article 736).
    """
    assert agreed.period.end is not None, "a lease has an end"
    form = Form.WRITTEN if agreed.finance is not None else form_of(agreed.period, agreed.zone)
    more = {} if agreed.finance is None else {"finance": dict(agreed.finance)}
    return more | {
        "version": VERSION,
        "form": form.value,
        "lease": agreed.lease,
        "number": agreed.number,
        "lessor": agreed.lessor.dump(),
        "lessee": agreed.lessee.dump(),
        "machines": [dict(machine) for machine in agreed.machines],
        "place": dict(agreed.place),
        "starts_at": agreed.period.start.astimezone(UTC).isoformat(),
        "ends_at": agreed.period.end.astimezone(UTC).isoformat(),
        "offer": agreed.offer,
        "offered_at": agreed.offered_at.astimezone(UTC).isoformat(),
        "terms": dict(agreed.terms),
        "terms_digest": agreed.terms_digest,
        "expected_usage": dict(agreed.expected_usage),
        "data_notice": agreed.data_notice,
        "templates": [dict(template) for template in agreed.templates],
    }
