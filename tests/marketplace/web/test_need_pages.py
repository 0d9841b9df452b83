from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from marketplace.actions import needs
from marketplace.models import Chain, ChainMember, Need, Notification
from marketplace.models.parties import Role
from tests import once
from tests.factories import marketplace as make
from tests.marketplace.needs_world import Market

pytestmark = pytest.mark.django_db
world = once.fixture(Market)


def visit(person, language="en"):
    client = Client(headers={"accept-language": language})
    client.force_login(person)
    return client


def written(**changes):
    today = timezone.localdate()
    return {
        "title": "Pump housings",
        "words": "五轴加工中心",
        "quantity": "200",
        "hours": "40",
        "starts_on": today + timedelta(days=20),
        "last_day": today + timedelta(days=29),
        "flexible_days": "2",
        "requirements": "X轴行程≥600 mm\n\n公差≤0.02 mm",
        "near": "苏州",
        "km": "50",
        "budget": "99.50",
        "budget_per": "PART",
        "answers_until": today + timedelta(days=5),
    } | changes


def drafted(world, **changes):
    answer = visit(world.max).post(reverse("need-new"), written(**changes))
    assert answer.status_code == 302, answer.context["form"].errors
    return Need.objects.latest("pk")


class TestANeed:
    @pytest.fixture(autouse=True)
    def _a_place(self, world):
        self.listing = world.listing()
        type(self.listing.site).objects.update(latitude="31.30", longitude="120.62")

    def test_is_written_with_the_parsers_of_the_search(self, world):
        need = drafted(world)

        assert (need.days, need.budget_minor, need.km) == (10, 9950, 50)
        assert need.requirements == ["X轴行程≥600 mm", "公差≤0.02 mm"]
        assert need.latitude is not None

    def test_keeps_its_place_when_the_draft_is_changed(self, world):
        need, poster = drafted(world), visit(world.max)
        page = reverse("need-edit", args=[need.public_id])
        near = poster.get(page).context["form"]["near"].value()
        assert poster.post(page, written(title="Other", near=near)).status_code == 302

        now = Need.objects.get()
        assert (now.title, now.latitude, now.longitude, now.km) == (
            "Other", need.latitude, need.longitude, 50,
        )  # fmt: skip

    def test_for_a_chain_says_that_its_leader_is_named(self, world):
        said = "Members of a chain always see the name of its leader."

        assert said in visit(world.lia).get(reverse("need-new")).content.decode()
        assert (
            "供应链成员始终能看到链主的名称"
            in visit(world.lia, "zh-hans").get(reverse("need-new")).content.decode()
        )

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"title": ""}, "title"),
            ({"words": "?"}, "words"),
            ({"requirements": "<script>"}, "requirements"),
            ({"near": "Atlantis"}, "near"),
            ({"near": "", "km": "5"}, "km"),
            ({"budget": "NaN"}, "budget"),
            ({"last_day": "9999-12-31"}, "last_day"),
            ({"answers_until": "2020-01-01"}, "answers_until"),
        ],
    )
    def test_says_at_the_field_what_is_wrong(self, world, changes, field):
        answer = visit(world.max).post(reverse("need-new"), written(**changes))

        assert answer.status_code == 400
        assert field in answer.context["form"].errors
        assert not Need.objects.exists()

    def test_goes_from_a_draft_to_the_request_form(self, world):
        need, poster, owner = drafted(world), visit(world.max), visit(world.ole, "zh-hans")
        page = reverse("need", args=[need.public_id])
        edited = poster.post(reverse("need-edit", args=[need.public_id]), written(title="Housings"))
        assert edited.status_code == 302
        poster.post(reverse("need-move", args=[need.public_id, "publish"]))
        told = poster.get(page).content.decode()
        assert "X轴行程≥600 mm" in told and "650 mm" in told and self.listing.title in told
        assert poster.post(reverse("need-edit", args=[need.public_id]), written()).status_code == 404

        poster.post(reverse("need-invite", args=[need.public_id]), {"listing": self.listing.public_id})
        assert Notification.objects.filter(kind="need_invited", organization=world.other).count() == 1
        served = owner.get(reverse("needs-served")).content.decode()
        assert "Housings" in served and "我的设备能承接的需求" in served
        seen = owner.get(page).content.decode()
        assert "Member" not in seen and "99.50" not in seen and "应答后可见" in seen
        given = {"listing": self.listing.public_id, "note": "gladly"}
        owner.post(reverse("need-answer", args=[need.public_id]), given)
        assert "Member" in owner.get(page).content.decode()
        assert "gladly" in poster.get(page).content.decode()

        answer = need.answers.get()
        going = poster.post(reverse("need-choose", args=[need.public_id]), {"answer": answer.public_id})
        form = poster.get(going.url)
        assert form.context["form"]["first_day"].value() == need.starts_on
        assert form.context["form"]["usage_run_time"].value() == 40
        values = {
            name: form.context["form"][name].value() for name in ("first_day", "last_day", "usage_run_time")
        }
        sent = poster.post(going.url.split("?")[0], values | {"need": need.public_id})
        assert sent.status_code == 302
        assert Need.objects.get(pk=need.pk).status == "FULFILLED"
        assert "to the lease" in poster.get(page).content.decode()
        assert owner.get(page).status_code == 200

    def test_is_declined_closed_and_withdrawn(self, world):
        need = drafted(world)
        poster, owner = visit(world.max), visit(world.ole)
        for move in ("publish", "publish"):
            poster.post(reverse("need-move", args=[need.public_id, move]))
        owner.post(reverse("need-answer", args=[need.public_id]), {"decline": "1", "note": "full"})
        again = owner.post(reverse("need-answer", args=[need.public_id]), {"decline": "1"}, follow=True)
        assert "answered with this already" in again.content.decode()
        assert "full" in poster.get(reverse("need", args=[need.public_id])).content.decode()
        for move in ("close", "withdraw"):
            poster.post(reverse("need-move", args=[need.public_id, move]), {"reason": "x"})

        assert Need.objects.get().status == "WITHDRAWN"
        assert owner.get(reverse("need", args=[need.public_id])).status_code == 200
        assert "Pump housings" in poster.get(reverse("needs")).content.decode()

    def test_takes_no_other_answers_than_there_are(self, world):
        need = drafted(world)
        visit(world.max).post(reverse("need-move", args=[need.public_id, "publish"]))

        assert visit(world.ole).post(reverse("need-answer", args=[need.public_id])).status_code == 404
        choose = reverse("need-choose", args=[need.public_id])
        assert visit(world.max).post(choose, {"answer": "\0"}).status_code in (400, 404)
        assert visit(world.ole).post(choose, {"answer": "x"}).status_code == 404

    def test_whose_days_are_over_is_not_posted(self, world):
        need = drafted(world)
        Need.objects.update(starts_on=timezone.localdate())
        answer = visit(world.max).post(reverse("need-move", args=[need.public_id, "publish"]), follow=True)

        assert "The days of the need are over" in answer.content.decode()

    def test_is_read_only_for_viewers(self, world):
        viewer = visit(make.member(world.member, Role.VIEWER))

        assert "Your role does not allow" in viewer.get(reverse("need-new")).content.decode()

    def test_with_a_place_a_region_and_a_shown_budget_is_said_in_words(self, world):
        need = drafted(world, region="3205", budget_shown="on", category="M1-MC", words="")
        need = needs.post(need=need, by=world.max, at=timezone.now())
        told = visit(world.ole).get(reverse("need", args=[need.public_id])).content.decode()

        assert "Suzhou, Jiangsu" in told and "3205" not in told and "99.50" in told and "per part" in told


