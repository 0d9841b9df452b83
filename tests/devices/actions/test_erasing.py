"""Readings of one class and time go for good: exactly those, once, and every proof holds as before."""

from contextlib import ExitStack
from datetime import timedelta
from unittest.mock import patch

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from config.roles import statements
from devices import queries
from devices.actions import erasing, quarantine
from devices.actions.erasing import ErasedByClock
from devices.models import (
    Block,
    Channel,
    ErasedRun,
    Erasure,
    Head,
    Holding,
    Quarantined,
    StateCode,
    vocabulary_of,
)
from devices.models.deliveries import deliveries, leaf_of, leaves
from devices.rules import digests, salts
from devices.rules.erasing import digests_of
from devices.rules.readings import instant
from marketplace.actions.parties import robot
from marketplace.shared.period import Period
from tests.devices import test_both_forms as forms_of
from tests.devices.archived import HOUR, THEN, fold, forms, seal
from tests.devices.machines import LATHE, lathe, take
from tests.devices.management.test_verify_log import verify
from tests.factories import marketplace as make
from tests.races import at_once
from tests.rounds import tries

LATER = THEN + 1000 * HOUR
DEATHS = {}
CLASSES = ("PRIVATE", "ORDINARY", "EVIDENCE")


def order(device, retention="PRIVATE", start=THEN, end=THEN + 100 * HOUR, reference="dut_1", channels=()):
    return erasing.order(
        device=device,
        retention=retention,
        period=Period(start, end),
        reference=reference,
        by=robot(name="clock"),
        at=LATER,
        channels=channels,
    )


def run(erasure, rows=10_000):
    return erasing.run(erasure=erasure, by=robot(name="clock"), at=LATER, rows=rows)


def erase(device, retention="PRIVATE", **more):
    erasure = order(device, retention, **more)
    assert run(erasure) == []
    return Erasure.objects.get(pk=erasure.pk)


def said(device):
    """Return every reading with its channel and time."""
    return {(one.channel, one.at, str(one.value)) for one in queries.readings(device, channels=None)}


def kept(device, before, gone):
    """Return what of ``before`` should be left when classes went: ``gone`` is (class, start, end)."""
    retention = dict(Channel.objects.filter(device=device).values_list("key", "retention"))
    return {
        (key, at, value)
        for key, at, value in before
        if not any(
            retention[key] == name and instant(start) <= at < instant(end) for name, start, end in gone
        )
    }


def proved(device):
    """Make every leaf again from the groups that are there and the digests that were written down."""
    vocabulary, words = vocabulary_of(device.pk, fresh=True), queries.words_of(device)
    count, previous = Head.objects.get(device=device).arrivals, b""
    for stored in deliveries(device, first=1, last=count):
        groups = digests.joined(digests_of(stored, vocabulary, words))
        leaf = digests.leaf(device=device.public_id, arrival=stored.arrival, previous=previous, groups=groups)
        assert leaf == stored.leaf == leaf_of(device, stored.arrival)
        previous = leaf
    return count


def spoken(turns=6):
    """A lathe with ten readings of all channels an hour."""
    device = lathe()
    for turn in range(turns):
        items = [forms_of.item(number) for number in range(turn * 60, turn * 60 + 10)]
        take(device, items, at=THEN + turn * HOUR + HOUR / 2)
    seal()
    return device


class TestEverything(TestCase):
    @settings(max_examples=tries(12), deadline=None, phases=[Phase.generate])  # each takes a second
    @given(
        forms_of.deliveries(),
        st.integers(0, 16),
        st.lists(
            st.tuples(st.sampled_from(CLASSES), st.integers(0, 41), st.integers(1, 41)),
            min_size=1,
            max_size=4,
        ),
    )
    def test_goes_that_was_said_then_and_nothing_else(self, sent, closed, cuts):
        device = lathe()
        for turn, (epoch, at, numbers) in enumerate(sent):
            items = [forms_of.item(number) for number in numbers]
            take(device, items, epoch=epoch, at=max(at, THEN + 41 * HOUR / 60 * turn))
        seal()
        before, roots = said(device), list(leaves(device, first=1, last=10**6))
        fold(at=THEN + closed * HOUR)
        minute = timedelta(minutes=1)
        gone = [(name, THEN + start * minute, THEN + (start + long) * minute) for name, start, long in cuts]

        for number, (name, start, end) in enumerate(gone):
            erase(device, name, start=start, end=end, reference=f"dut_{number}")

        assert said(device) == kept(device, before, gone)
        assert proved(device) == len(roots)
        fold()
        assert not Block.objects.filter(device_id=device.pk).exists()
        assert said(device) == kept(device, before, gone)
        assert [one.leaf for one in leaves(device, first=1, last=10**6)] == [one.leaf for one in roots]
        assert proved(device) == len(roots)
        assert verify()[0] == []


