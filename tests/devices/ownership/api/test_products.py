"""Data products and licences over REST, and what attackers try on them."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from devices.ownership.models import AccessEvent, DataLicence, DataProduct, Grant
from devices.ownership.rules.odrl import reading
from tests import once
from tests.devices.ownership.lent import keyed
from tests.devices.ownership.traded import OF_A, Traded

pytestmark = pytest.mark.django_db
PRODUCTS, LICENCES = "/api/v1/data-products/", "/api/v1/data-licences/"


class Online(Traded):
    """The traded world with a key for everybody."""

    def __init__(self):
        super().__init__()
        self.keys = {one: keyed(person, one) for one, person in self.people.items()}

    def post(self, who, url, **body):
        return self.keys[who].post(url, body, format="json")

    def get(self, who, url, **query):
        return self.keys[who].get(url, query)

    def body(self, **changes):
        terms = self.terms()
        given = {name: getattr(terms, name) for name in ("title", "assets", "interval", "purposes", "days")}
        given |= {name: getattr(terms, name) for name in ("most_licences", "price", "source", "basis")}
        given |= {"starts_at": OF_A.start.isoformat(), "ends_at": OF_A.end.isoformat()}
        rows = [
            {"organization": one.organization, "role": one.role, "points": one.points} for one in terms.shares
        ]
        return given | {"shares": rows} | changes

    def listed(self):
        """Offer, consent and publish; return the product's address and the digest of its version."""
        made = self.post(self.a, PRODUCTS, **self.body())
        assert made.status_code == 201, made.content
        url, digest = f"{PRODUCTS}{made.json()['id']}/", made.json()["versions"][0]["digest"]
        assert self.post(self.owner, f"{url}consent/", digest=digest).status_code == 200
        assert self.post(self.a, f"{url}publish/", digest=digest).json()["on_sale"] == 1
        return url, digest

    def bought(self, who=None):
        url, digest = self.listed()
        return self.post(who or self.buyer, LICENCES, product=url.split("/")[-2], digest=digest).json()

    def paid(self):
        made = self.bought()
        url = f"{LICENCES}{made['id']}/"
        answer = self.post(self.platform, f"{url}payment/", reference="BANK-1", amount=made["price"])
        assert answer.status_code == 200, answer.content
        return url, answer.json()

    def readings(self, who=None, **query):
        given = {"from": OF_A.start.isoformat(), "to": OF_A.end.isoformat(), "purpose": "operation"}
        url = f"/api/v1/devices/{self.device.public_id}/readings/"
        return self.get(who or self.buyer, url, **(given | query))


world = once.fixture(Online)


