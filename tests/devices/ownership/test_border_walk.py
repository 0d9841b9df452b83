"""
Leases, sub-leases, gaps and bindings at random, and readings exactly at their edges: everybody sees its own.

The oracle knows two sentences: a datum is the lessee's of the moment in which it was generated, of those that
sub-let to each other the last one's, and the owner's if there was none. What is billed, all of these see.
"""

from datetime import timedelta
from itertools import pairwise

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from devices.actions import devices
from devices.models import Epoch, Gap, MeterChange, Quarantined, Silence
from devices.ownership import queries
from devices.ownership.actions import access, exporting
from devices.rules.readings import instant, moment
from marketplace.actions.parties import robot
from marketplace.shared.period import Period
from tests.devices.machines import EARLY, NOON, take
from tests.devices.ownership.lent import CHANNELS, hour, lend, stamp
from tests.factories import marketplace as make
from tests.rounds import ROUNDS

pytestmark = pytest.mark.django_db
LESSEES = ("A", "B", "C")
HOURS = 6
TICK = timedelta(microseconds=1)
ODD = timedelta(minutes=7, microseconds=3)  # so that edges lie inside quarter-hours, too
WHOLE = Period(hour(-1), hour(HOURS + 1))
# What each stretch between two edges is: of which lessee or of none; of which machine or of none.
TENANTS = st.lists(st.sampled_from([*LESSEES, None]), min_size=3, max_size=3)
TURNS = st.lists(st.sampled_from([0, 1, None]), min_size=3, max_size=3)
# Who sub-leases from whom is decided by when: under the lease, or sub-lease, that covers all of it.
SUBLETS = st.lists(
    st.tuples(st.integers(0, HOURS * 4 - 1), st.integers(1, 12), st.sampled_from(LESSEES)), max_size=5
)
CUTS = st.lists(st.integers(1, HOURS * 2 - 1), min_size=2, max_size=2, unique=True).map(sorted)


def stretches(cuts, holders):
    """Return (period, holder) one after the other, without those that nobody holds."""
    edges = [hour(0), *(hour(cut / 2) + ODD for cut in cuts), hour(HOURS)]
    found = zip(pairwise(edges), holders, strict=True)
    return [(Period(*edge), holder) for edge, holder in found if holder is not None]


class Story:
    """One device that speaks for two machines in turn, each lent to one after another, and sub-let."""

    def __init__(self, tenants, turns, cuts, sublets=((), ())):
        self.parties = {name: make.organization(name) for name in ("owner", *LESSEES, "stranger")}
        self.people = {name: make.member(one) for name, one in self.parties.items()}
        self.clock = robot(name="tester")
        self.machines = [make.equipment(self.parties["owner"]) for _ in range(2)]
        channels = [
            {"key": key, "name": key, "kind": kind, "category": category, "retention": retention}
            for key, kind, category, retention in CHANNELS
        ]
        self.device = devices.register(
            owner=self.parties["owner"],
            code="m-1",
            name="Mill",
            channels=channels,
            commissioned_at=EARLY,
            by=self.clock,
            at=NOON,
        )
        self.lent = [stretches(cuts[n], tenants[n]) for n in range(2)]
        self.bound = stretches(cuts[2], turns)
        for period, machine in self.bound:
            devices.bind(
                device=self.device, equipment=self.machines[machine], period=period, by=self.clock, at=NOON
            )
        self.chains = [[], []]  # of each machine: period, the lessees from the head on, agreement
        for place, (machine, stretch) in enumerate(zip(self.machines, self.lent, strict=True)):
            for n, (period, who) in enumerate(stretch):
                held = lend(machine, self.parties[who], period, f"lea_{machine.pk}_{n}", self.clock)
                self.chains[place].append((period, (who,), held))
            for start, length, who in sublets[place]:
                self.sublet(place, Period(hour(start / 4), hour((start + length) / 4)), who)
        self.report()

    def sublet(self, place, period, who):
        """Sub-let, if one chain covers the time and nobody else sub-leases from its last lessee then."""
        around = [one for one in self.chains[place] if one[0].intersect(period) == period]
        if not around:
            return
        _, chain, under = max(around, key=lambda one: len(one[1]))
        beside = [one for one in self.chains[place] if len(one[1]) > len(chain) and one[0].overlaps(period)]
        if who in chain or beside:
            return
        lent = lend(self.machines[place], self.parties[who], period, under.reference, self.clock, under)
        self.chains[place].append((period, (*chain, who), lent))

    def chain(self, at):
        """Say who leased the machine at a moment, and sub-leased it, one from another."""
        machine = next((machine for period, machine in self.bound if period.contains(at)), None)
        found = [] if machine is None else self.chains[machine]
        return max((chain for period, chain, _ in found if period.contains(at)), key=len, default=())

    def holder(self, at):
        """Say whose a moment is."""
        return self.chain(at)[-1] if self.chain(at) else "owner"

    @property
    def edges(self):
        periods = [period for stretch in (*self.lent, self.bound) for period, _ in stretch]
        periods += [period for chains in self.chains for period, _, _ in chains]
        return sorted({edge for period in periods for edge in (period.start, period.end)})

    def report(self):
        """Let the device speak just before, at and just after each edge, and on the half hours."""
        moments = {hour(n / 2) for n in range(-1, 2 * HOURS + 1)}
        moments |= {edge + step for edge in self.edges for step in (-TICK, timedelta(), TICK)}
        self.moments = sorted(moments)
        items = []
        for n, at in enumerate(self.moments):
            said = {"load": n, "program": f"O-{n}", "execution": ("ACTIVE", "READY")[n % 2]}
            for key, value in said.items():
                items.append((len(items) + 1, stamp(at), key, value))
        assert take(self.device, items).refusals == []

    def owned(self, who):
        return [at for at in self.moments if self.holder(at) == who]

    def ask(self, who):
        return {"device": self.device, "by": self.people[who], "within": self.parties[who], "at": NOON}


