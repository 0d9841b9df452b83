"""Pictures, checks and nameplates over REST: who may, and what odd input is told."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from marketplace.actions import api_keys
from marketplace.models import Equipment, EquipmentCheck, Listing, ListingPhoto, NameplateCase
from marketplace.models.apikeys import Scope
from marketplace.models.parties import Role
from tests import once
from tests.factories import marketplace as make
from tests.marketplace.actions.test_listing_photos import coloured
from tests.seeing import SeeingClient

pytestmark = pytest.mark.django_db


class Shop:
    def __init__(self):
        self.platform = make.platform()
        self.listing = make.listing(make.organization())
        self.machine = self.listing.units.get().equipment
        self.other = make.listing(make.organization(), status=Listing.Status.DRAFT)
        self.owner = make.member(self.listing.owner)
        self.clerk = make.member(self.platform, Role.OPERATOR)
        self.stranger = make.member(make.organization())

    def ask(self, verb, rest, data=None, who="owner", form="json", listing=None):
        client = SeeingClient()
        if who:
            client.force_login(getattr(self, who))
        address = f"/api/v1/listings/{(listing or self.listing).public_id}/{rest}"
        return getattr(client, verb)(address, data, format=form)

    def upload(self, data=None, who="owner", **words):
        file = SimpleUploadedFile("../../x.php", coloured(40) if data is None else data)
        return self.ask("post", "photos/", {"photo": file, **words}, who, "multipart")


shop = once.fixture(Shop)


def pointers(answer):
    return [one["pointer"] for one in answer.json()["errors"]]


class TestPhotos:
    def test_are_added_described_ordered_and_removed(self, shop):
        first = shop.upload(alt_zh="门").json()
        second = shop.upload(coloured(200)).json()
        assert (first["position"], first["alt_zh"], first["width"]) == (1, "门", 640)
        assert shop.upload().json()["id"] == first["id"]

        order = shop.ask("post", "photos/order/", {"order": [second["id"], first["id"]]})
        assert [one["id"] for one in order.json()["data"]] == [second["id"], first["id"]]
        words = shop.ask("patch", f"photos/{first['id']}/", {"alt_zh": "主轴", "alt_en": "Spindle"})
        assert words.json()["alt_en"] == "Spindle"
        assert shop.ask("delete", f"photos/{second['id']}/").status_code == 204
        seen = shop.ask("get", "photos/", who=None).json()["data"]
        assert [one["id"] for one in seen] == [first["id"]]

    @pytest.mark.parametrize(
        ("data", "code"),
        [
            (b"", 400),
            (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", 400),
            (b"GIF89a" + b"\0" * 100, 400),
            (coloured(1, (8, 8)), 400),
        ],
        ids=["empty", "svg", "gif", "small"],
    )
    def test_no_pictures_are_refused_at_their_place(self, shop, data, code):
        answer = shop.upload(data)
        assert answer.status_code == code
        assert pointers(answer)[0].startswith("/photo")
        assert not ListingPhoto.objects.exists()

    def test_odd_input_is_told(self, shop):
        made = shop.upload().json()["id"]
        for verb, rest, data in (
            ("post", "photos/order/", {"order": "x"}),
            ("post", "photos/order/", {"order": [made, made]}),
            ("post", "photos/order/", {"order": ["lph_" + "A" * 26]}),
            ("patch", f"photos/{made}/", {"alt_zh": "x" * 161, "alt_en": "y"}),
            ("patch", f"photos/{made}/", {"alt_zh": ["x"]}),
        ):
            assert shop.ask(verb, rest, data).status_code == 400, (verb, rest, data)
        assert shop.ask("delete", f"photos/lph_{'A' * 26}/").status_code == 404
        assert ListingPhoto.objects.get().alt_zh.endswith("照片 1")

    def test_come_as_a_form_with_files_and_as_nothing_else(self, shop):
        nested = b"[" * 100_000 + b"]" * 100_000
        client = SeeingClient()
        client.force_login(shop.owner)
        address = f"/api/v1/listings/{shop.listing.public_id}/photos/"
        for kind in ("application/json", "application/x-www-form-urlencoded"):
            assert client.post(address, nested, content_type=kind).status_code == 415
        for data in ({"photo": "text"}, {}):
            assert shop.ask("post", "photos/", data, form="multipart").status_code == 400

    def test_of_others_are_seen_when_published_and_never_changed(self, shop):
        made = shop.upload().json()["id"]
        for who, code in (("stranger", 403), (None, 401)):
            assert shop.upload(coloured(9), who).status_code == code
            assert shop.ask("delete", f"photos/{made}/", who=who).status_code == code
        assert shop.ask("get", "photos/", who="owner", listing=shop.other).status_code == 404
        assert shop.ask("post", "photos/order/", {"order": []}, listing=shop.other).status_code == 404
        assert ListingPhoto.objects.count() == 1

    def test_a_key_needs_its_scope(self, shop):
        given = {"by": shop.owner, "at": make.NOON}
        _, secret = api_keys.create(
            organization=shop.listing.owner, name="x", scopes=[Scope.LISTINGS_READ], **given
        )
        client = SeeingClient(headers={"authorization": f"Bearer {secret}"})
        address = f"/api/v1/listings/{shop.listing.public_id}/photos/order/"
        assert client.post(address, {"order": []}, format="json").status_code == 403


class TestChecks:
    def write(self, shop, who="clerk", **changes):
        given = {"kind": "NAMEPLATE", "passed": True, "seen": shop.machine.serial_number}
        given |= {"equipment": shop.machine.public_id}
        return shop.ask("post", "checks/", given | changes, who)

    def test_everybody_reads_what_was_checked_and_no_more(self, shop):
        assert shop.ask("get", "checks/", who=None).json() == {"data": []}
        assert self.write(shop).status_code == 201
        self.write(shop, kind="LICENCE", equipment="", seen=shop.listing.owner.credit_code)

        found = shop.ask("get", "checks/", who=None).json()["data"]
        assert [one["kind"] for one in found] == ["LICENCE", "NAMEPLATE"]
        assert set(found[0]) == {"kind", "checked_at", "valid_until"}

    @pytest.mark.parametrize(
        ("changes", "pointer"),
        [
            ({"seen": "another"}, "/seen"),
            ({"seen": ""}, "/seen"),
            ({"seen": "x" * 121}, "/seen"),
            ({"kind": "BEAUTY"}, "/kind"),
            ({"kind": "LICENCE"}, "/kind"),
            ({"passed": "perhaps"}, "/passed"),
            ({"checked_at": "2999-01-01T00:00:00Z"}, "/checked_at"),
            ({"checked_at": "9999-12-31T23:59:59Z"}, "/checked_at"),
            ({"valid_until": "2000-01-01T00:00:00Z"}, "/valid_until"),
            ({"valid_until": "2999-01-01T00:00:00Z"}, "/valid_until"),
            ({"note": "x" * 301}, "/note"),
        ],
        ids=str,
    )
    def test_odd_input_is_told_at_its_field(self, shop, changes, pointer):
        answer = self.write(shop, **changes)
        assert (answer.status_code, pointers(answer)) == (400, [pointer])
        assert not EquipmentCheck.objects.exists()

    def test_is_the_platforms(self, shop):
        assert [self.write(shop, who).status_code for who in ("owner", "stranger", None)] == [403, 403, 401]
        assert self.write(shop, equipment="eqp_nothing").status_code == 404
        other = shop.other.units.get().equipment.public_id
        assert self.write(shop, equipment=other).status_code == 404
        assert not EquipmentCheck.objects.exists()


@once.fixture
def case(shop):
    second = shop.other.units.get().equipment
    Equipment.objects.filter(pk=second.pk).update(serial_number=shop.machine.serial_number + "-")
    given = {"claimant": shop.other.owner, "maker_name": "DMG MORI", "opened_at": make.NOON}
    return NameplateCase.objects.create(first=shop.machine, second=second, serial_number="X", **given)


class TestNameplates:
    def decide(self, case, who, **changes):
        client = SeeingClient()
        client.force_login(who)
        given = {"state": "SECOND_WRONG", "reason": "Another plate"} | changes
        return client.post(f"/api/v1/nameplate-cases/{case.public_id}/decide/", given, format="json")

    def test_are_decided_by_the_platform(self, shop, case):
        client = SeeingClient()
        client.force_login(shop.clerk)
        (listed,) = client.get("/api/v1/nameplate-cases/", {"state": "OPEN"}).json()["data"]
        assert (listed["first"], listed["second"]) == (shop.machine.public_id, case.second.public_id)

        assert self.decide(case, shop.clerk).json()["state"] == "SECOND_WRONG"
        assert self.decide(case, shop.clerk).status_code == 409
        again = f"/api/v1/nameplate-cases/{case.public_id}/reopen/"
        opened = client.post(again, {"reason": "照片是另一台设备的"}, format="json").json()
        assert (opened["state"], opened["reopened_why"]) == ("OPEN", "照片是另一台设备的")

    def test_are_nobody_elses_to_see(self, shop, case):
        client = SeeingClient()
        client.force_login(shop.owner)
        assert client.get("/api/v1/nameplate-cases/").json()["data"] == []
        assert self.decide(case, shop.owner).status_code == 404
        viewer = make.member(shop.platform, Role.VIEWER)
        assert self.decide(case, viewer).status_code == 403
        for changes in ({"state": "OPEN"}, {"state": 7}, {"reason": ""}, {"reason": "x" * 301}):
            assert self.decide(case, shop.clerk, **changes).status_code == 400
        assert NameplateCase.objects.get().state == "OPEN"
