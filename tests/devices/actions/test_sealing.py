"""The log grows by what was delivered, in order, once; the database itself refuses a fork."""

import base64
import itertools
from datetime import timedelta
from io import StringIO
from unittest.mock import patch

import pytest
from django.core.management import call_command
from django.db import IntegrityError, ProgrammingError, connection, transaction

from devices.actions import sealing
from devices.models import Block, LogEntry, LogHead, LogKey, LogMark, LogNode
from devices.models.log import LogHeadQuerySet, frontier, tree
from devices.permissions import NoSigningKey, SealerOnly
from devices.rules.log import STRIDE, entry_hash
from devices.tasks import seal_log
from marketplace.actions.parties import robot
from marketplace.shared import merkle, signing
from marketplace.shared.merkle import Frontier
from tests.devices.machines import NOON, lathe, take
from tests.factories import marketplace as make
from tests.races import Meeting, at_once


def say(device, *numbers):
    for number in numbers:
        take(device, [(number, (NOON + timedelta(seconds=number)).isoformat(), "parts", number)])


def seal(at=NOON):
    return sealing.seal(by=robot(name="clock"), at=at)


def hashes():
    """Return the leaf hashes of the log, worked out from the deliveries themselves."""
    leaves = {(b.device_id, b.arrival): bytes(b.leaf) for b in Block.objects.all()}
    return [
        entry_hash(device=e.device.public_id, arrival=e.arrival, leaf=leaves[e.device_id, e.arrival])
        for e in LogEntry.objects.select_related("device").order_by("position")
    ]


def grown(leaves):
    edge = Frontier()
    for leaf in leaves:
        edge.append(leaf)
    return edge


@pytest.mark.django_db
class TestSealing:
    def test_appends_every_delivery_once_in_order_and_signs_the_root(self):
        first, second = lathe(), lathe()
        say(first, 1, 2, 3)
        say(second, 1, 2)

        head = seal()

        assert list(LogEntry.objects.order_by("position").values_list("position", "device", "arrival")) == [
            (0, first.pk, 1),
            (1, first.pk, 2),
            (2, first.pk, 3),
            (3, second.pk, 1),
            (4, second.pk, 2),
        ]
        assert (head.size, bytes(head.root)) == (5, grown(hashes()).root())
        key = LogKey.objects.get()
        assert signing.verify(bytes(key.public_key), head.text, bytes(head.signature))
        assert key.key_id == signing.key_id(bytes(key.public_key))
        assert seal() is None
        assert LogHead.objects.count() == 1

    def test_goes_on_where_it_was_and_old_roots_stay_the_beginning_of_new_ones(self):
        device, others = lathe(), [lathe() for _ in range(3)]
        for round_ in range(1, 9):
            say(device, *range(round_ * 10, round_ * 10 + 7))
            say(others[round_ % 3], round_)
            seal(NOON + timedelta(minutes=round_))

        heads = list(LogHead.objects.order_by("size"))
        assert [head.size for head in heads] == [8 * n for n in range(1, 9)]
        assert [bytes(head.root) for head in heads] == [grown(hashes()[: h.size]).root() for h in heads]
        for old, new in itertools.pairwise(heads):
            read = tree(merkle.consistency_path(old.size, new.size))
            assert merkle.verify_consistency(
                first=old.size,
                second=new.size,
                first_root=bytes(old.root),
                second_root=bytes(new.root),
                proof=merkle.consistency_proof(old.size, new.size, read),
            )

    def test_stores_each_fourth_level_and_no_more(self):
        say(lathe(), *range(1, 291))
        seal()

        wanted = {
            (node.level, node.place): total
            for leaf in [grown([])]
            for leaf_hash in hashes()
            for node, total in leaf.append(leaf_hash)
            if node.level and node.level % STRIDE == 0
        }
        stored = {(n.level, n.place): bytes(n.total) for n in LogNode.objects.all()}
        assert stored == wanted
        assert len(stored) == 290 // 16 + 1
        assert frontier(290).root() == grown(hashes()).root()

    def test_proves_a_delivery_from_few_rows(self, django_assert_num_queries):
        say(lathe(), *range(1, 301))
        head = seal()
        path = merkle.inclusion_path(123, 300)

        with django_assert_num_queries(2):
            read = tree(path)

        assert merkle.verify_inclusion(
            leaf=hashes()[123],
            index=123,
            size=300,
            proof=merkle.inclusion_proof(123, 300, read),
            root=bytes(head.root),
        )

    def test_takes_a_bounded_number_at_once_and_the_rest_the_next_time(self):
        devices = [lathe(), lathe()]
        for device in devices:
            say(device, 1, 2, 3)

        with patch.object(sealing, "MOST", 4):
            sizes = [head and head.size for head in (seal(), seal(), seal())]

        assert sizes == [4, 6, None]
        assert set(LogMark.objects.values_list("arrival", flat=True)) == {3}

    def test_never_leaves_a_delivery_out_but_goes_on_with_other_devices(self):
        holed, whole = lathe(), lathe()
        say(holed, 1, 2, 3)
        say(whole, 1)
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE devices_block DISABLE TRIGGER devices_block_append_only")
            cursor.execute("DELETE FROM devices_block WHERE device_id = %s AND arrival = 2", [holed.pk])

        seal()

        assert list(LogEntry.objects.filter(device=holed).values_list("arrival", flat=True)) == [1]
        assert LogEntry.objects.filter(device=whole).count() == 1
        assert seal() is None

    def test_is_done_by_the_clock(self):
        say(lathe(), 1)

        seal_log()

        assert LogHead.objects.get().size == 1

    def test_is_refused_to_people(self):
        say(lathe(), 1)

        with pytest.raises(SealerOnly):
            sealing.seal(by=make.user(), at=NOON)

        assert not LogEntry.objects.exists()

    @pytest.mark.parametrize("key", ["", "short", base64.b64encode(bytes(31)).decode()])
    def test_needs_a_key_of_32_bytes(self, settings, key):
        say(lathe(), 1)
        settings.LOG_SIGNING_KEY = key

        with pytest.raises(NoSigningKey):
            seal()

        assert not LogEntry.objects.exists()

    def test_keeps_former_public_keys(self, settings):
        device = lathe()
        say(device, 1)
        seal()
        settings.LOG_SIGNING_KEY = base64.b64encode(bytes(32)).decode()
        say(device, 2)
        seal()

        for head in LogHead.objects.select_related("key"):
            assert signing.verify(bytes(head.key.public_key), head.text, bytes(head.signature))
        assert LogKey.objects.count() == 2


