"""Grants in a sentence: who may use which data for what, until when."""

from collections.abc import Callable
from datetime import datetime

from devices.ownership.rules.explanations import CATEGORIES
from devices.ownership.rules.grant_terms import Terms
from devices.ownership.rules.sentences import Translate, listed, purpose_words
from marketplace.rules.msgids import gettext_noop
from marketplace.shared.period import Period

SENTENCE = gettext_noop("{recipient} may read {right} of {data} for {purpose}: {made}; {until}.")
RAW = gettext_noop("every single reading")
FIGURES = gettext_noop("figures over {interval}")
INTERVALS = {
    "PT1M": gettext_noop("a minute"),
    "PT5M": gettext_noop("5 minutes"),
    "PT15M": gettext_noop("15 minutes"),
    "PT1H": gettext_noop("an hour"),
    "P1D": gettext_noop("a day"),
}
MADE = gettext_noop("made from {start} to {end}")
MADE_SINCE = gettext_noop("made from {start} on")
FROM_NOW = gettext_noop("made from the moment of consent on")
UNTIL = gettext_noop("from {start} until {end}")
HOURS = gettext_noop("for {count} hours from then")
MINUTES = gettext_noop("for {count} minutes from then")

Written = Callable[[datetime], str]


def sentence(
    terms: Terms,
    *,
    recipient: str,
    generated: Period | None,
    readable: Period | None,
    moment: Written,
    translate: Translate,
) -> str:
    """
    Say what the terms open; ``moment`` writes a time, ``recipient`` is a name.

    ``generated`` and ``readable`` are what holds now: a remote diagnosis has them once it was given, and a
    closed job ends earlier than its terms say.
    """
    interval = terms.interval
    right = translate(FIGURES).format(interval=translate(INTERVALS[interval])) if interval else translate(RAW)
    return translate(SENTENCE).format(
        recipient=recipient,
        right=right,
        data=listed((translate(CATEGORIES[one]) for one in terms.categories), translate),
        purpose=purpose_words(terms.purpose, translate),
        made=_made(generated, moment, translate),
        until=_until(terms, readable, moment, translate),
    )


def _made(generated: Period | None, moment: Written, translate: Translate) -> str:
    if generated is None:
        return translate(FROM_NOW)
    if generated.end is None:
        return translate(MADE_SINCE).format(start=moment(generated.start))
    return translate(MADE).format(start=moment(generated.start), end=moment(generated.end))


def _until(terms: Terms, readable: Period | None, moment: Written, translate: Translate) -> str:
    if readable is not None and readable.end is not None:
        return translate(UNTIL).format(start=moment(readable.start), end=moment(readable.end))
    minutes = (terms.lasts or 0) // 60
    if minutes % 60 == 0:
        return translate(HOURS).format(count=minutes // 60)
    return translate(MINUTES).format(count=minutes)
