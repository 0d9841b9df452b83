from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from marketplace.actions import api_keys
from marketplace.models import ApiKey, AuditEntry, Notification
from marketplace.models.parties import Role
from marketplace.permissions import MissingRight
from marketplace.tasks import warn_of_keys
from tests.factories import marketplace as make
from tests.factories.marketplace import NOON

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def works():
    return make.organization()


@pytest.fixture
def ada(works):
    return make.member(works)


def key_of(works, ada, **more):
    given = {"name": "ERP", "scopes": ["leases:read"], "at": NOON} | more
    return api_keys.create(organization=works, by=ada, **given)


def found(text, at=NOON, **more):
    return api_keys.find(secret=text, at=at, **more)


def stored(key):
    return ApiKey.objects.filter(pk=key.pk).values().get()


class TestCreate:
    def test_stores_no_secret(self, works, ada):
        key, text = key_of(works, ada)

        identifier, secret = text.removeprefix("jj_live_").split(".")
        assert key.identifier == identifier
        assert secret not in str(stored(key))

    def test_refuses_an_unknown_scope(self, works, ada):
        with pytest.raises(api_keys.UnknownScope):
            key_of(works, ada, scopes=["everything"])

        assert not ApiKey.objects.exists()

    def test_refuses_who_is_not_administrator(self, works):
        with pytest.raises(MissingRight):
            key_of(works, make.member(works, Role.OPERATOR))

        assert not ApiKey.objects.exists()

    @pytest.mark.parametrize(
        ("more", "pointer"),
        [
            ({"name": " "}, "/name"),
            ({"note": "x" * 401}, "/note"),
            ({"networks": ["10.0.0.0/8", "10.0.0.1/8"]}, "/networks/1"),
            ({"expires_at": NOON}, "/expires_at"),
        ],
    )
    def test_refuses_what_can_be_no_key(self, works, ada, more, pointer):
        with pytest.raises(api_keys.KeyInvalid) as refused:
            key_of(works, ada, **more)

        assert [flaw.pointer for flaw in refused.value.flaws] == [pointer]
        assert not ApiKey.objects.exists()

    def test_through_a_key_gives_no_more_than_that_has(self, works, ada):
        mine = {"networks": ["10.0.0.0/8"], "expires_at": NOON + DAY}
        through, _ = key_of(works, ada, **mine)

        small, _ = key_of(works, ada, through=through, networks=["10.1.0.0/16"], expires_at=NOON + HOUR)
        assert AuditEntry.objects.get(subject=small.public_id).facts["through"] == through.public_id
        for more in ({"scopes": ["invoices:read"]}, {"networks": []}, {"expires_at": None}):
            with pytest.raises(api_keys.KeyReachesFurther):
                key_of(works, ada, through=through, **(mine | more))

        assert set(ApiKey.objects.all()) == {through, small}


class TestFind:
    def test_finds_the_key_and_notes_its_use_at_most_once_a_minute(self, works, ada):
        key, text = key_of(works, ada)
        soon, later = NOON + timedelta(seconds=30), NOON + timedelta(minutes=2)

        uses = []
        for at, address in ((NOON, "10.0.0.1"), (soon, "10.0.0.2"), (later, "2001:db8::1")):
            assert found(text, at, address=address) == key
            seen = ApiKey.objects.get()
            uses.append((seen.last_used_at, seen.last_used_from))

        assert uses == [(NOON, "10.0.0.1"), (NOON, "10.0.0.1"), (later, "2001:db8::1")]

    def test_notes_a_use_once_of_two_at_once(self, works, ada, monkeypatch):
        key, text = key_of(works, ada)
        real, between = api_keys._opens, ["10.0.0.2"]

        def opens(*given):
            if between:  # the other comes when this one has looked, before it writes
                found(text, address=between.pop())
            return real(*given)

        monkeypatch.setattr(api_keys, "_opens", opens)

        assert found(text, address="10.0.0.1") == key
        assert ApiKey.objects.get().last_used_from == "10.0.0.2"

    @pytest.mark.parametrize("change", ["secret", "identifier", "shape"])
    def test_finds_nothing_for_another_text(self, works, ada, change):
        _, text = key_of(works, ada)
        wrong = {"secret": text + "x", "identifier": "jj_00.00", "shape": "nonsense"}[change]

        assert found(wrong) is None

    def test_finds_neither_a_revoked_nor_an_expired_key(self, works, ada):
        revoked, text = key_of(works, ada)
        _, short = key_of(works, ada, expires_at=NOON + HOUR)

        for _ in range(2):
            api_keys.revoke(key=revoked, by=ada, at=NOON)

        assert found(text) is None
        assert found(short, NOON + HOUR) is None

    def test_takes_a_key_from_its_networks_alone(self, works, ada):
        key, text = key_of(works, ada, networks=["203.0.113.0/24", "2001:db8::/32"])

        for address in ("203.0.113.9", "2001:db8::5"):
            assert found(text, address=address) == key
        ApiKey.objects.update(last_used_at=None, last_used_from=None)
        for address in ("203.0.114.9", "unknown"):
            with pytest.raises(api_keys.KeyFromElsewhere) as refused:
                found(text, address=address)
            assert refused.value.facts["address"] == address
        assert ApiKey.objects.get().last_used_at is None

    def test_tells_nothing_of_networks_to_who_has_not_the_secret(self, works, ada):
        _, text = key_of(works, ada, networks=["203.0.113.0/24"])

        assert found(text + "x", address="10.0.0.1") is None


