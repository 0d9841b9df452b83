"""Pages of data products: the catalogue, a product, the offer, and licences."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from devices.ownership.actions import licences
from devices.ownership.models import DataLicence, DataProduct, Grant, ProductStep
from devices.ownership.rules.odrl import reading
from marketplace.models.parties import Role
from tests import once
from tests.devices.ownership.traded import OF_A, Traded, named
from tests.factories import marketplace as make

pytestmark = pytest.mark.django_db


class Visited(Traded):
    def visit(self, who, role=None):
        client = Client(headers={"accept-language": "zh-hans"})
        client.force_login(self.people[who] if role is None else make.member(who, role))
        return client

    def page(self, who, url="/data/products/", role=None):
        answer = self.visit(who, role).get(url)
        assert answer.status_code == 200, (url, answer.status_code)
        return answer.content.decode()

    def step(self, who, version, verb, **data):
        url = f"/data/products/{version.product.public_id}/{verb}/"
        return self.visit(who).post(url, {"digest": version.digest} | data, follow=True).content.decode()


world = once.fixture(Visited)


def of(version):
    return f"/data/products/{version.product.public_id}/"


class TestCatalogue:
    def test_is_empty_with_a_word_of_what_to_do(self, world):
        assert "还没有数据产品" in world.page(world.buyer)

    def test_shows_what_is_on_sale_to_everybody_and_drafts_to_their_sides(self, world):
        version = world.on_sale()
        world.offered(title="还没有发布的产品")

        text = world.page(world.buyer)

        assert version.title in text
        assert "¥100.01" in text
        assert "还没有发布的产品" not in text
        assert "还没有发布的产品" in world.page(world.owner)
        assert "出售数据产品" in world.page(world.a)
        assert "/offer/" not in world.page(world.a, role=Role.VIEWER)


class TestProduct:
    def test_tells_a_buyer_everything_before_it_buys(self, world):
        version = world.on_sale()

        text = world.page(world.buyer, of(version))

        for told in ("¥100.01", "¥70.01", "¥25.00", "¥5.00", "每1 小时", "自身生产", "L2", version.digest):
            assert told in text, told
        assert "按以上内容购买" in text
        assert "撤回" not in text
        assert "各方同意情况" not in text
        policy = world.visit(world.buyer).get(f"{of(version)}policy/")
        assert reading.parse(policy.content).kind == "Offer"

    def test_waits_first_for_who_is_touched(self, world):
        version = world.offered()

        assert "拟出售一项涉及您权利的数据产品" in world.page(world.owner, "/data/")
        assert "同意以上内容" in world.page(world.owner, of(version))
        assert "您已同意这一版本" in world.step(world.owner, version, "consent")
        assert "拟出售一项涉及您权利的数据产品" not in world.page(world.owner, "/data/")
        assert "现已开始出售" in world.step(world.a, version, "publish")

    def test_shows_what_a_withdrawal_means_before_it_is_done(self, world):
        version = world.on_sale()
        world.pay(world.buy(version, at=timezone.now()), at=timezone.now())
        world.buy(version, world.b, at=timezone.now())

        text = world.page(world.owner, of(version))

        assert "1 份已付款的许可继续有效" in text
        assert "1 份尚未付款的许可失效" in text
        assert "已撤回，不再出售" in world.step(world.owner, version, "withdraw", reason="x")

    def test_says_what_stands_against_a_step(self, world):
        version = world.offered()

        assert "以下各方尚未同意：Owner" in world.step(world.a, version, "publish")
        assert not ProductStep.objects.exists()

    def test_of_others_is_not_there(self, world):
        version = world.offered()

        for verb in ("consent", "publish", "withdraw", "buy"):
            url = f"{of(version)}{verb}/"
            assert world.visit(world.b).post(url, {"digest": version.digest}).status_code == 404
        assert world.visit(world.b).get(of(version)).status_code == 404


class TestOffer:
    GIVEN = {
        "title": "用电",
        "interval": "PT1H",
        "purposes": ["operation"],
        "days": "30",
        "most_licences": "3",
        "price": "199.01",
        "owner": "20",
        "source": "网关",
        "basis": "租约",
    }

    def given(self, world, **changes):
        first = timezone.localtime(OF_A.start + timedelta(days=1)).date()
        days = {"first": first.isoformat(), "last": first.isoformat()}
        return self.GIVEN | days | {"assets": world.ids("power")} | changes

    def test_shares_the_price_as_the_form_says(self, world):
        answer = world.visit(world.a).post("/data/products/offer/", self.given(world), follow=True)

        assert "已提交" in answer.content.decode()
        version = DataProduct.objects.get().chain[0]
        assert [one["minor"] for one in version.amounts] == [14_926, 3_980, 995]
        assert version.span.end - version.span.start == timedelta(days=1)

    def test_says_what_stands_against_it_and_keeps_what_was_written(self, world):
        given = self.given(world, first="2026-02-01")

        text = world.visit(world.a).post("/data/products/offer/", given).content.decode()

        assert "您无权出售其中的全部内容" in text
        assert "199.01" in text
        assert not DataProduct.objects.exists()

    @pytest.mark.parametrize(
        "wrong",
        [
            {"price": "0"},
            {"price": "1.001"},
            {"last": "2026-02-01"},
            {"purposes": ["billing"]},
            {"assets": []},
        ],
    )
    def test_refuses_what_cannot_be_read(self, world, wrong):
        answer = world.visit(world.a).post("/data/products/offer/", self.given(world, **wrong))

        assert answer.status_code == 200
        assert not DataProduct.objects.exists()

    def test_is_for_who_may_deal_with_grants(self, world):
        assert world.visit(world.a, Role.VIEWER).get("/data/products/offer/").status_code == 403


class TestLicences:
    def test_from_the_purchase_over_the_payment_to_its_end(self, world):
        version = world.on_sale()
        assert "待付款" in world.step(world.buyer, version, "buy")
        assert "您已持有该版本的许可" in world.page(world.buyer, of(version))
        licence = DataLicence.objects.get()
        url = f"/data/licences/{licence.public_id}/"

        paid = world.visit(world.platform).post(f"{url}pay/", {"reference": "B1"}, follow=True)
        assert "购买方现在可以读取" in paid.content.decode()
        assert Grant.objects.get().reference == licence.public_id
        mine, sold = world.page(world.buyer, "/data/licences/"), world.page(world.a, "/data/licences/")
        assert world.device.public_id in mine
        assert "您的分成" in sold
        assert "¥70.01" in sold

        ended = world.visit(world.buyer).post(f"{url}terminate/", follow=True)
        assert "已终止" in ended.content.decode()

    def test_only_the_platform_is_offered_to_record_a_payment(self, world):
        world.buy(world.on_sale(), at=timezone.now())

        assert "登记全额付款" in world.page(world.platform, "/data/licences/")
        assert "登记全额付款" not in world.page(world.buyer, "/data/licences/")
        url = f"/data/licences/{DataLicence.objects.get().public_id}/"
        refused = world.visit(world.buyer).post(f"{url}pay/", {"reference": "B1"}, follow=True)
        assert "付款由平台登记" in refused.content.decode()
        assert not Grant.objects.exists()

    def test_says_where_the_bought_figures_are_read(self, world):
        at = timezone.now()
        licence = licences.buy(**named(world.on_sale()), **world.who(world.buyer, at))
        world.pay(licence, at=at)

        text = world.page(world.buyer, "/data/licences/")

        address = re.search(r"GET (/api/v1/devices/[^<]+)</code>", text)[1].replace("&amp;", "&")
        answer = world.visit(world.buyer).get(address)
        assert [one["channel"] for one in answer.json()["series"]] == ["power"]
        assert "GET /api/" not in world.page(world.a, "/data/licences/")
