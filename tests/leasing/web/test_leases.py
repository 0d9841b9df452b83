"""The pages of leases."""

from datetime import timedelta

import pytest
from django.utils import timezone
from django.utils.html import escape

from leasing.actions import leases, offers
from leasing.models import Lease
from leasing.rules.leases import Status
from marketplace.shared.period import Period
from tests import once
from tests.factories.leasing import read_notice, sign
from tests.leasing.api.test_leases import PERIOD, running

DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def english(settings):
    settings.LANGUAGE_CODE = "en"


@once.fixture
def lease(world):
    return world.ask(period=PERIOD, at=timezone.now())


def page(client, user, url):
    client.force_login(user)
    return client.get(url)


def text(answer):
    return answer.content.decode()


class TestList:
    def test_shows_what_waits_first(self, world, lease, client):
        running(world)

        for user, partner in ((world.owner, world.lessee), (world.buyer, world.lessor)):
            shown = text(page(client, user, "/leases/"))
            assert lease.number in shown
            assert partner.name in shown
        assert Lease.objects.active().get().number in text(page(client, world.owner, "/leases/?tab=running"))

    def test_filters_by_side_and_says_when_nothing_is_there(self, world, lease, client):
        assert lease.number not in text(page(client, world.owner, "/leases/?role=lessee"))
        assert "No lease is in this state" in text(page(client, world.owner, "/leases/?tab=past"))
        assert "A lease begins with a request" in text(page(client, world.outsider, "/leases/"))

    def test_asks_few_questions(self, world, client, django_assert_max_num_queries):
        for _ in range(4):
            world.ask(period=PERIOD, at=timezone.now())
        client.force_login(world.owner)

        with django_assert_max_num_queries(12):
            client.get("/leases/")

    def test_needs_somebody(self, client):
        assert client.get("/leases/").status_code == 302


class TestDetail:
    def test_offers_each_side_its_next_step(self, world, lease, client):
        url = f"/leases/{lease.public_id}/"

        owner, buyer, watcher = (
            text(page(client, user, url)) for user in (world.owner, world.buyer, world.watcher)
        )

        assert "Accept the request" in owner
        assert "Refuse for good" in owner
        assert "Cancel this lease" in buyer
        assert "Accept the request" not in buyer
        assert "Accept the request" not in watcher

    def test_hides_from_strangers(self, world, lease, client):
        assert page(client, world.outsider, f"/leases/{lease.public_id}/").status_code == 404
        assert client.post(f"/leases/{lease.public_id}/accept/").status_code == 404

    def test_leads_through_a_life(self, world, lease, client):
        client.force_login(world.owner)
        url = f"/leases/{lease.public_id}/"
        machine = world.machines[1].public_id

        client.post(f"{url}accept/", {"version": "1", "equipment": machine})
        lease.refresh_from_db()
        assert (lease.status, lease.units.get().equipment) == (Status.CONTRACTED, world.machines[1])
        assert "can be handed over from" in text(client.get(url))

        refused = client.post(f"{url}activate/", {"version": "4"}, follow=True)
        assert "The machine can be handed over from" in text(refused)

        client.force_login(world.buyer)
        done = client.post(f"{url}cancel/", {"version": "4"}, follow=True)
        assert "Nothing is owed" in text(done)

    def test_shows_a_running_and_an_ended_lease(self, world, client):
        lease = running(world)
        url = f"/leases/{lease.public_id}/"

        assert "End it now" in text(page(client, world.buyer, url))
        client.post(f"{url}end/", {"version": "7"})
        lease.refresh_from_db()
        assert lease.status == Status.ENDED
        assert "End it now" not in text(client.get(url))

    def test_lets_the_machine_be_handed_over_in_its_time(self, world, client):
        now = timezone.now()
        begun = now - timedelta(hours=1)
        lease = world.ask(period=Period(begun, now + 30 * DAY), at=begun)
        offers.accept(lease=lease, by=world.owner, at=now)
        url = f"/leases/{lease.public_id}/"

        assert "The deposit is held" in text(page(client, world.owner, url))
        waits = text(client.post(f"{url}activate/", follow=True))
        assert "has to read and accept the data notice first" in waits
        read_notice(lease, by=world.buyer, at=now)
        assert "write down how it is" in text(client.post(f"{url}activate/", follow=True))
        sign(lease, owner=world.owner, buyer=world.buyer, at=timezone.now())
        lease.refresh_from_db()
        assert lease.status == Status.ACTIVE

    def test_says_why_a_move_was_refused(self, world, lease, client):
        client.force_login(world.owner)
        url = f"/leases/{lease.public_id}/"

        stale = client.post(f"{url}accept/", {"version": "9"}, follow=True)
        assert "Somebody has changed this lease" in text(stale)
        without = client.post(f"{url}refuse/", {"reason": " "}, follow=True)
        assert "must be recorded" in text(without)
        client.force_login(world.guest)
        assert client.post(f"{url}cancel/").status_code == 403
        lease.refresh_from_db()
        assert lease.status == Status.REQUESTED

    def test_says_that_no_machine_is_free(self, world, lease, client):
        for _ in range(2):
            other = world.ask(period=PERIOD, at=timezone.now())
            offers.accept(lease=other, by=world.owner, at=timezone.now())

        shown = text(page(client, world.owner, f"/leases/{lease.public_id}/"))

        assert "None of the machines is free" in shown
        assert "Accept the request" not in shown

    @pytest.mark.parametrize("side", ["owner", "buyer"])
    def test_speaks_of_every_end(self, world, lease, client, side):
        leases.refuse(lease=lease, reason="Sold & gone", by=world.owner, at=timezone.now())

        assert escape("Sold & gone") in text(
            page(client, getattr(world, side), f"/leases/{lease.public_id}/")
        )


