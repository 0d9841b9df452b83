"""Hours that are over become archives, and nothing is lost: guards, damage, races, and what is sent again."""

import threading
from datetime import UTC, datetime, timedelta
from unittest.mock import patch

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction

from config.roles import statements
from devices import queries
from devices.actions import archiving, partitions
from devices.actions.archiving import ArchivedByClock
from devices.management.commands import verify_log
from devices.models import Block, Holding, LogEntry, Logged, LogMark, Quarantined
from devices.rules import archives
from devices.rules.log import entry_hash
from devices.tasks import archive_hours, prepare_partitions
from marketplace.shared import merkle
from tests.devices.archived import HOUR, THEN, everything, fold, fold_log, forms, say, seal
from tests.devices.machines import lathe, take
from tests.devices.management.test_verify_log import tamper, verify
from tests.factories import marketplace as make
from tests.races import Meeting, at_once

RIGHTS = ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE")


@pytest.fixture
def device(db):
    """A lathe with three deliveries in each of two hours, sealed."""
    device = lathe()
    say(device, 1, 2, 3)
    say(device, 11, 12, 13, hour=1)
    seal()
    return device


class TestFolding:
    def test_makes_one_row_of_an_hour_and_leaves_nothing_hot(self, device):
        done = fold()

        assert (done.archives, done.deliveries, done.damaged) == (2, 6, [])
        assert forms(device) == [(1, 3, True), (4, 6, True)]
        assert not Block.objects.exists()
        row = Holding.objects.of(device).in_order_of_arrival()[1]
        assert (row.received_lo, row.received_hi) == (
            THEN + HOUR + timedelta(seconds=11),
            THEN + HOUR + timedelta(seconds=13),
        )
        assert (row.epoch_number, row.sequence_lo, row.sequence_hi, row.count) == (1, 11, 13, 3)

    def test_leaves_what_is_young_and_can_be_done_again(self, device):
        assert fold(at=THEN + HOUR - timedelta(seconds=1)).archives == 0
        assert fold(at=THEN + HOUR).archives == 1
        assert forms(device) == [(1, 3, True), (4, 4, False), (5, 5, False), (6, 6, False)]
        assert fold(at=THEN + HOUR).archives == 0
        assert fold().archives == 1

    def test_leaves_what_the_log_does_not_hold(self, device):
        say(device, 14, 15, hour=1)

        assert fold().deliveries == 6

        assert forms(device)[2:] == [(7, 7, False), (8, 8, False)]
        seal()
        assert fold().deliveries == 2

    def test_keeps_epochs_apart(self, device):
        say(device, 1, 2, hour=1, epoch="e2")
        seal()

        fold()

        assert forms(device) == [(1, 3, True), (4, 6, True), (7, 8, True)]
        assert [row.epoch_number for row in Holding.objects.of(device).in_order_of_arrival()] == [1, 1, 2]

    def test_makes_several_rows_where_one_would_be_too_large(self, device):
        before = everything(device)
        with patch.object(archiving, "MOST_DELIVERIES", 2), patch.object(archiving, "AT_ONCE", 5):
            fold()

        assert forms(device) == [(1, 2, True), (3, 3, True), (4, 5, True), (6, 6, True)]
        assert everything(device) == before

    def test_is_for_the_clock_alone(self, device):
        person = make.user()

        for act in (archiving.fold, archiving.fold_log):
            with pytest.raises(ArchivedByClock):
                act(by=person, at=THEN + 9 * HOUR)

        assert Block.objects.count() == 6

    def test_is_a_task_that_waits_a_day(self, device, settings):
        settings.COMPACT_AFTER = timedelta(days=100_000)
        archive_hours()
        assert Block.objects.count() == 6

        settings.COMPACT_AFTER = timedelta(hours=24)
        archive_hours()
        assert not Block.objects.exists()


