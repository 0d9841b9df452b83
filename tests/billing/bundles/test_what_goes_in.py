"""What a bundle holds of others, of borders, of late and held readings: proved, stated, or closed."""

import base64
from datetime import date, timedelta

import pytest

from billing.actions import bundles, inspections, invoices, metering, reviews
from billing.models import Invoice, MeteringPlan, ReviewItem
from billing.rules.reviews import Verdict
from devices.actions import devices
from devices.models import Binding, Device
from devices.ownership.actions.access import DisclosureNotAllowed
from devices.ownership.models import AccessEvent
from devices.rules.admission import Item
from devices.rules.portions import portions
from devices.rules.readings import instant
from leasing.actions import leases
from leasing.models import Lease, LeaseUnit
from marketplace.models.parties import Role
from marketplace.permissions import MissingRight
from marketplace.shared.period import Period
from tests.billing import world
from tests.billing.bundles import papers
from tests.billing.bundles.papers import Papers
from tests.factories import marketplace as factory

NINE = world.midnight("2026-10-19") + timedelta(hours=9)
START = world.midnight("2026-10-15")
DUE = world.midnight("2026-11-02")
MINUTE = timedelta(minutes=1)
PARTS = {"version": 1, "meter": "parts", "channel": "pexecution", "counter": "ppartcount"}


def count(scene, *spoken, **given):
    """Deliver counts, each (sequence, moment, number)."""
    scene.say(*((number, at, "ppartcount", value) for number, at, value in spoken), **given)


def said_of(scene, tmp_path, *arguments, invoice=None, **given):
    """Make the bundle of an invoice and check it; return its papers and what was said."""
    packed = papers.packed(invoice or papers.rent(scene), scene, **given)
    (tmp_path / "bundle.zip").write_bytes(packed)
    code, said = papers.verify(tmp_path / "bundle.zip", *arguments)
    found = Papers(packed)
    assert (code == 0) is (found.recheck() == []) or "--strict" in arguments
    return found, code, said


