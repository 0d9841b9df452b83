"""The pages of budgets, and who learns from the page of the usage what a lease costs."""

from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from billing.models import Budget
from billing.queries import budgets as queries
from billing.queries import running_cost
from billing.rules.budgets import Wanted
from leasing.models import Lease
from marketplace.models.parties import Role
from marketplace.templatetags.figures import money_text
from tests.billing.actions.test_budgets import beside_one_that_cannot_be_rated, count, look, set_up
from tests.factories import marketplace as factory


def client(person, language="en"):
    found = Client(headers={"accept-language": language})
    found.force_login(person)
    return found


def new(scene):
    return f"{reverse('budget-new')}?lease={scene.lease.public_id}"


def test_one_is_set_changed_and_deleted(by_part):
    looking = client(by_part.buyer)
    typed = {"amount": "1000", "percents": "50，90 100%", "meter_parts": "40", "idle_days": "3"}

    made = looking.post(new(by_part), typed)

    budget = Budget.objects.get()
    page = reverse("budget", args=[budget.public_id])
    assert made.url == page
    assert budget.wanted == Wanted(100_000, (50, 90, 100), {"parts": Decimal(40)}, idle_days=3)
    assert looking.get(new(by_part)).url == page
    assert looking.post(page, {"amount": "2000", "percents": "", "version": "1"}).url == page
    assert Budget.objects.get().wanted == Wanted(200_000)
    late = looking.post(page, {"amount": "3000", "version": "1"})
    assert (late.status_code, "Somebody has changed this budget" in late.content.decode()) == (400, True)
    assert looking.post(reverse("budget-delete", args=[budget.public_id])).url == reverse("budgets")
    assert looking.get(page).status_code == 404


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"amount": ""}, "Set an amount, or something else"),
        ({"amount": "NaN"}, "Enter a number"),
        ({"amount": "10", "percents": "half"}, "Write whole numbers"),
        ({"amount": "10", "percents": "0"}, "whole percentages between 1 and 1000"),
        ({"meter_parts": "0"}, "The quantity is more than 0"),
        ({"idle_days": "0"}, "greater than or equal to 1"),
    ],
)
def test_what_is_wrong_stands_in_the_form(by_part, typed, said):
    answer = client(by_part.buyer).post(new(by_part), typed)

    assert (answer.status_code, said in answer.content.decode()) == (400, True)
    assert not Budget.objects.exists()


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_pages_show_how_it_stands(by_part, language):
    count(by_part, 0, 40)
    made = set_up(by_part, Wanted(1, (100,), {"parts": Decimal(40)}))
    set_up(by_part, Wanted(10**9), lease=False)
    look(by_part, made)
    looking = client(by_part.buyer, language)

    listed = looking.get(reverse("budgets")).content.decode()
    one = looking.get(reverse("budget", args=[made.public_id])).content.decode()
    usage = looking.get(reverse("usage", args=[by_part.lease.public_id])).content.decode()
    summary = looking.get(reverse("lease-usage-summary", args=[by_part.lease.public_id])).content.decode()

    net = money_text(Budget.objects.get(pk=made.pk).net)
    assert all(net in page for page in (listed, one))
    assert one.count(net) >= 2
    assert all(made.public_id in page for page in (listed, usage, summary))


@pytest.mark.parametrize(
    ("language", "said"), [("zh-hans", "时钟最近一次统计"), ("en", "As the clock counted it")]
)
def test_of_all_leases_the_page_shows_what_the_clock_counted(by_part, monkeypatch, language, said):
    count(by_part, 0, 40)
    made = set_up(by_part, Wanted(10**7), lease=False)
    looking, page = client(by_part.buyer, language), reverse("budget", args=[made.public_id])
    assert said not in looking.get(page).content.decode()
    beside_one_that_cannot_be_rated(monkeypatch)
    look(by_part, made)
    monkeypatch.setattr(queries, "running_cost", None)  # nothing is computed while somebody waits

    shown = looking.get(page).content.decode()

    assert said in shown
    assert money_text(Budget.objects.get().net) in shown
    assert f'{reverse("provisional-bill", args=["lea_broken"])}">L-BROKEN</a>' in shown


def test_the_list_as_a_file(by_part):
    set_up(by_part, Wanted(100_000))

    file = client(by_part.buyer).get(reverse("budgets"), {"format": "csv"}).content.decode("utf-8-sig")

    assert file.splitlines()[0].startswith("Budget for,Our side,Budget,")
    assert f"{by_part.lease.number},We lease,1000.00," in file


def test_nobody_else_finds_it(by_part):
    made = set_up(by_part, Wanted(100_000))
    page = reverse("budget", args=[made.public_id])

    for person in (by_part.owner, by_part.finance, factory.member(by_part.lessee, Role.VIEWER)):
        looking = client(person)
        assert looking.get(page).status_code == 404
        assert looking.post(page, {"amount": "1"}).status_code == 404
        assert looking.post(reverse("budget-delete", args=[made.public_id])).status_code == 404
        assert made.public_id not in looking.get(reverse("budgets")).content.decode()
        usage = looking.get(reverse("usage", args=[by_part.lease.public_id])).content.decode()
        assert made.public_id not in usage
    assert client(by_part.finance).get(new(by_part)).status_code == 404
    assert Budget.objects.get().ended_at is None


def test_a_viewer_sees_the_use_and_not_what_it_costs(by_part):
    count(by_part, 0, 40)
    cost = money_text(running_cost(Lease.objects.get(pk=by_part.lease.pk), by_part.lease.ends_at).gross)
    shown = {}
    for name, person in {
        "viewer": factory.member(by_part.lessee, Role.VIEWER),
        "finance": factory.member(by_part.lessee, Role.FINANCE),
        "platform": by_part.finance,
    }.items():
        looking = client(person)
        pages = [
            looking.get(reverse(page, args=[by_part.lease.public_id])).content.decode()
            for page in ("usage", "lease-usage-summary")
        ]
        shown[name] = [cost in page for page in pages], ["40" in page for page in pages]
        if name == "viewer":
            assert "Your role does not include reading what this lease costs" in pages[0]

    assert shown["viewer"] == ([False, False], [True, True])
    assert shown["finance"] == shown["platform"] == ([True, True], [True, True])
