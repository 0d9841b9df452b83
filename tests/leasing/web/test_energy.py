"""The energy report of a lease: page, CSV and REST, through the door and for the lessee alone."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from devices.ownership.models import AccessEvent
from leasing.actions import energy
from leasing.models import Lease
from leasing.queries import energy_months
from marketplace.models.parties import Role
from marketplace.permissions import MissingRight
from tests import once
from tests.leasing import world as worlds
from tests.leasing.powered import equip, local, tell
from tests.leasing.world import END, HANDOVER
from tests.spreadsheets import both

pytestmark = pytest.mark.django_db
MARCH = "2026-03"
LATER = END + timedelta(days=1)


@once.fixture
def device(world):
    return equip(world)


@once.fixture
def lease(world, device):
    lease = world.active()
    tell(device, local("2026-03-12T08:00"))
    return lease


def read(world, lease, month=0, by=None, within=None):
    given = {"by": by or world.buyer, "within": within or world.lessee, "at": LATER}
    return energy.read(lease=lease, period=energy_months(lease, LATER)[::-1][month], **given)


class TestReading:
    def test_gives_the_figures_of_the_month_through_the_door(self, world, lease):
        found = read(world, lease)

        days = found.report.days
        assert [(str(one.day), str(one.kwh), str(one.idle), str(one.per_part)) for one in days] == [
            ("2026-03-10", "64.000", "16.000", "1.067"),  # 60 parts
            ("2026-03-11", "66.000", "16.000", "1.015"),  # 65 parts
        ]
        assert (found.why, found.report.unclear) == (None, 0)
        event = AccessEvent.objects.get(public_id=found.events[0])
        assert (event.organization_name, event.purpose, event.outcome) == ("深圳小厂", "operation", "PERMIT")

    @pytest.mark.parametrize("most", [1, 2, 5])
    def test_gives_the_same_in_parts_of_any_length(self, world, lease, monkeypatch, most):
        whole = read(world, lease)
        monkeypatch.setattr(energy, "MOST_POINTS", most)
        parts = read(world, lease)
        assert parts.report == whole.report
        assert len(parts.events) == 1
        assert AccessEvent.objects.get(public_id=parts.events[0]).outcome == "PERMIT"

    def test_a_month_without_readings_is_empty(self, world, lease):
        assert read(world, lease, month=1).report.days == ()

    @pytest.mark.parametrize("who", ["lessor", "stranger"])
    def test_is_the_lessees(self, world, lease, who):
        person = {"lessor": world.owner, "stranger": world.outsider}[who]
        with pytest.raises(MissingRight):
            read(world, lease, by=person, within=getattr(world, who))

    def test_needs_the_right_to_read_telemetry(self, world, lease):
        with pytest.raises(MissingRight):
            read(world, lease, by=world.outsider)

    def test_without_a_meter_says_so(self, world):
        found = read(world, world.active())
        assert (found.report, found.why) == (None, energy.Why.NO_CHANNEL)

    @pytest.mark.parametrize("meter", [{"unit": "m3"}, {"category": "machine_condition"}])
    def test_another_counter_is_no_meter(self, world, meter):
        equip(world, **meter)
        assert read(world, world.active()).why is energy.Why.NO_CHANNEL

    def test_a_meter_that_is_not_open_to_the_lessee_says_so(self, world, lease):
        Lease.objects.filter(pk=lease.pk).update(ends_at=LATER + timedelta(days=60))  # its agreement: END
        lease.refresh_from_db()
        found = read(world, lease, month=2)
        assert (found.report, found.why) == (None, energy.Why.NOT_ALLOWED)
        assert len(found.events) == 1  # asked and written down, also for the answer no

    def test_a_lease_that_has_not_begun_has_no_months(self, world):
        assert energy_months(world.ready(), LATER) == []
        assert energy_months(world.active(), HANDOVER) == []


@once.fixture
def today(world, lease):
    """Let the lease run until tomorrow, as pages and REST look at it by today's clock."""
    Lease.objects.filter(pk=lease.pk).update(ends_at=timezone.now() + timedelta(days=1))
    return lease


