"""What stops a lease or a slot booking of an invoice run, and how that is written down."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.db import InterfaceError, OperationalError
from django.utils.translation import gettext_noop

from billing.models import RunItem
from billing.rules.run_states import ItemState
from leasing.models import Lease, SlotBooking
from marketplace.gateway.transactions import is_passing
from marketplace.shared.errors import DomainError, NotPossible

logger = logging.getLogger(__name__)


class RunLeaseFailed(NotPossible):
    """Something that is no refusal; the log has it whole."""

    code = "run_lease_failed"
    text = gettext_noop("This lease could not be computed. Operators find the reason in the log.")


@dataclass(frozen=True)
class Problem:
    """Why a lease and period is not billed; ``text`` is an English msgid filled with ``facts``."""

    code: str
    text: str
    facts: Mapping[str, str] = field(default_factory=dict)
    pointer: str = ""

    @classmethod
    def of(cls, error: DomainError) -> "Problem":
        """Keep what a refusal says; of several flaws the first."""
        said = error.flaws[0] if error.flaws else error
        facts = {name: str(fact) for name, fact in said.facts.items()}
        return cls(error.code, said.text, facts, error.flaws[0].pointer if error.flaws else "")

    def columns(self) -> dict[str, object]:
        """Return it as an item keeps it."""
        return {
            "problem_code": self.code,
            "problem_text": self.text,
            "problem_facts": dict(self.facts),
            "problem_pointer": self.pointer[:200],
        }


def settle(*, item: RunItem, state: ItemState, at: datetime, problem: Problem | None = None) -> None:
    """Write down what became of an item."""
    columns = problem.columns() if problem else {}
    RunItem.objects.filter(pk=item.pk).update(state=state, settled_at=at, **columns)


def unexpected(*, error: Exception, subject: Lease | SlotBooking) -> Problem:
    """Blame a lease or booking for an error; where the database is lost none is, and it is tried again."""
    if isinstance(error, OperationalError | InterfaceError) and is_passing(error):
        raise error
    logger.error("%s can be neither previewed nor billed", subject.public_id, exc_info=error)
    return Problem(RunLeaseFailed.code, RunLeaseFailed.text)
