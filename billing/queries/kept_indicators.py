"""
Sums of indicators that were added up before: the same question gets the same sums, for an hour.

A question as known now has its cut-off at full minutes (``as_known``), so all who ask within them ask the
same; what the platform sees first is added up ahead.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings

from billing.queries.indicator_questions import IndicatorQuestion, asked_question
from billing.queries.indicator_sql import fingerprint
from billing.queries.indicators import IndicatorAnswer, Totals, answers, parameters, totals
from billing.rules.indicator_spans import Days, ahead
from billing.rules.indicators import INDICATORS
from marketplace.gateway import kept
from marketplace.models import Organization
from marketplace.models.parties import OrganizationKind

KEPT_S: Final = 3600  # facts that are read as they stand, such as where a machine is, are as old at most
FORM: Final = 1  # of what is kept


def kept_answers(
    question: IndicatorQuestion, codes: Sequence[str] = tuple(INDICATORS)
) -> list[IndicatorAnswer]:
    """Answer a question as :func:`answers` does, from sums that may have been added up before."""
    return answers(question, codes, add_up=kept_totals)


def kept_totals(code: str, question: IndicatorQuestion, spans: Sequence[Days]) -> Totals:
    """
    Return what an indicator adds up to for periods.

    What was added up before its cut-off was settled is not what is told afterwards.
    """
    asked = (FORM, fingerprint(), code, question.asker, question.is_settled, parameters(question, spans))
    key = f"indicators:{hashlib.sha256(repr(asked).encode()).hexdigest()}"
    found: Totals | None = kept.recall(key)
    if found is None:
        found = totals(code, question, spans)
        kept.keep(key, found, seconds=KEPT_S)
    return found


def keep_ahead(*, now: datetime) -> None:
    """Add up what the platform sees of this month from the next full minutes on, unless it is there."""
    step = timedelta(seconds=settings.INDICATORS_EVERY)
    for platform in Organization.objects.filter(kind=OrganizationKind.PLATFORM):
        kept_answers(asked_question({}, organization=platform, now=ahead(now, step)))
