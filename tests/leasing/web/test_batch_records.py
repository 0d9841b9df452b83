"""Records of a leased machine on pages: the lessee's, and the warning at the hand-over."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from leasing.actions import batch_records, offers
from leasing.models import Lease
from marketplace.actions import equipment_records
from marketplace.models import Equipment, EquipmentRecord
from marketplace.rules.equipment_records import Kind, Result, Written
from marketplace.shared.period import Period
from tests.factories.leasing import hand_over, read_notice, secure

pytestmark = pytest.mark.django_db
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def text(answer):
    return answer.content.decode()


def client(person):
    made = Client(headers={"accept-language": "en"})
    made.force_login(person)
    return made


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def lease(world, now):
    Equipment.objects.update(specs={"gmp": True})
    began = now - 5 * DAY
    asked = world.ask(period=Period(began - HOUR, now + 60 * DAY), at=began - 20 * DAY)
    return offers.accept(lease=asked, by=world.owner, at=began - 19 * DAY)


@pytest.fixture
def proved(world, lease, now):
    machine = lease.units.get().equipment

    def write(kind, **more):
        given = Written(kind, Result.PASSED, now - 6 * DAY, "Li", **more)
        equipment_records.add(equipment=machine, given=given, by=world.owner, at=now - 6 * DAY)

    write(Kind.CLEANING)
    write(Kind.CALIBRATION, reference="JJG-77", valid_until=now + 20 * DAY)
    return machine


@pytest.fixture
def running(world, lease, proved, now):
    hand_over(lease, owner=world.owner, buyer=world.buyer, at=now - 5 * DAY)
    return Lease.objects.get(pk=lease.pk)


def local(moment):
    return timezone.localtime(moment).strftime("%Y-%m-%dT%H:%M")


def batch(now, **changes):
    given = {"result": "OPEN", "done_at": local(now - DAY), "done_by": "Chen", "batch": "B-1"}
    return given | {"product": "mAb-3"} | changes


class TestTheHandOverPage:
    def test_names_what_is_missing_and_leads_there(self, world, lease, now):
        read_notice(lease, by=world.buyer, at=now)
        secure(lease, by=world.owner, at=now)
        machine = lease.units.get().equipment

        page = text(client(world.owner).get(f"/leases/{lease.public_id}/hand-over/"))

        assert "has no cleaning record" in page
        assert "has no calibration record" in page
        assert f'href="/equipment/{machine.public_id}/records/"' in page

    def test_warns_of_a_calibration_that_runs_out(self, world, lease, proved, now):
        page = text(client(world.owner).get(f"/leases/{lease.public_id}/hand-over/"))

        assert "The calibration runs out on" in page
        assert "Records are missing" not in page


class TestTheLesseesPage:
    def test_opens_and_closes_a_batch(self, world, running, now):
        url = f"/leases/{running.public_id}/equipment-records/"
        mine = client(world.buyer)
        assert f'href="{url}"' in text(mine.get(f"/leases/{running.public_id}/"))
        assert "JJG-77" in text(mine.get(url))

        done = mine.post(f"{url}?kind=BATCH", batch(now), follow=True)
        opened = EquipmentRecord.objects.get(kind="BATCH")
        assert (opened.organization, "B-1" in text(done)) == (world.lessee, True)
        closed = batch(now, result="PASSED", released_by="QA")
        mine.post(f"{url}?replaces={opened.public_id}", closed)

        assert EquipmentRecord.objects.in_force().get(kind="BATCH").released_by == "QA"
        assert "QA" in text(client(world.owner).get(f"/equipment/{opened.equipment.public_id}/records/"))

    def test_has_no_form_of_what_the_owner_writes(self, world, running):
        url = f"/leases/{running.public_id}/equipment-records/"

        page = text(client(world.buyer).get(f"{url}?kind=CALIBRATION"))

        assert "kind=QUALIFICATION" not in page
        assert 'name="batch"' in page

    def test_says_why_a_record_is_refused(self, world, running, now):
        url = f"/leases/{running.public_id}/equipment-records/?kind=BATCH"

        answer = client(world.buyer).post(url, batch(now, done_at=local(now - 9 * DAY)))

        assert (answer.status_code, "of the time of its lease" in text(answer)) == (400, True)
        assert not EquipmentRecord.objects.filter(kind="BATCH").exists()

    def test_is_read_by_the_lessor_and_written_by_the_lessee_alone(self, world, running, now):
        url = f"/leases/{running.public_id}/equipment-records/"
        unit = running.units.get()
        assert batch_records.has_machine(unit=unit)
        for person in (world.owner, world.guest):
            assert 'name="batch"' not in text(client(person).get(f"{url}?unit={unit.public_id}"))
            assert client(person).post(f"{url}?kind=BATCH", batch(now)).status_code == 403
        assert client(world.outsider).get(url).status_code == 404
        assert client(world.buyer).get(f"{url}?unit=lun_none").status_code == 404
        assert not EquipmentRecord.objects.filter(kind="BATCH").exists()