class TestBorders:
    def test_a_group_that_reaches_over_the_border_is_stated_and_not_opened(self, by_part, tmp_path):
        count(by_part, (1, START - MINUTE, 7), (2, START + MINUTE, 8), (3, START + 2 * MINUTE, 10))
        count(by_part, (4, NINE, 15))
        papers.bill(by_part, DUE)

        found, code, said = said_of(by_part, tmp_path)

        first, second = found.rows()
        assert (first["open"], len(second["open"])) == ([], 2)
        assert [value for *_, value in first["stated"]] == [8, 10]
        assert first["stated_life"]
        assert code == 0, said
        assert "NOT PROVED: 4 readings of the deliveries 1 of" in said
        assert "7 parts of this period rests on them" in said
        assert said.splitlines()[-1].endswith("but see what is NOT PROVED.")
        _, code, said = said_of(by_part, tmp_path, "--strict")
        assert (code, "DIFFERS NOT PROVED" in said) == (1, True)

    def test_that_are_cut_at_the_quarter_hour_of_the_handover_are_proved(self, by_part, tmp_path):
        said = [(1, START - MINUTE, 7), (2, START, 8), (3, START + 2 * MINUTE, 10)]
        for piece in portions([Item(n, instant(at), "ppartcount", value) for n, at, value in said], 100):
            by_part.deliver(list(piece))
        count(by_part, (4, NINE, 15), epoch="recording")
        papers.bill(by_part, DUE)

        found, code, told = said_of(by_part, tmp_path, "--strict")

        assert (code, "NOT PROVED" in told) == (0, False), told
        assert [row["arrival"] for row in found.rows()] == [2, 3]

    def test_what_others_delivered_between_is_a_digest(self, by_part, tmp_path):
        count(by_part, (10, NINE, 0))
        count(by_part, (1, START - timedelta(days=2), 5))
        count(by_part, (11, NINE + MINUTE, 4))
        papers.bill(by_part, DUE)

        found, code, said = said_of(by_part, tmp_path)

        assert code == 0, said
        between = found.rows()[1]
        assert (between["open"], between["stated"], between["stated_life"]) == ([], [], [])
        assert set(between["groups"]) == {"life", "ordinary", "private", "evidence:ppartcount"}

    def test_growth_over_the_border_is_held_and_billed_when_both_agree(self, by_part, tmp_path):
        count(by_part, (1, START - timedelta(days=1), 5))
        count(by_part, (2, NINE, 9), (3, NINE + MINUTE, 10))
        metering.meter_unit(unit=by_part.unit, at=DUE, by=by_part.clock)
        self.agree(by_part)
        papers.bill(by_part, DUE)

        found, code, said = said_of(by_part, tmp_path)

        assert code == 0, said
        assert found.document("windows.json")["sets"][0]["quantity"] == "5"
        assert found.document("handovers.json")["units"][0]["devices"][0]["edges"][0]["quantity"] == "4"
        assert [row["arrival"] for row in found.rows()] == [2]
        self.deny(found)

    def deny(self, found):
        """What one side did not say is not agreed."""

        def alone(document):
            document["items"][0]["decisions"].pop()

        found.change("reviews.json", alone)
        assert any("the sides did not say so" in line for line in found.recheck())

    def agree(self, scene):
        for within, by in ((scene.lessor, scene.owner), (scene.lessee, scene.buyer)):
            item = ReviewItem.objects.get()
            said = {"verdict": Verdict.BILL, "reason": "seen", "at": NINE}
            reviews.decide(item=item, within=within, by=by, **said)

    def test_growth_over_the_border_that_nobody_decided_is_not_billed(self, by_part, tmp_path):
        count(by_part, (1, START - timedelta(days=1), 5))
        count(by_part, (2, NINE, 9), (3, NINE + MINUTE, 10))
        papers.bill(by_part, DUE)

        found, code, said = said_of(by_part, tmp_path)

        day = found.document("windows.json")["sets"][0]
        assert code == 0, said
        assert (day["quantity"], day["held"]) == ("1", "4")

    def test_what_the_contract_decides_is_dropped(self, by_part, tmp_path):
        count(by_part, (1, START - timedelta(days=1), 5))
        count(by_part, (2, NINE, 9), (3, NINE + MINUTE, 10))
        metering.meter_unit(unit=by_part.unit, at=DUE, by=by_part.clock)
        reviews.close_due(item=ReviewItem.objects.get(), by=by_part.clock, at=DUE)
        papers.bill(by_part, DUE)

        found, code, said = said_of(by_part, tmp_path)

        assert code == 0, said
        assert found.document("reviews.json")["items"][0]["by_rule"] is True

    def test_a_lease_that_ended_early_closes_at_the_last_proof_of_life(self, by_hour, tmp_path):
        by_hour.say(
            (1, NINE, "execution", "ACTIVE"),
            (2, NINE + 9 * MINUTE, "execution", "ACTIVE"),
            (3, NINE + 10 * MINUTE, "Bdeg", 90),
        )
        leases.end(lease=by_hour.lease, by=by_hour.owner, at=NINE + 12 * MINUTE)
        by_hour.lease = Lease.objects.get(pk=by_hour.lease.pk)
        by_hour.unit = LeaseUnit.objects.get(pk=by_hour.unit.pk)
        papers.bill(by_hour, DUE)

        found, code, said = said_of(by_hour, tmp_path)

        assert code == 0, said
        assert found.document("windows.json")["sets"][0]["quantity"] == "600"


class TestLateReadings:
    def test_an_issued_invoice_stands_on_what_was_known(self, by_part, tmp_path):
        count(by_part, (1, NINE, 0))
        count(by_part, (3, NINE + 3 * MINUTE, 4))
        papers.bill(by_part, DUE)
        count(by_part, (2, NINE + 2 * MINUTE, 2), (9, NINE + 9 * MINUTE, 6))
        metering.meter_unit(unit=by_part.unit, at=DUE + MINUTE, by=by_part.clock)
        papers.seal(by_part)

        found, code, said = said_of(by_part, tmp_path)

        assert code == 0, said
        assert [row["arrival"] for row in found.rows()] == [1, 2]
        assert found.document("windows.json")["sets"][0]["version"] == 1

    def test_a_day_that_has_no_use_any_more_is_empty(self, by_part, tmp_path):
        count(by_part, (1, NINE, 0))
        count(by_part, (3, NINE + timedelta(days=1), 4))
        metering.meter_unit(unit=by_part.unit, at=DUE, by=by_part.clock)
        count(by_part, (2, NINE + 2 * MINUTE, 4))
        papers.bill(by_part, DUE)

        found, code, said = said_of(by_part, tmp_path)

        assert code == 0, said
        days = {one["day"]: one["windows"] for one in found.document("windows.json")["sets"]}
        assert (days["2026-10-20"], len(days["2026-10-19"])) == ([], 1)

    def test_no_use_at_all_is_proved_by_nothing(self, by_part, tmp_path):
        papers.bill(by_part, DUE)

        found, code, said = said_of(by_part, tmp_path)

        assert code == 0, said
        assert (found.rows(), found.document("log.json")["head"]) == ([], None)


