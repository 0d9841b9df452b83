"""Ratings on pages: each side's form, what stands there before and after, and the owner's record."""

import pytest
from django.test import Client

from leasing.models import Rating, RatingAnswer
from leasing.queries import ratings as queries
from leasing.rules.ratings import Figures
from marketplace.models.parties import Role
from tests.factories import marketplace as make
from tests.leasing.actions.test_ratings import GOOD, both, rate, scene
from tests.leasing.settling import READY

pytestmark = pytest.mark.django_db
assert scene


@pytest.fixture(autouse=True)
def today(monkeypatch):
    """Let it be the day of the settlement."""
    monkeypatch.setattr("leasing.web.ratings.clock.now", lambda: READY)


def client(scene, who, language="zh-hans"):
    made = Client(headers={"accept-language": language})
    made.force_login(getattr(scene.world, who) if isinstance(who, str) else who)
    return made


def page(scene, who="buyer", language="zh-hans"):
    answer = client(scene, who, language).get(f"/leases/{scene.lease.public_id}/rating/")
    assert answer.status_code == 200
    return answer.content.decode()


def send(scene, who="buyer", rest="", **given):
    address = f"/leases/{scene.lease.public_id}/rating/{rest}"
    return client(scene, who).post(address, given, follow=True)


class TestForm:
    def test_asks_each_side_in_its_own_words(self, scene):
        assert "设备状况良好" in page(scene) and "设备归还时状况良好" not in page(scene)
        assert "设备归还时状况良好" in page(scene, "owner")
        assert "The machine came back in good condition" in page(scene, "owner", "en")
        assert "提交评价" not in page(scene, "guest")

    def test_the_lease_leads_there(self, scene):
        shown = client(scene, "buyer").get(f"/leases/{scene.lease.public_id}/").content.decode()
        assert f"/leases/{scene.lease.public_id}/rating/" in shown

    def test_writes_and_then_waits(self, scene):
        answer = send(scene, text="准时", **GOOD).content.decode()
        assert "已提交" in answer and "准时" in answer and "提交评价" not in answer
        assert "准时" not in page(scene, "owner")

        send(scene, "owner", text="机器脏", **GOOD)
        assert "机器脏" in page(scene) and "准时" in page(scene, "owner")

    @pytest.mark.parametrize(
        "changes", [{"machine": ""}, {"machine": "6"}, {"machine": "x"}, {"text": "13812345678"}], ids=str
    )
    def test_what_is_wrong_is_told(self, scene, changes):
        assert send(scene, **(GOOD | changes)).status_code == 400
        assert not Rating.objects.exists()

    def test_another_time_it_is_refused(self, scene):
        rate(scene)
        assert send(scene, text="anders", **GOOD).status_code == 400
        assert Rating.objects.get().text == ""

    def test_a_viewer_does_not_write(self, scene):
        assert send(scene, "guest", **GOOD).status_code == 403
        assert not Rating.objects.exists()


class TestPublished:
    def test_is_answered_hidden_and_shown(self, scene):
        of_lessor, _ = both(scene)
        platform = make.platform()
        clerk, rest = make.member(platform, Role.OPERATOR), f"{of_lessor.public_id}/"

        assert "谢谢" in send(scene, "owner", rest + "answer/", text="谢谢").content.decode()
        assert "请填写内容" in send(scene, clerk, rest + "hide/", text="").content.decode()
        assert "已隐藏" in send(scene, clerk, rest + "hide/", text="辱骂").content.decode()
        assert "准时" not in page(scene, "owner") and "辱骂" in page(scene, "owner")
        assert "准时" in page(scene) and "准时" in page(scene, clerk)
        send(scene, clerk, rest + "show/", text="更正")
        assert "准时" in page(scene, "owner")

    def test_is_not_answered_by_others(self, scene):
        of_lessor, of_lessee = both(scene)
        assert send(scene, "buyer", f"{of_lessor.public_id}/answer/", text="x").status_code == 403
        assert send(scene, "outsider", f"{of_lessee.public_id}/answer/", text="x").status_code == 404
        assert not RatingAnswer.objects.exists()


class TestListing:
    def shown(self, scene, language="zh-hans"):
        address = f"/listings/{scene.world.listing.public_id}/"
        return Client(headers={"accept-language": language}).get(address).content.decode()

    def test_of_a_new_owner_nothing_is_said(self, scene):
        both(scene)
        assert "履约记录" not in self.shown(scene)

    def test_figures_and_words_stand_there_without_names(self, scene, monkeypatch):
        both(scene)
        known = Figures(3, queries.figures.__globals__["stars"](13, 3), 3, 100, 0)
        monkeypatch.setattr("leasing.web.ratings.record_of", lambda owner: known)

        told = self.shown(scene)
        assert "4.3 / 5" in told and "100 %" in told and "准时" in told
        assert scene.world.lessee.name not in told
        assert "Handed over in time" in self.shown(scene, "en")
