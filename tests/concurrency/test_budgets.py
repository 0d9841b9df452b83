"""Two workers look at one budget at once, and two people set one: it is told once, and set once."""

from unittest.mock import patch

import pytest

from billing.actions import budgets
from billing.models import Budget, BudgetCrossing
from billing.models.budgets import BudgetQuerySet
from billing.rules.budgets import Wanted
from marketplace.models import Notification
from tests.billing import world
from tests.billing.actions.test_budgets import DAY_AFTER, NINE, count, set_up
from tests.concurrency.test_contracts import meet
from tests.concurrency.test_leases import at_once, fresh, outcome

pytestmark = pytest.mark.django_db(transaction=True)


def both_look(scene):
    count(scene, 0, 40)
    budget = set_up(scene, Wanted(1, (100,)))

    def look():
        found = Budget.objects.select_related("organization").get(pk=budget.pk)
        budgets.look(budget=found, by=fresh(scene.clock), at=DAY_AFTER)

    with meet(budgets, "_untold"):
        return at_once(look, look)


def test_it_is_told_once():
    assert outcome(both_look(world.build("okuma"))) == ["NoneType", "NoneType"]
    assert (BudgetCrossing.objects.count(), Notification.objects.filter(kind="budget_reached").count()) == (
        1,
        1,
    )


def test_without_the_lock_only_the_database_keeps_the_second_out():
    with patch.object(BudgetQuerySet, "locked", lambda self: self.order_by("pk")):
        results = both_look(world.build("okuma"))

    assert outcome(results) == ["IntegrityError", "NoneType"]
    assert BudgetCrossing.objects.count() == 1


def test_two_who_set_one_at_once_set_one():
    scene = world.build("okuma")

    results = at_once(*(lambda: set_up(scene, Wanted(1), by=fresh(scene.buyer), at=NINE) for _ in range(2)))

    assert sorted(type(one).__name__ for one in results) == ["Budget", "BudgetExists"]
    assert Budget.objects.count() == 1