class TestWhatIsSentAgain:
    def test_is_known(self, device):
        before = everything(device)
        fold()

        for number in (1, 2, 12):
            at = (THEN + (number > 9) * HOUR + timedelta(seconds=number)).isoformat()
            receipt = take(device, [(number, at, "parts", number)], at=THEN + 30 * HOUR)
            assert (receipt.accepted, receipt.duplicates, receipt.ack) == (0, 1, number)

        assert everything(device) | {"read": before["read"]} == before | {"read": before["read"]}
        assert list(queries.readings(device, channels=None)) == before["read"][0]

    def test_with_other_content_is_a_conflict(self, device):
        fold()
        at = (THEN + timedelta(seconds=2)).isoformat()

        receipt = take(device, [(2, at, "parts", 99), (4, at, "parts", 4)], at=THEN + 30 * HOUR)

        assert (receipt.accepted, receipt.duplicates, len(receipt.conflicts)) == (1, 0, 1)
        assert Quarantined.objects.get(device=device).reason == "conflict"
        assert [one.value for one in queries.readings(device, channels=None)] == [1, 2, 3, 4, 11, 12, 13]

    def test_late_goes_between(self, device):
        fold()
        say(device, 5, 6, hour=0)
        seal()

        assert [one.value for one in queries.readings(device, channels=None)] == [1, 2, 3, 5, 6, 11, 12, 13]
        assert fold().deliveries == 2
        assert [one.arrival for one in queries.readings(device, channels=None)] == [1, 2, 3, 7, 8, 4, 5, 6]


class TestDamage:
    @pytest.mark.parametrize(
        "change",
        [
            "evidence = '\\x02'::bytea",
            "evidence = evidence || '\\x00'::bytea",
            "life = life || '\\x00'::bytea",
            "count = count + 1",
            "at_hi = at_hi + 1",
            "sequence_lo = sequence_lo - 1",
            "leaf = sha256(leaf)",
        ],
    )
    def test_is_told_and_left_as_it_is_and_keeps_nothing_else_back(self, device, change, caplog):
        other = lathe()
        say(other, 1)
        seal()
        tamper((f"UPDATE devices_block SET {change} WHERE device_id = %s AND arrival = 2", [device.pk]))

        done = fold()

        assert (done.archives, done.deliveries) == (2, 4)
        assert len(done.damaged) == 1
        assert f"deliveries 1 to 3 of {device.public_id} stay" in done.damaged[0]
        assert done.damaged[0] in caplog.text
        assert forms(device) == [(1, 1, False), (2, 2, False), (3, 3, False), (4, 6, True)]
        assert Block.objects.filter(device_id=device.pk).count() == 3

    def test_of_a_state_without_a_word_is_told(self, db):
        device = lathe()
        say(device, 1)
        take(device, [(2, THEN.isoformat(), "execution", "READY")], at=THEN)
        seal()
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM devices_statecode WHERE device_id = %s", [device.pk])

        assert len(fold().damaged) == 1
        assert Block.objects.count() == 2

    def test_of_the_log_is_told(self, device):
        tamper("DELETE FROM devices_logentry WHERE arrival = 2")

        assert len(fold().damaged) == 1
        assert forms(device)[:3] == [(1, 1, False), (2, 2, False), (3, 3, False)]

    def test_done_while_folding_is_noticed(self, device):
        def careless(deliveries, **known):
            return written([one._replace(salt=bytes(16)) for one in deliveries], **known)

        written = archives.fold
        with patch.object(archives, "fold", careless):
            done = fold()

        assert (done.archives, len(done.damaged)) == (0, 2)
        assert Block.objects.count() == 6


def call(device, first, last, readings=None):
    readings = last - first + 1 if readings is None else readings
    with transaction.atomic(), connection.cursor() as cursor:
        columns = [device.pk, first, last, readings, b"a", b"b", b"c", b"d"]
        cursor.execute("SELECT devices_fold_blocks(%s, %s, %s, %s, %s, %s, %s, %s)", columns)


