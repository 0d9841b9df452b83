"""Pages of duties: filters, erasing now, letting data stay, what the platform suspends, and certificates."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from devices.ownership.actions import suspensions
from devices.ownership.models import Agreement, Certificate, Duty, Hold
from devices.ownership.permissions import terms
from devices.ownership.rules.duties import State, state
from marketplace.models.parties import Role
from tests import once
from tests.devices.ownership.test_duties_over_rest import Leased
from tests.factories import marketplace as make

pytestmark = pytest.mark.django_db
LIST, HOLDS = "/data/duties/", "/data/holds/"


world = once.fixture(Leased)


def client(person):
    found = Client(headers={"accept-language": "en"})
    found.force_login(person)
    return found


def text(answer, status=200):
    assert answer.status_code == status, answer.content
    return answer.content.decode()


def in_every_state(world):
    """Bring duties of the agreement into every state there is."""
    now = timezone.now()
    found = list(Duty.objects.filter(agreement=world.agreement).order_by("pk"))
    Duty.objects.update(due_at=now + timedelta(days=9))
    Duty.objects.filter(pk=found[0].pk).update(fulfilled_at=now)
    Duty.objects.filter(pk=found[1].pk).update(due_at=now - timedelta(days=9))
    Duty.objects.filter(pk=found[2].pk).update(due_at=now - timedelta(days=1))
    Duty.objects.filter(pk=found[3].pk).update(waived_at=now)
    Duty.objects.filter(kind="RETAIN").update(due_at=now - timedelta(days=9))
    Duty.objects.filter(kind="ERASE", retentions=["EVIDENCE"]).update(due_at=now - timedelta(days=9))
    Hold.objects.create(agreement=world.agreement, retentions=["EVIDENCE"], reason="x", placed_at=now)
    fresh = Duty.objects.get(pk=found[0].pk)
    fresh.pk, fresh.public_id, fresh.fulfilled_at, fresh.source = None, f"dut_{'0' * 26}", None, "pipl_47"
    fresh.due_at = now + timedelta(days=9)
    fresh.save()


def test_a_duty_is_found_by_exactly_the_state_that_it_is_in(world):
    in_every_state(world)
    at, grace = timezone.now(), terms().grace
    seen = set()
    for one in State:
        found = set(Duty.objects.in_state(one, at=at, grace=grace))
        expected = {d for d in Duty.objects.shown() if state(d.facts, at=at, grace=grace) is one}
        assert found == expected, one
        seen |= {one} if found else set()

    assert seen == set(State)


def test_the_list_is_filtered_by_state_machine_and_kind(world):
    in_every_state(world)
    mine = client(world.people[world.a])

    late = text(mine.get(f"{LIST}?state=OVERDUE"))
    none = text(mine.get(f"{LIST}?kind=RETAIN&state=OVERDUE"))
    other = text(mine.get(f"{LIST}?machine=eqp_0"))
    bad = text(mine.get(f"{LIST}?state=NOTHING"))

    assert "overdue" in late
    assert "No duty fits" in none
    assert "No duty fits" in other
    assert "valid choice" in bad
    answer = world.call(world.a, "get", "data-duties/?state=OVERDUE").json()["data"]
    assert {one["state"] for one in answer} == {"OVERDUE"}


def test_the_lessee_lets_data_stay_and_says_why(world):
    mine, duty = client(world.people[world.a]), world.duty()
    url = f"{LIST}{duty.public_id}/waive/"
    assert url in text(mine.get(LIST))
    assert "This field is required" in text(mine.post(url, {"because": " "}), 400)

    assert mine.post(url, {"because": "for the audit"}).status_code == 302

    assert "for the audit" in text(mine.get(LIST))
    again = text(mine.post(url, {"because": "once more"}), 409)
    assert "once more" in again
    assert client(world.people[world.owner]).post(url, {"because": "x"}).status_code == 403
    assert client(world.people[world.b]).get(url).status_code == 404


@pytest.mark.parametrize(
    ("what", "expected"),
    [
        ("PRIVATE", {("on_request", "PRIVATE")}),
        ("operator_data", {("pipl_47", "PRIVATE")}),
    ],
)
def test_the_lessee_erases_on_the_page(world, what, expected):
    Duty.objects.all().delete()
    channel = world.device.channels.get(key="program")
    channel.category = "operator_data"
    channel.save()
    mine, url = client(world.people[world.a]), f"/data/{world.agreement.public_id}/erase/"
    assert url in text(mine.get(f"/data/{world.agreement.public_id}/"))
    assert "This field is required" in text(mine.post(url, {"what": what}), 400)

    assert mine.post(url, {"what": what, "sure": "on"}).status_code == 302

    made = Duty.objects.filter(asked_at__isnull=False)
    assert {(one.source, *one.retentions) for one in made} == expected


def test_what_is_the_owners_too_is_not_erased_early_and_the_choice_stays(world):
    mine, url = client(world.people[world.a]), f"/data/{world.agreement.public_id}/erase/"

    page = text(mine.post(url, {"what": "ALL", "sure": "on"}), 403)

    assert "the owner has a right to them, too" in page
    assert 'value="ALL"' in page
    assert "checked" in page
    assert not Duty.objects.filter(asked_at__isnull=False).exists()
    assert client(world.people[world.owner]).get(url).status_code == 403
    assert (
        client(make.member(world.a, Role.VIEWER)).post(url, {"what": "PRIVATE", "sure": "on"}).status_code
        == 403
    )


def test_the_platform_suspends_erasing_and_lets_it_go_on(world):
    platform = client(world.people[world.platform])
    given = {
        "act": "hold",
        "hold-agreement": world.agreement.public_id,
        "hold-reason": "Invoice 7 is disputed",
    }

    private = text(platform.post(HOLDS, given | {"hold-retentions": ["PRIVATE"]}), 400)
    assert "nobody may suspend" in private
    assert "Invoice 7 is disputed" in private
    unknown = text(
        platform.post(HOLDS, given | {"hold-agreement": "agr_0", "hold-retentions": ["ORDINARY"]}), 400
    )
    assert "There is no agreement of this number." in unknown
    assert not Hold.objects.exists()

    given |= {"hold-agreement": world.agreement.reference, "hold-retentions": ["ORDINARY"]}
    assert platform.post(HOLDS, given).status_code == 302
    hold = Hold.objects.get()
    assert "Invoice 7 is disputed" in text(client(world.people[world.owner]).get(HOLDS))
    assert "Invoice 7 is disputed" not in text(client(world.people[world.b]).get(HOLDS))
    for _turn in range(2):  # the second finds it lifted
        platform.post(f"{HOLDS}{hold.public_id}/lift/")
    assert Hold.objects.get().lifted_at is not None


def test_the_platform_suspends_an_agreement_on_an_order_and_lifts_it(world):
    platform = client(world.people[world.platform])
    given = {
        "act": "order",
        "order-agreement": world.agreement.public_id,
        "order-order": "Court of Suzhou, No. 7",
    }

    assert "This field is required" in text(platform.post(HOLDS, given | {"order-order": ""}), 400)
    assert platform.post(HOLDS, given).status_code == 302

    assert "No. 7" in text(client(world.people[world.a]).get(HOLDS))
    assert Agreement.objects.get(pk=world.agreement.pk).is_suspended
    platform.post(f"/data/{world.agreement.public_id}/release/")
    assert not Agreement.objects.get(pk=world.agreement.pk).is_suspended


def test_nobody_else_suspends_or_lifts(world):
    given = {"act": "order", "order-agreement": world.agreement.public_id, "order-order": "mine"}
    suspensions.hold(
        agreement=world.agreement,
        order="No. 7",
        by=world.people[world.platform],
        within=world.platform,
        at=timezone.now(),
    )

    for who in (world.a, world.owner, world.b):
        assert client(world.people[who]).post(HOLDS, given).status_code == 403
    assert (
        client(world.people[world.a]).post(f"/data/{world.agreement.public_id}/release/").status_code == 403
    )
    assert (
        client(world.people[world.b]).post(f"/data/{world.agreement.public_id}/release/").status_code == 404
    )
    assert Agreement.objects.get(pk=world.agreement.pk).order == "No. 7"


def test_a_certificate_says_in_a_table_all_that_is_signed(world):
    world.certified()
    certificate = Certificate.objects.first()

    page = text(client(world.people[world.a]).get(f"/data/certificates/{certificate.public_id}/"))

    for name in (
        "Ordered",
        "Carried out at",
        "Root over the log",
        "State words",
        "Channels",
        certificate.duty.public_id,
    ):
        assert name in page
    assert page.index("<details") < page.index("jijian-erasure-1")
