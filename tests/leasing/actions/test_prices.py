"""A change of the price of a running lease: proposed, accepted by digest, written down, never half."""

from copy import deepcopy
from datetime import timedelta

import pytest
from django.db import transaction

from leasing.actions import annex_credit, annexes, early_ends
from leasing.models import Annex
from leasing.queries import credit
from leasing.queries.prices import period_starts, plan_at, price_changes
from leasing.rules.annexes import Change, Kind
from leasing.rules.leases import Side
from marketplace.permissions import MissingRight
from tests import once
from tests.leasing import world as worlds
from tests.leasing.changes import DAY, EARLY_END, NOW, Changes
from tests.leasing.world import HANDOVER

changes = once.fixture(lambda: Changes(worlds.make(machines=3)))


def dearer(changes, factor=2):
    """Return the agreed plan with a base fee that is so many times as high."""
    found = deepcopy(changes.lease.agreed.price_plan.dump())
    place = next(n for n, one in enumerate(found["components"]) if one["kind"] == "base_fee")
    found["components"][place]["amount"] = str(int(float(found["components"][place]["amount"]) * factor))
    return found


def base_of(plan):
    return next(one["amount"] for one in plan.dump()["components"] if one["kind"] == "base_fee")


def flaws_of(changes, **given):
    with pytest.raises(annexes.AnnexInvalid) as refusal:
        changes.propose("REPRICE", **given)
    assert not Annex.objects.exists()
    return {(flaw.pointer, flaw.code) for flaw in refusal.value.flaws}


class TestAProposal:
    def test_changes_nothing_until_it_is_accepted_and_then_holds_from_its_period(self, changes):
        start = period_starts(changes.now())[-1]
        plan, before = dearer(changes), changes.lease.agreed.price_plan
        annex = changes.propose("REPRICE", effective_from=start, price_plan=plan)
        assert price_changes(changes.lease) == []

        changes.accept(annex)

        made = changes.loaded(annex)
        assert (made.state, made.effective_from, made.price_before) == ("IN_EFFECT", start, before.dump())
        assert plan_at(changes.lease, start - timedelta(seconds=1)) == before
        assert base_of(plan_at(changes.lease, start + DAY)) == dearer(changes)["components"][0]["amount"]
        step = changes.lease.transitions.order_by("position").last()
        assert step.reason_code == "REPRICE"
        (told,) = step.facts["differences"]
        assert told["pointer"] == "/price_plan/components/0/amount"

    def test_may_reach_back_to_the_first_period_and_not_further(self, changes):
        changes.agreed("REPRICE", effective_from=HANDOVER, price_plan=dearer(changes))

        assert base_of(plan_at(changes.lease, HANDOVER)) == dearer(changes)["components"][0]["amount"]

    @pytest.mark.parametrize(
        ("given", "flaw"),
        [
            ({}, ("/effective_from", "required")),
            ({"effective_from": NOW}, ("/effective_from", "no_period_begins")),
            ({"effective_from": HANDOVER - 40 * DAY}, ("/effective_from", "no_period_begins")),
            ({"effective_from": HANDOVER, "ends_at": EARLY_END}, ("/ends_at", "not_of_this_kind")),
        ],
    )
    def test_is_refused_at_what_is_wrong(self, changes, given, flaw):
        assert flaw in flaws_of(changes, price_plan=dearer(changes), **given)

    def test_needs_a_plan_of_the_same_shape(self, changes):
        start = period_starts(changes.now())[-1]
        assert flaws_of(changes, effective_from=start) == {("/price_plan", "required")}
        other = dearer(changes)
        other["components"].pop()
        assert flaws_of(changes, effective_from=start, price_plan=other) == {("/price_plan", "other_shape")}
        same = changes.lease.agreed.price_plan.dump()
        assert flaws_of(changes, effective_from=start, price_plan=same) == {("/price_plan", "nothing_else")}

    def test_of_another_kind_has_no_price(self, changes):
        with pytest.raises(annexes.AnnexInvalid) as refusal:
            changes.propose("EXTEND", ends_at=NOW, price_plan=dearer(changes))

        assert ("/price_plan", "not_of_this_kind") in {(one.pointer, one.code) for one in refusal.value.flaws}

    def test_is_answered_by_the_other_side_alone(self, changes):
        start = period_starts(changes.now())[-1]
        annex = changes.propose("REPRICE", effective_from=start, price_plan=dearer(changes))

        for who in (changes.world.owner, changes.world.outsider):
            with pytest.raises(MissingRight), transaction.atomic():
                changes.accept(annex, by=who)
        assert price_changes(changes.lease) == []

    def test_is_outdated_when_the_price_it_found_is_none_any_more(self, changes):
        start = period_starts(changes.now())[-1]
        first = changes.propose("REPRICE", effective_from=start, price_plan=dearer(changes, 3))
        changes.agreed("REPRICE", effective_from=HANDOVER, price_plan=dearer(changes, 2))

        with pytest.raises(annexes.AnnexOutdated), transaction.atomic():
            changes.accept(first)

        assert len(price_changes(changes.lease)) == 1

    def test_does_not_undo_a_price_of_later_periods_that_it_never_saw(self, changes):
        start = period_starts(changes.now())[-1]
        first = changes.propose("REPRICE", effective_from=HANDOVER, price_plan=dearer(changes, 3))
        changes.agreed("REPRICE", effective_from=start, price_plan=dearer(changes, 2), at=NOW + DAY)

        with pytest.raises(annexes.AnnexOutdated), transaction.atomic():
            changes.accept(first, at=NOW + 2 * DAY)

        assert [one.effective_from for one in price_changes(changes.lease)] == [start]

    def test_still_stands_when_its_period_has_begun(self, changes):
        start = period_starts(changes.now())[-1]
        at = start - DAY
        annex = changes.propose("REPRICE", at=at, effective_from=start, price_plan=dearer(changes))

        changes.accept(annex, at=start + DAY)

        assert [one.effective_from for one in price_changes(changes.lease)] == [start]


def test_a_fee_for_an_early_end_is_of_the_price_that_holds_then(changes):
    given = {"lease": changes.now(), "side": Side.LESSEE, "ends_at": NOW + 2 * DAY, "at": NOW}
    before = early_ends.preview(**given)

    changes.agreed("REPRICE", effective_from=HANDOVER, price_plan=dearer(changes, 2))

    after = early_ends.preview(**given)
    assert before.days == after.days > 0
    assert after.fee.minor > before.fee.minor > 0


def test_a_dearer_price_is_looked_at_by_the_credit_limit(changes):
    annex = changes.propose("REPRICE", effective_from=HANDOVER, price_plan=dearer(changes, 4))

    found = annex_credit.decision_on(annex=annex, lease=changes.now(), at=NOW)

    assert found is not None


def test_what_a_lease_is_expected_to_cost_follows_each_price_that_was_agreed(changes):
    (first,) = credit.exposures_of([changes.now()])

    changes.agreed("REPRICE", effective_from=HANDOVER, price_plan=dearer(changes, 2))
    (second,) = credit.exposures_of([changes.now()])
    later = period_starts(changes.now())[-1]
    changes.agreed("REPRICE", effective_from=later, price_plan=dearer(changes, 3), at=NOW + DAY)
    (third,) = credit.exposures_of([changes.now()])

    assert first < second < third
    change = Change(Kind.REPRICE, effective_from=HANDOVER, price_plan=dearer(changes, 1))
    assert credit._price_more(changes.now(), change) == first - third
