"""What every GET of the REST API can be asked for, tried on invoices and leases: fields, expansion, tags."""

from datetime import timedelta

import pytest
from rest_framework.test import APIClient

from billing.actions import invoices
from billing.models import Invoice
from leasing.models import Lease
from marketplace.models.apikeys import Scope
from tests import once
from tests.billing import world
from tests.factories import marketplace as make

NINE = world.midnight("2026-10-19") + timedelta(hours=9)
DUE = world.midnight("2026-11-02")
INVOICES, LEASES = "/api/v1/invoices/", "/api/v1/leases/"


@once.fixture
def billed(by_part):
    by_part.say((1, NINE, "ppartcount", 0), (2, NINE + timedelta(minutes=20), "ppartcount", 4))
    invoices.bill(lease=by_part.lease, at=DUE, by=by_part.clock)
    return by_part


@pytest.fixture
def buyer(billed, keyed):
    return keyed(billed.buyer, billed.lessee)


def one(billed):
    return f"{INVOICES}{Invoice.objects.get(seller=billed.lessor).public_id}/"


class TestFields:
    def test_of_one_object_are_those_that_were_asked_for(self, billed, buyer):
        found = buyer.get(f"{one(billed)}?fields=id,gross.minor,lines.position,seller_facts").json()

        assert set(found) == {"id", "gross", "lines", "seller_facts"}
        assert found["gross"] == {"minor": 246121}
        assert found["lines"][0] == {"position": 1}
        assert found["seller_facts"]["name"] == billed.lessor.name

    def test_of_a_list_leave_the_page_as_it_is(self, buyer):
        found = buyer.get(f"{INVOICES}?fields=number&limit=1")

        page = found.json()
        assert (set(page), set(page["data"][0])) == ({"data", "next", "has_more"}, {"number"})
        assert "fields=number" in page["next"]
        assert set(buyer.get(page["next"]).json()["data"][0]) == {"number"}

    def test_of_parts_of_an_object_are_theirs(self, billed, buyer):
        found = buyer.get(f"{LEASES}{billed.lease.public_id}/history/?fields=position,move").json()

        assert set(found["data"][0]) == {"position", "move"}

    @pytest.mark.parametrize(
        ("asked", "named"),
        [
            ("colour", "colour"),
            ("id,colour", "colour"),
            ("gross.colour", "gross.colour"),
            ("id.minor", "id.minor"),
            ("gross.minor.more", "gross.minor.more"),
            ("lease.number", "lease.number"),
            ("", ""),
            ("id,", ""),
            (",".join(["id"] * 101), "…"),
        ],
    )
    def test_that_are_unknown_are_named(self, billed, buyer, asked, named):
        for url in (INVOICES, one(billed)):
            answer = buyer.get(url, {"fields": asked})

            assert answer.status_code == 400, answer.content
            (flaw,) = answer.json()["errors"]
            assert (flaw["pointer"], flaw["code"]) == ("/fields", "unknown")
            assert not named or named == "…" or f"“{named}”" in flaw["detail"]

    def test_are_no_parameter_of_a_file(self, billed, buyer):
        answer = buyer.get(f"{one(billed)}pdf/?fields=id")

        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "/fields")


