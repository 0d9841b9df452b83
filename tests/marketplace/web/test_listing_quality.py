"""Pictures and checks on pages: what a stranger sees, what an owner and the platform do there."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from marketplace.actions import listing_photos
from marketplace.models import EquipmentCheck, Listing, ListingPhoto, NameplateCase
from marketplace.models.parties import Role
from tests import once
from tests.factories import marketplace as make
from tests.marketplace.actions.test_listing_photos import coloured

pytestmark = pytest.mark.django_db


class Shop:
    def __init__(self):
        self.platform = make.platform()
        self.listing = make.listing(make.organization(), title="五轴加工中心")
        self.machine = self.listing.units.get().equipment
        self.owner = make.member(self.listing.owner)
        self.clerk = make.member(self.platform, Role.OPERATOR)

    def client(self, who="", language="zh-hans"):
        made = Client(headers={"accept-language": language})
        if who:
            made.force_login(getattr(self, who))
        return made

    def page(self, who="", language="zh-hans", address=""):
        answer = self.client(who, language).get(address or f"/listings/{self.listing.public_id}/")
        assert answer.status_code == 200
        return answer.content.decode()

    def shots(self, *shades):
        found = [listing_photos.Shot(coloured(shade)) for shade in shades]
        return listing_photos.add(listing=self.listing, shots=found, by=self.owner, at=make.NOON)


shop = once.fixture(Shop)


@once.fixture
def two(shop):
    return shop.shots(10, 200)


class TestSeen:
    def test_without_pictures_the_drawing_stands_there(self, shop):
        assert 'class="drawing"' in shop.page()

    def test_the_cover_is_whole_and_the_others_wait(self, shop, two):
        page = shop.page()
        images = re.findall(r"<img [^>]*>", page)
        assert f"/listing-photos/{two[0].public_id}/full/" in images[0]
        assert 'width="640" height="480"' in images[0] and "loading" not in images[0]
        assert f"/listing-photos/{two[1].public_id}/thumb/" in images[1] and 'loading="lazy"' in images[1]
        assert 'alt="五轴加工中心，照片 1"' in images[0]
        assert 'alt="五轴加工中心, photo 1"' in shop.page(language="en")

    def test_cards_show_the_cover(self, shop, two):
        make.searchable()
        assert f'src="/listing-photos/{two[0].public_id}/card/"' in shop.page(address="/")

    def test_a_picture_is_kept_for_an_hour_by_everybody_while_it_is_on_offer(self, shop, two):
        address = f"/listing-photos/{two[0].public_id}/thumb/"
        answer = shop.client().get(address)
        assert (answer.status_code, answer["Content-Type"]) == (200, "image/webp")
        assert answer["Cache-Control"] == "public, max-age=3600"
        again = shop.client().get(address, headers={"if-none-match": answer["ETag"]})
        assert (again.status_code, again.content) == (304, b"")
        other = shop.client().get(address.replace("thumb", "card"), headers={"if-none-match": answer["ETag"]})
        assert other.status_code == 200
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert "Cookie" not in answer.get("Vary", "")

        Listing.objects.update(status="PAUSED")
        assert shop.client().get(address).status_code == 404
        gone = shop.client().get(address, headers={"if-none-match": answer["ETag"]})
        assert gone.status_code == 404
        assert shop.client("owner").get(address)["Cache-Control"].startswith("private")

    @pytest.mark.parametrize("wrong", ["lph_x/thumb", "{}/huge", "{}/..", "零/card"])
    def test_what_is_none_is_not_found(self, shop, two, wrong):
        answer = shop.client().get(f"/listing-photos/{wrong.format(two[0].public_id)}/")
        assert answer.status_code == 404


class TestOwner:
    def send(self, shop, *files, who="owner"):
        address = f"/my-listings/{shop.listing.public_id}/photos/"
        return shop.client(who).post(address, {"photos": list(files)})

    def test_adds_several_at_once_and_arranges_them(self, shop):
        files = [SimpleUploadedFile(f"{n}.png", coloured(n)) for n in (10, 200)]
        assert self.send(shop, *files).status_code == 302
        first, second = ListingPhoto.objects.known()

        def act(photo, verb, **given):
            address = f"/my-listings/{shop.listing.public_id}/photos/{photo.public_id}/{verb}/"
            return shop.client("owner").post(address, given, follow=True).content.decode()

        act(second, "cover")
        assert "请简要说明图片内容" in act(first, "describe", alt_zh="", alt_en="x")
        act(first, "describe", alt_zh="门", alt_en="Door")
        assert [one.alt_zh for one in ListingPhoto.objects.known()][1] == "门"
        act(second, "remove")
        assert list(ListingPhoto.objects.known()) == [first]

    def test_is_told_which_file_is_wrong(self, shop):
        bad = SimpleUploadedFile("<b>x.png", b"<svg/>")
        answer = self.send(shop, SimpleUploadedFile("a.png", coloured(1)), bad)
        page = answer.content.decode()
        assert answer.status_code == 400
        assert "&lt;b&gt;x.png" in page and "<b>x.png" not in page
        assert self.send(shop).status_code == 400
        assert not ListingPhoto.objects.exists()

    def test_sees_the_way_there_from_its_machine(self, shop, two):
        page = shop.page("owner", address=f"/equipment/{shop.machine.public_id}/")
        assert f"/my-listings/{shop.listing.public_id}/photos/" in page
        assert "设为封面" in shop.page("owner", address=f"/my-listings/{shop.listing.public_id}/photos/")


class TestPlatform:
    def write(self, shop, **changes):
        given = {"about": f"NAMEPLATE:{shop.machine.public_id}", "outcome": "yes", "note": ""}
        given |= {"seen": shop.machine.serial_number, "last_day": ""}
        address = f"/offer-checks/{shop.listing.public_id}/"
        return shop.client("clerk").post(address, given | changes)

    def test_writes_down_what_it_saw_and_the_listing_says_that(self, shop):
        assert "平台尚未核验此挂牌的任何内容" in shop.page()
        assert shop.listing.title in shop.page("clerk", address="/offer-checks/")
        assert self.write(shop).status_code == 302
        code = shop.listing.owner.credit_code
        assert self.write(shop, about="LICENCE:", seen=code).status_code == 302

        page = shop.page()
        assert "已对照出厂编号查看铭牌照片" in page and "已对照信用代码查看所有者营业执照" in page
        assert "校准证书" not in page and shop.clerk.name not in page
        assert shop.listing.title not in shop.page("clerk", address="/offer-checks/")
        assert shop.clerk.name in shop.page("clerk", address=f"/offer-checks/{shop.listing.public_id}/")

    @pytest.mark.parametrize(
        "changes",
        [
            {"seen": "another"},
            {"seen": ""},
            {"about": "NAMEPLATE:eqp_x"},
            {"about": ""},
            {"last_day": "x"},
            {"last_day": "2999-01-01"},
            {"outcome": "perhaps"},
            {"note": "x" * 301},
        ],
        ids=str,
    )
    def test_odd_input_is_told(self, shop, changes):
        assert self.write(shop, **changes).status_code == 400
        assert not EquipmentCheck.objects.exists()

    def test_decides_about_nameplates(self, shop):
        other = make.organization("Newcomer")
        given = {"first": shop.machine, "claimant": other, "maker_name": "M", "serial_number": "S-1"}
        case = NameplateCase.objects.create(opened_at=make.NOON, **given)
        assert "Newcomer" in shop.page("clerk", address="/offer-checks/")

        def decide(**given):
            address = f"/offer-checks/nameplates/{case.public_id}/"
            return shop.client("clerk").post(address, given, follow=True).content.decode()

        assert "请写明理由" in decide(state="DIFFERENT", reason="")
        assert "请选择哪一台有误" in decide(state="<b>", reason="x")
        assert "已作出结论" in decide(state="DIFFERENT", reason="两台不同")
        assert "此事项已有结论" in decide(state="DIFFERENT", reason="x")

    def test_the_owner_reads_at_its_machine_that_it_is_held(self, shop):
        address = f"/equipment/{shop.machine.public_id}/"
        assert "铭牌" not in shop.page("owner", address=address)
        shop.machine.is_disproved = True
        shop.machine.save(update_fields=["is_disproved"])
        assert "本设备的铭牌与另一台相同或难以区分" in shop.page("owner", address=address)

    def test_is_not_found_by_others(self, shop):
        for address in ("/offer-checks/", f"/offer-checks/{shop.listing.public_id}/"):
            assert shop.client("owner").get(address).status_code == 404