class TestTheDatabaseRefuses:
    @pytest.mark.parametrize(
        ("first", "last", "readings", "why"),
        [
            (2, 1, 0, "not all of them"),
            (1, 9, None, "not all of them"),
            (7, 7, None, "not all of them"),
            (1, 4, None, "not of one hour"),
            (1, 3, 4, "3 readings, not 4"),
        ],
    )
    def test_to_move_what_does_not_belong_together(self, device, first, last, readings, why):
        with pytest.raises(IntegrityError, match=why):
            call(device, first, last, readings)

        assert Block.objects.count() == 6

    def test_a_hole_and_a_double(self, device):
        tamper(("DELETE FROM devices_block WHERE device_id = %s AND arrival = 2", [device.pk]))
        with pytest.raises(IntegrityError, match="not all of them"):
            call(device, 1, 3)
        copied = "INSERT INTO devices_block SELECT device_id, arrival, received_at + interval '1 second'"
        columns = "epoch_number, sequence_lo, sequence_hi, count, at_lo, at_hi, evidence, ordinary, private"
        last = f"{columns}, life, body_hash, leaf, salt FROM devices_block WHERE arrival = 3"
        tamper(f"{copied}, {last}")
        with pytest.raises(IntegrityError, match="not all of them"):
            call(device, 1, 3)

    def test_two_epochs(self, device):
        say(device, 1, hour=1, epoch="e2")
        seal()

        with pytest.raises(IntegrityError, match="not of one epoch"):
            call(device, 6, 7)

    def test_an_hour_that_is_not_over(self, db):
        device, now = lathe(), datetime.now(UTC)
        take(device, [(1, now.isoformat(), "parts", 1)], at=now)
        seal(now)

        with pytest.raises(IntegrityError, match="not of one hour that is over"):
            call(device, 1, 1)

    def test_what_is_not_sealed(self, device):
        say(device, 14, hour=1)
        with pytest.raises(IntegrityError, match="the log does not hold"):
            call(device, 7, 7)

        seal()
        LogMark.objects.update(arrival=6)
        with pytest.raises(IntegrityError, match="the log does not hold"):
            call(device, 7, 7)

    def test_what_is_sealed_otherwise(self, device):
        tamper(("UPDATE devices_logentry SET leaf = %s WHERE arrival = 2", [bytes(32)]))

        with pytest.raises(IntegrityError, match="the log does not hold"):
            call(device, 1, 3)

    def test_to_let_a_delivery_go_that_no_archive_holds(self, device):
        fold(at=THEN + HOUR)

        for table, where in (("block", "arrival = 4"), ("logentry", "arrival = 1"), ("archive", "first = 1")):
            with pytest.raises(IntegrityError, match="append-only"):
                run(f"DELETE FROM devices_{table} WHERE device_id = {device.pk} AND {where}")
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            Block.objects.filter(device_id=device.pk, arrival=4).update(count=9)
        with pytest.raises(IntegrityError, match="append-only"):
            run("UPDATE devices_archive SET count = 9")

    def test_the_application_to_write_archives_or_to_delete(self, device):
        with connection.cursor() as cursor:
            cursor.execute("CREATE ROLE archiving_application")
            for statement in statements("archiving_application"):
                cursor.execute(statement)
            for table in ("devices_archive", "devices_logpage", "devices_block", "devices_logentry"):
                rights = [can(cursor, table, right) for right in RIGHTS]
                inserts = table in ("devices_block", "devices_logentry")
                assert rights == [True, inserts, False, False, False], table
            cursor.execute("SET ROLE archiving_application")
            try:
                done = fold()
                with pytest.raises(ProgrammingError), transaction.atomic():
                    cursor.execute("DELETE FROM devices_archive")
            finally:
                cursor.execute("RESET ROLE")
        assert done.archives == 2


def run(statement):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def can(cursor, table, right):
    cursor.execute("SELECT has_table_privilege('archiving_application', %s, %s)", [table, right])
    return cursor.fetchone()[0]


def look_together(parties):
    """Hold every run between comparing and moving until all have compared."""
    meeting, compared = Meeting(parties), archiving._compared

    def wait(*args):
        meeting.wait()
        return compared(*args)

    return patch.object(archiving, "_compared", wait)