class TestALifeOverRest:
    def test_from_the_offer_to_the_last_fen(self, world):
        url, paid = world.paid()

        assert paid["state"] == "ACTIVE"
        assert [(one["role"], one["minor"]) for one in paid["split"]] == [
            ("lessee", 7_001), ("owner", 2_500), ("platform", 500),
        ]  # fmt: skip
        assert sum(one["minor"] for one in paid["split"]) == paid["price"]
        box = datetime.fromisoformat(paid["readable_to"]) - datetime.fromisoformat(paid["readable_from"])
        assert box == timedelta(days=30)
        answer = world.readings()
        (series,) = answer.json()["series"]
        assert (series["channel"], series["effect"], len(series["buckets"])) == ("power", "AGGREGATE", 48)
        policy = world.get(world.buyer, f"{url}policy/").json()
        assert reading.read(policy).in_force

        assert world.post(world.buyer, f"{url}terminate/").json()["state"] == "TERMINATED"
        assert world.readings().json()["series"] == []

    def test_a_product_is_seen_by_buyers_when_it_is_published_and_tells_its_policy(self, world):
        made = world.post(world.a, PRODUCTS, **world.body()).json()
        url, digest = f"{PRODUCTS}{made['id']}/", made["versions"][0]["digest"]
        assert world.get(world.buyer, url).status_code == 404
        assert world.get(world.owner, url).json()["versions"][0]["state"] == "WAITING"
        world.post(world.owner, f"{url}consent/", digest=digest)
        world.post(world.a, f"{url}publish/", digest=digest)

        shown = world.get(world.buyer, url).json()["versions"][0]

        assert (shown["state"], shown["grade"], shown["price"]) == ("ON_SALE", "L2", 10_001)
        assert len(shown["policy"]) == 6
        assert shown["shares"][0]["minor"] == 7_001
        offer = reading.read(world.get(world.buyer, f"{url}policy/").json())
        assert (offer.kind, offer.in_force) == ("Offer", False)

    def test_a_further_version_stays_among_its_sides_until_it_is_published(self, world):
        url, _ = world.listed()

        answer = world.post(world.a, f"{url}versions/", **world.body(price=20_000))

        assert [one["number"] for one in answer.json()["versions"]] == [1, 2]
        assert [one["number"] for one in world.get(world.buyer, url).json()["versions"]] == [1]

    def test_the_effect_of_a_withdrawal_is_shown_to_sides_alone(self, world):
        licence, _ = world.paid()
        url = f"{PRODUCTS}{DataProduct.objects.get().public_id}/"

        told = world.get(world.owner, f"{url}effect/").json()

        until = DataLicence.objects.shown().get().readable.end
        assert (told["number"], told["running"], told["lapse"]) == (1, 1, 0)
        assert datetime.fromisoformat(told["until"]) == until
        assert world.get(world.buyer, f"{url}effect/").status_code == 403
        digest = world.get(world.owner, url).json()["versions"][0]["digest"]
        gone = world.post(world.owner, f"{url}withdraw/", digest=digest, reason="no more").json()
        assert (gone["on_sale"], gone["versions"][0]["state"]) == (None, "WITHDRAWN")
        assert world.get(world.buyer, licence).json()["state"] == "ACTIVE"
        assert world.get(world.b, url).status_code == 404
        assert world.get(world.buyer, url).status_code == 200, "a buyer sees what it bought"

    def test_an_offer_is_made_once_under_one_key(self, world):
        headers = {"HTTP_IDEMPOTENCY_KEY": "offer-1"}

        for _ in range(2):
            answer = world.keys[world.a].post(PRODUCTS, world.body(), format="json", **headers)
            assert answer.status_code == 201

        assert DataProduct.objects.count() == 1

    def test_lists_filter(self, world):
        _url, paid = world.paid()
        world.post(world.a, PRODUCTS, **world.body(title="Another"))

        def count(path, who, **query):
            return len(world.get(who, path, **query).json()["data"])

        assert count(PRODUCTS, world.a) == 2
        assert count(PRODUCTS, world.a, on_sale="true") == 1
        assert count(PRODUCTS, world.a, on_sale="false") == 1
        assert count(PRODUCTS, world.buyer, category="energy") == 1
        assert count(PRODUCTS, world.buyer, category="location") == 0
        assert count(LICENCES, world.buyer, bought="true", paid="true") == 1
        assert count(LICENCES, world.a, bought="false") == 1
        assert count(LICENCES, world.b) == 0
        assert count(LICENCES, world.owner, product=paid["product"]) == 1
        assert count(LICENCES, world.platform, paid="false") == 0