class TestExpansion:
    def test_puts_an_object_in_the_place_of_its_id(self, billed, buyer):
        whole = buyer.get(f"{LEASES}?limit=1").json()["data"][0]

        found = buyer.get(f"{INVOICES}?expand=lease").json()["data"]

        assert [row["lease"] for row in found] == [whole, whole]

    def test_goes_two_deep_and_brings_fields(self, billed, buyer):
        found = buyer.get(f"{one(billed)}?expand=lease.listing&fields=id,lease.listing,lines.position").json()

        assert set(found) == {"id", "lease", "lines"}
        assert found["lease"]["listing"]["title"] == billed.lease.listing.title

    def test_adds_parts_that_lists_leave_out(self, billed, buyer):
        plain = buyer.get(INVOICES).json()["data"]
        found = buyer.get(f"{INVOICES}?expand=lines").json()["data"]
        detail = buyer.get(f"{INVOICES}{found[0]['id']}/").json()

        assert "lines" not in plain[0]
        assert found[0]["lines"] == detail["lines"]
        assert len(found[1]["lines"]) > 0

    def test_asks_no_query_more_for_each_row(self, billed, buyer, django_assert_max_num_queries):
        url = f"{INVOICES}?expand=lease.listing,lines"
        buyer.get(url)
        with django_assert_max_num_queries(100) as few:
            assert len(buyer.get(f"{url}&limit=1").json()["data"]) == 1
        with django_assert_max_num_queries(len(few)):
            assert len(buyer.get(url).json()["data"]) == 2

    def test_leaves_what_the_reader_may_not_see_an_id(self, billed, keyed):
        lessee = keyed(billed.buyer, billed.lessee)

        found = lessee.get(f"{LEASES}{billed.lease.public_id}/?expand=units.equipment,listing.chain").json()

        machine = billed.lease.units.get().equipment
        assert found["units"][0]["equipment"] == machine.public_id  # a machine is its owner's to see
        owner = keyed(billed.owner, billed.lessor)
        mine = owner.get(f"{LEASES}{billed.lease.public_id}/?expand=units.equipment").json()
        assert mine["units"][0]["equipment"]["serial_number"] == machine.serial_number

    def test_needs_the_scope_of_what_is_expanded(self, billed, keyed):
        narrow = keyed(billed.buyer, billed.lessee, Scope.INVOICES_READ)

        answer = narrow.get(f"{INVOICES}?expand=lease")

        assert (answer.status_code, answer.json()["code"]) == (403, "missing_scope")
        assert "ETag" not in answer
        assert narrow.get(f"{INVOICES}?expand=lines").status_code == 200

    @pytest.mark.parametrize("asked", ["colour", "seller", "lease.colour", "lease.listing.chain", ""])
    def test_of_what_is_unknown_is_named(self, billed, buyer, asked):
        for url in (INVOICES, one(billed)):
            answer = buyer.get(url, {"expand": asked})

            assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "/expand")

    def test_is_refused_where_there_is_nothing_to_expand(self, buyer):
        answer = buyer.get("/api/v1/categories/?expand=parent")

        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "/expand")


class TestTags:
    def test_tell_whether_an_object_is_still_the_same(self, billed, buyer):
        url = one(billed)
        first = buyer.get(url)
        tag = first["ETag"]

        again = buyer.get(url, headers={"If-None-Match": f'"other", W/{tag}'})

        assert (again.status_code, again.content, again["ETag"]) == (304, b"", tag)
        assert "Content-Type" not in again
        assert again["Cache-Control"] == first["Cache-Control"] and again["X-Request-Id"]
        assert buyer.head(url, headers={"If-None-Match": tag}).status_code == 304
        assert buyer.get(url, headers={"If-None-Match": "*"}).status_code == 304
        for other in ('"other"', "nonsense", tag.strip('"')):
            assert buyer.get(url, headers={"If-None-Match": other}).status_code == 200
        billed.lessee.name = "深圳小厂新"
        billed.lessee.save()
        assert buyer.get(url, headers={"If-None-Match": tag}).json()["buyer_name"] == "深圳小厂新"

    def test_differ_between_what_is_shown(self, billed, buyer):
        url = f"{LEASES}{billed.lease.public_id}/"
        plain, expanded = buyer.get(url)["ETag"], buyer.get(f"{url}?expand=listing")["ETag"]

        version = f'"{Lease.objects.get(pk=billed.lease.pk).version}.'
        assert plain.startswith(version) and expanded.startswith(version)
        assert plain != expanded

    def test_change_with_what_no_version_counts(self, billed, buyer):
        url = f"{LEASES}{billed.lease.public_id}/"
        tag = buyer.get(url)["ETag"]
        billed.lessor.name = "宁波精工新"
        billed.lessor.save()

        assert buyer.get(url, headers={"If-None-Match": tag}).json()["lessor_name"] == "宁波精工新"

    def test_stand_on_no_refusal(self, billed):
        stranger = APIClient()
        stranger.force_login(make.member(make.organization()))

        answer = stranger.get(one(billed), headers={"If-None-Match": "*"})

        assert (answer.status_code, "ETag" in answer) == (404, False)
        assert APIClient().get(one(billed), headers={"If-None-Match": "*"}).status_code == 401