@pytest.mark.django_db
@pytest.mark.parametrize("folded", [False, True])
class TestOneSide:
    def test_loses_its_part_of_a_delivery_that_lies_over_the_border(self, folded):
        device = lathe()
        border = THEN + timedelta(seconds=30)
        mine, theirs = THEN + timedelta(seconds=29), border
        take(
            device,
            [
                (1, mine.isoformat(), "program", "SECRET"),
                (2, theirs.isoformat(), "program", "NEXT"),
                (3, mine.isoformat(), "parts", 7),
                (4, mine.isoformat(), "load", 3),
            ],
            at=THEN + HOUR / 2,
        )
        seal()
        if folded:
            fold()

        done = erase(device, end=border)

        assert said(device) == {
            ("program", instant(theirs), "NEXT"),
            ("parts", instant(mine), "7"),
            ("load", instant(mine), "3"),
        }
        (record,) = ErasedRun.objects.get(erasure=done).records()
        assert (record.arrival, set(record.groups)) == (1, {"private"})
        row = Holding.objects.get(device_id=device.pk)
        assert b"SECRET" not in bytes(row.private)
        assert [salts.erased(fact.salt) for fact in row.known()] == [("PRIVATE",)]
        again = erase(device, start=border, reference="dut_2")
        assert ErasedRun.objects.get(erasure=again).records() == [record]
        assert proved(device) == 1

    def test_is_not_taken_again(self, folded):
        device = spoken(2)
        if folded:
            fold()
        before = said(device)
        erase(device, end=THEN + HOUR)
        left = said(device)
        assert left < before

        again = take(device, [forms_of.item(number) for number in range(10)], at=LATER)
        late = take(device, [(40, (THEN + HOUR / 4).isoformat(), "program", "LATE")], at=LATER)

        programs = [number for number in range(10) if number % 4 == 3]
        assert (again.accepted, again.duplicates) == (0, 10 - len(programs))
        assert [one.reason for one in again.refusals] == ["erased"] * len(programs)
        assert (late.accepted, [one.reason for one in late.refusals], late.ack) == (0, ["erased"], 40)
        assert said(device) == left
        assert not Quarantined.objects.exists()


@pytest.mark.django_db
class TestStops:
    @pytest.mark.parametrize("folded", [False, True])
    def test_at_any_point_and_counts_the_same(self, folded):
        whole, broken = spoken(), spoken()
        for device in (whole, broken):
            take(device, [(9999, (THEN + HOUR).isoformat(), "tool", "T-77")], at=THEN + HOUR)
        if folded:
            fold()
        expected, erasure, deaths = erase(whole), order(broken), 0
        while erasure.done_at is None and deaths < 50:
            deaths += die_at_next(erasure)
            erasure = Erasure.objects.get(pk=erasure.pk)

        assert deaths == 6 + 2  # in each row, behind the items, behind the words
        assert counts(erasure) == counts(expected)
        assert (erasure.items, erasure.words) == (expected.items, expected.words) == (1, 0)
        assert [one for one in said(broken) if one[0] == "program"] == []
        assert proved(broken) == 6

    def test_shows_how_far_it_is(self):
        device = spoken(4)
        erasure = order(device)
        assert erasure.percent == 0
        run(erasure, rows=2)
        assert erasure.percent == 50
        run(erasure)
        assert erasure.percent == 100
        assert Erasure.objects.undone().count() == 0

    def test_before_a_delivery_that_does_not_make_its_leaf(self):
        device = spoken(3)
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE devices_block DISABLE TRIGGER devices_block_append_only")
            cursor.execute(
                "UPDATE devices_block SET salt = decode(repeat('00', 16), 'hex') WHERE arrival = 2"
            )
            cursor.execute("ALTER TABLE devices_block ENABLE TRIGGER devices_block_append_only")
        erasure = order(device)

        damaged = run(erasure)

        assert [one.arrival for one in damaged] == [2]
        erasure.refresh_from_db()
        assert (erasure.done_at, erasure.reached) == (None, 1)
        assert [run.first for run in ErasedRun.objects.order_by("pk")] == [1, 3]
        assert [one.arrival for one in run(erasure)] == [2]
        assert ErasedRun.objects.count() == 2


