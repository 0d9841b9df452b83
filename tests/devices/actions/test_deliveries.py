import contextlib
import threading
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection

from devices import queries
from devices.actions import deliveries, devices, quarantine
from devices.models import Block, Gap, Head, Quarantined
from devices.models.streams import HeadQuerySet
from devices.rules.admission import Item
from marketplace.actions.parties import robot
from marketplace.permissions import MissingRight
from tests.devices.machines import NOON, lathe, take
from tests.factories import marketplace as make

AT = "2026-11-20T03:59:00Z"


def run(*numbers):
    return [(number, AT, "parts", number) for number in numbers]


def stored(device):
    return [(one.sequence, one.value) for one in queries.readings(device, channels=None)]


@pytest.mark.django_db
class TestTake:
    def test_stores_each_kind_of_value_exactly(self):
        device = lathe()
        items = [
            (1, AT, "execution", "ACTIVE"),
            (2, AT, "parts", "36.000"),
            (3, AT, "load", Decimal("0.10")),
            (4, AT, "program", "O1001"),
            (5, AT, "execution", None),
        ]

        receipt = take(device, items)

        assert (receipt.accepted, receipt.ack, receipt.arrival) == (5, 5, 1)
        assert stored(device) == [(1, "ACTIVE"), (2, 36), (3, Decimal("0.1")), (4, "O1001"), (5, None)]

    def test_takes_the_same_content_in_another_spelling_as_a_duplicate(self):
        device = lathe()
        take(device, [(1, AT, "parts", Decimal("36.000"))])

        receipt = take(device, [(1, "2026-11-20T11:59:00+08:00", "parts", 36)])

        assert (receipt.accepted, receipt.duplicates, receipt.ack, receipt.arrival) == (0, 1, 1, None)
        assert Block.objects.filter(device_id=device.pk).count() == 1

    def test_keeps_the_first_and_quarantines_other_content_of_the_same_identity(self):
        device = lathe()
        take(device, run(1, 2))

        receipt = take(device, [(2, AT, "parts", 99), (3, AT, "parts", 3)])

        assert [refusal.reason for refusal in receipt.conflicts] == ["conflict"]
        assert (receipt.accepted, receipt.ack) == (1, 3)
        assert stored(device) == [(1, 1), (2, 2), (3, 3)]
        assert Quarantined.objects.get(device=device).item["value"] == 99

    @pytest.mark.parametrize(
        ("item", "reason"),
        [
            ((None, AT, "parts", 1), "sequence_missing"),
            (("7", AT, "parts", 1), "sequence_invalid"),
            ((True, AT, "parts", 1), "sequence_invalid"),
            ((-1, AT, "parts", 1), "sequence_invalid"),
            ((2**60, AT, "parts", 1), "sequence_invalid"),
            ((7, None, "parts", 1), "time_missing"),
            ((7, "yesterday", "parts", 1), "time_invalid"),
            ((7, "2026-11-20T03:59:00", "parts", 1), "time_without_zone"),
            ((7, "2026-11-20T04:05:01Z", "parts", 1), "time_in_future"),
            ((7, "2099-01-01T00:00:00Z", "parts", 1), "time_in_future"),
            ((7, "1999-01-01T00:00:00Z", "parts", 1), "time_before_commissioning"),
            ((7, AT, "speed", 1), "unknown_channel"),
            ((7, AT, "parts", "NaN"), "number_not_finite"),
            ((7, AT, "parts", Decimal("Infinity")), "number_not_finite"),
            ((7, AT, "parts", "twelve"), "number_invalid"),
            ((7, AT, "parts", 10**18), "number_too_large"),
            ((7, AT, "load", Decimal("0.1234567890123456789")), "number_too_precise"),
            ((7, AT, "parts", True), "value_invalid"),
            ((7, AT, "program", "O\x001"), "character_not_allowed"),
            ((7, AT, "program", "x" * 9000), "text_too_long"),
            ((7, AT, "execution", "x" * 201), "text_too_long"),
        ],
    )
    def test_refuses_one_bad_item_with_its_reason_and_takes_the_others(self, item, reason):
        device = lathe()

        receipt = take(device, [(6, AT, "parts", 6), item, (8, AT, "parts", 8)])

        assert [(refusal.place, refusal.reason) for refusal in receipt.refusals] == [(1, reason)]
        assert (receipt.accepted, receipt.ack) == (2, 8)
        assert stored(device) == [(6, 6), (8, 8)]
        assert Quarantined.objects.get(device=device).reason == reason

    def test_quarantines_the_same_item_once_however_often_it_is_sent(self):
        device = lathe()

        for _ in range(3):
            take(device, [(1, AT, "speed", 1)])

        assert Quarantined.objects.filter(device=device).count() == 1

    def test_notes_a_jump_as_a_gap_and_closes_it_when_it_is_filled(self):
        device = lathe()
        take(device, run(1, 2))

        assert take(device, run(6, 7)).gaps == [(3, 6)]
        take(device, run(4))
        assert Gap.objects.open().filter(device=device).count() == 1

        take(device, run(3, 5), at=NOON + timedelta(minutes=1))
        gap = Gap.objects.get(device=device)
        assert (gap.first, gap.last, gap.filled_at) == (3, 5, NOON + timedelta(minutes=1))

    def test_sees_no_gap_in_what_the_source_says_is_covered(self):
        device = lathe()

        assert take(device, run(1, 5, 9), covered=[(1, 12)]).gaps == []

    def test_notes_what_is_covered_though_nothing_was_said(self):
        device = lathe()
        take(device, run(1))

        receipt = take(device, [], covered=[(2, 50)])

        assert (receipt.accepted, receipt.ack, receipt.gaps) == (0, None, [])
        assert take(device, run(50)).gaps == []

    def test_counts_each_epoch_by_itself(self):
        device = lathe()
        take(device, run(1, 2))

        receipt = take(device, run(1, 2), epoch="e2")

        assert (receipt.accepted, receipt.gaps) == (2, [])

    def test_chains_the_leaves_of_a_device_and_numbers_arrivals_without_holes(self):
        device = lathe()
        for number in (1, 2, 3):
            take(device, run(number))

        blocks = list(Block.objects.filter(device_id=device.pk).order_by("arrival"))
        assert [block.arrival for block in blocks] == [1, 2, 3]
        assert len({bytes(block.leaf) for block in blocks}) == 3
        assert bytes(Head.objects.get(device=device).leaf) == bytes(blocks[-1].leaf)

    def test_refuses_who_may_not_deliver_and_stores_nothing(self):
        device = lathe()

        with pytest.raises(MissingRight):
            deliveries.take(
                device=device,
                delivery=deliveries.Delivery("e1", [Item(1, AT, "parts", 1)]),
                by=make.user(),
                at=NOON,
            )

        assert stored(device) == []

    def test_shows_what_had_arrived_up_to_an_arrival_number(self):
        device = lathe()
        take(device, run(5))
        take(device, run(4))

        early = queries.readings(device, channels=["parts"], upto_arrival=1)
        assert [one.sequence for one in early] == [5]
        assert stored(device) == [(4, 4), (5, 5)]