class TestAttackers:
    def test_who_has_not_paid_is_answered_as_of_an_unknown_device(self, world):
        world.bought()

        answer = world.readings()

        assert answer.status_code == 404
        event = AccessEvent.objects.filter(kind="DECISION").latest("pk")
        assert (event.outcome, event.organization) == ("DENY", world.buyer.public_id)

    def test_who_has_paid_gets_nothing_finer_and_nothing_for_another_purpose(self, world):
        world.paid()

        fine = world.readings(interval="PT1M").json()
        other = world.readings(purpose="maintenance").json()

        assert [one["interval"] for one in fine["series"]] == ["PT1H"]
        assert all(one["points"] == [] for one in fine["series"])
        assert other["series"] == []
        assert {one["code"] for one in other["refused"]} == {"other_purpose", "not_a_party"}

    def test_many_narrow_questions_give_the_same_whole_hours(self, world):
        world.paid()
        whole = world.readings(channel="power").json()["series"][0]["buckets"]
        start = OF_A.start + timedelta(hours=5)

        for minutes in (0, 1, 15, 30, 59):
            first = start + timedelta(minutes=minutes)
            query = {"from": first.isoformat(), "to": (first + timedelta(hours=2)).isoformat()}
            found = world.readings(channel="power", **query).json()["series"]
            assert all(bucket in whole for one in found for bucket in one["buckets"])

    def test_takes_no_copy_along(self, world):
        world.paid()
        url = f"/api/v1/devices/{world.device.public_id}/export/"

        given = {"from": OF_A.start.isoformat(), "to": OF_A.end.isoformat()}
        answer = world.get(world.buyer, url, **given)

        text = b"".join(answer.streaming_content).decode() if answer.streaming else answer.content.decode()
        assert '"value"' not in text

    def test_nobody_pays_ends_or_sees_the_licences_of_others(self, world):
        made = world.bought()
        url = f"{LICENCES}{made['id']}/"

        assert world.post(world.buyer, f"{url}payment/", reference="X", amount=10_001).status_code == 403
        assert world.post(world.owner, f"{url}terminate/", reason="x").status_code == 403
        for path in (url, f"{url}policy/"):
            theirs, none = world.get(world.b, path), world.get(world.b, path.replace(made["id"], "lic_0"))
            assert theirs.status_code == none.status_code == 404
        assert world.post(world.b, f"{url}terminate/").status_code == 404
        assert not Grant.objects.exists()

    def test_a_product_that_a_contributor_withdrew_is_not_bought(self, world):
        url, digest = world.listed()
        world.post(world.owner, f"{url}withdraw/", digest=digest)

        answer = world.post(world.buyer, LICENCES, product=url.split("/")[-2], digest=digest)

        assert answer.status_code == 404
        assert not DataLicence.objects.exists()

    def test_nobody_consents_publishes_or_offers_for_others(self, world):
        made = world.post(world.a, PRODUCTS, **world.body()).json()
        url, digest = f"{PRODUCTS}{made['id']}/", made["versions"][0]["digest"]

        assert world.post(world.b, f"{url}consent/", digest=digest).status_code == 404
        assert world.post(world.owner, f"{url}publish/", digest=digest).status_code == 403
        assert world.post(world.owner, f"{url}versions/", **world.body()).status_code == 403
        assert world.post(world.a, f"{url}publish/", digest=digest).json()["code"] == "consent_missing"
        assert world.post(world.a, f"{url}publish/", digest="0" * 64).json()["code"] == "other_version_shown"
        key = keyed(world.people[world.a], world.a, "telemetry:read")
        assert key.post(PRODUCTS, world.body(), format="json").status_code == 403

    def test_who_has_paid_learns_nothing_else_of_the_device(self, world):
        world.paid()
        url = f"/api/v1/devices/{world.device.public_id}/"

        for path in (url, f"{url}life/", f"/devices/{world.device.public_id}/"):
            assert world.get(world.buyer, path).status_code in (302, 404), path
        later = {"from": "2026-03-04T00:00:00Z", "to": "2026-03-05T00:00:00Z"}
        assert world.readings(**later).status_code == 404
        wide = {"from": "2026-03-01T00:00:00Z", "to": "2026-03-08T00:00:00Z"}
        told = world.readings(channel="power", **wide).json()["refused"]
        assert {one["code"] for one in told} == {"not_a_party"}

    def test_after_its_end_it_says_so_and_gives_nothing(self, world):
        world.paid()
        Grant.objects.update(withdrawn_at=timezone.now(), withdrawn_by="usr_0")

        answer = world.readings(channel="power")

        assert answer.status_code == 200
        assert [one["code"] for one in answer.json()["refused"]] == ["consent_withdrawn"]
        assert answer.json()["series"] == []
