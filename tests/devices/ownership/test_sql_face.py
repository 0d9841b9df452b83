"""Lists of data assets are filtered by the rule of the read door itself: both agree, item by item."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from devices.models import Binding, Channel
from devices.ownership import queries
from devices.ownership.models import Agreement, DataAsset
from devices.ownership.rules.decisions import Question, decide
from devices.ownership.rules.defaults import matrix
from devices.ownership.rules.grading import Grade
from devices.ownership.rules.parties import party_of
from marketplace.models.parties import OrganizationKind
from marketplace.shared.period import Period
from tests.devices.machines import lathe
from tests.factories import marketplace as make
from tests.rounds import ROUNDS

pytestmark = pytest.mark.django_db
START = datetime(2026, 3, 1, tzinfo=UTC)
DAY = timedelta(days=1)
PURPOSES = [None, "nonsense", *sorted(matrix().purposes)]
PRIVATE = ("process_parameters", "operator_data")
KINDS = [kind for kind in OrganizationKind.values if kind != "PLATFORM"]

days = st.integers(0, 12)
stretches = st.tuples(days, st.integers(1, 6) | st.none())
channels = st.lists(
    st.tuples(
        st.sampled_from([*matrix().categories, "unheard_of"]),
        st.sampled_from(Channel.Kind.values),
        st.sampled_from([one.value for one in Grade]),
    ),
    min_size=1,
    max_size=6,
)
agreed = st.lists(st.tuples(stretches, st.integers(0, 3), st.sets(st.integers(0, 5))), max_size=4)


def dictionary(rows):
    return [
        {"key": f"c{n}", "name": f"c{n}", "kind": kind, "category": category, "retention": _kept(category)}
        for n, (category, kind, _grade) in enumerate(rows)
    ]


def _kept(category):
    return "PRIVATE" if category in PRIVATE else "EVIDENCE"


def period(stretch):
    first, length = stretch
    return START + first * DAY, None if length is None else START + (first + length) * DAY


def device_of(owner, rows):
    """Return a device with an asset a row; a category that nobody knows is put in past the action."""
    known = [(category if category in matrix().categories else "energy", *rest) for category, *rest in rows]
    device = lathe(owner=owner, channels=dictionary(known))
    for n, (category, _kind, grade) in enumerate(rows):
        device.channels.filter(key=f"c{n}").update(category=category)
        device.assets.filter(channel__key=f"c{n}").update(category=category, grade=grade)
    return device


def without_overlap(found):
    kept = []
    for stretch, *rest in found:
        first, end = period(stretch)
        if all((e is not None and e <= first) or (end is not None and end <= f) for f, e, *_ in kept):
            kept.append((first, end, *rest))
    return kept


class Undo(Exception):
    pass


@pytest.mark.slow
@settings(
    max_examples=25 * ROUNDS, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    rows=channels,
    bindings=st.lists(stretches, max_size=3),
    agreements=agreed,
    kinds=st.lists(st.sampled_from(KINDS), min_size=4, max_size=4),
    moments=st.lists(st.integers(0, 40), min_size=1, max_size=2),
    purposes=st.lists(st.sampled_from(PURPOSES), min_size=1, max_size=2),
)
def test_the_list_holds_exactly_what_the_rule_permits(rows, bindings, agreements, kinds, moments, purposes):
    with pytest.raises(Undo), transaction.atomic():
        sides = [make.organization(kind=kind) for kind in kinds]
        owner, machine = sides[0], make.equipment(sides[0])
        device = device_of(owner, rows)
        for first, end in without_overlap([(one,) for one in bindings]):
            Binding.objects.create(device=device, equipment=machine, period=(first, end))
        for first, end, lessee, keys in without_overlap(agreements):
            if sides[lessee] != owner:
                Agreement.objects.create(
                    equipment=machine, owner=owner, lessee=sides[lessee], period=(first, end),
                    reference="lea_1", billing_channels=[f"c{n}" for n in keys], opened_at=first,
                )  # fmt: skip
        for reader in [*sides, make.platform(), make.organization(kind="MAKER")]:
            for moment in moments:
                for purpose in purposes:
                    compare(reader, START + moment * DAY / 2, purpose)
        raise Undo


def compare(reader, at, purpose):
    everything = list(DataAsset.objects.select_related("device__owner", "channel"))
    listed = set(DataAsset.objects.readable_by(reader, at=at, purpose=purpose).values_list("pk", flat=True))
    told = list(DataAsset.objects.with_readable(reader, at=at, purpose=purpose))
    (segment,) = queries.segments_of(everything[0].device, Period(at, at + timedelta(microseconds=1)))

    by_rule = {one.pk for one in everything if permitted(one, segment, reader, purpose)}

    assert listed == by_rule, (reader.kind, at, purpose)
    assert {one.pk for one in told if one.is_readable} == by_rule
    assert len(told) == len(everything), "no asset stands twice"


def permitted(asset, segment, reader, purpose):
    """Ask the rule as the door does, of one asset."""
    lending, channel = segment.lending, asset.channel
    named = lending is not None and (channel is None or channel.key in lending.billing_channels)
    party = party_of(reader.public_id, reader.kind, owner=segment.owner, lessee=segment.lessee)
    counts = channel is None or channel.kind == Channel.Kind.COUNTER
    asked = Question(party, asset.category, "", lending is not None, named, counts, grade=Grade(asset.grade))
    wanted = sorted(matrix().purposes) if purpose is None else [purpose]
    return any(decide(replace(asked, purpose=one)).effect != "DENY" for one in wanted)


def test_it_is_one_statement():
    device = lathe()

    with CaptureQueriesContext(connection) as made:
        found = list(DataAsset.objects.readable_by(device.owner, at=START))

    assert len(found) == 5
    assert len(made) == 1


class TestKnown:
    @pytest.fixture
    def lent(self):
        owner, lessee = make.organization(), make.organization()
        device, machine = lathe(owner=owner), make.equipment(owner)
        Binding.objects.create(device=device, equipment=machine, period=(START, None))
        Agreement.objects.create(
            equipment=machine, owner=owner, lessee=lessee, period=(START + DAY, START + 2 * DAY),
            reference="lea_1", opened_at=START,
        )  # fmt: skip
        return device, lessee

    def known(self, organization, at):
        return DataAsset.objects.known_to(organization, at=at).count()

    def test_a_lessee_knows_them_from_its_lease_on(self, lent):
        _device, lessee = lent

        assert self.known(lessee, START + DAY - timedelta(microseconds=1)) == 0
        assert self.known(lessee, START + DAY) == 5
        assert self.known(lessee, START + 9 * DAY) == 5

    def test_the_owner_and_the_platform_know_all_and_others_nothing(self, lent):
        device, _lessee = lent

        assert self.known(device.owner, START) == 5
        assert self.known(make.platform(), START) == 5
        for kind in ("SME", "MAKER", "SERVICE_PROVIDER", "HUB"):
            assert self.known(make.organization(kind=kind), START + DAY) == 0

    def test_a_device_that_spoke_for_the_machine_outside_of_the_lease_stays_unknown(self, lent):
        device, lessee = lent
        other = lathe(owner=device.owner)
        machine = device.bindings.get().equipment
        Binding.objects.create(device=other, equipment=machine, period=(START + 2 * DAY, None))

        found = DataAsset.objects.known_to(lessee, at=START + 9 * DAY)

        assert {one.device_id for one in found} == {device.pk}