class TestNumbers:
    def test_decimals_and_silence_are_stated_as_they_are(self, by_part, tmp_path):
        count(by_part, (1, START - MINUTE, 7), (2, START + MINUTE, "8.5"), (3, START + 2 * MINUTE, None))
        count(by_part, (4, NINE, "9.25"))
        papers.bill(by_part, DUE)

        found, code, said = said_of(by_part, tmp_path)

        assert code == 0, said
        assert [value for *_, value in found.rows()[0]["stated"]] == [{"number": "8.5"}, None]
        days = [(one["quantity"], one["held"]) for one in found.document("windows.json")["sets"]]
        assert days == [("0", "1.5"), ("0.75", "0")]

    def test_a_silence_limit_counts(self, by_hour, tmp_path):
        Device.objects.filter(pk=by_hour.device.pk).update(silence_limit_seconds=60)
        by_hour.say((1, NINE, "execution", "ACTIVE"), (2, NINE + 5 * MINUTE, "execution", "READY"))
        papers.bill(by_hour, DUE)

        found, code, said = said_of(by_hour, tmp_path)

        assert code == 0, said
        assert found.document("handovers.json")["units"][0]["devices"][0]["silence_limit_seconds"] == 60


class TestThePlanOfTheTime:
    def test_what_changed_after_the_invoice_does_not_change_its_bundle(self, by_hour, tmp_path):
        Device.objects.filter(pk=by_hour.device.pk).update(silence_limit_seconds=60)
        by_hour.say((1, NINE, "execution", "ACTIVE"), (2, NINE + 5 * MINUTE, "execution", "READY"))
        papers.bill(by_hour, DUE)
        before = papers.packed(papers.rent(by_hour), by_hour)
        Device.objects.filter(pk=by_hour.device.pk).update(silence_limit_seconds=600)
        metering.meter_unit(unit=by_hour.unit, at=DUE + MINUTE, by=by_hour.clock)

        found, code, said = said_of(by_hour, tmp_path)

        told = found.document("handovers.json")["units"][0]["devices"][0]
        assert code == 0, said
        assert told["silence_limit_seconds"] == 60
        assert told == Papers(before).document("handovers.json")["units"][0]["devices"][0]

    def test_a_change_before_the_invoice_counts_all_days_anew(self, by_hour, tmp_path):
        Device.objects.filter(pk=by_hour.device.pk).update(silence_limit_seconds=60)
        by_hour.say((1, NINE, "execution", "ACTIVE"), (2, NINE + 5 * MINUTE, "execution", "READY"))
        metering.meter_unit(unit=by_hour.unit, at=NINE + 10 * MINUTE, by=by_hour.clock)
        Device.objects.filter(pk=by_hour.device.pk).update(silence_limit_seconds=600)
        papers.bill(by_hour, DUE)

        found, code, said = said_of(by_hour, tmp_path)

        assert code == 0, said
        assert found.document("windows.json")["sets"][0]["quantity"] == "300"
        assert [one.counting.silence for one in MeteringPlan.objects.order_by("pk")] == [60, 600]

    def test_windows_from_before_it_was_noted_are_counted_by_what_counts_today(
        self, by_part, tmp_path, monkeypatch
    ):
        count(by_part, (1, NINE, 0), (2, NINE + MINUTE, 4))
        monkeypatch.setattr(MeteringPlan, "keep", lambda *args, **more: None)
        papers.bill(by_part, DUE)

        _, code, said = said_of(by_part, tmp_path)

        assert code == 0, said
        assert "were counted with" not in said


