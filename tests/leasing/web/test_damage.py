"""Damage claims on pages: form, both words, and the platform's decision; works without script."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from leasing.models import DamageClaim, Photo
from tests.factories.leasing import picture
from tests.leasing.damage import LATE, SEEN, Damage

pytestmark = pytest.mark.django_db


class Pages(Damage):
    """Everybody signed in, with English pages, when the dent was seen."""

    def __init__(self, world, monkeypatch):
        super().__init__(world)
        self.now = SEEN
        monkeypatch.setattr(timezone, "now", lambda: self.now)

    def client(self, who):
        found = Client(headers={"accept-language": "en"})
        found.force_login(self.people[who])
        return found

    def see(self, who, name, *args):
        answer = self.client(who).get(reverse(name, args=(self.lease.public_id, *args)))
        return answer.content.decode() if answer.status_code == 200 else answer.status_code

    def do(self, who, act, **given):
        made = DamageClaim.objects.latest("pk")
        url = reverse("lease-damage-act", args=(self.lease.public_id, made.public_id, act))
        answer = self.client(who).post(url, {"digest": made.digest, "text": "", **given}, follow=True)
        return answer.content.decode() if answer.status_code == 200 else answer.status_code

    def claim(self, **changes):
        given = {"unit": self.unit.public_id, "reply_day": "2026-03-27", "note": "", "insurer_reference": ""}
        for number in range(3):
            given |= {f"cause-{number}": "BROKEN", f"text-{number}": "", f"percent-{number}": "100"}
        dent = SimpleUploadedFile("dent.jpg", picture(), "image/jpeg")
        given |= {"text-0": "Dent in the door", "amount-0": "4000", "percent-0": "75", "photo-0": dent}
        url = reverse("lease-damage-new", args=(self.lease.public_id,))
        answer = self.client(self.world.lessor).post(url, given | changes, follow=True)
        return answer.content.decode()


@pytest.fixture
def pages(world, monkeypatch):
    return Pages(world, monkeypatch)


class TestTheForm:
    def test_takes_no_day_beyond_the_calendar(self, pages):
        assert "between the years 2000 and 2999" in pages.claim(reply_day="9999-12-31")
        assert not DamageClaim.objects.exists()

    def test_claims_with_a_photo(self, pages, world):
        assert "Line 3" in pages.see(world.lessor, "lease-damage-new")
        page = pages.claim()

        made = DamageClaim.objects.get()
        assert (made.claimed_minor, made.document["items"][0]["text"]) == (300_000, "Dent in the door")
        assert made.reply_until.isoformat() == "2026-03-27T16:00:00+00:00"  # the end of that day in Shanghai
        assert "The lessee is told" in page
        assert "Dent in the door" in page
        assert "¥3,000.00" in page

    @pytest.mark.parametrize(
        ("changes", "text"),
        [
            ({"photo-0": ""}, "Show it"),
            ({"photo-0": SimpleUploadedFile("x.jpg", b"<script>")}, "not a whole JPEG"),
            ({"reply_day": "2026-03-22"}, "at least three days"),
            ({"text-0": "", "amount-0": "", "photo-0": ""}, "at least one thing"),
            ({"amount-0": ""}, "more than zero"),
        ],
    )
    def test_says_what_to_mend_and_keeps_nothing(self, pages, changes, text):
        assert text in pages.claim(**changes)
        assert not DamageClaim.objects.exists()
        assert Photo.objects.count() == 1  # the one of the scene

    def test_has_as_many_lines_as_asked(self, pages, world):
        url = reverse("lease-damage-new", args=(pages.lease.public_id,))
        page = pages.client(world.lessor).get(f"{url}?rows=6").content.decode()
        assert "Line 6" in page
        assert "Line 7" not in page
        assert pages.see(world.lessee, "lease-damage-new") == 403
        assert pages.see(world.stranger, "lease-damage-new") == 404


class TestTheWay:
    def test_contested_and_decided(self, pages, world):
        made = pages.claimed(note="On return", insurer_reference="PICC-7")
        page = pages.see(world.lessee, "lease-damage-claim", made.public_id)
        assert "Accept ¥3,200.00" in page
        assert "PICC-7" in page

        page = pages.do(world.lessee, "contest", amount="1000.00", text="An old dent")
        assert "What you concede stands" in page
        assert "disputed" in pages.see(world.lessor, "lease")
        page = pages.see(world.lessor, "lease-damage-claim", made.public_id)
        assert "An old dent" in page
        assert "from ¥1,000.01 to ¥3,199.99" in page
        pages.do(world.lessor, "offer", amount="2500", text="Halfway")
        pages.do(world.lessor, "refer", text="Please decide")
        page = pages.see(pages.platform, "lease-damage-claim", made.public_id)
        assert "from ¥1,000.00 to ¥2,500.00" in page
        assert "Please decide" in page
        assert "Decided." in pages.do(pages.platform, "decide", amount="1800", text="The dent is new")

        made.refresh_from_db()
        assert (made.state, made.awarded_minor) == ("DECIDED", 180_000)
        assert "¥1,800.00" in pages.see(world.lessee, "lease-damage")
        assert "Next step" not in pages.see(world.lessee, "lease-damage-claim", made.public_id)

    def test_accepted(self, pages, world):
        made = pages.claimed()
        assert "This sum is owed" in pages.do(world.lessee, "accept", amount="3200.00")
        made.refresh_from_db()
        assert made.state == "ACCEPTED"

    def test_silence_and_withdrawal(self, pages, world):
        pages.claimed()
        assert "Ask the platform" not in pages.see(
            world.lessor, "lease-damage-claim", DamageClaim.objects.get().public_id
        )
        pages.now = LATE
        assert "asked to decide" in pages.do(world.lessor, "refer", text="No answer")
        assert "Nothing of it is owed" in pages.do(world.lessor, "withdraw")

    def test_a_refusal_is_said(self, pages, world):
        made = pages.claimed()
        assert "at most two decimals" in pages.do(world.lessee, "contest", amount="1,5", text="x")
        assert "stands at" in pages.do(world.lessee, "accept", amount="1.00")
        assert pages.do(world.lessee, "withdraw") == 403
        assert pages.see(world.stranger, "lease-damage-claim", made.public_id) == 404
        made.refresh_from_db()
        assert made.state == "RAISED"

    def test_nothing_yet(self, pages, world):
        assert "Nothing was claimed" in pages.see(world.lessee, "lease-damage")
        assert "Claim for damage" in pages.see(world.lessor, "lease-damage")
