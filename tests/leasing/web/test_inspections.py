"""Inspection, repair and readiness on the lessor's phone, and what the lessee reads of it."""

from datetime import timedelta
from unittest.mock import patch

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from leasing.actions import answers, returns
from leasing.models import ConditionRecord, Lease
from leasing.rules.checklists import checklist
from leasing.rules.condition import Kind, Reading, Source
from leasing.rules.returns import DataWipe, Wipe
from marketplace.actions import calendar
from marketplace.models import Claim
from marketplace.shared.period import Period
from tests.factories.leasing import condition
from tests.leasing.web.test_returns import in_english, lease, over, said, upload  # noqa: F401

DAY = timedelta(days=1)


@pytest.fixture
def back(world, over):  # noqa: F811
    return taken_back(world, over, DataWipe(Wipe.WIPED))


def taken_back(world, lease, wipe):  # noqa: F811
    now = timezone.now()
    read = (Reading("run_time", "480", Source.PANEL, now),)
    given = condition(lease.units.get(), now, readings=read, accessories={"vice": 2})
    returns.take_back(
        lease=Lease.objects.get(pk=lease.pk), given=given, wipe=wipe, by=world.owner, at=timezone.now()
    )
    return f"/leases/{lease.public_id}/"


def form(**changes):
    given = {"serial": "VMC-1", "place": "Yard", "reply_days": "7"}
    return given | {f"seen-{item.code}": "OK" for item in checklist("M1")} | changes


def cracked(**changes):
    found = {"seen-spindle": "FAULT", "text-spindle": "Grinds", "kind-spindle": "DAMAGE"}
    found |= {"estimate-spindle": "1200.55", "percent-spindle": "60"}
    return form(**(found | changes))


def record():
    return ConditionRecord.objects.with_answers().get(kind=Kind.INSPECTION)


