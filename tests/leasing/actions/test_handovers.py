"""The hand-over: from the deposit to the first hour that is billed."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils.translation import override

from leasing.actions import beginnings, comings, deposits, handovers, leases, moves, photos, records
from leasing.models import ConditionRecord, Lease, Photo, RecordAnswer
from leasing.rules import canonical
from leasing.rules.condition import Reading, Result, Seen, Shot, Source
from leasing.rules.handovers import Plan
from leasing.rules.history import first_broken
from marketplace.models import Notification
from marketplace.permissions import MissingRight
from tests import once
from tests.factories.leasing import condition, picture, recorded, secure
from tests.leasing.world import END, HANDOVER, START

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
READY = {"power": True, "air": True, "floor": True, "clean_class": True, "crew": True}
PLAN = Plan(START + DAY, "SF-4711", READY, "PICC-1")


@once.fixture
def lease(world):
    made = world.ready()
    secure(made, by=world.owner, at=HANDOVER)
    return Lease.objects.get(pk=made.pk)


@once.fixture
def record(world, lease):
    return recorded(lease, by=world.owner, at=HANDOVER)[0]


def nothing_happened(lease):
    lease.refresh_from_db()
    return lease.status == "CONTRACTED" and not ConditionRecord.objects.exists()


class TestALesseeThatConfirms:
    """
    The lessor hands the machine over on 1 March at 10:00 and writes down that its counter shows 120. The
    lessee looks at it and confirms two days later; what it did since the hand-over is billed.
    """

    def test_pays_from_the_hand_over_on(self, world, lease):
        (record,) = recorded(lease, by=world.owner, at=HANDOVER)

        begun = handovers.confirm(record=record, digest=record.digest, by=world.buyer, at=HANDOVER + 2 * DAY)

        unit = begun.units.get()
        assert (begun.status, begun.billing, unit.state) == ("ACTIVE", "RUNNING", "RUNNING")
        assert (begun.active_from, unit.active_from) == (HANDOVER, HANDOVER)
        steps = list(begun.transitions.select_related("lease"))
        assert [step.move for step in steps][-3:] == ["secure", "hand_over", "activate"]
        assert steps[-2].evidence == [record.digest]
        assert steps[-1].facts["confirmed"] == [
            {"record": record.digest, "silence": False, "by": world.buyer.public_id, "name": "buyer"}
        ]
        assert first_broken(step.link() for step in steps) is None

    def test_signs_exactly_what_was_written(self, record):
        assert record.digest == canonical.digest(record.document)
        assert record.document["readings"] == [
            {
                "meter": "run_time",
                "value": "120",
                "source": "PANEL",
                "channel": "",
                "at": "2026-03-01T02:00:00+00:00",
            }
        ]

    def test_is_told_and_tells(self, world, record):
        handovers.confirm(record=record, digest=record.digest, by=world.buyer, at=HANDOVER)

        told = Notification.objects.exclude(kind__startswith="lease_").exclude(kind__startswith="contract_")
        kinds = told.order_by("pk").values_list("kind", "organization")
        assert list(kinds) == [
            ("deposit_moved", world.lessee.pk),
            ("record_to_confirm", world.lessee.pk),
            ("record_confirmed", world.lessor.pk),
        ]


class TestALesseeThatSaysNothing:
    def test_has_three_days(self, world, lease, record):
        with pytest.raises(beginnings.HandoverNotConfirmed) as refusal:
            leases.activate(lease=lease, by=world.owner, at=HANDOVER + 3 * DAY - timedelta(seconds=1))

        assert refusal.value.facts == {"until": "2026-03-04 10:00"}
        lease.refresh_from_db()
        assert (lease.status, lease.active_from) == ("CONTRACTED", None)

    def test_pays_from_the_hand_over_on_as_well(self, world, lease, record):
        begun = leases.activate(lease=lease, by=world.owner, at=HANDOVER + 3 * DAY)

        assert (begun.status, begun.active_from) == ("ACTIVE", HANDOVER)
        said = begun.transitions.last().facts["confirmed"]
        assert said == [{"record": record.digest, "silence": True, "by": "", "name": ""}]

    def test_has_used_it_for_nothing_neither_when_the_lease_ends_first(self, world, lease, record):
        """It came two days before the end: the clock waits for the answer, then begins and ends the lease."""
        last = END - 2 * DAY
        (_first, record) = recorded(lease, by=world.owner, at=last)
        waiting = leases.close_due(lease=lease, by=world.clock, at=END + HOUR)
        assert (waiting.status, waiting.active_from) == ("CONTRACTED", None)

        over = leases.close_due(lease=lease, by=world.clock, at=record.answer_until)

        assert (over.status, over.active_from, over.active_to) == ("ENDED", last, END)
        assert [step.move for step in over.transitions.order_by("position")][-2:] == ["activate", "end"]

    def test_cannot_cancel_what_was_handed_over(self, world, lease, record):
        with pytest.raises(leases.MachineUnderWay):
            leases.cancel(lease=lease, by=world.buyer, at=HANDOVER + HOUR)

        lease.refresh_from_db()
        assert lease.status == "CONTRACTED"
        assert lease.units.get().claim.active


class TestALesseeThatObjects:
    def test_keeps_the_lease_open_for_a_person_also_after_its_end(self, world, lease, record):
        handovers.object_to(
            record=record, digest=record.digest, reason="Window cracked", by=world.buyer, at=HANDOVER
        )

        assert leases.close_due(lease=lease, by=world.clock, at=END + 9 * DAY).status == "CONTRACTED"

    def test_stops_the_beginning_until_there_is_another_record(self, world, lease, record):
        handovers.object_to(
            record=record, digest=record.digest, reason="Window cracked", by=world.buyer, at=HANDOVER
        )
        with pytest.raises(beginnings.HandoverObjected):
            leases.activate(lease=lease, by=world.owner, at=HANDOVER + 9 * DAY)

        again = recorded(lease, by=world.owner, at=HANDOVER + DAY)[1]
        begun = handovers.confirm(record=again, digest=again.digest, by=world.buyer, at=HANDOVER + DAY)

        assert (again.number, begun.active_from) == (2, HANDOVER + DAY)

    def test_gives_a_reason(self, world, record):
        with pytest.raises(moves.RecordMissing):
            handovers.object_to(record=record, digest=record.digest, reason=" ", by=world.buyer, at=HANDOVER)
        assert not RecordAnswer.objects.exists()


class TestConfirm:
    def test_is_by_the_digest_of_what_was_read(self, world, record):
        with pytest.raises(records.RecordNotRead):
            handovers.confirm(record=record, digest="0" * 64, by=world.buyer, at=HANDOVER)
        assert not RecordAnswer.objects.exists()

    def test_does_not_hold_for_a_record_that_was_replaced(self, world, lease, record):
        recorded(lease, by=world.owner, at=HANDOVER + DAY)

        with pytest.raises(records.RecordAnswered):
            handovers.confirm(record=record, digest=record.digest, by=world.buyer, at=HANDOVER + DAY)
        assert not RecordAnswer.objects.exists()

    @pytest.mark.parametrize("who", ["owner", "guest", "outsider"])
    def test_is_the_lessees(self, world, record, who):
        with pytest.raises(MissingRight):
            handovers.confirm(record=record, digest=record.digest, by=getattr(world, who), at=HANDOVER)
        assert not RecordAnswer.objects.exists()


class TestHandOver:
    def refused(self, world, lease, **changes):
        given = condition(lease.units.get(), HANDOVER, **changes)
        with pytest.raises(records.ConditionInvalid) as refusal:
            handovers.hand_over(lease=lease, given=given, by=world.owner, at=HANDOVER)
        assert nothing_happened(lease)
        return {(flaw.pointer, flaw.code) for flaw in refusal.value.flaws}

    def test_waits_for_the_deposit(self, world):
        lease = world.ready()
        given = condition(lease.units.get(), HANDOVER)

        with pytest.raises(deposits.DepositMissing) as refusal:
            handovers.hand_over(lease=lease, given=given, by=world.owner, at=HANDOVER)

        assert refusal.value.facts == {"amount": "CNY 20,000.00"}
        assert nothing_happened(lease)

    @pytest.mark.parametrize("at", [START - timedelta(seconds=1), END])
    def test_lies_in_the_agreed_time(self, world, lease, at):
        with pytest.raises(beginnings.HandoverOutsidePeriod):
            recorded(lease, by=world.owner, at=at)
        assert nothing_happened(lease)

    def test_is_the_lessors(self, world, lease):
        with pytest.raises(MissingRight):
            recorded(lease, by=world.buyer, at=HANDOVER)
        assert nothing_happened(lease)

    def test_looks_at_every_item(self, world, lease):
        assert ("/checklist", "item_missing") in self.refused(world, lease, checklist=())
        odd = (Seen("wings"), Seen("spindle"), Seen("spindle"))
        found = self.refused(world, lease, checklist=odd)
        assert {("/checklist", "unknown_item"), ("/checklist", "item_twice")} <= found

    def test_says_in_words_what_is_not_in_order(self, world, lease):
        whole = condition(lease.units.get(), HANDOVER).checklist
        seen = tuple(replace(one, result=Result.FAULT) if one.item == "axes" else one for one in whole)

        assert self.refused(world, lease, checklist=seen) == {("/checklist/axes", "words_missing")}

    def test_reads_every_counter(self, world, lease):
        assert self.refused(world, lease, readings=()) == {("/readings", "meter_missing")}
        for value in ("-1", "x", "NaN", "1e13"):
            bad = (Reading("run_time", value, Source.PANEL, HANDOVER),)
            assert self.refused(world, lease, readings=bad) == {("/readings", "reading_invalid")}
        more = (*condition(lease.units.get(), HANDOVER).readings, Reading("km", "1", Source.PANEL, HANDOVER))
        assert self.refused(world, lease, readings=more) == {("/readings", "unknown_meter")}

    def test_has_bounds(self, world, lease):
        given = {
            "serials": (" ",),
            "accessories": {"vice": 10_000},
            "note": "x" * 501,
            "happened_at": HANDOVER - 3 * DAY,
            "photos": (),
        }
        lease.starts_at = START - 30 * DAY
        lease.save()
        assert self.refused(world, lease, **given) == {
            ("/serials", "serials_missing"),
            ("/accessories", "count_invalid"),
            ("/note", "too_long"),
            ("/happened_at", "too_long_ago"),
        }
        later, many = HANDOVER + DAY, {f"vice {number}": 1 for number in range(41)}
        found = self.refused(world, lease, happened_at=later, accessories=many)
        assert found == {("/happened_at", "in_the_future"), ("/accessories", "too_many")}

    def test_takes_a_photo_where_nobody_could_say_afterwards(self, world, lease):
        world.machines[0].category.family = "Q1"
        world.machines[0].category.save()

        assert self.refused(world, lease) == {("/photos", "photo_missing")}

    def test_names_photos_of_this_lease_with_their_digest(self, world, lease):
        shot = photos.take(lease=lease, data=picture(), by=world.owner, within=world.lessor, at=HANDOVER)
        assert self.refused(world, lease, photos=(Shot("pho_other", "", "axes"),)) == {
            ("/photos", "unknown_photo")
        }

        (record,) = recorded(
            lease, by=world.owner, at=HANDOVER, photos=(Shot(shot.public_id, "lie", "axes"),)
        )
        assert record.document["photos"] == [{"photo": shot.public_id, "sha256": shot.sha256, "item": "axes"}]

    def test_names_a_machine_of_the_lease(self, world, lease):
        given = condition(lease.units.get(), HANDOVER)
        with pytest.raises(records.NoSuchUnit):
            handovers.hand_over(lease=lease, unit="lun_x", given=given, by=world.owner, at=HANDOVER)
        assert nothing_happened(lease)

    def test_is_over_when_the_lease_has_begun(self, world, lease, record):
        handovers.confirm(record=record, digest=record.digest, by=world.buyer, at=HANDOVER)

        lease.refresh_from_db()
        with pytest.raises(comings.NothingToHandOver):
            recorded(lease, by=world.owner, at=HANDOVER)
        assert ConditionRecord.objects.count() == 1

    def test_alone_begins_nothing(self, world, lease, record):
        lease.refresh_from_db()
        unit = lease.units.get()
        assert (lease.status, lease.billing, unit.state) == ("CONTRACTED", "NOT_STARTED", "INSTALLED")


class TestPlan:
    def test_is_told_and_lets_the_machine_go(self, world, lease):
        handovers.plan(lease=lease, given=PLAN, by=world.owner, at=START)
        lease = handovers.dispatch(lease=lease, delivery="SF-4711", by=world.owner, at=START)

        assert lease.units.get().state == "IN_TRANSIT"
        assert [step.move for step in lease.transitions.all()][-2:] == ["plan", "dispatch"]
        assert Notification.objects.filter(kind="handover_planned", organization=world.lessee).exists()

    @override("en")
    def test_names_what_the_place_lacks(self, world, lease):
        for ready in (None, READY | {"power": False}):
            if ready:
                given = replace(PLAN, site_ready=ready)
                handovers.plan(lease=lease, given=given, by=world.owner, at=START)
            with pytest.raises(handovers.SiteNotReady) as refusal:
                handovers.dispatch(lease=lease, delivery="SF-1", by=world.owner, at=START)
        assert refusal.value.facts == {"missing": "Power"}
        assert lease.units.get().state == "RESERVED"

    def test_is_checked(self, world, lease):
        bad = Plan(START - DAY, "x" * 201, {"air": "yes", "sun": True})
        with pytest.raises(handovers.PlanInvalid) as refusal:
            handovers.plan(lease=lease, given=bad, by=world.owner, at=START)
        late = replace(PLAN, planned_for=END)
        with pytest.raises(handovers.PlanInvalid) as too_late:
            handovers.plan(lease=lease, given=late, by=world.owner, at=START)

        assert [flaw.code for flaw in refusal.value.flaws] == [
            "in_the_past",
            "missing",
            "unknown",
            "not_yes_or_no",
            "too_long",
        ]
        assert [flaw.code for flaw in too_late.value.flaws] == ["after_the_lease"]
        assert not lease.transitions.filter(move="plan").exists()

    def test_a_delivery_has_a_name(self, world, lease):
        handovers.plan(lease=lease, given=PLAN, by=world.owner, at=START)
        with pytest.raises(moves.RecordMissing):
            handovers.dispatch(lease=lease, delivery=" ", by=world.owner, at=START)
        assert lease.units.get().state == "RESERVED"


class TestPhotos:
    def test_are_of_the_sides(self, world, lease):
        for who, within in ((world.outsider, world.stranger), (world.guest, world.lessee)):
            with pytest.raises(MissingRight):
                photos.take(lease=lease, data=picture(), by=who, within=within, at=HANDOVER)
        assert not Photo.objects.exists()

    def test_scripts_are_refused(self, world, lease):
        with pytest.raises(photos.PhotoInvalid) as refusal:
            photos.take(lease=lease, data=b"<script>", by=world.owner, within=world.lessor, at=HANDOVER)
        assert (refusal.value.code, refusal.value.flaws[0].code) == ("photo_invalid", "no_picture")
        assert not Photo.objects.exists()

    def test_have_a_bounded_number(self, world, lease, monkeypatch):
        monkeypatch.setattr(photos, "MOST_PHOTOS", 1)
        given = {"lease": lease, "data": picture(), "by": world.owner, "within": world.lessor, "at": HANDOVER}
        photos.take(**given)

        with pytest.raises(photos.TooManyPhotos):
            photos.take(**given)
        assert Photo.objects.count() == 1

    def test_of_one_side_leave_the_other_its_own(self, world, lease, monkeypatch):
        monkeypatch.setattr(photos, "MOST_PHOTOS", 1)
        given = {"lease": lease, "data": picture(), "at": HANDOVER}
        photos.take(**given, by=world.buyer, within=world.lessee)
        photos.take(**given, by=world.owner, within=world.lessor)

        with pytest.raises(photos.TooManyPhotos):
            photos.take(**given, by=world.buyer, within=world.lessee)
        assert Photo.objects.count() == 2

    def test_and_records_are_never_rewritten(self, world, lease, record):
        shot = photos.take(lease=lease, data=picture(), by=world.owner, within=world.lessor, at=HANDOVER)
        handovers.confirm(record=record, digest=record.digest, by=world.buyer, at=HANDOVER)

        for row in (shot, record, RecordAnswer.objects.get()):
            with pytest.raises(IntegrityError), transaction.atomic():
                row.save()
            with pytest.raises(IntegrityError), transaction.atomic():
                row.delete()

    def test_the_database_knows_their_digest(self, world, lease):
        given = {"lease": lease, "width": 9, "height": 9, "taken_at": HANDOVER}
        with pytest.raises(IntegrityError, match="leasing_photo_is_small"), transaction.atomic():
            Photo.objects.create(content=b"x", sha256="0" * 64, **given)
