"""Credit limits on pages: set, replaced, and only seen by who may set them."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from leasing.actions import limits
from leasing.models import CreditLimit

pytestmark = pytest.mark.django_db


def client(person):
    found = Client(headers={"accept-language": "en"})
    found.force_login(person)
    return found


def put(person, code=200, **given):
    given = {"currency": "CNY", "reason": "Known for years"} | given
    answer = client(person).post(reverse("credit-limit-new"), given, follow=True)
    assert answer.status_code == code
    return answer.content.decode()


def listed(person):
    return client(person).get(reverse("credit-limits")).content.decode()


def test_one_is_set_for_a_lessee_and_then_another(world):
    assert "No limit is set" in listed(world.clerk)
    put(world.clerk, lessee=world.lessee.credit_code, amount="80000.50", longest_months="12")
    put(world.clerk, lessee=world.lessee.credit_code, amount="0")
    page = put(world.clerk)

    first, second, everybody = CreditLimit.objects.order_by("pk")
    assert (first.lessee, first.amount_minor, first.longest_months) == (world.lessee, 8_000_050, 12)
    assert (second.amount_minor, everybody.lessee, everybody.amount_minor) == (0, None, None)
    assert page.index("All others") < page.index(world.lessee.name)
    assert page.count("in force</span>") == 2
    assert page.count("replaced</span>") == 1
    assert "80,000.50" in page
    assert "no limit" in page
    prefilled = client(world.clerk).get(reverse("credit-limit-new") + f"?lessee={world.lessee.credit_code}")
    assert f'value="{world.lessee.credit_code}"' in prefilled.content.decode()


def test_what_is_to_come_and_what_ran_out_does_not_hold(world):
    now = timezone.now()
    given = {"lessor": world.lessor, "lessee": world.lessee, "currency": "CNY", "by": world.clerk}
    given |= {"reason": "once", "amount_minor": 100}
    limits.grant(**given, at=now - timedelta(days=9), valid_until=now - timedelta(days=1))
    limits.grant(**given, at=now - timedelta(days=8))
    limits.grant(**given, at=now, valid_from=now + timedelta(days=3))

    page = listed(world.clerk)
    assert (page.count("run out</span>"), page.count("in force</span>"), page.count("to come</span>")) == (
        1,
        1,
        1,
    )


@pytest.mark.parametrize(
    ("given", "field", "text"),
    [
        ({"lessee": "x"}, "lessee", "There is no such organization"),
        ({"amount": "-1"}, "amount", "greater than or equal to 0"),
        ({"amount": "0.001"}, "amount", "has 2 decimal places"),
        ({"amount": "0.5", "currency": "JPY"}, "amount", "has 0 decimal places"),
        ({"longest_months": "999"}, "longest_months", "from 0 to 240"),
        ({"valid_from": "2020-01-01T00:00"}, "valid_from", "from now on or later"),
        ({"reason": " "}, "reason", "required"),
        ({"currency": "XYZ"}, "currency", "Select a valid choice"),
    ],
)
def test_a_fault_stands_at_its_field_and_nothing_is_lost(world, given, field, text):
    page = put(world.clerk, code=400, **({"longest_months": "7"} | given))

    assert f'href="#id_{field}"' in page
    assert text in page
    assert given.get("longest_months", "7") in page
    assert not CreditLimit.objects.exists()


def test_are_a_file_of_what_is_shown(world):
    put(world.clerk, lessee=world.lessee.credit_code, amount="80000.50", longest_months="12")
    put(world.clerk, reason="=1+1")
    address = reverse("credit-limits")

    first, everybody, one = (
        client(world.clerk).get(f"{address}?format=csv").content.decode("utf-8-sig").splitlines()
    )

    assert first.startswith("Name of the lessee,State,Currency")
    assert everybody.startswith("All others,in force,CNY,,")
    assert "'=1+1" in everybody
    assert one.startswith(f"{world.lessee.name},in force,CNY,80000.5")
    assert client(world.clerk).get(f"{address}?format=xlsx").content.startswith(b"PK")
    assert "format=xlsx" in listed(world.clerk)
    assert client(world.clerk).get(f"{address}?format=ods").status_code == 400


def test_only_who_may_set_them_sees_them(world):
    put(world.clerk, lessee=world.lessee.credit_code, amount="5")

    for who in (world.watcher, world.owner, world.guest):
        assert client(who).get(reverse("credit-limits")).status_code == 403
        assert client(who).get(reverse("credit-limits") + "?format=csv").status_code == 403
        put(who, code=403)
    assert world.lessee.name not in listed(world.outsider)
    leases = client(world.clerk).get(reverse("leases")).content.decode()
    assert reverse("credit-limits") in leases
    assert reverse("credit-limits") not in client(world.watcher).get(reverse("leases")).content.decode()
