"""Policies on pages: the owner's of a machine, both sides' of a lease, the hand-over, the damage claim."""

import hashlib
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from leasing.actions import insurance, offers
from leasing.models import DamageClaim, InsurancePolicy
from leasing.rules.insurance import Kind
from marketplace.shared.period import Period
from tests.factories.leasing import hand_over, picture
from tests.leasing.insured import policy

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


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
    began = now - 5 * DAY
    asked = world.ask(period=Period(began, now + 60 * DAY), at=began - 20 * DAY)
    return offers.accept(lease=asked, by=world.owner, at=began - 19 * DAY)


@pytest.fixture
def machine(lease):
    return lease.units.get().equipment


@pytest.fixture
def mine(machine):
    return f"/equipment/{machine.public_id}/insurance/"


@pytest.fixture
def ours(lease):
    return f"/leases/{lease.public_id}/insurance/"


def typed(now, **changes):
    today = timezone.localdate(now)
    given = {"kind": "PROPERTY", "insurer": "PICC", "number": "PQ-7", "amount": "3000000.00"}
    given |= {"currency": "CNY", "first": today - 10 * DAY, "last": today + 300 * DAY, "holder": "OWNER"}
    return given | changes


class TestTheOwnersPage:
    def test_begins_empty_and_keeps_a_policy_with_its_document(self, world, mine, now):
        browser = client(world.owner)
        assert "No policy of this machine is written down yet." in text(browser.get(mine))
        assert mine in text(browser.get(mine.removesuffix("insurance/")))

        paper = SimpleUploadedFile("policy.pdf", b"%PDF-1.7 policy")
        answer = browser.post(mine, typed(now, document=paper), follow=True)

        made = InsurancePolicy.objects.get()
        assert made.document_sha256 == hashlib.sha256(b"%PDF-1.7 policy").hexdigest()
        assert (made.sum_minor, made.holder) == (300_000_000, "OWNER")
        last = timezone.localdate(now) + 300 * DAY
        assert timezone.localtime(made.ends_at).isoformat()[:19] == f"{last + DAY}T00:00:00"
        assert "covers now" in text(answer)
        assert "3,000,000.00" in text(answer)

    def test_corrects_then_cancels(self, world, mine, now):
        browser = client(world.owner)
        browser.post(mine, typed(now, document=SimpleUploadedFile("p.pdf", b"paper")))
        old = InsurancePolicy.objects.get()
        page = text(browser.get(f"{mine}?replaces={old.public_id}"))
        assert 'value="PQ-7"' in page
        assert "Cancelled from this day on" in page

        today = timezone.localdate(now)
        given = typed(now, cancelled=today, note="Sold")
        done = text(browser.post(f"{mine}?replaces={old.public_id}", given, follow=True))

        made = InsurancePolicy.objects.get(replaces=old)
        assert made.document_sha256 == old.document_sha256
        assert timezone.localdate(made.cancelled_at) == today
        assert "a newer one holds" in done
        assert "Sold" in done

    def test_says_each_fault_at_its_field(self, world, mine, now):
        answer = client(world.owner).post(mine, typed(now, kind="FIRST_SET", last=typed(now)["first"] - DAY))

        assert answer.status_code == 400
        assert "A policy ends after it begins." in text(answer)
        assert "This must be said." in text(answer)
        assert client(world.owner).post(mine, {}).status_code == 400
        none = client(world.owner).post(mine, typed(now, amount="0.01", currency="JPY"))
        assert "Give a sum above zero" in text(none)
        assert not InsurancePolicy.objects.exists()

    def test_readers_see_no_form_and_others_nothing(self, world, mine, now):
        assert 'name="insurer"' not in text(client(world.watcher).get(mine))
        assert client(world.watcher).post(mine, typed(now)).status_code == 403
        assert client(world.buyer).get(mine).status_code == 404
        assert not InsurancePolicy.objects.exists()


