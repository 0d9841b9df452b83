"""Recordings of real machines, through the database, amount to what is known of them."""

import random
from decimal import Decimal

import pytest

from devices import queries
from devices.actions import deliveries
from devices.actions.deliveries import Delivery
from devices.rules.admission import Item
from devices.rules.counters import CounterTerms
from devices.rules.increments import total
from devices.rules.quantities import Fold, Terms
from marketplace.actions.parties import robot
from tests.devices import recordings
from tests.devices.machines import NOON, recorded
from tests.rounds import ROUNDS

pytestmark = pytest.mark.django_db


def items_of(recording):
    return [Item(*reading) for reading in recording.readings]


def deliver(device, recording, batches, covered=()):
    """Take every batch and return how many readings were accepted and known."""
    accepted = duplicates = 0
    by = robot(name="tester")
    for batch in batches:
        delivery = Delivery(recording.epoch, batch, covered)
        receipt = deliveries.take(device=device, delivery=delivery, by=by, at=NOON)
        assert (receipt.refusals, receipt.conflicts) == ([], [])
        accepted, duplicates = accepted + receipt.accepted, duplicates + receipt.duplicates
    return accepted, duplicates


def known(name):
    found = recordings.truth(name)
    if "qdr" in name:
        found = found["devices"]["mtc_adapter001"]["execution:GFAgie01-path_basic_2"]
    return found["recommended_billable"]


def measured(device, recording):
    """Fold what is stored, in the words of ``recommended_billable``."""
    counters = () if recording.parts is None else (CounterTerms(recording.parts),)
    fold = Fold(Terms(recording.execution, counters=counters))
    channels = [str(channel) for channel in fold.terms.channels]
    evidence = queries.evidence(device, channels=channels)
    found = fold.feed(evidence.readings, evidence.trace).increments
    parts = None if recording.parts is None else total(found, f"counter.{recording.parts}")
    return round(Decimal(total(found, "run")).scaleb(-6), 3), total(found, "cycles"), parts


def expected(name):
    truth = known(name)
    parts = next(iter((truth.get("parts") or {}).values()), None)
    return Decimal(str(truth["run_seconds"])), truth["program_cycles"], parts


# One seed each; of the two largest recordings only the beginning is cut, the whole in `make rounds`.
LARGEST = ("nist-sms/Mazak01", "nist-sms/GFAgie01")
CUTS = [(name, seed) for seed in range(1, 1 + ROUNDS) for name in recordings.NAMES]
CUTS = [one for one in CUTS if one[0] not in LARGEST or ROUNDS > 1]
BEGINNING = 1_500


def cut(items, size):
    return [items[start : start + size] for start in range(0, len(items), size)]


def cut_anywhere(items, rng):
    edges = sorted(rng.sample(range(1, len(items)), 20))
    return [items[start:end] for start, end in zip([0, *edges], [*edges, len(items)], strict=True)]


@pytest.mark.parametrize("name", recordings.NAMES)
def test_every_recording_amounts_to_what_is_known_also_when_it_is_sent_twice(name):
    recording = recordings.load(name)
    device = recorded(name)
    items = items_of(recording)

    twice = [batch for batch in cut(items, 5000) for _ in range(2)]
    assert deliver(device, recording, twice) == (len(items), len(items))

    assert measured(device, recording) == expected(name)


@pytest.mark.parametrize(("name", "seed"), CUTS)
def test_cut_anywhere_sent_twice_and_in_any_order_it_amounts_to_the_same(name, seed):
    recording = recordings.load(name)
    device = recorded(name)
    sent_in_pieces(device, recording, items_of(recording), random.Random(seed))

    assert measured(device, recording) == expected(name)


@pytest.mark.parametrize("name", LARGEST)
def test_the_beginning_of_a_large_one_in_pieces_amounts_to_the_same_as_in_one(name):
    recording = recordings.load(name)
    items = items_of(recording)[:BEGINNING]
    whole, pieces = recorded(name), recorded(name)
    assert deliver(whole, recording, [items]) == (len(items), 0)
    sent_in_pieces(pieces, recording, items, random.Random(1))

    amounts = measured(whole, recording)
    assert measured(pieces, recording) == amounts and amounts[0] > 0


def sent_in_pieces(device, recording, items, rng):
    """Cut anywhere, send every piece twice and in any order: each reading is stored once, in its place."""
    batches = cut_anywhere(items, rng) + cut_anywhere(items, rng)
    rng.shuffle(batches)

    assert deliver(device, recording, batches) == (len(items), len(items))

    said = list(queries.readings(device, channels=None))
    assert [one.sequence for one in said] == [item.sequence for item in items]
    assert [(one.at, one.channel, one.value) for one in said] == [item[1:] for item in items]
