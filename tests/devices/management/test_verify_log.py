"""Whatever is dropped, inserted, re-ordered, changed or forged in the database is found and named."""

import base64
import itertools
import threading
from contextlib import contextmanager
from datetime import timedelta
from io import StringIO

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.core.management import CommandError, call_command
from django.db import connection

from devices.actions import countersigning, day_signatures, sealing
from devices.models import Countersignature, LogHead, LogKey
from devices.queries import day_of
from devices.rules.log import countersigned_text, day_text, entry_hash, head_text
from marketplace.actions.parties import robot
from marketplace.shared import signing
from marketplace.shared.merkle import Frontier
from tests.devices.machines import NOON, lathe, take
from tests.factories import marketplace as make

pytestmark = pytest.mark.django_db
KEY = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
PUBLIC = base64.b64encode(KEY.public_key().public_bytes_raw()).decode()
THIEF = b"t" * 32
TABLES = (
    *("block", "archive", "head", "logentry", "logpage", "lognode", "loghead", "logkey"),
    *("countersignature", "daysignature"),
)


def say(device, *numbers):
    for number in numbers:
        moment = NOON + timedelta(seconds=number)
        take(device, [(number, moment.isoformat(), "parts", number)], at=moment)


def seal():
    return sealing.seal(by=robot(name="clock"), at=NOON)


@pytest.fixture
def device():
    """A lathe with deliveries in three heads, among others, countersigned and signed by the device."""
    device, other = lathe(), lathe()
    for first in (1, 11, 21):
        say(device, *range(first, first + 7))
        say(other, *range(first, first + 3))
        seal()
    countersign(device.owner, LogHead.objects.get(size=20))
    sign_day(device)
    return device


def countersign(organization, head):
    by = robot(name="tester")
    key = countersigning.register_key(
        organization=organization, name="key", public_key=PUBLIC, by=by, at=NOON
    )
    text = countersigned_text(organization=organization.public_id, head=head.text)
    signature = base64.b64encode(KEY.sign(text)).decode()
    countersigning.countersign(head=head, key=key, signature=signature, by=by, at=NOON)


def sign_day(device):
    by, day = robot(name="tester"), NOON.date()
    day_signatures.register_key(device=device, public_key=PUBLIC, by=by, at=NOON)
    found = day_of(device, day)
    text = day_text(device=device.public_id, day=day, first=found.first, last=found.last, root=found.root)
    signature = base64.b64encode(KEY.sign(text)).decode()
    day_signatures.sign(device=device, day=day, signature=signature, by=by, at=NOON + timedelta(days=1))