class TestRotate:
    def test_lets_both_secrets_work_until_the_overlap_ends(self, works, ada):
        key, old = key_of(works, ada, expires_at=NOON + 30 * DAY)

        rotated, new = api_keys.rotate(key=key, by=ada, at=NOON, hours=2)

        assert (found(old), found(new)) == (key, key)
        assert (found(old, NOON + 2 * HOUR), found(new, NOON + 2 * HOUR)) == (None, key)
        assert (rotated.expires_at, rotated.rotated_at) == (key.expires_at, NOON)
        assert new.split(".")[1] not in str(stored(key))

    def test_for_no_hours_ends_the_old_secret_at_once(self, works, ada):
        key, old = key_of(works, ada)

        _, new = api_keys.rotate(key=key, by=ada, at=NOON, hours=0)

        assert (found(old), found(new)) == (None, key)

    def test_waits_while_the_secret_before_works(self, works, ada):
        key, old = key_of(works, ada)
        _, new = api_keys.rotate(key=key, by=ada, at=NOON, hours=24)

        with pytest.raises(api_keys.OldSecretLives):
            api_keys.rotate(key=key, by=ada, at=NOON + HOUR)
        assert (found(old), found(new)) == (key, key)

        _, newest = api_keys.rotate(key=key, by=ada, at=NOON + DAY)
        at = NOON + DAY
        assert (found(old, at), found(new, at), found(newest, at)) == (None, key, key)

    def test_is_ended_by_hand_at_once(self, works, ada):
        key, old = key_of(works, ada)
        _, new = api_keys.rotate(key=key, by=ada, at=NOON)

        for _ in range(2):
            api_keys.end_old_secret(key=key, by=ada, at=NOON)

        assert (found(old), found(new)) == (None, key)
        assert AuditEntry.objects.filter(action="api_key.end_old_secret").count() == 1

    @pytest.mark.parametrize("hours", [-1, 169])
    def test_refuses_an_overlap_that_is_none(self, works, ada, hours):
        key, old = key_of(works, ada)

        with pytest.raises(api_keys.KeyInvalid):
            api_keys.rotate(key=key, by=ada, at=NOON, hours=hours)

        assert found(old) == key

    def test_gives_the_secret_to_nobody_but_who_made_the_key(self, works, ada):
        key, _old = key_of(works, ada)

        with pytest.raises(api_keys.NotYourKey):
            api_keys.rotate(key=key, by=make.member(works), at=NOON)

        assert stored(key)["rotated_at"] is None

    def test_through_a_smaller_key_gives_away_no_larger_one(self, works, ada):
        key, _old = key_of(works, ada, scopes=["leases:read", "invoices:read"])
        through, _ = key_of(works, ada, scopes=["leases:read", "keys:write"])

        with pytest.raises(api_keys.KeyReachesFurther):
            api_keys.rotate(key=key, by=ada, at=NOON, through=through)

        assert stored(key)["rotated_at"] is None
        assert api_keys.rotate(key=through, by=ada, at=NOON, through=through)[0] == through

    @pytest.mark.parametrize("end", ["revoked", "over"])
    def test_brings_no_key_back(self, works, ada, end):
        key, _ = key_of(works, ada, expires_at=NOON + HOUR)
        if end == "revoked":
            api_keys.revoke(key=key, by=ada, at=NOON)

        with pytest.raises(api_keys.KeyOver):
            api_keys.rotate(key=key, by=ada, at=NOON + HOUR)

        assert stored(key)["rotated_at"] is None

    def test_refuses_who_is_not_administrator(self, works, ada):
        key, old = key_of(works, ada)

        for act in (api_keys.rotate, api_keys.end_old_secret):
            with pytest.raises(MissingRight):
                act(key=key, by=make.member(works, Role.OPERATOR), at=NOON)

        assert found(old) == key


