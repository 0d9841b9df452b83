"""Two clocks grant the rest of a budget or a cap at once, or two people settle one month."""

import threading
from unittest.mock import patch

import pytest

from billing.actions import invoices, journals, subsidy_grants, subsidy_settlements
from billing.models import Invoice, SubsidyGrant, SubsidyProgramme, SubsidySettlement
from billing.models.subsidies import SubsidyProgrammeQuerySet
from billing.queries import subsidy_standing
from billing.rules import posting
from billing.rules.events import Event
from billing.rules.journals import Dims
from billing.rules.posting import Head
from tests.billing import world as scenes
from tests.billing.actions.test_corrections import DUE
from tests.billing.subsidies import world
from tests.billing.subsidies.world import DECEMBER, NOON
from tests.concurrency.test_contracts import meet
from tests.concurrency.test_leases import at_once, fresh, outcome

REST = 40_000  # 326.71 of one invoice, and a part of the other
pytestmark = pytest.mark.django_db(transaction=True)


def unlocked():
    """Take the lock of the programmes away."""
    return patch.object(SubsidyProgrammeQuerySet, "locked", lambda self: self.order_by("pk"))


def two_invoices(**changes):
    """Return a desk with invoices of two leases that nobody has looked at."""
    desk = world.desk(assessed=False, **changes)
    other = scenes.build("mazak01")
    invoices.bill(lease=other.lease, at=DUE, by=other.clock)
    return desk


def grant_both(desk):
    """Let two clocks look at one invoice each, which meet where each has read what is left."""
    mine = threading.local()

    def run(pk):
        mine.pk = pk
        programme = SubsidyProgramme.objects.select_related("operator").get()
        who = {"within": desk.scene.platform, "by": fresh(desk.first)}
        return subsidy_grants.assess(programme=programme, at=NOON, **who)

    rents = Invoice.objects.filter(kind="INVOICE").exclude(seller=desk.scene.platform).order_by("pk")
    acts = [lambda pk=pk: run(pk) for pk in rents.values_list("pk", flat=True)]
    assert len(acts) == 2
    only_mine = lambda programme: Invoice.objects.filter(pk=mine.pk, subsidy_grant=None)  # noqa: E731
    with patch.object(subsidy_grants, "to_subsidise", only_mine), meet(subsidy_grants, "subsidy_before"):
        return at_once(*acts)


def test_two_invoices_share_what_is_left_of_a_budget():
    desk = two_invoices(budget_minor=REST, lessee_cap_minor=None)
    assert outcome(grant_both(desk)) == ["int", "int"]
    assert sum(SubsidyGrant.objects.values_list("wanted_minor", flat=True)) > REST
    assert subsidy_standing(desk.programme).left_minor == 0


def test_without_the_lock_both_see_all_of_it_and_the_database_refuses_one():
    desk = two_invoices(budget_minor=REST, lessee_cap_minor=None)
    with unlocked():
        assert sorted(grant_both(desk)) == [0, 1]
    assert SubsidyGrant.objects.count() == 1


def one_lessee():
    """Return a desk whose two invoices are of one lessee, with a cap that holds one of them."""
    with patch.dict(scenes.entry("mazak01"), lessee=scenes.entry("okuma")["lessee"]):
        return two_invoices(lessee_cap_minor=REST)


def test_two_invoices_of_a_lessee_share_what_is_left_of_its_cap():
    desk = one_lessee()
    assert outcome(grant_both(desk)) == ["int", "int"]
    assert sum(SubsidyGrant.objects.values_list("amount_minor", flat=True)) == REST


def test_without_the_lock_the_cap_is_seen_twice_and_the_database_refuses_one():
    desk = one_lessee()
    with unlocked():
        assert sorted(grant_both(desk)) == [0, 1]
    assert SubsidyGrant.objects.count() == 1


def test_two_clocks_grant_an_invoice_once():
    desk = world.desk(assessed=False)

    def run():
        programme = SubsidyProgramme.objects.select_related("operator").get()
        who = {"within": desk.scene.platform, "by": fresh(desk.first)}
        return subsidy_grants.assess(programme=programme, at=NOON, **who)

    with meet(subsidy_grants, "subsidy_before"):
        assert sorted(at_once(run, run)) == [0, 1]
    assert SubsidyGrant.objects.count() == 1


def test_a_month_is_drawn_up_once():
    desk = world.desk(mode="PREPAID")

    def draft():
        programme = SubsidyProgramme.objects.select_related("operator").get()
        given = {"month": DECEMBER.date().replace(month=11), "at": DECEMBER}
        who = {"within": desk.scene.platform, "by": fresh(desk.first)}
        return subsidy_settlements.draft(programme=programme, **given, **who)

    with meet(subsidy_settlements, "subsidies_to_ask"):
        assert outcome(at_once(draft, draft)) == ["SubsidyMonthSettled", "SubsidySettlement"]
    assert SubsidySettlement.objects.count() == 1


def two_paid(back_minor):
    """Return two desks whose authorities paid for one lessee, which owes some back."""
    with patch.dict(scenes.entry("mazak01"), lessee=scenes.entry("okuma")["lessee"]):
        one = world.desk()
        scene = scenes.build("mazak01")
    two = world.opened(scene, name="Other")
    invoices.bill(lease=scene.lease, at=DUE, by=scene.clock)
    two.assess()
    for desk in (one, two):
        desk.pay(desk.invoice.gross_minor, str(desk.invoice))
    made = [desk.paid() for desk in (one, two)]
    who = Dims(party=one.scene.lessee.public_id)
    entry = posting.move(
        Event.SUBSIDY_CONFIRMED,
        Head("P", "back", DECEMBER.date(), "CNY"),
        -back_minor,
        debit=who,
        credit=who,
    )
    journals.post(entry=entry, at=DECEMBER, by=one.first)
    return one, made


def hand_both_on(desk, made):
    def run(pk):
        found = SubsidySettlement.objects.select_related("programme").get(pk=pk)
        who = {"within": desk.scene.platform, "by": fresh(desk.first)}
        return subsidy_settlements.hand_on(settlement=found, at=DECEMBER, **who)

    with meet(subsidy_settlements, "owed_to_lessees"):
        return at_once(*(lambda pk=one.pk: run(pk) for one in made))


def test_what_two_programmes_owe_a_lessee_is_handed_on_once():
    desk, made = two_paid(back_minor=10_000)
    assert outcome(hand_both_on(desk, made)) == ["SubsidySettlement", "SubsidySettlement"]
    assert desk.on("2241.06") == 0


def test_without_the_lock_what_is_owed_back_is_kept_by_neither():
    desk, made = two_paid(back_minor=10_000)
    with unlocked():
        assert outcome(hand_both_on(desk, made)) == ["SubsidySettlement", "SubsidySettlement"]
    assert desk.on("2241.06") == 10_000