def seen(readings, channel):
    return sorted(moment(at) for key, at in readings if key == channel)


def look_at_readings(story, who):
    answer = access.read(channels=None, period=WHOLE, purpose="operation", **story.ask(who))
    found = [(one.channel, at) for one in answer.series for at, _ in one.points]
    for channel in ("load", "program"):
        assert seen(found, channel) == story.owned(who), (who, channel)


def look_at_the_bill(story, who):
    """What is billed is seen by everybody through whose hands the machine went, and by the owner."""
    answer = access.read(channels=["execution"], period=WHOLE, purpose="billing", **story.ask(who))
    found = [(one.channel, at) for one in answer.series for at, _ in one.points]
    assert seen(found, "execution") == [at for at in story.moments if who in ("owner", *story.chain(at))], who


def look_at_the_copy(story, who):
    try:
        export = exporting.start(channels=None, period=WHOLE, purpose="operation", **story.ask(who))
        found = [(one.channel, one.at) for portion in export for one in portion]
    except exporting.ExportNotAllowed:
        found = []
    assert seen(found, "program") == story.owned(who)
    assert seen(found, "load") == story.owned(who)


def look_at_figures(story):
    """An interval of the owner's figures holds one holder's readings alone, all of them."""
    answer = access.read(channels=["load"], period=WHOLE, purpose="asset_protection", **story.ask("owner"))
    for one in answer.series:
        for bucket in one.buckets:
            inside = [n for n, at in enumerate(story.moments) if bucket.start <= instant(at) < bucket.end]
            assert len({story.holder(story.moments[n]) for n in inside}) == 1
            assert (bucket.count, bucket.minimum, bucket.maximum) == (len(inside), inside[0], inside[-1])


def look_at_the_proof(story, who):
    """Evidence is disclosed for a time that is wholly one's own, and for no other."""
    times = [Period(*edge) for edge in pairwise(story.edges)]
    for time in [*times[::2], WHOLE]:
        mine = all(story.holder(at) == who for at in (*story.moments, time.start) if time.contains(at))
        asked = {"times": [time], "arrivals": (1, 1), "purpose": "billing"}
        try:
            list(access.disclose(channels=["load"], **asked, **story.ask(who)))
        except access.DisclosureNotAllowed:
            assert not mine, (who, time)
        else:
            assert mine, (who, time)


def records(story):
    """Record something of each kind at each edge, and just before it."""
    device = story.device
    epoch, channel = Epoch.objects.get(device=device), device.channels.get(key="parts")
    moments = [edge + step for edge in story.edges for step in (-TICK, timedelta())]
    for n, at in enumerate(moments):
        facts = {"channel": channel, "final": 1, "first": 0, "reason": "RESET", "recorded_at": NOON}
        MeterChange.objects.create(device=device, at=at, recorded_by="x", **facts)
        Silence.objects.create(device=device, since=at, noticed_at=at, ended_at=at + TICK)
        Gap.objects.create(device=device, epoch=epoch, first=10_000 + n, last=10_000 + n, noticed_at=at)
        item = {"sequence": n, "channel": "load", "at": stamp(at), "value": 1}
        Quarantined.objects.create(
            device=device, digest=str(n), item=item, reason="conflict", detail="", received_at=at
        )
    return moments


def look_at_records(story, who, moments):
    organization = story.parties[who]
    mine = [at for at in moments if who == "owner" or story.holder(at) == who]
    for found, field in (
        (queries.meter_changes_seen(story.device, organization), "at"),
        (queries.silences_of(story.device, organization), "since"),
        (queries.gaps_seen(story.device, organization), "noticed_at"),
        (queries.quarantine_seen(story.device, organization), "received_at"),
    ):
        assert sorted(getattr(one, field) for one in found) == mine, (who, field)
    waiting = list(story.device.quarantined.all())
    hidden = queries.withheld(story.device, organization, waiting)
    shown = [one.received_at for one in waiting if one.pk not in hidden]
    assert sorted(shown) == ([at for at in moments if story.holder(at) == "owner"] if who == "owner" else [])


@settings(
    max_examples=3 * ROUNDS**2,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.reuse, Phase.generate),  # making it smaller takes minutes
)
@given(st.tuples(TENANTS, TENANTS), TURNS, st.tuples(CUTS, CUTS, CUTS), st.tuples(SUBLETS, SUBLETS))
@example((["A"] * 3, [None] * 3), [0, 0, 0], ([3, 6], [3, 6], [3, 6]), ([(2, 4, "B"), (3, 2, "C")], []))
def test_neither_side_sees_across_a_border(tenants, turns, cuts, sublets):
    block = transaction.atomic()
    block._from_testcase = True  # as Django's own test cases do: what must be durable may run inside
    with block:
        story = Story(tenants, turns, cuts, sublets)
        moments = records(story)
        for who in story.parties:
            look_at_readings(story, who)
            look_at_the_bill(story, who)
            look_at_the_copy(story, who)
            look_at_records(story, who, moments)
            look_at_the_proof(story, who)
        look_at_figures(story)
        transaction.set_rollback(True)
