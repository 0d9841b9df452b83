"""What operations declare about themselves, and how the edge keeps it."""

import gc
import json
import threading
import time
from contextlib import nullcontext
from datetime import date
from unittest.mock import patch

import pytest
from django.db import connection
from django.urls import resolve, reverse
from rest_framework.test import APIClient

from config.changes import KINDS, recorded
from config.objects import preconditions, shapes, tags
from config.objects.chosen import Unknown, asked, cut
from leasing.actions import limits
from leasing.models import CreditLimit
from marketplace.actions import listings
from marketplace.api.equipment import CategoryViewSet
from marketplace.models import Listing, Membership
from marketplace.shared.declared import ENDING, Ending, Part, deprecated
from marketplace.shared.versions import matched
from tests import doors, races
from tests.factories import marketplace as make
from tests.test_openapi import generated, operations

SHAPE = {"id": {}, "lease": {"id": {}, "number": {}}}


class TestNames:
    def test_are_read_two_deep_and_cut_out(self):
        tree = asked("lease.number, id", SHAPE)

        assert cut({"id": 1, "note": 2, "lease": {"id": 3, "number": 4}}, tree) == {
            "lease": {"number": 4},
            "id": 1,
        }
        assert cut([{"id": 1, "lease": None}], tree) == [{"lease": None, "id": 1}]

    @pytest.mark.parametrize("text", ["lease,lease.number", "lease.number,lease"])
    def test_that_stand_alone_mean_the_whole(self, text):
        assert cut({"lease": {"id": 3, "number": 4}}, asked(text, SHAPE)) == {"lease": {"id": 3, "number": 4}}

    def test_that_are_unknown_come_with_those_that_are_known(self):
        with pytest.raises(Unknown) as refused:
            asked("lease.colour", SHAPE)

        assert refused.value.known == ["lease.id", "lease.number"]


class TestStates:
    def test_of_several_tags_are_told_and_weak_ones_are_none(self):
        assert tags.states('"3.abc", W/"4", "5"') == {"3", "5"}
        assert tags.states("nonsense") == set()

    def test_say_the_version_whatever_was_shown(self):
        assert matched('"3.abc"', version=9, differs=listings.ListingChanged) == 3
        with pytest.raises(listings.ListingChanged):
            matched('"abc.3"', version=9, differs=listings.ListingChanged)


def declared():
    """Every serializer that answers something, with what it says can be expanded."""
    for name, method, callback in reads():
        operation = shapes.operation_of(callback, method)
        if operation and operation.answer is not None and shapes.declared_by(operation.answer):
            yield name, operation.answer


def reads():
    return [
        (name, "GET", pattern.callback)
        for name, pattern in doors.patterns()
        if name.startswith("api-") and hasattr(pattern.callback, "cls")
    ]