def die_at_next(erasure):
    """Run until the first step that has not died before has been done, or undone with its transaction."""
    tried = DEATHS.setdefault(erasure.pk, set())

    def dying(name, real):
        def step(*args):
            found = real(*args)
            place = (name, getattr(args[1], "first", None))
            if place not in tried:
                tried.add(place)
                raise RuntimeError("the power went")
            return found

        return step

    names = ("_erase", "_forget_items", "_forget_words")
    with ExitStack() as stack:
        for name in names:
            stack.enter_context(patch.object(erasing, name, dying(name, getattr(erasing, name))))
        try:
            run(erasure)
        except RuntimeError:
            return 1
    return 0


def counts(erasure):
    return sorted((run.readings, run.deliveries, run.first, run.last) for run in erasure.runs.all())


@pytest.mark.django_db(transaction=True)
class TestTwoAtOnce:
    def test_erase_each_reading_once(self):
        device = spoken(4)
        take(device, [(9999, (THEN + HOUR).isoformat(), "tool", "T-77")], at=THEN + HOUR)
        erasure = order(device)

        found = at_once(*[lambda: run(Erasure.objects.get(pk=erasure.pk))] * 3)
        while Erasure.objects.get(pk=erasure.pk).done_at is None:  # whoever was kept out left it to others
            found.append(run(Erasure.objects.get(pk=erasure.pk)))

        assert [one for one in found if one != []] == []
        assert len(counts(erasure)) == 4
        assert Erasure.objects.get().items == 1
        assert [one for one in said(device) if one[0] == "program"] == []

    def test_archiving_and_erasing_lose_nothing_else(self):
        device = spoken(4)
        before, erasure = said(device), order(device)

        found = at_once(fold, lambda: run(Erasure.objects.get(pk=erasure.pk)), fold)
        run(Erasure.objects.get(pk=erasure.pk))
        assert [one for one in found if isinstance(one, Exception)] == []
        fold()

        assert said(device) == kept(device, before, [("PRIVATE", THEN, THEN + 100 * HOUR)])
        assert proved(device) == 4
        assert not Block.objects.exists()


@pytest.mark.django_db
class TestWhatElseIsErased:
    def test_refused_items_of_the_time_and_class(self):
        device = lathe()
        at = (THEN + HOUR).isoformat()
        take(
            device,
            [(1, at, "tool", "T-77"), (2, at, "load", "wet"), (3, at, "parts", "many")],
            at=THEN + HOUR,
        )
        take(device, [(4, "yesterday", "tool", "T-78"), (5, "tomorrow", "tool", "T-79")], at=THEN + HOUR)
        take(device, [(6, (THEN + 200 * HOUR).isoformat(), "tool", "T-80")], at=THEN + 200 * HOUR)
        assert Quarantined.objects.count() == 6

        done = erase(device)

        assert done.items == 3
        emptied = Quarantined.objects.filter(note="ERASED").order_by("pk")
        assert [one.item for one in emptied] == [{"sequence": number} for number in (1, 4, 5)]
        assert {(one.outcome, one.detail) for one in emptied} == {("DISMISSED", "")}
        text = " ".join(str(one.item) + one.detail for one in Quarantined.objects.all())
        assert "T-77" not in text
        assert "T-80" in text
        assert "wet" in text
        with pytest.raises(quarantine.AlreadyDecided):
            quarantine.replay(quarantined=emptied[0], by=robot(name="clock"), at=LATER)
        assert erase(device, "ORDINARY", reference="dut_2").items == 1

    def test_words_that_nothing_says_any_more(self):
        mode = {"key": "mode", "name": "Mode", "kind": "STATE", "category": "process_parameters"}
        device = lathe(channels=[*LATHE, mode | {"retention": "PRIVATE"}])
        at = (THEN + HOUR).isoformat()
        take(device, [(1, at, "mode", "SECRET-7"), (2, at, "execution", "ACTIVE"), (3, at, "mode", "ACTIVE")])

        done = erase(device)

        assert done.words == 1
        assert set(StateCode.objects.values_list("word", flat=True)) == {"ACTIVE", "ERASED:2"}
        receipt = take(device, [(4, (THEN + 200 * HOUR).isoformat(), "mode", "SECRET-7")])
        assert receipt.accepted == 1
        assert ("mode", instant(THEN + 200 * HOUR), "SECRET-7") in said(device)

    def test_single_channels_if_only_they_were_named(self):
        crew = {"key": "crew", "name": "Operator", "kind": "TEXT", "category": "operator_data"}
        device = lathe(channels=[*LATHE, crew | {"retention": "PRIVATE"}])
        at = (THEN + HOUR).isoformat()
        take(device, [(1, at, "crew", "Li Wei"), (2, at, "program", "O7"), (3, at, "tool", "T-1")])
        erasure = order(device, channels=["crew"])
        assert run(erasure) == []

        assert said(device) == {("program", instant(THEN + HOUR), "O7")}
        assert proved(device) == 1
        receipt = take(device, [(4, at, "crew", "Li Wei"), (5, at, "program", "O8")])
        assert (receipt.accepted, [one.reason for one in receipt.refusals]) == (1, ["erased"])
        assert Quarantined.objects.get().item["value"] == "T-1"

    def test_the_hash_of_the_body(self):
        device = spoken(1)
        erase(device)
        assert bytes(Block.objects.get().body_hash) == b""