@pytest.mark.django_db
class TestQuarantine:
    def test_replays_an_item_once_its_channel_was_added(self):
        device = lathe()
        by = robot(name="tester")
        take(device, [(1, AT, "speed", 5)])
        waiting = Quarantined.objects.get(device=device)

        with pytest.raises(quarantine.StillRefused):
            quarantine.replay(quarantined=waiting, by=by, at=NOON)
        speed = {
            "key": "speed",
            "name": "Speed",
            "kind": "GAUGE",
            "category": "machine_condition",
            "retention": "ORDINARY",
        }
        devices.add_channels(device=device, channels=[speed], by=by, at=NOON)
        decided = quarantine.replay(quarantined=waiting, by=by, at=NOON)

        assert decided.outcome == "REPLAYED"
        assert stored(device) == [(1, 5)]
        with pytest.raises(quarantine.AlreadyDecided):
            quarantine.dismiss(quarantined=waiting, note="", by=by, at=NOON)

    def test_dismisses_with_a_note(self):
        device = lathe()
        take(device, [(1, AT, "speed", 5)])

        decided = quarantine.dismiss(
            quarantined=Quarantined.objects.get(device=device),
            note="test bench",
            by=robot(name="tester"),
            at=NOON,
        )

        assert (decided.outcome, decided.note, decided.decided_at) == ("DISMISSED", "test bench", NOON)

    def test_is_decided_by_nobody_else(self):
        device = lathe()
        take(device, [(1, AT, "speed", 5)])
        waiting = Quarantined.objects.get(device=device)

        with pytest.raises(MissingRight):
            quarantine.dismiss(quarantined=waiting, note="", by=make.user(), at=NOON)

        waiting.refresh_from_db()
        assert waiting.outcome == "WAITING"


