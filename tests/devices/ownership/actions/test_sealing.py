"""The log of reads is sealed: whole, in one order, once; and an entry opens only to whom it may."""

import hashlib
import json
import subprocess
import sys
from datetime import timedelta
from io import StringIO
from pathlib import Path
from unittest.mock import patch

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, ProgrammingError, connection, transaction

from devices.models import LogKey
from devices.ownership import queries
from devices.ownership.actions import sealing
from devices.ownership.models import AccessEvent, EventEntry, EventHead, EventNode, UnsealedEvent
from devices.ownership.models.log import EventHeadQuerySet
from devices.ownership.rules import event_log
from devices.ownership.tasks import seal_reads
from devices.permissions import SealerOnly
from marketplace.actions.parties import robot
from marketplace.shared import merkle, signing
from marketplace.shared.merkle import Frontier
from tests.devices.ownership.logged import logged
from tests.factories import marketplace as make
from tests.races import Meeting, at_once

NOON = make.NOON


def event(number=1, **more):
    return logged(
        **(
            {
                "at": NOON + timedelta(seconds=number),
                "organization": "org_owner",
                "organization_name": "Owner",
                "device": "dev_1",
                "device_name": "Mill",
                "channels": ["execution", "parts"],
                "asked_from": NOON,
                "purpose": "billing",
                "outcome": "PARTLY",
                "decisions": [
                    {"effect": "RAW", "owner": "org_owner", "lessee": "org_a", "channels": ["execution"]},
                    {"effect": "DENY", "owner": "org_owner", "lessee": "org_b", "channels": ["parts"]},
                ],
                "concerns": ["org_a", "org_b", "org_owner"],
                "agreements": ["agr_1"],
            }
            | more
        )
    )


def seal(at=NOON):
    return sealing.seal(by=robot(name="clock"), at=at)


def root_of(events):
    edge = Frontier()
    for one in events:
        edge.append(event_log.entry_hash(one.logged))
    return edge.root()


@pytest.mark.django_db
class TestSeal:
    def test_takes_every_event_once_and_signs_the_root(self):
        events = [event(number) for number in range(20)]

        head = seal()

        assert head.size == 20
        assert bytes(head.root) == root_of(events)
        assert signing.verify(bytes(head.key.public_key), head.text, bytes(head.signature))
        assert head.text.decode().splitlines()[:2] == ["jijian-reads-1", "20"]
        assert not UnsealedEvent.objects.exists()
        assert seal() is None

    def test_goes_on_where_it_ended_and_proves_it(self):
        first = [event(number) for number in range(17)]
        before = seal()
        second = [event(number) for number in range(17, 40)]
        after = seal()

        assert bytes(after.root) == root_of([*first, *second])
        assert merkle.verify_consistency(
            first=17,
            second=40,
            first_root=bytes(before.root),
            second_root=bytes(after.root),
            proof=queries.consistency(17, 40),
        )

    def test_an_event_whose_transaction_took_long_comes_later_but_comes(self):
        early = event(1)
        late = event(2)
        with connection.cursor() as cursor:  # as if the first were not committed yet
            cursor.execute("ALTER TABLE ownership_unsealedevent DISABLE TRIGGER USER")
            cursor.execute("DELETE FROM ownership_unsealedevent WHERE event_id = %s", [early.pk])
            cursor.execute("ALTER TABLE ownership_unsealedevent ENABLE TRIGGER USER")
        seal()
        UnsealedEvent.objects.create(pk=early.pk)

        seal()

        assert list(EventEntry.objects.order_by("position").values_list("event", flat=True)) == [
            late.pk,
            early.pk,
        ]

    def test_is_done_by_the_clock_and_refused_to_people(self):
        event()
        with pytest.raises(SealerOnly):
            sealing.seal(by=make.user(), at=NOON)
        assert not EventEntry.objects.exists()

        seal_reads()

        assert EventHead.objects.get().size == 1

    def test_is_one_log_with_one_key_for_both(self):
        event()
        seal()
        assert LogKey.objects.count() == 1


@pytest.mark.django_db
class TestTheDatabase:
    @pytest.fixture(autouse=True)
    def log(self):
        self.events = [event(number) for number in range(3)]
        self.head = seal()

    def refused(self, reason, act):
        with pytest.raises(IntegrityError, match=reason), transaction.atomic():
            act()

    def test_refuses_a_hole_a_second_place_and_a_head_over_nothing(self):
        fresh = event(9)
        for position, of, reason in (
            (4, fresh, "the log has a hole"),
            (2, fresh, "ownership_evententry_pkey"),
            (3, self.events[0], "ownership_evententry_event_id"),
        ):
            row = EventEntry(position=position, event=of, leaf=bytes(32))
            self.refused(reason, lambda row=row: row.save(force_insert=True))
        for size, reason in ((3, "heads only grow"), (4, "the entries there are")):
            head = EventHead(size=size, root=bytes(32), at=NOON, key=self.head.key, signature=bytes(64))
            self.refused(reason, lambda head=head: head.save(force_insert=True))

    def test_lets_nothing_leave_the_queue_but_into_the_log(self):
        event(9)

        self.refused("not in the log", lambda: UnsealedEvent.objects.all()._raw_delete(using="default"))

        assert UnsealedEvent.objects.count() == 1

    @pytest.mark.parametrize("model", [EventEntry, EventHead, AccessEvent])
    def test_refuses_to_change_or_delete(self, model):
        field = model._meta.concrete_fields[-1].name
        same = {field: getattr(model.objects.first(), field)}
        self.refused("append-only", lambda: model.objects.update(**same))
        self.refused("append-only", lambda: model.objects.all()._raw_delete(using="default"))

    def test_lets_the_applications_role_seal_and_rewrite_nothing(self):
        event(9)
        role = "jijian_reads_test"
        call_command("grant_app_role", role=role, stdout=StringIO())
        with connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL ROLE {role}")
            assert seal().size == 4
            for table in ("evententry", "eventnode", "eventhead", "accessevent"):
                with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
                    cursor.execute(f"DELETE FROM ownership_{table}")


