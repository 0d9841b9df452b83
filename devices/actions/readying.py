"""Make readings ready for the one statement that stores them, in the quickest way that fits them."""

import secrets
from itertools import pairwise

from devices.rules import bulk, few
from devices.rules.preparing import Prepared, prepare
from devices.rules.spoken import Spoken
from devices.rules.vocabularies import Vocabulary


def prepared_of(*, spoken: Spoken, vocabulary: Vocabulary) -> Prepared | None:
    """Return a delivery as one statement stores it; ``None`` if it has holes or new state words."""
    twin = bulk.prepare if spoken.size > bulk.FEW else few.prepare
    found = twin(spoken.series, vocabulary, epoch=spoken.epoch, salt=secrets.token_bytes(16))
    return found or _exactly(spoken, vocabulary)


def _exactly(spoken: Spoken, vocabulary: Vocabulary) -> Prepared | None:
    readings = sorted(reading for series in spoken.series for reading in series.readings())
    if any(one.sequence + 1 != other.sequence for one, other in pairwise(readings)):
        return None
    try:
        return prepare(readings, vocabulary, epoch=spoken.epoch, salt=secrets.token_bytes(16))
    except KeyError:  # a state word that has no code yet
        return None