class TestMoreThanOneSignal:
    TIMED = {
        "version": 1,
        "meter": "run_time",
        "channel": "execution",
        "states": ["ACTIVE"],
        "witness": {"channel": "auto_time", "states": ["ACTIVE"], "seconds": "1"},
    }
    ENERGY = {
        "version": 1,
        "meter": "energy",
        "channel": "pexecution",
        "counter": "pCuttingTime",
        "scale": "0.001",
    }

    def test_what_a_second_witness_does_not_confirm_is_held(self, db, tmp_path):
        scene = world.build("mazak01", count_rules=[self.TIMED])
        scene.say(
            (1, NINE, "execution", "ACTIVE"),
            *((n, NINE + n * MINUTE, "auto_time", at) for n, at in enumerate((5000, 5600, 5900), start=2)),
            (90, NINE + 20 * MINUTE, "execution", "READY"),
        )
        papers.bill(scene, DUE)

        found, code, said = said_of(scene, tmp_path)

        day = found.document("windows.json")["sets"][0]
        assert code == 0, said
        assert (day["quantity"], day["held"]) == ("900", "300")

    def test_what_inspection_rejected_is_held(self, by_part, tmp_path):
        count(by_part, (1, NINE, 0), (2, NINE + MINUTE, 10))
        metering.meter_unit(unit=by_part.unit, at=DUE, by=by_part.clock)
        for rejected in (9, 7):
            inspections.report(
                unit=by_part.unit,
                local_day=date(2026, 10, 19),
                rejected=rejected,
                reference="QC-7",
                within=by_part.lessee,
                by=by_part.buyer,
                at=NINE,
            )
        papers.bill(by_part, DUE)

        found, code, said = said_of(by_part, tmp_path)

        day = found.document("windows.json")["sets"][0]
        assert code == 0, said
        assert (day["quantity"], day["held"]) == ("3", "7")
        assert [one["rejected"] for one in found.document("reviews.json")["inspections"]] == [9, 7]

    def test_a_counter_in_other_units_over_the_border(self, db, tmp_path, monkeypatch):
        component = {"id": "kwh", "kind": "per_unit", "meter": "energy", "unit": "kWh", "price": "1.00"}
        plan = world.entry("okuma")["listing"]["price_plan"] | {"components": [component]}
        plan = {name: value for name, value in plan.items() if name not in ("minimum", "cap")}
        use = {"expected_usage": {"energy": "5"}}
        monkeypatch.setattr(world, "entry", lambda key, given=world.entry: given(key) | use)
        scene = world.build("okuma", count_rules=[self.ENERGY], price_plan=plan)
        said = ((1, START - timedelta(days=1), 1001), (2, NINE, 2008), (3, NINE + MINUTE, 5008))
        for one in said:
            scene.say((one[0], one[1], "pCuttingTime", one[2]))
        papers.bill(scene, DUE)

        found, code, told = said_of(scene, tmp_path)

        day = found.document("windows.json")["sets"][0]
        assert code == 0, told
        assert (day["quantity"], day["held"]) == ("3", "1.007")


class TestSeveralDevices:
    def test_a_machine_whose_device_was_exchanged(self, by_part, tmp_path):
        count(by_part, (1, NINE, 0), (2, NINE + MINUTE, 4))
        later = NINE + timedelta(hours=1)
        binding = by_part.device.bindings.get()
        Binding.objects.filter(pk=binding.pk).update(period=(binding.period.lower, later))
        other = devices.register(
            owner=by_part.lessor,
            channels=world.dictionary(by_part.entry["recording"]["dictionary"]),
            commissioned_at=world.COMMISSIONED,
            by=by_part.owner,
            at=NINE,
            **by_part.entry["device"] | {"code": "second"},
        )
        period = Period(later, None)
        devices.bind(
            device=other, equipment=by_part.unit.equipment, period=period, by=by_part.owner, at=world.LATER
        )
        by_part.device = other
        count(by_part, (1, later, 4), (2, later + MINUTE, 9))
        papers.bill(by_part, DUE)

        found, code, said = said_of(by_part, tmp_path)

        assert code == 0, said
        assert [(row["arrival"], row["previous"]) for row in found.rows()] == [(1, ""), (1, "")]
        assert len(found.document("log.json")["entries"]) == 2


