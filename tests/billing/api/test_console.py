"""An owner's console over REST says what its pages say, and refuses what it cannot read."""

from decimal import Decimal

import pytest
from rest_framework.test import APIClient

from billing.queries.income import By, income_of
from billing.rules.income import Part, months, total
from marketplace.models.parties import Role
from tests import once
from tests.billing.payments import matched
from tests.billing.payments.world import DAY
from tests.factories import marketplace as make

pytestmark = pytest.mark.django_db


def billed():
    made = matched.begin()
    first = made.bill("INV-1", "L1", 113_000)
    made.bill("INV-2", "L2", 50_001)
    made.bill("INV-1-N", "L1", -10_000, first)
    return made


match = once.fixture(billed)


def client(organization, role=Role.ADMIN):
    made = APIClient()
    made.force_login(make.member(organization, role))
    return made


@pytest.mark.parametrize("by", By)
def test_income_is_that_of_the_books(match, by):
    owner, shown = match.scene.lessor, months(DAY)
    [found] = income_of(owner, by, shown[0], shown[-1])

    answer = client(owner).get("/api/v1/income/", {"by": by.value, "last_day": str(DAY)}).json()

    [part] = answer["data"]
    assert (part["currency"], part["total"]["billed_minor"], part["total"]["credited_minor"]) == (
        "CNY",
        163_001,
        -10_000,
    )
    assert part["total"]["open_minor"] == 153_001
    assert part["total"]["fee_minor"] == total(found.rows)[Part.FEE] < 0
    for name in ("billed_minor", "earned_minor", "open_minor"):
        assert sum(row[name] for row in part["rows"]) == part["total"][name]
    if by is By.LESSEE:
        assert {row["name"] for row in part["rows"]} == {"Lessee L1", "Lessee L2"}


def test_use_adds_up_machine_by_machine(match):
    answer = (
        client(match.scene.lessor).get("/api/v1/utilisation/", {"by": "month", "last_day": str(DAY)}).json()
    )

    assert len(answer["data"]) == 12
    for name in ("there_hours", "leased_hours", "counted_hours", "ran_hours", "idle_hours", "overdue_hours"):
        whole = Decimal(answer["total"][name])
        assert sum(Decimal(row[name]) for row in answer["data"]) == whole
        assert sum(Decimal(row[name]) for row in answer["machines"]) == whole
    total = answer["total"]
    assert Decimal(total["leased_hours"]) > Decimal(total["overdue_hours"]) == 0
    leased = Decimal(total["leased_hours"]) / Decimal(total["there_hours"])
    assert abs(Decimal(total["leased_share"]) - leased) < Decimal("0.000001")
    assert (total["counted_hours"], total["ran_share"]) == ("0", None)  # these leases count parts alone


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("utilisation", {"by": "year"}),
        ("utilisation", {"last_day": "0001-01-01"}),
        ("income", {"by": "moon"}),
        ("income", {"last_day": "9999-12-31"}),
    ],
)
def test_what_cannot_be_read_is_named(match, path, query):
    answer = client(match.scene.lessor).get(f"/api/v1/{path}/", query)

    assert answer.status_code == 400
    assert [one["pointer"] for one in answer.json()["errors"]] == [f"/{next(iter(query))}"]


def test_others_see_nothing_of_it(match):
    stranger = client(make.organization(kind="LESSOR"))

    assert stranger.get("/api/v1/income/").json()["data"] == []
    assert stranger.get("/api/v1/utilisation/").json()["machines"] == []
    assert client(match.scene.lessor, Role.VIEWER).get("/api/v1/income/").status_code == 403
    assert APIClient().get("/api/v1/income/").status_code == 401
