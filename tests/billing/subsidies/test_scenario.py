"""Programmes from the first invoice to the money of the authority; figures of docs/programmes.md."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from billing import tasks
from billing.actions import journals, subsidy_settlements
from billing.models import Invoice, SubsidyGrant, SubsidyStep
from billing.queries import open_of, series_of, subsidy_standing
from billing.queries.check_subsidies import subsidies_add_up
from billing.rules import posting
from billing.rules.events import Event
from billing.rules.journals import Dims
from billing.rules.posting import Head
from leasing.rules.history import first_broken
from tests import once
from tests.billing.actions.test_corrections import LATER
from tests.billing.subsidies import world
from tests.billing.subsidies.world import DECEMBER

RENT, GROSS, BORNE = 217_806, 246_121, 32_671
DOC = Path(__file__).parents[3] / "docs/programmes.md"
claim = once.fixture(world.desk)
prepaid = once.fixture(lambda: world.desk(mode="PREPAID"))


def amounts():
    return list(SubsidyGrant.objects.order_by("pk").values_list("base_minor", "amount_minor"))


def net_of_rent(desk):
    return sum(one.net_minor for one in Invoice.objects.filter(seller=desk.scene.lessor))


def answered_less(desk, minor, reason="Not in the catalogue"):
    """Let the authority confirm less of the only item."""
    found = desk.submitted()
    item = found.items.get()
    lower = [{"item": item.public_id, "confirmed_minor": minor, "reason": reason}]
    who = desk.runs()
    return subsidy_settlements.confirm(settlement=found, answer="批复 7", lower=lower, at=DECEMBER, **who)


class TestPrepaid:
    def test_the_whole_way(self, prepaid):
        desk = prepaid
        assert amounts() == [(RENT, BORNE)]
        assert (desk.invoice.gross_minor, desk.invoice.net_minor) == (GROSS, RENT)  # as without it
        assert open_of(series_of(desk.invoice)) == GROSS - BORNE == 213_450
        assert (desk.on("1221.03"), desk.on("1122.02", invoice=desk.invoice)) == (BORNE, 213_450)

        desk.pay(213_450)
        assert open_of(series_of(desk.invoice)) == 0
        found = answered_less(desk, 30_000)
        assert open_of(series_of(desk.invoice)) == 2_671  # falls back on the lessee
        assert (desk.on("1221.03"), found.confirmed_minor) == (30_000, 30_000)
        standing = subsidy_standing(desk.programme)
        assert (standing.borne_minor, standing.refused_minor, standing.left_minor) == (30_000, 2_671, 970_000)

        given = {"paid_on": DECEMBER.date(), "bank_reference": "B-1", "at": DECEMBER}
        found = subsidy_settlements.pay(settlement=found, **given, **desk.runs(desk.second))
        assert (found.status, desk.on("1221.03"), desk.on("1002.02")) == ("PAID", 0, 213_450 + 30_000)
        assert [one.move for one in found.steps.all()] == ["draft", "submit", "confirm", "pay"]
        assert first_broken([one.link() for one in SubsidyStep.objects.all()]) is None
        assert subsidies_add_up(DECEMBER) == []

    def test_notes_add_up_to_the_rate_of_the_whole(self, prepaid):
        desk = prepaid
        desk.credit(2)
        desk.credit(4, LATER + timedelta(days=1))
        rows = amounts()
        assert len(rows) == 3
        assert rows[-1][0] == net_of_rent(desk)
        assert sum(amount for _, amount in rows) == round(Decimal(rows[-1][0]) * 15 / 100)
        assert desk.on("1221.03") == sum(amount for _, amount in rows)
        total = sum(one.gross_minor for one in series_of(desk.invoice))
        assert open_of(series_of(desk.invoice)) == total - desk.on("1221.03")

    def test_a_debit_note_is_borne_too(self, prepaid):
        prepaid.debit(9, 3)
        (first, second) = amounts()
        assert second[0] > first[0]
        assert first[1] + second[1] == round(Decimal(second[0]) * 15 / 100)

    def test_is_looked_at_once(self, prepaid):
        assert prepaid.assess() == 0
        tasks.assess_subsidies()
        assert SubsidyGrant.objects.count() == 1


class TestClaimed:
    def test_the_whole_way(self, claim):
        desk = claim
        assert amounts() == [(RENT, BORNE)]
        assert open_of(series_of(desk.invoice)) == GROSS
        assert desk.on("1221.03") == 0
        with pytest.raises(subsidy_settlements.NothingToSettle):
            desk.drafted()  # it is not paid yet
        desk.pay(GROSS)
        found = desk.paid()
        assert (desk.on("1221.03"), desk.on("2241.06"), desk.on("1002.02")) == (0, -BORNE, GROSS + BORNE)
        found = subsidy_settlements.hand_on(settlement=found, at=DECEMBER, **desk.runs())
        assert (found.status, desk.on("2241.06"), desk.on("1002.02")) == ("HANDED_ON", 0, GROSS)
        assert subsidies_add_up(DECEMBER) == []

    def test_what_is_taken_back_is_set_off(self, claim):
        desk = claim
        desk.pay(GROSS)
        desk.credit(2)
        found = desk.paid()
        items = [item.amount_minor for item in found.items.all()]
        assert items == [amount for _, amount in amounts()]
        assert items[1] < 0
        assert found.confirmed_minor == subsidy_standing(desk.programme).borne_minor == sum(items)
        subsidy_settlements.hand_on(settlement=found, at=DECEMBER, **desk.runs())
        assert (desk.on("2241.06"), desk.on("1002.02")) == (0, GROSS)

    @pytest.mark.parametrize("minor", [671, BORNE, BORNE + 5])
    def test_what_a_lessee_owes_back_is_kept_from_what_it_gets(self, claim, minor):
        desk = claim
        desk.pay(GROSS)
        found = desk.paid()
        who = {"party": desk.scene.lessee.public_id}
        head = Head("P", "back", DECEMBER.date(), "CNY")
        back = posting.move(Event.SUBSIDY_CONFIRMED, head, -minor, debit=Dims(**who), credit=Dims(**who))
        journals.post(entry=back, at=DECEMBER, by=desk.first)
        subsidy_settlements.hand_on(settlement=found, at=DECEMBER, **desk.runs())
        assert (desk.on("2241.06"), desk.on("1002.02")) == (max(0, minor - BORNE), GROSS + min(minor, BORNE))
        [found] = subsidies_add_up(DECEMBER)
        assert (found.subject, found.expected, found.found) == ("due", 0, -minor)


def test_figures_are_in_the_documentation():
    text = DOC.read_text()
    for figure in ("2,178.06", "2,461.21", "326.71", "2,134.50", "26.71", "300.00"):
        assert figure in text