@contextmanager
def intruder():
    """Somebody with all rights over the database, for whom no trigger speaks."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in TABLES:
            cursor.execute(f"ALTER TABLE devices_{table} DISABLE TRIGGER USER")
        yield cursor
        for table in TABLES:
            cursor.execute(f"ALTER TABLE devices_{table} ENABLE TRIGGER USER")


def tamper(*statements):
    with intruder() as cursor:
        for statement in statements:
            cursor.execute(*((statement,) if isinstance(statement, str) else statement))


def verify(**options):
    """Return the codes of what differs, and everything that was said."""
    said = StringIO()
    try:
        call_command("verify_log", stdout=said, **options)
    except CommandError as error:
        said.write(str(error))
    lines = said.getvalue().splitlines()
    return [line.split()[1].rstrip(":") for line in lines if line.startswith("DIFFERS")], said.getvalue()


class TestTheTruth:
    def test_is_said_with_its_figures(self, device):
        say(device, 99)

        codes, said = verify()

        assert codes == []
        assert "30 entries, 3 heads" in said
        assert "1 deliveries wait for the sealer" in said
        assert "1 countersignatures" in said
        assert LogKey.objects.get().key_id in said
        assert said.endswith("OK: nothing differs.\n")

    def test_is_said_of_an_empty_log_and_of_one_device(self, device):
        assert verify(device=device.code)[0] == []

        with pytest.raises(CommandError, match="no device"):
            call_command("verify_log", device="nothing")

    def test_is_said_before_anything_was_delivered(self):
        lathe()

        assert "no head yet" in verify()[1]


class TestDeliveries:
    def test_that_are_dropped(self, device):
        tamper(("DELETE FROM devices_block WHERE device_id = %s AND arrival BETWEEN 3 AND 4", [device.pk]))

        codes, said = verify()

        assert codes == ["delivery_missing", "log_alone", "log_alone", "day_root"]
        assert f"delivery 3 to 4 of {device.public_id} is not stored" in said
        assert verify(device=device.code)[0] == codes

    def test_that_are_dropped_at_the_end(self, device):
        tamper(("DELETE FROM devices_block WHERE device_id = %s AND arrival = 21", [device.pk]))

        assert verify()[0] == ["log_alone", "head_count", "day_root"]

    def test_that_are_inserted(self, device):
        copied = "SELECT device_id, {}, received_at + interval '1 day', " + ", ".join(
            [
                "epoch_number",
                "sequence_lo",
                "sequence_hi",
                "count",
                "at_lo",
                "at_hi",
                "evidence",
                "ordinary",
                "private",
                "life",
                "body_hash",
                "leaf",
                "salt",
            ]
        )
        copied += f" FROM devices_block WHERE device_id = {device.pk} AND arrival = 5"
        tamper("INSERT INTO devices_block " + copied.format("arrival"))
        assert verify()[0][:2] == ["delivery_twice", "day_root"]

        tamper("INSERT INTO devices_block " + copied.format("22"))
        assert "behind_head" in verify()[0]

    def test_that_change_places(self, device):
        moved = "UPDATE devices_block SET arrival = {} WHERE device_id = %s AND arrival "
        tamper(
            (moved.format("1000 - arrival") + "IN (3, 4)", [device.pk]),
            (moved.format("arrival - 993") + "> 900", [device.pk]),
        )

        assert verify()[0] == ["leaf", "leaf", "day_root"]

    def test_whose_leaf_is_changed(self, device):
        tamper(
            (
                "UPDATE devices_block SET leaf = %s WHERE device_id = %s AND arrival = 9",
                [bytes(32), device.pk],
            )
        )

        codes, said = verify()

        assert codes == ["leaf", "day_root"]
        assert f"delivery 9 of {device.public_id} has another leaf than in the log" in said

    def test_that_the_head_does_not_know(self, device):
        tamper(("UPDATE devices_head SET leaf = %s WHERE device_id = %s", [bytes(32), device.pk]))
        assert verify()[0] == ["head_leaf"]

        tamper(("UPDATE devices_head SET arrivals = 20 WHERE device_id = %s", [device.pk]))
        assert verify()[0] == ["head_leaf", "behind_head", "behind_head"]


class TestEntries:
    def test_that_are_dropped(self, device):
        tamper("DELETE FROM devices_logentry WHERE position = 12")

        codes, _ = verify()

        assert codes[:2] == ["log_hole", "log_order"]
        assert {"head_root", "head_size", "node"} <= set(codes)

    def test_that_are_dropped_with_all_traces_but_the_heads(self, device):
        tamper(
            "DELETE FROM devices_logentry WHERE position > 19",
            "DELETE FROM devices_lognode WHERE level = 4 AND place = 1",
        )

        assert "head_size" in verify()[0]

    def test_that_are_inserted(self, device):
        tamper(
            "UPDATE devices_logentry SET position = -position WHERE position > 4",
            "UPDATE devices_logentry SET position = 1 - position WHERE position < 0",
            ("INSERT INTO devices_logentry VALUES (5, 99, %s, %s)", [bytes(32), device.pk]),
        )

        codes, said = verify()

        assert {"log_order", "behind_head", "head_root", "node", "head_missing"} <= set(codes)
        assert "position 5 of the log holds delivery 99" in said

    def test_that_change_places(self, device):
        tamper(
            "UPDATE devices_logentry SET position = -position WHERE position IN (4, 5)",
            "UPDATE devices_logentry SET position = 9 + position WHERE position < 0",
        )

        codes, said = verify()

        assert codes == ["log_order", "log_order", "log_order", "node", "head_root"]
        assert "3 heads, of 10 to 30 entries, have other roots" in said

    def test_whose_leaf_is_changed(self, device):
        tamper(("UPDATE devices_logentry SET leaf = %s WHERE position = 25", [bytes(32)]))

        codes, said = verify()

        assert codes == ["leaf", "head_root"]
        assert "the head of 30 entries has another root" in said

    def test_whose_leaf_is_changed_together_with_the_delivery(self, device):
        changed = "UPDATE devices_block SET leaf = %s WHERE device_id = %s AND arrival = 9"
        entry = "UPDATE devices_logentry SET leaf = %s WHERE device_id = %s AND arrival = 9"
        tamper((changed, [bytes(32), device.pk]), (entry, [bytes(32), device.pk]))

        assert verify()[0] == ["day_root", "node", "head_root"]

    @pytest.mark.parametrize(
        "statement", ["DELETE FROM devices_lognode", "UPDATE devices_lognode SET total = sha256('x')"]
    )
    def test_that_proofs_would_not_fit(self, device, statement):
        tamper(statement)

        assert verify()[0] == ["node"]

    def test_that_the_sealer_would_skip(self, device):
        tamper(f"UPDATE devices_logmark SET arrival = 40 WHERE device_id = {device.pk}")

        assert verify()[0] == ["mark"]


def forged(size, root, seed):
    head = LogHead.objects.get(size=size)
    signature = signing.sign(seed, head_text(size=size, root=root, at=head.at))
    return ("UPDATE devices_loghead SET root = %s, signature = %s WHERE size = %s", [root, signature, size])


class TestHeads:
    def test_with_another_root(self, device):
        tamper(("UPDATE devices_loghead SET root = %s WHERE size = 20", [bytes(32)]))

        assert verify()[0] == ["head_signature", "head_root", "countersignature"]

    def test_with_another_root_that_are_signed_anew(self, device, settings):
        ours = signing.read(settings.LOG_SIGNING_KEY, 32)
        tamper(forged(20, bytes(32), ours))

        assert verify()[0] == ["head_root", "countersignature"]

    def test_signed_by_another_key(self, device):
        public = signing.public_key(THIEF)
        kid, head = signing.key_id(public), LogHead.objects.get(size=30)
        tamper(
            ("INSERT INTO devices_logkey VALUES (%s, %s, now())", [kid, public]),
            (
                "UPDATE devices_loghead SET key_id = %s, signature = %s WHERE size = 30",
                [kid, signing.sign(THIEF, head.text)],
            ),
        )

        codes, said = verify()

        assert codes == ["head_key"]
        assert "is not LOG_SIGNING_KEY" in said
        trusted = LogKey.objects.exclude(key_id=kid).get().key_id
        assert verify(key=[trusted])[0] == ["head_key", "head_key"]
        assert verify(key=[trusted, kid])[0] == ["head_key"]

    def test_whose_key_was_replaced(self, device):
        tamper(("UPDATE devices_logkey SET public_key = %s", [signing.public_key(THIEF)]))

        assert verify()[0] == ["head_signature"] * 3

    def test_of_a_history_that_was_rewritten_and_signed_with_the_stolen_key(self, device, settings):
        """Nothing inside can tell: what others have signed can."""
        ours = signing.read(settings.LOG_SIGNING_KEY, 32)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT public_id, arrival, leaf FROM devices_logentry e"
                " JOIN devices_device d ON d.id = e.device_id ORDER BY position"
            )
            rows = cursor.fetchall()
        statements, edge = [], Frontier()
        for public_id, arrival, leaf in rows:
            leaf = bytes(32) if (public_id, arrival) == (device.public_id, 9) else bytes(leaf)
            for node, total in edge.append(entry_hash(device=public_id, arrival=arrival, leaf=leaf)):
                values = [total, node.level, node.place]
                statements.append(
                    ("UPDATE devices_lognode SET total = %s WHERE level = %s AND place = %s", values)
                )
            if edge.size in (10, 20, 30):
                statements.append(forged(edge.size, edge.root(), ours))
        for table in ("block", "logentry"):
            changed = f"UPDATE devices_{table} SET leaf = %s WHERE device_id = %s AND arrival = 9"
            statements.append((changed, [bytes(32), device.pk]))
        tamper(*statements)

        assert verify()[0] == ["day_root", "countersignature"]


class TestSignaturesOfOthers:
    def test_that_were_changed(self, device):
        tamper(
            ("UPDATE devices_countersignature SET signature = %s", [bytes(64)]),
            ("UPDATE devices_daysignature SET signature = %s", [bytes(64)]),
        )

        assert verify()[0] == ["day_signature", "countersignature"]
        assert Countersignature.objects.count() == 1

    def test_are_not_asked_of_another_device(self, device):
        other = lathe(owner=make.organization())
        tamper(("UPDATE devices_daysignature SET signature = %s", [bytes(64)]))

        assert verify(device=other.code)[0] == []


def test_many_differences_are_counted_and_the_first_ones_shown(device):
    tamper("DELETE FROM devices_block WHERE arrival % 2 = 0")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("devices.management.commands.verify_log.MOST_SHOWN", 3)
        codes, said = verify()

    assert len(codes) == 3
    assert "differences. Change nothing; see docs/evidence.md." in said


@pytest.mark.django_db(transaction=True)
def test_nothing_differs_while_devices_deliver_and_the_log_grows():
    device, other, stop = lathe(), lathe(), threading.Event()
    robot(name="clock")

    def deliver():
        try:
            for number in itertools.count(1):
                say(device, number)
                say(other, number)
                seal()
                if stop.is_set():
                    return
        finally:
            connection.close()

    thread = threading.Thread(target=deliver)
    thread.start()
    found = []
    try:
        while len(found) < 5 or (LogHead.objects.count() < 9 and thread.is_alive()):
            found.append(verify())
    finally:
        stop.set()
        thread.join()

    assert [said for codes, said in found if codes or not said.endswith("OK: nothing differs.\n")] == []
    assert LogHead.objects.count() >= 9
