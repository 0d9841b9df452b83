"""The texts that are hashed and signed are fixed for ever: written out here byte by byte."""

import hashlib
from datetime import UTC, date, datetime, timedelta, timezone

from devices.rules import log
from marketplace.shared import merkle

AT = datetime(2026, 11, 20, 4, 5, 6, 70, tzinfo=UTC)
LEAF = bytes(range(32))


class TestTexts:
    def test_of_an_entry(self):
        text = log.entry(device="dev_1", arrival=7, leaf=LEAF)

        assert text == b"jijian-entry-1\ndev_1\n7\n" + LEAF.hex().encode() + b"\n"
        assert log.entry_hash(device="dev_1", arrival=7, leaf=LEAF) == hashlib.sha256(b"\0" + text).digest()

    def test_of_a_head_in_whatever_zone_its_time_is(self):
        text = log.head_text(size=12, root=bytes(32), at=AT)

        assert text == b"jijian-deliveries-1\n12\n" + b"A" * 43 + b"=\n2026-11-20T04:05:06.000070Z\n"
        there = AT.astimezone(timezone(timedelta(hours=8)))
        assert log.head_text(size=12, root=bytes(32), at=there) == text

    def test_of_a_countersignature(self):
        digest = "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"

        assert log.countersigned_text(organization="org_1", head=b"a") == (
            f"jijian-countersignature-1\norg_1\n{digest}\n".encode()
        )

    def test_of_a_day(self):
        text = log.day_text(device="dev_1", day=date(2026, 1, 2), first=3, last=4, root=LEAF)

        assert text == f"jijian-day-1\ndev_1\n2026-01-02\n3\n4\n{LEAF.hex()}\n".encode()

    def test_of_different_kinds_never_begin_alike(self):
        texts = [
            log.entry(device="x", arrival=1, leaf=LEAF),
            log.head_text(size=1, root=LEAF, at=AT),
            log.countersigned_text(organization="x", head=b""),
            log.day_text(device="x", day=date(2026, 1, 2), first=1, last=1, root=LEAF),
        ]

        assert len({text.split(b"\n")[0] for text in texts}) == 4


def test_the_root_of_a_day_is_a_tree_over_its_entries():
    hashes = [log.entry_hash(device="dev_1", arrival=n, leaf=bytes([n]) * 32) for n in (3, 4, 5)]

    root = log.day_root(device="dev_1", first=3, leaves=[bytes([n]) * 32 for n in (3, 4, 5)])

    assert root == merkle.node_hash(merkle.node_hash(hashes[0], hashes[1]), hashes[2])
