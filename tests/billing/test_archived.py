"""Archiving changes no quantity, no proof and no bundle, also when late data come after it."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from devices.actions import archiving, sealing
from devices.models import Block, Holding, Logged
from tests.billing import world
from tests.billing.bundles import papers
from tests.billing.test_checkpoints import NINE, arriving, in_one_pass, meter, undone, windows
from tests.billing.test_checkpoints import scene as scene
from tests.devices.management.test_verify_log import verify
from tests.rounds import ROUNDS, tries

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


def archive(scene, at=world.LATER + 2 * HOUR):
    """Seal and fold everything that was delivered."""
    sealing.seal(by=scene.clock, at=at)
    done = archiving.fold(by=scene.clock, at=at, after=timedelta(0))
    archiving.fold_log(by=scene.clock, at=at + 9 * HOUR, after=timedelta(0))
    assert done.damaged == []
    return done


@given(st.lists(st.booleans(), min_size=20, max_size=20), arriving(), st.sampled_from([None, 3600]))
@settings(max_examples=tries(8), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_metering_comes_to_the_same_whenever_somebody_archives(scene, folded, deliveries, silence):
    def metered(*, archived):
        with undone():
            type(scene.device).objects.update(silence_limit_seconds=silence)
            sealing.seal(by=scene.clock, at=world.LATER + 2 * HOUR)
            for (epoch, readings, is_metered), now in zip(deliveries, folded, strict=False):
                scene.say(*readings, epoch=epoch)
                if now and archived:
                    archive(scene)
                if is_metered:
                    meter(scene)
            meter(scene)
            (expected, checkpoints), kept = in_one_pass(scene)
            assert (windows(scene), kept) == (expected, checkpoints)
            return windows(scene)

    assert metered(archived=True) == metered(archived=False)


@pytest.mark.parametrize("key", ["okuma"] if ROUNDS == 1 else ["mazak01", "okuma"])
def test_a_recording_amounts_to_the_same_with_late_data_behind_the_archive(db, key):
    scene = world.build(key)
    items = list(scene.recording())
    late, rest = items[1000:1500], items[:1000] + items[1500:]
    for start in range(0, len(rest), 20_000):
        scene.deliver(rest[start : start + 20_000])
    with undone():
        scene.deliver(late)
        meter(scene)
        expected = windows(scene)
        assert expected
    meter(scene)
    without = windows(scene)

    archive(scene)
    assert in_one_pass(scene)[0][0] == without
    receipt = scene.deliver(items[900:1600])

    assert (receipt.accepted, receipt.duplicates, receipt.conflicts) == (500, 200, [])
    meter(scene)
    numbers = [one[:-1] for one in windows(scene)]
    assert numbers == [one[:-1] for one in expected]
    archive(scene)
    assert [one[:-1] for one in in_one_pass(scene)[0][0]] == numbers
    assert not Block.objects.filter(device_id=scene.device.pk).exists()


def test_proofs_and_bundle_are_the_same_byte_for_byte(by_part, tmp_path):
    for number in range(1, 301):
        by_part.say((number, NINE + number * MINUTE, "ppartcount", number))
    papers.bill(by_part, world.midnight("2026-11-02"))
    invoice = papers.rent(by_part)
    before = papers.packed(invoice, by_part)

    done = archive(by_part)

    assert done.deliveries == 300
    assert Logged.objects.filter(size=256).count() == 1
    assert Holding.objects.of(by_part.device).count() == 1
    assert papers.packed(invoice, by_part) == before
    (tmp_path / "bundle.zip").write_bytes(before)
    code, said = papers.verify(tmp_path / "bundle.zip")
    assert code == 0, said
    assert len(papers.Papers(before).rows()) == 300
    assert verify()[0] == []