class TestThePage:
    def test_shows_chart_table_and_advice(self, world, today, client):
        client.force_login(world.buyer)
        text = client.get(f"/leases/{today.public_id}/energy/?month={MARCH}").content.decode()
        for figure in ("130.000", "32.000", "24.6", "1.040", "64.000", "2026-03-11", "<svg"):
            assert figure in text, figure
        assert (
            f"/leases/{today.public_id}/energy/" in client.get(f"/leases/{today.public_id}/").content.decode()
        )

    def test_costs_what_a_page_that_passes_the_read_door_may_cost(self, world, today, client):
        client.force_login(world.buyer)
        with CaptureQueriesContext(connection) as made:
            client.get(f"/leases/{today.public_id}/energy/?month={MARCH}")
        assert len(made) <= 20, [query["sql"][:90] for query in made]

    def test_shows_chosen_days_and_nothing_beside_them(self, world, today, client):
        client.force_login(world.buyer)
        url = f"/leases/{today.public_id}/energy/"
        text = client.get(f"{url}?from=2026-03-11&to=2026-03-11").content.decode()
        assert "66.000" in text
        assert "64.000" not in text
        csv = client.get(f"{url}?from=2026-03-11&to=2026-03-11&format=csv")
        assert csv.content.decode("utf-8-sig").splitlines()[1:] == ["2026-03-11,66.000,16.000,0.000,65,1.015"]
        assert "2026-03-11_2026-03-11" in csv["Content-Disposition"]

    def test_reads_nothing_of_more_than_31_days_or_of_none(self, world, today, client):
        client.force_login(world.buyer)
        url = f"/leases/{today.public_id}/energy/"
        assert "最多选择 31 天" in client.get(f"{url}?from=2026-03-01&to=2026-04-30").content.decode()
        for wrong in ("from=2026-03-11&to=2026-03-10", "from=x&to=2026-03-10", "from=2026-03-11"):
            assert "请选择租期内的日期" in client.get(f"{url}?{wrong}").content.decode(), wrong
        assert not AccessEvent.objects.filter(organization_name="深圳小厂").exists()

    def test_gives_the_same_as_csv(self, world, today, client):
        client.force_login(world.buyer)
        answer = client.get(f"/leases/{today.public_id}/energy/?month={MARCH}&format=csv")
        assert answer.content.decode("utf-8-sig").splitlines() == [
            "day,kwh,idle_kwh,unknown_kwh,parts,kwh_per_part",
            "2026-03-10,64.000,16.000,0.000,60,1.067",
            "2026-03-11,66.000,16.000,0.000,65,1.015",
        ]

    def test_gives_the_same_as_a_spreadsheet(self, world, today, client):
        client.force_login(world.buyer)

        _, read = both(client, f"/leases/{today.public_id}/energy/", {"month": MARCH})

        assert read[1] == [date(2026, 3, 10), 64.0, 16.0, 0.0, 60.0, 1.067]

    def test_of_another_month_or_another_side_is_unknown(self, world, today, client):
        client.force_login(world.buyer)
        url = f"/leases/{today.public_id}/energy/"
        assert client.get(f"{url}?month=2025-01").status_code == 404
        assert "没有读数" in client.get(f"{url}?month=2026-04").content.decode()
        assert "您无权读取" in client.get(url).content.decode()
        client.force_login(world.owner)
        assert client.get(url).status_code == 404

    def test_says_why_there_is_nothing(self, world, client):
        client.force_login(world.buyer)
        ready, running = world.ready(), world.active()
        assert "尚未开始" in client.get(f"/leases/{ready.public_id}/energy/").content.decode()
        assert "没有电表" in client.get(f"/leases/{running.public_id}/energy/").content.decode()


class TestRest:
    def ask(self, world, lease, query=""):
        client = APIClient()
        client.force_authenticate(world)
        return client.get(f"/api/v1/leases/{lease.public_id}/energy/{query}")

    def test_gives_the_report(self, world, today):
        told = self.ask(world.buyer, today, f"?month={MARCH}").json()
        assert (told["month"], told["kwh"], told["idle_kwh"], told["parts"], told["kwh_per_part"]) == (
            MARCH,
            "130.000",
            "32.000",
            "125.000",
            "1.040",
        )
        assert [day["kwh"] for day in told["days"]] == ["64.000", "66.000"]
        assert (told["why"], told["unclear"], MARCH in told["months"]) == (None, 0, True)
        assert "24.6" in told["suggestion"]

    def test_refuses_other_months_and_other_sides(self, world, today):
        assert self.ask(world.buyer, today, "?month=2025-13").status_code == 400
        assert self.ask(world.owner, today).status_code == 404
        assert self.ask(world.outsider, today).status_code == 404

    def test_gives_chosen_days_and_at_most_31(self, world, today):
        told = self.ask(world.buyer, today, "?from=2026-03-10&to=2026-03-10").json()
        assert (told["month"], told["kwh"], len(told["days"])) == ("", "64.000", 1)
        wide = self.ask(world.buyer, today, "?from=2026-03-01&to=2026-04-30")
        assert (wide.status_code, wide.json()["code"]) == (409, "too_many_days")
        for wrong in ("?from=2026-03-11", "?from=2026-03-11&to=2026-03-10", "?from=2020-01-01&to=2020-01-02"):
            assert self.ask(world.buyer, today, wrong).status_code == 400

    def test_says_why_there_is_none(self, world):
        told = self.ask(world.buyer, world.active()).json()
        assert (told["why"], told["kwh"], told["days"], told["suggestion"]) == ("no_channel", None, [], "")


def test_a_viewer_of_the_lessee_reads_it_too(world, lease):
    viewer = worlds.person("reader", world.lessee, Role.VIEWER)
    assert read(world, lease, by=viewer).report