class TestWhoMay:
    @pytest.fixture
    def billed(self, by_part):
        count(by_part, (1, NINE, 0), (2, NINE + MINUTE, 4))
        papers.bill(by_part, DUE)
        return by_part

    def test_the_private_and_the_ordinary_never_go_in(self, by_part, tmp_path):
        private = by_part.device.channels.filter(retention="PRIVATE", kind="TEXT").earliest("number").key
        ordinary = by_part.device.channels.filter(retention="ORDINARY").earliest("number").key
        by_part.say(
            (1, NINE, "ppartcount", 0),
            (2, NINE + MINUTE, private, "O-GEHEIM"),
            (3, NINE + MINUTE, ordinary, None),
            (4, NINE + 2 * MINUTE, "ppartcount", 4),
        )
        papers.bill(by_part, DUE)

        found, code, said = said_of(by_part, tmp_path)

        assert code == 0, said
        [row] = found.rows()
        assert {one["name"] for one in row["open"]} == {"life", "evidence:ppartcount"}
        assert {"private", "ordinary"} < set(row["groups"])
        held = b"".join(base64.b64decode(one["block"]) for one in row["open"])
        assert b"GEHEIM" not in held + b"".join(found.files.values())

    def test_every_bundle_stands_in_the_access_log(self, billed):
        papers.packed(papers.rent(billed), billed)

        event = AccessEvent.objects.get(kind="DECISION", purpose="billing")
        closing = AccessEvent.objects.get(closes=event.public_id)
        assert (event.outcome, event.organization) == ("PERMIT", billed.lessee.public_id)
        assert set(event.concerns) == {billed.lessor.public_id, billed.lessee.public_id}
        assert closing.delivered == 2

    def test_a_stranger_is_refused_and_that_stands_in_the_log(self, billed):
        other = factory.organization("Stranger")

        with pytest.raises(DisclosureNotAllowed):
            papers.packed(papers.rent(billed), billed, within=other, by=factory.member(other))

        assert AccessEvent.objects.get(purpose="billing").outcome == "DENY"

    def test_a_viewer_is_refused(self, billed):
        with pytest.raises(MissingRight):
            papers.packed(papers.rent(billed), billed, by=factory.member(billed.lessee, Role.VIEWER))

        assert not AccessEvent.objects.filter(purpose="billing").exists()

    def test_a_draft_proves_nothing(self, by_part):
        count(by_part, (1, NINE, 0), (2, NINE + MINUTE, 4))
        metering.meter_unit(unit=by_part.unit, at=DUE, by=by_part.clock)
        period = Period(START, world.midnight("2026-11-01"))
        invoice, *_ = invoices.draft(lease=by_part.lease, period=period, at=DUE, by=by_part.clock)

        with pytest.raises(bundles.InvoiceNotIssued):
            papers.packed(invoice, by_part)

    def test_what_is_not_sealed_yet_comes_later(self, by_part):
        count(by_part, (1, NINE, 0), (2, NINE + MINUTE, 4))
        invoices.bill(lease=by_part.lease, at=DUE, by=by_part.clock)

        with pytest.raises(bundles.DeliveriesNotSealed):
            papers.packed(papers.rent(by_part), by_part)

    def test_the_fee_of_the_platform_stands_on_the_same_readings(self, billed, tmp_path):
        fee = Invoice.objects.get(seller=billed.platform)

        found, code, said = said_of(billed, tmp_path, invoice=fee)

        assert code == 0, said
        assert found.document("invoice.json")["seller"] == "platform"
        assert len(found.rows()) == 1


def test_the_queries_for_a_bundle_do_not_grow_with_its_deliveries(by_part, django_assert_max_num_queries):
    for number in range(1, 41):
        count(by_part, (number, NINE + number * MINUTE, number))
    papers.bill(by_part, DUE)

    with django_assert_max_num_queries(45):
        packed = papers.packed(papers.rent(by_part), by_part)

    assert len(Papers(packed).rows()) == 40