@pytest.mark.django_db(transaction=True)
def test_two_sealers_seal_once():
    robot(name="clock")
    for number in range(20):
        event(number)
    append = sealing._append

    def wait(*args):
        meeting.wait()
        return append(*args)

    with patch.object(sealing, "_append", wait):
        meeting = Meeting()
        results = at_once(seal, seal)
        assert sorted(one is None for one in results) == [False, True]
        for number in range(20, 30):
            event(number)
        meeting = Meeting()
        with patch.object(EventHeadQuerySet, "seal_alone", lambda self: True):
            results = at_once(seal, seal)
        assert sorted(isinstance(one, IntegrityError) for one in results) == [False, True]
    assert EventEntry.objects.count() == 30


@pytest.mark.django_db
class TestEntry:
    def test_hides_persons_sides_and_decisions_and_opens_each_alone(self):
        one = event()
        text = event_log.entry(one.logged).decode()
        head, facts, rest = text.split("\n")

        assert (head, rest) == ("jijian-read-1", "")
        for hidden in ("usr_1", "王伟", "\\u738b", "org_b", "agr_1", "RAW"):
            assert hidden not in text
        facts = json.loads(facts)
        for place, decision in enumerate(one.decisions):
            name = event_log.decision_name(place)
            salt = event_log.salt_of(bytes(one.salt), name)
            total = hashlib.sha256(salt + event_log.plain(decision)).hexdigest()
            assert facts["decisions"][place] == total

    def test_is_another_for_every_change(self):
        one = event()
        said = one.logged
        changes = {
            "id": "acc_2",
            "kind": "COUNT",
            "closes": "acc_1",
            "at": NOON,
            "person": "00" * 32,
            "organization": "org_x",
            "device": "dev_2",
            "channels": ["execution"],
            "asked_from": None,
            "asked_to": NOON,
            "purpose": "other",
            "decisions": [],
            "outcome": "DENY",
            "delivered": 3,
            "concerns": [],
            "agreements": [],
            "reference": "lea_1",
            "salt": bytes(16),
        }
        assert set(changes) == set(said._fields)
        for name, value in changes.items():
            assert event_log.entry_hash(said._replace(**{name: value})) != event_log.entry_hash(said)


@pytest.mark.django_db
class TestVerify:
    def verify(self, **more):
        out = StringIO()
        try:
            call_command("verify_access_log", stdout=out, **more)
        except CommandError as error:
            return f"{out.getvalue()}{error}"
        return out.getvalue()

    def rewrite(self, *statements):
        """Do what only the owner of the tables can do, with triggers off."""
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            for table in (
                "accessevent",
                "unsealedevent",
                "evententry",
                "eventnode",
                "eventhead",
                "loggedperson",
            ):
                cursor.execute(f"ALTER TABLE ownership_{table} DISABLE TRIGGER USER")
            for statement in statements:
                cursor.execute(statement)

    @pytest.fixture(autouse=True)
    def log(self):
        for number in range(20):
            event(number)
        seal()
        for number in range(20, 25):
            event(number)
        seal()
        event(99)

    def test_a_sound_log_is_ok(self):
        out = self.verify()
        assert "25 reads in the log, 1 wait" in out
        assert out.endswith("OK: nothing differs.\n")

    CHANGES = {
        "a read changed": ("UPDATE ownership_accessevent SET outcome = 'PERMIT'", "event_changed"),
        "a person changed": ("UPDATE ownership_loggedperson SET name = 'x'", "person_changed"),
        "a person sealed anew": (
            "UPDATE ownership_accessevent SET sealed_person = decode(repeat('00', 32), 'hex')",
            "event_changed",
        ),
        "a person lost": ("DELETE FROM ownership_loggedperson", "person_lost"),
        "an entry dropped": (
            "DELETE FROM ownership_evententry WHERE position = 3",
            "log_hole",
        ),
        "a leaf forged": (
            "UPDATE ownership_evententry SET leaf = decode(repeat('00', 32), 'hex') WHERE position = 3",
            "head_root",
        ),
        "a stored hash forged": (
            "UPDATE ownership_eventnode SET total = decode(repeat('00', 32), 'hex')",
            "node",
        ),
        "a head forged": (
            "UPDATE ownership_eventhead SET root = decode(repeat('00', 32), 'hex')",
            "head_signature",
        ),
        "a head dropped": ("DELETE FROM ownership_eventhead WHERE size = 25", "head_missing"),
        "the tail dropped": ("DELETE FROM ownership_evententry WHERE position > 20", "head_size"),
        "an event kept out": ("DELETE FROM ownership_unsealedevent", "event_lost"),
    }

    @pytest.mark.parametrize("what", CHANGES)
    def test_finds(self, what):
        statement, code = self.CHANGES[what]
        self.rewrite(statement)

        assert f"DIFFERS {code}:" in self.verify()

    def test_knows_whose_key_may_sign(self):
        own = LogKey.objects.get().key_id

        assert "OK" in self.verify(key=[own])
        assert "DIFFERS head_key" in self.verify(key=["0" * 16])


