"""The pages on which a grant is asked for or given, orders are recorded, and competitors declared."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from devices.ownership.models import Agreement, DeclaredCompetitor, Grant
from devices.ownership.web.asking import ask_url
from marketplace.models.parties import Role
from marketplace.shared.period import Period
from tests import once
from tests.devices.ownership.actions.test_access import DAY, START
from tests.devices.ownership.actions.test_grants import Granting
from tests.factories.marketplace import member, organization

pytestmark = pytest.mark.django_db
ASK, OFFER = "/data/grants/ask/", "/data/grants/offer/"


@once.fixture
def world():
    found = Granting()
    Agreement.objects.filter(pk=found.of_b.pk).update(period=(START + 4 * DAY, None))  # B leases it now
    found.of_b.refresh_from_db()
    return found


def client(person):
    found = Client(headers={"accept-language": "en"})
    found.force_login(person)
    return found


def local(moment):
    return timezone.localtime(moment).strftime("%Y-%m-%dT%H:%M")


def wanted(world, **more):
    now = timezone.now()
    given = {"kind": "SERVICE_JOB", "number": world.machine.public_id, "categories": ["machine_condition"]}
    given |= {"level": "", "purpose": "maintenance", "reference": "JOB-7", "reason": "Spindle hums"}
    given |= {"generated_from": local(START + 5 * DAY), "generated_to": "", "readable_from": local(now)}
    return given | {"readable_to": local(now + timedelta(days=20))} | more


def test_a_service_provider_asks_and_the_lessee_answers_on_its_page(world):
    answer = client(world.people[world.provider]).post(ASK, wanted(world))

    grant = Grant.objects.get()
    assert (answer.status_code, answer.url) == (302, f"/data-grants/{grant.public_id}/")
    assert (grant.agreement, grant.recipient, grant.reason) == (world.of_b, world.provider, "Spindle hums")
    assert grant.generated.upper is None
    assert "Read and answer" in client(world.people[world.b]).get("/data/grants/").content.decode()
    client(world.people[world.b]).post(f"/data-grants/{grant.public_id}/give/", {"digest": grant.digest})
    assert Grant.objects.get().given_role == "lessee"


def test_what_nobody_can_give_is_said_at_its_field_and_nothing_typed_is_lost(world):
    asked = wanted(world, categories=["machine_condition", "operator_data"], reference="J-9", level="PT1M")
    answer = client(world.people[world.provider]).post(ASK, asked)

    page = answer.content.decode()
    assert answer.status_code == 400
    assert not Grant.objects.exists()
    assert 'href="#id_level"' in page
    for kept in (
        "J-9",
        "Spindle hums",
        'value="PT1M" selected',
        asked["readable_to"],
        world.machine.public_id,
    ):
        assert kept in page
    assert "PT15M, PT1H" not in page


def test_missing_machines_and_times_that_run_backwards_are_told(world):
    times = {"readable_to": local(timezone.now() - DAY), "generated_to": local(START)}
    page = (
        client(world.people[world.provider])
        .post(ASK, wanted(world, number="eqp_0", **times))
        .content.decode()
    )

    assert "There is no machine of this number" in page
    assert page.count("The end must lie after the start.") == 4  # at the field and in the summary
    nothing = client(world.people[world.provider]).post(ASK, wanted(world, number="")).content.decode()
    assert "Say which machine it is about" in nothing


def test_the_lessee_gives_unasked_from_the_page_of_its_agreement(world):
    lessee = client(world.people[world.b])
    url = ask_url(world.of_b, gives=True)
    assert url in lessee.get(f"/data/{world.of_b.public_id}/").content.decode().replace("&amp;", "&")
    assert local(world.of_b.span.start) in lessee.get(url).content.decode()
    given = wanted(world, agreement=world.of_b.public_id, recipient=world.provider.name)

    assert lessee.post(OFFER, given).status_code == 302

    grant = Grant.objects.get()
    assert (grant.given_for, grant.recipient, grant.reference) == (world.b, world.provider, "JOB-7")


def test_whoever_has_no_say_over_the_data_is_told_so_on_the_form(world):
    given = wanted(world, recipient=world.provider.credit_code)
    answer = client(world.people[world.a]).post(OFFER, given)

    assert answer.status_code == 403
    assert "they are not its own" in answer.content.decode()
    assert "JOB-7" in answer.content.decode()
    assert not Grant.objects.exists()


def test_the_owner_asks_for_a_diagnosis_of_minutes(world):
    asked = {"kind": "REMOTE_DIAGNOSIS", "machine": world.machine.public_id, "minutes": "45"}
    asked |= {"categories": ["machine_condition"], "level": "", "purpose": "maintenance", "reason": "Alarm"}

    assert client(world.people[world.owner]).post(ASK, asked).status_code == 302

    assert (Grant.objects.get().lasts, Grant.objects.get().agreement) == (2700, world.of_b)


def order(world, **more):
    law = {"kind": "ORDER", "authority": "Court of Suzhou", "reference": "No. 7", "ordered_on": "2026-03-02"}
    return wanted(world, purpose="safety", **law | more)


def test_the_platform_records_an_order(world):
    recorder = client(world.people[world.platform])
    assert "Record a lawful order" in recorder.get("/data/grants/").content.decode()

    assert recorder.post(OFFER, order(world, recipient=world.court.name)).status_code == 302

    grant = Grant.objects.get()
    assert (grant.kind, grant.authority, grant.given_for) == ("ORDER", "Court of Suzhou", world.platform)


def test_a_court_asks_for_an_order_and_the_platform_finds_it(world):
    assert client(world.people[world.court]).post(ASK, order(world)).status_code == 302
    grant = Grant.objects.get()
    recorder = client(world.people[world.platform])
    url = f"/data-grants/{grant.public_id}/"

    assert "Read and answer" in recorder.get("/data/grants/").content.decode()
    assert "Give exactly this" in recorder.get(url).content.decode()
    assert "Your answer" not in client(world.people[world.b]).get(url).content.decode()
    recorder.post(f"{url}give/", {"digest": grant.digest})

    assert Grant.objects.get().given_role == "platform"


def test_only_the_platform_gives_orders(world):
    answer = client(world.people[world.owner]).post(OFFER, order(world, recipient=world.court.name))

    assert answer.status_code in (400, 403)
    assert not Grant.objects.exists()


def test_whoever_only_looks_can_neither_ask_nor_give(world):
    viewer = client(member(world.owner, Role.VIEWER))

    for url in (ASK, OFFER):
        assert viewer.get(url).status_code == 403
        assert viewer.post(url, wanted(world)).status_code == 403
    assert client(world.people[world.a]).get(f"{ASK}?agreement={world.of_b.public_id}").status_code == 404
    assert client(world.people[world.a]).get(f"{ASK}?agreement=x").status_code == 404


class TestCompetitors:
    URL = "/data/competitors/"

    def test_are_declared_once_and_seen_by_nobody_else(self, world):
        mine, rival = client(world.people[world.b]), organization("Rival")
        assert "No competitor is declared" in mine.get(self.URL).content.decode()

        assert mine.post(self.URL, {"competitor": "Rival"}).status_code == 302

        assert DeclaredCompetitor.objects.get().competitor == rival
        assert "Rival" in mine.get(self.URL).content.decode()
        assert "Rival" not in client(world.people[world.owner]).get(self.URL).content.decode()

    def test_are_others_and_known(self, world):
        mine = client(world.people[world.b])

        own = mine.post(self.URL, {"competitor": world.b.name})
        unknown = mine.post(self.URL, {"competitor": "Rivla"})

        assert "cannot be its own competitor" in own.content.decode()
        assert (unknown.status_code, 'value="Rivla"' in unknown.content.decode()) == (400, True)
        assert not DeclaredCompetitor.objects.exists()

    def test_two_of_one_name_are_told_apart_by_the_credit_code(self, world):
        one, _two = organization("Twin"), organization("Twin")
        mine = client(world.people[world.b])

        assert "Give the credit code" in mine.post(self.URL, {"competitor": "Twin"}).content.decode()
        assert mine.post(self.URL, {"competitor": one.credit_code.lower()}).status_code == 302

    def test_are_declared_by_those_who_deal_with_grants(self, world):
        viewer = client(member(world.b, Role.VIEWER))

        assert viewer.get(self.URL).status_code == 200
        assert viewer.post(self.URL, {"competitor": world.a.name}).status_code == 403
        assert not DeclaredCompetitor.objects.exists()


def test_periods_are_half_open_and_of_this_millennium(world):
    page = client(world.people[world.provider]).post(ASK, wanted(world, generated_from="0001-01-01T00:00"))

    assert "between the years 2000 and 2999" in page.content.decode()
    assert Period(START, None).end is None