class TestRequest:
    def url(self, world):
        return f"/listings/{world.listing.public_id}/request/"

    def typed(self, **changes):
        day = timezone.localdate() + DAY
        given = {"first_day": day, "last_day": day + 29 * DAY, "usage_run_time": "100", "note": "Housings"}
        return given | changes

    def test_shows_price_tax_deposit_and_what_is_free(self, world, client):
        shown = text(page(client, world.buyer, self.url(world)))

        assert "2 machines are free" in shown
        assert "¥20,000.00" in shown
        assert "Send the request" in shown

    def test_calculates_without_script_and_with_it(self, world, client):
        client.force_login(world.buyer)
        whole = client.get(self.url(world), self.typed())
        part = client.get(self.url(world), self.typed(), headers={"HX-Request": "true"})

        assert "<html" in text(whole)
        assert "<html" not in text(part)
        assert "VAT" in text(part)
        assert 'value="100"' in text(whole)

    def test_the_button_calculates_with_no_word_of_it_in_the_address(self, world, client):
        client.force_login(world.buyer)
        shown = text(page(client, world.buyer, self.url(world)))
        button = next(tag for tag in shown.split("<button") if ">Calculate<" in tag)

        answer = client.post(self.url(world), self.typed(calculate="1"))
        wrong = client.post(self.url(world), self.typed(calculate="1", last_day=""))

        assert 'name="calculate"' in button
        assert "formmethod" not in button
        assert 'hx-params="not csrfmiddlewaretoken,note"' in shown
        assert (answer.status_code, wrong.status_code) == (200, 200)
        assert "VAT" in text(answer)
        assert "Housings" in text(answer)
        assert "This field is required" in text(wrong)
        assert not Lease.objects.exists()

    def test_sends_the_request(self, world, client):
        client.force_login(world.buyer)
        answer = client.post(self.url(world), self.typed(), follow=True)

        lease = Lease.objects.get()
        assert (lease.lessee, lease.note, lease.expected_usage) == (
            world.lessee,
            "Housings",
            {"run_time": "100"},
        )
        assert lease.period.days(lease.agreed.zone) == 30
        assert "Your request was sent" in text(answer)

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            ({"last_day": ""}, "This field is required"),
            ({"first_day": "2020-01-01"}, "Choose a first day from"),
            ({"last_day": timezone.localdate()}, "must not lie before the first"),
            ({"last_day": timezone.localdate() + 2 * DAY}, "for 7 days or more"),
            ({"last_day": "2099-01-01"}, "up to twenty years"),
            ({"usage_run_time": "-1"}, "greater than or equal to 0"),
        ],
    )
    def test_keeps_what_was_typed_and_says_what_to_do(self, world, client, change, words):
        client.force_login(world.buyer)
        answer = client.post(self.url(world), self.typed(note="Keep me", **change))

        assert answer.status_code == 400
        assert words in text(answer)
        assert "Keep me" in text(answer)
        assert not Lease.objects.exists()

    def test_says_when_a_machine_is_free_again(self, world, client):
        for _ in range(2):
            other = world.ask(period=PERIOD, at=timezone.now())
            offers.accept(lease=other, by=world.owner, at=timezone.now())

        assert "No machine is free on all of these days" in text(page(client, world.buyer, self.url(world)))

    def test_is_no_door_for_owner_and_viewer(self, world, client):
        for user in (world.owner, world.guest):
            assert "Send the request" not in text(page(client, user, self.url(world)))
        client.force_login(world.guest)
        assert client.post(self.url(world), self.typed()).status_code == 403
        client.force_login(world.owner)
        assert "is your own" in text(client.post(self.url(world), self.typed()))

    def test_is_404_for_what_is_not_on_offer(self, world, client):
        world.listing.status = "PAUSED"
        world.listing.save()

        assert page(client, world.buyer, self.url(world)).status_code == 404