class TestChange:
    def test_counts_from_the_next_request_on(self, works, ada):
        key, text = key_of(works, ada)

        api_keys.change(key=key, name="MES", note="hall 2", networks=["10.0.0.0/8"], by=ada, at=NOON)

        assert found(text, address="10.0.0.1").name == "MES"
        with pytest.raises(api_keys.KeyFromElsewhere):
            found(text, address="11.0.0.1")

    def test_through_a_key_does_not_free_it_from_its_networks(self, works, ada):
        key, _ = key_of(works, ada, networks=["10.0.0.0/8"])

        with pytest.raises(api_keys.KeyReachesFurther):
            api_keys.change(key=key, name="x", note="", networks=[], by=ada, at=NOON, through=key)

        assert (stored(key)["name"], stored(key)["networks"]) == ("ERP", ["10.0.0.0/8"])

    def test_refuses_who_is_not_administrator(self, works, ada):
        key, _ = key_of(works, ada)

        with pytest.raises(MissingRight):
            viewer = make.member(works, Role.VIEWER)
            api_keys.change(key=key, name="x", note="", networks=[], by=viewer, at=NOON)

        assert stored(key)["name"] == "ERP"


class TestRevoke:
    def test_refuses_who_is_not_administrator(self, works, ada):
        key, text = key_of(works, ada)

        with pytest.raises(MissingRight):
            api_keys.revoke(key=key, by=make.member(works, Role.VIEWER), at=NOON)

        assert found(text) == key

    def test_ends_both_secrets(self, works, ada):
        key, old = key_of(works, ada)
        _, new = api_keys.rotate(key=key, by=ada, at=NOON)

        api_keys.revoke(key=key, by=ada, at=NOON)

        assert (found(old), found(new)) == (None, None)
        done = (
            AuditEntry.objects.filter(subject=key.public_id).order_by("pk").values_list("action", flat=True)
        )
        assert list(done) == ["api_key.create", "api_key.rotate", "api_key.revoke"]


class TestWarn:
    def test_tells_of_the_end_14_and_2_days_before_once_each(self, works, ada):
        end = NOON + 90 * DAY
        key_of(works, ada, expires_at=end)
        key_of(works, ada)

        told = [api_keys.warn(at=end - days * DAY) for days in (15, 14, 13, 2, 1)]

        assert told == [0, 1, 0, 1, 0]
        first = Notification.objects.earliest("pk")
        assert (first.kind, first.facts["key"], first.link) == ("api_key_ends", "ERP", "/api-keys/")

    def test_is_silent_about_keys_that_are_revoked_or_over(self, works, ada):
        key, _ = key_of(works, ada, expires_at=NOON + 90 * DAY)
        assert api_keys.warn(at=NOON + 90 * DAY) == 0
        api_keys.revoke(key=key, by=ada, at=NOON)

        assert api_keys.warn(at=NOON + 89 * DAY) == 0
        assert not Notification.objects.exists()

    def test_is_called_by_the_clock(self):
        assert warn_of_keys() == 0


@pytest.mark.parametrize(
    "wrong",
    [
        {"old_secret_hash": "x"},
        {"old_secret_until": NOON},
        {"old_secret_hash": "x", "old_secret_until": NOON},
        {"old_secret_hash": "x", "old_secret_until": NOON, "rotated_at": NOON},
        {"old_secret_hash": "x", "rotated_at": NOON},
        {"networks": [f"10.0.0.{n}/32" for n in range(21)]},
    ],
)
def test_the_database_keeps_no_impossible_key(works, ada, wrong):
    key, _ = key_of(works, ada)

    with pytest.raises(IntegrityError), transaction.atomic():
        ApiKey.objects.filter(pk=key.pk).update(**wrong)

    assert stored(key)["rotated_at"] is None


def test_the_database_keeps_no_secret_twice(works, ada):
    key, _ = key_of(works, ada)
    both = {"old_secret_hash": key.secret_hash, "old_secret_until": NOON + HOUR, "rotated_at": NOON}

    with pytest.raises(IntegrityError), transaction.atomic():
        ApiKey.objects.filter(pk=key.pk).update(**both)

    assert stored(key)["old_secret_hash"] == ""