@pytest.mark.django_db(transaction=True)
class TestTwoAtOnce:
    def folded(self, device):
        """Fold in two threads at once; return how many deliveries they moved, and what they complained of."""
        before = everything(device)
        with look_together(2):
            found = at_once(fold, fold)
        assert everything(device) == before
        assert not Block.objects.exists()
        moved = sum(done.deliveries for done in found)
        return moved, [text for done in found for text in done.damaged]

    @pytest.fixture
    def one_hour(self):
        device = lathe()
        say(device, 1, 2, 3)
        seal()
        return device

    def test_move_each_delivery_once(self, one_hour):
        assert self.folded(one_hour) == (3, [])

    def test_without_the_lock_are_stopped_by_the_database(self, one_hour):
        with patch.object(archiving, "_alone", lambda device: True):
            moved, damaged = self.folded(one_hour)

        assert moved == 3
        assert len(damaged) == 1

    def test_leave_alone_what_another_run_has_moved_before_the_lock(self, one_hour):
        runs = archiving._runs

        def late(device, reached, before):
            found = runs(device, reached, before)
            with patch.object(archiving, "_runs", runs):
                fold()
            return found

        with patch.object(archiving, "_runs", late):
            done = fold()

        assert (done.archives, done.damaged) == (0, [])
        assert forms(one_hour) == [(1, 3, True)]

    def test_and_a_crash_before_the_commit_changes_nothing(self, one_hour):
        with pytest.raises(RuntimeError), transaction.atomic():
            fold()
            raise RuntimeError

        assert Block.objects.count() == 3
        assert fold().deliveries == 3

    def test_and_deliveries_lose_nothing(self, one_hour):
        def deliver():
            for number in range(20, 60):
                say(one_hour, number, hour=2)

        def keep_folding():
            return [(seal(), fold()) for _ in range(8)]

        found = at_once(deliver, keep_folding, keep_folding)

        assert not [one for one in found if isinstance(one, Exception)]
        said = [one.value for one in queries.readings(one_hour, channels=None)]
        assert said == [1, 2, 3, *range(20, 60)]


@pytest.mark.django_db
class TestPages:
    @pytest.fixture
    def devices(self):
        """Three devices, one of which says more, with 600 deliveries in several heads."""
        found = [lathe() for _ in range(3)]
        for start in range(1, 101, 20):
            say(found[0], *range(start * 4, start * 4 + 80))
            for device in found[1:]:
                say(device, *range(start, start + 20))
            seal()
        return found

    def test_hold_256_entries_whose_deliveries_are_archived(self, devices):
        fold()
        before = [everything(device) for device in devices]

        assert fold_log() == 2

        assert list(LogEntry.objects.order_by("position").values_list("position", flat=True)) == [
            *range(512, 600)
        ]
        assert [page.position for page in Logged.objects.filter(size=256).order_by("position")] == [0, 256]
        assert [everything(device) for device in devices] == before
        assert verify()[0] == []
        assert fold_log() == 0

    def test_wait_for_the_deliveries_and_for_the_time(self, devices):
        assert fold_log() == 0
        fold()
        assert fold_log(at=THEN + timedelta(minutes=59)) == 0
        assert fold_log(at=THEN + HOUR) == 2

    def test_step_over_what_cannot_go(self, devices):
        tamper(("UPDATE devices_block SET count = 9 WHERE device_id = %s AND arrival = 1", [devices[0].pk]))
        fold()

        assert fold_log() == 0 + (LogEntry.objects.filter(device=devices[0], position__lt=256).count() == 0)
        with pytest.raises(IntegrityError, match="not all deliveries"):
            run("SELECT devices_fold_log(0)")

    def test_go_on_growing(self, devices):
        fold()
        fold_log()
        before = everything(devices[1])
        for device in devices:
            say(device, 901, 902, hour=1)
        head = seal(THEN + 2 * HOUR)

        assert head.size == 606
        assert verify()[0] == []
        fold()
        assert everything(devices[1])["proved"][4][:9] == before["proved"][4][:9]
        assert queries.consistency(80, 606) == merkle.consistency_proof(80, 606, grown())
        assert queries.inclusion(3, 606) == merkle.inclusion_proof(3, 606, grown())

    def test_of_a_log_without_a_rest_go_on_too(self, devices):
        fold()
        for device in devices[1:]:
            say(device, *range(1000, 1084))
        seal()
        fold()
        assert fold_log() == 3
        assert not LogEntry.objects.exists()

        say(devices[0], 903, hour=1)

        assert seal(THEN + 2 * HOUR).size == 769
        assert verify()[0] == []

    def test_are_left_while_the_sealer_is_at_work(self, devices):
        fold()
        with patch("devices.models.log.LogHeadQuerySet.seal_alone", lambda self: False):
            assert fold_log() == 0

    @pytest.mark.parametrize(
        ("position", "arrival"), [(0, 401), (100, 401), (512, 500), (600, 5), (600, 402)]
    )
    def test_refuse_entries_that_do_not_go_on(self, devices, position, arrival):
        fold()
        fold_log()

        with pytest.raises(IntegrityError), transaction.atomic():
            LogEntry.objects.create(position=position, device=devices[0], arrival=arrival, leaf=bytes(32))

    def test_are_changed_by_nobody(self, devices):
        fold()
        fold_log()

        for change in ("DELETE FROM devices_logpage", "UPDATE devices_logpage SET places = places"):
            with pytest.raises(IntegrityError, match="append-only"):
                run(change)

    def test_with_another_leaf_are_found(self, devices):
        fold()
        fold_log()
        tamper("UPDATE devices_logpage SET leaves = set_byte(leaves, 300, get_byte(leaves, 300) # 1)")

        assert {"node", "head_root"} <= set(verify()[0])

    def test_that_do_not_hold_what_an_archive_says_are_found(self, devices):
        fold()
        fold_log()
        tamper("UPDATE devices_logpage SET arrivals[1] = arrivals[1] + 1 WHERE position = 0")

        with patch.object(verify_log, "MOST_SHOWN", 2000):
            codes, said = verify()
        assert {"archive", "log_order", "head_root"} <= set(codes)
        assert "where its archive says" in said

    def test_and_archives_that_are_gone_are_found(self, devices):
        fold()
        tamper(("DELETE FROM devices_archive WHERE device_id = %s", [devices[2].pk]))

        with patch.object(verify_log, "MOST_SHOWN", 200):
            assert {"head_count", "log_alone"} <= set(verify()[0])