class TestTheWayToReady:
    def test_of_a_machine_without_findings_is_one_form(self, world, back, client):
        client.force_login(world.owner)
        assert f"{back}inspection/?unit=lun_" in said(client.get(back))
        asked = said(client.get(f"{back}inspection/"))
        assert "Hums" in asked  # what the hand-over said of the spindle
        assert 'value="VMC-1"' in asked

        assert client.post(f"{back}inspection/", form()).status_code == 302

        assert "Ready again" in said(client.get(back))
        assert "Nothing was found." in said(client.get(f"/records/{record().public_id}/"))

    def test_leads_from_findings_through_the_lessees_answer_and_a_repair(self, world, back, client):
        client.force_login(world.owner)
        answer = client.post(f"{back}inspection/", cracked(**{"photo-spindle": upload()}))
        assert answer.status_code == 302, said(answer)
        assert "has not answered what was found" in said(client.get(f"{back}ready/"))
        refused = client.post(f"{back}ready/", {"act": "repair", "work": "Bearing"})
        assert "has not answered what was found" in said(refused)

        client.force_login(world.buyer)
        page = said(client.get(f"/records/{record().public_id}/"))
        for text in ("Grinds", "¥1,200.55", "¥720.33", "60 %", "¥480.22", "Hums", "Object"):
            assert text in page, text
        client.post(f"/records/{record().public_id}/confirm/", {"digest": record().digest})

        client.force_login(world.owner)
        assert f"{back}ready/?unit=lun_" in said(client.get(back))
        assert (
            client.post(f"{back}ready/", {"act": "repair", "work": "Bearing", "days": "3"}).status_code == 302
        )
        assert Claim.objects.get(reason="MAINTENANCE").note == "Bearing"
        assert "In repair" in said(client.get(back))
        assert "The repair takes longer" in said(client.get(f"{back}ready/"))
        done = client.post(f"{back}ready/", {"act": "ready"}, follow=True)
        assert "can be leased from now on" in said(done)
        assert Lease.objects.get().units.get().state == "READY"

    def test_says_whose_claim_a_repair_meets(self, world, back, client):
        unit, now = Lease.objects.get().units.get(), timezone.now()
        start = unit.claim.period.upper + timedelta(hours=1)
        calendar.block(
            equipment=unit.equipment,
            reason="OWN_USE",
            core=Period(start, start + DAY),
            by=world.owner,
            at=now,
        )
        client.force_login(world.owner)
        client.post(f"{back}inspection/", cracked(**{"percent-spindle": "0"}))

        given = {"act": "repair", "work": "Bearing", "days": "30"}
        answer = said(client.post(f"{back}ready/", given, follow=True))

        assert "the calendar is taken: Owner&#x27;s own use" in answer
        assert not Claim.objects.filter(reason="MAINTENANCE").exists()

    def test_says_at_its_field_what_is_wrong(self, world, back, client):
        client.force_login(world.owner)
        url = f"{back}inspection/"

        assert "Say what the fault at" in said(client.post(url, cracked(**{"kind-spindle": ""})))
        assert "never the lessee" in said(client.get(url))
        assert "its share is 0" in said(client.post(url, cracked(**{"kind-spindle": "WEAR"})))
        assert "is said to be in order" in said(client.post(url, cracked(**{"seen-spindle": "OK"})))
        assert "greater than or equal to 3" in said(client.post(url, cracked(reply_days="2")))
        assert not ConditionRecord.objects.filter(kind=Kind.INSPECTION).exists()
        client.post(url, cracked(**{"percent-spindle": ""}))
        assert "This field is required" in said(client.post(f"{back}ready/", {"act": "repair"}))

    def test_asks_whether_the_memory_is_wiped(self, world, over, client):  # noqa: F811
        url = taken_back(world, over, DataWipe(Wipe.NOT_WIPED, "Panel is dead"))
        client.force_login(world.owner)
        assert "is wiped now" in said(client.get(f"{url}inspection/"))
        client.post(f"{url}inspection/", form())

        assert "Wipe its memory" in said(client.post(f"{url}ready/", {"act": "ready"}))
        assert client.post(f"{url}ready/", {"act": "ready", "wiped": "on"}).status_code == 302
        assert Lease.objects.get().units.get().state == "READY"

    def test_is_the_lessors(self, world, back, client):
        for page in ("inspection/", "ready/"):
            for who, code in ((world.buyer, 403), (world.watcher, 403), (world.outsider, 404)):
                client.force_login(who)
                assert client.get(back + page).status_code == code
                assert client.post(back + page, form()).status_code == code
        assert not ConditionRecord.objects.filter(kind=Kind.INSPECTION).exists()

    def test_is_refused_before_its_time_with_what_to_do(self, world, over, client):  # noqa: F811
        client.force_login(world.owner)
        url = f"/leases/{over.public_id}/"

        assert "Take the machine back first" in said(client.get(f"{url}inspection/"))
        assert "take it back and inspect it first" in said(client.get(f"{url}ready/"))


def test_a_record_that_nobody_answers_stands_and_says_so(world, back, client):
    record = ConditionRecord.objects.get(kind=Kind.RETURN)
    client.force_login(world.buyer)
    url = f"/records/{record.public_id}/"
    assert "Confirm the record" in said(client.get(url))

    with patch.object(timezone, "now", return_value=record.answer_until):
        page = said(client.get(url))
        late = client.post(f"{url}object/", {"digest": record.digest, "reason": "No"}, follow=True)

    assert "stands without an answer" in page
    assert "Confirm the record" not in page
    assert "It stands since then" in said(late)


def test_every_page_of_the_way_back_keeps_to_its_budget(world, back, client):
    client.force_login(world.owner)
    client.post(f"{back}inspection/", cracked())
    back_record = ConditionRecord.objects.get(kind=Kind.RETURN)
    answers.confirm(
        record=ConditionRecord.objects.with_answers().get(pk=back_record.pk),
        digest=back_record.digest,
        by=world.buyer,
        at=timezone.now(),
    )
    pages = [back, f"{back}return/", f"{back}inspection/", f"{back}ready/"]
    pages += [f"/records/{one.public_id}/" for one in ConditionRecord.objects.all()]
    for page in pages:
        with CaptureQueriesContext(connection) as made:
            assert client.get(page).status_code == 200
        assert len(made) <= 12, (page, [query["sql"][:150] for query in made])
