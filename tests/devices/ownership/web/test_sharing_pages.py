"""Pages on which lessee, owner and recipient meet about a sharing request."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from devices.ownership.models import SharingObjection, SharingRequest
from devices.ownership.rules.sharing import Reason, State
from marketplace.models.parties import Role
from marketplace.shared.period import Period
from tests import once
from tests.devices.ownership.actions.test_access import DAY
from tests.devices.ownership.shared import TOLD, Sharing
from tests.factories.marketplace import member

pytestmark = pytest.mark.django_db
ENGLISH = {"accept-language": "en"}


world = once.fixture(Sharing)


@pytest.fixture
def as_(world, client):
    def signed_in(side, person=None):
        client.force_login(person or world.people[side])
        return client

    return signed_in


def lasting():
    return Period(timezone.now() - DAY, timezone.now() + 30 * DAY)


def filled(world, **more):
    today = timezone.localdate()
    given = {
        "recipient": world.bank.credit_code,
        "categories": ["machine_condition"],
        "purpose": "insurance",
        "fineness": "",
        "generated_from": "2026-03-01",
        "generated_to": "2026-03-04",
        "readable_from": today.isoformat(),
        "readable_to": (today + 30 * DAY).isoformat(),
        "price_cap": "500.50",
        "destination": "",
        "reason": "Cheaper cover",
    }
    return given | more


def page(client, name, *args, **query):
    answer = client.get(reverse(name, args=args), query, headers=ENGLISH)
    assert answer.status_code == 200
    return answer.content.decode()


def step(client, request, verb, **given):
    at = reverse("data-sharing-step", args=[request.public_id, verb])
    return client.post(at, given, follow=True, headers=ENGLISH).content.decode()


def now(world, request):
    return world.fresh(request).state(timezone.now())


class TestForm:
    def test_shows_what_the_screening_says_before_anything_is_sent(self, world, as_):
        shown = page(as_(world.a), "data-share", world.of_a.public_id, **filled(world))

        assert shown.count("fits") == 10
        assert "Send exactly this" in shown
        assert not SharingRequest.objects.exists()

    def test_sends_it_within_the_lease_for_all_days_named(self, world, as_):
        at = reverse("data-share", args=[world.of_a.public_id])

        sent = as_(world.a).post(at, filled(world), follow=True)

        (made,) = SharingRequest.objects.shown()
        assert sent.redirect_chain[-1][0] == reverse("data-sharing-request", args=[made.public_id])
        assert (made.grant.generated.lower, made.price_cap) == (world.of_a.period.lower, 500_50)
        assert made.grant.readable.upper - made.grant.readable.lower == 31 * DAY
        assert made.grant.generated.upper == world.of_a.period.upper

    def test_names_what_stands_against_it_in_words(self, world, as_):
        world.designate(world.bank)

        shown = page(as_(world.a), "data-share", world.of_a.public_id, **filled(world))
        as_(world.a).post(reverse("data-share", args=[world.of_a.public_id]), filled(world))

        assert "designated as a gatekeeper since" in shown
        assert "EU Data Act, Articles 5(3) and 6(2)(d)" in shown
        assert "Send exactly this" not in shown
        assert not SharingRequest.objects.exists()

    def test_says_how_a_competitor_is_narrowed(self, world, as_):
        rival = {"recipient": world.rival.public_id}
        whole = page(as_(world.a), "data-share", world.of_a.public_id, **filled(world, **rival))
        hours = page(
            as_(world.a), "data-share", world.of_a.public_id, **filled(world, fineness="PT1H", **rival)
        )

        assert "gets Machine condition in figures of an hour at least" in whole
        assert "narrows" in hours

    @pytest.mark.parametrize(
        ("more", "said"),
        [
            ({"recipient": "91320594MA000000XX"}, "No organization of this code"),
            ({"generated_to": "2026-02-01"}, "The end must lie after the start"),
            ({"price_cap": "-1"}, "greater than or equal to 0"),
            ({"categories": []}, "required"),
        ],
    )
    def test_names_fields_that_are_wrong(self, world, as_, more, said):
        shown = page(as_(world.a), "data-share", world.of_a.public_id, **filled(world, **more))

        assert said in shown
        assert "What the screening says" not in shown.split("<form")[0]

    def test_is_the_lessees(self, world, as_):
        at = reverse("data-share", args=[world.of_a.public_id])

        assert as_(world.owner).get(at).status_code == 404
        assert as_(world.a).get(at).status_code == 200
        assert as_(world.a, member(world.a, Role.VIEWER)).get(at).status_code == 403


class TestRequest:
    def test_the_owner_states_a_price_and_the_recipient_accepts_what_it_sees(self, world, as_):
        request = world.asked(readable=lasting())
        assert "State the price" in page(as_(world.owner), "data-sharing-request", request.public_id)

        bad = step(as_(world.owner), request, "price", price="3,00x", basis="work")
        told = step(as_(world.owner), request, "price", price="300.5", cost="", basis="work")
        seen = page(as_(world.bank), "data-sharing-request", request.public_id)
        step(as_(world.bank), request, "agree", digest=world.fresh(request).offer.digest)

        assert "whole number of minor units" in bad
        assert "¥300.50" in told
        assert "They are passed on to nobody" in seen
        assert now(world, request) is State.IN_FORCE
        assert world.device.name in page(as_(world.bank), "data-sharing-request", request.public_id)

    def test_a_price_above_the_cap_is_refused_in_money(self, world, as_):
        request = world.asked(readable=lasting(), price_cap=100_00)

        assert "no more than ¥100.00" in step(as_(world.owner), request, "price", price="200", basis="work")

    def test_a_price_is_in_the_currency_of_the_request(self, world, as_):
        request = world.asked(readable=lasting(), currency="JPY")

        assert "Price in JPY" in page(as_(world.owner), "data-sharing-request", request.public_id)
        step(as_(world.owner), request, "price", price="3,000", basis="work")
        assert world.fresh(request).price == 3000
        for wrong in ("3.5", "", "1e3", "٣", "9" * 14):
            step(as_(world.owner), request, "price", price=wrong or "x", basis="work")
            assert world.fresh(request).price == 3000

    def test_an_objection_is_in_writing(self, world, as_):
        request = world.priced(readable=lasting())
        shown = step(
            as_(world.owner), request, "object", objection="MEASURES", text="Secret", measures="No net"
        )
        assert "No net" in shown

        empty = step(as_(world.owner), request, "object", objection="MEASURES", text="")
        assert "Say in writing why" in empty

        before = SharingObjection.objects.count()
        odd = step(
            as_(world.owner), request, "object", objection="nonsense", text="Secret", noticed_on="2026-02-31"
        )
        assert "Choose one of the reasons." in odd
        assert "The day of the notice is no date" in odd
        assert SharingObjection.objects.count() == before

    def test_the_platform_overrules(self, world, as_):
        request = world.priced(readable=lasting())
        world.objects(request, Reason.DAMAGE, **TOLD)

        assert "Overrule" in page(as_(world.platform), "data-sharing-request", request.public_id)
        step(as_(world.platform), request, "overrule", why="Decision 9")
        assert now(world, request) is State.OFFERED

    def test_a_lessee_sees_what_a_withdrawal_takes_and_withdraws(self, world, as_):
        request = world.shared(readable=lasting())
        world.read(world.bank, "insurance", channels=["load"], at=timezone.now())

        shown = page(as_(world.a), "data-sharing-request", request.public_id)
        step(as_(world.a), request, "withdraw")

        assert "1 read so far" in shown
        assert now(world, request) is State.WITHDRAWN
        assert "What was handed out" in page(as_(world.a), "data-sharing-request", request.public_id)

    def test_a_recipient_confirms_the_erasure_that_the_lists_show(self, world, as_):
        request = world.shared()
        waiting = page(as_(world.bank), "data-agreements")
        owed = page(as_(world.bank), "data-duties")

        told = step(as_(world.bank), request, "erased", statement="Erased, with backups.")

        assert "erase what you got" in waiting
        assert "What recipients have to erase" in owed
        assert "Erased, with backups." in told
        assert "What recipients have to erase" not in page(as_(world.bank), "data-duties")

    def test_a_recipient_declines(self, world, as_):
        request = world.asked(readable=lasting())
        assert "Nothing was opened yet" in page(as_(world.a), "data-sharing-request", request.public_id)

        assert "No need" in step(as_(world.bank), request, "decline", why="No need")
        assert now(world, request) is State.DECLINED

    def test_who_may_only_look_is_offered_nothing(self, world, as_):
        request = world.priced(readable=lasting())
        viewer = as_(world.bank, member(world.bank, Role.VIEWER))

        assert "Accept exactly this" not in page(viewer, "data-sharing-request", request.public_id)
        at = reverse("data-sharing-step", args=[request.public_id, "agree"])
        assert viewer.post(at).status_code == 403

    def test_others_find_nothing(self, world, as_):
        request = world.priced(readable=lasting())

        for side in (world.b, world.institute, world.platform):
            assert as_(side).get(reverse("data-sharing-request", args=[request.public_id])).status_code == 404


class TestList:
    def test_holds_requests_and_leases_to_share(self, world, as_):
        asked = world.asked(
            readable=lasting(), channels=("load",), price_cap=5, right="read_aggregate", interval="PT1H"
        )

        shown = page(as_(world.a), "data-sharing")
        detail = page(as_(world.a), "data-sharing-request", asked.public_id)

        assert "Share with a third party" in shown
        assert "figures over an hour" in shown
        assert "load" in detail
        assert "Nothing is shared" in page(as_(world.b), "data-sharing")

    def test_a_grant_of_it_leads_to_it(self, world, as_):
        request = world.shared(readable=lasting())

        answer = as_(world.a).get(reverse("data-grant", args=[request.public_id]))

        assert answer.url == reverse("data-sharing-request", args=[request.public_id])
        assert reverse("data-grant", args=[request.public_id]) not in page(as_(world.a), "data-grants")
        assert "Share with a third party" in page(as_(world.a), "data-agreement", world.of_a.public_id)

    def test_what_waits_is_said_to_each(self, world, as_):
        request = world.asked(readable=lasting())
        SharingRequest.objects.filter(pk=request.pk).update()

        assert "shares data of" not in page(as_(world.owner), "data-agreements")  # its three days are over
        assert "wants to share data" in page(as_(world.bank), "data-agreements")


def test_an_owner_is_told_in_its_three_days(world, as_):
    from devices.ownership.actions import sharing

    now = timezone.now()
    wish = world.wish(readable=Period(now, now + timedelta(days=9)))
    sharing.ask(wish=wish, reason="", by=world.people[world.a], within=world.a, at=now)

    assert "You can state a price or object." in page(as_(world.owner), "data-agreements")
