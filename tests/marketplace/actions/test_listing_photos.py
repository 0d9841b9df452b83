"""Pictures of what is offered: decoded and written anew, in three sizes, described, in the owner's order."""

from io import BytesIO

import pytest
from django.db import IntegrityError, transaction
from PIL import Image

from marketplace.actions import listing_photos
from marketplace.actions.listing_photos import Shot
from marketplace.actions.photos import PhotoInvalid
from marketplace.models import AuditEntry, ListingPhoto
from marketplace.models.parties import Role
from marketplace.permissions import MissingRight
from tests import once
from tests.factories import marketplace as make
from tests.factories.leasing import picture

pytestmark = pytest.mark.django_db
PLACE = 0x8825


def coloured(shade, size=(640, 480), form="PNG"):
    out = BytesIO()
    Image.new("RGB", size, (shade, 90, 120)).save(out, form)
    return out.getvalue()


class Shop:
    def __init__(self):
        self.listing = make.listing(make.organization(), title="五轴加工中心 DMU 50")
        self.person = make.member(self.listing.owner, Role.OPERATOR)

    def add(self, *pictures, **more):
        shots = [one if isinstance(one, Shot) else Shot(one) for one in pictures]
        given = {"by": self.person, "at": make.NOON}
        return listing_photos.add(listing=self.listing, shots=shots, **(given | more))

    def order(self):
        return list(ListingPhoto.objects.known().filter(listing=self.listing))


shop = once.fixture(Shop)


@once.fixture
def three(shop):
    return shop.add(coloured(10), coloured(20), coloured(30))


class TestAdd:
    def test_keeps_three_sizes_of_it_and_nothing_else_of_the_file(self, shop):
        exif = Image.Exif()
        exif[PLACE] = {1: "N"}
        (made,) = shop.add(picture((2000, 1000), exif=exif))

        assert (made.position, made.width, made.height) == (1, 1600, 800)
        for name, sides in (("full", (1600, 800)), ("card", (480, 240)), ("thumb", (160, 80))):
            opened = Image.open(BytesIO(bytes(getattr(made, name))))
            assert (opened.format, opened.size, dict(opened.getexif())) == ("WEBP", sides, {})
        assert (made.alt_zh, made.alt_en) == (
            "五轴加工中心 DMU 50，照片 1",
            "五轴加工中心 DMU 50, photo 1",
        )

    def test_the_same_picture_is_kept_once(self, shop):
        first, again = shop.add(coloured(10), coloured(10))

        assert first == again
        assert shop.add(coloured(10)) == [first]
        assert AuditEntry.objects.filter(action="listing_photo.add").count() == 1

    def test_words_are_kept(self, shop):
        (made,) = shop.add(Shot(coloured(1), " 主轴 ", " The spindle "))

        assert (made.alt_zh, made.alt_en) == ("主轴", "The spindle")

    @pytest.mark.parametrize(
        ("pictures", "error", "pointers"),
        [
            ([], listing_photos.NoListingPhoto, ["/photos"]),
            ([coloured(1), b"<svg/>"], PhotoInvalid, ["/photos/1"]),
            ([b""], PhotoInvalid, ["/photos/0"]),
            ([Shot(coloured(1), "x" * 161)], listing_photos.ListingPhotoInvalid, ["/photos/0/alt_zh"]),
            ([coloured(1)] * 13, listing_photos.TooManyListingPhotos, []),
        ],
        ids=["none", "one is no picture", "empty", "words", "too many"],
    )
    def test_all_or_none(self, shop, pictures, error, pointers):
        with pytest.raises(error) as refused:
            shop.add(*pictures)
        assert [one.pointer for one in refused.value.flaws] == pointers
        assert not ListingPhoto.objects.exists()

    def test_a_dozen_is_enough(self, shop, three):
        sizes = [coloured(shade, (32, 32)) for shade in range(50, 250, 20)]
        with pytest.raises(listing_photos.TooManyListingPhotos):
            shop.add(*sizes)
        shop.add(*sizes[:9])
        assert len(shop.order()) == 12

    def test_who_may_not_edit_the_listing_may_not(self, shop, three):
        for by in (make.member(shop.listing.owner, Role.VIEWER), make.member(make.organization())):
            who = {"by": by, "at": make.NOON}
            for act in (
                lambda who=who: shop.add(coloured(1), **who),
                lambda who=who: listing_photos.describe(photo=three[0], alt_zh="x", alt_en="x", **who),
                lambda who=who: listing_photos.cover(photo=three[2], **who),
                lambda who=who: listing_photos.remove(photo=three[0], **who),
            ):
                with pytest.raises(MissingRight):
                    act()
        assert shop.order() == three


class TestOrder:
    def test_the_first_is_the_cover(self, shop, three):
        listing_photos.cover(photo=three[2], by=shop.person, at=make.NOON)

        assert shop.order() == [three[2], three[0], three[1]]
        assert ListingPhoto.objects.covers_of([shop.listing]) == {shop.listing.pk: three[2]}

    @pytest.mark.parametrize("picked", [[0, 1], [0, 1, 1], [0, 1, 2, 2], []], ids=str)
    def test_names_every_one_once(self, shop, three, picked):
        order = [three[n].public_id for n in picked]
        with pytest.raises(listing_photos.ListingPhotoInvalid):
            listing_photos.arrange(listing=shop.listing, order=order, by=shop.person, at=make.NOON)
        assert shop.order() == three

    def test_what_is_removed_is_gone_and_the_next_is_the_cover(self, shop, three):
        listing_photos.remove(photo=three[0], by=shop.person, at=make.NOON)

        assert shop.order() == three[1:]
        (fourth,) = shop.add(coloured(40))
        assert shop.order() == [*three[1:], fourth]


class TestWords:
    def test_are_changed_together(self, shop, three):
        made = listing_photos.describe(
            photo=three[0], alt_zh="门", alt_en="Door", by=shop.person, at=make.NOON
        )
        assert (made.alt_zh, made.alt_en) == ("门", "Door")

    @pytest.mark.parametrize(
        ("zh", "en", "pointers"), [("", "x", ["/alt_zh"]), ("x", "y" * 161, ["/alt_en"]), ("", "", None)]
    )
    def test_are_needed_in_both_languages(self, shop, three, zh, en, pointers):
        with pytest.raises(listing_photos.ListingPhotoInvalid) as refused:
            listing_photos.describe(photo=three[0], alt_zh=zh, alt_en=en, by=shop.person, at=make.NOON)
        assert [one.pointer for one in refused.value.flaws] == (pointers or ["/alt_zh", "/alt_en"])
        with pytest.raises(IntegrityError), transaction.atomic():
            ListingPhoto.objects.update(alt_zh="")

    def test_of_a_picture_that_is_gone_are_refused_and_it_goes_once(self, shop, three):
        gone = {"photo": three[1], "by": shop.person, "at": make.NOON}
        listing_photos.remove(**gone)
        written = AuditEntry.objects.count()

        with pytest.raises(listing_photos.ListingPhotoInvalid) as refused:
            listing_photos.describe(alt_zh="正面", alt_en="Front", **gone)
        listing_photos.remove(**gone)

        assert [one.code for one in refused.value.flaws] == ["gone"]
        assert AuditEntry.objects.count() == written
        assert [one.pk for one in shop.order()] == [three[0].pk, three[2].pk]