@pytest.mark.django_db
class TestTheDatabase:
    @pytest.fixture(autouse=True)
    def log(self):
        self.device = lathe()
        say(self.device, 1, 2, 3)
        self.head = seal()

    def refused(self, reason, act):
        with pytest.raises(IntegrityError, match=reason), transaction.atomic():
            act()

    def head_of(self, size, root=bytes(32)):
        return LogHead(size=size, root=root, at=NOON, key=self.head.key, signature=bytes(64))

    @pytest.mark.parametrize("size", [1, 2, 3])
    def test_refuses_heads_that_do_not_grow(self, size):
        self.refused("heads only grow", lambda: self.head_of(size).save(force_insert=True))

    def test_refuses_a_head_of_other_entries_than_there_are(self):
        self.refused("the entries there are", lambda: self.head_of(4).save(force_insert=True))

    @pytest.mark.parametrize(
        ("position", "arrival", "reason"),
        [
            (4, 4, "the log has a hole"),
            (3, 5, "a delivery is left out"),
            (2, 4, "devices_logentry_pkey"),
            (3, 3, "devices_logentry_once"),
            (-1, 4, "the log has a hole"),
        ],
    )
    def test_refuses_entries_that_do_not_continue_the_log(self, position, arrival, reason):
        entry = LogEntry(position=position, device=self.device, arrival=arrival, leaf=bytes(32))

        self.refused(reason, lambda: entry.save(force_insert=True))

    @pytest.mark.parametrize("model", [LogEntry, LogHead, LogKey])
    def test_refuses_to_change_or_delete(self, model):
        field = model._meta.concrete_fields[-1].name
        self.refused(
            "append-only", lambda: model.objects.update(**{field: getattr(model.objects.first(), field)})
        )
        self.refused("append-only", lambda: model.objects.all()._raw_delete(using="default"))


@pytest.mark.django_db
class TestTheApplicationsRole:
    ROLE = "jijian_sealer_test"
    HISTORY = {
        "logentry": "leaf",
        "lognode": "total",
        "loghead": "root",
        "logkey": "public_key",
        "countersignature": "signature",
        "daysignature": "signature",
    }

    def test_seals_and_can_rewrite_nothing_of_it(self):
        device = lathe()
        say(device, 1)
        seal()
        say(device, *range(2, 20))
        call_command("grant_app_role", role=self.ROLE, stdout=StringIO())

        with connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL ROLE {self.ROLE}")
            assert seal().size == 19
            for table, column in self.HISTORY.items():
                rewrites = (f"DELETE FROM devices_{table}", f"TRUNCATE devices_{table}")
                for rewrite in (*rewrites, f"UPDATE devices_{table} SET {column} = {column}"):
                    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
                        cursor.execute(rewrite)


def look_together(parties):
    """Hold every sealer between looking and writing until all have looked."""
    meeting, append = Meeting(parties), sealing._append

    def wait(*args):
        meeting.wait()
        return append(*args)

    return patch.object(sealing, "_append", wait)


@pytest.mark.django_db(transaction=True)
class TestTwoSealers:
    @pytest.fixture(autouse=True)
    def deliveries(self):
        robot(name="clock")
        self.devices = [lathe(), lathe()]
        for device in self.devices:
            say(device, *range(1, 20))

    def check(self):
        rows = LogEntry.objects.order_by("position").values_list("position", flat=True)
        assert list(rows) == list(range(38))
        assert bytes(LogHead.objects.get().root) == grown(hashes()).root()

    def test_seal_once(self):
        with look_together(2):
            results = at_once(seal, seal)

        assert sorted(result is None for result in results) == [False, True]
        self.check()

    def test_that_ignore_the_lock_are_stopped_by_the_database(self):
        with look_together(2), patch.object(LogHeadQuerySet, "seal_alone", lambda self: True):
            results = at_once(seal, seal)

        assert sorted(isinstance(result, IntegrityError) for result in results) == [False, True]
        self.check()

    def test_and_deliveries_lose_nothing(self):
        def deliver():
            for number in range(20, 60):
                say(self.devices[0], number)

        def keep_sealing():
            return [seal() for _ in range(15)]

        results = at_once(deliver, keep_sealing, keep_sealing)
        assert not [result for result in results if isinstance(result, Exception)]
        seal()

        arrivals = LogEntry.objects.filter(device=self.devices[0]).order_by("position")
        assert list(arrivals.values_list("arrival", flat=True)) == list(range(1, 60))
        head = LogHead.objects.latest_one()
        assert (head.size, bytes(head.root)) == (78, grown(hashes()).root())
