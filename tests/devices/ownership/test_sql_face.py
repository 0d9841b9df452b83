"""Lists of data assets are filtered by the rule of the read door itself: both agree, item by item."""

from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from devices.models import Binding
from devices.ownership import queries
from devices.ownership.actions import deciding
from devices.ownership.models import Agreement, DataAsset, Grant
from devices.ownership.rules import asking, register
from devices.ownership.rules.asking import Subject
from devices.ownership.rules.decisions import decide
from devices.ownership.rules.defaults import matrix
from devices.ownership.rules.parties import party_of
from devices.ownership.rules.tables import bare
from tests.devices.machines import lathe
from tests.devices.ownership.tangles import DAY, PURPOSES, START, Favour, Stage, favoured, instant, tangle
from tests.factories import marketplace as make
from tests.rounds import tries

pytestmark = pytest.mark.django_db


class Undo(Exception):
    pass


@pytest.fixture
def stage():
    return Stage()


@pytest.mark.slow
@settings(
    max_examples=tries(20),
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),  # making it smaller takes minutes
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(seed=st.integers(0, 2**32))
def test_the_list_holds_exactly_what_the_door_permits(stage, seed):
    random = Random(seed)
    world = tangle(random)
    purpose = random.choice([None, None, "maintenance", random.choice(PURPOSES)])
    with pytest.raises(Undo), transaction.atomic():
        stage.arrange(**world)
        everything = list(DataAsset.objects.select_related("device__owner", "channel__asset"))
        for reader in stage.everybody:
            for moment in random.sample(range(1, 20), 2):
                at = START + moment * DAY / 2
                (segment,) = queries.segments_of(stage.device, instant(at), reader)
                by_door = {one.pk for one in everything if permitted(one, segment, reader, at, purpose)}
                compare(reader, at, purpose, by_door, len(everything))
                compare_past(stage, reader, at, everything)
            listed = DataAsset.objects.readable_by(reader, at=at, purpose=purpose)
            assert {one.pk for one in listed} == by_door
        compare_rights(stage, random.choice(everything), START + random.randint(1, 19) * DAY / 2)
        raise Undo


def compare(reader, at, purpose, by_door, everything):
    told = list(DataAsset.objects.with_readable(reader, at=at, purpose=purpose))

    assert {one.pk for one in told if one.is_readable} == by_door, (reader.kind, at, purpose)
    assert len(told) == everything, "no asset stands twice"


def compare_past(stage, reader, at, everything):
    """Ask of each half day before: who finds an asset by a grant about the past may read it at the door."""
    told = DataAsset.objects.with_readable(reader, at=at)
    known = {one.pk for one in DataAsset.objects.known_to(reader, at=at)}
    by_door = set()
    for half in range(int((at - START) / (DAY / 2))):
        (segment,) = queries.segments_of(stage.device, instant(START + half * DAY / 2), reader)
        by_door |= {
            one.pk
            for one in everything
            if by_grant(one, segment, reader, at) and permitted(one, segment, reader, at, None)
        }

    assert {one.pk for one in told if one.is_readable_past} == by_door, (reader.kind, at)
    assert by_door <= known


def compare_rights(stage, asset, at):
    """Ask the register for all rights over an asset: who may read by them may at the door, nobody else."""
    found, rights = queries.rights_over(asset, at, at)
    reading = [one for one in rights if one.right in (register.READ, register.AGGREGATE)]
    now = [one for one in reading if one.holds is None or one.holds.contains(at)]
    for reader in stage.everybody:
        party = side(reader, found)
        mine = [one for one in now if one.party == party and one.organization in (None, reader.public_id)]
        (segment,) = queries.segments_of(stage.device, instant(at), reader)
        assert bool(mine) == permitted(asset, segment, reader, at, None), (reader.kind, at, asset.category)


def side(reader, segment):
    owner, lessee, above = segment.owner, segment.lessee, segment.above
    return party_of(reader.public_id, reader.kind, owner=owner, lessee=lessee, above=above)


def by_grant(asset, segment, reader, at):
    """Tell whether a grant gives it, where the table would give nothing."""
    asked = replace(asked_of(asset, segment, reader, at), table=bare())
    found = (decide(replace(asked, purpose=one)) for one in sorted(matrix().purposes))
    return any(one.effect != "DENY" and one.rule.startswith(("grant:", "licence:")) for one in found)


def permitted(asset, segment, reader, at, purpose):
    """Ask as the door does."""
    asked = asked_of(asset, segment, reader, at)
    wanted = sorted(matrix().purposes) if purpose is None else [purpose]
    return any(decide(replace(asked, purpose=one)).effect != "DENY" for one in wanted)


def asked_of(asset, segment, reader, at):
    """Build the question; what is counted for bills has no channel, and it is built as theirs."""
    if asset.channel:
        asked = deciding.question_of(
            segment=segment, channel=asset.channel, purpose="", within=reader, interval=None, at=at
        )
    else:
        party = side(reader, segment)
        counted = Subject(None, asset.category, True, asset.grade)
        asked = asking.question(segment, counted, party=party, at=at)
    return asked


def test_it_is_one_statement_after_one_that_looks_up_own_terms_and_grants():
    device = lathe()

    with CaptureQueriesContext(connection) as made:
        found = list(DataAsset.objects.readable_by(device.owner, at=START))

    assert len(found) == 5
    assert len(made) == 2


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

    def test_a_grant_about_the_past_lets_its_recipient_find_the_asset(self, lent):
        device, lessee = lent
        shop = make.organization(kind="SERVICE_PROVIDER")
        agreement = Agreement.objects.get(lessee=lessee)
        favour = Favour(
            agreement=0,
            recipient=0,
            kind="LESSEE_CONSENT",
            categories={"machine_condition"},
            purpose="maintenance",
            right="read",
            competitor=False,
            generated=(1, 1),
            readable=(5, 2),
            withdrawn=None,
            closed=None,
            assets=set(),
            channels=[],
        )
        grant = favoured(favour, device, agreement.equipment, [agreement], [shop])
        for day, many in ((4, 0), (5, 1), (6, 1), (7, 0)):
            found = DataAsset.objects.known_to(shop, at=START + day * DAY)
            told = found.with_readable(shop, at=START + day * DAY)
            assert ("machine_condition" in {one.category for one in found}) is bool(many)
            assert found.exists() is bool(many)
            assert all(one.is_readable_past and not one.is_readable for one in told)
        Grant.objects.filter(pk=grant.pk).update(withdrawn_at=START)
        assert self.known(shop, START + 5 * DAY) == 0
