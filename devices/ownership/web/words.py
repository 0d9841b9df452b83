"""An agreement in sentences: who may use which data for what, and where the agreement stands."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from devices.ownership.models import Agreement
from devices.ownership.rules.decisions import Decision, Effect
from devices.ownership.rules.defaults import SECOND, Matrix
from devices.ownership.rules.explanations import CATEGORIES, PARTIES
from devices.ownership.rules.grant_sentences import INTERVALS as GRANTED
from devices.ownership.rules.grants import INTERVALS as LENGTHS
from devices.ownership.rules.parties import Party
from devices.ownership.rules.sentences import FOR_PURPOSES, INTERVALS, listed, purpose_words

Answers = Mapping[str, Decision]


def standing(agreement: Agreement, at: datetime) -> tuple[str, str]:
    """Return where an agreement stands at ``at``, in a word and a kind of badge."""
    span = agreement.span
    if agreement.closed_at is not None or (span.end is not None and at >= span.end):
        return _("is over"), "off"
    if agreement.is_suspended:
        return _("suspended"), "fault"
    return (_("in force"), "run") if at >= span.start else (_("begins later"), "info")


def day(at: datetime) -> str:
    """Write the local day of a moment as the reader's language does."""
    return date_format(timezone.localtime(at), "DATE_FORMAT")


def moment(at: datetime) -> str:
    """Write a local day and time as the reader's language does."""
    return f"{day(at)} {timezone.localtime(at):%H:%M}"


def users(agreement: Agreement, rows: Iterable[Mapping[str, Any]], table: Matrix) -> list[dict[str, Any]]:
    """
    Say party by party what it may use, and for what; those who may use nothing stand together, last.

    ``rows`` are those of :func:`devices.ownership.queries.who_may`.
    """
    answers: dict[Party, dict[str, Decision]] = defaultdict(dict)
    for row in rows:
        for party, decision in row["answers"]:
            answers[party][row["category"]] = decision
    names = {Party.OWNER: agreement.owner.name, Party.LESSEE: agreement.lessee.name}
    told = [
        {"party": _(PARTIES[party]), "name": names.get(party, ""), "lines": _lines(party, found, table)}
        for party, found in answers.items()
    ]
    nobody = [str(one["party"]) for one in told if not one["lines"]]
    some = [one for one in told if one["lines"]]
    rest = {"party": listed(nobody, _), "name": "", "lines": [_("Nothing, unless a grant says so.")]}
    return [*some, rest] if nobody else some


def _lines(party: Party, found: Answers, table: Matrix) -> list[str]:
    """Say what a party may use: a sentence for all that it gets alike, then what it does not get."""
    if all(one.effect is Effect.RAW for one in found.values()):
        return [_("All data: every reading, for any purpose.")]
    alike: dict[str, list[str]] = defaultdict(list)
    for category, decision in found.items():
        if decision.effect is not Effect.DENY:
            alike[_gets(party, category, decision, table)].append(_(CATEGORIES[category]))
    lines = [sentence.replace("{data}", listed(data, _)) for sentence, data in alike.items()]
    return [*lines, *_denied(found)] if lines else []


def _gets(party: Party, category: str, decision: Decision, table: Matrix) -> str:
    if decision.effect is Effect.RAW:
        sentence = _("{data}: every reading")
    else:
        sentence = _("{data}: figures over {interval}").replace("{interval}", _interval(decision.interval))
    cell = table.cell(party, category)
    if cell is None or cell.purposes is None:
        return sentence
    purposes = listed((purpose_words(one, _) for one in sorted(cell.purposes)), _)
    return _(FOR_PURPOSES).format(sentence=sentence, purposes=purposes)


def _denied(found: Answers) -> Sequence[str]:
    data = [_(CATEGORIES[one]) for one, decision in found.items() if decision.effect is Effect.DENY]
    return [_("Not: {data}.").format(data=listed(data, _))] if data else []


def _interval(interval: int | str | None) -> str:
    if interval in INTERVALS:
        return _(INTERVALS[interval])
    written = next((name for name, length in LENGTHS.items() if length * SECOND == interval), "")
    return _(GRANTED[written]) if written else str(interval)