def test_of_two_first_requests_one_is_described_at_a_time():
    """The describer finds its parts when it is first asked: a second thread would meet them half found."""
    inside, met, together = threading.Lock(), [], threading.Barrier(2, timeout=races.PATIENCE_S)

    class View:
        def list(self): ...

        def retrieve(self): ...

    class Schema:
        def get_response_serializers(self):
            met.append(inside.acquire(blocking=False))
            time.sleep(0.05)
            if met[-1]:
                inside.release()

    def first(name):
        together.wait()
        shapes.operation(View, name, "get", lambda: nullcontext(Schema()))

    threads = [threading.Thread(target=first, args=(name,)) for name in ("list", "retrieve")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert met == [True, True]


@pytest.mark.parametrize("path", ["/api/v1/account-statement/", "/api/v1/indicators/"])
def test_what_describes_an_operation_outlives_a_search_for_garbage(path, monkeypatch):
    """It is referred to weakly: garbage looked for amid a first request made it a 500."""
    real = shapes._serializer
    monkeypatch.setattr(shapes, "_KNOWN", {})
    monkeypatch.setattr(shapes, "_serializer", lambda found: (gc.collect(), real(found))[1])

    assert shapes.operation_of(resolve(path).func, "GET").fields


class TestDeclarations:
    def test_of_what_can_be_expanded_name_fields_and_views(self):
        found = dict(declared())

        assert len(found) > 40
        for name, serializer in found.items():
            for field, target in shapes.declared_by(serializer).items():
                if isinstance(target, Part):
                    continue
                assert field in serializer.fields, (name, field)
                queryset = shapes.view_of(target).cls.queryset
                assert queryset is None or queryset.model._meta.get_field("public_id"), (name, field)

    def test_of_what_was_seen_name_what_can_be_read(self):
        names = [name for name, _ in doors.patterns()]
        many = 0
        for name, pattern in doors.patterns():
            for method in ("POST", "PUT", "PATCH", "DELETE"):
                operation = shapes.operation_of(pattern.callback, method)
                if operation is None or operation.seen is None:
                    continue
                many += 1
                at = operation.seen.at or f"{pattern.callback.initkwargs['basename']}-detail"
                assert at in names, (name, at)
        assert many >= 30

    def test_are_described(self):
        described = dict(operations(generated()))
        sent = described["PATCH /api/v1/listings/{public_id}/"]
        read = described["GET /api/v1/invoices/"]

        (header,) = [row for row in sent["parameters"] if row["name"] == "If-Match"]
        assert header["required"] and {"412", "428"} <= set(sent["responses"])
        names = {row["name"]: row["description"] for row in read["parameters"] if "description" in row}
        assert "lease.listing" in names["expand"] and "fields" in names
        assert "304" in read["responses"]


@pytest.mark.django_db
class TestIfMatch:
    @pytest.fixture
    def offer(self):
        owner = make.organization()
        listing = make.listing(owner)
        client = APIClient()
        client.force_login(make.member(owner))
        return client, f"/api/v1/listings/{listing.public_id}/", listing

    def test_is_asked_for_and_says_what_to_read(self, offer):
        client, url, listing = offer

        for headers in ({}, {"If-Match": "*"}):
            answer = client.patch(url, {"title": "Other"}, format="json", headers=headers)
            problem = answer.json()
            assert (answer.status_code, problem["code"]) == (428, "precondition_required")
            assert problem["read"] == url and url in problem["detail"]

        assert Listing.objects.get(pk=listing.pk).title == listing.title

    def test_lets_what_was_seen_be_changed_once(self, offer):
        client, url, listing = offer
        tag = client.get(url)["ETag"]

        done = client.patch(url, {"title": "One"}, format="json", headers={"If-Match": tag})
        late = client.patch(url, {"title": "Two"}, format="json", headers={"If-Match": tag})
        bad = client.patch(url, {"title": "Two"}, format="json", headers={"If-Match": "nonsense"})

        assert (done.status_code, late.status_code, late.json()["code"]) == (200, 412, "listing_changed")
        assert bad.status_code == 412
        assert Listing.objects.get(pk=listing.pk).title == "One"
        good = client.patch(url, {"title": "Two"}, format="json", headers={"If-Match": done["ETag"]})
        assert good.json()["title"] == "Two"

    def test_is_not_asked_of_who_may_not_read_it(self, offer):
        _client, url, _listing = offer
        listings_url = url.replace("lst_", "lst_0")
        stranger = APIClient()
        stranger.force_login(make.member(make.organization()))

        assert stranger.patch(listings_url, {}, format="json").status_code == 404
        assert APIClient().put("/api/v1/billing-mode/", {}, format="json").status_code == 401

    def test_is_answered_anew_for_the_same_idempotency_key(self, rater):
        client, body = rater
        key = {"Idempotency-Key": "limit-1"}
        missing = client.post(LIMITS, body, format="json", headers=key)
        tag = client.get(LIMITS)["ETag"]

        good = client.post(LIMITS, body, format="json", headers=key | {"If-Match": tag})

        assert (missing.status_code, good.status_code) == (428, 201), good.content
        assert CreditLimit.objects.count() == 1


LIMITS = "/api/v1/credit-limits/"


@pytest.fixture
def rater():
    """Somebody who sets limits, and a limit to set."""
    owner = make.organization()
    client = APIClient()
    client.force_login(make.member(owner))
    body = {"lessee": make.organization().public_id, "amount_minor": 100, "reason": "known"}
    return client, body


@pytest.mark.django_db
class TestWhatNoVersionCounts:
    def test_is_compared_as_it_is_shown(self, rater):
        client, body = rater
        tag = client.get(LIMITS)["ETag"]

        first = client.post(LIMITS, body, format="json", headers={"If-Match": tag})
        second = client.post(LIMITS, body, format="json", headers={"If-Match": tag})

        assert (first.status_code, second.status_code) == (201, 412), first.content
        assert second.json()["code"] == "precondition_failed"
        assert CreditLimit.objects.count() == 1

    def test_is_compared_in_the_same_state_though_it_was_expanded_or_cut(self, rater):
        client, body = rater
        tag = client.get(f"{LIMITS}?fields=id")["ETag"]

        assert client.post(LIMITS, body, format="json", headers={"If-Match": tag}).status_code == 201


def somebody_waits():
    """Return whether a write waits for another: its lock is on a connection beside that of the action."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted)")
        return cursor.fetchone()[0]


def at_once_as_seen(rater):
    """Let two browsers that saw the same send a limit at once: one writes when the other came, or waits."""
    client, body = rater
    tag = client.get(LIMITS)["ETag"]
    other = APIClient()
    other.cookies = client.cookies

    def write(browser):
        return lambda: browser.post(LIMITS, body, format="json", headers={"If-Match": tag}).status_code

    came, grant = [], limits.grant

    def granted(**given):
        came.append(given)
        until = time.monotonic() + races.PATIENCE_S
        while len(came) < 2 and not somebody_waits() and time.monotonic() < until:
            time.sleep(races.LOOK_AGAIN_S)
        return grant(**given)

    with patch.object(limits, "grant", granted), patch.object(preconditions, "LONGEST_WAIT", "60s"):
        return sorted(races.at_once(write(client), write(other)))


@pytest.mark.django_db(transaction=True)
def test_of_two_that_saw_the_same_at_once_one_writes(rater):
    assert at_once_as_seen(rater) == [201, 412]
    assert CreditLimit.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_without_the_lock_neither_is_told_that_it_saw_too_little(rater):
    with patch.object(preconditions, "_one_at_a_time", lambda what: nullcontext()):
        codes = at_once_as_seen(rater)

    assert 412 not in codes


@pytest.mark.django_db(transaction=True)
class TestAnotherWriteUnderWay:
    def sent(self, client, body, held, monkeypatch):
        """Send a limit while another connection holds the lock of ``held``; the answer."""
        monkeypatch.setattr(preconditions, "LONGEST_WAIT", "100ms")
        tag = client.get(LIMITS)["ETag"]
        found = []

        def send():
            try:
                found.append(client.post(LIMITS, body, format="json", headers={"If-Match": tag}))
            finally:
                connection.close()

        with preconditions._one_at_a_time(held):
            thread = threading.Thread(target=send)
            thread.start()
            thread.join()
        return found[0]

    def test_of_the_organization_is_not_waited_for_without_end(self, rater, monkeypatch):
        client, body = rater
        own = Membership.objects.get(user_id=client.session["_auth_user_id"]).organization_id

        answer = self.sent(client, body, f"{LIMITS} {own}", monkeypatch)

        assert (answer.status_code, answer.json()["code"]) == (503, "write_under_way")
        assert int(answer["Retry-After"]) > 0
        assert not CreditLimit.objects.exists()

    def test_of_another_organization_holds_nobody_up(self, rater, monkeypatch):
        client, body = rater
        other = make.organization()

        assert self.sent(client, body, f"{LIMITS} {other.pk}", monkeypatch).status_code == 201


@pytest.mark.django_db
def test_strangers_are_answered_before_any_lock(monkeypatch):
    taken = []
    monkeypatch.setattr(preconditions, "_one_at_a_time", taken.append)

    answer = APIClient().post(LIMITS, {}, format="json", headers={"If-Match": '"x"'})

    assert (answer.status_code, taken) == (401, [])


@pytest.mark.django_db
class TestAnEnd:
    @pytest.fixture
    def ending(self, monkeypatch):
        def set_to(ending):
            monkeypatch.setattr(CategoryViewSet, ENDING, ending, raising=False)
            monkeypatch.setattr(shapes, "_KNOWN", {})

        return set_to

    def test_is_told_with_the_answer(self, ending):
        ending(Ending(date(2026, 11, 1), date(2027, 11, 1)))

        answer = APIClient().get("/api/v1/categories/")

        assert answer["Deprecation"] == "@1793491200"
        assert answer["Sunset"] == "Mon, 01 Nov 2027 00:00:00 GMT"
        assert '</api/changes/>; rel="deprecation"' in answer["Link"]

    def test_is_not_told_of_others(self):
        answer = APIClient().get("/api/v1/listings/")

        assert "Deprecation" not in answer and "Sunset" not in answer

    def test_is_described(self, ending):
        ending(Ending(date(2026, 11, 1)))
        generated.cache_clear()
        try:
            assert dict(operations(generated()))["GET /api/v1/categories/"]["deprecated"] is True
        finally:
            generated.cache_clear()

    def test_lies_after_its_announcement(self):
        with pytest.raises(ValueError, match="gone before"):
            deprecated(date(2026, 11, 1), gone=date(2026, 11, 1))
        assert getattr(deprecated(date(2026, 11, 1))(lambda: None), ENDING).gone is None


class TestChanges:
    def test_are_whole_and_name_operations(self):
        names = {name for name, _ in operations(generated())}
        paths = [name.split(" ", 1)[1] for name in names] + ["/api/changes/"]

        for change in recorded():
            assert set(change) == {"on", "operation", "kind", "text", "text_zh"}
            assert date.fromisoformat(change["on"]) and change["kind"] in KINDS
            path = change["operation"].split(" ", 1)[1]
            assert any(each.startswith(path) for each in paths) or change["kind"] == "removed", path

    @pytest.mark.django_db
    def test_are_told_to_anybody_in_both_languages(self):
        url = reverse("api-changes")
        client = APIClient()

        chinese = client.get(url, headers={"Accept-Language": "zh-hans"})
        english = client.get(url, headers={"Accept-Language": "en"})

        rows = english.json()["data"]
        assert set(rows[0]) == {"date", "operation", "kind", "text"}
        assert [row["date"] for row in rows] == sorted((row["date"] for row in rows), reverse=True)
        assert rows[0]["text"] != json.loads(chinese.content)["data"][0]["text"]
        tag = {"If-None-Match": english["ETag"], "Accept-Language": "en"}
        assert client.get(url, headers=tag).status_code == 304
        assert client.post(url).status_code == 405