@pytest.mark.django_db
class TestGuards:
    def test_the_clock_alone_erases(self):
        device, person = spoken(1), make.user()
        with pytest.raises(ErasedByClock):
            erasing.order(
                device=device,
                retention="PRIVATE",
                period=Period(THEN, LATER),
                reference="dut_1",
                by=person,
                at=LATER,
            )
        erasure = order(device)
        with pytest.raises(ErasedByClock):
            erasing.run(erasure=erasure, by=person, at=LATER)
        assert not ErasedRun.objects.exists()
        assert order(device) == erasure

    def test_whoever_archives_is_not_disturbed(self):
        device = spoken(1)
        erasure = order(device)
        with patch.object(erasing, "_alone", return_value=False):
            assert run(erasure) == []
        assert Erasure.objects.get().done_at is None

    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE devices_block SET private = ordinary",
            "UPDATE devices_block SET salt = ''",
            "UPDATE devices_block SET body_hash = ''",
            "UPDATE devices_archive SET private = ordinary",
            "UPDATE devices_archive SET facts = ''",
            "UPDATE devices_archive SET at_lo = 0",
            "DELETE FROM devices_archive",
        ],
    )
    def test_nobody_changes_what_no_record_stands_for(self, statement):
        device = spoken(2)
        fold(at=THEN + HOUR)
        assert [row[2] for row in forms(device)] == [True, False]
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            connection.cursor().execute(statement)

    def test_a_record_of_one_class_frees_no_other(self):
        device = spoken(2)
        fold(at=THEN + HOUR)
        erase(device)
        for table in ("block", "archive"):
            with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
                connection.cursor().execute(f"UPDATE devices_{table} SET ordinary = private")

    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE devices_erasedrun SET readings = 0",
            "DELETE FROM devices_erasedrun",
            "UPDATE devices_erasure SET period = tstzrange(now(), now() + interval '1 day')",
            "UPDATE devices_erasure SET done_at = NULL",
            "DELETE FROM devices_erasure",
        ],
    )
    def test_what_is_written_down_stays(self, statement):
        erase(spoken(1))
        with pytest.raises(IntegrityError), transaction.atomic():
            connection.cursor().execute(statement)

    def test_the_application_cannot_write_records(self):
        with connection.cursor() as cursor:
            cursor.execute("CREATE ROLE erasing_app")
            for statement in statements("erasing_app"):
                cursor.execute(statement)
            cursor.execute("SET ROLE erasing_app")
            with pytest.raises(ProgrammingError), transaction.atomic():
                cursor.execute("INSERT INTO devices_erasedrun (device_id) VALUES (1)")
            cursor.execute("RESET ROLE")

    def test_nothing_is_erased_without_an_order(self):
        spoken(1)
        with pytest.raises(IntegrityError, match="nothing orders this"), transaction.atomic():
            connection.cursor().execute(
                "SELECT devices_erase(7, 1, false, 1, 1, 1, 1, '', now(), '', '', '', '', '', NULL)"
            )