class TestThePageOfALease:
    def test_is_linked_and_shows_both_sides_the_same(self, world, lease, ours, mine, machine, now):
        assert ours in text(client(world.buyer).get(f"/leases/{lease.public_id}/"))
        client(world.owner).post(mine, typed(now, number="PQ-OWNER"))
        done = client(world.buyer).post(ours, typed(now, number="PQ-LESSEE", holder="LESSEE"), follow=True)
        assert done.status_code == 200

        for who in (world.buyer, world.owner, world.guest):
            page = text(client(who).get(ours))
            assert "PQ-OWNER" in page
            assert "PQ-LESSEE" in page
        owners = text(client(world.owner).get(mine))
        assert "PQ-LESSEE" in owners
        assert lease.number in owners

    def test_each_corrects_its_own(self, world, ours, now):
        client(world.buyer).post(ours, typed(now, holder="LESSEE"))
        made = InsurancePolicy.objects.get()

        assert "correct or cancel" in text(client(world.buyer).get(ours))
        assert "correct or cancel" not in text(client(world.owner).get(ours))
        client(world.buyer).post(f"{ours}?replaces={made.public_id}", typed(now, number="PQ-8"))
        assert InsurancePolicy.objects.get(replaces=made).number == "PQ-8"
        assert "PQ-7" not in text(client(world.owner).get(ours))

    def test_readers_see_no_form_and_strangers_nothing(self, world, ours, now):
        assert 'name="insurer"' not in text(client(world.guest).get(ours))
        assert client(world.guest).post(ours, typed(now)).status_code == 403
        assert client(world.outsider).get(ours).status_code == 404
        assert not InsurancePolicy.objects.exists()


class TestTheHandOver:
    def test_warns_where_no_property_insurance_covers_now_and_refuses_nothing(
        self, world, lease, machine, now
    ):
        page = f"/leases/{lease.public_id}/hand-over/"
        assert "No property insurance" in text(client(world.owner).get(page))
        given = policy(kind=Kind.LIABILITY, starts_at=now - DAY, ends_at=now + DAY)
        insurance.add(equipment=machine, given=given, by=world.owner, at=now)
        assert "No property insurance" in text(client(world.owner).get(page))
        running = hand_over(lease, owner=world.owner, buyer=world.buyer, at=now - 4 * DAY)
        assert running.status == "ACTIVE"

    def test_is_silent_where_one_does(self, world, lease, machine, now):
        given = policy(starts_at=now - DAY, ends_at=now + DAY)
        insurance.add(equipment=machine, given=given, by=world.owner, at=now)

        page = text(client(world.owner).get(f"/leases/{lease.public_id}/hand-over/"))
        assert "Hand the machine over" in page
        assert "No property insurance" not in page


class TestADamageClaim:
    @pytest.fixture
    def form(self, world, lease, now):
        hand_over(lease, owner=world.owner, buyer=world.buyer, at=now - 4 * DAY)
        unit, photo = lease.units.get(), SimpleUploadedFile("dent.jpg", picture())
        given = {"unit": unit.public_id, "reply_day": timezone.localdate(now) + 7 * DAY}
        given |= {"cause-0": "BROKEN", "text-0": "Dent", "amount-0": "400.00", "percent-0": "100"}
        given |= {f"cause-{row}": "BROKEN" for row in (1, 2)} | {f"percent-{row}": "100" for row in (1, 2)}
        return given | {"photo-0": photo}

    def test_names_a_policy_and_links_it(self, world, lease, machine, form, ours, now):
        given = policy(starts_at=now - 9 * DAY, ends_at=now + DAY)
        made = insurance.add(equipment=machine, given=given, by=world.owner, at=now)
        page = f"/leases/{lease.public_id}/damage/new/"
        assert made.number in text(client(world.owner).get(page))

        done = client(world.owner).post(page, form | {"insurance_policy": made.public_id}, follow=True)

        assert DamageClaim.objects.get().document["insurance_policy"]["policy"] == made.public_id
        assert f"{ours}#{made.public_id}" in text(done)

    def test_says_that_one_did_not_hold_then(self, world, lease, machine, form, now):
        given = policy(starts_at=now + DAY, ends_at=now + 9 * DAY)
        made = insurance.add(equipment=machine, given=given, by=world.owner, at=now)
        page = f"/leases/{lease.public_id}/damage/new/"

        answer = client(world.owner).post(page, form | {"insurance_policy": made.public_id})

        assert "No policy of this machine with that id held" in text(answer)
        assert not DamageClaim.objects.exists()
