"""Documents, the second life of machines and reports on pages: what each side does there."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from marketplace.models import ContentCase, EquipmentDocument, Listing, NameplateCase, Refurbishment
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
        self.idle = make.equipment(self.listing.owner)
        self.owner = make.member(self.listing.owner)
        self.clerk = make.member(self.platform, Role.OPERATOR)
        self.reader = make.member(make.organization(), Role.VIEWER)

    def client(self, who=""):
        made = Client(headers={"accept-language": "zh-hans"})
        if who:
            made.force_login(getattr(self, who))
        return made

    def page(self, address, who=""):
        answer = self.client(who).get(address)
        assert answer.status_code == 200, address
        return answer.content.decode()

    def post(self, address, data=None, who="owner", code=200):
        answer = self.client(who).post(address, data or {}, follow=True)
        assert answer.status_code == code
        return answer.content.decode()

    def upload(self, data=None, code=200, **words):
        given = {"title": "操作说明书", "kind": "MANUAL", "audience": "EVERYBODY", "valid_until": ""} | words
        file = SimpleUploadedFile("x.pdf", pdf() if data is None else data)
        return self.post(f"/equipment/{self.machine.public_id}/documents/", given | {"file": file}, code=code)


shop = once.fixture(Shop)


class TestDocuments:
    def test_are_added_and_stand_on_the_listing_with_kind_and_size(self, shop):
        assert "操作说明书" in shop.upload()
        page = shop.page(f"/listings/{shop.listing.public_id}/")
        made = EquipmentDocument.objects.get()
        assert f"/equipment-documents/{made.public_id}/" in page
        assert "说明书 · PDF · 1 页" in page
        assert shop.client().get(f"/equipment-documents/{made.public_id}/").status_code == 200

    def test_wrong_files_and_words_are_told(self, shop):
        assert "脚本" in shop.upload(pdf(more=b"/JavaScript"), code=400)
        for wrong in ({"title": ""}, {"kind": "x"}, {"audience": ""}, {"valid_until": "2001-01-01"}):
            shop.upload(code=400, **wrong)
        assert not EquipmentDocument.objects.exists()

    def test_are_changed_put_first_and_removed(self, shop):
        shop.upload()
        shop.upload(pdf(2), title="合格证")
        first, second = EquipmentDocument.objects.known()
        address = f"/equipment/{shop.machine.public_id}/documents/{second.public_id}/"
        shop.post(f"{address}first/")
        assert list(EquipmentDocument.objects.known()) == [second, first]
        words = {"title": "CE", "kind": "SAFETY", "audience": "LESSEES", "valid_until": ""}
        shop.post(f"{address}describe/", words)
        shop.post(f"{address}describe/", words | {"title": ""})
        assert EquipmentDocument.objects.get(pk=second.pk).title == "CE"
        assert "CE" not in shop.page(f"/listings/{shop.listing.public_id}/")
        shop.post(f"{address}remove/")
        assert list(EquipmentDocument.objects.known()) == [first]


class TestSecondLife:
    def test_is_lived_on_one_page(self, shop):
        address = f"/equipment/{shop.idle.public_id}/life/"
        assert "停用设备" in shop.page(address, "owner")
        shop.post(f"{address}aside/", {"reason": ""}, code=400)
        shop.post(f"{address}aside/", {"reason": "主轴磨损"})
        assert "主轴磨损" in shop.page(address, "owner")
        shop.post(f"{address}begin/")
        entry = {
            "kind": "PART",
            "what": "更换轴承",
            "part": "",
            "done_by": "苏州主轴厂",
            "done_on": "2026-01-05",
        }
        assert "请写明更换的部件" in shop.post(f"{address}entry/", entry, code=400)
        shop.post(f"{address}entry/", entry | {"part": "7014"})
        end = {"workshop": "苏州主轴厂", "hours": "120.5", "test_run": "合格", "grade": "B"}
        shop.post(f"{address}finish/", end)
        page = shop.page(address, "owner")
        assert "7014" in page and "B 级" in page and "120.5" in page
        assert Refurbishment.objects.get().outcome == "DONE"

    def test_has_its_papers_at_the_owner_s_and_on_the_listing(self, shop):
        given = {"begun_at": make.NOON, "finished_at": make.NOON, "outcome": "DONE", "workshop": "苏州主轴厂"}
        given |= {"hours": 120, "test_run": "合格", "grade": "B"}
        life = Refurbishment.objects.create(equipment=shop.machine, **given)
        other = Refurbishment.objects.create(equipment=shop.idle, **given)
        assert f"?refurbishment={life.public_id}" in shop.page(
            f"/equipment/{shop.machine.public_id}/life/", "owner"
        )
        form = shop.page(
            f"/equipment/{shop.machine.public_id}/documents/?refurbishment={life.public_id}", "owner"
        )
        assert f'value="{life.public_id}" selected' in form and other.public_id not in form
        said = {"kind": "REFURBISHMENT", "title": "精度检验报告"}
        shop.upload(code=400, refurbishment=other.public_id, **said)
        assert not EquipmentDocument.objects.exists()
        shop.upload(refurbishment=life.public_id, **said)
        assert EquipmentDocument.objects.get().refurbishment == life
        for address, who in (
            (f"/equipment/{shop.machine.public_id}/life/", "owner"),
            (f"/listings/{shop.listing.public_id}/", ""),
        ):
            page = shop.page(address, who)
            assert page.count("精度检验报告") == 1 and "资料与照片" in page

    def test_a_step_that_is_not_open_is_told(self, shop):
        address = f"/equipment/{shop.machine.public_id}/life/"
        for verb in ("begin", "back", "up"):
            shop.post(f"{address}{verb}/")
        shop.post(f"{address}aside/", {"reason": "x"}, code=400)
        assert not Refurbishment.objects.exists()

    def test_ends_with_scrapping(self, shop):
        address = f"/equipment/{shop.idle.public_id}/life/"
        shop.post(f"{address}aside/", {"reason": "x"})
        shop.post(f"{address}begin/")
        shop.post(f"{address}up/")
        scrap = {"recycler": "绿金回收", "certificate": "HS-1", "scrapped_on": "2999-01-01"}
        shop.post(f"{address}scrap/", scrap, code=400)
        shop.post(f"{address}scrap/", scrap | {"scrapped_on": "2026-01-05"})
        assert "绿金回收" in shop.page(address, "owner")


class TestReports:
    def test_go_from_the_reader_to_the_platform_to_the_owner_and_back(self, shop):
        shop.upload()
        address = f"/listings/{shop.listing.public_id}/report/"
        assert address not in shop.page(f"/listings/{shop.listing.public_id}/")
        assert address in shop.page(f"/listings/{shop.listing.public_id}/", "reader")
        item = EquipmentDocument.objects.get().public_id
        shop.post(address, {"item": item, "ground": "SECRET", "text": ""}, "reader", 400)
        shop.post(address, {"item": item, "ground": "SECRET", "text": "有客户图纸"}, "reader")
        case = ContentCase.objects.get()
        assert case.public_id in shop.page("/offer-checks/", "clerk")

        address = f"/content-cases/{case.public_id}/"
        assert "有客户图纸" in shop.page(address, "clerk")
        assert shop.client("owner").get(address).status_code == 404
        shop.post(address, {"step": "x", "text": "y"}, "clerk")
        shop.post(address, {"step": "HIDE", "text": ""}, "clerk")
        shop.post(address, {"step": "HIDE", "text": "含客户图纸"}, "clerk")
        page = shop.page(address, "owner")
        assert "含客户图纸" in page and "有客户图纸" not in page
        assert "操作说明书" not in shop.page(f"/listings/{shop.listing.public_id}/")
        shop.post(address, {"text": "已更换"}, "owner")
        assert "已更换" in shop.page(address, "clerk")
        shop.post(address, {"step": "SHOW", "text": "已更换"}, "clerk")
        assert "操作说明书" in shop.page(f"/listings/{shop.listing.public_id}/")

    def test_the_platform_hides_an_offer_from_its_page(self, shop):
        address = f"/offer-checks/{shop.listing.public_id}/"
        shop.post(f"{address}hide/", {"item": "", "reason": ""}, "clerk")
        assert not ContentCase.objects.exists()
        assert "已隐藏" in shop.post(f"{address}hide/", {"item": "", "reason": "假"}, "clerk")
        assert Listing.objects.get().status == "PAUSED"
        assert shop.client("owner").post(f"{address}hide/", {"reason": "x"}).status_code == 404

    def test_a_decided_nameplate_is_opened_again(self, shop):
        given = {"first": shop.machine, "claimant": shop.listing.owner, "maker_name": "M", "reason": "x"}
        given |= {"serial_number": "S", "opened_at": make.NOON, "decided_at": make.NOON, "state": "DIFFERENT"}
        case = NameplateCase.objects.create(**given)
        address = f"/offer-checks/nameplates/{case.public_id}/reopen/"
        assert address in shop.page("/offer-checks/", "clerk")
        shop.post(address, {"reason": ""}, "clerk")
        shop.post(address, {"reason": "新照片"}, "clerk")
        assert NameplateCase.objects.get().state == "OPEN"