def grown():
    """Return what reads any node of the log, worked out from all its entries."""
    logged = sorted(Logged.objects.at(range(700)).items())
    hashes = [entry_hash(device=one.device, arrival=one.arrival, leaf=one.leaf) for _, one in logged]

    def read(node):
        edge = merkle.Frontier()
        for one in hashes[node.place << node.level : (node.place + 1) << node.level]:
            edge.append(one)
        return edge.root()

    return read


@pytest.mark.django_db
class TestPartitions:
    def months(self, parent="devices_block"):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = %s::regclass", [parent]
            )
            return {name for (name,) in cursor.fetchall()}

    def test_of_archives_are_made_with_those_of_blocks(self):
        partitions.prepare(at=THEN)

        assert {"devices_archive_202403", "devices_archive_202404"} <= self.months("devices_archive")
        assert {"devices_block_202403", "devices_block_202405"} <= self.months()

    def test_of_past_months_go_when_they_are_empty(self):
        partitions.prepare(at=THEN)
        device = lathe()
        say(device, 1)
        seal()

        assert partitions.retire() == 2
        assert self.months() & {"devices_block_202403", "devices_block_202404"} == {"devices_block_202403"}
        fold()
        assert partitions.retire() == 1
        assert partitions.retire() == 0
        assert [one.value for one in queries.readings(device, channels=None)] == [1]

    def test_of_this_month_and_the_next_stay(self):
        now = datetime.now(UTC)
        partitions.prepare(at=now)
        before = self.months()

        prepare_partitions()

        assert self.months() == before


@pytest.mark.django_db(transaction=True)
def test_a_partition_that_somebody_reads_is_left_for_another_time():
    partitions.prepare(at=THEN)
    reading, done = threading.Event(), threading.Event()

    def read():
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SELECT count(*) FROM devices_block")
                reading.set()
                done.wait(20)
        finally:
            connection.close()

    reader = threading.Thread(target=read)
    reader.start()
    reading.wait(20)
    try:
        assert partitions.retire() == 0
    finally:
        done.set()
        reader.join()
    assert partitions.retire() == 3
