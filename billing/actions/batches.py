"""Bill many leases: what one of them lacks stops none of the others, and is told at the end."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.utils.translation import gettext_noop

from billing.actions import invoices
from leasing.models import Lease
from marketplace.models import User
from marketplace.shared.errors import DomainError

# Of an error that is no refusal people are told no more than that; the log has it whole.
UNEXPECTED = "billing_failed"
UNEXPECTED_TEXT = gettext_noop(
    "This lease could not be billed, and nothing of it was issued. Operators find the reason in the log."
)
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Failure:
    """Why a lease was not billed: ``code`` for programs, ``text`` an English msgid filled with ``facts``."""

    lease: int
    code: str
    text: str
    facts: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Outcome:
    """
    What came of a batch: the ids of the invoices that were issued, by lease, and what could not be billed.

    A lease without anything to bill stands in neither.
    """

    issued: dict[int, list[int]] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)

    @property
    def invoices(self) -> list[int]:
        """The ids of all invoices that were issued, in the order of their leases."""
        return [one for found in self.issued.values() for one in found]


def bill(*, leases: Sequence[Lease | int], at: datetime, by: User) -> Outcome:
    """
    Meter, draft and issue what many leases owe; doing it again issues nothing.

    A refusal of one lease, a missing right too, is a failure of that lease and of no other.
    """
    outcome = Outcome()
    ids = sorted({one if isinstance(one, int) else one.pk for one in leases})
    for lease in Lease.objects.filter(pk__in=ids).select_related("lessor", "lessee").order_by("pk"):
        try:
            issued = invoices.bill(lease=lease, at=at, by=by)
        except DomainError as error:
            facts = {name: str(fact) for name, fact in error.facts.items()}
            outcome.failures.append(Failure(lease.pk, error.code, error.text, facts))
        except Exception:  # whatever it is, it stops this lease alone
            logger.exception("lease %s is not billed", lease.pk)
            outcome.failures.append(Failure(lease.pk, UNEXPECTED, UNEXPECTED_TEXT))
        else:
            if issued:
                outcome.issued[lease.pk] = [one.pk for one in issued]
    return outcome