class TestChains:
    def test_are_begun_joined_and_left(self, world):
        leader, other = visit(world.lia), visit(world.ole, "zh-hans")
        leader.post(reverse("chains"), {"name": "Valves"})
        chain = Chain.objects.get(name="Valves")
        step = lambda move: reverse("chain-step", args=[chain.public_id, move])  # noqa: E731
        assert other.post(step("accept")).status_code == 404

        leader.post(step("invite"), {"organization": world.other.credit_code})
        assert "加入供应链" in other.get(reverse("chains")).content.decode()
        other.post(step("accept"))
        assert "Other" in leader.get(reverse("chains")).content.decode()
        other.post(step("leave"))
        assert ChainMember.objects.get(chain=chain).status == "LEFT"
        told = leader.post(step("remove"), {"organization": world.other.public_id}, follow=True)
        assert "This is not possible" in told.content.decode()
        unknown = leader.post(step("invite"), {"organization": "x"}, follow=True)
        assert "There is no such organization" in unknown.content.decode()

    def test_are_named_once_and_by_leaders(self, world):
        assert visit(world.lia).post(reverse("chains"), {"name": "Pumps"}).status_code == 400
        assert visit(world.ole).post(reverse("chains"), {"name": "Mine"}).status_code == 403
        step = reverse("chain-step", args=[world.chain.public_id, "invite"])
        assert visit(world.max).post(step, {"organization": "x"}).status_code == 404

    def test_open_listings_to_their_members(self, world):
        listing = make.listing(world.lead)
        page = reverse("listing-audience", args=[listing.public_id])
        leader = visit(world.lia)
        assert leader.post(page, {"chain": "chn_none"}).status_code == 400
        leader.post(page, {"chain": world.chain.public_id})

        assert "Only members of Pumps" in leader.get(page).content.decode()
        listed = reverse("listing", args=[listing.public_id])
        assert "Chain members only" in visit(world.max).get(listed).content.decode()
        assert Client().get(listed).status_code == 404
        compared = f"{reverse('compare')}?ids={listing.public_id}"
        assert "Chain members only" in visit(world.max).get(compared).content.decode()
        assert listing.title not in Client().get(compared).content.decode()
        leader.post(page, {"chain": ""})
        assert Client().get(listed).status_code == 200

    def test_of_others_are_no_audience(self, world):
        listing = make.listing(world.other)
        page = reverse("listing-audience", args=[listing.public_id])

        assert visit(world.lia).get(page).status_code == 404
        assert "You lead no supply chain" in visit(world.ole).get(page).content.decode()


def test_the_catalogue_shows_machines_to_who_has_unread_notifications(world):
    listing = world.listing()
    assert Notification.objects.unread().filter(organization=world.member).exists()

    assert listing.public_id in visit(world.max).get(reverse("catalogue")).content.decode()
