"""Budgets over REST."""

import pytest

from billing.actions import budgets
from billing.models import Budget
from billing.queries import budgets as queries
from billing.queries import running_cost
from billing.rules.budgets import Wanted
from leasing.models import Lease
from marketplace.models import Membership
from marketplace.models.parties import Role
from tests.billing.actions.test_budgets import (
    DAY_AFTER,
    NINE,
    beside_one_that_cannot_be_rated,
    count,
    look,
    set_up,
)

URL = "/api/v1/budgets/"


@pytest.fixture
def lessee(by_part, keyed):
    return keyed(by_part.buyer, by_part.lessee)


@pytest.fixture
def lessor(by_part, keyed):
    return keyed(by_part.owner, by_part.lessor)


def test_one_is_set_read_changed_and_deleted(by_part, lessee):
    given = {"lease": by_part.lease.public_id, "amount_minor": 100_000, "quantities": {"parts": "90.5"}}

    made = lessee.post(URL, given, format="json")

    assert (made.status_code, made.headers["ETag"]) == (201, '"1"'), made.json()
    body = made.json()
    assert (body["side"], body["percents"], body["quantities"]) == (
        "lessee",
        [50, 80, 100],
        {"parts": "90.5"},
    )
    one = f"{URL}{body['id']}/"
    assert [row["id"] for row in lessee.get(URL).json()["data"]] == [body["id"]]
    changed = lessee.put(one, {"amount_minor": 5}, format="json", HTTP_IF_MATCH='"1"')
    assert (changed.status_code, changed.json()["amount_minor"], changed.headers["ETag"]) == (200, 5, '"2"')
    assert changed.json()["quantities"] == {}
    assert lessee.put(one, {"amount_minor": 6}, format="json", HTTP_IF_MATCH='"1"').status_code == 412
    assert lessee.delete(one, HTTP_IF_MATCH='"1"').status_code == 412
    assert lessee.delete(one, HTTP_IF_MATCH='"2"').status_code == 204
    assert lessee.get(one).status_code == 404


def test_it_says_how_it_stands_and_what_came_about(by_part, lessee):
    count(by_part, 0, 40)
    made = set_up(by_part, Wanted(1, (100,)))
    look(by_part, made)

    shown = lessee.get(f"{URL}{made.public_id}/").json()

    net = running_cost(Lease.objects.get(pk=by_part.lease.pk), DAY_AFTER).net.minor
    assert shown["standing"]["usage"] == {"parts": "40"}
    assert [(one["kind"], one["percent"], one["net_minor"]) for one in shown["crossings"]] == [
        ("PERCENT", 100, net)
    ]
    assert shown["net_minor"] == net


def test_of_all_leases_it_stands_as_the_clock_counted_it(by_part, lessee, monkeypatch):
    count(by_part, 0, 40)
    made = set_up(by_part, Wanted(10**7), lease=False)
    one = f"{URL}{made.public_id}/"
    assert (lessee.get(one).json()["standing"], lessee.get(one).json()["unrated"]) == (None, [])
    beside_one_that_cannot_be_rated(monkeypatch)
    look(by_part, made)
    monkeypatch.setattr(queries, "running_cost", None)  # nothing is computed while somebody waits

    shown = lessee.get(one).json()

    assert shown["standing"]["net_minor"] == shown["net_minor"] > 0
    assert shown["unrated"] == [{"lease": "lea_broken", "number": "L-BROKEN", "code": "usage_not_rateable"}]


def test_the_other_side_and_viewers_learn_of_none(by_part, lessor, lessee):
    made = set_up(by_part, Wanted(1))
    one = f"{URL}{made.public_id}/"

    assert lessor.get(URL).json()["data"] == []
    for answer in (lessor.get(one), lessor.put(one, {"amount_minor": 1}, format="json"), lessor.delete(one)):
        assert answer.status_code == 404
    Membership.objects.filter(user=by_part.buyer).update(role=Role.VIEWER)
    assert lessee.get(URL).json()["data"] == []
    assert lessee.get(one).status_code == 404
    assert lessee.post(URL, {"amount_minor": 1}, format="json").status_code == 403


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({}, 422),
        ({"amount_minor": 0}, 400),
        ({"amount_minor": 10**40}, 400),
        ({"amount_minor": "NaN"}, 400),
        ({"amount_minor": 1, "percents": []}, 400),
        ({"amount_minor": 1, "percents": [50, 50]}, 422),
        ({"amount_minor": 1, "percents": "50"}, 400),
        ({"amount_minor": 1, "idle_days": 3}, 422),
        ({"amount_minor": 1, "side": "platform"}, 400),
        ({"amount_minor": 1, "lease": "lea_nobody"}, 400),
        ({"amount_minor": 1, "lease": "\0"}, 400),
        ({"quantities": {"parts": "NaN"}}, 400),
        ({"quantities": {"x" * 5_000: "1"}, "lease": "mine"}, 422),
        ({"quantities": {"\0": "1"}, "lease": "mine"}, 422),
        ({"quantities": []}, 400),
    ],
)
def test_odd_wishes_are_refused(by_part, lessee, given, code):
    if given.get("lease") == "mine":
        given = given | {"lease": by_part.lease.public_id}

    answer = lessee.post(URL, given, format="json")

    assert answer.status_code in (code, 400 if code == 422 else code), answer.json()
    assert not Budget.objects.exists()


def test_a_second_one_is_told(by_part, lessee):
    given = {"amount_minor": 1, "side": "lessee"}

    answers = [lessee.post(URL, given, format="json") for _ in range(2)]

    assert [one.status_code for one in answers] == [201, 409]
    assert answers[1].json()["code"] == "budget_exists"


def test_filters_keep_side_and_lease(by_part, lessee):
    of_lease, whole = set_up(by_part, Wanted(1)), set_up(by_part, Wanted(1), lease=False, side="lessor")
    ended = set_up(by_part, Wanted(1), lease=False)
    budgets.end(budget=ended, within=by_part.lessee, by=by_part.buyer, at=NINE)

    def ids(**asked):
        return [row["id"] for row in lessee.get(URL, asked).json()["data"]]

    assert ids() == [whole.public_id, of_lease.public_id]
    assert ids(role="lessor") == [whole.public_id]
    assert ids(lease=by_part.lease.public_id) == [of_lease.public_id]