@pytest.mark.django_db
class TestRest:
    @pytest.fixture(autouse=True)
    def world(self, keyed):
        self.owner, self.lessee, self.other = make.organization(), make.organization(), make.organization()
        ids = [one.public_id for one in (self.owner, self.lessee, self.other)]
        self.api = {one: keyed(make.member(one), one) for one in (self.owner, self.lessee, self.other)}
        self.event = event(
            organization=ids[0],
            concerns=ids[:2],
            decisions=[
                {"effect": "RAW", "owner": ids[0], "lessee": None, "party": "owner"},
                {"effect": "DENY", "owner": ids[0], "lessee": ids[1], "party": "owner"},
            ],
        )

    def proof(self, who, **params):
        return self.api[who].get(f"/api/v1/access-events/{self.event.public_id}/proof/", params)

    def test_the_log_may_be_empty_or_behind(self):
        assert self.proof(self.owner).json()["code"] == "access_log_is_empty"
        seal()
        self.event = event(2, organization=self.owner.public_id)
        assert self.proof(self.owner).json()["code"] == "read_not_sealed_yet"

    def test_each_side_gets_a_proof_and_its_own_part_opened(self):
        for number in range(30):
            event(number)
        seal()

        names = {}
        for who in (self.owner, self.lessee):
            found = self.proof(who).json()
            head = found["head"]
            assert merkle.verify_inclusion(
                leaf=merkle.leaf_hash(found["entry"].encode()),
                index=found["position"],
                size=head["size"],
                proof=[bytes.fromhex(part) for part in found["path"]],
                root=bytes.fromhex(head["root"]),
            )
            names[who] = [one["name"] for one in found["opened"]]
        assert names == {
            self.owner: ["person", "decision-0", "decision-1"],
            self.lessee: ["decision-1"],
        }

    def test_the_program_of_the_docs_checks_it(self, tmp_path):
        seal()
        (tmp_path / "proof.json").write_bytes(self.proof(self.owner).content)
        text = Path("docs/data-ownership.md").read_text(encoding="utf-8")
        program = text.split("```python\n")[1].split("```")[0]

        def run(*changes):
            for old, new in changes:
                told = (tmp_path / "proof.json").read_text()
                assert old in told
                (tmp_path / "proof.json").write_text(told.replace(old, new))
            command = [sys.executable, "-I", "-S", "-c", program]
            return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

        assert run().stdout.startswith("OK: read acc_")
        assert "decision-1" in run(('"effect":"DENY"', '"effect":"RAW"')).stderr

    def test_strangers_find_nothing(self):
        seal()
        assert self.proof(self.other).status_code == 404

    def test_heads_continue_each_other(self):
        first = seal()
        event(2)
        second = seal()
        api = self.api[self.owner]

        assert api.get("/api/v1/access-log/heads/latest/").json()["size"] == second.size
        assert api.get(f"/api/v1/access-log/heads/{first.size}/").json()["root"] == bytes(first.root).hex()
        sizes = {"first": first.size, "second": second.size}
        found = api.get("/api/v1/access-log/consistency/", sizes).json()
        assert merkle.verify_consistency(
            first=first.size,
            second=second.size,
            first_root=bytes.fromhex(found["first"]["root"]),
            second_root=bytes.fromhex(found["second"]["root"]),
            proof=[bytes.fromhex(part) for part in found["path"]],
        )

    @pytest.mark.parametrize("params", [{}, {"first": 2, "second": 1}, {"first": "x", "second": 1}])
    def test_sizes_that_make_no_sense_are_refused(self, params):
        seal()
        assert self.api[self.owner].get("/api/v1/access-log/consistency/", params).status_code == 400
        assert self.proof(self.owner, size="x").status_code == 400
        assert self.proof(self.owner, size=99).status_code == 404


def test_nodes_and_heads_name_themselves():
    assert str(EventNode(level=4, place=2)) == "4/2"
    assert str(EventEntry(position=3, event_id=7)) == "3: 7"
    assert str(UnsealedEvent(pk=7)) == "7"
    assert str(EventHead(size=3, root=bytes(32))) == "3 " + "0" * 16