def at_once(*works):
    """Run works in threads with connections of their own; return the errors."""
    errors = []
    start = threading.Barrier(len(works))

    def one(work):
        try:
            start.wait()
            work()
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=one, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return errors


@contextlib.contextmanager
def slowly(*, lock):
    """Let ``devices_take`` dawdle between its look and its writes, with its lock or without."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_functiondef('devices_take'::regproc)")
        (written,) = cursor.fetchone()
        found = written.replace(
            "    arrival := head.arrivals", "    PERFORM pg_sleep(0.4); arrival := head.arrivals"
        )
        found = found if lock else found.replace(" FOR NO KEY UPDATE", "")
        assert found != written
        cursor.execute(found)
        yield
        cursor.execute(written)


@pytest.mark.django_db(transaction=True)
class TestTwoAtOnce:
    def test_store_every_reading_once_also_when_deliveries_overlap(self):
        device = lathe()
        robot(name="tester")
        overlapping = [range(1, 400), range(200, 600), range(1, 600), range(350, 600)]

        errors = at_once(*[lambda part=part: take(device, run(*part)) for part in overlapping])

        assert errors == []
        assert stored(device) == [(number, number) for number in range(1, 600)]
        blocks = Block.objects.filter(device_id=device.pk)
        assert sum(block.count for block in blocks) == 599

    def test_would_store_twice_or_break_without_the_lock_of_the_head(self, monkeypatch):
        device = lathe()
        robot(name="tester")
        take(device, run(1))
        both_have_looked = threading.Barrier(2, timeout=20)
        look = deliveries._fresh

        def wait_for_the_other(*asked):
            found = look(*asked)
            both_have_looked.wait()
            return found

        with monkeypatch.context() as unlocked:
            unlocked.setattr(HeadQuerySet, "locked", lambda heads: heads.order_by("pk"))
            unlocked.setattr(deliveries, "_fresh", wait_for_the_other)
            errors = at_once(*[lambda: take(device, run(3, 4)) for _ in range(2)])  # a gap: looked at closely

        blocks = Block.objects.filter(device_id=device.pk)
        assert errors or sum(block.count for block in blocks) > 3

    @pytest.mark.parametrize(("lock", "broken"), [(True, False), (False, True)])
    def test_hold_in_the_one_statement_too_and_only_because_it_locks(self, lock, broken):
        device = lathe()
        robot(name="tester")
        take(device, run(1))

        with slowly(lock=lock):
            errors = at_once(*[lambda: take(device, run(2, 3)) for _ in range(2)])

        blocks = Block.objects.filter(device_id=device.pk)
        assert bool(errors or sum(block.count for block in blocks) > 3) is broken
