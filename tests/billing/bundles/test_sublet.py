"""A machine that was sub-let: metered as before, billed to the head lessee, which can check its bill."""

from datetime import timedelta

import pytest

from billing.models import Invoice
from devices.ownership.actions import access
from devices.ownership.actions.access import DisclosureNotAllowed
from leasing.actions import sublease_ends, subleases
from leasing.models import Sublease
from marketplace.permissions import MissingRight
from marketplace.shared.period import Period
from tests.billing import world
from tests.billing.bundles import papers
from tests.billing.bundles.papers import Papers
from tests.factories import marketplace as factory
from tests.factories.leasing import read_sublease_notice

START = world.midnight("2026-10-15")
FIRST, LAST = world.midnight("2026-10-18") + timedelta(minutes=7), world.midnight("2026-10-20")
DUE = world.midnight("2026-11-02")
HOUR = timedelta(hours=1)


def sublet(scene):
    """Sub-let the machine from one odd minute to another, through everybody's hands."""
    workshop = factory.organization("小作坊")
    taker = factory.member(workshop)
    who = {scene.lessee: scene.buyer, scene.lessor: scene.owner, workshop: taker}

    def do(act, organization, at=START, **more):
        found = Sublease.objects.with_sides().get(pk=made.pk)
        return act(sublease=found, within=organization, by=who[organization], at=at, **more)

    made = subleases.propose(
        lease=scene.lease,
        unit=scene.unit,
        sublessee=workshop,
        period=Period(FIRST - HOUR, LAST + HOUR),
        place="苏州",
        by=scene.buyer,
        at=START,
    )
    do(subleases.accept, workshop, digest=made.digest)
    do(subleases.consent, scene.lessor, digest=made.digest)
    read_sublease_notice(made, by=taker, at=START)
    do(subleases.begin, scene.lessee, FIRST)
    do(sublease_ends.end, workshop, LAST)
    return workshop, taker


def count(scene):
    """Count parts before, at both edges of, and after the sub-lease, and some in it."""
    tick = timedelta(microseconds=1)
    moments = [START + HOUR, FIRST - tick, FIRST, FIRST + HOUR, LAST - tick, LAST, LAST + HOUR]
    scene.say(*((n + 1, at, "ppartcount", 7 * n) for n, at in enumerate(moments)))


class TestTheBill:
    def test_is_what_it_would_have_been_and_can_be_proved(self, by_part, tmp_path):
        sublet(by_part)
        count(by_part)
        bill = papers.bill(by_part, DUE)

        packed = papers.packed(bill, by_part)
        (tmp_path / "bundle.zip").write_bytes(packed)
        code, said = papers.verify(tmp_path / "bundle.zip")

        assert (code, Papers(packed).recheck()) == (0, []), said
        assert "NOT PROVED" not in said
        assert bill.buyer == by_part.lessee
        assert bill.lines.get(meter="parts").quantity == 42

    def test_is_none_of_the_sub_lessees(self, by_part):
        workshop, taker = sublet(by_part)
        count(by_part)
        bill = papers.bill(by_part, DUE)

        with pytest.raises((DisclosureNotAllowed, MissingRight)):
            papers.packed(bill, by_part, within=workshop, by=taker)
        assert not Invoice.objects.filter(buyer=workshop).exists()

    def test_the_sub_lessee_sees_the_counters_of_its_own_time(self, by_part):
        workshop, taker = sublet(by_part)
        count(by_part)
        whole = Period(START, world.midnight("2026-10-25"))

        def read(organization, person):
            answer = access.read(
                device=by_part.device,
                channels=["ppartcount"],
                period=whole,
                purpose="billing",
                by=person,
                within=organization,
                at=world.LATER,
            )
            return sorted(value for one in answer.series for _, value in one.points)

        assert read(workshop, taker) == [14, 21, 28]
        assert read(by_part.lessee, by_part.buyer) == [0, 7, 14, 21, 28, 35, 42]
