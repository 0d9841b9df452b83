"""Documents, the second life of machines and reports over REST: who may, and what odd input is told."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from marketplace.models import ContentCase, Equipment, EquipmentDocument, Refurbishment
from marketplace.models.parties import Role
from tests import once
from tests.factories import marketplace as make
from tests.marketplace.actions.test_equipment_documents import pdf

pytestmark = pytest.mark.django_db


class Shop:
    def __init__(self):
        self.platform = make.platform()
        self.listing = make.listing(make.organization())
        self.machine = self.listing.units.get().equipment
        self.owner = make.member(self.listing.owner)
        self.idle = make.equipment(self.listing.owner)
        self.clerk = make.member(self.platform, Role.OPERATOR)
        self.stranger = make.member(make.organization())

    def ask(self, verb, address, data=None, who="owner", form="json"):
        client = APIClient()
        if who:
            client.force_login(getattr(self, who))
        return getattr(client, verb)(f"/api/v1/{address}", data, format=form)

    def of_machine(self, verb, rest, data=None, **more):
        return self.ask(verb, f"equipment/{more.pop('machine', self.machine).public_id}/{rest}", data, **more)

    def of_listing(self, verb, rest, data=None, **more):
        return self.ask(verb, f"listings/{self.listing.public_id}/{rest}", data, **more)

    def upload(self, data=None, **words):
        said = {"kind": "MANUAL", "title": "说明书", "audience": "EVERYBODY"} | words
        file = SimpleUploadedFile("../../x.pdf", pdf() if data is None else data)
        return self.of_machine("post", "documents/", {"file": file, **said}, form="multipart")


shop = once.fixture(Shop)


class TestDocuments:
    def test_are_added_described_ordered_shown_and_removed(self, shop):
        first, second = shop.upload().json(), shop.upload(pdf(2), audience="SIGNED_IN").json()
        assert (first["pages"], second["pages"], first["url"]) == (
            1,
            2,
            f"/equipment-documents/{first['id']}/",
        )
        order = shop.of_machine("post", "documents/order/", {"order": [second["id"], first["id"]]})
        assert [one["id"] for one in order.json()["data"]] == [second["id"], first["id"]]

        def seen(who):
            found = shop.of_listing("get", "documents/", who=who).json()["data"]
            return [one["id"] for one in found]

        assert seen(None) == [first["id"]]
        assert seen("stranger") == [second["id"], first["id"]]
        words = {"kind": "SAFETY", "title": "CE", "audience": "LESSEES"}
        assert shop.of_machine("patch", f"documents/{first['id']}/", words).json()["kind"] == "SAFETY"
        assert seen(None) == []
        assert shop.of_machine("delete", f"documents/{second['id']}/").status_code == 204
        assert [one["id"] for one in shop.of_machine("get", "documents/").json()["data"]] == [first["id"]]

    @pytest.mark.parametrize(
        ("data", "words", "pointer"),
        [
            (b"<svg/>", {}, "/file"),
            (b"", {}, "/file"),
            (pdf(more=b"/OpenAction"), {}, "/file"),
            (None, {"kind": "POEM"}, "/kind"),
            (None, {"audience": "x"}, "/audience"),
            (None, {"title": ""}, "/title"),
            (None, {"valid_until": "2001-01-01"}, "/valid_until"),
            (None, {"valid_until": "tomorrow"}, "/valid_until"),
        ],
        ids=["svg", "empty", "active", "kind", "audience", "title", "over", "no day"],
    )
    def test_odd_input_is_told_at_its_field(self, shop, data, words, pointer):
        answer = shop.upload(data, **words)
        assert answer.status_code == 400
        assert [one["pointer"] for one in answer.json()["errors"]] == [pointer]
        assert not EquipmentDocument.objects.exists()

    def test_of_others_are_neither_read_nor_written(self, shop):
        made = shop.upload().json()["id"]
        for verb, rest in (("get", "documents/"), ("delete", f"documents/{made}/")):
            assert shop.of_machine(verb, rest, who="stranger").status_code == 404
        assert EquipmentDocument.objects.count() == 1


class TestSecondLife:
    def step(self, shop, rest, data=None, **more):
        return shop.of_machine("post", rest, data, machine=shop.idle, **more)

    def test_from_service_to_service(self, shop):
        aside = self.step(shop, "set-aside/", {"reason": "Spindle"})
        assert (aside.json()["status"], aside.json()["retirement"]) == ("RETIRED", "SET_ASIDE")
        assert self.step(shop, "refurbish/").status_code == 201
        entry = {"kind": "PART", "what": "Bearing", "part": "7014", "done_by": "W", "done_on": "2026-01-05"}
        assert self.step(shop, "refurbish/entries/", entry).status_code == 201
        end = {"workshop": "W", "hours": "120.5", "test_run": "ok", "grade": "A"}
        assert self.step(shop, "refurbish/finish/", end).json()["grade"] == "A"
        (life,) = shop.of_machine("get", "refurbishments/", machine=shop.idle).json()["data"]
        assert [one["part"] for one in life["entries"]] == ["7014"]
        assert Equipment.objects.get(pk=shop.idle.pk).status == "IN_SERVICE"

    def test_has_its_papers_and_no_other_machine_s(self, shop):
        self.step(shop, "set-aside/", {"reason": "x"})
        life = self.step(shop, "refurbish/").json()
        assert life["documents"] == []
        given = {"kind": "REFURBISHMENT", "title": "Accuracy report", "audience": "EVERYBODY"}
        given["refurbishment"] = life["id"]

        def send(machine, **words):
            file = SimpleUploadedFile("x.pdf", pdf())
            sent = given | words | {"file": file}
            return shop.of_machine("post", "documents/", sent, machine=machine, form="multipart")

        for refused in (send(shop.machine), send(shop.idle, refurbishment="rfb_\0")):
            assert refused.status_code == 400
            assert [one["pointer"] for one in refused.json()["errors"]] == ["/refurbishment"]
        assert not EquipmentDocument.objects.exists()
        made = send(shop.idle).json()
        assert made["refurbishment"] == life["id"]
        (told,) = shop.of_machine("get", "refurbishments/", machine=shop.idle).json()["data"]
        assert [one["id"] for one in told["documents"]] == [made["id"]]
        ended = self.step(shop, "refurbish/give-up/").json()
        assert [one["title"] for one in ended["documents"]] == ["Accuracy report"]

    def test_back_given_up_and_scrapped(self, shop):
        assert self.step(shop, "set-aside/", {"reason": "x"}).status_code == 200
        assert self.step(shop, "put-back/").json()["status"] == "IN_SERVICE"
        self.step(shop, "set-aside/", {"reason": "x"})
        self.step(shop, "refurbish/")
        assert self.step(shop, "refurbish/give-up/").json()["outcome"] == "GIVEN_UP"
        scrap = {"recycler": "Green", "certificate": "1", "scrapped_on": "2026-01-05"}
        assert self.step(shop, "scrap/", scrap).json()["status"] == "SCRAPPED"
        assert self.step(shop, "put-back/").status_code == 409

    def test_what_cannot_be_done_is_told_and_changes_nothing(self, shop):
        refused = shop.of_machine("post", "set-aside/", {"reason": "x"})
        assert (refused.status_code, refused.json()["code"]) == (409, "machine_listed")
        assert self.step(shop, "set-aside/", {}).status_code == 400
        assert self.step(shop, "refurbish/").json()["code"] == "second_life_moved"
        assert self.step(shop, "set-aside/", {"reason": "x"}, who="stranger").status_code == 404
        assert set(Equipment.objects.values_list("status", flat=True)) == {"IN_SERVICE"}
        assert not Refurbishment.objects.exists()


class TestReports:
    def report(self, shop, who="stranger", **more):
        return shop.of_listing("post", "report/", {"ground": "UNTRUE", "text": "No"} | more, who=who)

    def test_are_decided_answered_and_shown_again(self, shop):
        made = shop.upload().json()["id"]
        case = self.report(shop, item=made).json()
        assert (case["state"], case["about"], case["item"]) == ("OPEN", "DOCUMENT", made)
        address = f"content-cases/{case['id']}/"
        assert shop.ask("get", address).status_code == 404  # the owner learns of it when it is hidden
        hide = {"step": "HIDE", "reason": "人名可见"}
        assert shop.ask("post", f"{address}decide/", hide, who="clerk").json()["state"] == "HIDDEN"
        assert shop.ask("get", address).json()["reason"] == "人名可见"
        assert shop.of_listing("get", "documents/", who=None).json()["data"] == []
        answered = shop.ask("post", f"{address}answer/", {"answer": "已处理"})
        assert answered.json()["state"] == "ANSWERED"
        assert "reporter" not in answered.json()
        assert shop.ask("get", "content-cases/?state=ANSWERED", who="clerk").json()["data"][0]["item"] == made
        show = {"step": "SHOW", "reason": "好"}
        assert shop.ask("post", f"{address}decide/", show, who="clerk").status_code == 200
        assert len(shop.of_listing("get", "documents/", who=None).json()["data"]) == 1

    def test_the_platform_hides_by_itself(self, shop):
        hidden = shop.of_listing("post", "hide/", {"reason": "假"}, who="clerk")
        assert (hidden.status_code, hidden.json()["about"]) == (201, "LISTING")
        assert shop.of_listing("get", "", who=None).status_code == 404
        publish = shop.of_listing("post", "publish/")
        assert (publish.status_code, publish.json()["code"]) == (409, "offer_hidden")

    def test_odd_input_and_others_are_refused(self, shop):
        for more in ({"ground": "x"}, {"text": ""}, {"text": "x" * 501}):
            assert self.report(shop, **more).status_code == 400
        assert self.report(shop, item="lph_" + "A" * 26).status_code == 404
        assert self.report(shop, who=None).status_code == 401
        assert self.report(shop, who="owner").json()["code"] == "own_offer"
        assert shop.of_listing("post", "hide/", {"reason": "x"}, who="stranger").status_code == 403
        assert not ContentCase.objects.exists()
